// Bytes to scenario. The counterpart, scenario to bytes, is scenario_encode.cc.
#include "sim/scenario/scenario_bytes.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "sim/scenario/binary_format.h"
#include "sim/scenario/scenario_layouts.h"
#include "sim/scenario/scenario_shapes.h"

namespace sim {
namespace {

constexpr size_t kSlotBytes = 8;
constexpr uint8_t kLiteralNth = 7;  // in bits 5-7 of an operation's byte 1

uint64_t LittleEndian(const uint8_t* bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < kSlotBytes; ++i) value |= uint64_t{bytes[i]} << (8 * i);
  return value;
}

// Takes 8-byte slots off the front of the input.
class Slots {
 public:
  explicit Slots(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  // The next `count` slots, or nullptr (and the input is then used up) if they are not all there.
  const uint8_t* Take(size_t count = 1) {
    if (bytes_.size() < count * kSlotBytes) {
      bytes_ = {};
      return nullptr;
    }
    const uint8_t* slots = bytes_.data();
    bytes_ = bytes_.subspan(count * kSlotBytes);
    return slots;
  }

  bool TakeNumber(uint64_t* number) {
    const uint8_t* slot = Take();
    if (slot == nullptr) return false;
    *number = LittleEndian(slot);
    return true;
  }

 private:
  std::span<const uint8_t> bytes_;
};

struct Header {
  uint8_t bytes[kSlotBytes] = {};
  const BinaryFormat* Format() const { return FormatOf(bytes[0], bytes[5]); }
  int Cpus() const { return 1 + (bytes[1] & 7); }
  bool Lock() const { return (bytes[1] & 8) == 0; }
  bool Smap() const { return BinaryVersionOf(bytes[0]) == 3 && (bytes[5] & kSmapBit) != 0; }
  int Layout() const { return bytes[2] % kLayoutCount; }
  uint8_t Frames() const { return bytes[3]; }
  uint8_t ContentSeed() const { return bytes[4]; }
};

// Each of these functions reads its fields of `slot`, and the literals that the fields require,
// into `*op`. False: a literal is missing.

bool DecodeRace(const uint8_t* slot, const BinaryFormat& format, Slots* slots, Op* op) {
  Race race;
  race.point = PointFromBits(format, (slot[1] >> 3) & 3u);
  const uint8_t nth = slot[1] >> 5;
  race.nth = nth + 1;
  if (nth == kLiteralNth) {
    uint64_t number = 0;
    if (!slots->TakeNumber(&number)) return false;
    race.nth = std::max(static_cast<uint32_t>(number), uint32_t{1});
  }
  op->race = race;
  return true;
}

bool DecodeAddress(const uint8_t* slot, const SlotFields& fields, const History& history,
                   Slots* slots, Op* op) {
  const AddressShape shape{.base = static_cast<uint8_t>(slot[3] & 15),
                           .unit = static_cast<uint8_t>((slot[3] >> 4) & 3),
                           .select = static_cast<uint8_t>(slot[3] >> 6),
                           .which = slot[7]};
  if (shape.base == kLiteralAddress) return slots->TakeNumber(&op->address);
  const ShapedOp shaped = {*op, fields};
  op->address = AddressBase(shape, shaped, history) + AddressOffset(shape, shaped, slot[4]);
  return true;
}

bool DecodeFill(const uint8_t* slot, const BinaryFormat& format, const History& history,
                uint8_t seed, Slots* slots, Op* op) {
  const uint8_t form = slot[5] & 15;
  const uint8_t which = slot[5] >> 4;
  if (form == kFillLiteralLength) {
    op->pattern.assign(1, static_cast<char>(slot[6]));
    return slots->TakeNumber(&op->length);
  }
  if (form == kFillIoTable && format.has_io_tables) {
    FillIoTable(op, which, slot[6], seed, history);
    return true;
  }
  if (form != kFillLiteralBytes) {
    FillFromShape(op, form, which, slot[6], seed, history);
    return true;
  }
  const size_t size = std::min(size_t{slot[6]} | size_t{which} << 8, kMaxBinaryFillBytes);
  const uint8_t* bytes = slots->Take((size + kSlotBytes - 1) / kSlotBytes);
  if (bytes == nullptr) return false;
  op->pattern.assign(bytes, bytes + size);
  op->length = size;
  return true;
}

bool DecodeLength(const uint8_t* slot, const BinaryFormat& format, const SlotFields& fields,
                  const History& history, Slots* slots, Op* op) {
  const uint8_t form = slot[5] & 15;
  if (form == kLiteralLength) {
    if (!slots->TakeNumber(&op->length)) return false;
  } else {
    op->length = LengthFromShape({*op, fields}, form, slot[5] >> 4, slot[6], history);
  }
  op->length = NearestLength(op->verb, op->type, op->length);
  if (fields.length != LengthField::kElementsOrOne || op->length != kLengthOfSingle) return true;
  op->is_single = form == kNoLengthForm || format.longest_is_none;
  if (op->is_single) op->length = 0;
  return true;
}

// After the length.
bool DecodeFileLength(FileLength shape, Slots* slots, Op* op) {
  if (shape == FileLength::kNone) return true;
  if (shape == FileLength::kLiteral) return slots->TakeNumber(&op->file_bytes);
  op->file_bytes = FileBytesFromShape(shape, op->length);
  return true;
}

// Likewise.
bool DecodeSegments(const uint8_t* slot, Slots* slots, Op* op) {
  if (slot[2] == kLiteralSegments) return slots->TakeNumber(&op->segments);
  op->segments = SegmentsFromByte(slot[2]);
  return true;
}

// After the length.
bool DecodeText(uint8_t shape, Slots* slots, Op* op) {
  if (shape < kLiteralText) {
    TextFromShape(*op, shape, &op->pattern);
    return true;
  }
  const size_t size = shape - kLiteralText;
  const uint8_t* bytes = slots->Take((size + kSlotBytes - 1) / kSlotBytes);
  if (bytes == nullptr) return false;
  op->pattern.assign(bytes, bytes + size);
  return true;
}

bool DecodeFrom(uint8_t shape, const History& history, Slots* slots, Op* op) {
  if (shape == kLiteralFrom) return slots->TakeNumber(&op->from);
  op->from = FromFromShape(shape, history);
  return true;
}

bool DecodeStrings(uint8_t shape, Slots* slots, Op* op) {
  if (shape == kLiteralStrings) return slots->TakeNumber(&op->max_strings);
  op->max_strings = StringsFromByte(shape);
  return true;
}

bool DecodePointers(const uint8_t* slot, const History& history, Slots* slots, Op* op) {
  const uint8_t form = slot[5] & 15;
  if (form != kLiteralPointers) {
    PointersFromShape(op, form, slot[5] >> 4, slot[6], history);
    return true;
  }
  const size_t size = std::min<size_t>(slot[6], kMaxLiteralPointers) * kPointerBytes;
  const uint8_t* bytes = slots->Take(size / kSlotBytes);
  if (bytes == nullptr) return false;
  op->pattern.assign(bytes, bytes + size);
  op->length = size;
  return true;
}

bool DecodeFrames(const uint8_t* slot, LengthField field, Slots* slots, Op* op) {
  const uint8_t form = slot[5] & 15;
  if (form == kLiteralFrames) return slots->TakeNumber(&op->length);
  const std::optional<uint64_t> frames = FramesFromShape(form, slot[6]);
  op->is_max = !frames && field == LengthField::kFrames;
  op->length = frames.value_or(0);
  return true;
}

// The operation of `slot` and the literals after it. Precondition: *op is clear.
bool DecodeOp(const uint8_t* slot, const Header& header, const BinaryFormat& format,
              const History& history, Slots* slots, Op* op) {
  const Opcode opcode = format.opcodes[slot[0]];
  const SlotFields& fields = format.FieldsOf(opcode.verb);
  op->verb = opcode.verb;
  op->cpu = (slot[1] & 7) % header.Cpus();
  if (opcode.is_race && !DecodeRace(slot, format, slots, op)) return false;
  if (fields.perms) op->perms = PermsFromByte(slot[2]);
  if (fields.type) op->type = TypeFromByte(slot[2]);
  if (!TakesType(op->verb, op->type)) op->type = ElementType::kQ4096;
  if (fields.word) op->type = slot[2] % 2 == 0 ? ElementType::kU32 : ElementType::kU64;
  if (fields.inject_point) {
    op->inject_point = static_cast<InjectPoint>(slot[2] % kInjectPointCount);
  }
  if (fields.space) op->length = slot[2] % kSpaces;
  KindShape kind;
  if (fields.kind) kind = KindFromByte(format, slot[2]);
  op->kind = kind.kind;
  if (fields.address && !DecodeAddress(slot, fields, history, slots, op)) return false;
  switch (fields.length) {
    case LengthField::kNone:
      return true;
    case LengthField::kFrames:
    case LengthField::kNth:
      return DecodeFrames(slot, fields.length, slots, op);
    case LengthField::kPointers:
      return DecodePointers(slot, history, slots, op);
    case LengthField::kFill:
      return DecodeFill(slot, format, history, header.ContentSeed(), slots, op);
    default:
      return DecodeLength(slot, format, fields, history, slots, op) &&
             DecodeFileLength(kind.file_length, slots, op) &&
             (!fields.segments || DecodeSegments(slot, slots, op)) &&
             (!fields.text || DecodeText(slot[2], slots, op)) &&
             (!fields.strings || DecodeStrings(slot[2], slots, op)) &&
             (!fields.from || DecodeFrom(slot[2] >> 4, history, slots, op));
  }
}

// The limits of scenario_bytes.h on memory.
void LimitMemory(Scenario* scenario) {
  const PageTotals pages = TotalPagesMapped(scenario->ops);
  if (pages.all <= kMaxBinaryPages) return;
  scenario->machine.frames = std::min(FramesOf(scenario->machine), kFewFrames);
  for (Op& op : scenario->ops) {
    if (op.verb == Verb::kFrames) {
      op.length = std::min(FramesOf(op), kFewFrames);
      op.is_max = false;
    }
    const bool is_cow = op.verb == Verb::kMap && op.kind == AreaKind::kCow;
    if (is_cow && pages.cow > kMaxBinaryPages) op.kind = AreaKind::kLazy;
  }
}

// The vector's `index`-th operation, cleared. Reuses an existing operation, to keep its memory.
Op* ClearOpAt(size_t index, std::vector<Op>* ops) {
  if (index == ops->size()) return &ops->emplace_back();
  ClearOp(&(*ops)[index]);
  return &(*ops)[index];
}

// Writes the operations of the layout and of `slots` to the start of `*ops`. Returns their number.
size_t DecodeOps(const Header& header, const BinaryFormat& format, Slots slots,
                 std::vector<Op>* ops) {
  History history;
  size_t count = 0;
  for (const LayoutStep& step : LayoutSteps(header.Layout())) {
    Op* op = ClearOpAt(count++, ops);
    SetOpFromStep(step, op);
    history.Add(*op, format.bytes_of(*op));
  }
  while (count < kMaxBinaryOps) {
    const uint8_t* slot = slots.Take();
    if (slot == nullptr) break;
    Op* op = ClearOpAt(count, ops);
    if (!DecodeOp(slot, header, format, history, &slots, op)) break;
    if (format.FieldsOf(op->verb).address) history.Add(*op, format.bytes_of(*op));
    ++count;
  }
  return count;
}

}  // namespace

void DecodeScenarioInto(std::span<const uint8_t> bytes, Scenario* scenario) {
  Header header;
  const size_t header_bytes = std::min(bytes.size(), kSlotBytes);
  std::copy_n(bytes.begin(), header_bytes, header.bytes);
  Slots slots(bytes.subspan(header_bytes));
  std::vector<Op>& ops = scenario->ops;
  ops.reserve(kMaxBinaryOps);

  scenario->machine = {
      .cpus = header.Cpus(), .frames = {}, .lock = header.Lock(), .smap = header.Smap()};
  if (header.Frames() != kHeaderLiteralFrames) {
    scenario->machine.frames = FramesFromHeader(header.Frames());
  } else if (uint64_t frames = 0; slots.TakeNumber(&frames)) {
    scenario->machine.frames = frames;
  }

  const BinaryFormat* const format = header.Format();
  const size_t count = format == nullptr ? 0 : DecodeOps(header, *format, slots, &ops);
  ops.resize(count);
  LimitMemory(scenario);
}

Scenario DecodeScenario(std::span<const uint8_t> bytes) {
  Scenario scenario;
  DecodeScenarioInto(bytes, &scenario);
  return scenario;
}

Scenario WithoutExpectations(Scenario scenario) {
  for (Op& op : scenario.ops) {
    op.expect = {};
    op.line = 0;
  }
  return scenario;
}

}  // namespace sim
