// Termination.
//
// Verifies time.unbounded: an operation has no more events than the steps of the model explain,
// with some room for a library that makes more checks or attempts; and the machine did not stop the
// operation as endless, however few its events.
//
// Does not verify: seconds, and work without events.
#ifndef SIM_ORACLE_CHECK_TIME_H_
#define SIM_ORACLE_CHECK_TIME_H_

#include "sim/oracle/evidence.h"

namespace sim {

// Up to this many events are never too many, whatever the expectation.
inline constexpr uint64_t kFewEvents = 16;

// The most events that an operation with this expectation may have; UINT64_MAX if the contract does
// not limit the number of checks (the machine stops endless operations in any case).
uint64_t EventBound(const Expectation& expected, const Contract& contract = kAxptrContract);

void CheckTime(const OpEvidence& evidence, Violations* violations);

}  // namespace sim

#endif  // SIM_ORACLE_CHECK_TIME_H_
