#include "fuzz/op_groups.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "fuzz/op_slot.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_shapes.h"

namespace sim {
namespace {

void AppendNumber(uint64_t number, Bytes* bytes) {
  for (int i = 0; i < 8; ++i) bytes->push_back(static_cast<uint8_t>(number >> (8 * i)));
}

// A table of io vectors with values that the shape of a table (FillIoTable) cannot express: lengths
// that no object has, and addresses outside the user half.
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

// An operation that writes what `reader` reads from memory: a text, or a table of addresses.
OneOp ContentsFor(const BinaryFormat& format, const SlotFields& reader, Random& random) {
  const Verb writer = reader.strings ? Verb::kPointers : Verb::kFill;
  OneOp contents(kSlotBytes);
  contents[0] = *AnyOpcode(format, [writer](Verb verb) { return verb == writer; }, random);
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

// Inserts the operations next to each other, at a random position.
void InsertGroup(const std::vector<OneOp>& group, Random& random, OpSlots* parts) {
  const auto at = parts->ops.begin() + static_cast<ptrdiff_t>(Below(parts->ops.size() + 1, random));
  parts->ops.insert(at, group.begin(), group.end());
}

// Sets an address near the start of one of the two latest areas, and a length of a few pages or
// elements.
void SetPlaceInArea(Random& random, OneOp* op) {
  const bool is_behind = OneIn(2, random);
  (*op)[3] = is_behind ? kPagesBehindAreaStart | (AnyByte(random) & 0x30) : kAreaStart;
  (*op)[4] = static_cast<uint8_t>(Below(3, random));
  (*op)[5] = OneIn(2, random) ? 0 : static_cast<uint8_t>(Below(14, random));
  (*op)[6] = static_cast<uint8_t>(Below(4, random));
  (*op)[7] = OneIn(4, random) ? 1 : 0;
}

OneOp NewArea(const BinaryFormat& format, uint8_t opcode, Random& random) {
  constexpr uint8_t kUpToEightPages = 12;
  OneOp area(kSlotBytes);
  area[0] = opcode;
  area[2] = AnyPermsAndKind(format, random) & 0xf0;
  area[2] |= OneIn(4, random) ? Below(8, random) : kPermRead | kPermWrite;
  area[3] = kWindowPage;
  area[5] = kUpToEightPages;
  area[6] = static_cast<uint8_t>(2 + Below(6, random));
  area[7] = static_cast<uint8_t>(Below(8, random));
  return area;
}

// Makes `area`, a new area, a file's if such a kind is on in the swarm. Returns whether it is.
bool BecomesFile(const BinaryFormat& format, Random& random, OneOp* area) {
  const uint8_t kind =
      Drawn([&] { return AnyPermsAndKind(format, random); },
            [&](uint8_t drawn) { return HasFile(KindFromByte(format, drawn).kind); });
  if (!HasFile(KindFromByte(format, kind).kind)) return false;
  (*area)[2] = static_cast<uint8_t>((kind & 0xf0) | ((*area)[2] & 0x0f));
  return true;
}

// The file of the area that the operation before maps, once more: directly behind it, from its
// first page or its second, as many pages as it has, or half of them, or a few.
OneOp SecondMapping(uint8_t opcode, Random& random) {
  constexpr uint8_t kLengths[] = {3, 3, 6, 0};
  OneOp alias(kSlotBytes);
  alias[0] = opcode;
  alias[2] = OneIn(4, random) ? 0x40 : 0;
  alias[2] |= OneIn(4, random) ? Below(8, random) : kPermRead | kPermWrite;
  alias[3] = kEarlierEnd;
  alias[5] = AnyOf(kLengths, random);
  return alias;
}

}  // namespace

bool InsertAsleep(const BinaryFormat& format, Random& random, OpSlots* parts) {
  const Swarm& swarm = random.swarm();
  if (!OpcodeByte(format, {Verb::kSleep, true})) return false;
  if (!swarm.Has(Verb::kSleep) || !swarm.has_races()) return false;
  const auto is_other = [&](Verb verb) {
    return verb != Verb::kSleep && OpcodeByte(format, {verb, true}).has_value();
  };
  const auto calls = [](Verb verb) { return IsLibraryAccess(verb); };
  const bool at_fault = !OneIn(3, random) && swarm.Has(RacePoint::kFault);
  const size_t point =
      at_fault ? static_cast<size_t>(RacePoint::kFault)
               : Drawn([&] { return Below(format.race_points, random); },
                       [&](size_t drawn) { return swarm.Has(static_cast<RacePoint>(drawn)); });
  const size_t place = point << 3;
  const bool evicts = swarm.Has(Verb::kEvict) && swarm.Has(RacePoint::kCheck);
  std::vector<OneOp> group;
  const auto add = [&](uint8_t opcode, size_t byte_1) {
    OneOp& op = group.emplace_back(kSlotBytes);
    op[0] = opcode;
    op[1] = static_cast<uint8_t>(byte_1);
    op[2] = static_cast<uint8_t>(Below(8, random));
    SetPlaceInArea(random, &op);
    SetPlainByte2(format, &op);
  };
  const auto add_race = [&](Verb verb, size_t byte_1) {
    add(*OpcodeByte(format, {verb, true}), byte_1);
  };
  if (at_fault && OneIn(2, random) && evicts) add_race(Verb::kEvict, 0);
  add_race(Verb::kSleep, place | Below(3, random));
  const bool has_spaces =
      swarm.Has(Verb::kSpace) && OpcodeByte(format, {Verb::kSpace, true}).has_value();
  if (has_spaces && OneIn(2, random)) {
    add_race(Verb::kSpace, place);
    group.back()[2] = 1;
  }
  for (size_t others = 1 + Below(3, random); others > 0; --others) {
    const Verb verb = format.opcodes[*AnyOpcode(format, is_other, random)].verb;
    add_race(verb, place | (OneIn(2, random) ? 0 : Below(3, random)));
  }
  add(*AnyOpcode(format, calls, random), 0);
  InsertGroup(group, random, parts);
  return true;
}

bool InsertNested(const BinaryFormat& format, Random& random, OpSlots* parts) {
  constexpr auto kPoint = static_cast<unsigned>(RacePoint::kUse);
  constexpr Verb kOuter[] = {Verb::kConstAccess, Verb::kMutAccess};
  if (kPoint >= format.race_points) return false;
  const auto can_race = [&](Verb verb) { return OpcodeByte(format, {verb, true}).has_value(); };
  const auto calls = [&](Verb verb) { return IsLibraryAccess(verb) && can_race(verb); };
  const auto changes = [&](Verb verb) { return !IsAccess(verb) && can_race(verb); };
  const std::optional<uint8_t> outer = OpcodeByte(format, {AnyOf(kOuter, random), false});
  const size_t races = 1 + Below(4, random);
  const size_t call = Below(races, random);  // at least this one is a call of the library
  std::vector<OneOp> group;
  while (group.size() < races) {
    const bool is_call = group.size() == call || OneIn(4, random);
    const std::optional<uint8_t> plain =
        is_call ? AnyOpcode(format, calls, random) : AnyOpcode(format, changes, random);
    if (!plain) return false;
    OneOp& op = group.emplace_back(kSlotBytes);
    op[0] = *OpcodeByte(format, {format.opcodes[*plain].verb, true});
    op[1] = kPoint << 3;
  }
  if (!outer) return false;
  group.emplace_back(kSlotBytes)[0] = *outer;
  for (OneOp& op : group) {
    op[2] = static_cast<uint8_t>(Below(8, random));
    SetPlaceInArea(random, &op);
    SetPlainByte2(format, &op);
  }
  InsertGroup(group, random, parts);
  return true;
}

bool InsertArea(const BinaryFormat& format, Random& random, OpSlots* parts) {
  const auto has_address = [&](Verb verb) { return format.FieldsOf(verb).address; };
  const auto maps = [](Verb verb) { return verb == Verb::kMap; };
  const auto changes = [&](Verb verb) { return !IsAccess(verb) && has_address(verb); };
  const auto looks = [&](Verb verb) { return IsAccess(verb) && has_address(verb); };
  std::vector<OneOp> group = {NewArea(format, *AnyOpcode(format, maps, random), random)};
  const std::optional<uint8_t> alias = OpcodeByte(format, {Verb::kAlias, false});
  const bool is_mapped_again = alias && random.swarm().Has(Verb::kAlias) && OneIn(2, random) &&
                               BecomesFile(format, random, &group.front());
  const auto fills = [](Verb verb) { return verb == Verb::kFill; };
  const bool is_one_place = OneIn(2, random);
  // With contents: a bug that loses the contents of a page shows only if the page was written.
  const bool is_filled = is_one_place && OneIn(2, random);
  const size_t operations = (is_filled ? 3 : 2) + Below(3, random);
  while (group.size() <= operations) {
    const bool is_fill = is_filled && group.size() == 1;
    const bool is_last = group.size() == operations;
    const std::optional<uint8_t> opcode = is_fill   ? AnyOpcode(format, fills, random)
                                          : is_last ? AnyOpcode(format, looks, random)
                                                    : AnyOpcode(format, changes, random);
    if (!opcode) return false;
    OneOp& op = group.emplace_back(kSlotBytes);
    op[0] = *opcode;
    op[2] = static_cast<uint8_t>(Below(8, random));
    SetPlaceInArea(random, &op);
    if (is_one_place && group.size() > 2) std::copy_n(&group[1][3], 2, &op[3]);
    SetPlainByte2(format, &op);
    if (is_fill) SetFillBytes(TextPieces(random), &op);
  }
  SetPlainByte2(format, &group.front());
  if (is_mapped_again) group.insert(group.begin() + 1, SecondMapping(*alias, random));
  InsertGroup(group, random, parts);
  return true;
}

bool InsertWithContents(const BinaryFormat& format, Random& random, OpSlots* parts) {
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
  InsertGroup({contents, reader}, random, parts);
  return true;
}

}  // namespace sim
