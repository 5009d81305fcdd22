// axsim encode, axsim decode: from text to the bytes of a fuzzer, and back.
#ifndef SIM_CLI_CONVERT_COMMAND_H_
#define SIM_CLI_CONVERT_COMMAND_H_

#include <span>
#include <string>

namespace sim {

// `files`: the input, then the output ("-" if it is left out). Messages go to standard error.
// Result: an exit status of exit_status.h.
int Encode(std::span<const std::string> files);
int Decode(std::span<const std::string> files);

}  // namespace sim

#endif  // SIM_CLI_CONVERT_COMMAND_H_
