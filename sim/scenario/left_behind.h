// Checks that a call restores the state of its caller.
#ifndef SIM_SCENARIO_LEFT_BEHIND_H_
#define SIM_SCENARIO_LEFT_BEHIND_H_

#include <cerrno>
#include <cstdint>

#include "sim/machine/fault.h"
#include "sim/machine/processor.h"
#include "sim/machine/subject_flag.h"
#include "sim/scenario/outcome.h"

namespace sim {

// The constructor records the state of the thread and its simulated CPU. LeftBehind() returns what
// a call changed.
//
//   CallerState before;
//   ... the call ...
//   const uint8_t left_behind = before.LeftBehind();
class CallerState {
 public:
  CallerState() { errno = kErrnoBefore; }

  // Bits of Effects::left_behind. Restores the state that the rest of the program depends on.
  uint8_t LeftBehind() {
    uint8_t bits = 0;
    if (errno != kErrnoBefore) bits |= kLeftErrno;
    errno = errno_;
    if (TakeDirection()) bits |= kLeftDirection;
    if (Rounding() != rounding_) {
      SetRounding(rounding_);
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

  const int errno_ = errno;
  const uint64_t rounding_ = Rounding();
  RecoveryFrame* const innermost_ = t_thread.innermost;
  const bool access_open_ = t_thread.access_open;
  const bool flag_ = FaultsAllowed();
};

}  // namespace sim

#endif  // SIM_SCENARIO_LEFT_BEHIND_H_
