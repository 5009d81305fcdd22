#include "sim/cli/conform/each_byte.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/cli/conform/accesses.h"
#include "sim/cli/conform/layout.h"

namespace sim {
namespace {

// The other byte: zero, the two values that change one bit of a zero byte at its ends, the first of
// a character of two bytes, and one that no text has.
constexpr char kOthers[] = {'\0', '\x01', '\x80', '\xc3', '\xff'};

// Positions are tried one by one up to here, and near the end of the bytes.
constexpr uint64_t kEachUpTo = 160;
constexpr uint64_t kEachBeforeEnd = 40;

constexpr uint64_t kSizesOfBytes[] = {24, kEachUpTo, kPageBytes + kEachBeforeEnd / 2};

// Calls use(position) for the tried positions among `bytes`.
template <typename Use>
void ForEachPosition(uint64_t bytes, Use use) {
  for (uint64_t position = 0; position < bytes; ++position) {
    if (position < kEachUpTo || position + kEachBeforeEnd >= bytes) use(position);
  }
}

// A user's struct is much larger than the kernel's, so that most of its bytes must be zero.
std::vector<Shape> ShapesOfBytes(Verb verb) {
  if (InfoOf(verb).extent != Extent::kStruct) return ShapesOf(verb, kSizesOfBytes);
  return {{.type = ElementType::kU64, .count = 1, .bytes = kEachUpTo},
          {.type = ElementType::kU64x3, .count = 1, .bytes = kEachUpTo}};
}

// Whether the bytes of the memory decide what the call does, and are not only moved: another byte
// that is moved shows in each call, because adjacent bytes differ (ContentsOf).
bool DependsOnBytes(Verb verb) {
  const VerbInfo& info = InfoOf(verb);
  switch (info.extent) {
    case Extent::kToTerminator:
    case Extent::kToTerminatorOrRoom:
    case Extent::kStruct:
    case Extent::kTable:
    case Extent::kPointers:
      return true;
    default:
      return info.transfer == Transfer::kAtomic;
  }
}

// Inserts `op` before the call.
void BeforeCall(Op op, Scenario* scenario) {
  scenario->ops.insert(scenario->ops.end() - 1, std::move(op));
}

// The number of bytes that can matter among zeros: the first element that is all zeros ends the
// memory.
uint64_t BytesAmongZeros(Verb verb, const Shape& shape) {
  return EndsInTerminator(verb) ? std::min(ElementSize(shape.type), shape.bytes) : shape.bytes;
}

// The memory of `shape`, with one other byte among the usual contents, and among zeros.
void OfMemory(Verb verb, const Shape& shape, uint64_t before, TrialSink sink) {
  const Place place = PlaceAtEdge(shape.bytes, before, /*ordinary_first=*/true);
  const Scenario usual = LayOut(verb, shape, place, kMore);
  Scenario zeros = usual;
  if (shape.bytes != 0) BeforeCall(FillOp(place.range.start, shape.bytes, '\0'), &zeros);
  for (const bool among_zeros : {false, true}) {
    const uint64_t bytes = among_zeros ? BytesAmongZeros(verb, shape) : shape.bytes;
    ForEachPosition(bytes, [&](uint64_t position) {
      for (const char other : kOthers) {
        Scenario scenario = among_zeros ? zeros : usual;
        BeforeCall(FillOp(place.range.start + position, std::string(1, other)), &scenario);
        Try(scenario, sink);
      }
    });
  }
}

// A text in which the two bytes of a character are apart: ASCII between them is an error, however
// long it is.
void OfSplitCharacters(Verb verb, const Shape& shape, uint64_t before, TrialSink sink) {
  constexpr uint64_t kApart[] = {1, 2, 8, 9, 16, 17, 32, 33, 64, 65, 96, 128};
  const Place place = PlaceAtEdge(shape.bytes, before, /*ordinary_first=*/true);
  const Scenario usual = LayOut(verb, shape, place, kMore);
  ForEachPosition(shape.bytes, [&](uint64_t position) {
    for (const uint64_t apart : kApart) {
      if (position + apart + 1 >= shape.bytes) continue;
      Scenario scenario = usual;
      BeforeCall(FillOp(place.range.start + position, "\xc3"), &scenario);
      BeforeCall(FillOp(place.range.start + position + apart, "\xa9"), &scenario);
      Try(scenario, sink);
    }
  });
}

// A struct of which the user has room for the first bytes only. Its address selects which of the
// other bytes is not zero (DroppedBytesOf).
void OfStruct(Verb verb, TrialSink sink) {
  for (const ElementType type : {ElementType::kU64x3, ElementType::kB4096, ElementType::kPage}) {
    const Shape shape = {.type = type, .count = 1, .bytes = FirstSize(type)};
    const uint64_t unit = std::max<uint64_t>(8, ElementAlign(type));
    for (uint64_t selected = 0; selected < 4 * kDroppedPlaces; ++selected) {
      const uint64_t start = kEdge + selected * unit;
      Scenario scenario;
      scenario.ops.push_back(
          MapOp(PagesDown(start), 2 * kPageBytes, kPermRead | kPermWrite, AreaKind::kEager));
      for (Op& op : CallOf(verb, shape, start)) scenario.ops.push_back(std::move(op));
      Try(scenario, sink);
    }
  }
}

// A text argument with a zero byte at each position.
void OfText(Verb verb, TrialSink sink) {
  for (const Shape& shape : ShapesOf(verb, kSizesOfBytes)) {
    const Place place = PlaceAtEdge(shape.bytes, shape.bytes, /*ordinary_first=*/true);
    const Scenario usual = LayOut(verb, shape, place, kMore);
    ForEachPosition(usual.ops.back().pattern.size(), [&](uint64_t position) {
      Scenario scenario = usual;
      scenario.ops.back().pattern[position] = '\0';
      Try(scenario, sink);
    });
  }
}

}  // namespace

void MakeEachByte(Verb verb, TrialSink sink) {
  const VerbInfo& info = InfoOf(verb);
  if (info.arguments.Has(Argument::kText)) return OfText(verb, sink);
  if (verb == Verb::kWriteVersioned) return OfStruct(verb, sink);
  if (!DependsOnBytes(verb)) return;
  for (const Shape& shape : ShapesOfBytes(verb)) {
    const uint64_t unit = std::max<uint64_t>(8, ElementAlign(shape.type));
    for (const uint64_t before : {shape.bytes, shape.bytes / 2 / unit * unit}) {
      OfMemory(verb, shape, before, sink);
      if (IsText(verb)) OfSplitCharacters(verb, shape, before, sink);
    }
  }
}

}  // namespace sim
