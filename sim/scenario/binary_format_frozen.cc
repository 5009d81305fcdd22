// Versions 1 and 2 of the binary form. Frozen: do not reorder or improve them, and do not derive
// them from the table of verbs.
#include <iterator>

#include "sim/scenario/binary_format.h"

namespace sim {
namespace {

constexpr SlotFields kRange = {.address = true, .length = LengthField::kUnits};
constexpr SlotFields kRoom = {.address = true, .length = LengthField::kRoom};
constexpr SlotFields kPageRange = {.address = true, .length = LengthField::kPages};
constexpr SlotFields kPageRangePerms = {
    .perms = true, .address = true, .length = LengthField::kPages};
constexpr SlotFields kPageRangePermsKind = {
    .perms = true, .kind = true, .address = true, .length = LengthField::kPages};
constexpr SlotFields kFill = {.address = true, .length = LengthField::kFill};
constexpr SlotFields kFrames = {.length = LengthField::kFrames};
constexpr SlotFields kAddress = {.address = true};
constexpr SlotFields kTypeAddress = {.type = true, .address = true};
constexpr SlotFields kTypeAddressLength = {
    .type = true, .address = true, .length = LengthField::kUnits};
constexpr SlotFields kTypeAddressMaybeLength = {
    .type = true, .address = true, .length = LengthField::kElementsOrOne};

struct FrozenVerb {
  Verb verb;
  SlotFields fields;
};

// By opcode. Version 1 has the first 18 only.
constexpr FrozenVerb kFrozenVerbs[] = {
    {Verb::kMap, kPageRangePermsKind},
    {Verb::kUnmap, kPageRange},
    {Verb::kProtect, kPageRangePerms},
    {Verb::kFill, kFill},
    {Verb::kFrames, kFrames},
    {Verb::kUserLoad, kRange},
    {Verb::kUserStore, kRange},
    {Verb::kKernelLoad, kAddress},
    {Verb::kKernelStore, kAddress},
    {Verb::kConstGet, kTypeAddress},
    {Verb::kMutGet, kTypeAddress},
    {Verb::kConstSlice, kTypeAddressLength},
    {Verb::kMutSlice, kTypeAddressLength},
    {Verb::kConstCstr, kTypeAddress},
    {Verb::kMutCstr, kTypeAddress},
    {Verb::kConstStr, kAddress},
    {Verb::kConstAccess, kTypeAddressMaybeLength},
    {Verb::kMutAccess, kTypeAddressMaybeLength},
    {Verb::kTruncate, kRange},
    {Verb::kCopyStr, kRoom},
};

// The opcodes after the verbs and after the verbs as races stand for these entries in turn.
// Accesses and the operations that make accesses fail are frequent, because a fuzzer should mostly
// try them; kernel.* is absent, because it usually ends the run.
constexpr Opcode kWeighted1[] = {
    {Verb::kMap, false},        {Verb::kConstGet, false},    {Verb::kFill, false},
    {Verb::kConstCstr, false},  {Verb::kMutGet, false},      {Verb::kProtect, false},
    {Verb::kConstSlice, false}, {Verb::kConstStr, false},    {Verb::kFill, false},
    {Verb::kMutCstr, false},    {Verb::kUnmap, true},        {Verb::kConstStr, false},
    {Verb::kMutSlice, false},   {Verb::kMap, false},         {Verb::kProtect, true},
    {Verb::kConstCstr, false},  {Verb::kConstAccess, false}, {Verb::kFill, false},
    {Verb::kMutAccess, false},  {Verb::kUnmap, false},       {Verb::kConstSlice, false},
    {Verb::kFrames, false},     {Verb::kUserStore, false},   {Verb::kProtect, false},
    {Verb::kFill, true},        {Verb::kMutSlice, false},    {Verb::kMap, true},
    {Verb::kConstStr, false},   {Verb::kUserLoad, false},    {Verb::kFill, false},
    {Verb::kConstCstr, false},  {Verb::kMutGet, false},      {Verb::kFrames, true},
    {Verb::kConstGet, false},   {Verb::kMutCstr, false},     {Verb::kConstAccess, false},
};
constexpr Opcode kWeighted2[] = {
    {Verb::kMap, false},        {Verb::kConstGet, false},    {Verb::kFill, false},
    {Verb::kConstCstr, false},  {Verb::kMutGet, false},      {Verb::kProtect, false},
    {Verb::kConstSlice, false}, {Verb::kConstStr, false},    {Verb::kFill, false},
    {Verb::kMutCstr, false},    {Verb::kUnmap, true},        {Verb::kConstStr, false},
    {Verb::kMutSlice, false},   {Verb::kMap, false},         {Verb::kProtect, true},
    {Verb::kCopyStr, false},    {Verb::kConstAccess, false}, {Verb::kFill, false},
    {Verb::kMutAccess, false},  {Verb::kUnmap, false},       {Verb::kTruncate, false},
    {Verb::kFrames, false},     {Verb::kUserStore, false},   {Verb::kProtect, false},
    {Verb::kFill, true},        {Verb::kMutSlice, false},    {Verb::kMap, true},
    {Verb::kConstStr, false},   {Verb::kUserLoad, false},    {Verb::kFill, false},
    {Verb::kTruncate, true},    {Verb::kMutGet, false},      {Verb::kFrames, true},
    {Verb::kConstGet, false},   {Verb::kMutCstr, false},     {Verb::kConstAccess, false},
    {Verb::kUserLoad, true},    {Verb::kUserStore, true},    {Verb::kMutAccess, true},
    {Verb::kConstStr, true},    {Verb::kMutCstr, true},      {Verb::kConstGet, true},
};

constexpr KindShape kKinds1[8] = {
    {AreaKind::kEager}, {AreaKind::kLazy}, {AreaKind::kKernel}, {AreaKind::kCow},
    {AreaKind::kLazy},  {AreaKind::kLazy}, {AreaKind::kEager},  {AreaKind::kCow},
};
constexpr KindShape kKinds2[16] = {
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

// A string counts as one element, also a copied string.
uint64_t FrozenBytesOf(const Op& op) {
  switch (op.verb) {
    case Verb::kConstGet:
    case Verb::kMutGet:
    case Verb::kConstCstr:
    case Verb::kMutCstr:
    case Verb::kConstStr:
    case Verb::kCopyStr:
      return ElementSize(op.type);
    case Verb::kConstSlice:
    case Verb::kMutSlice:
      return op.length * ElementSize(op.type);
    case Verb::kConstAccess:
    case Verb::kMutAccess:
      return (op.is_single ? 1 : op.length) * ElementSize(op.type);
    default:
      return op.length;
  }
}

// The opcodes: the first `verbs` of kFrozenVerbs, then the first `raced_verbs` of them as races,
// then `weighted` repeatedly.
constexpr BinaryFormat MakeFormat(size_t verbs, size_t raced_verbs,
                                  std::span<const Opcode> weighted) {
  BinaryFormat format = {};
  for (size_t byte = 0; byte < format.opcodes.size(); ++byte) {
    if (byte < verbs) {
      format.opcodes[byte] = {kFrozenVerbs[byte].verb, false};
    } else if (byte - verbs < raced_verbs) {
      format.opcodes[byte] = {kFrozenVerbs[byte - verbs].verb, true};
    } else {
      format.opcodes[byte] = weighted[(byte - verbs - raced_verbs) % weighted.size()];
    }
  }
  for (size_t i = 0; i < verbs; ++i) {
    format.verbs[static_cast<size_t>(kFrozenVerbs[i].verb)] = kFrozenVerbs[i].fields;
  }
  format.longest_is_none = true;
  format.bytes_of = FrozenBytesOf;
  return format;
}

constexpr BinaryFormat MakeFormat1() {
  BinaryFormat format = MakeFormat(18, 5, kWeighted1);
  format.kinds = kKinds1;
  format.race_points = 3;
  return format;
}

constexpr BinaryFormat MakeFormat2() {
  BinaryFormat format = MakeFormat(std::size(kFrozenVerbs), std::size(kFrozenVerbs), kWeighted2);
  format.kinds = kKinds2;
  format.race_points = 4;
  return format;
}

}  // namespace

constexpr BinaryFormat kBinaryFormat1 = MakeFormat1();
constexpr BinaryFormat kBinaryFormat2 = MakeFormat2();

}  // namespace sim
