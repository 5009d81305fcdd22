// A function for debugger breakpoints, called before each operation of a scenario.
#ifndef SIM_CLI_BREAKPOINT_H_
#define SIM_CLI_BREAKPOINT_H_

#include <cstddef>
#include <string>

#include "sim/scenario/runner.h"

namespace sim {

// Does nothing. `op_index` counts the scenario's operations from 0:
//   break sim::ScenarioBreakpoint if op_index == 3
[[gnu::noinline]] void ScenarioBreakpoint(size_t op_index);

// Calls ScenarioBreakpoint before each operation.
class BreakpointObserver : public RunObserver {
 public:
  void BeforeOperation(size_t index, Machine& /*machine*/) override { ScenarioBreakpoint(index); }
  void AfterOperation(size_t /*index*/, Machine& /*machine*/, const Outcome& /*outcome*/) override {
  }
};

// The command line of a gdb that runs this program on `file` and stops before operation `op_index`.
// The page faults of the simulated machine do not stop it. `subject`: what --subject names; empty:
// the subject that runs without that option.
std::string GdbCommand(const std::string& file, size_t op_index, const std::string& subject = "");

}  // namespace sim

#endif  // SIM_CLI_BREAKPOINT_H_
