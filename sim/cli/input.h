// Reads scenarios from files in any of the supported forms.
#ifndef SIM_CLI_INPUT_H_
#define SIM_CLI_INPUT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "sim/scenario/scenario.h"

namespace sim {

// Larger files are refused before they are read.
inline constexpr size_t kMaxInputBytes = size_t{64} << 20;

// The bytes of the file `path`, or of standard input if that is "-". Errors: it cannot be read, is
// a folder, empty, or too large; the message begins with its name.
absl::StatusOr<std::string> ReadInput(const std::string& path);

enum class InputForm { kText, kBinary, kBase64 };

struct Input {
  Scenario scenario;
  InputForm form = InputForm::kText;
  std::string bytes;  // of the file; for kBase64, decoded
};

// Loads a scenario from `path`. The form is detected:
// - text: the name ends in .scn, or the bytes or at least their first line look like it;
// - base64: a line "Base64: ...", as libFuzzer prints it, in a text (the last one counts); or
//   nothing but base64 that begins with the version that is written;
// - anything else: the bytes of a fuzzer.
// Errors: those of ReadInput; a mistake in the text or the base64 (file:line:column); bytes that
// hold no operation; a program or a shared object (ELF), which is a subject at most.
absl::StatusOr<Input> LoadInput(const std::string& path);

// The scenario of LoadInput.
absl::StatusOr<Scenario> LoadScenario(const std::string& path);

// LoadInput for a scenario that will be run. Errors: those of LoadInput; the scenario has a race at
// a load, and this build does not trace loads, so that the race could not happen.
absl::StatusOr<Input> LoadRunnable(const std::string& path);

// Writes `bytes` to `path`, whole or not at all: into a temporary file beside it, then renames. "-"
// is standard output. Errors: the system's error, with the file's name.
absl::Status WriteWhole(const std::string& path, absl::string_view bytes);

}  // namespace sim

#endif  // SIM_CLI_INPUT_H_
