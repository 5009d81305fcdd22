#include "sim/cli/import_maps.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

// The end of user space on x86-64. The area [vsyscall] is above it.
constexpr uint64_t kUserEnd = uint64_t{1} << 47;

struct MapsLine {
  uint64_t start = 0;
  uint64_t end = 0;
  Perms perms = 0;
  bool is_private = true;
  std::string path;
};

std::optional<uint64_t> HexNumber(absl::string_view text) {
  uint64_t value = 0;
  if (text.empty() || text.size() > 16 || !absl::SimpleHexAtoi(text, &value)) return std::nullopt;
  return value;
}

// "00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/dbus-daemon"
std::optional<MapsLine> ParseLine(absl::string_view text) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(text, absl::MaxSplits(' ', 5), absl::SkipEmpty());
  if (words.size() < 5 || words[1].size() != 4) return std::nullopt;
  const std::vector<absl::string_view> range = absl::StrSplit(words[0], '-');
  if (range.size() != 2) return std::nullopt;
  const std::optional<uint64_t> start = HexNumber(range[0]);
  const std::optional<uint64_t> end = HexNumber(range[1]);
  if (!start || !end || *start >= *end || *start % kPageBytes != 0 || *end % kPageBytes != 0) {
    return std::nullopt;
  }
  MapsLine line{.start = *start, .end = *end, .path = ""};
  constexpr char kLetters[] = "rwx";
  for (int i = 0; i < 3; ++i) {
    const char c = words[1][static_cast<size_t>(i)];
    if (c != '-' && c != kLetters[i]) return std::nullopt;
    if (c != '-') line.perms = static_cast<Perms>(line.perms | 1 << i);
  }
  if (words[1][3] != 'p' && words[1][3] != 's') return std::nullopt;
  line.is_private = words[1][3] == 'p';
  if (words.size() > 5) line.path = std::string(absl::StripAsciiWhitespace(words[5]));
  return line;
}

absl::StatusOr<std::vector<MapsLine>> ParseMaps(absl::string_view maps, absl::string_view name) {
  std::vector<MapsLine> lines;
  int number = 0;
  for (const absl::string_view text : absl::StrSplit(maps, '\n')) {
    ++number;
    if (absl::StripAsciiWhitespace(text).empty()) continue;
    std::optional<MapsLine> line = ParseLine(text);
    const bool in_order = line && (lines.empty() || line->start >= lines.back().end);
    if (!in_order) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, ":", number,
                       ": expected a line of /proc/PID/maps, above the area of the line before: "
                       "START-END PERMS OFFSET DEVICE INODE [PATH]"));
    }
    if (line->end <= kUserEnd) lines.push_back(*std::move(line));
  }
  if (lines.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": no area of user space"));
  }
  return lines;
}

// The maximum number of pages per area with which all areas fit into `room` pages.
uint64_t LargestThatFits(const std::vector<MapsLine>& lines, uint64_t room) {
  const auto fits = [&](uint64_t largest) {
    uint64_t pages = 0;
    for (const MapsLine& line : lines) {
      pages += std::min(largest, (line.end - line.start) / kPageBytes);
    }
    return pages <= room;
  };
  uint64_t low = 0;
  uint64_t high = kUserEnd / kPageBytes;
  while (low < high) {
    const uint64_t middle = low + (high - low + 1) / 2;
    if (fits(middle)) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

// A path may contain any bytes. Replaces those that would end a comment or change a terminal.
std::string Printable(absl::string_view path) {
  std::string text;
  for (const char c : path) text += c >= ' ' && c < 0x7f ? c : '?';
  return text;
}

bool WantsLazy(const MapsLine& line) {
  const bool has_file = absl::StartsWith(line.path, "/");
  return line.perms == 0 || (line.is_private && (line.perms & kPermWrite) != 0 && !has_file);
}

}  // namespace

absl::StatusOr<std::string> ImportMaps(absl::string_view maps, absl::string_view name) {
  const absl::StatusOr<std::vector<MapsLine>> lines = ParseMaps(maps, name);
  if (!lines.ok()) return lines.status();
  const uint64_t window_pages = kWindowBytes / kPageBytes;
  if (lines->size() > window_pages / 4) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": too many areas for the window"));
  }
  const uint64_t largest = LargestThatFits(*lines, window_pages - lines->size());
  std::string text = absl::StrCat("# The layout of ", Printable(name), ": ", lines->size(),
                                  " areas. Each gap is one page.\n", PrintMachine({}), "\n");
  uint64_t at = kWindowStart;
  uint64_t eager_pages = 0;
  for (size_t i = 0; i < lines->size(); ++i) {
    const MapsLine& line = (*lines)[i];
    if (i > 0 && line.start != (*lines)[i - 1].end) at += kPageBytes;
    const uint64_t pages = (line.end - line.start) / kPageBytes;
    const uint64_t kept = std::min(pages, largest);
    const bool lazy = WantsLazy(line) || eager_pages + kept > kMachineFrames / 2;
    if (!lazy) eager_pages += kept;
    Op op;
    op.verb = Verb::kMap;
    op.address = at;
    op.length = kept * kPageBytes;
    op.perms = line.perms;
    op.kind = lazy ? AreaKind::kLazy : AreaKind::kEager;
    absl::StrAppend(&text, PrintOp(op));
    if (!line.path.empty()) absl::StrAppend(&text, "  # ", Printable(line.path));
    if (kept != pages) {
      absl::StrAppend(&text, line.path.empty() ? "  #" : ",", " cut from ", pages, " pages");
    }
    absl::StrAppend(&text, "\n");
    at += kept * kPageBytes;
  }
  return text;
}

}  // namespace sim
