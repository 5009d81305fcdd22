// The shapes of values in a binary scenario (format: scenario_bytes.h). The decoder turns shapes
// into values, and the encoder turns values into shapes. All arithmetic is modulo 2^64.
//
// This file is frozen with the versions of the format: do not reorder or improve it.
// binary_format.h has what differs between the versions.
#ifndef SIM_SCENARIO_SCENARIO_SHAPES_H_
#define SIM_SCENARIO_SCENARIO_SHAPES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "sim/scenario/binary_format.h"
#include "sim/scenario/op.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_bytes.h"

namespace sim {

// Byte 2. Each table begins with the enum's values in order, so that the encoder writes the number
// of the enum value.
ElementType TypeFromByte(uint8_t byte);
Perms PermsFromByte(uint8_t byte);

// The length of the file that an area of `length` bytes maps. Precondition: `shape` is neither
// kNone nor kLiteral.
uint64_t FileBytesFromShape(FileLength shape, uint64_t length);

// Bytes 4 and 6: a count from -64 to 63. Half of the byte values give a count from -3 to 4. Byte 0
// is count 0.
int CountFromByte(uint8_t byte);
std::optional<uint8_t> CountByte(int64_t count);

// The addresses and areas that the earlier operations named, for shapes that refer to them.
// Addresses outside the window and maps that must fail are left out, because shapes based on them
// would only fail again.
class History {
 public:
  struct Range {
    uint64_t start;
    uint64_t end;  // may have wrapped
  };

  // Adds `op`, which names `bytes` bytes of memory from op.address on. Precondition: `op` has an
  // address.
  void Add(const Op& op, uint64_t bytes);

  // The number of different values of `which` for Earlier and Area, from 1.
  unsigned EarlierCount() const { return address_count_ == 0 ? 1 : address_count_; }
  unsigned AreaCount() const { return area_count_ == 0 ? 1 : area_count_; }

  // The range of the `which`-th latest operation, modulo the number of operations; without
  // operations, an empty range at the window's start.
  Range Earlier(unsigned which) const {
    if (address_count_ == 0) return {kWindowStart, kWindowStart};
    return addresses_[address_count_ - 1 - Wrapped(which, address_count_)];
  }

  // The range of the `which`-th latest map, modulo the number of maps; without maps, the window's
  // first page.
  Range Area(unsigned which) const {
    if (area_count_ == 0) return {kWindowStart, kWindowStart + kPageBytes};
    return areas_[area_count_ - 1 - Wrapped(which, area_count_)];
  }

 private:
  // which % count, without a division where possible: a division costs more than the rest of a
  // shape.
  static unsigned Wrapped(unsigned which, unsigned count) {
    return which < count ? which : which % count;
  }

  // Not initialised, because decoding is a hot path. Only the first address_count_ and area_count_
  // elements are read.
  std::array<Range, kMaxBinaryOps> addresses_;
  std::array<Range, kMaxBinaryOps> areas_;
  unsigned address_count_ = 0;
  unsigned area_count_ = 0;
};

// Bytes 3, 4 and 7.
struct AddressShape {
  uint8_t base = 0;    // of kAddressBaseCount
  uint8_t unit = 0;    // of kAddressUnitCount
  uint8_t select = 0;  // 0..3
  uint8_t which = 0;
};
inline constexpr int kAddressBaseCount = 16;
inline constexpr int kAddressUnitCount = 4;
inline constexpr uint8_t kLiteralAddress = 15;  // a base: a literal follows

// The inputs of an operation's shape: the operation, as far as it is decoded, and its slot's
// fields.
struct ShapedOp {
  const Op& op;
  const SlotFields& fields;
  bool IsPageRange() const { return fields.length == LengthField::kPages; }
};

// The address from which the units of `shape` are counted; for operations on page ranges, the start
// of a page.
// Precondition: shape.base != kLiteralAddress.
uint64_t AddressBase(const AddressShape& shape, ShapedOp shaped, const History& history);

// The offset, in bytes, that byte 4 adds to the address of an operation. Precondition: the
// operation's verb and type are decoded.
int64_t AddressOffset(const AddressShape& shape, ShapedOp shaped, uint8_t count_byte);
// The byte for which AddressOffset gives `offset`, if there is one.
std::optional<uint8_t> AddressOffsetByte(const AddressShape& shape, ShapedOp shaped,
                                         int64_t offset);

// Bytes 5 and 6 of a length, in bytes, or in elements for the typed operations.
// Precondition: form != kLiteralLength; op's verb, type, kind and address are known. For an
// operation with LengthField::kElementsOrOne, form kNoLengthForm means no length (LengthFromShape
// returns kLengthOfSingle).
inline constexpr uint8_t kLiteralLength = 15;
inline constexpr uint8_t kNoLengthForm = 14;
inline constexpr uint64_t kLengthOfSingle = UINT64_MAX;
uint64_t LengthFromShape(ShapedOp shaped, uint8_t form, uint8_t which, uint8_t count_byte,
                         const History& history);

// Byte 2, bits 4-7, of an operation with FROM: a page of one of the latest areas. Precondition of
// FromFromShape: not kLiteralFrom, for which a literal follows.
inline constexpr uint8_t kLiteralFrom = 15;
uint64_t FromFromShape(uint8_t shape, const History& history);

// Byte 2 of a verb with segments; kLiteralSegments: a literal follows.
uint64_t SegmentsFromByte(uint8_t byte);
inline constexpr uint8_t kLiteralSegments = 255;

// Bytes 5 and 6 of `frames`; nothing: max.
std::optional<uint64_t> FramesFromShape(uint8_t form, uint8_t count_byte);
inline constexpr uint8_t kMaxFramesForm = 14;
inline constexpr uint8_t kLiteralFrames = 15;

// Bytes 5 and 6 of `fill`: sets op->pattern and op->length. Precondition: form is neither
// kFillLiteralLength nor kFillLiteralBytes; op's address is known.
void FillFromShape(Op* op, uint8_t form, uint8_t which, uint8_t count_byte, uint8_t seed,
                   const History& history);
// Like FillFromShape, for a table of io vectors whose segments lie at edges of areas.
void FillIoTable(Op* op, uint8_t which, uint8_t count_byte, uint8_t seed, const History& history);
inline constexpr uint8_t kFillIoTable = 12;        // only if BinaryFormat::has_io_tables
inline constexpr uint8_t kFillLiteralLength = 14;  // byte 6 is repeated; a literal length follows
inline constexpr uint8_t kFillLiteralBytes =
    15;  // byte 6 with `which` as its upper bits: the number of bytes that follow

// Byte 2 of an operation that writes a text. Below kLiteralText: a shape, which also depends on the
// address and the room of `op`. From kLiteralText on: the number of bytes of the text that follow.
// TextFromShape sets `*text`, which may be op.pattern. Precondition of TextFromShape: `byte` <
// kLiteralText.
inline constexpr uint8_t kLiteralText = 128;
inline constexpr size_t kMaxLiteralText = 255 - kLiteralText;
void TextFromShape(const Op& op, uint8_t byte, std::string* text);

// Bytes 5 and 6 of `pointers`: sets op->pattern and op->length. `form` is the number of pointers; a
// null pointer comes after them unless `which` is 15. If `form` is kLiteralPointers, byte 6 is the
// number of pointers that follow, and no null pointer is added.
inline constexpr uint8_t kLiteralPointers = 15;
inline constexpr size_t kMaxLiteralPointers = kMaxBinaryFillBytes / kPointerBytes;
void PointersFromShape(Op* op, uint8_t form, uint8_t which, uint8_t count_byte,
                       const History& history);

// Byte 2 of user_strings: the most strings. Precondition: not kLiteralStrings.
inline constexpr uint8_t kLiteralStrings = 255;
uint64_t StringsFromByte(uint8_t byte);

// Byte 3 of the header: a number of frames; nothing: max. Precondition: not kHeaderLiteralFrames.
inline constexpr uint8_t kHeaderLiteralFrames = 255;
std::optional<uint64_t> FramesFromHeader(uint8_t byte);

// The number of pages that `op` maps if `op` succeeds; 0 if `op` is not a map or must fail.
uint64_t PagesMapped(const Op& op);

// The sum of PagesMapped.
struct PageTotals {
  uint64_t all = 0;
  uint64_t cow = 0;
};
PageTotals TotalPagesMapped(std::span<const Op> ops);

}  // namespace sim

#endif  // SIM_SCENARIO_SCENARIO_SHAPES_H_
