// What a call must leave as it was, of what belongs to the caller.
#ifndef SIM_SCENARIO_LEFT_BEHIND_H_
#define SIM_SCENARIO_LEFT_BEHIND_H_

#include <cerrno>
#include <cstdint>

#include "sim/machine/fault.h"
#include "sim/machine/subject_flag.h"
#include "sim/scenario/outcome.h"

namespace sim {

// Notes the state of the thread and its simulated CPU, and tells what a call changed.
//
//   CallerState before;
//   ... the call ...
//   const uint8_t left_behind = before.LeftBehind();
class CallerState {
 public:
  CallerState() { errno = kErrnoBefore; }

  // Bits of Effects::left_behind. Puts back what the rest of the program relies on.
  uint8_t LeftBehind() {
    uint8_t bits = 0;
    if (errno != kErrnoBefore) bits |= kLeftErrno;
    errno = errno_;
    if ((__builtin_ia32_readeflags_u64() & kDirectionFlag) != 0) {
      asm volatile("cld" ::: "cc");
      bits |= kLeftDirection;
    }
    if ((Mxcsr() & ~kExceptionsSeen) != mxcsr_) {
      asm volatile("ldmxcsr %0" ::"m"(mxcsr_));
      bits |= kLeftRounding;
    }
    if (t_thread.innermost != innermost_) {
      t_thread.innermost = innermost_;
      bits |= kLeftAttempt;
    }
    if (t_thread.access_open != access_open_) bits |= kLeftOpen;
    if (FaultsAllowed() && !flag_) bits |= kLeftFlag;
    return bits;
  }

 private:
  static constexpr int kErrnoBefore = 4000;  // no errno number
  static constexpr uint64_t kDirectionFlag = 1 << 10;
  static constexpr uint32_t kExceptionsSeen = 0x3f;

  static uint32_t Mxcsr() {
    uint32_t value = 0;
    asm volatile("stmxcsr %0" : "=m"(value));
    return value;
  }

  const int errno_ = errno;
  const uint32_t mxcsr_ = Mxcsr() & ~kExceptionsSeen;
  RecoveryFrame* const innermost_ = t_thread.innermost;
  const bool access_open_ = t_thread.access_open;
  const bool flag_ = FaultsAllowed();
};

}  // namespace sim

#endif  // SIM_SCENARIO_LEFT_BEHIND_H_
