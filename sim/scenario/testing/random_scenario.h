// Random scenarios, for tests of the text and binary forms and of a machine against a model. The
// same generator state always gives the same scenario, on every host.
#ifndef SIM_SCENARIO_TESTING_RANDOM_SCENARIO_H_
#define SIM_SCENARIO_TESTING_RANDOM_SCENARIO_H_

#include <random>

#include "sim/scenario/scenario.h"
#include "sim/scenario/swarm.h"

namespace sim {

struct RandomScenarioOptions {
  int max_ops = 32;
  // Also generates random `=>` expectations. A run does not meet them; they are for tests of the
  // text form only.
  bool expectations = false;
  bool races = true;
  // Allows kernel.load and kernel.store. They are rare even then, because they usually end the run.
  bool kernel_accesses = true;
  // The parts that may be used. If all verbs of a class that is needed are off in `swarm`, any
  // verb of the class is used.
  Swarm swarm = {};
};

// A scenario with plausible values: a few areas close to each other, then accesses around their
// edges, and sometimes arbitrary addresses and lengths. The scenario has a text form. If max_ops is
// at most kMaxBinaryOps, the scenario is within the limits of the binary form: all areas together
// are smaller than 4 MiB, and strings of fills are short.
Scenario RandomScenario(std::mt19937_64& random, const RandomScenarioOptions& options = {});

// A scenario of two verbs around one access of the library. Each of them happens before the access,
// at a point of it (as a race), or while its task sleeps at a point; in one of two cases in the
// pages of the access. Two accesses that follow read what is left. Any two verbs of the table are
// valid, so a caller that takes all pairs of AllVerbs() needs no change for a new verb.
// options.max_ops and options.expectations have no effect.
Scenario RandomPair(std::mt19937_64& random, const RandomScenarioOptions& options, Verb first,
                    Verb second);

}  // namespace sim

#endif  // SIM_SCENARIO_TESTING_RANDOM_SCENARIO_H_
