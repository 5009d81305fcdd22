#include "sim/machine/area_list.h"

#include <algorithm>

namespace sim {
namespace {

constexpr size_t kMostInChunk = 512;

// All ones if `condition`, else zero. The barrier prevents a branch, which would be mispredicted
// half of the time and cost more than the rest of the search.
size_t MaskIf(bool condition) {
  size_t mask = -static_cast<size_t>(condition);
  asm("" : "+r"(mask));
  return mask;
}

// The number of elements of `sorted` that are at or below `value`. The search divides the array
// into quarters: three independent loads take no longer than one.
size_t CountUpTo(std::span<const uint64_t> sorted, uint64_t value) {
  const uint64_t* from = sorted.data();
  size_t left = sorted.size();
  while (left >= 4) {
    const size_t quarter = left / 4;
    from += (quarter & MaskIf(from[quarter - 1] <= value)) +
            (quarter & MaskIf(from[2 * quarter - 1] <= value)) +
            (quarter & MaskIf(from[3 * quarter - 1] <= value));
    left -= 3 * quarter;
  }
  size_t below = static_cast<size_t>(from - sorted.data());
  for (size_t i = 0; i < left; ++i) below += from[i] <= value ? 1 : 0;
  return below;
}

template <typename T>
auto IteratorAt(std::vector<T>& values, size_t index) {
  return values.begin() + static_cast<ptrdiff_t>(index);
}

}  // namespace

AreaList::Position AreaList::Seek(uint64_t address) const {
  const size_t chunk = bounds_.empty() ? 0 : CountUpTo(bounds_, address);
  return {chunk, CountUpTo(chunks_[chunk].ends, address)};
}

AreaList::Position AreaList::Previous(Position at) const {
  if (at.index > 0) return {at.chunk, at.index - 1};
  return at.chunk > 0 ? Position{at.chunk - 1, chunks_[at.chunk - 1].areas.size() - 1} : at;
}

void AreaList::Replace(Position first, Position last, std::span<const Area> areas) {
  bool same_chunks = first.chunk == last.chunk;
  if (same_chunks) {
    ReplaceIn(chunks_[first.chunk], first.index, last.index, areas);
  } else {
    ReplaceIn(chunks_[last.chunk], 0, last.index, {});
    chunks_.erase(IteratorAt(chunks_, first.chunk + 1), IteratorAt(chunks_, last.chunk));
    Chunk& chunk = chunks_[first.chunk];
    ReplaceIn(chunk, first.index, chunk.areas.size(), areas);
    Tidy(first.chunk + 1);
  }
  same_chunks = !Tidy(first.chunk) && same_chunks;
  if (!same_chunks) {
    bounds_.resize(chunks_.size() - 1);
    for (size_t i = 0; i < bounds_.size(); ++i) bounds_[i] = chunks_[i].ends.back();
  } else if (first.chunk < bounds_.size()) {
    bounds_[first.chunk] = chunks_[first.chunk].ends.back();
  }
}

void AreaList::ReplaceIn(Chunk& chunk, size_t first, size_t last, std::span<const Area> areas) {
  moved_ += areas.size();
  if (areas.size() != last - first) moved_ += chunk.areas.size() - last;
  const size_t common = std::min(areas.size(), last - first);
  for (size_t i = 0; i < common; ++i) {
    chunk.areas[first + i] = areas[i];
    chunk.ends[first + i] = areas[i].end;
  }
  const size_t at = first + common;
  chunk.areas.erase(IteratorAt(chunk.areas, at), IteratorAt(chunk.areas, last));
  chunk.ends.erase(IteratorAt(chunk.ends, at), IteratorAt(chunk.ends, last));
  const std::span<const Area> more = areas.subspan(common);
  chunk.areas.insert(IteratorAt(chunk.areas, at), more.begin(), more.end());
  chunk.ends.insert(IteratorAt(chunk.ends, at), more.size(), 0);
  for (size_t i = 0; i < more.size(); ++i) chunk.ends[at + i] = more[i].end;
}

bool AreaList::Tidy(size_t chunk) {
  if (chunks_[chunk].areas.empty() && chunks_.size() > 1) {
    chunks_.erase(IteratorAt(chunks_, chunk));
    return true;
  }
  if (chunks_[chunk].areas.size() <= kMostInChunk) return false;
  const Chunk whole = std::move(chunks_[chunk]);
  constexpr size_t kEach = kMostInChunk / 2;
  std::vector<Chunk> parts;
  for (size_t from = 0; from < whole.areas.size(); from += kEach) {
    const std::span areas =
        std::span(whole.areas).subspan(from, std::min(kEach, whole.areas.size() - from));
    Chunk& part = parts.emplace_back();
    part.areas.assign(areas.begin(), areas.end());
    for (const Area& area : areas) part.ends.push_back(area.end);
  }
  moved_ += whole.areas.size();
  chunks_[chunk] = std::move(parts.front());
  chunks_.insert(IteratorAt(chunks_, chunk + 1), std::make_move_iterator(parts.begin() + 1),
                 std::make_move_iterator(parts.end()));
  return true;
}

void AreaList::Clear() {
  chunks_.resize(1);
  chunks_.front().areas.clear();
  chunks_.front().ends.clear();
  bounds_.clear();
}

}  // namespace sim
