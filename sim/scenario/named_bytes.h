// The bytes of user memory that an operation names: the one place that says so.
#ifndef SIM_SCENARIO_NAMED_BYTES_H_
#define SIM_SCENARIO_NAMED_BYTES_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"
#include "sim/scenario/verb.h"

namespace sim {

// Bytes from `start` on. Sizes have 128 bits: a range may end behind the last address.
struct NamedBytes {
  using Wide = unsigned __int128;

  uint64_t start = 0;
  uint64_t unit = 1;  // bytes of an element
  // How many elements the operation is about. Both are the same, but for memory up to a
  // terminator: that is one element at least, and at most what the operation has room for, or all
  // up to 2^64.
  Wide least = 0;
  Wide most = 0;
  bool is_bounded = true;  // false: the terminator may be anywhere

  constexpr Wide LeastBytes() const { return least * unit; }
  constexpr Wide MostBytes() const { return most * unit; }
  friend bool operator==(const NamedBytes&, const NamedBytes&) = default;
  // For arithmetic with what is near: the most, where there is a bound.
  constexpr Wide BoundedBytes() const { return is_bounded ? MostBytes() : LeastBytes(); }
};

// Whether the text of `op` is refused before any of it is written: it has no room with its
// terminator, or contains a zero byte.
constexpr bool IsTextRefused(const Op& op) {
  return op.pattern.size() >= op.length || op.pattern.find('\0') != std::string::npos;
}

// The bytes of one of what `op` names.
constexpr uint64_t NamedUnit(const Op& op) {
  return InfoOf(op.verb).extent == Extent::kPointers ? kPointerBytes : ElementSize(op.type);
}

// The user memory that `op` names, armed as a race or not. Nothing for `frames`, which names none.
// Inlined always: of what a caller does not use nothing is made.
[[gnu::always_inline]] constexpr std::optional<NamedBytes> BytesNamedBy(const Op& op) {
  constexpr NamedBytes::Wide kAllBytes = NamedBytes::Wide{1} << 64;
  NamedBytes named{.start = op.address, .unit = NamedUnit(op)};
  const auto exactly = [&named](uint64_t elements) {
    named.least = named.most = elements;
    return named;
  };
  switch (InfoOf(op.verb).extent) {
    case Extent::kNothing:
      return std::nullopt;
    case Extent::kByte:
    case Extent::kElement:
    case Extent::kElementAnywhere:
      return exactly(1);
    case Extent::kBytes:
      return exactly(std::min(op.length, MaxLength(op.verb)));
    case Extent::kStruct:  // a larger one is refused unseen
      named.unit = 1;
      return exactly(op.length <= kMaxStructBytes ? op.length : 0);
    case Extent::kTable:  // what the table names is not known before it is read
      named.unit = kSegmentBytes;
      return exactly(op.segments <= kMaxSegments ? op.segments : 0);
    case Extent::kElements:
      return exactly(op.is_single ? 1 : op.length);
    case Extent::kToTerminator:
      named.least = 1;
      named.most = (kAllBytes - op.address) / named.unit;
      named.is_bounded = false;
      return named;
    case Extent::kToTerminatorOrRoom:
      named.most = std::min(op.length, MaxLength(op.verb));
      named.least = std::min(named.most, NamedBytes::Wide{1});
      return named;
    case Extent::kTextAndTerminator:
      return exactly(IsTextRefused(op) ? 0 : op.pattern.size() + 1);
    case Extent::kPointers:
      named.least = 1;
      named.most = NamedBytes::Wide{op.max_strings} + 1;
      return named;
  }
  return std::nullopt;
}

// Of the memory that `op` names, the bytes that a call of the library whose result is `length`
// elements has read or handed out: with the terminator, where there is one.
// Precondition: IsLibraryAccess(op.verb).
constexpr NamedBytes::Wide BytesOfResult(const Op& op, uint64_t length) {
  const Extent extent = InfoOf(op.verb).extent;
  if (extent == Extent::kStruct) return length;
  if (extent == Extent::kTable) return 0;  // as many as are known of
  const NamedBytes::Wide elements = NamedBytes::Wide{length} + (EndsInTerminator(op.verb) ? 1 : 0);
  return elements * NamedUnit(op);
}

// The alignment, in bytes, without which the library refuses the address of `op`.
// Precondition: IsLibraryAccess(op.verb).
constexpr uint64_t RequiredAlign(const Op& op) {
  return InfoOf(op.verb).extent == Extent::kElementAnywhere ? 1 : ElementAlign(op.type);
}

// Whether the library touches the memory that `op` names by one load or one store of all of it: a
// value of the size of a machine word, or of a part of one, at a multiple of its size.
constexpr bool IsOneAccess(const Op& op) {
  const bool is_moved = MovesBytes(op.verb) || InfoOf(op.verb).transfer == Transfer::kAtomic;
  if (!is_moved || !IsOfOneElement(op.verb)) return false;
  const uint64_t size = ElementSize(op.type);
  return (size == 1 || size == 2 || size == 4 || size == 8) && op.address % size == 0;
}

// Bytes of user memory for each unit of op.length, where that may change alone; 0 where it is not
// the size of the memory that `op` names, or is bound to what a fill writes, or where there is
// none.
constexpr uint64_t BytesPerLength(const Op& op) {
  const Extent extent = InfoOf(op.verb).extent;
  if (op.is_single || extent == Extent::kTextAndTerminator) return 0;
  if (extent == Extent::kTable || extent == Extent::kPointers) return 0;
  for (const Argument argument : InfoOf(op.verb).arguments) {
    switch (argument) {
      case Argument::kPages:
      case Argument::kBytes:
      case Argument::kRoom:
      case Argument::kUserSize:
      case Argument::kBound:
        return 1;
      case Argument::kElements:
      case Argument::kElementsOrOne:
        return ElementSize(op.type);
      default:
        break;
    }
  }
  return 0;
}

}  // namespace sim

#endif  // SIM_SCENARIO_NAMED_BYTES_H_
