#include "sim/cli/conform/layout.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace sim {
namespace {

// Fills the part of `range` that lies in [first, last) with its part of `contents`. Long contents
// are one byte in the middle, so that people can read the scenario.
void Fill(ByteRange range, ByteRange pages, const std::string& contents, std::vector<Op>* ops) {
  constexpr uint64_t kMaxText = 512;
  constexpr uint64_t kEnds = 16;  // bytes
  const uint64_t start = std::max(range.start, pages.start);
  const uint64_t end = std::min(range.end, pages.end);
  if (start >= end) return;
  const std::string part = contents.substr(start - range.start, end - start);
  if (part.size() <= kMaxText) {
    ops->push_back(FillOp(start, part));
    return;
  }
  ops->push_back(FillOp(start, part.size(), 'z'));
  ops->push_back(FillOp(start, part.substr(0, kEnds)));
  ops->push_back(FillOp(end - kEnds, part.substr(part.size() - kEnds)));
}

Op MapPages(ByteRange pages, Perms perms, AreaKind kind, uint64_t file_bytes = 0) {
  return MapOp(pages.start, pages.end - pages.start, perms, kind, file_bytes);
}

Op MapNeighbour(ByteRange pages, const Neighbour& neighbour) {
  const bool is_in_file = neighbour.kind == AreaKind::kFile && !neighbour.has_file_end;
  return MapPages(pages, neighbour.perms, neighbour.kind, is_in_file ? pages.end - pages.start : 0);
}

}  // namespace

Place PlaceAtEdge(uint64_t bytes, uint64_t before, bool ordinary_first, uint64_t edge) {
  const uint64_t start = edge - before;
  const ByteRange first = {std::min(PagesDown(start), edge - kPageBytes), edge};
  const ByteRange last = {edge, std::max(PagesUp(start + bytes), edge + kPageBytes)};
  const ByteRange range = {start, start + bytes};
  return ordinary_first ? Place{range, first, last} : Place{range, last, first};
}

Scenario LayOut(Verb verb, const Shape& shape, const Place& place, const Neighbour& neighbour) {
  Scenario scenario;
  std::vector<Op>& ops = scenario.ops;
  const std::string contents = ContentsOf(verb, shape);
  ops.push_back(MapPages(place.ordinary, kPermRead | kPermWrite, AreaKind::kEager));
  if (neighbour.is_mapped) ops.push_back(MapNeighbour(place.neighbour, neighbour));
  Fill(place.range, place.ordinary, contents, &ops);
  if (neighbour.has_contents) Fill(place.range, place.neighbour, contents, &ops);
  if (neighbour.then != Verb::kMap) {
    Op then;
    then.verb = neighbour.then;
    then.address = place.neighbour.start;
    then.length = place.neighbour.end - place.neighbour.start;
    then.perms = neighbour.then_perms;
    ops.push_back(then);
  }
  for (Op& op : CallOf(verb, shape, place.range.start)) ops.push_back(std::move(op));
  if (!neighbour.has_frames) {
    Op frames;
    frames.verb = Verb::kFrames;
    ops.insert(ops.end() - 1, frames);
  }
  return scenario;
}

}  // namespace sim
