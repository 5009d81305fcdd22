#include "sim/cli/story/address_map.h"

#include <algorithm>

namespace sim {
namespace {

// The number of rows that are shown on each side of an accessed row, after the first row, and
// before the last row.
constexpr size_t kRowsAround = 5;

constexpr bool Overlaps(const AddressRun& run, uint64_t start, uint64_t end) {
  return run.start < end && start < run.end;
}

bool IsFaultIn(const Event& event, uint64_t start, uint64_t end) {
  return event.kind == EventKind::kFault && event.address_known &&
         event.disposition != FaultDisposition::kResolved && event.address >= start &&
         event.address < end;
}

bool HasFault(const Story& story, uint64_t start, uint64_t end) {
  return std::any_of(story.events.begin(), story.events.end(),
                     [&](const Event& event) { return IsFaultIn(event, start, end); });
}

MapCell::State StateOf(const Story& story, uint64_t start, uint64_t end) {
  const uint64_t pages = (end - start) / kPageBytes;
  const uint64_t before = story.before.CountPopulated(start, end);
  const uint64_t after = story.after.CountPopulated(start, end);
  if (after > before) return MapCell::State::kPopulatedByOp;
  if (after < before) return MapCell::State::kTakenAway;
  if (before == 0) return MapCell::State::kUnpopulated;
  return before == pages ? MapCell::State::kPopulated : MapCell::State::kPartly;
}

MapRow MakeRow(const Story& story, MapRow::Kind kind, uint64_t start, uint64_t end) {
  MapRow row{.kind = kind, .start = start, .end = end, .area = {}, .cells = {}};
  const uint64_t pages = (end - start) / kPageBytes;
  while (pages > row.pages_per_cell * kMaxMapCells) row.pages_per_cell *= 2;
  const uint64_t cell_bytes = row.pages_per_cell * kPageBytes;
  for (uint64_t at = start; at < end; at += cell_bytes) {
    const uint64_t cell_end = std::min(end, at + cell_bytes);
    MapCell cell;
    if (kind == MapRow::Kind::kArea) cell.state = StateOf(story, at, cell_end);
    cell.touched = Overlaps(story.touched, at, cell_end);
    cell.faulted = HasFault(story, at, cell_end);
    row.cells.push_back(cell);
  }
  return row;
}

// Below or above the window; only there to show that the operation goes there.
void AddOutside(const Story& story, uint64_t start, uint64_t end, std::vector<MapRow>* rows) {
  const bool touched = Overlaps(story.touched, start, end);
  const bool faulted = HasFault(story, start, end);
  if (!touched && !faulted) return;
  MapRow row{.kind = MapRow::Kind::kOutside, .start = start, .end = end, .area = {}, .cells = {}};
  row.cells.push_back({MapCell::State::kNothing, touched, faulted});
  rows->push_back(row);
}

// The hole [start, end) of the window. The first and the last one are shown only if the operation
// goes there, and no further than it does.
void AddHole(const Story& story, uint64_t start, uint64_t end, std::vector<MapRow>* rows) {
  if (start >= end) return;
  const bool is_between = start != kWindowStart && end != kWindowEnd;
  const bool touched = Overlaps(story.touched, start, end);
  if (!is_between && !touched && !HasFault(story, start, end)) return;
  if (touched && start == kWindowStart) {
    start = std::max(start, story.touched.start & ~(kPageBytes - 1));
  }
  if (touched && end == kWindowEnd) {
    end = (std::min(end, story.touched.end) + kPageBytes - 1) & ~(kPageBytes - 1);
  }
  rows->push_back(MakeRow(story, MapRow::Kind::kHole, start, end));
}

std::vector<MapRow> LeaveOut(std::vector<MapRow> rows) {
  if (rows.size() <= kMaxMapRows) return rows;
  std::vector<bool> keep(rows.size(), false);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].IsTouched() && i != 0 && i + 1 != rows.size()) continue;
    const size_t first = i < kRowsAround ? 0 : i - kRowsAround;
    const size_t end = std::min(rows.size(), i + kRowsAround + 1);
    std::fill(keep.begin() + static_cast<ptrdiff_t>(first),
              keep.begin() + static_cast<ptrdiff_t>(end), true);
  }
  std::vector<MapRow> kept;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (keep[i]) {
      kept.push_back(std::move(rows[i]));
    } else if (!kept.empty() && kept.back().kind == MapRow::Kind::kLeftOut) {
      ++kept.back().rows_left_out;
    } else {
      kept.push_back({.kind = MapRow::Kind::kLeftOut, .area = {}, .cells = {}, .rows_left_out = 1});
    }
  }
  return kept;
}

}  // namespace

bool MapRow::IsTouched() const {
  return std::any_of(cells.begin(), cells.end(),
                     [](const MapCell& cell) { return cell.touched || cell.faulted; });
}

std::vector<MapRow> DrawMap(const Story& story) {
  std::vector<MapRow> rows;
  AddOutside(story, 0, kWindowStart, &rows);
  uint64_t at = kWindowStart;
  for (const AreaSnapshot& area : story.before.areas) {
    AddHole(story, at, area.start, &rows);
    MapRow row = MakeRow(story, MapRow::Kind::kArea, area.start, area.end);
    row.area = area;
    rows.push_back(std::move(row));
    at = area.end;
  }
  AddHole(story, at, kWindowEnd, &rows);
  AddOutside(story, kWindowEnd, UINT64_MAX, &rows);
  return LeaveOut(std::move(rows));
}

}  // namespace sim
