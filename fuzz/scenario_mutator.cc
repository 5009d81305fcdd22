#include "fuzz/scenario_mutator.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "sim/scenario/binary_format.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_shapes.h"

namespace sim {
namespace {

using Random = std::minstd_rand;

constexpr size_t kSlotBytes = 8;
constexpr uint8_t kLiteralNth = 0xe0;  // in byte 1 of a race

size_t Below(size_t count, Random& random) { return (random() >> 8) % count; }
uint8_t AnyByte(Random& random) { return static_cast<uint8_t>(random() >> 8); }
bool OneIn(size_t count, Random& random) { return Below(count, random) == 0; }

template <typename T, size_t kCount>
T AnyOf(const T (&values)[kCount], Random& random) {
  return values[Below(kCount, random)];
}

const SlotFields& FieldsOf(const BinaryFormat& format, const uint8_t* slot) {
  return format.FieldsOf(format.opcodes[slot[0]].verb);
}

bool HasLiteralNth(const BinaryFormat& format, const uint8_t* slot) {
  return format.opcodes[slot[0]].is_race && (slot[1] & kLiteralNth) == kLiteralNth;
}

bool HasLiteralAddress(const BinaryFormat& format, const uint8_t* slot) {
  return FieldsOf(format, slot).address && (slot[3] & 15) == kLiteralAddress;
}

// Whether byte 2 says that a literal follows: a file's length, or a number of segments.
bool HasLiteralOfByte2(const BinaryFormat& format, const uint8_t* slot) {
  const SlotFields& fields = FieldsOf(format, slot);
  if (fields.segments) return slot[2] == kLiteralSegments;
  return fields.kind &&
         KindFromByte(format, slot[2]).file_length == KindShape::FileLength::kLiteral;
}

// How many slots follow of what byte 2 says: a text, or a number of strings.
size_t TextLiterals(const BinaryFormat& format, const uint8_t* slot) {
  if (FieldsOf(format, slot).strings && slot[2] == kLiteralStrings) return 1;
  if (!FieldsOf(format, slot).text || slot[2] < kLiteralText) return 0;
  return (size_t{slot[2]} - kLiteralText + kSlotBytes - 1) / kSlotBytes;
}

// How many slots of bytes 5 and 6 follow, and of what byte 2 says behind them.
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

size_t OpBytes(const BinaryFormat& format, const uint8_t* slot) {
  return kSlotBytes * (1 + HasLiteralNth(format, slot) + HasLiteralAddress(format, slot) +
                       LengthLiterals(format, slot));
}

// Edges of areas, pages and of the whole address space, and addresses used before: see
// scenario_shapes.cc.
constexpr uint8_t kEarlierStart = 2;  // of the latest operation, by byte 7
constexpr uint8_t kAreaStart = 5;
constexpr uint8_t kEightsBehind = 0x70;  // above the base: so many times 8 bytes behind it
constexpr uint8_t kEdgeBases[] = {2, 4, 5, 7, 7, 9, 9, 10, 11, 13, 14};

void SetAddressShape(Random& random, uint8_t* slot) {
  constexpr uint8_t kCounts[] = {0, 0, 0, 1, 1, 2, 3, 4};
  slot[3] = static_cast<uint8_t>(AnyOf(kEdgeBases, random) | (AnyByte(random) & 0xf0));
  slot[4] = OneIn(8, random) ? AnyByte(random) : AnyOf(kCounts, random);
  slot[7] = OneIn(4, random) ? AnyByte(random) : static_cast<uint8_t>(Below(3, random));
}

void SetLengthShape(Random& random, uint8_t* slot) {
  // No literals: their form is 15, and 14 where a fill writes one byte.
  slot[5] = static_cast<uint8_t>(Below(14, random) | (AnyByte(random) & 0x70));
  slot[6] = OneIn(4, random) ? AnyByte(random) : static_cast<uint8_t>(Below(8, random));
}

// Lets the literal of the address go, and says that there is none.
void DropLiteralAddress(const BinaryFormat& format, OneOp* op) {
  if (!HasLiteralAddress(format, op->data())) return;
  const size_t at = kSlotBytes * (1 + HasLiteralNth(format, op->data()));
  op->erase(op->begin() + at, op->begin() + at + kSlotBytes);
  (*op)[3] &= 0xf0;
}

// Bits of byte 2 above the lowest four with which it says no literal in any version: the kinds of
// areas from the first one on, and small numbers of segments.
constexpr uint8_t kPlainKinds = 0x30;

// Lets byte 2 say a kind or a text that has no literals. Those that it says now are not there.
void SetPlainByte2(const BinaryFormat& format, OneOp* op) {
  if (HasLiteralOfByte2(format, op->data())) (*op)[2] &= 0x0f | kPlainKinds;
  if (TextLiterals(format, op->data()) != 0) (*op)[2] &= kLiteralText - 1;
}

void DropLengthLiterals(const BinaryFormat& format, OneOp* op) {
  op->resize(op->size() - kSlotBytes * LengthLiterals(format, op->data()));
  (*op)[5] &= 0xf0;
  SetPlainByte2(format, op);
}

// A code point of one to four bytes, each as often, in UTF-8.
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

// A few pieces of a string: its ends are what matters, what is no UTF-8, and where words begin.
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

// A fill with `text`, at most kMaxBinaryFillBytes.
void SetFillBytes(Bytes text, OneOp* op) {
  (*op)[5] = kFillLiteralBytes;
  (*op)[6] = static_cast<uint8_t>(text.size());
  text.resize((text.size() + kSlotBytes - 1) / kSlotBytes * kSlotBytes);
  op->insert(op->end(), text.begin(), text.end());
}

OneOp NewOp(const BinaryFormat& format, Random& random) {
  OneOp op(kSlotBytes);
  op[0] = AnyByte(random);
  op[1] = OneIn(3, random) ? AnyByte(random) & 0x3f : 0;
  op[2] = AnyByte(random);
  SetAddressShape(random, op.data());
  SetLengthShape(random, op.data());
  if (FieldsOf(format, op.data()).length == LengthField::kFill && OneIn(2, random)) {
    SetFillBytes(TextPieces(random), &op);
  }
  SetPlainByte2(format, &op);
  return op;
}

// A byte that says one of the verbs that are `wanted`; nothing where the format has none.
template <typename Wanted>
std::optional<uint8_t> AnyOpcode(const BinaryFormat& format, Wanted wanted, Random& random) {
  const size_t first = AnyByte(random);
  for (size_t i = 0; i < format.opcodes.size(); ++i) {
    const size_t byte = (first + i) % format.opcodes.size();
    const Opcode& opcode = format.opcodes[byte];
    if (!opcode.is_race && wanted(opcode.verb)) return static_cast<uint8_t>(byte);
  }
  return std::nullopt;
}

void AppendNumber(uint64_t number, Bytes* bytes) {
  for (int i = 0; i < 8; ++i) bytes->push_back(static_cast<uint8_t>(number >> (8 * i)));
}

// A table of io vectors with what the shape of one (FillIoTable) never says: lengths that no object
// has, and addresses that no user has.
Bytes ExtremeIoTable(Random& random) {
  constexpr uint64_t kBases[] = {kWindowStart,   kWindowStart + kPageBytes, kWindowStart + 8, 0,
                                 UINT64_MAX - 7, uint64_t{1} << 47};
  constexpr uint64_t kLengths[] = {0, 1, 8, 16, kPageBytes, INT64_MAX, uint64_t{1} << 63};
  Bytes table;
  for (size_t segments = 1 + Below(4, random); segments > 0; --segments) {
    AppendNumber(AnyOf(kBases, random), &table);
    AppendNumber(AnyOf(kLengths, random), &table);
  }
  return table;
}

// What `reader` reads in memory to know what to do: a text, or a table of addresses.
OneOp ContentsFor(const BinaryFormat& format, const SlotFields& reader, Random& random) {
  const Verb writer = reader.strings ? Verb::kPointers : Verb::kFill;
  OneOp contents(kSlotBytes);
  contents[0] = *AnyOpcode(
      format, [writer](Verb verb) { return verb == writer; }, random);
  const bool is_table = reader.strings || reader.segments;
  if (is_table || OneIn(2, random)) {
    contents[3] = kAreaStart | kEightsBehind;
    contents[4] = static_cast<uint8_t>(Below(3, random));
    contents[7] = static_cast<uint8_t>(Below(3, random));
  } else {
    SetAddressShape(random, contents.data());
  }
  contents[5] = AnyByte(random) & 0xf0;
  contents[6] = AnyByte(random);
  if (reader.strings) {
    contents[5] |= static_cast<uint8_t>(Below(8, random));
  } else if (reader.segments && OneIn(4, random)) {
    SetFillBytes(ExtremeIoTable(random), &contents);
  } else if (reader.segments) {
    contents[5] |= kFillIoTable;
  } else {
    Bytes text = TextPieces(random);
    text.push_back(0);
    contents[5] = 0;
    SetFillBytes(std::move(text), &contents);
  }
  return contents;
}

// Puts an operation that reads a text or a table of addresses somewhere, and before it the one that
// writes that, at the same address: neither is worth much without the other.
bool InsertWithContents(const BinaryFormat& format, OpSlots* parts, Random& random) {
  const auto reads = [&](Verb verb) {
    const SlotFields& fields = format.FieldsOf(verb);
    return fields.segments || fields.strings || IsNullTerminated(verb);
  };
  const std::optional<uint8_t> opcode = AnyOpcode(format, reads, random);
  if (!opcode) return false;
  OneOp contents = ContentsFor(format, format.FieldsOf(format.opcodes[*opcode].verb), random);
  OneOp reader(kSlotBytes);
  reader[0] = *opcode;
  reader[1] = contents[1] = OneIn(3, random) ? AnyByte(random) & 0x03 : 0;
  reader[2] = static_cast<uint8_t>(1 + Below(8, random));
  reader[3] = kEarlierStart;
  SetLengthShape(random, reader.data());
  const auto at = parts->ops.begin() + Below(parts->ops.size() + 1, random);
  parts->ops.insert(parts->ops.insert(at, reader), std::move(contents));
  return true;
}

OneOp& AnyOp(OpSlots* parts, Random& random) {
  return parts->ops[Below(parts->ops.size(), random)];
}

void Insert(const OneOp& op, OpSlots* parts, Random& random) {
  const size_t at = Below(parts->ops.size() + 1, random);
  parts->ops.insert(parts->ops.begin() + at, op);
}

void Delete(OpSlots* parts, Random& random) {
  const size_t first = Below(parts->ops.size(), random);
  const size_t most = OneIn(4, random) ? 8 : 1;
  const size_t count = std::min(1 + Below(most, random), parts->ops.size() - first);
  parts->ops.erase(parts->ops.begin() + first, parts->ops.begin() + first + count);
}

bool Retarget(const BinaryFormat& format, OneOp* op, Random& random) {
  if (!FieldsOf(format, op->data()).address) return false;
  DropLiteralAddress(format, op);
  SetAddressShape(random, op->data());
  return true;
}

bool Resize(const BinaryFormat& format, OneOp* op, Random& random) {
  const LengthField field = FieldsOf(format, op->data()).length;
  if (field == LengthField::kNone) return false;
  DropLengthLiterals(format, op);
  if (field == LengthField::kFill && OneIn(2, random)) {
    SetFillBytes(TextPieces(random), op);
  } else {
    SetLengthShape(random, op->data());
  }
  return true;
}

// Literals stay where they mean the same to the new verb, else they go.
void ChangeVerb(const BinaryFormat& format, OneOp* op, Random& random) {
  DropLengthLiterals(format, op);
  DropLiteralAddress(format, op);
  if (HasLiteralNth(format, op->data())) op->resize(kSlotBytes);
  (*op)[0] = AnyByte(random);
  (*op)[1] &= 0x3f;
  SetPlainByte2(format, op);
}

void ChangeType(const BinaryFormat& format, OneOp* op, Random& random) {
  // A literal comes and goes with the byte.
  if (HasLiteralOfByte2(format, op->data())) op->resize(op->size() - kSlotBytes);
  op->resize(op->size() - kSlotBytes * TextLiterals(format, op->data()));
  (*op)[2] = AnyByte(random);
  SetPlainByte2(format, op);
}

// The format that has all verbs.
void SetNewestFormat(Bytes* header) {
  (*header)[0] = kBinaryVersion;
  (*header)[5] = kBinaryLevel;
}

const BinaryFormat* KnownFormat(const OpSlots& parts) {
  return FormatOf(parts.header[0], parts.header[5]);
}

// Reads the operations in the newest format: most of them mean the same there. Returns whether the
// format was another one.
bool ChangeFormat(OpSlots* parts) {
  if (KnownFormat(*parts) == FormatOf(kBinaryVersion, kBinaryLevel)) return false;
  SetNewestFormat(&parts->header);
  *parts = SplitOps(JoinOps(*parts, SIZE_MAX));
  return true;
}

void ChangeMachine(OpSlots* parts, Random& random) {
  Bytes& header = parts->header;
  header.resize(kSlotBytes);  // without a literal number of frames
  if (header[3] == kHeaderLiteralFrames) header[3] = 0;
  switch (Below(5, random)) {
    case 0:
      header[1] = AnyByte(random);
      break;
    case 1:
      header[2] = AnyByte(random);
      break;
    case 2:
      header[3] = OneIn(2, random) ? 0 : static_cast<uint8_t>(0x80 + Below(8, random));
      break;
    case 3:
      // Mostly without: with smap=on a run ends where something that was handed out is used.
      header[5] = static_cast<uint8_t>(header[5] & ~kSmapBit) | (OneIn(4, random) ? kSmapBit : 0);
      break;
    default:
      header[4] = AnyByte(random);
  }
}

// Operations [from, to) of `source`, behind those of `target`.
void Append(const OpSlots& source, size_t from, size_t to, OpSlots* target) {
  target->ops.insert(target->ops.end(), source.ops.begin() + from, source.ops.begin() + to);
}

}  // namespace

OpSlots SplitOps(std::span<const uint8_t> bytes) {
  OpSlots parts;
  const auto take = [&](size_t size) {
    Bytes taken(bytes.begin(), bytes.begin() + std::min(size, bytes.size()));
    bytes = bytes.subspan(taken.size());
    return taken;
  };
  parts.header = take(kSlotBytes);
  const bool is_new = parts.header.empty();
  parts.header.resize(kSlotBytes);
  if (is_new) SetNewestFormat(&parts.header);
  if (parts.header[3] == kHeaderLiteralFrames) {
    const Bytes frames = take(kSlotBytes);
    parts.header.insert(parts.header.end(), frames.begin(), frames.end());
    parts.header.resize(2 * kSlotBytes);
  }
  const BinaryFormat* const format = KnownFormat(parts);
  parts.ops.reserve(std::min(bytes.size() / kSlotBytes, kMaxBinaryOps) + 1);  // one may be inserted
  while (format != nullptr && parts.ops.size() < kMaxBinaryOps && bytes.size() >= kSlotBytes &&
         bytes.size() >= OpBytes(*format, bytes.data())) {
    const size_t size = OpBytes(*format, bytes.data());
    parts.ops.emplace_back(bytes.begin(), bytes.begin() + size);
    bytes = bytes.subspan(size);
  }
  return parts;
}

Bytes JoinOps(const OpSlots& parts, size_t max_size) {
  size_t size = parts.header.size();
  for (const OneOp& op : parts.ops) size += op.size();
  Bytes bytes;
  bytes.reserve(size);
  bytes = parts.header;
  for (const OneOp& op : parts.ops) {
    if (bytes.size() + op.size() > max_size) break;
    bytes.insert(bytes.end(), op.begin(), op.end());
  }
  bytes.resize(std::min(bytes.size(), max_size));
  return bytes;
}

bool MutateOps(OpMutation mutation, Random& random, OpSlots* parts) {
  if (mutation == OpMutation::kNewestFormat || KnownFormat(*parts) == nullptr) {
    return ChangeFormat(parts);
  }
  const BinaryFormat& format = *KnownFormat(*parts);
  if (mutation == OpMutation::kMachine) {
    ChangeMachine(parts, random);
    return true;
  }
  if (mutation == OpMutation::kInsert) {
    Insert(NewOp(format, random), parts, random);
    return true;
  }
  if (mutation == OpMutation::kWithContents) return InsertWithContents(format, parts, random);
  if (parts->ops.empty()) return false;
  OneOp& op = AnyOp(parts, random);
  switch (mutation) {
    case OpMutation::kDelete:
      Delete(parts, random);
      return true;
    case OpMutation::kDuplicate:
      Insert(OneOp(op), parts, random);
      return true;
    case OpMutation::kSwap:
      op.swap(AnyOp(parts, random));
      return true;
    case OpMutation::kRetarget:
      return Retarget(format, &op, random);
    case OpMutation::kResize:
      return Resize(format, &op, random);
    case OpMutation::kChangeVerb:
      ChangeVerb(format, &op, random);
      return true;
    case OpMutation::kChangeType:
      ChangeType(format, &op, random);
      return true;
    default:
      // Bits 5-7 say whether there is a literal: they stay.
      op[1] = static_cast<uint8_t>((op[1] & kLiteralNth) | (AnyByte(random) & 0x1f));
      return true;
  }
}

OpSlots SpliceOps(const OpSlots& first, const OpSlots& second, Random& random) {
  OpSlots spliced;
  spliced.header = OneIn(4, random) ? second.header : first.header;
  const size_t cut = Below(first.ops.size() + 1, random);
  const size_t from = Below(second.ops.size() + 1, random);
  spliced.ops.reserve(first.ops.size() + second.ops.size());
  Append(first, 0, cut, &spliced);
  if (OneIn(2, random)) {
    Append(second, from, second.ops.size(), &spliced);
  } else {
    // A few of the second in the midst of the first.
    Append(second, from, std::min(from + 1 + Below(4, random), second.ops.size()), &spliced);
    Append(first, cut, first.ops.size(), &spliced);
  }
  if (spliced.ops.size() > kMaxBinaryOps) spliced.ops.resize(kMaxBinaryOps);
  return spliced;
}

}  // namespace sim
