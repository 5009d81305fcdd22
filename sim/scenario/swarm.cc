#include "sim/scenario/swarm.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "sim/scenario/names.h"

namespace sim {
namespace {

// Pseudo-random numbers, equal on every host (SplitMix64).
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}

  // 0..count-1. Precondition: count > 0.
  unsigned Below(unsigned count) {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t value = state_;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return static_cast<unsigned>((value ^ (value >> 31)) % count);
  }
  bool OneIn(unsigned count) { return Below(count) == 0; }

  // A set of values below `count`: in one of three calls all; otherwise each with probability
  // 1 / `one_in`, and at least one.
  uint64_t Some(unsigned count, unsigned one_in) {
    if (OneIn(3)) return UINT64_MAX;
    uint64_t set = uint64_t{1} << Below(count);
    for (unsigned i = 0; i < count; ++i) {
      if (OneIn(one_in)) set |= uint64_t{1} << i;
    }
    return set;
  }

 private:
  uint64_t state_;
};

// The families of accesses. FamilyOf() derives a verb's family from its row.
enum class Family : uint8_t { kTouches, kTexts, kTables, kAtomics, kLent, kCopies, kValues };
constexpr unsigned kFamilyCount = 7;

constexpr Family FamilyOf(const VerbInfo& row) {
  if (row.verb_class != VerbClass::kLibrary) return Family::kTouches;
  switch (row.extent) {
    case Extent::kToTerminator:
    case Extent::kToTerminatorOrRoom:
    case Extent::kTextAndTerminator:
      return Family::kTexts;
    case Extent::kTable:
    case Extent::kPointers:
      return Family::kTables;
    default:
      break;
  }
  if (row.transfer == Transfer::kAtomic || IsUnderNoFault(row.verb)) return Family::kAtomics;
  if (row.transfer == Transfer::kLend || row.transfer == Transfer::kInside) return Family::kLent;
  return IsOfOneElement(row.verb) ? Family::kValues : Family::kCopies;
}

// A random set of families, at least one of which calls the library.
unsigned SomeFamilies(Dice& dice) {
  unsigned families = 1u << (1 + dice.Below(kFamilyCount - 1));
  for (unsigned i = 0; i < kFamilyCount; ++i) {
    if (dice.OneIn(4)) families |= 1u << i;
  }
  return families;
}

// A random set of verbs. `map` and `fill` are always on: without them most accesses fail.
uint64_t SomeVerbs(Dice& dice) {
  const unsigned families = SomeFamilies(dice);
  uint64_t verbs = 0;
  for (const VerbInfo& row : AllVerbs()) {
    const bool is_needed = row.verb == Verb::kMap || row.verb == Verb::kFill;
    const bool is_chosen = IsAccess(row.verb)
                               ? (families >> static_cast<unsigned>(FamilyOf(row)) & 1) != 0
                               : dice.OneIn(2);
    if (is_needed || is_chosen) verbs |= uint64_t{1} << static_cast<unsigned>(row.verb);
  }
  return verbs;
}

void AppendNumbers(absl::string_view name, uint64_t set, std::string* text) {
  absl::StrAppend(text, "; ", name);
  for (unsigned i = 0; i < Swarm::kNumbers; ++i) {
    if ((set >> i & 1) != 0) absl::StrAppend(text, " ", i);
  }
}

}  // namespace

Swarm Swarm::OfSeed(uint64_t seed) {
  Dice dice(seed);
  Swarm swarm;
  if (dice.OneIn(8)) return swarm;
  swarm.verbs_ = SomeVerbs(dice);
  swarm.kinds_ = dice.Some(kAreaKindCount, 4);
  swarm.points_ = dice.OneIn(3) ? 0 : dice.Some(kRacePointCount, 4);
  swarm.forms_ = dice.Some(kNumbers, 3);
  swarm.places_ = dice.Some(kNumbers, 3);
  swarm.steps_ = dice.Some(kNumbers, 3);
  return swarm;
}

std::string Swarm::Text() const {
  if (*this == Swarm()) return "everything";
  std::string text = "verbs";
  for (const VerbInfo& row : AllVerbs()) {
    if (Has(row.verb)) absl::StrAppend(&text, " ", row.name);
  }
  absl::StrAppend(&text, "; kinds");
  for (int i = 0; i < kAreaKindCount; ++i) {
    const auto kind = static_cast<AreaKind>(i);
    if (Has(kind)) absl::StrAppend(&text, " ", AreaKindName(kind));
  }
  absl::StrAppend(&text, "; races");
  for (int i = 0; i < kRacePointCount; ++i) {
    const auto point = static_cast<RacePoint>(i);
    if (Has(point)) absl::StrAppend(&text, " ", RacePointName(point));
  }
  AppendNumbers("forms", forms_, &text);
  AppendNumbers("places", places_, &text);
  AppendNumbers("steps", steps_, &text);
  return text;
}

}  // namespace sim
