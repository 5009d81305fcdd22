// Effects of an access of the library besides its outcome: the location of what it lends out, and
// its writes to the kernel's buffer and to user memory.
//
// CheckPlaces verifies:
// - access.wrong_pointer, also for zero bytes.
// - access.buffer_overrun: nothing is written to the pages of the buffer outside the buffer, and
//   the pages before and after those are not accessed.
// - access.stray_store: no byte of user memory near the range that the access may not write is
//   changed, or receives a store that the compiler instrumentation reports
//   (sim/machine/store_watch.h).
// - access.torn: an access that must be one load or store (IsOneAccess) is one, as far as the
//   compiler instrumentation reports loads and stores.
//
// CheckBuffer verifies access.buffer_contents: whether the call succeeded or not, the buffer
// contains the bytes that the model says were copied, followed by its previous contents.
// check_access reports the cause if the outcome is not the model's.
//
// CheckRacedEffects verifies all of these for the accesses that other CPUs make during an access.
//
// Does not verify: stores of the kernel itself to user memory (the next operation that reads the
// memory does); writes to kernel memory further away. A user byte that equals its UntouchedByte
// counts as not copied unless another byte follows.
#ifndef SIM_ORACLE_CHECK_EFFECTS_H_
#define SIM_ORACLE_CHECK_EFFECTS_H_

#include <vector>

#include "sim/oracle/evidence.h"
#include "sim/scenario/outcome.h"

namespace sim {

// A difference between the actual and the required effects.
struct EffectsDifference {
  Rule rule;  // of a kind from kAccessWrongPointer to kAccessTorn
  ViolationValue wanted;
  ViolationValue got;
};

// All differences: those of places (all rules but buffer_contents) first.
std::vector<EffectsDifference> DifferencesOf(const Effects& wanted, const Effects& got);

void CheckPlaces(const OpEvidence& evidence, Violations* violations);

void CheckBuffer(const OpEvidence& evidence, Violations* violations);

void CheckRacedEffects(const OpEvidence& evidence, Violations* violations);

}  // namespace sim

#endif  // SIM_ORACLE_CHECK_EFFECTS_H_
