// One operation of a binary scenario (sim/scenario/scenario_bytes.h) as bytes: a slot of 8, and the
// literals behind it. What a mutation may read and write of them; the mutations are in
// scenario_mutator.cc, those that insert several operations in op_groups.cc.
//
// A slot is 8 bytes: opcode, CPU and point of a race, what the verb has there, address (shape,
// count), length (shape, count), which earlier operation the address is of.
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
// Most operations fit, so that no memory is allocated for them: that took a tenth of a fast
// target's time.
using OneOp = absl::InlinedVector<uint8_t, 32>;

// A binary scenario in parts: header, operations with their literals, and nothing behind the last
// one that is all there.
struct OpSlots {
  Bytes header;            // 8 bytes, or 16 with a literal number of frames
  std::vector<OneOp> ops;  // each a slot of 8 bytes and its literals
};

constexpr size_t kSlotBytes = 8;
constexpr uint8_t kLiteralNth =
    0xe0;  // in byte 1 of a race: the bits that say that a literal follows

// Random numbers, and what may be chosen by them (sim/scenario/swarm.h).
class Random {
 public:
  explicit Random(unsigned seed, const Swarm& swarm = Swarm()) : numbers_(seed), swarm_(swarm) {}

  uint32_t operator()() { return static_cast<uint32_t>(numbers_()); }
  const Swarm& swarm() const { return swarm_; }

 private:
  std::minstd_rand numbers_;
  const Swarm swarm_;
};

// A number below `count`; any byte; true in one of `count` calls. Precondition: count > 0.
inline size_t Below(size_t count, Random& random) { return (random() >> 8) % count; }
inline uint8_t AnyByte(Random& random) { return static_cast<uint8_t>(random() >> 8); }
inline bool OneIn(size_t count, Random& random) { return Below(count, random) == 0; }

// One of `values`.
template <typename T, size_t kCount>
T AnyOf(const T (&values)[kCount], Random& random) {
  return values[Below(kCount, random)];
}

// A value of `draw` that is wanted; of many that are not, the last.
template <typename Draw, typename Wanted>
auto Drawn(Draw draw, Wanted wanted) {
  auto value = draw();
  for (int left = 100; left > 0 && !wanted(value); --left) value = draw();
  return value;
}

// Which fields of the slot its verb has.
const SlotFields& FieldsOf(const BinaryFormat& format, const uint8_t* slot);

// Whether a literal follows of the race's number, of the address.
bool HasLiteralNth(const BinaryFormat& format, const uint8_t* slot);
bool HasLiteralAddress(const BinaryFormat& format, const uint8_t* slot);

// Whether byte 2 says that a literal follows: a file's length, or a number of segments.
bool HasLiteralOfByte2(const BinaryFormat& format, const uint8_t* slot);

// How many slots follow of what byte 2 says: a text, or a number of strings.
size_t TextLiterals(const BinaryFormat& format, const uint8_t* slot);

// The bytes of the operation: its slot and all its literals.
size_t OpBytes(const BinaryFormat& format, const uint8_t* slot);

// Bases of addresses in byte 3, of those in scenario_shapes.cc; the bits above the base say how
// many.
constexpr uint8_t kWindowPage = 0;    // a page near the start of the window, by byte 7
constexpr uint8_t kEarlierStart = 2;  // of the latest operation, by byte 7
constexpr uint8_t kAreaStart = 5;     // of the latest area, by byte 7
constexpr uint8_t kPagesBehindAreaStart = 9;
constexpr uint8_t kEightsBehind = 0x70;  // above the base: so many times 8 bytes behind it

// Writes an address that is an edge of an area, of a page or of the address space, or one that was
// used before; a length that needs no literal.
void SetAddressShape(Random& random, uint8_t* slot);
void SetLengthShape(Random& random, uint8_t* slot);

// Lets literals go, and says that there are none: of the address; of length and byte 2.
void DropLiteralAddress(const BinaryFormat& format, OneOp* op);
void DropLengthLiterals(const BinaryFormat& format, OneOp* op);

// Lets byte 2 say a kind or a text that has no literals. Precondition: those that it says are not
// there.
void SetPlainByte2(const BinaryFormat& format, OneOp* op);

// A few pieces of a string: its ends are what matters, what is no UTF-8, and where words begin.
Bytes TextPieces(Random& random);

// Makes `op` a fill with `text`, at most kMaxBinaryFillBytes. Precondition: it has no literals.
void SetFillBytes(Bytes text, OneOp* op);

// Byte 1 of an operation: any CPU and, where it is a race, any point that is on.
uint8_t AnyCpuAndPoint(const BinaryFormat& format, Random& random);

// Moves a race whose point is off to one that is on.
void SetPointOn(const BinaryFormat& format, Random& random, uint8_t* slot);

// An operation of any verb that is on.
OneOp NewOp(const BinaryFormat& format, Random& random);

// A byte that says one of the opcodes that are `wanted`; nothing where the format has none.
template <typename Wanted>
std::optional<uint8_t> AnyWantedOpcode(const BinaryFormat& format, Wanted wanted, Random& random) {
  const size_t first = AnyByte(random);
  for (size_t i = 0; i < format.opcodes.size(); ++i) {
    const size_t byte = (first + i) % format.opcodes.size();
    if (wanted(format.opcodes[byte])) return static_cast<uint8_t>(byte);
  }
  return std::nullopt;
}

// The same of verbs, and no races: of those that are on, if there are any.
template <typename Wanted>
std::optional<uint8_t> AnyOpcode(const BinaryFormat& format, Wanted wanted, Random& random) {
  const auto is_on = [&](const Opcode& opcode) {
    return !opcode.is_race && random.swarm().Has(opcode.verb) && wanted(opcode.verb);
  };
  const auto is_any = [&](const Opcode& opcode) { return !opcode.is_race && wanted(opcode.verb); };
  const std::optional<uint8_t> found = AnyWantedOpcode(format, is_on, random);
  return found ? found : AnyWantedOpcode(format, is_any, random);
}

// A byte that says a verb, or a race, that is on.
uint8_t AnyOpcodeOn(const BinaryFormat& format, Random& random);

// Byte 2 of a map: any permissions, and a kind that is on and needs no literal.
uint8_t AnyPermsAndKind(const BinaryFormat& format, Random& random);

}  // namespace sim

#endif  // FUZZ_OP_SLOT_H_
