// Lays out the memory of one call: ordinary pages that meet other pages at an edge.
#ifndef SIM_CLI_CONFORM_LAYOUT_H_
#define SIM_CLI_CONFORM_LAYOUT_H_

#include <cstdint>

#include "sim/cli/conform/accesses.h"
#include "sim/oracle/byte_range.h"
#include "sim/scenario/op.h"
#include "sim/scenario/scenario.h"

namespace sim {

// The address where ordinary memory and its neighbour meet.
inline constexpr uint64_t kEdge = kWindowStart + 0x10000;

// The first byte of the page of `address`, and the first byte of the first page that does not begin
// before `address`.
constexpr uint64_t PagesDown(uint64_t address) { return address / kPageBytes * kPageBytes; }
constexpr uint64_t PagesUp(uint64_t address) { return PagesDown(address + kPageBytes - 1); }

// The pages on one side of the edge at which a call's memory is placed. On the other side is
// ordinary memory.
struct Neighbour {
  bool is_mapped = false;
  AreaKind kind = AreaKind::kEager;
  Perms perms = 0;
  bool has_file_end = false;  // of kFile: the file ends before these pages
  bool has_contents = false;  // the call's memory there is filled before the call, too
  bool has_frames = true;     // false: no page frame is left for the call
  // The operation on all of the pages after they were filled, such as kProtect with `then_perms`;
  // kMap: none.
  Verb then = Verb::kMap;
  Perms then_perms = 0;
};

// A neighbour that is ordinary memory, too.
inline constexpr Neighbour kMore = {
    .is_mapped = true, .perms = kPermRead | kPermWrite, .has_contents = true};

// The memory of a call at the edge: [start, end), ordinary pages on one side, a neighbour on the
// other.
struct Place {
  ByteRange range;
  ByteRange ordinary;   // pages
  ByteRange neighbour;  // pages
};

// `before` of the `bytes` lie before the edge; the ordinary pages are the first, or the last.
Place PlaceAtEdge(uint64_t bytes, uint64_t before, bool ordinary_first, uint64_t edge = kEdge);

// The pages of `place` with the contents of `shape` (ContentsOf), and then the call of `verb`,
// which is the last operation.
Scenario LayOut(Verb verb, const Shape& shape, const Place& place, const Neighbour& neighbour);

}  // namespace sim

#endif  // SIM_CLI_CONFORM_LAYOUT_H_
