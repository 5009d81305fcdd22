// The recoverable user access of the rows without a simulated machine: the minimum that a process
// needs to survive an unresolved fault.
#ifndef BENCH_RECOVERY_H_
#define BENCH_RECOVERY_H_

#include <signal.h>

#include <cstdint>

namespace bench {

// The interface of one compiled variant of the library for the fault handler; this program contains
// several variants (row.h).
struct LibraryWay {
  bool (*faults_allowed)();
  void (*allow_faults)(bool allowed);
  // The fixup address for a fault of the instruction at `pc`; 0: no fixup. Null: the variant has no
  // exception table.
  uintptr_t (*find_fixup)(uintptr_t pc) = nullptr;
};

// While an object exists, a fault of this process with the flag of `way` set continues at the fixup
// of its instruction, or abandons the thread's attempt whose range holds the address; other faults
// end the program. Precondition: there is no sim::Machine, which handles faults itself.
class FaultsAbandonAttempts {
 public:
  FaultsAbandonAttempts();  // of the library as most of this program compiles it
  explicit FaultsAbandonAttempts(const LibraryWay& way);
  ~FaultsAbandonAttempts();
  FaultsAbandonAttempts(const FaultsAbandonAttempts&) = delete;
  FaultsAbandonAttempts& operator=(const FaultsAbandonAttempts&) = delete;

 private:
  struct sigaction previous_;
};

}  // namespace bench

#endif  // BENCH_RECOVERY_H_
