// The differences between the versions of the binary form (scenario_bytes.h): the operation that a
// byte stands for, the fields of a slot that the operation has, and the inputs of the shapes of its
// values. All other code of the binary form is the same for every version.
//
// Versions 1 and 2 are separate lists (binary_format_frozen.cc), which never change. Version 3 is
// derived from the table of verbs (verb.h) and grows with the table. The level of a byte string of
// version 3 is the number of verbs beyond the first kVerbsOfLevel0 when the bytes were written. The
// bytes of a level never change their meaning.
#ifndef SIM_SCENARIO_BINARY_FORMAT_H_
#define SIM_SCENARIO_BINARY_FORMAT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "sim/scenario/op.h"
#include "sim/scenario/verb.h"

namespace sim {

// Byte 0 of an operation.
struct Opcode {
  Verb verb = Verb::kFrames;
  bool is_race = false;
  friend constexpr bool operator==(const Opcode&, const Opcode&) = default;
};

// What bytes 5 and 6 of an operation hold.
enum class LengthField : uint8_t {
  kNone,
  kPages,          // a length in bytes, counted in pages by shapes
  kUnits,          // a length in bytes, or in elements of the operation's type
  kRoom,           // a length in bytes, at most kMaxCopiedBytes
  kUserSize,       // a length in bytes, also around the sizes of the operation's struct
  kElementsOrOne,  // a length in elements, or none
  kFrames,
  kNth,       // a number, by the shapes of kFrames; 0 instead of max
  kFill,      // a length, and the bytes to write
  kPointers,  // the number of pointers, and their values
};

// Which fields of a slot an operation has.
struct SlotFields {
  bool type = false;
  bool word = false;  // a type that is u32 or u64
  bool perms = false;
  bool kind = false;
  bool from = false;
  bool address = false;
  bool segments = false;
  bool text = false;
  bool strings = false;
  bool inject_point = false;
  bool space = false;
  LengthField length = LengthField::kNone;
};

// The length of a map's file.
enum class FileLength : uint8_t {
  kNone,       // not a file
  kLiteral,    // a literal follows
  kPageShort,  // a page less than the area
  kHalf,       // half of the area
  kByteShort,  // a byte less than the area: the file's last page is partial
  kNothing,
  kPageAndAByte,  // a page and a byte: the second page is nearly empty
};

// Bits 4-7 of byte 2 of a map: a kind and, for a file, the file's length.
struct KindShape {
  AreaKind kind = AreaKind::kEager;
  FileLength file_length = FileLength::kNone;
  friend bool operator==(const KindShape&, const KindShape&) = default;
};

struct BinaryFormat {
  std::array<Opcode, 256> opcodes;           // by byte
  std::array<SlotFields, kVerbCount> verbs;  // by verb; verbs that the format lacks have no fields
  std::span<const KindShape> kinds;          // by bits 4-7 of byte 2, modulo their number
  unsigned race_points = 0;                  // by bits 3-4 of byte 1; larger values are kCheck
  // For LengthField::kElementsOrOne: a length of 2^64 - 1, in any form, means no length.
  bool longest_is_none = false;
  bool has_io_tables = false;  // form kFillIoTable of a fill is a table of io vectors
  // The number of bytes that `op` names, as the shapes of later addresses use it; modulo 2^64.
  uint64_t (*bytes_of)(const Op& op) = nullptr;

  const SlotFields& FieldsOf(Verb verb) const { return verbs[static_cast<size_t>(verb)]; }
};

extern const BinaryFormat kBinaryFormat1;
extern const BinaryFormat kBinaryFormat2;

// The number of verbs of level 0 of version 3: the verbs with the lowest VerbInfo::number.
inline constexpr int kVerbsOfLevel0 = 20;
// The level that EncodeScenario writes.
inline constexpr uint8_t kBinaryLevel = kVerbCount - kVerbsOfLevel0;

// smap=on: a bit in the byte of the level that is not part of the level.
inline constexpr uint8_t kSmapBit = 0x80;
static_assert(kBinaryLevel < kSmapBit);

// The format of bytes whose header has `version` in byte 0 and `level` in byte 5; kSmapBit in
// `level` is ignored. Null for version 3 at a level that does not exist yet.
const BinaryFormat* FormatOf(uint8_t version, uint8_t level);

// The byte that stands for the opcode at every level; nothing if the format lacks the opcode.
std::optional<uint8_t> OpcodeByte(const BinaryFormat& format, Opcode opcode);

KindShape KindFromByte(const BinaryFormat& format, uint8_t byte);
// The bits of byte 2 for the shape; nothing if the format lacks the shape.
std::optional<uint8_t> KindByte(const BinaryFormat& format, KindShape shape);

// Byte 1, bits 3-4.
RacePoint PointFromBits(const BinaryFormat& format, unsigned bits);

}  // namespace sim

#endif  // SIM_SCENARIO_BINARY_FORMAT_H_
