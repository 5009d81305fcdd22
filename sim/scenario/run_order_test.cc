// The trace of a scenario does not depend on earlier runs. Runs the committed scenarios alone,
// after others, forward and in reverse.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "sim/machine/load_trace.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_text.h"
#include "sim/scenario/testing/trace_text.h"
#include "sim/subject/subjects.h"

namespace sim {
namespace {

namespace fs = std::filesystem;

struct Named {
  std::string name;
  Scenario scenario;
};

// Races at loads never happen in a build that does not trace loads; such a build skips them.
bool IsRunHere(const fs::path& path) {
  return path.extension() == ".scn" &&
         (LoadsAreTraced() || !path.stem().string().starts_with("loads_"));
}

// The scenarios that run against each mutant, by name.
std::vector<Named> ReadCorpus() {
  std::vector<Named> corpus;
  for (const auto& folder : fs::directory_iterator(fs::path(AXPTR_SOURCE_DIR) / "corpus")) {
    const std::string name = folder.path().filename().string();
    if (!name.ends_with("_fuzzer") && name != "regressions") continue;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (!IsRunHere(entry.path())) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string text(std::istreambuf_iterator<char>(file), {});
      const auto scenario = ParseScenario(text, entry.path().string());
      EXPECT_TRUE(scenario.ok()) << scenario.status();
      if (scenario.ok()) corpus.push_back({entry.path().string(), *scenario});
    }
  }
  std::sort(corpus.begin(), corpus.end(),
            [](const Named& a, const Named& b) { return a.name < b.name; });
  return corpus;
}

class RunOrderTest : public testing::TestWithParam<const axptr_subject*> {
 protected:
  RunOrderTest() : corpus_(ReadCorpus()) { Renew(); }

  // Makes a new runner.
  void Renew() {
    runner_.reset();
    runner_ = *Runner::Create();
    runner_->set_subject(*GetParam());
  }

  std::string TraceOf(size_t index) {
    const Scenario& scenario = corpus_[index].scenario;
    return PrintTrace(scenario, runner_->Run(scenario));
  }

  std::vector<std::string> TracesForward() {
    std::vector<std::string> traces;
    for (size_t i = 0; i < corpus_.size(); ++i) traces.push_back(TraceOf(i));
    return traces;
  }

  const std::vector<Named> corpus_;
  std::unique_ptr<Runner> runner_;
};

TEST_P(RunOrderTest, ForwardAndInReverse) {
  ASSERT_GT(corpus_.size(), 100u);
  const std::vector<std::string> forward = TracesForward();
  for (size_t i = corpus_.size(); i-- > 0;) EXPECT_EQ(TraceOf(i), forward[i]) << corpus_[i].name;
}

TEST_P(RunOrderTest, AloneAsAfterAllOthers) {
  constexpr size_t kStep = 5;
  const std::vector<std::string> forward = TracesForward();
  for (size_t i = 0; i < corpus_.size(); i += kStep) {
    Renew();
    EXPECT_EQ(TraceOf(i), forward[i]) << corpus_[i].name;
  }
}

TEST_P(RunOrderTest, AfterEachOfASample) {
  constexpr size_t kStep = 6;
  const std::vector<std::string> forward = TracesForward();
  for (size_t before = 0; before < corpus_.size(); before += kStep) {
    for (size_t i = 0; i < corpus_.size(); i += kStep) {
      TraceOf(before);
      EXPECT_EQ(TraceOf(i), forward[i]) << corpus_[i].name << " after " << corpus_[before].name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Subjects, RunOrderTest,
                         testing::ValuesIn(LinkedSubjects().begin(), LinkedSubjects().end()),
                         [](const auto& tested) { return std::string(tested.param->name); });

}  // namespace
}  // namespace sim
