#include "fuzz/op_slot.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_shapes.h"

namespace sim {

const SlotFields& FieldsOf(const BinaryFormat& format, const uint8_t* slot) {
  return format.FieldsOf(format.opcodes[slot[0]].verb);
}

bool HasLiteralNth(const BinaryFormat& format, const uint8_t* slot) {
  return format.opcodes[slot[0]].is_race && (slot[1] & kLiteralNth) == kLiteralNth;
}

bool HasLiteralAddress(const BinaryFormat& format, const uint8_t* slot) {
  return FieldsOf(format, slot).address && (slot[3] & 15) == kLiteralAddress;
}

bool HasLiteralOfByte2(const BinaryFormat& format, const uint8_t* slot) {
  const SlotFields& fields = FieldsOf(format, slot);
  if (fields.segments) return slot[2] == kLiteralSegments;
  if (fields.from) return slot[2] >> 4 == kLiteralFrom;
  return fields.kind && KindFromByte(format, slot[2]).file_length == FileLength::kLiteral;
}

size_t TextLiterals(const BinaryFormat& format, const uint8_t* slot) {
  if (FieldsOf(format, slot).strings && slot[2] == kLiteralStrings) return 1;
  if (!FieldsOf(format, slot).text || slot[2] < kLiteralText) return 0;
  return (size_t{slot[2]} - kLiteralText + kSlotBytes - 1) / kSlotBytes;
}

namespace {

// The number of slots that hold the literals of bytes 5 and 6, and after these of byte 2.
size_t LengthLiterals(const BinaryFormat& format, const uint8_t* slot) {
  const LengthField field = FieldsOf(format, slot).length;
  const uint8_t length_form = slot[5] & 15;
  if (field == LengthField::kFill) {
    if (length_form == kFillLiteralLength) return 1;
    if (length_form != kFillLiteralBytes) return 0;
    const size_t size = std::min(size_t{slot[6]} | size_t{slot[5]} >> 4 << 8, kMaxBinaryFillBytes);
    return (size + kSlotBytes - 1) / kSlotBytes;
  }
  static_assert(kLiteralLength == kLiteralFrames);
  if (field == LengthField::kPointers) {
    const bool are_literal = length_form == kLiteralPointers;
    return are_literal ? std::min<size_t>(slot[6], kMaxLiteralPointers) : 0;
  }
  const bool is_literal = field != LengthField::kNone && length_form == kLiteralLength;
  return (is_literal ? 1 : 0) + (HasLiteralOfByte2(format, slot) ? 1 : 0) +
         TextLiterals(format, slot);
}

}  // namespace

size_t OpBytes(const BinaryFormat& format, const uint8_t* slot) {
  return kSlotBytes * (1 + HasLiteralNth(format, slot) + HasLiteralAddress(format, slot) +
                       LengthLiterals(format, slot));
}

namespace {

// Bases (scenario_shapes.cc): edges of areas, of pages and of the address space, and addresses that
// were used before.
constexpr uint8_t kEdgeBases[] = {2, 4, 5, 7, 7, 9, 9, 10, 11, 13, 14};

}  // namespace

void SetAddressShape(Random& random, uint8_t* slot) {
  constexpr uint8_t kCounts[] = {0, 0, 0, 1, 1, 2, 3, 4};
  const uint8_t base = Drawn([&] { return AnyOf(kEdgeBases, random); },
                             [&](uint8_t drawn) { return random.swarm().HasPlace(drawn); });
  slot[3] = static_cast<uint8_t>(base | (AnyByte(random) & 0xf0));
  slot[4] = OneIn(8, random) ? AnyByte(random) : AnyOf(kCounts, random);
  slot[7] = OneIn(4, random) ? AnyByte(random) : static_cast<uint8_t>(Below(3, random));
}

void SetLengthShape(Random& random, uint8_t* slot) {
  // Forms below 14 announce no literal: 15 does, and 14 does for a fill.
  const size_t form =
      Drawn([&] { return Below(14, random); },
            [&](size_t drawn) { return random.swarm().HasForm(static_cast<unsigned>(drawn)); });
  slot[5] = static_cast<uint8_t>(form | (AnyByte(random) & 0x70));
  slot[6] = OneIn(4, random) ? AnyByte(random) : static_cast<uint8_t>(Below(8, random));
}

void DropLiteralAddress(const BinaryFormat& format, OneOp* op) {
  if (!HasLiteralAddress(format, op->data())) return;
  const size_t at = kSlotBytes * (1 + HasLiteralNth(format, op->data()));
  op->erase(op->begin() + at, op->begin() + at + kSlotBytes);
  (*op)[3] &= 0xf0;
}

namespace {

// Values of bits 4-7 of byte 2 within this mask announce no literal in any version: they are the
// first kinds of areas, and small numbers of segments.
constexpr uint8_t kPlainKinds = 0x30;

}  // namespace

void SetPlainByte2(const BinaryFormat& format, OneOp* op) {
  if (HasLiteralOfByte2(format, op->data())) (*op)[2] &= 0x0f | kPlainKinds;
  if (TextLiterals(format, op->data()) != 0) (*op)[2] &= kLiteralText - 1;
}

void DropLengthLiterals(const BinaryFormat& format, OneOp* op) {
  op->resize(op->size() - kSlotBytes * LengthLiterals(format, op->data()));
  (*op)[5] &= 0xf0;
  SetPlainByte2(format, op);
}

namespace {

// Appends a random code point in UTF-8. The lengths from one to four bytes are equally probable.
void AppendCodePoint(Random& random, Bytes* text) {
  struct Class {
    uint32_t first;
    uint32_t count;
    uint8_t lead;
  };
  constexpr Class kClasses[] = {
      {1, 0x7f, 0}, {0x80, 0x780, 0xc0}, {0x800, 0xd000, 0xe0}, {0x10000, 0x100000, 0xf0}};
  const size_t tail = Below(std::size(kClasses), random);
  const Class& of_length = kClasses[tail];
  const uint32_t code = of_length.first + static_cast<uint32_t>(random() % of_length.count);
  text->push_back(static_cast<uint8_t>(of_length.lead | code >> (6 * tail)));
  for (size_t i = tail; i-- > 0;) text->push_back(0x80 | (code >> (6 * i) & 0x3f));
}

}  // namespace

Bytes TextPieces(Random& random) {
  constexpr absl::string_view kPieces[] = {
      absl::string_view("\0", 1),       "a",    "\x80",     "\xed\xa0\x80", "\xf4\x90\x80\x80",
      absl::string_view("\0\0\0\0", 4), "\xc2", "\xe2\x82", "\xf0\x9d\x84", "abcdefg"};
  Bytes text;
  if (OneIn(3, random)) text.assign(Below(40, random), 'a');
  for (size_t pieces = 1 + Below(6, random); pieces > 0; --pieces) {
    if (OneIn(2, random)) {
      AppendCodePoint(random, &text);
      continue;
    }
    const absl::string_view piece = AnyOf(kPieces, random);
    text.insert(text.end(), piece.begin(), piece.end());
  }
  if (OneIn(4, random)) text.insert(text.end(), Below(20, random), 'z');
  return text;
}

void SetFillBytes(Bytes text, OneOp* op) {
  (*op)[5] = kFillLiteralBytes;
  (*op)[6] = static_cast<uint8_t>(text.size());
  text.resize((text.size() + kSlotBytes - 1) / kSlotBytes * kSlotBytes);
  op->insert(op->end(), text.begin(), text.end());
}

uint8_t AnyOpcodeOn(const BinaryFormat& format, Random& random) {
  const auto is_on = [&](const Opcode& opcode) {
    return random.swarm().Has(opcode.verb) && (!opcode.is_race || random.swarm().has_races());
  };
  const std::optional<uint8_t> found = AnyWantedOpcode(format, is_on, random);
  return found ? *found : AnyByte(random);
}

void SetPointOn(const BinaryFormat& format, Random& random, uint8_t* slot) {
  if (!format.opcodes[slot[0]].is_race) return;
  if (random.swarm().Has(PointFromBits(format, (slot[1] >> 3) & 3u))) return;
  slot[1] = (slot[1] & kLiteralNth) | (AnyCpuAndPoint(format, random) & 0x1f);
}

uint8_t AnyCpuAndPoint(const BinaryFormat& format, Random& random) {
  return Drawn([&] { return AnyByte(random); },
               [&](uint8_t drawn) {
                 return !random.swarm().has_races() ||
                        random.swarm().Has(PointFromBits(format, (drawn >> 3) & 3u));
               });
}

uint8_t AnyPermsAndKind(const BinaryFormat& format, Random& random) {
  return Drawn([&] { return AnyByte(random); },
               [&](uint8_t drawn) {
                 const KindShape shape = KindFromByte(format, drawn);
                 return random.swarm().Has(shape.kind) && shape.file_length != FileLength::kLiteral;
               });
}

OneOp NewOp(const BinaryFormat& format, Random& random) {
  OneOp op(kSlotBytes);
  op[0] = AnyOpcodeOn(format, random);
  op[1] = OneIn(3, random) ? AnyCpuAndPoint(format, random) & 0x3f : 0;
  SetPointOn(format, random, op.data());
  op[2] = FieldsOf(format, op.data()).kind ? AnyPermsAndKind(format, random) : AnyByte(random);
  SetAddressShape(random, op.data());
  SetLengthShape(random, op.data());
  if (FieldsOf(format, op.data()).length == LengthField::kFill && OneIn(2, random)) {
    SetFillBytes(TextPieces(random), &op);
  }
  SetPlainByte2(format, &op);
  return op;
}

}  // namespace sim
