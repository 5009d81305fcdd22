// Loads of user memory by the library, as the compiler reports them (clang:
// -fsanitize-coverage=trace-loads, for the one file that calls the library).
#ifndef SIM_MACHINE_LOAD_TRACE_H_
#define SIM_MACHINE_LOAD_TRACE_H_

namespace sim {

// Whether this build reports them. If not, races at loads never happen. A program that runs
// scenarios has to call this, or the compiler's reports go nowhere.
bool LoadsAreTraced();

}  // namespace sim

#endif  // SIM_MACHINE_LOAD_TRACE_H_
