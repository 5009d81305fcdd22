// One operation of a binary scenario (sim/scenario/scenario_bytes.h) as bytes: a slot of 8 bytes,
// and the literals that follow the slot. This header has what mutations use to read and write these
// bytes. The mutations are in scenario_mutator.cc; those that insert several operations are in
// op_groups.cc.
//
// The bytes of a slot: 0 opcode; 1 CPU, and the point of a race; 2 depends on the verb; 3 and 4
// address (shape, count); 5 and 6 length (shape, count); 7 the number of the earlier operation
// whose address is used.
#ifndef FUZZ_OP_SLOT_H_
#define FUZZ_OP_SLOT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "sim/scenario/binary_format.h"
#include "sim/scenario/swarm.h"

namespace sim {

using Bytes = std::vector<uint8_t>;
// 32 bytes hold most operations without a heap allocation; allocations took a tenth of the time of
// a fast target.
using OneOp = absl::InlinedVector<uint8_t, 32>;

// A binary scenario in parts: the header, and the operations with their literals. Bytes after the
// last complete operation are dropped.
struct OpSlots {
  Bytes header;            // 8 bytes, or 16 with a literal number of frames
  std::vector<OneOp> ops;  // each a slot of 8 bytes and its literals
};

constexpr size_t kSlotBytes = 8;
// Bits of byte 1 of a race. All set: the race's number follows as a literal.
constexpr uint8_t kLiteralNth = 0xe0;

// A source of random numbers, and the swarm (sim/scenario/swarm.h): what the numbers may choose.
class Random {
 public:
  explicit Random(unsigned seed, const Swarm& swarm = Swarm()) : numbers_(seed), swarm_(swarm) {}

  uint32_t operator()() { return static_cast<uint32_t>(numbers_()); }
  const Swarm& swarm() const { return swarm_; }

 private:
  std::minstd_rand numbers_;
  const Swarm swarm_;
};

// A random number below `count`; a random byte; true with probability 1 / `count`. Precondition:
// count > 0.
inline size_t Below(size_t count, Random& random) { return (random() >> 8) % count; }
inline uint8_t AnyByte(Random& random) { return static_cast<uint8_t>(random() >> 8); }
inline bool OneIn(size_t count, Random& random) { return Below(count, random) == 0; }

// A random element of `values`.
template <typename T, size_t kCount>
T AnyOf(const T (&values)[kCount], Random& random) {
  return values[Below(kCount, random)];
}

// Calls `draw` until `wanted` is true for its result, at most 101 times. Returns the last result.
template <typename Draw, typename Wanted>
auto Drawn(Draw draw, Wanted wanted) {
  auto value = draw();
  for (int left = 100; left > 0 && !wanted(value); --left) value = draw();
  return value;
}

// The fields that the slot has for its verb.
const SlotFields& FieldsOf(const BinaryFormat& format, const uint8_t* slot);

// Whether the race's number, or the address, is a literal that follows the slot.
bool HasLiteralNth(const BinaryFormat& format, const uint8_t* slot);
bool HasLiteralAddress(const BinaryFormat& format, const uint8_t* slot);

// Whether byte 2 says that a literal follows: the length of a file, an address in a file, or a
// number of segments.
bool HasLiteralOfByte2(const BinaryFormat& format, const uint8_t* slot);

// The number of slots that hold the literal of byte 2: of a text, or of a number of strings.
size_t TextLiterals(const BinaryFormat& format, const uint8_t* slot);

// The size of the operation in bytes: its slot and all its literals.
size_t OpBytes(const BinaryFormat& format, const uint8_t* slot);

// Some of the bases of addresses in bits 0-3 of byte 3; scenario_shapes.cc has all. Byte 7 selects
// the page, operation or area of that base; byte 4 is a count of units from there.
constexpr uint8_t kWindowPage = 0;  // one of the first pages of the window
constexpr uint8_t kEarlierStart =
    2;  // the start of an earlier operation's range; byte 7 = 0: the latest
constexpr uint8_t kEarlierEnd = 4;            // the end of an earlier operation's range
constexpr uint8_t kAreaStart = 5;             // the start of an area; byte 7 = 0: the latest
constexpr uint8_t kPagesBehindAreaStart = 9;  // bits 6-7: number of pages after that start - 1
constexpr uint8_t kEightsBehind = 0x70;  // bits 4-6: the unit is 8 bytes, counted after the base

// Writes a random address shape: the edge of an area, of a page or of the address space, or an
// address that was used before. Writes a random length shape that needs no literal.
void SetAddressShape(Random& random, uint8_t* slot);
void SetLengthShape(Random& random, uint8_t* slot);

// Removes the literal of the address, or the literals of the length and of byte 2, and clears the
// bits that announce them.
void DropLiteralAddress(const BinaryFormat& format, OneOp* op);
void DropLengthLiterals(const BinaryFormat& format, OneOp* op);

// Changes byte 2 to a value that announces no literal. Precondition: the slot is not followed by
// literals of byte 2.
void SetPlainByte2(const BinaryFormat& format, OneOp* op);

// A few random pieces of a string: terminators, valid and invalid UTF-8, and runs that move the
// pieces relative to word boundaries.
Bytes TextPieces(Random& random);

// Makes the fill `op` write `text`, of at most kMaxBinaryFillBytes. Precondition: `op` has no
// literals.
void SetFillBytes(Bytes text, OneOp* op);

// A random byte 1 of an operation: CPU and, for a race, a point that is on in the swarm.
uint8_t AnyCpuAndPoint(const BinaryFormat& format, Random& random);

// If the slot is a race at a point that is off in the swarm: changes the point to one that is on.
void SetPointOn(const BinaryFormat& format, Random& random, uint8_t* slot);

// A random operation of a random verb that is on in the swarm.
OneOp NewOp(const BinaryFormat& format, Random& random);

// A random byte of an opcode for which `wanted` is true; nullopt if the format has no such opcode.
template <typename Wanted>
std::optional<uint8_t> AnyWantedOpcode(const BinaryFormat& format, Wanted wanted, Random& random) {
  const size_t first = AnyByte(random);
  for (size_t i = 0; i < format.opcodes.size(); ++i) {
    const size_t byte = (first + i) % format.opcodes.size();
    if (wanted(format.opcodes[byte])) return static_cast<uint8_t>(byte);
  }
  return std::nullopt;
}

// A random opcode byte of a verb for which `wanted` is true, never a race; nullopt if the format
// has no such verb. If such a verb is on in the swarm, the result is one that is on.
template <typename Wanted>
std::optional<uint8_t> AnyOpcode(const BinaryFormat& format, Wanted wanted, Random& random) {
  const auto is_on = [&](const Opcode& opcode) {
    return !opcode.is_race && random.swarm().Has(opcode.verb) && wanted(opcode.verb);
  };
  const auto is_any = [&](const Opcode& opcode) { return !opcode.is_race && wanted(opcode.verb); };
  const std::optional<uint8_t> found = AnyWantedOpcode(format, is_on, random);
  return found ? found : AnyWantedOpcode(format, is_any, random);
}

// A random opcode byte of a verb that is on in the swarm; a race only if races are on.
uint8_t AnyOpcodeOn(const BinaryFormat& format, Random& random);

// A random byte 2 of a map: any permissions, and a kind that is on in the swarm and announces no
// literal.
uint8_t AnyPermsAndKind(const BinaryFormat& format, Random& random);

}  // namespace sim

#endif  // FUZZ_OP_SLOT_H_
