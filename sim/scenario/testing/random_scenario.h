// Scenarios made up at random, for tests that want many: of the text and binary forms, and of a
// machine against a model. The same generator state always gives the same scenario, on every host.
#ifndef SIM_SCENARIO_TESTING_RANDOM_SCENARIO_H_
#define SIM_SCENARIO_TESTING_RANDOM_SCENARIO_H_

#include <random>

#include "sim/scenario/scenario.h"

namespace sim {

struct RandomScenarioOptions {
  int max_ops = 32;
  // Makes up `=>` expectations too. They are not what the run will come to: for tests of the text
  // form only.
  bool expectations = false;
  bool races = true;
  // kernel.load and kernel.store. They mostly end the run, so they are rare even so.
  bool kernel_accesses = true;
};

// A scenario with well-shaped values: a few areas close to each other, then accesses around their
// edges, wild addresses and lengths now and then. It has a text, and keeps to the limits of the
// binary form if max_ops is at most kMaxBinaryOps: all areas together come to less than 4 MiB, and
// strings of fills are short.
Scenario RandomScenario(std::mt19937_64& random, const RandomScenarioOptions& options = {});

}  // namespace sim

#endif  // SIM_SCENARIO_TESTING_RANDOM_SCENARIO_H_
