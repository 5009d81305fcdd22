#include "sim/cli/conform/accesses.h"

#include <algorithm>
#include <utility>

#include "sim/scenario/named_bytes.h"
#include "sim/scenario/scenario.h"

namespace sim {
namespace {

// Holds the memory that io vectors and pointers name, or the io vectors and pointers themselves.
constexpr uint64_t kOtherPage = kWindowStart + 0x100000;
constexpr uint64_t kOtherStep = 16;  // bytes between the strings there
// The unused bytes of a buffer that is larger than the string.
constexpr uint64_t kSpareRoom = 16;
constexpr uint64_t kNoFaultCalls = 2;
// The bytes of ContentsOf as a number, so that compare_exchange finds what it expects.
constexpr uint64_t kOperandValue = 0x6867666564636261;
// The maximum size of tested arrays whose elements are larger than a byte.
constexpr uint64_t kMaxArrayBytes = 128;

bool IsBehindExtent(Extent extent) {
  return extent == Extent::kTable || extent == Extent::kPointers;
}

// Adds a shape for each type that the verb takes.
void AddSingles(Verb verb, bool is_single, std::vector<Shape>* shapes) {
  for (int i = 0; i < kElementTypeCount; ++i) {
    const auto type = static_cast<ElementType>(i);
    const bool is_word = type == ElementType::kU32 || type == ElementType::kU64;
    if (InfoOf(verb).arguments.Has(Argument::kWord) && !is_word) continue;
    shapes->push_back(
        {.type = type, .count = 1, .bytes = ElementSize(type), .is_single = is_single});
  }
}

// Adds arrays of whole elements of `type` with the sizes in `sizes`.
void AddArrays(ElementType type, std::span<const uint64_t> sizes, uint64_t least,
               std::vector<Shape>* shapes) {
  const uint64_t element = ElementSize(type);
  for (const uint64_t size : sizes) {
    const bool is_tried = type == ElementType::kU8 || size <= kMaxArrayBytes;
    if (!is_tried || size % element != 0 || size / element < least) continue;
    shapes->push_back({.type = type, .count = size / element, .bytes = size});
  }
}

// Adds a string that fills its buffer, one that is shorter, and one without a terminator in the
// buffer.
void AddStringsWithRoom(std::span<const uint64_t> sizes, std::vector<Shape>* shapes) {
  for (const uint64_t size : sizes) {
    if (size > kMaxCopiedBytes - kSpareRoom) continue;
    const Shape shape = {.count = size, .bytes = size, .room = size, .is_open = true};
    shapes->push_back(shape);
    if (size == 0) continue;
    for (const uint64_t room : {size, size + kSpareRoom}) {
      shapes->push_back(shape);
      shapes->back().room = room;
      shapes->back().is_open = false;
    }
  }
}

// Adds user structs that are smaller or larger than the kernel's.
void AddStructs(Verb verb, std::span<const uint64_t> sizes, std::vector<Shape>* shapes) {
  for (const ElementType type : {ElementType::kU64x3, ElementType::kB4096}) {
    if (!TakesType(verb, type)) continue;
    for (const uint64_t size : sizes) {
      const bool is_near = size + 8 >= FirstSize(type) && size <= 2 * ElementSize(type);
      if (is_near) shapes->push_back({.type = type, .count = 1, .bytes = size});
    }
  }
}

// Adds shapes whose tested memory is the table or the array itself, then shapes whose tested memory
// is what the table or array names (`is_behind`).
void AddTables(Extent extent, std::span<const uint64_t> sizes, std::vector<Shape>* shapes) {
  const uint64_t entry = extent == Extent::kTable ? kSegmentBytes : kPointerBytes;
  const uint64_t least = extent == Extent::kTable ? 0 : 1;  // a string has a terminator
  for (const uint64_t size : sizes) {
    if (size % entry != 0 || size / entry < least || size > kMaxArrayBytes) continue;
    shapes->push_back({.count = size / entry, .bytes = size});
  }
  for (const uint64_t size : sizes) {
    if (size < least || size > kMaxCopiedBytes) continue;
    shapes->push_back({.count = 1, .bytes = size, .is_behind = true});
  }
}

std::string Letters(uint64_t count) {
  std::string letters(count, ' ');
  for (uint64_t i = 0; i < count; ++i) letters[i] = static_cast<char>('a' + i % kCopiedOutPeriod);
  return letters;
}

// The bytes of `count` io vectors for 8 bytes each, at kOtherPage.
std::string TableBytes(uint64_t count) {
  std::string bytes;
  for (uint64_t i = 0; i < count; ++i) {
    AppendPointer(kOtherPage + kOtherStep * i, &bytes);
    AppendPointer(8, &bytes);
  }
  return bytes;
}

// The bytes of `count` pointers, including the null pointer at the end, to strings at kOtherPage.
std::string PointerBytes(uint64_t count) {
  std::string bytes;
  for (uint64_t i = 0; i + 1 < count; ++i) AppendPointer(kOtherPage + kOtherStep * i, &bytes);
  AppendPointer(0, &bytes);
  return bytes;
}

// The operations that set up kOtherPage: none, unless the verb uses io vectors or pointers.
std::vector<Op> Elsewhere(Verb verb, const Shape& shape, uint64_t address) {
  const Extent extent = InfoOf(verb).extent;
  if (!IsBehindExtent(extent)) return {};
  std::vector<Op> ops = {MapOp(kOtherPage, kPageBytes, kPermRead | kPermWrite, AreaKind::kEager)};
  std::string bytes;
  if (!shape.is_behind) {
    for (uint64_t i = 0; i < shape.count; ++i) bytes += Letters(8) + std::string(8, '\0');
  } else if (extent == Extent::kPointers) {
    AppendPointer(address, &bytes);
    AppendPointer(0, &bytes);
  } else {
    const uint64_t first = shape.bytes / 2;
    AppendPointer(address, &bytes);
    AppendPointer(first, &bytes);
    AppendPointer(address + first, &bytes);
    AppendPointer(shape.bytes - first, &bytes);
  }
  if (!bytes.empty()) ops.push_back(FillOp(kOtherPage, std::move(bytes)));
  return ops;
}

// The length argument of a call whose verb has one.
uint64_t LengthOf(Extent extent, const Shape& shape) {
  switch (extent) {
    case Extent::kArray:
    case Extent::kElements:
      return shape.is_single ? 0 : shape.count;
    case Extent::kToTerminatorOrRoom:
      return shape.room;
    case Extent::kTable:
      return shape.is_behind ? shape.bytes : 8 * shape.count;
    case Extent::kPointers:
      return shape.is_behind ? shape.bytes : kOtherStep * shape.count;
    default:
      return shape.bytes;
  }
}

}  // namespace

Op MapOp(uint64_t address, uint64_t bytes, Perms perms, AreaKind kind, uint64_t file_bytes) {
  Op op;
  op.verb = Verb::kMap;
  op.address = address;
  op.length = bytes;
  op.perms = perms;
  op.kind = kind;
  op.file_bytes = file_bytes;
  return op;
}

Op FillOp(uint64_t address, std::string bytes) {
  Op op;
  op.verb = Verb::kFill;
  op.address = address;
  op.length = bytes.size();
  op.pattern = std::move(bytes);
  return op;
}

Op FillOp(uint64_t address, uint64_t count, char byte) {
  Op op = FillOp(address, std::string(1, byte));
  op.length = count;
  return op;
}

std::vector<Shape> ShapesOf(Verb verb, std::span<const uint64_t> sizes) {
  std::vector<Shape> shapes;
  const VerbInfo& info = InfoOf(verb);
  switch (info.extent) {
    case Extent::kNothing:
    case Extent::kByte:
      break;
    case Extent::kElement:
    case Extent::kElementAnywhere:
      AddSingles(verb, /*is_single=*/false, &shapes);
      break;
    case Extent::kArray:
    case Extent::kElements:
      if (info.arguments.Has(Argument::kElementsOrOne)) {
        AddSingles(verb, /*is_single=*/true, &shapes);
      }
      for (const ElementType type : {ElementType::kU8, ElementType::kU64, ElementType::kU64x3}) {
        AddArrays(type, sizes, 0, &shapes);
      }
      break;
    case Extent::kToTerminator:
      AddArrays(ElementType::kU8, sizes, 1, &shapes);
      if (!HasType(verb)) break;
      for (const ElementType type : {ElementType::kU64, ElementType::kB3, ElementType::kU64x3}) {
        AddArrays(type, sizes, 1, &shapes);
      }
      break;
    case Extent::kToTerminatorOrRoom:
      AddStringsWithRoom(sizes, &shapes);
      break;
    case Extent::kTextAndTerminator:
      AddArrays(ElementType::kU8, sizes, 1, &shapes);
      break;
    case Extent::kBytes:
      AddArrays(ElementType::kU8, sizes, 0, &shapes);
      break;
    case Extent::kStruct:
      AddStructs(verb, sizes, &shapes);
      break;
    case Extent::kTable:
    case Extent::kPointers:
      AddTables(info.extent, sizes, &shapes);
      break;
  }
  return shapes;
}

std::string ContentsOf(Verb verb, const Shape& shape) {
  const Extent extent = InfoOf(verb).extent;
  if (!shape.is_behind && extent == Extent::kTable) return TableBytes(shape.count);
  if (!shape.is_behind && extent == Extent::kPointers) return PointerBytes(shape.count);
  std::string contents = Letters(shape.bytes);
  const bool is_read = !ChangesBytes(verb);
  if (is_read && EndsInTerminator(verb) && !shape.is_open) {
    const uint64_t unit = ElementSize(shape.type);
    contents.replace(shape.bytes - unit, unit, unit, '\0');
  }
  return contents;
}

std::vector<Op> CallOf(Verb verb, const Shape& shape, uint64_t address) {
  const VerbInfo& info = InfoOf(verb);
  std::vector<Op> ops = Elsewhere(verb, shape, address);
  Op& op = ops.emplace_back();
  op.verb = verb;
  op.type = shape.type;
  op.is_single = shape.is_single;
  op.address = shape.is_behind ? kOtherPage : address;
  for (const Argument argument : info.arguments) {
    switch (argument) {
      case Argument::kOperand:
        op.length = kOperandValue;
        break;
      case Argument::kLimit:
        op.length = kNoFaultCalls;
        break;
      case Argument::kText:
        op.pattern = Letters(shape.bytes - 1);
        break;
      case Argument::kSegments:
        op.segments = shape.is_behind ? 2 : shape.count;
        break;
      case Argument::kStrings:
        op.max_strings = shape.count;
        break;
      case Argument::kType:
      case Argument::kWord:
      case Argument::kAddress:
        break;
      default:
        op.length = LengthOf(info.extent, shape);
        break;
    }
  }
  return ops;
}

uint64_t LimitOf(Argument argument, const Op& op) {
  switch (argument) {
    case Argument::kStrings:
      return op.max_strings;
    case Argument::kRoom:
    case Argument::kBound:
      return op.length;
    default:
      return 0;
  }
}

bool SetQuantity(Argument argument, uint64_t value, Op* op) {
  switch (argument) {
    case Argument::kSegments:
      op->segments = value;
      return true;
    case Argument::kStrings:
      op->max_strings = value;
      return true;
    case Argument::kBytes:
    case Argument::kRoom:
    case Argument::kUserSize:
    case Argument::kBound:
    case Argument::kElements:
    case Argument::kElementsOrOne:
      if (!TakesLength(op->verb, op->type, value)) return false;
      op->length = value;
      op->is_single = false;
      return true;
    default:
      return false;
  }
}

}  // namespace sim
