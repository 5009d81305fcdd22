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
  bool counts_instructions = false;  // of tcg: its time-stamp counter is the number of instructions
  int seconds = 60;                  // of wall-clock time, without a new record
};

struct EmulatorRun {
  std::string records;     // what the image reported
  std::string errors;      // what the program itself said, without warnings
  bool timed_out = false;  // the image reported nothing for too long, and was ended
  bool was_reset = false;  // by a triple fault
  std::string registers;   // of each processor at such an end, as the emulator prints them
  int status = 0;          // its exit status; a signal counts 128 more
};

// The registers in what the emulator answers to `info registers -a`: those of a processor that says
// where it is and which memory it sees, without those of vectors. Empty where there is no answer.
std::string RegistersIn(absl::string_view answers);

// Hands `archive` to the image and waits for its end. Errors: UNAVAILABLE: the program cannot be
// started, or a file cannot be written.
absl::StatusOr<EmulatorRun> RunEmulator(const Emulator& emulator, const std::string& archive);

}  // namespace sim

#endif  // SIM_RING0_HOST_EMULATOR_H_
