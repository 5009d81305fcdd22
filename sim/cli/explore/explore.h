// Runs a scenario again and again, each time with one thing done by another CPU at one place in one
// of its accesses, until every place was tried: what can come of it, and whether all of that is
// right.
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
  // What is tried against each access; empty: StandardAdversaries of it. Their races are set here.
  std::vector<Op> adversaries;
  // Only at this point of an access; nothing: at each.
  std::optional<RacePoint> point;
  // At each point, from its so-many-th occurrence on.
  uint32_t first = 1;
  // Only the access on this line of the text; 0: each of them.
  int line = 0;
  // When it is over, what there is by then is the result.
  absl::Duration limit = absl::Seconds(60);
  // Runs that depend on one of these and do not see it are not judged in whole.
  FacetSet required;
  // Told now and then: how many runs there were.
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
  // In the middle of a long range, which the standard set attacks only as a whole.
  uint64_t pages_left_out = 0;
};

struct ExploredBug {
  BugIdentity identity;
  size_t runs = 0;    // that showed it
  Scenario scenario;  // the first of them
};

// Runs that left more events than there was room for (Runner::set_max_events), or whose operations
// the subject does not all offer. Such a run may hide what the oracle would object to, and that its
// race went off: the places behind that are not tried.
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
  // Of all runs, as in Verdict: what one did not see is not judged.
  FacetSet facets_judged;
  FacetSet facets_not_judged;
  SubjectFacts subject;
  FacetSet required_not_judged;  // of those, what had to be

  // Whether every place was tried, and every run judged.
  bool IsWhole() const { return finished && not_explored.runs == 0 && required_not_judged.empty(); }
};

// A scenario whose own races stay as they are. What it shows undisturbed is part of the result.
Explored Explore(const Scenario& scenario, const ExploreOptions& options, Judge& judge);

}  // namespace sim

#endif  // SIM_CLI_EXPLORE_EXPLORE_H_
