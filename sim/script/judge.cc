#include "sim/script/judge.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "sim/script/observation.h"

namespace sim {

std::string Judge(const Script& script, Player& player, Reference& reference) {
  const std::optional<Difference> difference =
      FirstDifference(reference.Predict(script), player.Play(script));
  if (!difference) return "";
  std::string text = "SCRIPT\n";
  for (size_t i = 0; i < script.steps.size(); ++i) {
    absl::StrAppend(&text, i == difference->step ? "> " : "  ", i, "  ",
                    PrintStep(script.steps[i]), "\n");
  }
  absl::StrAppend(&text, "step ", difference->step, "\nexpected: ", difference->expected,
                  "\nrecorded: ", difference->recorded, "\n");
  return text;
}

}  // namespace sim
