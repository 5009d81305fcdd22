// Runs the image under qemu-system-x86_64.
#ifndef SIM_RING0_HOST_EMULATOR_H_
#define SIM_RING0_HOST_EMULATOR_H_

#include <string>

#include "absl/status/statusor.h"

namespace sim {

struct Emulator {
  std::string program = "qemu-system-x86_64";
  std::string image;                // the ELF file
  std::string accelerator = "tcg";  // or "kvm"
  std::string cpu = "max,+smap,+smep";
  bool counts_instructions = false;  // of tcg: its time-stamp counter is the number of instructions
  int seconds = 60;                  // of wall-clock time, for all of an archive
};

struct EmulatorRun {
  std::string records;     // what the image reported
  std::string errors;      // what the program itself said, without warnings
  bool timed_out = false;  // it was ended
  int status = 0;          // its exit status; a signal counts 128 more
};

// Hands `archive` to the image and waits for its end. Errors: UNAVAILABLE: the program cannot be
// started, or a file cannot be written.
absl::StatusOr<EmulatorRun> RunEmulator(const Emulator& emulator, const std::string& archive);

}  // namespace sim

#endif  // SIM_RING0_HOST_EMULATOR_H_
