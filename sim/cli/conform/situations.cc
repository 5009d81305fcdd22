#include "sim/cli/conform/situations.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/cli/conform/accesses.h"
#include "sim/cli/conform/each_byte.h"
#include "sim/cli/conform/error_pairs.h"
#include "sim/cli/conform/layout.h"
#include "sim/cli/explore/adversaries.h"
#include "sim/cli/explore/race_places.h"
#include "sim/oracle/byte_range.h"
#include "sim/scenario/library_call.h"
#include "sim/scenario/runner.h"

namespace sim {
namespace {

constexpr Perms kR = kPermRead;
constexpr Perms kW = kPermWrite;
constexpr Perms kRW = kPermRead | kPermWrite;

// ---- Sizes, in bytes.

// Every size up to 256, and those around one page and two.
constexpr uint64_t kLastSmallSize = 256;
constexpr uint64_t kPageSizes[] = {4095, 4096, 4097, 8191, 8192, 8193};
constexpr auto kAllSizes = [] {
  std::array<uint64_t, kLastSmallSize + 1 + std::size(kPageSizes)> sizes = {};
  for (uint64_t i = 0; i <= kLastSmallSize; ++i) sizes[i] = i;
  std::copy(std::begin(kPageSizes), std::end(kPageSizes), sizes.begin() + kLastSmallSize + 1);
  return sizes;
}();
// Each size up to one iteration of a loop that moves 64 bytes plus its remainder, and then the
// sizes around each possible unrolled block.
constexpr uint64_t kLastOfEach = 72;
constexpr uint64_t kLargerSizes[] = {95,  96,  97,  127, 128,  129,  160,  191, 192,
                                     193, 224, 255, 256, 4095, 4096, 4097, 8192};
constexpr auto kSomeSizes = [] {
  std::array<uint64_t, kLastOfEach + 1 + std::size(kLargerSizes)> sizes = {};
  for (uint64_t i = 0; i <= kLastOfEach; ++i) sizes[i] = i;
  std::copy(std::begin(kLargerSizes), std::end(kLargerSizes), sizes.begin() + kLastOfEach + 1);
  return sizes;
}();
constexpr uint64_t kSizesInARace[] = {1, 8, 24};
constexpr uint64_t kMostBytesInARace = 24;
constexpr uint64_t kSizesAnywhere[] = {0, 1, 2, 3, 4, 7, 8, 9, 16, 17, 24, 64, 255, 4096};
constexpr uint64_t kHugeSizes[] = {65535,
                                   65536,
                                   uint64_t{1} << 31,
                                   uint64_t{1} << 32,
                                   uint64_t{1} << 47,
                                   uint64_t{1} << 61,
                                   (uint64_t{1} << 61) + 1,
                                   uint64_t{INT64_MAX} - 1,
                                   INT64_MAX,
                                   uint64_t{1} << 63,
                                   UINT64_MAX - 1,
                                   UINT64_MAX};

// The tested numbers of bytes before the edge, of `bytes` in total: all, if `bytes` is at most 12;
// otherwise numbers near 0, the half, and numbers near `bytes`.
std::vector<uint64_t> PlacesOf(uint64_t bytes) {
  constexpr uint64_t kEach = 12;
  std::vector<uint64_t> places;
  if (bytes <= kEach) {
    for (uint64_t i = 0; i <= bytes; ++i) places.push_back(i);
    return places;
  }
  for (const uint64_t place : {uint64_t{0}, uint64_t{1}, uint64_t{7}, uint64_t{8}, bytes / 2,
                               bytes - 8, bytes - 1, bytes}) {
    places.push_back(place);
  }
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  return places;
}

// ---- Makers of trials.

bool IsOrdinary(const Neighbour& neighbour) {
  return neighbour.is_mapped && neighbour.kind == AreaKind::kEager && neighbour.perms == kRW &&
         neighbour.then == Verb::kMap && neighbour.has_frames;
}

// Memory that begins or ends at each distance from the edge.
void MakeAtEdge(const Situation& situation, Verb verb, TrialSink sink) {
  const bool is_ordinary = IsOrdinary(situation.neighbour);
  const std::span<const uint64_t> sizes =
      is_ordinary ? std::span<const uint64_t>(kAllSizes) : std::span<const uint64_t>(kSomeSizes);
  for (const Shape& shape : ShapesOf(verb, sizes)) {
    for (const uint64_t before : PlacesOf(shape.bytes)) {
      for (const bool ordinary_first : {true, false}) {
        if (is_ordinary && !ordinary_first) continue;  // the same
        const Place place = PlaceAtEdge(shape.bytes, before, ordinary_first);
        Try(LayOut(verb, shape, place, situation.neighbour), sink);
      }
    }
  }
}

// Memory that the call writes to, between bytes that are not zero.
void MakeAmongOthers(const Situation& situation, Verb verb, TrialSink sink) {
  if (!ChangesBytes(verb)) return;
  for (const Shape& shape : ShapesOf(verb, kSomeSizes)) {
    for (const uint64_t before : PlacesOf(shape.bytes)) {
      const Place place = PlaceAtEdge(shape.bytes, before, /*ordinary_first=*/true);
      Scenario scenario = LayOut(verb, shape, place, situation.neighbour);
      // After the two maps, before the contents.
      for (const ByteRange pages : {place.ordinary, place.neighbour}) {
        scenario.ops.insert(scenario.ops.begin() + 2,
                            FillOp(pages.start, pages.end - pages.start, 'z'));
      }
      Try(scenario, sink);
    }
  }
}

// Memory that ends with the last byte of ordinary pages at the edge of the situation, that crosses
// the edge, or that begins there.
void MakeBeforeEdge(const Situation& situation, Verb verb, TrialSink sink) {
  for (const Shape& shape : ShapesOf(verb, kSomeSizes)) {
    for (const uint64_t edge : situation.edges) {
      for (const uint64_t before : PlacesOf(shape.bytes)) {
        const Place place = PlaceAtEdge(shape.bytes, before, /*ordinary_first=*/true, edge);
        Try(LayOut(verb, shape, place, situation.neighbour), sink);
      }
    }
  }
}

// Memory at addresses where nothing can be mapped.
void MakeElsewhere(const Situation& situation, Verb verb, TrialSink sink) {
  for (const Shape& shape : ShapesOf(verb, kSizesAnywhere)) {
    for (const uint64_t edge : situation.edges) {
      for (const uint64_t before : PlacesOf(shape.bytes)) {
        Scenario scenario;
        scenario.ops = CallOf(verb, shape, edge - before);
        Try(scenario, sink);
      }
    }
  }
}

// Calls with one huge quantity, whose memory begins in ordinary pages.
void MakeHuge(const Situation& /*situation*/, Verb verb, TrialSink sink) {
  constexpr uint64_t kBytes[] = {24};
  constexpr uint64_t kBefore[] = {8, 24, kPageBytes};
  constexpr Neighbour kNothing = {};
  for (const Shape& shape : ShapesOf(verb, kBytes)) {
    for (const uint64_t before : kBefore) {
      const Place place = PlaceAtEdge(shape.bytes, before, /*ordinary_first=*/true);
      for (const Argument argument : InfoOf(verb).arguments) {
        for (const uint64_t huge : kHugeSizes) {
          Scenario scenario = LayOut(verb, shape, place, kNothing);
          if (!SetQuantity(argument, huge, &scenario.ops.back())) continue;
          Try(scenario, sink);
        }
      }
    }
  }
}

// Calls whose memory is mapped, with one limit that is less than the memory contains.
void MakeOverLimits(const Situation& situation, Verb verb, TrialSink sink) {
  constexpr uint64_t kBytes[] = {8, 16, 24, 32, 64, 128};
  for (const Shape& shape : ShapesOf(verb, kBytes)) {
    for (const uint64_t before : {shape.bytes / 2, shape.bytes}) {
      const Place place = PlaceAtEdge(shape.bytes, before, /*ordinary_first=*/true);
      const Scenario whole = LayOut(verb, shape, place, situation.neighbour);
      for (const Argument argument : InfoOf(verb).arguments) {
        const uint64_t limit = LimitOf(argument, whole.ops.back());
        if (limit == 0) continue;
        for (const uint64_t less : {uint64_t{1}, uint64_t{2}, limit - limit / 2, limit}) {
          Scenario scenario = whole;
          if (less > limit || !SetQuantity(argument, limit - less, &scenario.ops.back())) continue;
          Try(scenario, sink);
        }
      }
    }
  }
}

// Whether the situation uses this operation of another CPU.
bool IsOf(const Situation& situation, Verb adversary) {
  return std::ranges::find(situation.adversaries, adversary) != situation.adversaries.end();
}

// Tries the standard adversaries of the situation at every step of the call. The call is the last
// operation of `scenario` and accesses `range`.
void TryAdversaries(const Situation& situation, ByteRange range, const Scenario& scenario,
                    TrialSink sink) {
  // The memory of a call may be named by pointers in other memory. Hence the adversaries are
  // computed for a plain access to the same memory.
  Scenario stand_in = scenario;
  Op& access = stand_in.ops.back();
  access = Op();
  access.verb = Verb::kUserLoad;
  access.address = range.start;
  access.length = range.end - range.start;
  const size_t call = scenario.ops.size() - 1;
  for (const Op& adversary : StandardAdversaries(stand_in, call, Outcome::Ok())) {
    if (!IsOf(situation, adversary.verb)) continue;
    for (int i = 0; i < kRacePointCount; ++i) {
      const auto point = static_cast<RacePoint>(i);
      if (point == RacePoint::kLoad && !CanRaceAtLoads()) continue;
      TryEverywhere(scenario, call, std::span(&adversary, 1), point, /*first=*/1,
                    [&](const Scenario& raced) { return Try(raced, sink); });
    }
  }
}

// Another CPU acts on the call's memory at every step of the call. The second page is the
// neighbour of the situation; without one, it is populated before or by the call.
void MakeRaced(const Situation& situation, Verb verb, TrialSink sink) {
  constexpr Neighbour kBoth[] = {
      {.is_mapped = true, .kind = AreaKind::kEager, .perms = kRW, .has_contents = true},
      {.is_mapped = true, .kind = AreaKind::kLazy, .perms = kRW}};
  std::span<const Neighbour> neighbours(&situation.neighbour, 1);
  if (!situation.neighbour.is_mapped) neighbours = kBoth;
  for (const Shape& shape : ShapesOf(verb, kSizesInARace)) {
    if (shape.bytes > kMostBytesInARace) continue;
    for (const uint64_t before : {shape.bytes / 2, shape.bytes}) {
      const Place place = PlaceAtEdge(shape.bytes, before, /*ordinary_first=*/true);
      for (const Neighbour& neighbour : neighbours) {
        Scenario scenario = LayOut(verb, shape, place, neighbour);
        scenario.machine.cpus = 2;
        TryAdversaries(situation, place.range, scenario, sink);
      }
    }
  }
}

// A verb of the subject that reads bytes at any address; copy_in if the subject has none.
Verb ReaderOf(axptr_subject subject) {
  subject.takes_element = nullptr;  // must not be called before the subject is attached
  for (const Extent extent : {Extent::kBytes, Extent::kElements}) {
    for (const VerbInfo& info : AllVerbs()) {
      const bool reads = IsLibraryAccess(info.verb) && info.user_rights == kR;
      Op op;
      op.verb = info.verb;
      if (reads && info.extent == extent && IsOffered(op, subject)) return info.verb;
    }
  }
  return Verb::kCopyIn;
}

// Calls that write, followed by a read of all of their mapped memory.
void MakeReadBack(const Situation& /*situation*/, Verb verb, TrialSink sink) {
  if (!ChangesBytes(verb)) return;
  constexpr Neighbour kNeighbours[] = {
      {.is_mapped = true, .kind = AreaKind::kEager, .perms = kRW, .has_contents = true},
      {},
      {.is_mapped = true, .kind = AreaKind::kLazy, .perms = kRW},
      {.is_mapped = true, .kind = AreaKind::kCow, .perms = kRW}};
  const Verb reader = ReaderOf(SelectedSubject());
  for (const Shape& shape : ShapesOf(verb, kSomeSizes)) {
    const bool writes_to_it = InfoOf(verb).extent != Extent::kTable || shape.is_behind;
    if (!writes_to_it) continue;
    for (const uint64_t before : PlacesOf(shape.bytes)) {
      const Place place = PlaceAtEdge(shape.bytes, before, /*ordinary_first=*/true);
      for (const Neighbour& neighbour : kNeighbours) {
        const uint64_t end = neighbour.is_mapped ? place.range.end : kEdge;
        if (place.range.start >= end) continue;
        Scenario scenario = LayOut(verb, shape, place, neighbour);
        const size_t call = scenario.ops.size() - 1;
        Op& read = scenario.ops.emplace_back();
        read.verb = reader;
        read.address = place.range.start;
        read.length = end - place.range.start;
        sink({.scenario = scenario, .call = call});
      }
    }
  }
}

// ---- The table.

constexpr uint64_t kHalfEdges[] = {0xffff800000000000, 0xffffffff80001000, 0};
constexpr uint64_t kHoleEdges[] = {0x0000800000000000, 0x1000000000000000, 0xffff7ffffffff000};
constexpr uint64_t kUserEdges[] = {kWindowEnd};
constexpr uint64_t kNullEdges[] = {kPageBytes, 2 * kPageBytes};

constexpr Verb kUnmapping[] = {Verb::kUnmap};
constexpr Verb kProtecting[] = {Verb::kProtect};
constexpr Verb kRewriting[] = {Verb::kFill, Verb::kUserStore};
constexpr Verb kTruncating[] = {Verb::kTruncate};
constexpr Verb kTakingFrames[] = {Verb::kFrames};

constexpr Situation kSituations[] = {
    {.name = "mapped",
     .meaning = "all of the memory is mapped and permitted: every size up to 256, and around pages",
     .make = MakeAtEdge,
     .neighbour = {.is_mapped = true, .perms = kRW, .has_contents = true}},
    {.name = "unmapped", .meaning = "the neighbouring page is not mapped", .make = MakeAtEdge},
    {.name = "no_access",
     .meaning = "the neighbouring page was populated, and its permissions were removed",
     .make = MakeAtEdge,
     .neighbour = {.is_mapped = true,
                   .perms = kRW,
                   .has_contents = true,
                   .then = Verb::kProtect,
                   .then_perms = 0}},
    {.name = "read_only",
     .meaning = "the neighbouring page is read-only",
     .make = MakeAtEdge,
     .neighbour = {.is_mapped = true, .perms = kR, .has_contents = true}},
    {.name = "write_only",
     .meaning = "the neighbouring page is write-only",
     .make = MakeAtEdge,
     .neighbour = {.is_mapped = true, .perms = kW, .has_contents = true}},
    {.name = "file_end",
     .meaning = "the neighbouring page is after the end of the file that is mapped there",
     .make = MakeAtEdge,
     .neighbour = {.is_mapped = true, .kind = AreaKind::kFile, .perms = kRW, .has_file_end = true}},
    {.name = "lazy",
     .meaning = "the neighbouring page is permitted, and not populated yet",
     .make = MakeAtEdge,
     .neighbour = {.is_mapped = true, .kind = AreaKind::kLazy, .perms = kRW}},
    {.name = "no_frames",
     .meaning = "the neighbouring page is permitted and not populated, and no page frame is left",
     .make = MakeAtEdge,
     .neighbour = {.is_mapped = true, .kind = AreaKind::kLazy, .perms = kRW, .has_frames = false}},
    {.name = "copy_on_write",
     .meaning = "the neighbouring page is shared until it is written",
     .make = MakeAtEdge,
     .neighbour = {.is_mapped = true, .kind = AreaKind::kCow, .perms = kRW}},
    {.name = "kernel_page",
     .meaning = "the neighbouring page is the kernel's own, among user addresses",
     .make = MakeAtEdge,
     .neighbour =
         {.is_mapped = true, .kind = AreaKind::kKernel, .perms = kRW, .has_contents = true}},
    {.name = "among_others",
     .meaning = "the memory that the call writes is between bytes that it must not write",
     .make = MakeAmongOthers,
     .neighbour = {.is_mapped = true, .perms = kRW, .has_contents = true}},
    {.name = "user_end",
     .meaning = "the memory ends with the last byte of the user's addresses, or after it",
     .make = MakeBeforeEdge,
     .edges = kUserEdges},
    {.name = "kernel_half",
     .meaning =
         "the memory lies in the kernel's half of the address space, or wraps around its end",
     .make = MakeElsewhere,
     .edges = kHalfEdges},
    {.name = "not_canonical",
     .meaning = "the memory lies at addresses that the processor refuses",
     .make = MakeElsewhere,
     .edges = kHoleEdges},
    {.name = "null_page",
     .meaning = "the memory lies in the first two pages, where nothing is mapped",
     .make = MakeElsewhere,
     .edges = kNullEdges},
    {.name = "huge",
     .meaning = "each size, count and bound of the call is huge, up to 2^64 - 1",
     .make = MakeHuge},
    {.name = "over_limits",
     .meaning = "more strings, or longer strings, than the call accepts, all of them mapped",
     .make = MakeOverLimits,
     .neighbour = {.is_mapped = true, .perms = kRW, .has_contents = true}},
    {.name = "each_byte",
     .meaning = "one byte that the call depends on differs from all others, at each position",
     .make = [](const Situation&, Verb verb, TrialSink sink) { MakeEachByte(verb, sink); }},
    {.name = "two_errors",
     .meaning = "two causes of an error at once, of each pair of causes",
     .make = [](const Situation&, Verb verb, TrialSink sink) { MakeErrorPairs(verb, sink); }},
    {.name = "read_back",
     .meaning = "the bytes that the call wrote are read again",
     .make = MakeReadBack},
    {.name = "unmapped_meanwhile",
     .meaning = "another CPU unmaps a page of the memory, at each step of the call",
     .make = MakeRaced,
     .adversaries = kUnmapping},
    {.name = "protected_meanwhile",
     .meaning = "another CPU removes permissions of a page of the memory, at each step of the call",
     .make = MakeRaced,
     .adversaries = kProtecting},
    {.name = "rewritten_meanwhile",
     .meaning = "another CPU writes other bytes to the memory, at each step of the call",
     .make = MakeRaced,
     .adversaries = kRewriting},
    {.name = "truncated_meanwhile",
     .meaning = "another CPU truncates the file that is mapped there, at each step of the call",
     .make = MakeRaced,
     .neighbour = {.is_mapped = true, .kind = AreaKind::kFile, .perms = kRW, .has_contents = true},
     .adversaries = kTruncating},
    {.name = "frames_gone_meanwhile",
     .meaning = "another CPU takes the last page frame, at each step of the call",
     .make = MakeRaced,
     .adversaries = kTakingFrames},
};

}  // namespace

std::span<const Situation> AllSituations() { return kSituations; }

}  // namespace sim
