// axsim info: what files hold, without running them.
#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/cli/commands/commands.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/input.h"
#include "sim/scenario/names.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

const char* FormName(InputForm form) {
  switch (form) {
    case InputForm::kText:
      return "text";
    case InputForm::kBinary:
      return "binary";
    case InputForm::kBase64:
      return "base64";
  }
  return "?";
}

struct Summary {
  size_t areas = 0;
  size_t races = 0;
  uint64_t mapped_pages = 0;
  std::map<std::string, size_t> verbs;
};

Summary Summarize(const Scenario& scenario) {
  Summary summary;
  for (const Op& op : scenario.ops) {
    ++summary.verbs[std::string(VerbName(op.verb))];
    if (op.race) ++summary.races;
    if (op.verb != Verb::kMap || op.length > kWindowBytes) continue;
    ++summary.areas;
    summary.mapped_pages += op.length / kPageBytes;
  }
  return summary;
}

std::string AsText(const std::string& file, const Input& input, const Summary& summary) {
  std::string text = absl::StrFormat("%s\n  form        %s, %d bytes", file, FormName(input.form),
                                     input.bytes.size());
  if (input.form != InputForm::kText) {
    const auto version = static_cast<uint8_t>(input.bytes[0]);
    absl::StrAppend(&text, ", version ", version);
    const int read_as = BinaryVersionOf(version);
    if (read_as != version) absl::StrAppend(&text, ", read as ", read_as);
  }
  absl::StrAppendFormat(&text, "\n  machine     %s\n  operations  %d, of them %d races\n",
                        PrintMachine(input.scenario.machine).substr(8), input.scenario.ops.size(),
                        summary.races);
  absl::StrAppendFormat(&text, "  areas       %d, %d pages\n", summary.areas, summary.mapped_pages);
  size_t most = 1;
  for (const auto& [verb, count] : summary.verbs) most = std::max(most, count);
  constexpr size_t kBarColumns = 40;
  for (const auto& [verb, count] : summary.verbs) {
    absl::StrAppendFormat(&text, "  %-12s%6d  %s\n", verb, count,
                          std::string(std::max<size_t>(1, count * kBarColumns / most), '#'));
  }
  return text;
}

std::string AsJson(const std::string& file, const Input& input, const Summary& summary) {
  const nlohmann::ordered_json json = {{"file", file},
                                       {"form", FormName(input.form)},
                                       {"bytes", input.bytes.size()},
                                       {"machine", PrintMachine(input.scenario.machine)},
                                       {"operations", input.scenario.ops.size()},
                                       {"races", summary.races},
                                       {"areas", summary.areas},
                                       {"pages", summary.mapped_pages},
                                       {"verbs", summary.verbs}};
  return json.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

int InfoCommand(const Arguments& arguments) {
  int worst = kAllAsExpected;
  for (const std::string& file : arguments.files) {
    const absl::StatusOr<Input> input = LoadInput(file);
    if (!input.ok()) {
      worst = Fail(input.status());
      continue;
    }
    const Summary summary = Summarize(input->scenario);
    const std::string text =
        arguments.IsJson() ? AsJson(file, *input, summary) : AsText(file, *input, summary);
    fwrite(text.data(), 1, text.size(), stdout);
  }
  return worst;
}

}  // namespace sim
