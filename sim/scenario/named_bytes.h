// The bytes of user memory that an operation names: the one place that says so.
#ifndef SIM_SCENARIO_NAMED_BYTES_H_
#define SIM_SCENARIO_NAMED_BYTES_H_

#include <algorithm>
#include <cstdint>
#include <optional>

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

// The user memory that `op` names, armed as a race or not. Nothing for `frames`, which names none.
// Inlined always: of what a caller does not use nothing is made.
[[gnu::always_inline]] constexpr std::optional<NamedBytes> BytesNamedBy(const Op& op) {
  constexpr NamedBytes::Wide kAllBytes = NamedBytes::Wide{1} << 64;
  NamedBytes named{.start = op.address, .unit = ElementSize(op.type)};
  const auto exactly = [&named](uint64_t elements) {
    named.least = named.most = elements;
    return named;
  };
  switch (InfoOf(op.verb).extent) {
    case Extent::kNothing:
      return std::nullopt;
    case Extent::kByte:
    case Extent::kElement:
      return exactly(1);
    case Extent::kBytes:
      return exactly(std::min(op.length, MaxLength(op.verb)));
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
  }
  return std::nullopt;
}

// Of the memory that `op` names, the bytes that a call of the library whose result is `length`
// elements has read or handed out: with the terminator, where there is one.
// Precondition: IsLibraryAccess(op.verb).
constexpr NamedBytes::Wide BytesOfResult(const Op& op, uint64_t length) {
  const NamedBytes::Wide elements = NamedBytes::Wide{length} + (IsNullTerminated(op.verb) ? 1 : 0);
  return elements * ElementSize(op.type);
}

// Bytes of user memory for each unit of op.length, where that may change alone; 0 where it is not
// the size of the memory that `op` names, or is bound to what a fill writes, or where there is
// none.
constexpr uint64_t BytesPerLength(const Op& op) {
  if (op.is_single) return 0;
  for (const Argument argument : InfoOf(op.verb).arguments) {
    switch (argument) {
      case Argument::kPages:
      case Argument::kBytes:
      case Argument::kRoom:
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
