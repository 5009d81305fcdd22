// The attempt of user memory that the rows without a simulated machine use: the least that a
// process needs to survive a refused fault.
#ifndef BENCH_PLATFORM_H_
#define BENCH_PLATFORM_H_

#include <signal.h>

namespace bench {

// Makes faults of this process in the range of an attempt of the thread abandon it, while this
// lives; other faults stop the program. Not beside a sim::Machine, which handles the faults itself.
class FaultsAbandonAttempts {
 public:
  FaultsAbandonAttempts();
  ~FaultsAbandonAttempts();
  FaultsAbandonAttempts(const FaultsAbandonAttempts&) = delete;
  FaultsAbandonAttempts& operator=(const FaultsAbandonAttempts&) = delete;

 private:
  struct sigaction previous_;
};

}  // namespace bench

#endif  // BENCH_PLATFORM_H_
