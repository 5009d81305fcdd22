// Normalises the state that a program inherits from its parent process: a parent can leave signals
// blocked or ignored, standard streams closed and limits too low.
#ifndef SIM_CLI_PROCESS_H_
#define SIM_CLI_PROCESS_H_

#include <cstdint>

#include "absl/status/status.h"

namespace sim {

// The smallest stack size, in bytes, with which the commands are tested.
inline constexpr uint64_t kLeastStackBytes = uint64_t{1} << 20;

// Must be called once, at the start of main:
// - Standard streams that are closed are opened such that reading or writing them is an error.
// Their
//   numbers would be given to the next files that are opened, the user's memory among them.
// - The end of a child is reported (SIGCHLD), and time limits work (SIGALRM), also where the parent
//   process ignores or blocks these signals.
// - A file that becomes larger than allowed is an error that is reported (SIGXFSZ is ignored).
// - Memory that runs out ends the process as sim::StopForHost does. SIGSEGV and SIGBUS are handled
// by the machine (sim/machine/fault_outside.h).
// Errors: RESOURCE_EXHAUSTED if the stack may not grow to kLeastStackBytes; UNAVAILABLE if a closed
// stream cannot be opened.
absl::Status PrepareProcess();

// While one exists, code under test runs in this process. A call of exit by that code is reported,
// and the exit status becomes kNotAsExpected, whatever status it passed.
class UnderTest {
 public:
  UnderTest();
  ~UnderTest();
  UnderTest(const UnderTest&) = delete;
  UnderTest& operator=(const UnderTest&) = delete;
};

}  // namespace sim

#endif  // SIM_CLI_PROCESS_H_
