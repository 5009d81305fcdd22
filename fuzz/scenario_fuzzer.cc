// Scenarios on the whole machine, with real page faults, judged by the whole oracle.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "fuzz/finding.h"
#include "sim/oracle/oracle.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_bytes.h"

namespace sim {
namespace {

class ScenarioTarget {
 public:
  ScenarioTarget() {
    auto runner = Runner::Create();
    if (!runner.ok()) AbortUnusable(runner.status().message());
    runner_ = *std::move(runner);
  }

  void Run(std::span<const uint8_t> input) {
    DecodeScenarioInto(input, &scenario_);
    const Verdict& verdict = oracle_.Judge(scenario_, runner_->Run(scenario_));
    if (!verdict.ok()) ReportFindingAndAbort(scenario_, verdict);
  }

 private:
  std::unique_ptr<Runner> runner_;
  Oracle oracle_;
  Scenario scenario_;
};

}  // namespace
}  // namespace sim

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Made at the first input and not in LLVMFuzzerInitialize: libFuzzer would replace the fault
  // handlers that are installed there.
  static auto* const target = new sim::ScenarioTarget();
  target->Run({data, size});
  return 0;
}
