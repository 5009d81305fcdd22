// The text form. For all bytes, parsing results in a scenario or in a message with a position.
// Printing a parsed scenario and parsing it again gives the same scenario and the same text. The
// binary form, if there is one, has the same meaning.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "fuzz/finding.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

void Promise(bool kept, absl::string_view name, absl::string_view text) {
  if (!kept) ReportBrokenPromiseAndAbort(name, text);
}

// Longer scenarios cost more time and test nothing new.
constexpr size_t kMaxOpsEncoded = 8;

// EncodeScenario refuses a value that the decoder does not return as it was. Such a value has no
// text, or the encoder is wrong.
constexpr absl::string_view kMessageOfNoText = "a value that has no text";

// Precondition: `scenario` was parsed or decoded; only such scenarios have a text form.
void CheckBothForms(const Scenario& scenario) {
  const std::string text = PrintScenario(scenario);
  const auto again = ParseScenario(text, "printed");
  Promise(again.ok() && *again == scenario, "text.round_trip", text);
  Promise(PrintScenario(*again) == text, "text.fixed_point", text);
  Promise(LooksLikeText(text), "text.looks_like_text", text);
  if (scenario.ops.size() > kMaxOpsEncoded) return;
  const auto bytes = EncodeScenario(scenario);
  if (!bytes.ok()) {  // beyond the limits of the binary form
    const bool is_without_text = absl::StrContains(bytes.status().message(), kMessageOfNoText);
    Promise(!is_without_text, "text.encoding", bytes.status().message());
    return;
  }
  const Scenario decoded =
      DecodeScenario({reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size()});
  Promise(decoded == WithoutExpectations(scenario), "text.encoding", text);
}

}  // namespace
}  // namespace sim

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = sim::ParseScenario(text, "input");
  if (parsed.ok()) {
    sim::CheckBothForms(*parsed);
  } else {
    const absl::string_view message = parsed.status().message();
    sim::Promise(absl::StartsWith(message, "input:"), "text.message", message);
    // The input is not a text: decode it as the binary form. The scenario keeps its memory.
    static sim::Scenario decoded;
    sim::DecodeScenarioInto({data, size}, &decoded);
    sim::CheckBothForms(decoded);
  }
  return 0;
}
