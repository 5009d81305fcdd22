// The attempt of user memory that the rows without a simulated machine use: the least that a
// process needs to survive a refused fault.
#ifndef BENCH_RECOVERY_H_
#define BENCH_RECOVERY_H_

#include <signal.h>

#include <cstdint>

namespace bench {

// How a fault handler sees the library, which this program has in several ways (copying_rows.h).
struct LibraryWay {
  bool (*faults_allowed)();
  void (*allow_faults)(bool allowed);
  // Where a fault of the instruction at `pc` goes on; 0: no fixup. Null: there is no such table.
  uintptr_t (*find_fixup)(uintptr_t pc) = nullptr;
};

// Makes faults of this process, under the flag of `way`, go on at the fixup of their instruction,
// or abandon the thread's attempt in whose range they lie, while this lives; other faults stop the
// program. Not beside a sim::Machine, which handles the faults itself.
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
