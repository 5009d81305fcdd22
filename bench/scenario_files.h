// The scenarios of corpus/, read from the source tree.
#ifndef BENCH_SCENARIO_FILES_H_
#define BENCH_SCENARIO_FILES_H_

#include <string>
#include <vector>

#include "sim/scenario/scenario.h"

namespace bench {

struct ScenarioFile {
  std::string name;  // of the file, without folder and extension
  sim::Scenario scenario;
};

// The .scn files of corpus/`folder`, by name. Stops the program, with a message, if one cannot be
// read or there are none.
std::vector<ScenarioFile> ReadScenarios(const std::string& folder);

}  // namespace bench

#endif  // BENCH_SCENARIO_FILES_H_
