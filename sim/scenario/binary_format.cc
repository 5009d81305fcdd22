// Version 3 of the binary form, derived from the table of verbs.
#include "sim/scenario/binary_format.h"

#include <algorithm>
#include <utility>

#include "sim/scenario/named_bytes.h"
#include "sim/scenario/scenario_bytes.h"

namespace sim {
namespace {

// Frozen, like the opcodes of a level: a new kind needs unused bits.
constexpr KindShape kKinds[16] = {
    {AreaKind::kEager},
    {AreaKind::kLazy},
    {AreaKind::kKernel},
    {AreaKind::kCow},
    {AreaKind::kShared},
    {AreaKind::kFile, FileLength::kLiteral},
    {AreaKind::kFile, FileLength::kPageShort},
    {AreaKind::kFile, FileLength::kHalf},
    {AreaKind::kFile, FileLength::kByteShort},
    {AreaKind::kFile, FileLength::kNothing},
    {AreaKind::kFile, FileLength::kPageAndAByte},
    {AreaKind::kLazy},
    {AreaKind::kLazy},
    {AreaKind::kEager},
    {AreaKind::kEager},
    {AreaKind::kCow},
};

constexpr void AddField(Argument argument, SlotFields* fields) {
  switch (argument) {
    case Argument::kType:
      fields->type = true;
      break;
    case Argument::kWord:
      fields->word = true;
      break;
    case Argument::kAddress:
      fields->address = true;
      break;
    case Argument::kPerms:
      fields->perms = true;
      break;
    case Argument::kKind:
      fields->kind = true;
      break;
    case Argument::kFrom:
      fields->from = true;
      break;
    case Argument::kPages:
    case Argument::kGrownBytes:
      fields->length = LengthField::kPages;
      break;
    case Argument::kBytes:
    case Argument::kRoom:
    case Argument::kBound:
    case Argument::kFileBytes:
    case Argument::kElements:
    case Argument::kOperand:
    case Argument::kLimit:
      fields->length = LengthField::kUnits;
      break;
    case Argument::kSegments:
      fields->segments = true;
      break;
    case Argument::kUserSize:
      fields->length = LengthField::kUserSize;
      break;
    case Argument::kElementsOrOne:
      fields->length = LengthField::kElementsOrOne;
      break;
    case Argument::kText:
      fields->text = true;
      break;
    case Argument::kStrings:
      fields->strings = true;
      break;
    case Argument::kAddresses:
      fields->length = LengthField::kPointers;
      break;
    case Argument::kPattern:
      fields->length = LengthField::kFill;
      break;
    case Argument::kFrames:
      fields->length = LengthField::kFrames;
      break;
    case Argument::kInjectPoint:
      fields->inject_point = true;
      break;
    case Argument::kSpaceNumber:
      fields->space = true;
      break;
    case Argument::kNth:
      fields->length = LengthField::kNth;
      break;
  }
}

// By number.
constexpr std::array<VerbInfo, kVerbCount> kVerbs =
    verb_internal::SortedBy([](const VerbInfo& row) { return row.number; });

constexpr size_t kOpcodes = 256;
constexpr uint8_t kMaxWeight = 4;
// Up to this level there were few verbs. The rules for these levels are frozen.
constexpr size_t kLevelsOfFewVerbs = 3;
// Up to this level every turn assigned opcodes to races.
constexpr size_t kLevelsOfManyRaces = 27;
// Up to this level every turn assigned opcodes in the order of the numbers.
constexpr size_t kLevelsInOrder = 30;
static_assert(std::all_of(kVerbs.begin(), kVerbs.end(),
                          [](const VerbInfo& row) { return row.weight <= kMaxWeight; }));

// The opcode of a verb is its number, from 0 upward; the opcode of the verb as a race is 255 minus
// the number. The opcodes between are assigned in turns: each verb gets as many as its weight, and
// some verbs also get races.
constexpr void AddOpcodes(size_t verbs, BinaryFormat* format) {
  for (size_t i = 0; i < verbs; ++i) {
    format->opcodes[i] = {kVerbs[i].verb, false};
    format->opcodes[kOpcodes - 1 - i] = {kVerbs[i].verb, true};
  }
  // With many verbs, only verbs of weight 2 or more get races here; otherwise half of the opcodes
  // would be races.
  const uint8_t least_raced = verbs > kVerbsOfLevel0 + kLevelsOfFewVerbs ? 2 : 1;
  // With still more verbs, only the first turn assigns races; otherwise verbs of low weight would
  // have too few opcodes.
  const bool is_raced_once = verbs > kVerbsOfLevel0 + kLevelsOfManyRaces;
  // With still more verbs, the opcodes do not suffice for two turns. The second turn starts with
  // the verbs of weight 1, which have the fewest opcodes.
  const bool starts_with_rarest = verbs > kVerbsOfLevel0 + kLevelsInOrder;
  size_t next = verbs;
  bool deals_races = true;
  bool rarest_first = false;
  const auto add = [&](Opcode opcode) {
    if (next < kOpcodes - verbs) format->opcodes[next++] = opcode;
  };
  while (next < kOpcodes - verbs) {
    for (size_t i = 0; rarest_first && i < verbs; ++i) {
      if (kVerbs[i].weight == 1) add({kVerbs[i].verb, false});
    }
    for (size_t round = 0; round < kMaxWeight; ++round) {
      for (size_t i = 0; i < verbs; ++i) {
        const bool has_its_opcode = rarest_first && kVerbs[i].weight == 1;
        if (round < kVerbs[i].weight && !has_its_opcode) add({kVerbs[i].verb, false});
        // Each verb gets one race in addition to its other opcodes of the turn.
        const bool is_raced = deals_races && kVerbs[i].weight >= least_raced;
        if (round == 0 && is_raced) add({kVerbs[i].verb, true});
      }
    }
    deals_races = !is_raced_once;
    rarest_first = starts_with_rarest;
  }
}

uint64_t BytesOf(const Op& op) {
  const std::optional<NamedBytes> named = BytesNamedBy(op);
  return named ? static_cast<uint64_t>(named->BoundedBytes()) : 0;
}

constexpr BinaryFormat MakeFormat(size_t level) {
  BinaryFormat format = {};
  const size_t verbs = kVerbsOfLevel0 + level;
  AddOpcodes(verbs, &format);
  for (size_t i = 0; i < verbs; ++i) {
    SlotFields& fields = format.verbs[static_cast<size_t>(kVerbs[i].verb)];
    for (const Argument argument : kVerbs[i].arguments) AddField(argument, &fields);
    const bool is_bounded = MaxLength(kVerbs[i].verb) == kMaxCopiedBytes;
    if (is_bounded && fields.length != LengthField::kNone) {
      fields.length = LengthField::kRoom;
    }
  }
  format.kinds = kKinds;
  format.has_io_tables = verbs > InfoOf(Verb::kReadv).number;
  format.race_points = 4;  // all values of two bits
  format.bytes_of = BytesOf;
  return format;
}

template <size_t... kLevels>
constexpr std::array<BinaryFormat, sizeof...(kLevels)> MakeFormats(
    std::index_sequence<kLevels...>) {
  return {MakeFormat(kLevels)...};
}
constexpr auto kFormats3 = MakeFormats(std::make_index_sequence<kBinaryLevel + 1>());

}  // namespace

const BinaryFormat* FormatOf(uint8_t version, uint8_t level) {
  level &= static_cast<uint8_t>(~kSmapBit);
  switch (BinaryVersionOf(version)) {
    case 1:
      return &kBinaryFormat1;
    case 2:
      return &kBinaryFormat2;
    default:
      return level <= kBinaryLevel ? &kFormats3[level] : nullptr;
  }
}

std::optional<uint8_t> OpcodeByte(const BinaryFormat& format, Opcode opcode) {
  const auto& opcodes = format.opcodes;
  // The number of a verb is its lowest opcode; 255 minus the number is its highest opcode as a
  // race.
  if (opcode.is_race) {
    const auto found = std::find(opcodes.rbegin(), opcodes.rend(), opcode);
    if (found == opcodes.rend()) return std::nullopt;
    return static_cast<uint8_t>(opcodes.rend() - found - 1);
  }
  const auto found = std::find(opcodes.begin(), opcodes.end(), opcode);
  if (found == opcodes.end()) return std::nullopt;
  return static_cast<uint8_t>(found - opcodes.begin());
}

KindShape KindFromByte(const BinaryFormat& format, uint8_t byte) {
  return format.kinds[(byte >> 4) % format.kinds.size()];
}

std::optional<uint8_t> KindByte(const BinaryFormat& format, KindShape shape) {
  const auto found = std::find(format.kinds.begin(), format.kinds.end(), shape);
  if (found == format.kinds.end()) return std::nullopt;
  return static_cast<uint8_t>((found - format.kinds.begin()) << 4);
}

RacePoint PointFromBits(const BinaryFormat& format, unsigned bits) {
  return bits < format.race_points ? static_cast<RacePoint>(bits) : RacePoint::kCheck;
}

}  // namespace sim
