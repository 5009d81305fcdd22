// Plays scripts on the whole machine and compares all that is observed with the reference of
// sim/script. What is observed guides the fuzzer, because the machine has no coverage feedback.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fuzz/finding.h"
#include "sim/script/judge.h"
#include "sim/script/random_script.h"

namespace {

// libFuzzer takes a counter that becomes nonzero as a new edge.
__attribute__((used, section("__libfuzzer_extra_counters"))) uint8_t g_counters[1 << 14];

absl::StatusOr<sim::Script> Parse(const uint8_t* data, size_t size) {
  return sim::ParseScript({reinterpret_cast<const char*>(data), size});
}

// Writes the text of `script`, without its last steps if it is too long.
size_t Write(sim::Script script, uint8_t* data, size_t max_size) {
  std::string text = sim::PrintScript(script);
  while (text.size() > max_size) {
    script.steps.pop_back();
    text = sim::PrintScript(script);
  }
  std::copy(text.begin(), text.end(), data);
  return text.size();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* const judge = [] {
    auto made = sim::ScriptJudge::Create();
    if (!made.ok()) sim::AbortUnusable(made.status().message());
    return new sim::ScriptJudge(*std::move(made));
  }();
  const absl::StatusOr<sim::Script> script = Parse(data, size);
  if (!script.ok()) return -1;
  const std::string difference = judge->Judge(*script);
  if (!difference.empty()) sim::ReportBrokenPromiseAndAbort("machine.difference", difference);
  sim::CountPairs(judge->recorded(), g_counters);
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  std::mt19937_64 random(seed);
  absl::StatusOr<sim::Script> script = Parse(data, size);
  if (!script.ok() || random() % 8 == 0) script = sim::RandomScript(random);
  sim::MutateScript(random, &*script);
  return Write(*script, data, max_size);
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* a, size_t a_size, const uint8_t* b,
                                            size_t b_size, uint8_t* out, size_t max_size,
                                            unsigned seed) {
  std::mt19937_64 random(seed);
  const absl::StatusOr<sim::Script> one = Parse(a, a_size);
  const absl::StatusOr<sim::Script> other = Parse(b, b_size);
  if (!one.ok() || !other.ok()) return 0;
  return Write(sim::CrossScripts(random, *one, *other), out, max_size);
}
