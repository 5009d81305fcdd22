#include "sim/cli/convert_command.h"

#include <cstdio>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/input.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

int Fail(const absl::Status& status) {
  fprintf(stderr, "axsim: %s\n", std::string(status.message()).c_str());
  return kUnusable;
}

absl::StatusOr<std::string> EncodeFile(const Scenario& scenario, const std::string& path) {
  absl::StatusOr<std::string> bytes = EncodeScenario(scenario);
  if (bytes.ok()) return bytes;
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", bytes.status().message()));
}

template <typename Transform>
int Convert(const char* command, std::span<const std::string> files, Transform transform) {
  if (files.empty() || files.size() > 2) {
    fprintf(stderr, "axsim: expected: axsim %s INPUT [OUTPUT]\n", command);
    return kUnusable;
  }
  const absl::StatusOr<Scenario> scenario = LoadScenario(files[0]);
  if (!scenario.ok()) return Fail(scenario.status());
  const absl::StatusOr<std::string> output = transform(*scenario, files[0]);
  if (!output.ok()) return Fail(output.status());
  const absl::Status written = WriteWhole(files.size() == 2 ? files[1] : "-", *output);
  return written.ok() ? kAllAsExpected : Fail(written);
}

}  // namespace

int Encode(std::span<const std::string> files) { return Convert("encode", files, EncodeFile); }

int Decode(std::span<const std::string> files) {
  return Convert("decode", files,
                 [](const Scenario& scenario, const std::string&) -> absl::StatusOr<std::string> {
                   return PrintScenario(scenario);
                 });
}

}  // namespace sim
