#include "sim/cli/input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <span>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

absl::Status SystemError(const std::string& path, absl::string_view what) {
  return absl::UnavailableError(absl::StrCat(path, ": ", what, ": ", strerror(errno)));
}

absl::Status TooLarge(const std::string& path) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": larger than ", kMaxInputBytes >> 20,
                                                 " MiB; expected a scenario"));
}

absl::StatusOr<std::string> ReadAll(int file, const std::string& path) {
  std::string bytes;
  char buffer[1 << 16];
  while (true) {
    const ssize_t count = read(file, buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError(path, "cannot read");
    if (count == 0) return bytes;
    bytes.append(buffer, static_cast<size_t>(count));
    if (bytes.size() > kMaxInputBytes) return TooLarge(path);
  }
}

absl::StatusOr<std::string> ReadInput(const std::string& path) {
  if (path == "-") return ReadAll(STDIN_FILENO, "standard input");
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return SystemError(path, "cannot open");
  const absl::Cleanup close_file = [file] { close(file); };
  struct stat status = {};
  if (fstat(file, &status) != 0) return SystemError(path, "cannot read");
  if (S_ISDIR(status.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is a folder; expected a file"));
  }
  if (S_ISREG(status.st_mode) && static_cast<size_t>(status.st_size) > kMaxInputBytes) {
    return TooLarge(path);
  }
  return ReadAll(file, path);
}

absl::Status WriteAll(int file, const std::string& path, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError(path, "cannot write");
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Scenario> LoadScenario(const std::string& path) {
  const absl::StatusOr<std::string> bytes = ReadInput(path);
  if (!bytes.ok()) return bytes.status();
  if (absl::EndsWith(path, ".scn") || LooksLikeText(*bytes)) return ParseScenario(*bytes, path);
  return DecodeScenario(
      std::span(reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size()));
}

absl::Status WriteWhole(const std::string& path, absl::string_view bytes) {
  if (path == "-") return WriteAll(STDOUT_FILENO, "standard output", bytes);
  std::string temporary = absl::StrCat(path, ".XXXXXX");
  const int file = mkostemp(temporary.data(), O_CLOEXEC);
  if (file < 0) return SystemError(path, "cannot write");
  absl::Status status = WriteAll(file, path, bytes);
  // mkostemp makes private files; this is one like any other.
  const mode_t mask = umask(0);
  umask(mask);
  if (status.ok() && fchmod(file, 0666 & ~mask) != 0) status = SystemError(path, "cannot write");
  if (close(file) != 0 && status.ok()) status = SystemError(path, "cannot write");
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) {
    status = SystemError(path, "cannot write");
  }
  if (!status.ok()) unlink(temporary.c_str());
  return status;
}

}  // namespace sim
