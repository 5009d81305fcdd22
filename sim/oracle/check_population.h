// Populated pages and the frames that they hold.
//
// CheckPopulationErrors verifies, from the events alone:
// - population.error: the error of a populate_area is what the caller received.
// - population.pages: of a value, a slice or an access, all pages were populated before it said ok.
// CheckPopulation verifies the state after the operation against the model's:
// - population.pages: as many populated pages, as many of them shared, and the same of those within
//   reach of its address.
// - frames.lost: free frames and populated pages that are not shared add up to what the model says.
// Where the kernel of the run did not see that faults brought pages in, only frames.lost is
// verified. CheckReset verifies frames.lost: once every area is gone, all frames are free. Do not
// verify: which pages are populated beyond reach (their number is verified); the state after a
// panic that only one side had.
#ifndef SIM_ORACLE_CHECK_POPULATION_H_
#define SIM_ORACLE_CHECK_POPULATION_H_

#include "sim/oracle/evidence.h"

namespace sim {

void CheckPopulationErrors(const OpEvidence& evidence, Violations* violations);

void CheckPopulation(const OpEvidence& evidence, Violations* violations);

// `op_index`: of the last operation. `frames`: free and populated after it, as the model says.
void CheckReset(const Trace& trace, size_t op_index, uint64_t frames, Violations* violations);

}  // namespace sim

#endif  // SIM_ORACLE_CHECK_POPULATION_H_
