// Populated pages and the frames that they hold.
//
// CheckPopulationErrors verifies, from the events alone:
// - population.error: the caller received the error of a populate_area.
// - population.pages: for a value, a slice or an access, all pages were populated before the result
//   ok.
//
// CheckPopulation compares the state after the operation with the model's:
// - population.pages: the number of populated pages, the number of shared ones among them, and the
//   same for each page within reach of the operation's address.
// - frames.lost: the sum of free frames and populated pages that are not shared.
//
// If the kernel of the run did not see the faults that populated pages, only frames.lost is
// verified.
//
// CheckReset verifies frames.lost: after every area is unmapped, all frames are free.
//
// Does not verify: which pages are populated out of reach (their number is verified); the state
// after a panic that only the run or only the model has.
#ifndef SIM_ORACLE_CHECK_POPULATION_H_
#define SIM_ORACLE_CHECK_POPULATION_H_

#include "sim/oracle/evidence.h"

namespace sim {

void CheckPopulationErrors(const OpEvidence& evidence, Violations* violations);

void CheckPopulation(const OpEvidence& evidence, Violations* violations);

// `op_index`: the last operation. `frames`: free and populated frames after it in the model.
void CheckReset(const Trace& trace, size_t op_index, uint64_t frames, Violations* violations);

}  // namespace sim

#endif  // SIM_ORACLE_CHECK_POPULATION_H_
