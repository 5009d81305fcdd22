#include "fuzz/scenario_mutator.h"

#include <algorithm>
#include <cstddef>

#include "fuzz/op_groups.h"
#include "fuzz/op_slot.h"
#include "sim/scenario/binary_format.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_shapes.h"

namespace sim {
namespace {

OneOp& AnyOp(OpSlots* parts, Random& random) {
  return parts->ops[Below(parts->ops.size(), random)];
}

// The iterator of the element at `index`, or the end.
template <typename Elements>
auto IteratorAt(Elements& elements, size_t index) {
  return elements.begin() + static_cast<std::ptrdiff_t>(index);
}

void Insert(const OneOp& op, OpSlots* parts, Random& random) {
  const size_t at = Below(parts->ops.size() + 1, random);
  parts->ops.insert(IteratorAt(parts->ops, at), op);
}

void Delete(OpSlots* parts, Random& random) {
  const size_t first = Below(parts->ops.size(), random);
  const size_t most = OneIn(4, random) ? 8 : 1;
  const size_t count = std::min(1 + Below(most, random), parts->ops.size() - first);
  parts->ops.erase(IteratorAt(parts->ops, first), IteratorAt(parts->ops, first + count));
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

// Removes all literals, because the new verb can have other fields.
void ChangeVerb(const BinaryFormat& format, OneOp* op, Random& random) {
  DropLengthLiterals(format, op);
  DropLiteralAddress(format, op);
  if (HasLiteralNth(format, op->data())) op->resize(kSlotBytes);
  (*op)[0] = AnyOpcodeOn(format, random);
  (*op)[1] &= 0x3f;
  SetPointOn(format, random, op->data());
  SetPlainByte2(format, op);
}

void ChangeType(const BinaryFormat& format, OneOp* op, Random& random) {
  // The literals of byte 2 are removed, because the new value announces none.
  if (HasLiteralOfByte2(format, op->data())) op->resize(op->size() - kSlotBytes);
  op->resize(op->size() - kSlotBytes * TextLiterals(format, op->data()));
  const bool has_kind = FieldsOf(format, op->data()).kind;
  (*op)[2] = has_kind ? AnyPermsAndKind(format, random) : AnyByte(random);
  SetPlainByte2(format, op);
}

// Sets the newest format, which has all verbs.
void SetNewestFormat(Bytes* header) {
  (*header)[0] = kBinaryVersion;
  (*header)[5] = kBinaryLevel;
}

const BinaryFormat* KnownFormat(const OpSlots& parts) {
  return FormatOf(parts.header[0], parts.header[5]);
}

// Marks the operations as the newest format, in which most of them have the same meaning. Returns
// false if they already have this format.
bool ChangeFormat(OpSlots* parts) {
  if (KnownFormat(*parts) == FormatOf(kBinaryVersion, kBinaryLevel)) return false;
  SetNewestFormat(&parts->header);
  *parts = SplitOps(JoinOps(*parts, SIZE_MAX));
  return true;
}

void ChangeMachine(OpSlots* parts, Random& random) {
  Bytes& header = parts->header;
  header.resize(kSlotBytes);  // removes a literal number of frames
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
      // Mostly off: with smap=on a run ends at the first use of memory that the library lent out.
      header[5] = static_cast<uint8_t>(header[5] & ~kSmapBit) | (OneIn(4, random) ? kSmapBit : 0);
      break;
    default:
      header[4] = AnyByte(random);
  }
}

// Appends the operations [from, to) of `source` to `target`.
void Append(const OpSlots& source, size_t from, size_t to, OpSlots* target) {
  target->ops.insert(target->ops.end(), IteratorAt(source.ops, from), IteratorAt(source.ops, to));
}

}  // namespace

OpSlots SplitOps(std::span<const uint8_t> bytes) {
  OpSlots parts;
  const auto take = [&](size_t size) {
    Bytes taken(bytes.begin(), IteratorAt(bytes, std::min(size, bytes.size())));
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
  // One more, for an insertion.
  parts.ops.reserve(std::min(bytes.size() / kSlotBytes, kMaxBinaryOps) + 1);
  while (format != nullptr && parts.ops.size() < kMaxBinaryOps && bytes.size() >= kSlotBytes &&
         bytes.size() >= OpBytes(*format, bytes.data())) {
    const size_t size = OpBytes(*format, bytes.data());
    parts.ops.emplace_back(bytes.begin(), IteratorAt(bytes, size));
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
  if (mutation == OpMutation::kWithContents) return InsertWithContents(format, random, parts);
  if (mutation == OpMutation::kArea) return InsertArea(format, random, parts);
  if (mutation == OpMutation::kNested) return InsertNested(format, random, parts);
  if (mutation == OpMutation::kAsleep) return InsertAsleep(format, random, parts);
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
      // Keeps bits 5-7, which say whether a literal follows.
      op[1] = static_cast<uint8_t>((op[1] & kLiteralNth) | (AnyCpuAndPoint(format, random) & 0x1f));
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
    // A few operations of the second, inserted into the first.
    Append(second, from, std::min(from + 1 + Below(4, random), second.ops.size()), &spliced);
    Append(first, cut, first.ops.size(), &spliced);
  }
  if (spliced.ops.size() > kMaxBinaryOps) spliced.ops.resize(kMaxBinaryOps);
  return spliced;
}

}  // namespace sim
