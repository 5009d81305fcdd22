// The goals of docs/benchmarks.md, and whether a run meets them.
#ifndef BENCH_GOALS_H_
#define BENCH_GOALS_H_

#include <string>
#include <vector>

#include "bench/results.h"

namespace bench {

struct GoalResult {
  enum class State { kMet, kMissed, kNotMeasured };
  std::string what = {};
  std::string wanted = {};
  std::string measured = {};
  std::string missed_by = {};  // "1.3 times"; empty unless missed
  State state = State::kNotMeasured;
};

std::vector<GoalResult> EvaluateGoals(const Results& results);

// The reasons why the run is not reliable, one line each; empty if it is reliable.
std::vector<std::string> NoiseOf(const Results& results);

// A row whose cost differs between two runs.
struct Change {
  std::string name = {};
  double before = 0;  // in loads of its own run
  double after = 0;
  double noise = 0;  // the share by which repetitions of one run differ
};

// The rows of both whose cost, measured in loads of the same run, differs beyond noise.
std::vector<Change> ChangesBeyondNoise(const Results& before, const Results& after);

}  // namespace bench

#endif  // BENCH_GOALS_H_
