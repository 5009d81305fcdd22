// The shapes of values in a binary scenario (format: scenario_bytes.h), used by the decoder and,
// the other way, by the encoder. All arithmetic is modulo 2^64.
//
// Everything here is frozen with the format's version: do not reorder, do not improve.
#ifndef SIM_SCENARIO_SCENARIO_SHAPES_H_
#define SIM_SCENARIO_SCENARIO_SHAPES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "sim/scenario/op.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_bytes.h"

namespace sim {

// Byte 0 of an operation.
struct Opcode {
  Verb verb;
  bool is_race;
  friend bool operator==(const Opcode&, const Opcode&) = default;
};
Opcode OpcodeFromByte(int version, uint8_t byte);
// The lowest byte for the opcode, if the version has it.
std::optional<uint8_t> OpcodeByte(int version, Opcode opcode);

// Byte 2: each enum's own number comes first in its table, so that encoding is the number itself.
ElementType TypeFromByte(uint8_t byte);
Perms PermsFromByte(uint8_t byte);

// Byte 2 of a map above the permissions: a kind, and of a file its length.
struct KindShape {
  AreaKind kind = AreaKind::kEager;
  enum class FileLength : uint8_t {
    kNone,       // not a file
    kLiteral,    // a literal follows
    kPageShort,  // a page less than the area's
    kHalf,       // half of it
    kByteShort,  // a byte less: its last page is not whole
    kNothing,
    kPageAndAByte,  // two pages, the second one nearly empty
  };
  FileLength file_length = FileLength::kNone;
  friend bool operator==(const KindShape&, const KindShape&) = default;
};
KindShape KindFromByte(int version, uint8_t byte);
// The bits of byte 2 for the shape, if the version has it.
std::optional<uint8_t> KindByte(int version, KindShape shape);
// The length of a file behind an area of `length` bytes. Precondition: neither kNone nor kLiteral.
uint64_t FileBytesFromShape(KindShape::FileLength shape, uint64_t length);

// Byte 1, bits 3-4.
RacePoint PointFromBits(int version, unsigned bits);

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

  void Add(const Op& op);

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

// Where the units of `shape` are counted from; for verbs about page ranges, a page's start.
// Precondition: shape.base != kLiteralAddress.
uint64_t AddressBase(const AddressShape& shape, const Op& op, const History& history);

// How far byte 4 moves an address of `op` (its verb and type are known).
int64_t AddressOffset(const AddressShape& shape, const Op& op, uint8_t count_byte);
// The byte for which AddressOffset gives `offset`, if there is one.
std::optional<uint8_t> AddressOffsetByte(const AddressShape& shape, const Op& op, int64_t offset);

// Bytes 5 and 6 of a length, in bytes for set-up verbs and user.*, in elements for the typed ones.
// Precondition: form != kLiteralLength; op's verb, type, kind and address are known.
inline constexpr uint8_t kLiteralLength = 15;
// The length that stands for "one value, without a length" in const.access and mut.access: by form
// 14, by another form, or as a literal. So these two verbs have no length of 2^64 - 1 in bytes.
inline constexpr uint64_t kLengthOfSingle = UINT64_MAX;
uint64_t LengthFromShape(const Op& op, uint8_t form, uint8_t which, uint8_t count_byte,
                         const History& history);

// Bytes 5 and 6 of `frames`.
uint64_t FramesFromShape(uint8_t form, uint8_t count_byte);
inline constexpr uint8_t kMaxFramesForm = 14;
inline constexpr uint8_t kLiteralFrames = 15;

// Bytes 5 and 6 of `fill`: sets op->pattern and op->length. Precondition: form is neither
// kFillLiteralLength nor kFillLiteralBytes; op's address is known.
void FillFromShape(Op* op, uint8_t form, uint8_t which, uint8_t count_byte, uint8_t seed,
                   const History& history);
inline constexpr uint8_t kFillLiteralLength = 14;  // one byte, byte 6; its length follows
inline constexpr uint8_t kFillLiteralBytes = 15;   // byte 6, and `which` above it: how many follow

// Byte 3 of the header: a number of frames; nothing for kHeaderLiteralFrames.
inline constexpr uint8_t kHeaderLiteralFrames = 255;
std::optional<uint64_t> FramesFromHeader(uint8_t byte);

// Whether the verb's length is counted in pages by shapes (map, unmap, protect).
constexpr bool IsPageRangeVerb(Verb verb) {
  return verb == Verb::kMap || verb == Verb::kUnmap || verb == Verb::kProtect;
}

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
