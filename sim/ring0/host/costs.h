// How many instructions calls of the library take in ring 0, counted by the emulator.
#ifndef SIM_RING0_HOST_COSTS_H_
#define SIM_RING0_HOST_COSTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/ring0/host/ring0.h"

namespace sim {

struct CostRow {
  std::string name;
  uint64_t library = 0;  // with a platform that does nothing
  uint64_t all = 0;      // with the image's platform, which walks page tables

  bool operator==(const CostRow&) const = default;
};

struct Costs {
  std::string compiler;  // of the image: "g++ 12.2.0"
  std::vector<CostRow> rows;
};

// Counts the instructions of each operation of `scenario` that calls the library. `names`: one name
// for each operation; names of other operations are not used. Rows of the platform alone follow: a
// recoverable user access, one that a fault ends, and rep movsb. Errors: those of RunInRing0;
// FailedPreconditionError: a verb of the library has no operation, an operation fails, or the image
// cannot run.
absl::StatusOr<Costs> CountInRing0(const Scenario& scenario, const std::vector<std::string>& names,
                                   const Ring0Options& options);

}  // namespace sim

#endif  // SIM_RING0_HOST_COSTS_H_
