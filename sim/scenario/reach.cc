#include "sim/scenario/reach.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sim/scenario/named_bytes.h"

namespace sim {
namespace {

struct QuantityName {
  Quantity quantity;
  absl::string_view name;
};

constexpr QuantityName kNames[] = {
    {Quantity::kOperations, "operations of a scenario"},
    {Quantity::kCpus, "CPUs"},
    {Quantity::kFrames, "free frames that are set"},
    {Quantity::kMaps, "maps of a scenario"},
    {Quantity::kAreaPages, "pages of an area"},
    {Quantity::kMappingsOfFile, "mappings of one file"},
    {Quantity::kAccessBytes, "bytes of an access"},
    {Quantity::kAccessElements, "elements of an access"},
    {Quantity::kPageOffset, "bytes of an access's page before it"},
    {Quantity::kSegments, "io vectors of a transfer"},
    {Quantity::kStrings, "strings at most"},
    {Quantity::kCallsUnderNoFault, "calls under NoFault at most"},
    {Quantity::kFilledBytes, "bytes of a fill"},
    {Quantity::kRacesOfOneAccess, "races of one access"},
    {Quantity::kRaceNumber, "number of a race point"},
    {Quantity::kAccessesInside, "accesses in the middle of one access"},
};
static_assert(
    [] {
      for (size_t i = 0; i < std::size(kNames); ++i) {
        if (static_cast<size_t>(kNames[i].quantity) != i) return false;
      }
      return std::size(kNames) == kQuantityCount;
    }(),
    "a name for each quantity, in their order");

// The powers of first..last for which `is_listed`, as ranges; "none" if there are none.
template <typename IsListed>
std::string Ranges(int first, int last, IsListed is_listed) {
  std::string ranges;
  for (int power = first; power <= last; ++power) {
    if (!is_listed(power)) continue;
    const int begin = power;
    while (power < last && is_listed(power + 1)) ++power;
    absl::StrAppend(&ranges, ranges.empty() ? "" : ", ", begin);
    if (power != begin) absl::StrAppend(&ranges, "-", power);
  }
  return ranges.empty() ? "none" : ranges;
}

uint64_t Clipped(NamedBytes::Wide value) {
  return static_cast<uint64_t>(std::min<NamedBytes::Wide>(value, UINT64_MAX));
}

}  // namespace

absl::string_view NameOf(Quantity quantity) { return kNames[static_cast<size_t>(quantity)].name; }

void ReachedValues::Add(uint64_t value) {
  ++count_;
  least_ = std::min(least_, value);
  most_ = std::max(most_, value);
  if (value != 0) powers_ |= uint64_t{1} << (std::bit_width(value) - 1);
  if (std::has_single_bit(value)) equal_ |= value;
  if (std::has_single_bit(value + 1)) before_ |= value + 1;
  if (value != 0 && std::has_single_bit(value - 1)) after_ |= value - 1;
}

std::string ReachedValues::Gaps() const {
  const int first = std::max(static_cast<int>(std::bit_width(least_)) - 1, 0);
  const int last = static_cast<int>(std::bit_width(most_)) - 1;
  return Ranges(first, last, [&](int power) { return !Has(power); });
}

std::string ReachedValues::OneSided() const {
  const uint64_t both = before_ & equal_ & after_;
  const int first = least_ <= 1 ? 0 : static_cast<int>(std::bit_width(least_ - 1));
  const int last = static_cast<int>(std::bit_width(most_)) - 1;
  return Ranges(first, last, [&](int power) { return (both >> power & 1) == 0; });
}

void Reach::Add(const Scenario& scenario) {
  ++scenarios_;
  Note(Quantity::kOperations, scenario.ops.size());
  Note(Quantity::kCpus, static_cast<uint64_t>(scenario.machine.cpus));
  Note(Quantity::kFrames, FramesOf(scenario.machine));
  uint64_t maps = 0;
  uint64_t races = 0;
  uint64_t inside = 0;
  for (const Op& op : scenario.ops) {
    AddOp(op);
    maps += op.verb == Verb::kMap ? 1 : 0;
    if (op.race) {
      ++races;
      inside += IsAccess(op.verb) ? 1 : 0;
    } else if (IsAccess(op.verb)) {
      Note(Quantity::kRacesOfOneAccess, races);
      Note(Quantity::kAccessesInside, inside);
      races = inside = 0;
    }
  }
  Note(Quantity::kMaps, maps);
  AddFiles(scenario);
}

void Reach::AddFiles(const Scenario& scenario) {
  struct Mapping {
    uint64_t start;
    uint64_t bytes;
    size_t file;
  };
  std::vector<Mapping> mappings;
  std::vector<uint64_t> files;  // the number of mappings of each
  for (const Op& op : scenario.ops) {
    if (op.verb == Verb::kMap && HasFile(op.kind)) {
      mappings.push_back({op.address, op.length, files.size()});
      files.push_back(1);
    }
    if (op.verb != Verb::kAlias) continue;
    // The latest mapping there: what was there before has to be gone.
    const auto source = std::find_if(
        mappings.rbegin(), mappings.rend(),
        [&](const Mapping& mapping) { return op.from - mapping.start < mapping.bytes; });
    if (source == mappings.rend()) continue;
    ++files[source->file];
    mappings.push_back({op.address, op.length, source->file});
  }
  for (const uint64_t count : files) Note(Quantity::kMappingsOfFile, count);
}

void Reach::AddOp(const Op& op) {
  if (op.race) Note(Quantity::kRaceNumber, op.race->nth);
  switch (op.verb) {
    case Verb::kMap:
    case Verb::kAlias:
      Note(Quantity::kAreaPages, op.length / kPageBytes);
      break;
    case Verb::kFrames:
      Note(Quantity::kFrames, FramesOf(op));
      break;
    case Verb::kFill:
      Note(Quantity::kFilledBytes, op.length);
      break;
    default:
      if (IsLibraryAccess(op.verb)) AddAccess(op);
  }
}

void Reach::AddAccess(const Op& op) {
  const std::optional<NamedBytes> named = BytesNamedBy(op);
  if (named) {
    Note(Quantity::kAccessBytes, Clipped(named->BoundedBytes()));
    Note(Quantity::kAccessElements, Clipped(named->is_bounded ? named->most : named->least));
  }
  Note(Quantity::kPageOffset, op.address % kPageBytes);
  const VerbInfo& info = InfoOf(op.verb);
  if (info.arguments.Has(Argument::kSegments)) Note(Quantity::kSegments, op.segments);
  if (info.arguments.Has(Argument::kStrings)) Note(Quantity::kStrings, op.max_strings);
  if (info.arguments.Has(Argument::kLimit)) Note(Quantity::kCallsUnderNoFault, op.length);
}

}  // namespace sim
