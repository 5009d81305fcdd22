// What differs between the versions of the binary form (scenario_bytes.h): which operation a byte
// stands for, which fields of a slot the operation has, and what the shapes of its values depend
// on. All other code of the binary form is the same for every version.
//
// Versions 1 and 2 are lists of their own (binary_format_frozen.cc), which never change. Version 3
// is made of the table of verbs (verb.h), and grows with it: by its level, which is how many verbs
// there were beyond the first kVerbsOfLevel0. The bytes of a level never change their meaning.
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
  kNth,       // a number, by the shapes of kFrames; 0 in the place of max
  kFill,      // a length, and what is written
  kPointers,  // how many, and which
};

// Which fields of a slot an operation has.
struct SlotFields {
  bool type = false;
  bool word = false;  // a type that is u32 or u64
  bool perms = false;
  bool kind = false;
  bool address = false;
  bool segments = false;
  bool text = false;
  bool strings = false;
  bool inject_point = false;
  LengthField length = LengthField::kNone;
};

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

struct BinaryFormat {
  std::array<Opcode, 256> opcodes;           // by byte
  std::array<SlotFields, kVerbCount> verbs;  // by verb; those that the format lacks have no fields
  std::span<const KindShape> kinds;          // by bits 4-7 of byte 2, modulo their number
  unsigned race_points = 0;                  // by bits 3-4 of byte 1; those beyond are kCheck
  // Of LengthField::kElementsOrOne: a length of 2^64 - 1, in whatever form, is none.
  bool longest_is_none = false;
  bool has_io_tables = false;  // form kFillIoTable of a fill is a table of io vectors
  // The bytes that `op` is about, as later shapes of addresses see it; modulo 2^64.
  uint64_t (*bytes_of)(const Op& op) = nullptr;

  const SlotFields& FieldsOf(Verb verb) const { return verbs[static_cast<size_t>(verb)]; }
};

extern const BinaryFormat kBinaryFormat1;
extern const BinaryFormat kBinaryFormat2;

// How many verbs level 0 of version 3 has: those with the lowest numbers (VerbInfo::number).
inline constexpr int kVerbsOfLevel0 = 20;
// The level at which bytes are written.
inline constexpr uint8_t kBinaryLevel = kVerbCount - kVerbsOfLevel0;

// In the byte of the level, and no part of it: smap=on.
inline constexpr uint8_t kSmapBit = 0x80;
static_assert(kBinaryLevel < kSmapBit);

// The format of bytes whose header begins with `version`, and has `level` in its byte 5, with
// kSmapBit or without. Null for version 3 at a level that does not exist yet.
const BinaryFormat* FormatOf(uint8_t version, uint8_t level);

// A byte for the opcode, if the format has it: the one that stands for it at every level.
std::optional<uint8_t> OpcodeByte(const BinaryFormat& format, Opcode opcode);

KindShape KindFromByte(const BinaryFormat& format, uint8_t byte);
// The bits of byte 2 for the shape, if the format has it.
std::optional<uint8_t> KindByte(const BinaryFormat& format, KindShape shape);

// Byte 1, bits 3-4.
RacePoint PointFromBits(const BinaryFormat& format, unsigned bits);

}  // namespace sim

#endif  // SIM_SCENARIO_BINARY_FORMAT_H_
