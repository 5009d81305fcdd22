// The shapes of values in a binary scenario (format: scenario_bytes.h), used by the decoder and,
// the other way, by the encoder. All arithmetic is modulo 2^64.
//
// Everything here is frozen with the versions of the format: do not reorder, do not improve. What
// differs between them is in binary_format.h.
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

// Byte 2: each enum's own number comes first in its table, so that encoding is the number itself.
ElementType TypeFromByte(uint8_t byte);
Perms PermsFromByte(uint8_t byte);

// The length of a file behind an area of `length` bytes. Precondition: neither kNone nor kLiteral.
uint64_t FileBytesFromShape(KindShape::FileLength shape, uint64_t length);

// Byte 4 and 6: how many, from -64 to 63, half of the bytes within -3 and 4. 0 is byte 0.
int CountFromByte(uint8_t byte);
std::optional<uint8_t> CountByte(int64_t count);

// The addresses and areas that operations named so far: what "the same again" means. Addresses
// outside the window are left out, and maps that must fail: shapes built on those would only fail
// again.
class History {
 public:
  struct Range {
    uint64_t start;
    uint64_t end;  // may have wrapped
  };

  // `bytes` of memory from op.address on are what `op` is about. Precondition: it has an address.
  void Add(const Op& op, uint64_t bytes);

  // The `which`-th latest operation's range (modulo how many there are); the window's start, empty,
  // where there is none.
  Range Earlier(unsigned which) const {
    if (address_count_ == 0) return {kWindowStart, kWindowStart};
    return addresses_[address_count_ - 1 - Wrapped(which, address_count_)];
  }

  // The `which`-th latest map's range, likewise; the window's first page where there is none.
  Range Area(unsigned which) const {
    if (area_count_ == 0) return {kWindowStart, kWindowStart + kPageBytes};
    return areas_[area_count_ - 1 - Wrapped(which, area_count_)];
  }

 private:
  // which % count; a division costs more than the rest of a shape.
  static unsigned Wrapped(unsigned which, unsigned count) {
    return which < count ? which : which % count;
  }

  // Not initialised: only what the counts say is ever read, and decoding is a hot path.
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
inline constexpr uint8_t kLiteralAddress = 15;  // the base that says: a literal follows

// What a shape of an operation depends on: the operation, as far as it is decoded, and its fields.
struct ShapedOp {
  const Op& op;
  const SlotFields& fields;
  bool IsPageRange() const { return fields.length == LengthField::kPages; }
};

// Where the units of `shape` are counted from; for operations about page ranges, a page's start.
// Precondition: shape.base != kLiteralAddress.
uint64_t AddressBase(const AddressShape& shape, ShapedOp shaped, const History& history);

// How far byte 4 moves the address of an operation (its verb and type are known).
int64_t AddressOffset(const AddressShape& shape, ShapedOp shaped, uint8_t count_byte);
// The byte for which AddressOffset gives `offset`, if there is one.
std::optional<uint8_t> AddressOffsetByte(const AddressShape& shape, ShapedOp shaped,
                                         int64_t offset);

// Bytes 5 and 6 of a length, in bytes, or in elements for the typed operations.
// Precondition: form != kLiteralLength; op's verb, type, kind and address are known.
// Where the operation is about elements or one, form kNoLengthForm says that it has no length
// (LengthFromShape gives kLengthOfSingle).
inline constexpr uint8_t kLiteralLength = 15;
inline constexpr uint8_t kNoLengthForm = 14;
inline constexpr uint64_t kLengthOfSingle = UINT64_MAX;
uint64_t LengthFromShape(ShapedOp shaped, uint8_t form, uint8_t which, uint8_t count_byte,
                         const History& history);

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
// The same, of a table of io vectors, whose segments lie at edges of areas.
void FillIoTable(Op* op, uint8_t which, uint8_t count_byte, uint8_t seed, const History& history);
inline constexpr uint8_t kFillIoTable = 12;        // where the format has it
inline constexpr uint8_t kFillLiteralLength = 14;  // one byte, byte 6; its length follows
inline constexpr uint8_t kFillLiteralBytes = 15;   // byte 6, and `which` above it: how many follow

// Byte 2 of a text that is written: what it is, by the address and the room of `op`; or, from
// kLiteralText on, how many bytes of it follow. Precondition of TextFromShape: below that.
inline constexpr uint8_t kLiteralText = 128;
inline constexpr size_t kMaxLiteralText = 255 - kLiteralText;
std::string TextFromShape(const Op& op, uint8_t byte);

// Bytes 5 and 6 of `pointers`: sets op->pattern and op->length. `form`: how many, before a null one
// unless `which` is 15; kLiteralPointers: byte 6 says how many follow, and there is no null one but
// those.
inline constexpr uint8_t kLiteralPointers = 15;
inline constexpr size_t kMaxLiteralPointers = kMaxBinaryFillBytes / kPointerBytes;
void PointersFromShape(Op* op, uint8_t form, uint8_t which, uint8_t count_byte,
                       const History& history);

// Byte 2 of user_strings: how many at most. Precondition: not kLiteralStrings.
inline constexpr uint8_t kLiteralStrings = 255;
uint64_t StringsFromByte(uint8_t byte);

// Byte 3 of the header: a number of frames; nothing: max. Precondition: not kHeaderLiteralFrames.
inline constexpr uint8_t kHeaderLiteralFrames = 255;
std::optional<uint64_t> FramesFromHeader(uint8_t byte);

// Pages that `op` maps if it succeeds; 0 if it is not a map or must fail.
uint64_t PagesMapped(const Op& op);

// The sum of PagesMapped.
struct PageTotals {
  uint64_t all = 0;
  uint64_t cow = 0;
};
PageTotals TotalPagesMapped(std::span<const Op> ops);

}  // namespace sim

#endif  // SIM_SCENARIO_SCENARIO_SHAPES_H_
