// Everything ends.
//
// Verifies time.unbounded: no more events in an operation than what the model sees happen in it
// explains, with room for a library that asks or attempts somewhat more often; and the machine did
// not stop it for want of an end, be it with few events.
// Does not verify: seconds, and work that leaves no event.
#ifndef SIM_ORACLE_CHECK_TIME_H_
#define SIM_ORACLE_CHECK_TIME_H_

#include "sim/oracle/evidence.h"

namespace sim {

// So few events are never too many, whatever the expectation.
inline constexpr uint64_t kFewEvents = 16;

// The most events that an operation with this expectation may have; UINT64_MAX where the contract
// lets the library ask as often as it likes. The machine ends what has no end all the same.
uint64_t EventBound(const Expectation& expected, const Contract& contract = kAxptrContract);

void CheckTime(const OpEvidence& evidence, Violations* violations);

}  // namespace sim

#endif  // SIM_ORACLE_CHECK_TIME_H_
