#include "fuzz/scenario_harness.h"

#include <utility>

#include "fuzz/finding.h"
#include "sim/oracle/report.h"
#include "sim/scenario/scenario_bytes.h"

namespace sim {

ScenarioHarness::ScenarioHarness(bool watch_fetches) {
  auto runner = Runner::Create();
  if (!runner.ok()) AbortUnusable(runner.status().message());
  runner_ = *std::move(runner);
  runner_->set_watch_fetches(watch_fetches);
}

Scenario& ScenarioHarness::Decode(std::span<const uint8_t> input) {
  DecodeScenarioInto(input, &scenario_);
  return scenario_;
}

void ScenarioHarness::Run(const Scenario& scenario) {
  const Verdict& verdict = oracle_.Judge(scenario, runner_->Run(scenario));
  if (!verdict.ok()) ReportFindingAndAbort(scenario, verdict);
  if (verdict.not_judged) AbortUnusable(PrintNotJudged(scenario, verdict));
}

}  // namespace sim
