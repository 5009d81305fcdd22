// Runs scenario texts on the whole machine, on each subject, and judges them, without an engine.
// `./run mutants` uses it to find mutants with the corpus, and `./run coverage` to measure what the
// corpus covers.
//
//   replay_corpus FILE|FOLDER...
//
// Stops at the first violation with the lines of finding.h, and aborts. Ignores `=>` expectations;
// axsim checks those. Exit status: 0 nothing found; 2 a file cannot be read or parsed; 3 nothing
// found, but not everything was judged, because the subject (AXPTR_SUBJECT) does not offer an
// operation or the contract (AXPTR_CONTRACT) leaves the result of the rest of a run open.
#include <cstdio>
#include <string>

#include "fuzz/input_files.h"
#include "fuzz/scenario_harness.h"
#include "sim/scenario/scenario_text.h"

int main(int argc, char** argv) {
  sim::ScenarioHarness harness({.subject = "each", .watch_fetches = true});
  const auto run_text = [&harness](const std::string& path, const std::string& text) {
    const auto scenario = sim::ParseScenario(text, path);
    if (!scenario.ok()) {
      fprintf(stderr, "%s\n", std::string(scenario.status().message()).c_str());
      return 2;
    }
    harness.RunOnEach(*scenario);
    return 0;
  };
  const sim::FilesRun run = sim::RunInputFiles(argc - 1, argv + 1, run_text);
  if (run.status != 0) return run.status;
  printf("%d scenarios, nothing found\n", run.count);
  if (harness.not_offered() > 0) {
    printf("%d operations were not judged: not offered by the subject\n",
           static_cast<int>(harness.not_offered()));
  }
  if (harness.left_open() > 0) {
    printf("%d runs were not judged to their end: the contract leaves it open\n",
           static_cast<int>(harness.left_open()));
  }
  return harness.not_offered() + harness.left_open() > 0 ? 3 : 0;
}
