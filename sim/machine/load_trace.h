// Loads and stores of user memory by the library, as the compiler reports them (clang:
// -fsanitize-coverage=trace-loads,trace-stores, for the files of subjects).
#ifndef SIM_MACHINE_LOAD_TRACE_H_
#define SIM_MACHINE_LOAD_TRACE_H_

namespace sim {

// Whether this build reports loads. If not, races at loads never happen. A program that runs
// scenarios must call this function: otherwise the compiler's reports are discarded.
bool LoadsAreTraced();

// Whether this build reports stores. If not, a store is detected only if it changes a byte near the
// access (store_watch.h).
bool StoresAreTraced();

}  // namespace sim

#endif  // SIM_MACHINE_LOAD_TRACE_H_
