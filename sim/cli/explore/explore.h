// Runs a scenario repeatedly, each time with one operation of another CPU injected at one point of
// one of its accesses, until every point was tried. Reports all outcomes, and whether they are
// correct.
#ifndef SIM_CLI_EXPLORE_EXPLORE_H_
#define SIM_CLI_EXPLORE_EXPLORE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "sim/cli/bug/bug_identity.h"
#include "sim/cli/bug/judge.h"
#include "sim/oracle/facet.h"
#include "sim/scenario/scenario.h"

namespace sim {

struct ExploreOptions {
  // The operations injected into each access; empty: the StandardAdversaries of the access. Their
  // races are set here.
  std::vector<Op> adversaries;
  // Only at this point of an access; nullopt: at each point.
  std::optional<RacePoint> point;
  // The first tried occurrence of each point, from 1.
  uint32_t first = 1;
  // Only the access on this line of the text; 0: each access.
  int line = 0;
  // When the limit expires, the result is the partial exploration.
  absl::Duration limit = absl::Seconds(60);
  // Runs that depend on one of these facets and do not observe it are not judged in whole.
  FacetSet required;
  // Called periodically with the number of runs.
  std::function<void(size_t runs)> progress;
};

struct ExploredOutcome {
  std::string outcome;
  size_t runs = 0;
  std::string example;  // the race line of the first of them; empty: undisturbed
};

struct ExploredAccess {
  size_t op_index = 0;  // in the scenario as given
  std::array<size_t, kRacePointCount> points =
      {};                                 // how many of each there are, undisturbed or not
  std::vector<ExploredOutcome> outcomes;  // in the order in which they were seen
  // The number of pages in the middle of a long range. The standard set changes these only together
  // with the whole range.
  uint64_t pages_left_out = 0;
};

struct ExploredBug {
  BugIdentity identity;
  size_t runs = 0;    // that showed it
  Scenario scenario;  // the first of them
};

// Runs that left more events than there was room for (Runner::set_max_events), or whose operations
// the subject does not all offer. Such a run may hide a violation, and whether its race happened:
// the later points are not tried.
struct NotExplored {
  size_t runs = 0;
  std::string example;  // what was not judged in the first of them, and why; and its race line
};

struct Explored {
  std::vector<ExploredAccess> accesses;
  std::vector<ExploredBug> bugs;  // in the order in which they were seen
  size_t runs = 0;
  bool finished = true;  // false: the limit was over first
  NotExplored not_explored;
  // The facets of all runs, as in Verdict. A facet that one run did not observe is not judged.
  FacetSet facets_judged;
  FacetSet facets_not_judged;
  SubjectFacts subject;
  FacetSet required_not_judged;  // those of them that are required

  // Whether every place was tried, and every run judged.
  bool IsWhole() const { return finished && not_explored.runs == 0 && required_not_judged.empty(); }
};

// Explores `scenario`, whose own races are kept. The result includes the run without an injected
// operation.
Explored Explore(const Scenario& scenario, const ExploreOptions& options, Judge& judge);

}  // namespace sim

#endif  // SIM_CLI_EXPLORE_EXPLORE_H_
