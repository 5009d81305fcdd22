#include "sim/cli/input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sim/cli/system_error.h"
#include "sim/machine/load_trace.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

absl::Status FileError(const std::string& path, absl::string_view what) {
  return SystemError(absl::StrCat(path, ": ", what));
}

absl::Status TooLarge(const std::string& path) {
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": larger than ", kMaxInputBytes >> 20, " MiB; expected a scenario"));
}

absl::StatusOr<std::string> ReadAll(int file, const std::string& path) {
  std::string bytes;
  char buffer[1 << 16];
  while (true) {
    const ssize_t count = read(file, buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError(path, "cannot read");
    if (count == 0 && bytes.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": is empty; expected a scenario"));
    }
    if (count == 0) return bytes;
    bytes.append(buffer, static_cast<size_t>(count));
    if (bytes.size() > kMaxInputBytes) return TooLarge(path);
  }
}

absl::Status WriteAll(int file, const std::string& path, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError(path, "cannot write");
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

std::string NameOf(const std::string& path) { return path == "-" ? "standard input" : path; }

// The first bytes of programs and shared objects.
constexpr absl::string_view kElf("\177ELF");

// Removes line breaks and blanks from base64.
std::string WithoutBlanks(absl::string_view text) {
  std::string result(text);
  result.erase(std::remove_if(result.begin(), result.end(), absl::ascii_isspace), result.end());
  return result;
}

// The text after the last "Base64:" at the start of a line; nullopt if there is none.
std::optional<absl::string_view> Base64Line(absl::string_view bytes) {
  constexpr absl::string_view kMark = "Base64:";
  const size_t found = bytes.rfind(kMark);
  if (found == absl::string_view::npos || absl::StrContains(bytes, absl::string_view("\0", 1)) ||
      (found != 0 && bytes[found - 1] != '\n')) {
    return std::nullopt;
  }
  absl::string_view line = bytes.substr(found + kMark.size());
  return absl::StripAsciiWhitespace(line.substr(0, line.find('\n')));
}

// Whether all of it is base64 of bytes that begin with a version that is, or was, written.
bool IsBareBase64(absl::string_view bytes) {
  std::string decoded;
  const std::string text = WithoutBlanks(bytes);
  return text.size() >= 8 && text.size() % 4 == 0 && absl::Base64Unescape(text, &decoded) &&
         decoded[0] >= 1 && decoded[0] <= kBinaryVersion;
}

// Whether the first line looks like text: recognises also a text that is damaged after it.
bool BeginsLikeText(absl::string_view bytes) {
  const absl::string_view line = absl::StripAsciiWhitespace(bytes.substr(0, bytes.find('\n')));
  constexpr size_t kShortestVerb = 3;
  return line.size() >= kShortestVerb && LooksLikeText(line);
}

}  // namespace

absl::StatusOr<std::string> ReadInput(const std::string& path) {
  if (path == "-") return ReadAll(STDIN_FILENO, "standard input");
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return FileError(path, "cannot open");
  const absl::Cleanup close_file = [file] { close(file); };
  struct stat status = {};
  if (fstat(file, &status) != 0) return FileError(path, "cannot read");
  if (S_ISDIR(status.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is a folder; expected a file"));
  }
  if (S_ISREG(status.st_mode) && static_cast<size_t>(status.st_size) > kMaxInputBytes) {
    return TooLarge(path);
  }
  return ReadAll(file, path);
}

absl::StatusOr<Input> LoadInput(const std::string& path) {
  absl::StatusOr<std::string> bytes = ReadInput(path);
  if (!bytes.ok()) return bytes.status();
  if (absl::StartsWith(*bytes, kElf)) {
    return absl::InvalidArgumentError(absl::StrCat(
        NameOf(path), ": is a program or a shared object; expected a scenario (--subject=",
        absl::StrContains(path, '/') ? "" : "./", path, " names a library to run it on)"));
  }
  Input input;
  input.bytes = *std::move(bytes);
  const std::optional<absl::string_view> line = Base64Line(input.bytes);
  if (line || IsBareBase64(input.bytes)) {
    input.form = InputForm::kBase64;
    std::string decoded;
    if (!absl::Base64Unescape(line ? std::string(*line) : WithoutBlanks(input.bytes), &decoded)) {
      return absl::InvalidArgumentError(
          absl::StrCat(NameOf(path), ": the text after `Base64:` is not base64, or incomplete"));
    }
    input.bytes = std::move(decoded);
  } else if (absl::EndsWith(path, ".scn") || LooksLikeText(input.bytes) ||
             BeginsLikeText(input.bytes)) {
    absl::StatusOr<Scenario> scenario = ParseScenario(input.bytes, NameOf(path));
    if (!scenario.ok()) return scenario.status();
    input.scenario = *std::move(scenario);
    return input;
  } else {
    input.form = InputForm::kBinary;
  }
  input.scenario = DecodeScenario(
      std::span(reinterpret_cast<const uint8_t*>(input.bytes.data()), input.bytes.size()));
  // Any bytes decode; but these were cut off before there was anything to do.
  constexpr size_t kHeaderBytes = 8;
  if (input.bytes.size() >= kHeaderBytes && !input.scenario.ops.empty()) return input;
  return absl::InvalidArgumentError(
      absl::StrCat(NameOf(path), ": ", input.bytes.size(),
                   " bytes that hold no operation; expected a header of 8 bytes and 8 for each"));
}

absl::StatusOr<Scenario> LoadScenario(const std::string& path) {
  absl::StatusOr<Input> input = LoadInput(path);
  if (!input.ok()) return input.status();
  return std::move(input->scenario);
}

absl::StatusOr<Input> LoadRunnable(const std::string& path) {
  absl::StatusOr<Input> input = LoadInput(path);
  if (!input.ok() || CanRaceAtLoads()) return input;
  const std::vector<Op>& ops = input->scenario.ops;
  const auto found = std::ranges::find_if(ops, IsRaceAtLoad);
  if (found == ops.end()) return input;
  const std::string place = found->line != 0
                                ? absl::StrCat(":", found->line)
                                : absl::StrCat(": operation ", found - ops.begin() + 1);
  return absl::FailedPreconditionError(
      absl::StrCat(NameOf(path), place, ": a race at a load; expected ",
                   LoadsAreTraced() ? "a subject that reports its loads (reports_loads)"
                                    : "a build that traces loads, as clang's do"));
}

absl::Status WriteWhole(const std::string& path, absl::string_view bytes) {
  if (path == "-") return WriteAll(STDOUT_FILENO, "standard output", bytes);
  std::string temporary = absl::StrCat(path, ".XXXXXX");
  const int file = mkostemp(temporary.data(), O_CLOEXEC);
  if (file < 0) return FileError(path, "cannot write");
  absl::Status status = WriteAll(file, path, bytes);
  // mkostemp makes private files; this is one like any other.
  const mode_t mask = umask(0);
  umask(mask);
  if (status.ok() && fchmod(file, 0666 & ~mask) != 0) status = FileError(path, "cannot write");
  if (close(file) != 0 && status.ok()) status = FileError(path, "cannot write");
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) {
    status = FileError(path, "cannot write");
  }
  if (!status.ok()) unlink(temporary.c_str());
  return status;
}

}  // namespace sim
