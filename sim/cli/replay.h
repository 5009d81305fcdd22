// The data of a scenario that was run and judged, for the printers of `axsim run`.
#ifndef SIM_CLI_REPLAY_H_
#define SIM_CLI_REPLAY_H_

#include <string>
#include <vector>

#include "sim/cli/exit_status.h"
#include "sim/oracle/host_comparison.h"
#include "sim/oracle/oracle.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/trace.h"

namespace sim {

struct Replay {
  std::string file;
  const Scenario& scenario;
  const Trace& trace;
  const Verdict& verdict;
  std::vector<UnmetExpectation> unmet;
  const HostReport* host = nullptr;  // null: not compared with the host
  FacetSet required = {};            // must be judged where the run depends on them

  // kNotAsExpected unless every `=>` holds, every violation, provoked ones too, is as stated
  // (IsAsStated in sim/oracle/oracle.h), and the host does not disagree. kSomeNotJudged if that is
  // all, but operations or required facets were not judged.
  int Status() const;
};

// A line for each operation with its outcome, unless `quiet`; then the verdict.
std::string PrintReplay(const Replay& replay, bool quiet);

// The same as one JSON object on one line.
std::string PrintReplayJson(const Replay& replay);

}  // namespace sim

#endif  // SIM_CLI_REPLAY_H_
