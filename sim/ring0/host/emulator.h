// Runs the image under qemu-system-x86_64.
#ifndef SIM_RING0_HOST_EMULATOR_H_
#define SIM_RING0_HOST_EMULATOR_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sim {

struct Emulator {
  std::string program = "qemu-system-x86_64";
  std::string image;                // the ELF file
  std::string accelerator = "tcg";  // or "kvm"
  std::string cpu = "max,+smap,+smep";
  bool counts_instructions = false;  // tcg only: the time-stamp counter counts instructions
  int seconds = 60;                  // limit of wall-clock time without a new record
};

struct EmulatorRun {
  std::string records;     // the records of the image
  std::string errors;      // error output of the emulator, without warnings
  bool timed_out = false;  // the image sent no record for too long and was ended
  bool was_reset = false;  // the image ended by a triple fault
  std::string
      registers;   // of each processor after a time-out or reset, as the emulator prints them
  int status = 0;  // the emulator's exit status, or 128 + the number of the signal that ended it
};

// Extracts the registers of each processor, without vector registers, from the emulator's answers
// to `info registers -a`. Empty if there is no answer.
std::string RegistersIn(absl::string_view answers);

// Runs the image with `archive` and waits for its end. Errors: UNAVAILABLE: the emulator cannot be
// started, or a file cannot be written.
absl::StatusOr<EmulatorRun> RunEmulator(const Emulator& emulator, const std::string& archive);

}  // namespace sim

#endif  // SIM_RING0_HOST_EMULATOR_H_
