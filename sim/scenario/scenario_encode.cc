// Scenario to bytes. The counterpart, bytes to scenario, is scenario_bytes.cc.
//
// The encoder finds a shape by calling the decoder's functions for each candidate, instead of
// inverting these functions, so that the encoder cannot disagree with the decoder. Candidates that
// give the value of an earlier candidate, or a count that cannot be smaller, are left out.
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "sim/scenario/binary_format.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_shapes.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

constexpr unsigned kWhichTried = 8;        // earlier addresses and areas
constexpr unsigned kLengthWhichTried = 4;  // the same, for lengths
constexpr int kNearCount = 4;  // the largest distance from an edge for a length "at" the edge
constexpr int kFarthest = 64;  // the largest distance that a count can have
constexpr uint64_t kMaxSmallLength = 255;

void AppendNumber(uint64_t number, std::string* bytes) {
  for (int i = 0; i < 8; ++i) bytes->push_back(static_cast<char>(number >> (8 * i)));
}

// Bytes as literals, in whole slots.
void AppendPadded(const std::string& bytes, std::string* literals) {
  *literals += bytes;
  while (literals->size() % 8 != 0) literals->push_back('\0');
}

const BinaryFormat& NewestFormat() { return *FormatOf(kBinaryVersion, kBinaryLevel); }

// The encoding of one operation: its slot, and its literals in order.
struct Slot {
  uint8_t bytes[8] = {};
  std::string literals;
};

// Bases with a meaning come first, because an edge of an area is still an edge after a mutation
// moves the area.
constexpr uint8_t kBasesInOrder[] = {5, 7, 9, 10, 2, 4, 11, 0, 12, 13, 14};

// The values of AddressShape::which worth trying for `base`: [first, first + count).
struct WhichRange {
  unsigned first;
  unsigned count;
};
WhichRange WhichToTry(uint8_t base, uint64_t address, const History& history) {
  switch (base) {
    case 0:
      return {0, kWhichTried};
    case 5:
    case 7:
    case 9:
    case 10:
      return {0, std::min(kWhichTried, history.AreaCount())};
    case 11:
      return {0, 16};
    case 12: {  // one of the first pages of the window: this one or the next
      const uint64_t page = (address - kWindowStart) / kPageBytes;
      return page > 30 ? WhichRange{0, 0} : WhichRange{static_cast<unsigned>(page), 2};
    }
    default:
      return {0, std::min(kWhichTried, history.EarlierCount())};
  }
}

struct FoundAddress {
  AddressShape shape;
  uint8_t count_byte = 0;
};

// The search for the shape with the smallest count, of those that result in an operation's address.
// Of shapes with the same count, the first is found.
class AddressSearch {
 public:
  AddressSearch(ShapedOp shaped, const History& history)
      : shaped_(shaped),
        history_(history),
        largest_unit_(static_cast<int64_t>(
            std::max({shaped.IsPageRange() ? kPageBytes : 8, ElementSize(shaped.op.type),
                      ElementAlign(shaped.op.type)}))) {}

  // Nothing if there is no such shape.
  std::optional<FoundAddress> Run() {
    for (const uint8_t base : kBasesInOrder) {
      const WhichRange range = WhichToTry(base, shaped_.op.address, history_);
      for (unsigned i = 0; i < range.count; ++i) {
        for (uint8_t select = 0; select < kSelects && best_count_ != 0; ++select) {
          TryUnits(
              {.base = base, .select = select, .which = static_cast<uint8_t>(range.first + i)});
        }
      }
    }
    return best_;
  }

 private:
  static constexpr uint8_t kSelects = 4;

  // Tries `shape` with each unit, which does not change the base.
  void TryUnits(AddressShape shape) {
    const int64_t offset =
        static_cast<int64_t>(shaped_.op.address - AddressBase(shape, shaped_, history_));
    const int64_t nearer_than = best_count_ * largest_unit_;  // else no count is smaller
    if (offset >= nearer_than || offset <= -nearer_than) return;
    for (shape.unit = 0; shape.unit < kAddressUnitCount; ++shape.unit) {
      const std::optional<uint8_t> byte = AddressOffsetByte(shape, shaped_, offset);
      if (!byte || std::abs(CountFromByte(*byte)) >= best_count_) continue;
      best_count_ = std::abs(CountFromByte(*byte));
      best_ = FoundAddress{shape, *byte};
    }
  }

  const ShapedOp shaped_;
  const History& history_;
  const int64_t largest_unit_;  // in bytes
  std::optional<FoundAddress> best_;
  int best_count_ = kFarthest + 1;
};

void EncodeAddress(ShapedOp shaped, const History& history, Slot* slot) {
  const std::optional<FoundAddress> found = AddressSearch(shaped, history).Run();
  if (!found) {
    slot->bytes[3] = kLiteralAddress;
    AppendNumber(shaped.op.address, &slot->literals);
    return;
  }
  const AddressShape& shape = found->shape;
  slot->bytes[3] = static_cast<uint8_t>(shape.base | shape.unit << 4 | shape.select << 6);
  slot->bytes[4] = found->count_byte;
  slot->bytes[7] = shape.which;
}

// How the lengths of a form depend on the two bytes of its shape.
struct LengthForm {
  uint8_t form;
  // The values of `which` worth trying, and the values of the count byte: larger ones give the same
  // lengths.
  unsigned whichs;
  unsigned bytes;
  // Whether the length is that of count 0 plus the count: then one byte is worth trying.
  bool is_counted = false;
};

LengthForm FormOf(ShapedOp shaped, uint8_t form, const History& history) {
  const unsigned areas = std::min(kLengthWhichTried, history.AreaCount());
  if (!shaped.IsPageRange()) {
    if (form == 6) return {form, 3, 16};  // powers of two: one less, exact, one more
    const bool is_of_pages = form == 3 || form == 5;
    return {form, is_of_pages ? kLengthWhichTried : form == 4 ? areas : 1, 1, true};
  }
  switch (form) {
    case 0:
      return {form, 1, 4};
    case 2:
    case 11:
      return {form, 1, 64};
    case 3:
      return {form, areas, 1};
    case 4:
      return {form, areas, 4};
    case 8:  // whole pages and the count byte
      return {form, shaped.op.length < kLengthWhichTried * kPageBytes ? kLengthWhichTried : 0, 256};
    default:
      return {form, 1, 1};
  }
}

// Tries `form` for the operation's length, with counts of at most `max_count`.
bool TryLength(ShapedOp shaped, uint8_t form, int max_count, const History& history, Slot* slot) {
  const uint64_t length = shaped.op.length;
  const LengthForm tried = FormOf(shaped, form, history);
  for (unsigned which = 0; which < tried.whichs; ++which) {
    const auto length_of = [&](unsigned byte) {
      return LengthFromShape(shaped, form, static_cast<uint8_t>(which), static_cast<uint8_t>(byte),
                             history);
    };
    unsigned first = 0;
    unsigned end = tried.bytes;
    if (tried.is_counted) {
      const std::optional<uint8_t> byte = CountByte(static_cast<int64_t>(length - length_of(0)));
      if (!byte) continue;
      first = *byte;
      end = first + 1;
    }
    for (unsigned byte = first; byte < end; ++byte) {
      if (length_of(byte) != length) continue;
      if (std::abs(CountFromByte(static_cast<uint8_t>(byte))) > max_count) continue;
      slot->bytes[5] = static_cast<uint8_t>(form | which << 4);
      slot->bytes[6] = static_cast<uint8_t>(byte);
      return true;
    }
  }
  return false;
}

// Sets the shape for the operation's length in `*slot`. False: there is none.
bool FindLength(ShapedOp shaped, const History& history, Slot* slot) {
  if (shaped.IsPageRange()) {
    for (const uint8_t form : {7, 3, 4, 0, 2, 9, 10, 11, 8}) {
      if (TryLength(shaped, form, kFarthest, history, slot)) return true;
    }
    return false;
  }
  // kNoLengthForm means no length for kElementsOrOne, and a length of 1 for other fields.
  if (shaped.fields.length != LengthField::kElementsOrOne &&
      TryLength(shaped, kNoLengthForm, kNearCount, history, slot)) {
    return true;
  }
  for (const uint8_t form : {1, 2, 3, 4, 5, 7, 8, 9, 10}) {
    if (TryLength(shaped, form, kNearCount, history, slot)) return true;
  }
  if (shaped.op.length <= kMaxSmallLength) {
    slot->bytes[5] = shaped.op.length < 16 ? 0x00 : 0x80;
    slot->bytes[6] = static_cast<uint8_t>(shaped.op.length);
    return true;
  }
  for (const uint8_t form : {2, 3, 4, 5, 6, 7, 8, 9, 10}) {
    if (TryLength(shaped, form, kFarthest, history, slot)) return true;
  }
  return false;
}

void EncodeLength(ShapedOp shaped, const History& history, Slot* slot) {
  if (shaped.op.is_single) {
    slot->bytes[5] = kNoLengthForm;
    return;
  }
  if (FindLength(shaped, history, slot)) return;
  slot->bytes[5] = kLiteralLength;
  AppendNumber(shaped.op.length, &slot->literals);
}

void EncodeFrames(const Op& op, Slot* slot) {
  if (op.is_max) {
    slot->bytes[5] = kMaxFramesForm;
  } else if (op.length <= kMaxSmallLength) {
    slot->bytes[5] = op.length <= 7 ? 0 : 12;
    slot->bytes[6] = static_cast<uint8_t>(op.length);
  } else {
    slot->bytes[5] = kLiteralFrames;
    AppendNumber(op.length, &slot->literals);
  }
}

void EncodeFill(const Op& op, Slot* slot) {
  if (op.length != op.pattern.size()) {
    slot->bytes[5] = kFillLiteralLength;
    slot->bytes[6] = static_cast<uint8_t>(op.pattern[0]);
    AppendNumber(op.length, &slot->literals);
    return;
  }
  slot->bytes[5] = static_cast<uint8_t>(kFillLiteralBytes | (op.pattern.size() >> 8) << 4);
  slot->bytes[6] = static_cast<uint8_t>(op.pattern.size());
  AppendPadded(op.pattern, &slot->literals);
}

// The permissions and the kind of a map. `*literal`: whether the file's length follows as a
// literal.
uint8_t AreaByte(const Op& op, bool* literal) {
  constexpr FileLength kShapes[] = {FileLength::kPageShort, FileLength::kHalf,
                                    FileLength::kByteShort, FileLength::kNothing,
                                    FileLength::kPageAndAByte};
  KindShape shape{op.kind, op.kind == AreaKind::kFile ? FileLength::kLiteral : FileLength::kNone};
  if (op.kind == AreaKind::kFile) {
    for (const FileLength file_length : kShapes) {
      if (FileBytesFromShape(file_length, op.length) != op.file_bytes) continue;
      shape.file_length = file_length;
      break;
    }
  }
  *literal = shape.file_length == FileLength::kLiteral;
  return op.perms | *KindByte(NewestFormat(), shape);
}

void EncodeSegments(const Op& op, Slot* slot) {
  slot->bytes[2] = 0;  // the lowest byte with this number of segments
  while (slot->bytes[2] != kLiteralSegments && SegmentsFromByte(slot->bytes[2]) != op.segments) {
    ++slot->bytes[2];
  }
  if (slot->bytes[2] == kLiteralSegments) AppendNumber(op.segments, &slot->literals);
}

// The lowest shape that results in the text of `op`; nothing if there is none.
std::optional<uint8_t> TextShape(const Op& op) {
  std::string text;
  for (uint8_t shape = 0; shape < kLiteralText; ++shape) {
    TextFromShape(op, shape, &text);
    if (text == op.pattern) return shape;
  }
  return std::nullopt;
}

// Encodes a text, after all other fields: as a shape, if one results in the text.
void EncodeText(const Op& op, Slot* slot) {
  if (const std::optional<uint8_t> shape = TextShape(op)) {
    slot->bytes[2] = *shape;
    return;
  }
  slot->bytes[2] = static_cast<uint8_t>(kLiteralText + op.pattern.size());
  AppendPadded(op.pattern, &slot->literals);
}

void EncodeStrings(const Op& op, Slot* slot) {
  for (uint8_t byte = 0; byte < kLiteralStrings; ++byte) {
    if (StringsFromByte(byte) != op.max_strings) continue;
    slot->bytes[2] = byte;
    return;
  }
  slot->bytes[2] = kLiteralStrings;
  AppendNumber(op.max_strings, &slot->literals);
}

void EncodeFrom(const Op& op, const History& history, Slot* slot) {
  uint8_t shape = 0;
  while (shape != kLiteralFrom && FromFromShape(shape, history) != op.from) ++shape;
  slot->bytes[2] |= static_cast<uint8_t>(shape << 4);
  if (shape == kLiteralFrom) AppendNumber(op.from, &slot->literals);
}

void EncodePointers(const Op& op, Slot* slot) {
  slot->bytes[5] = kLiteralPointers;
  slot->bytes[6] = static_cast<uint8_t>(op.pattern.size() / kPointerBytes);
  slot->literals += op.pattern;
}

Slot EncodeOp(const Op& op, const History& history) {
  const SlotFields& fields = NewestFormat().FieldsOf(op.verb);
  const ShapedOp shaped = {op, fields};
  Slot slot;
  slot.bytes[0] = *OpcodeByte(NewestFormat(), {op.verb, op.race.has_value()});
  slot.bytes[1] = op.cpu;
  if (op.race) {
    const bool is_literal = op.race->nth > 7;
    const unsigned nth = is_literal ? 7 : op.race->nth - 1;
    slot.bytes[1] |= static_cast<uint8_t>(static_cast<unsigned>(op.race->point) << 3 | nth << 5);
    if (is_literal) AppendNumber(op.race->nth, &slot.literals);
  }
  bool literal_file_length = false;
  if (fields.kind) {
    slot.bytes[2] = AreaByte(op, &literal_file_length);
  } else if (fields.perms) {
    slot.bytes[2] = op.perms;
  }
  if (fields.type || fields.word) slot.bytes[2] = static_cast<uint8_t>(op.type);
  if (fields.space) slot.bytes[2] = static_cast<uint8_t>(op.length);
  if (fields.inject_point) slot.bytes[2] = static_cast<uint8_t>(op.inject_point);
  if (fields.address) EncodeAddress(shaped, history, &slot);
  switch (fields.length) {
    case LengthField::kNone:
      break;
    case LengthField::kFrames:
    case LengthField::kNth:
      EncodeFrames(op, &slot);
      break;
    case LengthField::kFill:
      EncodeFill(op, &slot);
      break;
    case LengthField::kPointers:
      EncodePointers(op, &slot);
      break;
    default:
      EncodeLength(shaped, history, &slot);
  }
  if (literal_file_length) AppendNumber(op.file_bytes, &slot.literals);
  if (fields.segments) EncodeSegments(op, &slot);
  if (fields.text) EncodeText(op, &slot);
  if (fields.strings) EncodeStrings(op, &slot);
  if (fields.from) EncodeFrom(op, history, &slot);
  return slot;
}

absl::string_view TextMisfit(const Op& op) {
  if (op.pattern.size() <= kMaxLiteralText || TextShape(op)) return "";
  return "a text that is too long";
}

// The part of `op` that the format cannot represent; "" if there is none.
absl::string_view Misfit(const Op& op, const MachineConfig& machine) {
  if (op.cpu >= machine.cpus) return "a CPU that the machine does not have";
  if (op.race && op.race->nth == 0) return "a race at the 0th time";
  if (op.perms > (kPermRead | kPermWrite | kPermExecute)) return "permissions beyond rwx";
  if (!TakesLength(op.verb, op.type, op.length)) {
    return "a length beyond the kernel's largest buffer";
  }
  if (!TakesType(op.verb, op.type)) return "a type that is no struct of at most a page";
  if (InfoOf(op.verb).arguments.Has(Argument::kText)) return TextMisfit(op);
  if (op.verb == Verb::kPointers) {
    const bool fits = op.pattern.size() <= kMaxBinaryFillBytes && op.length == op.pattern.size() &&
                      op.pattern.size() % kPointerBytes == 0;
    return fits ? "" : "too many pointers";
  }
  if (op.verb != Verb::kFill) return "";
  if (op.pattern.size() > kMaxBinaryFillBytes) return "a fill with a string that is too long";
  if (op.length != op.pattern.size() && op.pattern.size() != 1) {
    return "a fill with a length that is not its string's";
  }
  return "";
}

// Whether `scenario` is within the limits on mapped pages and frames (LIMITS in scenario_bytes.h).
absl::Status CheckMemory(const Scenario& scenario) {
  const PageTotals pages = TotalPagesMapped(scenario.ops);
  if (pages.all <= kMaxBinaryPages) return absl::OkStatus();
  if (pages.cow > kMaxBinaryPages) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the cow areas have ", pages.cow, " pages; the binary form has at most ", kMaxBinaryPages));
  }
  bool is_few = FramesOf(scenario.machine) <= kFewFrames;
  for (const Op& op : scenario.ops) {
    is_few = is_few && (op.verb != Verb::kFrames || FramesOf(op) <= kFewFrames);
  }
  if (is_few) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "the areas have ", pages.all, " pages; over ", kMaxBinaryPages,
      " the binary form needs frames=", kFewFrames, " or less, and so in each frames line"));
}

absl::Status CheckLimits(const Scenario& scenario) {
  if (scenario.machine.cpus < 1 || scenario.machine.cpus > kMaxCpus) {
    return absl::InvalidArgumentError(absl::StrCat("not 1 to ", kMaxCpus, " CPUs"));
  }
  if (scenario.ops.size() > kMaxBinaryOps) {
    return absl::InvalidArgumentError(absl::StrCat("there are ", scenario.ops.size(),
                                                   " operations; the binary form has room for ",
                                                   kMaxBinaryOps));
  }
  for (size_t i = 0; i < scenario.ops.size(); ++i) {
    const absl::string_view misfit = Misfit(scenario.ops[i], scenario.machine);
    if (misfit.empty()) continue;
    return absl::InvalidArgumentError(absl::StrCat("operation ", i + 1, ": ", misfit));
  }
  return CheckMemory(scenario);
}

void EncodeHeader(const MachineConfig& machine, std::string* bytes) {
  uint8_t frames = 0;  // the lowest byte with this number of frames
  while (frames != kHeaderLiteralFrames && FramesFromHeader(frames) != machine.frames) ++frames;
  const int cpus_and_lock = (machine.cpus - 1) | (machine.lock ? 0 : 8);
  *bytes = {static_cast<char>(kBinaryVersion),
            static_cast<char>(cpus_and_lock),
            0,
            static_cast<char>(frames),
            0,
            static_cast<char>(kBinaryLevel | (machine.smap ? kSmapBit : 0)),
            0,
            0};
  if (frames == kHeaderLiteralFrames) AppendNumber(*machine.frames, bytes);
}

}  // namespace

absl::StatusOr<std::string> EncodeScenario(const Scenario& scenario) {
  const absl::Status status = CheckLimits(scenario);
  if (!status.ok()) return status;
  std::string bytes;
  EncodeHeader(scenario.machine, &bytes);
  History history;
  for (const Op& op : scenario.ops) {
    const Slot slot = EncodeOp(op, history);
    bytes.append(slot.bytes, slot.bytes + sizeof(slot.bytes));
    bytes += slot.literals;
    if (HasAddress(op.verb)) history.Add(op, NewestFormat().bytes_of(op));
  }
  // This check finds values without a text form, such as a type on a verb that takes none.
  const Scenario decoded =
      DecodeScenario({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  const Scenario wanted = WithoutExpectations(scenario);
  for (size_t i = 0; i < wanted.ops.size(); ++i) {
    if (decoded.ops[i] == wanted.ops[i]) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("operation ", i + 1, ": a value that has no text: ", PrintOp(wanted.ops[i])));
  }
  return bytes;
}

}  // namespace sim
