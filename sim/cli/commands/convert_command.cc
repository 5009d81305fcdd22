// axsim encode, axsim decode: from text to the bytes of a fuzzer, and back.

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "sim/cli/commands/commands.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/input.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

absl::StatusOr<std::string> EncodeFile(const Scenario& scenario, const std::string& path) {
  absl::StatusOr<std::string> bytes = EncodeScenario(scenario);
  if (bytes.ok()) return bytes;
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", bytes.status().message()));
}

template <typename Transform>
int Convert(const Arguments& arguments, Transform transform) {
  const std::vector<std::string>& files = arguments.files;
  const absl::StatusOr<Scenario> scenario = LoadScenario(files[0]);
  if (!scenario.ok()) return Fail(scenario.status());
  const absl::StatusOr<std::string> output = transform(*scenario, files[0]);
  if (!output.ok()) return Fail(output.status());
  const absl::Status written = WriteWhole(files.size() == 2 ? files[1] : "-", *output);
  return written.ok() ? kAllAsExpected : Fail(written);
}

}  // namespace

int EncodeCommand(const Arguments& arguments) { return Convert(arguments, EncodeFile); }

int DecodeCommand(const Arguments& arguments) {
  return Convert(arguments,
                 [](const Scenario& scenario, const std::string&) -> absl::StatusOr<std::string> {
                   return PrintScenario(scenario);
                 });
}

}  // namespace sim
