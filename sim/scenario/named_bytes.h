// The bytes of user memory that an operation names. No other file computes them.
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

// Bytes from `start` on. Sizes have 128 bits, because a range may extend past the last address.
struct NamedBytes {
  using Wide = unsigned __int128;

  uint64_t start = 0;
  uint64_t unit = 1;  // bytes of an element
  // The number of elements that the operation names. `least` and `most` differ only for memory up
  // to a terminator: `least` is then one element, and `most` is the operation's room, or all
  // elements up to address 2^64.
  Wide least = 0;
  Wide most = 0;
  bool is_bounded = true;  // false: the terminator may be anywhere

  constexpr Wide LeastBytes() const { return least * unit; }
  constexpr Wide MostBytes() const { return most * unit; }
  friend bool operator==(const NamedBytes&, const NamedBytes&) = default;
  // MostBytes() where the number of elements is bounded, else LeastBytes(). For arithmetic with
  // nearby addresses.
  constexpr Wide BoundedBytes() const { return is_bounded ? MostBytes() : LeastBytes(); }
};

// Whether the library refuses the text of `op` before it writes any byte: the text and its
// terminator exceed the room, or the text contains a zero byte.
constexpr bool IsTextRefused(const Op& op) {
  return op.pattern.size() >= op.length || op.pattern.find('\0') != std::string::npos;
}

// The size, in bytes, of one element or pointer that `op` names.
constexpr uint64_t NamedUnit(const Op& op) {
  return InfoOf(op.verb).extent == Extent::kPointers ? kPointerBytes : ElementSize(op.type);
}

// The user memory that `op` names, armed as a race or not. Nothing for an operation that names no
// memory, such as `frames`. Always inlined, so that the compiler removes the fields that a caller
// does not use.
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
    case Extent::kStruct:  // the library refuses a larger size without a touch
      named.unit = 1;
      return exactly(op.length <= kMaxStructBytes ? op.length : 0);
    case Extent::kTable:  // the memory that the io vectors name is unknown until the table is read
      named.unit = kSegmentBytes;
      return exactly(op.segments <= kMaxSegments ? op.segments : 0);
    case Extent::kArray:
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

// The number of bytes, of the memory that `op` names, that a call of the library whose result is
// `length` has read, written or lent out. Includes the terminator, if there is one.
// Precondition: IsLibraryAccess(op.verb).
constexpr NamedBytes::Wide BytesOfResult(const Op& op, uint64_t length) {
  const Extent extent = InfoOf(op.verb).extent;
  if (extent == Extent::kStruct || extent == Extent::kArray) return length;
  if (extent == Extent::kTable) return 0;  // the io vectors' memory is not known
  const NamedBytes::Wide elements = NamedBytes::Wide{length} + (EndsInTerminator(op.verb) ? 1 : 0);
  return elements * NamedUnit(op);
}

// The alignment, in bytes, that the library requires of the address of `op`.
// Precondition: IsLibraryAccess(op.verb).
constexpr uint64_t RequiredAlign(const Op& op) {
  return InfoOf(op.verb).extent == Extent::kElementAnywhere ? 1 : ElementAlign(op.type);
}

// Whether the library accesses all memory that `op` names by a single load or store: the memory is
// a value of 1, 2, 4 or 8 bytes at a multiple of its size.
constexpr bool IsOneAccess(const Op& op) {
  const bool is_moved = MovesBytes(op.verb) || InfoOf(op.verb).transfer == Transfer::kAtomic;
  if (!is_moved || !IsOfOneElement(op.verb)) return false;
  const uint64_t size = ElementSize(op.type);
  return (size == 1 || size == 2 || size == 4 || size == 8) && op.address % size == 0;
}

// The bytes of user memory for each unit of op.length, if op.length can change without any other
// field. 0 if op.length is not the size of the memory that `op` names, if op.length is bound to the
// bytes that a fill writes, or if the verb has no length.
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
