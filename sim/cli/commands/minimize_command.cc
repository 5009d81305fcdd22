// axsim minimize: the smallest scenario that shows the same bug.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/cli/bug/judge.h"
#include "sim/cli/commands/commands.h"
#include "sim/cli/commands/reduce_input.h"
#include "sim/cli/contract_json.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/input.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

std::string AsJson(const ReducedInput& done) {
  const Reduced& reduced = done.reduced;
  nlohmann::ordered_json json = {{"bug", reduced.bug ? PrintIdentity(reduced.bug->identity) : ""},
                                 {"operations_before", done.input.scenario.ops.size()},
                                 {"operations", reduced.scenario.ops.size()},
                                 {"runs", reduced.runs},
                                 {"changed", reduced.changed},
                                 {"note", reduced.note},
                                 {"scenario", PrintScenario(reduced.scenario)}};
  AddContract(&json);
  return json.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

absl::StatusOr<std::string> Output(const ReducedInput& done, const std::string& format) {
  const Reduced& reduced = done.reduced;
  if (format == "json") return AsJson(done);
  if (format == "binary") return EncodeScenario(reduced.scenario);
  // A text that is already minimal is returned unchanged, with its comments.
  const bool is_text = done.input.form == InputForm::kText;
  if (is_text && !reduced.changed) return done.input.bytes;
  return reduced.bug ? PrintReduced(reduced) : PrintScenario(reduced.scenario);
}

}  // namespace

int MinimizeCommand(const Arguments& arguments) {
  const absl::StatusOr<ReducedInput> done = ReduceInput(arguments.files[0], arguments);
  if (!done.ok()) return Fail(done.status());
  const Reduced& reduced = done->reduced;
  const absl::StatusOr<std::string> output = Output(*done, arguments.Get("format", "text"));
  if (!output.ok()) return Fail(output.status());
  const absl::Status written =
      WriteWhole(arguments.files.size() == 2 ? arguments.files[1] : "-", *output);
  if (!written.ok()) return Fail(written);
  if (!reduced.bug) {
    const NoBug seen = LookAgain(done->input.scenario, done->required);
    absl::FPrintF(stderr, "axsim: %s: no violation%s; nothing to minimise\n%s%s",
                  arguments.files[0], ByContract(), seen.not_judged, seen.facets);
    return seen.IsWhole() ? kAllAsExpected : kSomeNotJudged;
  }
  absl::FPrintF(stderr, "axsim: %s\naxsim: %s (%d runs; the same bug in a fresh process)\n",
                PrintIdentity(reduced.bug->identity), PrintReduction(*done), reduced.runs);
  return kAllAsExpected;
}

}  // namespace sim
