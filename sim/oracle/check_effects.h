// What an access of the library does besides its outcome: where what it hands out lies, and what it
// writes, to the kernel's buffer and to user memory.
//
// CheckPlaces verifies access.wrong_pointer, also of no bytes at all; access.buffer_overrun:
// nothing is written beside the buffer in its pages, and the pages before and behind those are not
// touched; access.stray_store: no byte of user memory near the range is changed that the access
// may not write, and no store goes there that the compiler reports (sim/machine/store_watch.h); and
// access.torn: an access that has to be one load or store (IsOneAccess) is one, as far as the
// compiler reports them.
// CheckBuffer verifies access.buffer_contents: the bytes of the buffer, whether the call succeeded
// or not, are those that the model says were copied, and behind them what was there before. Where
// the outcome is not the model's, check_access has reported the cause. CheckRacedEffects verifies
// all of these of the accesses that other CPUs make in the midst of one. What the kernel itself
// stores to user memory is verified by the next reading of it. None verifies what is written to the
// kernel's memory further away. A byte of the user's that is equal to
// its UntouchedByte counts as not copied where no other byte follows.
#ifndef SIM_ORACLE_CHECK_EFFECTS_H_
#define SIM_ORACLE_CHECK_EFFECTS_H_

#include <vector>

#include "sim/oracle/evidence.h"
#include "sim/scenario/outcome.h"

namespace sim {

// A way in which effects are not what they should be.
struct EffectsDifference {
  Rule rule;  // of a kind from kAccessWrongPointer to kAccessTorn
  ViolationValue wanted;
  ViolationValue got;
};

// All of them. Those of places (all but buffer_contents) come first.
std::vector<EffectsDifference> DifferencesOf(const Effects& wanted, const Effects& got);

void CheckPlaces(const OpEvidence& evidence, Violations* violations);

void CheckBuffer(const OpEvidence& evidence, Violations* violations);

void CheckRacedEffects(const OpEvidence& evidence, Violations* violations);

}  // namespace sim

#endif  // SIM_ORACLE_CHECK_EFFECTS_H_
