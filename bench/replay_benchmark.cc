// Whole scenarios on the simulated machine: what a fuzzer executes, step by step.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/row.h"
#include "bench/scenario_files.h"
#include "sim/machine/check.h"
#include "sim/oracle/oracle.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_bytes.h"

namespace bench {
namespace {

using Bytes = std::vector<std::string>;

std::unique_ptr<sim::Runner> NewRunner() {
  auto runner = sim::Runner::Create();
  SIM_CHECK(runner.ok());
  return *std::move(runner);
}

std::span<const uint8_t> AsBytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// The scenarios of the corpus that have a binary form, encoded.
Bytes EncodedCorpus() {
  Bytes inputs;
  for (const ScenarioFile& file : ReadScenarios("scenario_fuzzer")) {
    auto bytes = sim::EncodeScenario(file.scenario);
    if (bytes.ok()) inputs.push_back(*std::move(bytes));
  }
  SIM_CHECK(!inputs.empty());
  return inputs;
}

// A reset of the machine, without a run.
void ResetOnly(benchmark::State& state) {
  const auto runner = NewRunner();
  const sim::Scenario empty;
  for (auto _ : state) benchmark::DoNotOptimize(&runner->Run(empty));
}

// A fuzz target that does nothing, called as an engine calls it: through a pointer.
int DoNothing(std::span<const uint8_t>) { return 0; }

void Empty(benchmark::State& state) {
  const Bytes inputs = EncodedCorpus();
  int (*target)(std::span<const uint8_t>) = DoNothing;
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(target);
    benchmark::DoNotOptimize(target(AsBytes(inputs[next++ % inputs.size()])));
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}

enum class Until { kDecoded, kRun, kJudged };

// The parts of fuzz/scenario_fuzzer.cc: one execution, over all inputs in turn.
void Execute(benchmark::State& state, Until until) {
  const Bytes inputs = EncodedCorpus();
  const auto runner = NewRunner();
  sim::Oracle oracle;
  sim::Scenario scenario;
  size_t next = 0;
  for (auto _ : state) {
    sim::DecodeScenarioInto(AsBytes(inputs[next++ % inputs.size()]), &scenario);
    benchmark::DoNotOptimize(scenario.ops.data());
    if (until == Until::kDecoded) continue;
    const sim::Trace& trace = runner->Run(scenario);
    if (until == Until::kRun) continue;
    benchmark::DoNotOptimize(oracle.Judge(scenario, trace).ok());
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}

// A recorded program from beginning to end, with its memory, faults and events.
void ReplayTrace(benchmark::State& state, const ScenarioFile& file) {
  const auto runner = NewRunner();
  for (auto _ : state) benchmark::DoNotOptimize(&runner->Run(file.scenario));
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * file.scenario.ops.size()));
}

}  // namespace

void AddReplayRows() {
  AddRow("execution/empty", "load/one", Empty);
  AddRow("execution/reset", "execution/empty", ResetOnly);
  AddRow("execution/decode", "execution/empty",
         [](benchmark::State& state) { Execute(state, Until::kDecoded); });
  AddRow("execution/run", "execution/empty",
         [](benchmark::State& state) { Execute(state, Until::kRun); });
  AddRow("execution/judge", "execution/empty",
         [](benchmark::State& state) { Execute(state, Until::kJudged); });
  for (const char* const name : {"find", "sqlite3"}) {
    AddRow(absl::StrCat("replay/", name), "execution/reset", [=](benchmark::State& state) {
      for (const ScenarioFile& file : ReadScenarios("traces")) {
        if (file.name == name) ReplayTrace(state, file);
      }
    });
  }
}

}  // namespace bench
