#include "sim/cli/story/picture.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/cli/story/address_map.h"
#include "sim/scenario/names.h"
#include "sim/scenario/scenario.h"

namespace sim {
namespace {

// The column of the first cell, after "  0x550000000000  rw- eager   ".
constexpr int kCellColumn = 29;
constexpr size_t kMaxColumns = 80;

char CellChar(const MapCell& cell) {
  switch (cell.state) {
    case MapCell::State::kUnpopulated:
      return '.';
    case MapCell::State::kPopulated:
      return '#';
    case MapCell::State::kPartly:
      return '%';
    case MapCell::State::kPopulatedByOp:
      return '+';
    case MapCell::State::kTakenAway:
      return '-';
    case MapCell::State::kNothing:
      return ' ';
  }
  return '?';
}

std::string Cells(const MapRow& row, const Colors& colors) {
  if (row.kind == MapRow::Kind::kHole) return colors.Quiet(std::string(row.cells.size(), '_'));
  std::string text;
  for (const MapCell& cell : row.cells) text += CellChar(cell);
  return colors.Good(text);
}

std::string RowLabel(const MapRow& row) {
  switch (row.kind) {
    case MapRow::Kind::kArea:
      return absl::StrCat(PermsName(row.area.perms), " ", AreaKindName(row.area.kind));
    case MapRow::Kind::kHole:
      return "hole";
    case MapRow::Kind::kOutside:
      return "outside";
    case MapRow::Kind::kLeftOut:
      return "";
  }
  return "";
}

// Shortens long numbers, such as "16M".
std::string Short(uint64_t count) {
  constexpr uint64_t kMany = 1024;
  if (count >= kMany && count % (1 << 20) == 0) return absl::StrCat(count >> 20, "M");
  if (count >= kMany && count % (1 << 10) == 0) return absl::StrCat(count >> 10, "K");
  return absl::StrCat(count);
}

std::string Size(const MapRow& row) {
  std::string text = PageCount(row.end - row.start);
  if (row.pages_per_cell > 1) absl::StrAppend(&text, ", ", Short(row.pages_per_cell), " a sign");
  return text;
}

// A line with "^" below accessed cells and "!" below cells that faulted.
std::string Marks(const MapRow& row) {
  std::string text;
  for (const MapCell& cell : row.cells) text += cell.faulted ? '!' : cell.touched ? '^' : ' ';
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

std::string PrintRow(const MapRow& row, const Colors& colors) {
  if (row.kind == MapRow::Kind::kLeftOut) {
    return colors.Quiet(
        absl::StrFormat("  ... %d areas and holes that are far away ...\n", row.rows_left_out));
  }
  std::string text;
  if (row.kind == MapRow::Kind::kOutside) {
    return absl::StrCat("  ", row.start == 0 ? "below the window" : "above the window",
                        "  not mapped, ever\n");
  }
  absl::StrAppendFormat(&text, "  %#014x  %-11s", row.start, RowLabel(row));
  absl::StrAppend(&text, Cells(row, colors), std::string(kMaxMapCells - row.cells.size(), ' '), " ",
                  colors.Quiet(Size(row)), "\n");
  return text;
}

std::string Legend(const std::vector<MapRow>& rows) {
  constexpr std::pair<MapCell::State, const char*> kMeanings[] = {
      {MapCell::State::kPopulated, "# populated"},
      {MapCell::State::kUnpopulated, ". not populated"},
      {MapCell::State::kPartly, "% partly populated"},
      {MapCell::State::kPopulatedByOp, "+ populated by this operation"},
      {MapCell::State::kTakenAway, "- removed meanwhile"},
      {MapCell::State::kNothing, "_ not mapped"}};
  const auto any = [&](auto has) {
    return std::any_of(rows.begin(), rows.end(), [&](const MapRow& row) {
      return row.kind != MapRow::Kind::kOutside &&
             std::any_of(row.cells.begin(), row.cells.end(), has);
    });
  };
  std::string text;
  const auto add = [&](absl::string_view meaning) {
    const size_t line = text.size() - (text.rfind('\n') + 1);
    absl::StrAppend(&text,
                    text.empty()                              ? "  "
                    : line + meaning.size() > kMaxColumns - 4 ? "\n  "
                                                              : "   ",
                    meaning);
  };
  for (const auto& [state, meaning] : kMeanings) {
    if (any([wanted = state](const MapCell& cell) { return cell.state == wanted; })) add(meaning);
  }
  add("^ the access");
  if (any([](const MapCell& cell) { return cell.faulted; })) add("! faulted here");
  return absl::StrCat(text, "\n");
}

}  // namespace

std::string PageCount(uint64_t bytes) {
  const uint64_t pages = bytes / kPageBytes;
  return absl::StrCat(Short(pages), pages == 1 ? " page" : " pages");
}

std::string PrintTouched(const Story& story) {
  if (!HasAddress(story.op().verb)) return "no memory";
  const uint64_t bytes = story.touched.end - story.touched.start;
  const uint64_t offset = story.touched.start % kPageBytes;
  std::string text = absl::StrFormat(
      "%s at %#x", bytes == 1 ? "1 byte" : absl::StrCat(bytes, " bytes"), story.touched.start);
  if (offset > kPageBytes / 2) {
    absl::StrAppend(&text, ", ", kPageBytes - offset, " before a page ends");
  } else if (offset != 0) {
    absl::StrAppend(&text, ", ", offset, " after a page begins");
  }
  return text;
}

std::string PrintPicture(const Story& story, const Colors& colors) {
  std::string text;
  const std::vector<MapRow> rows = DrawMap(story);
  bool said = false;
  for (const MapRow& row : rows) {
    absl::StrAppend(&text, PrintRow(row, colors));
    const std::string marks = Marks(row);
    if (marks.empty()) continue;
    absl::StrAppend(&text, std::string(kCellColumn, ' '), colors.Bad(marks));
    if (!said) {
      const std::string touched = PrintTouched(story);
      // The text is below the marks if there is no room beside them.
      const bool fits = kCellColumn + marks.size() + touched.size() < kMaxColumns;
      absl::StrAppend(&text, fits ? " " : "\n      ^ ", touched);
    }
    said = true;
    absl::StrAppend(&text, "\n");
  }
  if (rows.empty()) absl::StrAppend(&text, "  (nothing is mapped)\n");
  if (!said) absl::StrAppend(&text, "  The access: ", PrintTouched(story), "\n");
  return absl::StrCat(text, Legend(rows), "  ", story.before.frames_free, " frames free\n");
}

}  // namespace sim
