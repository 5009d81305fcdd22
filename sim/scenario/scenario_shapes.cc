#include "sim/scenario/scenario_shapes.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>

namespace sim {
namespace {

constexpr uint64_t kPageMask = kPageBytes - 1;

constexpr ElementType kTypes[16] = {
    ElementType::kU8,    ElementType::kU16,   ElementType::kU32,   ElementType::kU64,
    ElementType::kU32x3, ElementType::kU64x3, ElementType::kB3,    ElementType::kB4096,
    ElementType::kQ4096, ElementType::kQ8192, ElementType::kPage,  ElementType::kU8,
    ElementType::kU64,   ElementType::kU32x3, ElementType::kU64x3, ElementType::kB3,
};

constexpr Perms kReadWrite = kPermRead | kPermWrite;
constexpr Perms kPermsTable[16] = {
    0,          1,          2,          3,
    4,          5,          6,          7,  // the byte's own value
    kReadWrite, kReadWrite, kReadWrite, kReadWrite,
    kReadWrite, kPermRead,  kPermRead,  kReadWrite | kPermExecute,
};

constexpr int kSmallCounts[8] = {0, -1, 1, -2, 2, -3, 3, 4};
constexpr int kFirstLargeCountByte = 128;
constexpr int kLargeCountOf128 = -64;
constexpr int kLargeCountsPerPage = 32;

constexpr uint64_t kFarEdges[16] = {
    0,
    kPageBytes,
    kWindowStart,
    kWindowEnd,
    kWindowEnd - kPageBytes,
    0x7ffffffff000,      // the end of user addresses on x86-64
    0x800000000000,      // the first non-canonical address
    0xffff800000000000,  // the first address of the kernel half
    0xffffffffff600000,  // vsyscall
    0x8000000000000000,
    0x100000000,
    0xfffffffffffff000,  // the last page
    0xffffffffffffffff,
    0xffffffffffffe000,
    0x7ffffffffffff000,
    kWindowStart - kPageBytes,
};

uint64_t PageEnd(uint64_t address) { return (address & ~kPageMask) + kPageBytes; }

// max(`base` + `count`, 0), so that a negative count does not wrap to a huge length.
uint64_t AddDown(uint64_t base, int count) {
  return count < 0 && base < static_cast<uint64_t>(-count) ? 0 : base + count;
}

// A set-up length in bytes. `count_byte` is used as a number of pages here.
uint64_t PageLength(const Op& op, uint8_t form, uint8_t which, uint8_t count_byte,
                    const History& history) {
  const History::Range area = history.Area(which);
  const uint64_t area_bytes = area.end - area.start;
  const uint64_t few_pages = (1 + (count_byte & 3)) * kPageBytes;
  switch (form) {
    case 2:
      return (1 + (count_byte & 63)) * kPageBytes;
    case 3:
      return area_bytes;
    case 4:
      return op.address < area.end ? area.end - op.address : few_pages;
    case 5:
      return op.address < area.start ? area.start - op.address : few_pages;
    case 6:
      return std::max((area_bytes / 2) & ~kPageMask, kPageBytes);
    case 7:
      return which < 4 ? 0 : few_pages;
    case 8:
      return which < 8 ? which * kPageBytes + count_byte : few_pages;
    case 9:
      return kWindowEnd - op.address;
    case 10:
      return which < 4 ? -op.address : few_pages;
    case 11:
      return uint64_t{1} << (which < 4 ? count_byte & 63 : 12 + (count_byte & 3));
    case 12:
      return (1 + (count_byte & 7)) * kPageBytes;
    default:
      return few_pages;
  }
}

}  // namespace

ElementType TypeFromByte(uint8_t byte) { return kTypes[byte & 15]; }
Perms PermsFromByte(uint8_t byte) { return kPermsTable[byte & 15]; }

uint64_t FileBytesFromShape(FileLength shape, uint64_t length) {
  switch (shape) {
    case FileLength::kPageShort:
      return length < kPageBytes ? 0 : length - kPageBytes;
    case FileLength::kHalf:
      return length / 2;
    case FileLength::kByteShort:
      return length == 0 ? 0 : length - 1;
    case FileLength::kPageAndAByte:
      return kPageBytes + 1;
    default:
      return 0;
  }
}

int CountFromByte(uint8_t byte) {
  if (byte < kFirstLargeCountByte) return kSmallCounts[byte & 7];
  return byte - kFirstLargeCountByte + kLargeCountOf128;
}

std::optional<uint8_t> CountByte(int64_t count) {
  for (uint8_t i = 0; i < std::size(kSmallCounts); ++i) {
    if (kSmallCounts[i] == count) return i;
  }
  constexpr int kLargeCounts = 256 - kFirstLargeCountByte;
  if (count < kLargeCountOf128 || count >= kLargeCountOf128 + kLargeCounts) return std::nullopt;
  return static_cast<uint8_t>(count - kLargeCountOf128 + kFirstLargeCountByte);
}

void History::Add(const Op& op, uint64_t bytes) {
  if (op.address - kWindowStart >= kWindowBytes) return;
  const Range range{op.address, op.address + bytes};
  addresses_[address_count_++] = range;
  if (PagesMapped(op) != 0) areas_[area_count_++] = range;
}

namespace {

uint64_t NamedAddress(const AddressShape& shape, const History& history) {
  const uint64_t select_pages = (shape.select + 1) * kPageBytes;
  switch (shape.base) {
    case 2:
    case 3:
      return history.Earlier(shape.which).start;
    case 4:
      return history.Earlier(shape.which).end;
    case 5:
    case 6:
      return history.Area(shape.which).start;
    case 7:
    case 8:
      return history.Area(shape.which).end;
    case 9:
      return history.Area(shape.which).start + select_pages;
    case 10:
      return history.Area(shape.which).end - select_pages;
    case 11:
      return kFarEdges[shape.which & 15];
    case 12:
      return kWindowStart + (shape.which & 31) * kPageBytes;
    case 13:
      return history.Earlier(shape.which).start & ~kPageMask;
    case 14:
      return (history.Earlier(shape.which).start & ~kPageMask) + select_pages;
    default:
      return kWindowStart + (shape.which & 7) * kPageBytes;
  }
}

// The size of one unit, in bytes; 0: whole pages, with a smaller range of counts. Units that break
// the alignment are rare, because a misaligned address is refused at the first check.
uint64_t UnitBytes(const AddressShape& shape, ShapedOp shaped) {
  const Op& op = shaped.op;
  const bool is_bytes = shape.unit == 2 && shape.select == 3;
  if (shaped.IsPageRange()) return is_bytes ? 1 : 0;
  if (is_bytes) return 1;
  switch (shape.unit) {
    case 0:
      return ElementSize(op.type);
    case 3:
      return std::max(uint64_t{8}, ElementAlign(op.type));
    default:
      return ElementAlign(op.type);
  }
}

// The sides of its base on which an address may lie. Addresses inside a range are the most
// interesting, at its start and at its end. Therefore only one of the four values of `select` means
// both sides.
enum class Side { kBoth, kAfter, kBefore };
Side SideOf(const AddressShape& shape) {
  static constexpr Side kSides[kAddressBaseCount] = {
      Side::kAfter, Side::kAfter,  Side::kBoth,   Side::kBoth, Side::kBoth, Side::kAfter,
      Side::kAfter, Side::kBefore, Side::kBefore, Side::kBoth, Side::kBoth, Side::kBoth,
      Side::kAfter, Side::kBoth,   Side::kBoth,   Side::kBoth};
  return shape.select == 0 ? Side::kBoth : kSides[shape.base];
}

}  // namespace

uint64_t AddressBase(const AddressShape& shape, ShapedOp shaped, const History& history) {
  const uint64_t address = NamedAddress(shape, history);
  return shaped.IsPageRange() ? address & ~kPageMask : address;
}

int64_t AddressOffset(const AddressShape& shape, ShapedOp shaped, uint8_t count_byte) {
  const int64_t unit = static_cast<int64_t>(UnitBytes(shape, shaped));
  int count = CountFromByte(count_byte);
  if (unit == 0 && count_byte >= kFirstLargeCountByte) count /= kLargeCountsPerPage;
  switch (SideOf(shape)) {
    case Side::kAfter:
      count = std::abs(count);
      break;
    case Side::kBefore:
      count = std::min(-std::abs(count), -1);
      break;
    case Side::kBoth:
      break;
  }
  return count * (unit == 0 ? static_cast<int64_t>(kPageBytes) : unit);
}

std::optional<uint8_t> AddressOffsetByte(const AddressShape& shape, ShapedOp shaped,
                                         int64_t offset) {
  const uint64_t unit_or_zero = UnitBytes(shape, shaped);
  const int64_t unit = static_cast<int64_t>(unit_or_zero == 0 ? kPageBytes : unit_or_zero);
  const std::optional<uint8_t> byte = CountByte(offset / unit);
  if (!byte || AddressOffset(shape, shaped, *byte) != offset) return std::nullopt;
  return byte;
}

uint64_t LengthFromShape(ShapedOp shaped, uint8_t form, uint8_t which, uint8_t count_byte,
                         const History& history) {
  const Op& op = shaped.op;
  if (shaped.IsPageRange()) {
    const uint64_t bytes = PageLength(op, form, which, count_byte, history);
    const bool is_map = shaped.fields.kind;
    const bool may_be_large = !is_map || op.kind == AreaKind::kLazy;
    if (form == 9 && may_be_large) return bytes;
    const bool is_large = bytes > kMaxShapedPages * kPageBytes && bytes <= kWindowBytes;
    return is_map && is_large ? kMaxShapedPages * kPageBytes : bytes;
  }
  const bool is_user_size = shaped.fields.length == LengthField::kUserSize;
  const uint64_t size = is_user_size ? 1 : ElementSize(op.type);
  const uint64_t address = op.address;
  const int count = CountFromByte(count_byte);
  if (is_user_size && form == 8) return AddDown(ElementSize(op.type), count);
  if (is_user_size && form == 9) return AddDown(FirstSize(op.type), count);
  switch (form) {
    case 1:
      return 0;
    case 3:
      return AddDown((PageEnd(address) + (which & 3) * kPageBytes - address) / size, count);
    case 4:
    case 13:
      return AddDown((history.Area(which).end - address) / size, count);
    case 5:
      return AddDown((1 + (which & 7)) * kPageBytes / size, count);
    case 6:
      return (uint64_t{1} << (count_byte & (which < 8 ? 15 : 63))) + which % 3 - 1;
    case 7:
      return UINT64_MAX / size + count;
    case 8:
      return (UINT64_MAX >> 1) / size + count;
    case 9:
      return -address / size + count;
    case 10:
      return (kWindowEnd - address) / size + count;
    case 11: {
      const History::Range earlier = history.Earlier(which);
      return AddDown((earlier.end - earlier.start) / size, count);
    }
    case 2:
    case 12:
      return AddDown((PageEnd(address) - address) / size, count);
    case kNoLengthForm:
      return shaped.fields.length == LengthField::kElementsOrOne ? kLengthOfSingle : 1;
    default:
      return which < 8 ? count_byte & 15 : count_byte;
  }
}

uint64_t FromFromShape(uint8_t shape, const History& history) {
  return history.Area(shape & 3).start + (shape >> 2) * kPageBytes;
}

uint64_t SegmentsFromByte(uint8_t byte) {
  constexpr uint8_t kFirstOfMany = 240;
  static constexpr uint64_t kMany[kLiteralSegments - kFirstOfMany] = {
      16, 17, 31, 32, 33, 63, 64, 65, 255, 256, 1023, 1024, 1025, 1ull << 32, UINT64_MAX};
  return byte < kFirstOfMany ? byte & 15 : kMany[byte - kFirstOfMany];
}

std::optional<uint64_t> FramesFromShape(uint8_t form, uint8_t count_byte) {
  if (form == kMaxFramesForm) return std::nullopt;
  return form < 12 ? count_byte & 7 : count_byte;
}

std::optional<uint64_t> FramesFromHeader(uint8_t byte) {
  if (byte < 128) return std::nullopt;
  return byte < 192 ? byte & 7 : byte - 192;
}

uint64_t StringsFromByte(uint8_t byte) { return byte < 192 ? byte & 7 : byte - 192; }

uint64_t PagesMapped(const Op& op) {
  const bool is_whole_pages = (op.address & kPageMask) == 0 && (op.length & kPageMask) == 0;
  if (op.verb != Verb::kMap || !is_whole_pages || op.address < kWindowStart) return 0;
  if (op.length > kWindowBytes || op.address - kWindowStart > kWindowBytes - op.length) return 0;
  return op.length / kPageBytes;
}

PageTotals TotalPagesMapped(std::span<const Op> ops) {
  PageTotals totals;
  for (const Op& op : ops) {
    const uint64_t pages = PagesMapped(op);
    totals.all += pages;
    if (op.kind == AreaKind::kCow) totals.cow += pages;
  }
  return totals;
}

}  // namespace sim
