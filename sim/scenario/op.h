// One line of a scenario, as a value. Plain integers only, because the oracle's model reads Op and
// depends neither on the machine nor on the library.
#ifndef SIM_SCENARIO_OP_H_
#define SIM_SCENARIO_OP_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "sim/scenario/perms.h"
#include "sim/scenario/verb.h"
#include "sim/scenario/violation_names.h"

namespace sim {

// The size of the kernel's largest buffer, in bytes.
inline constexpr uint64_t kMaxCopiedBytes = 65536;

// The address spaces of the machine, each of a process. A CPU runs in one of them.
inline constexpr uint64_t kSpaces = 2;

// The largest Op::length that the verb takes. The bound of a verb that uses the kernel's buffer is
// the size of the buffer; a struct has a buffer of the size of its type instead. An array has a
// rule of its own (TakesLength).
constexpr uint64_t MaxLength(Verb verb) {
  const VerbInfo& info = InfoOf(verb);
  if (verb == Verb::kSpace) return kSpaces - 1;
  const bool is_of_buffer = MovesBytes(verb) && info.extent != Extent::kStruct &&
                            info.extent != Extent::kArray && !info.arguments.Has(Argument::kBound);
  return is_of_buffer || IsUnderNoFault(verb) ? kMaxCopiedBytes : UINT64_MAX;
}

// An access that stores flips kFlippedInFirst in the first byte and then kFlippedInLast in the last
// byte, and changes no other byte. If the first and the last byte are the same byte, both sets of
// bits are flipped in it. Therefore a store that is lost, repeated or misplaced is visible in the
// bytes. ASCII stays ASCII, and only a control character that texts rarely contain becomes a
// terminator.
inline constexpr uint8_t kFlippedInFirst = 0x15;
inline constexpr uint8_t kFlippedInLast = 0x1a;

// The element type of an access. Sizes and alignments: ElementSize, ElementAlign.
enum class ElementType : uint8_t {
  kU8,
  kU16,
  kU32,
  kU64,
  kU32x3,  // 12 bytes, align 4
  kU64x3,  // 24 bytes, align 8
  kB3,     // 3 bytes, align 1
  kB4096,  // 4096 bytes, align 1
  kQ4096,  // 4096 bytes, align 8
  kQ8192,  // 8192 bytes, align 8
  kPage,   // 4096 bytes, align 4096
};
inline constexpr int kElementTypeCount = 11;

// At namespace scope, because AddressSanitizer copies a function-local table to the stack at each
// call.
inline constexpr uint64_t kElementSizes[] = {1, 2, 4, 8, 12, 24, 3, 4096, 4096, 8192, 4096};
inline constexpr uint64_t kElementAligns[] = {1, 2, 4, 8, 4, 8, 1, 1, 8, 8, 4096};

constexpr uint64_t ElementSize(ElementType type) { return kElementSizes[static_cast<int>(type)]; }
constexpr uint64_t ElementAlign(ElementType type) { return kElementAligns[static_cast<int>(type)]; }

// The size of a struct iovec in bytes, and the most entries of a table of them (Linux: UIO_MAXIOV).
inline constexpr uint64_t kSegmentBytes = 16;
inline constexpr uint64_t kMaxSegments = 1024;

// The size of the largest struct that grows from version to version, in bytes: a page.
inline constexpr uint64_t kMaxStructBytes = 4096;

// For each ElementType that stands for a struct that grows from version to version: the size of the
// struct's first version, in bytes. 0: the type is larger than kMaxStructBytes.
inline constexpr uint64_t kFirstSizes[] = {1, 1, 4, 2, 8, 8, 2, 64, 16, 0, 4096};
constexpr uint64_t FirstSize(ElementType type) { return kFirstSizes[static_cast<int>(type)]; }

// Whether `verb`, which takes a type, takes `type`. The text parser and the binary decoder never
// produce an Op for which the result is false.
constexpr bool TakesType(Verb verb, ElementType type) {
  return InfoOf(verb).extent != Extent::kStruct || FirstSize(type) != 0;
}

// The size of the largest object, in bytes: PTRDIFF_MAX.
inline constexpr uint64_t kMaxObjectBytes = INT64_MAX;

// Whether `verb`, whose type is `type`, takes `length`. The text parser and the binary decoder
// never produce an Op for which the result is false. An array fits into the kernel's buffer, or is
// larger than any object: every library refuses the latter, so it needs no buffer.
constexpr bool TakesLength(Verb verb, ElementType type, uint64_t length) {
  if (InfoOf(verb).extent != Extent::kArray) return length <= MaxLength(verb);
  const uint64_t size = ElementSize(type);
  return length <= kMaxCopiedBytes / size || length > kMaxObjectBytes / size;
}

// `length`, or the largest smaller length that the verb takes.
constexpr uint64_t NearestLength(Verb verb, ElementType type, uint64_t length) {
  if (TakesLength(verb, type, length)) return length;
  const bool is_array = InfoOf(verb).extent == Extent::kArray;
  return is_array ? kMaxCopiedBytes / ElementSize(type) : MaxLength(verb);
}

enum class AreaKind : uint8_t {
  kEager,   // populated when it is mapped
  kLazy,    // populated on demand
  kKernel,  // USER clear; only fill populates its pages; the hardware refuses every access
  kCow,     // populated and shared with another process: copied at the first write
  kShared,  // shared memory: an anonymous file that is as long as the area
  kFile,  // a file's pages, populated on demand; a touch after the file's last page is a bus error
};
inline constexpr int kAreaKindCount = 6;

// The most pages that `alias` maps in a scenario, whatever is unmapped meanwhile.
inline constexpr uint64_t kMaxAliasPages = 1024;

// Whether areas of the kind map a file, whose length `truncate` changes.
constexpr bool HasFile(AreaKind kind) {
  return kind == AreaKind::kShared || kind == AreaKind::kFile;
}

// When an armed operation happens, within the next access.
enum class RacePoint : uint8_t {
  kCheck,  // just after a permission check; on a machine with a lock, when the lock is released
  kFault,  // in the fault handler, before the handler queries the address space
  kUse,    // after the access returned ok, before its result is used; of const.access and
           // mut.access, inside the function of the caller, before it uses the memory
  kLoad,   // before a load of user memory by the library
};
inline constexpr int kRacePointCount = 4;

// The step that `inject` makes fail.
enum class InjectPoint : uint8_t {
  kFrame,       // taking a page frame: ENOMEM, as if no frame were free
  kPopulation,  // populating pages, by the library or by the fault handler: ENOMEM
  kLock,  // taking the lock of the address space, by the library or by the fault handler: EINTR
};
inline constexpr int kInjectPointCount = 3;

struct Race {
  RacePoint point = RacePoint::kCheck;
  uint32_t nth = 1;  // from 1
  friend bool operator==(const Race&, const Race&) = default;
};

// The outcome that a line requires (`=> ...`).
struct StatedExpectation {
  enum class Kind : uint8_t {
    kNone,
    kOk,
    kError,
    kViolation,
    kNever,  // the operation of a race does not happen. The only expectation allowed for a race
  };
  Kind kind = Kind::kNone;
  std::optional<uint64_t> length;       // of kOk; of kError: the bytes done before it
  std::optional<uint64_t> fingerprint;  // of kOk: FNV-1a, 64 bits
  int error = 0;                        // of kError: an errno number
  ViolationKind violation = {};         // of kViolation
  friend bool operator==(const StatedExpectation&, const StatedExpectation&) = default;
};

struct Op {
  Verb verb = Verb::kFrames;
  uint8_t cpu = 0;
  ElementType type = ElementType::kU8;  // of the typed accesses; else kU8
  AreaKind kind = AreaKind::kEager;     // of map; else kEager
  Perms perms = 0;                      // of map, protect and alias; else 0
  uint64_t file_bytes = 0;              // of map with kind kFile: the file's length; else 0
  uint64_t address = 0;                 // bytes; 0 for frames
  uint64_t from = 0;                    // of alias: an address of the mapped file; else 0
  // A size or a bound in bytes. truncate: the file's new length. grow:
  // the most bytes of the area. slices: the number of elements.
  // frames: the number of frames, or 0 if `is_max`. const.access, mut.access: the number of
  // elements, or 0 if `is_single`. atomic.*: the operand. no_fault.*: the most calls. inject: n of
  // the n-th time that fails. space: the number of the address space. Else 0.
  uint64_t length = 0;
  uint64_t max_strings = 0;                        // of user_strings; else 0
  InjectPoint inject_point = InjectPoint::kFrame;  // of inject; else kFrame
  uint64_t segments = 0;  // of readv and writev: the number of io vectors in the table; else 0
  // For const.access and mut.access: whether the operation is `access` of one value, which takes no
  // length. Else false.
  bool is_single = false;
  // For frames: whether the operation is `frames max`, which takes no number. Else false.
  bool is_max = false;
  // fill: the bytes to write, repeated until `length` bytes are written (a string fill: length is
  // the size of the string; `fill ADDR LEN BYTE`: pattern is one byte). write_str: the text.
  // pointers: 8 bytes for each pointer, little-endian. Else empty.
  std::string pattern;
  // Set: the line is `race POINT N ...` and arms this operation for the next access. Not set: the
  // operation happens immediately.
  std::optional<Race> race;
  StatedExpectation expect;
  int line = 0;  // the line in the parsed text, from 1; 0: no text. Not part of equality.

  friend bool operator==(const Op& a, const Op& b) {
    return a.verb == b.verb && a.cpu == b.cpu && a.type == b.type && a.kind == b.kind &&
           a.perms == b.perms && a.file_bytes == b.file_bytes && a.address == b.address &&
           a.from == b.from && a.length == b.length && a.max_strings == b.max_strings &&
           a.is_single == b.is_single && a.is_max == b.is_max && a.segments == b.segments &&
           a.inject_point == b.inject_point && a.pattern == b.pattern && a.race == b.race &&
           a.expect == b.expect;
  }
};

// Whether the armed operation `op` also happens if its CPU is the CPU that makes the access: the
// caller of the library may make another call before the caller uses the result. A call that lends
// memory is excluded, because the caller would use the lent memory outside of any access while
// another access is under way.
constexpr bool MayBeTheCallers(const Op& op) {
  return op.race && op.race->point == RacePoint::kUse && IsLibraryAccess(op.verb) &&
         InfoOf(op.verb).transfer != Transfer::kLend;
}

inline constexpr uint64_t kPointerBytes = 8;

// AppendPointer appends a pointer as 8 bytes, little-endian. PointerAt returns the pointer whose
// bytes begin at byte `index` of `pattern`.
// Precondition of PointerAt: `pattern` has 8 bytes from `index` on.
constexpr void AppendPointer(uint64_t pointer, std::string* pattern) {
  for (uint64_t i = 0; i < kPointerBytes; ++i) {
    pattern->push_back(static_cast<char>(pointer >> (8 * i)));
  }
}
constexpr uint64_t PointerAt(const std::string& pattern, uint64_t index) {
  uint64_t pointer = 0;
  for (uint64_t i = kPointerBytes; i-- > 0;) {
    pointer = pointer << 8 | static_cast<uint8_t>(pattern[index + i]);
  }
  return pointer;
}

// The byte at `index` of the buffer that copy_out copies, and of the value that write_value writes:
// a letter. Adjacent bytes differ, and so do operations of different lengths at the same address.
inline constexpr uint64_t kCopiedOutPeriod = 23;  // the letters repeat with this period
constexpr uint8_t ByteCopiedOut(const Op& op, uint64_t index) {
  return static_cast<uint8_t>('a' + (op.address + 3 * op.length + index) % kCopiedOutPeriod);
}

// Fills `room` with the bytes that copy_out copies, from index 0 on.
inline void FillCopiedOut(const Op& op, std::span<char> room) {
  size_t filled = std::min<size_t>(room.size(), kCopiedOutPeriod);
  for (size_t i = 0; i < filled; ++i) room[i] = static_cast<char>(ByteCopiedOut(op, i));
  while (filled < room.size()) {
    const size_t piece = std::min(filled, room.size() - filled);
    std::copy_n(room.data(), piece, room.data() + filled);
    filled += piece;
  }
}

// The bytes of the struct that write_versioned writes for which the user's struct has no room. The
// address selects: all are letters, all are zero, or all but one. That one is any of the first or
// of the last kDroppedPlaces bytes.
struct DroppedBytes {
  bool are_letters = false;
  uint64_t letter = UINT64_MAX;  // the index in the struct of the only letter
};
inline constexpr uint64_t kDroppedPlaces = 64;
// Precondition: op.length < ElementSize(op.type).
constexpr DroppedBytes DroppedBytesOf(const Op& op) {
  const uint64_t size = ElementSize(op.type);
  const uint64_t unit = ElementAlign(op.type) < 8 ? 8 : ElementAlign(op.type);
  const uint64_t selected = op.address / unit;
  const uint64_t place = selected / 4 % kDroppedPlaces % (size - op.length);
  switch (selected % 4) {
    case 0:
      return {.are_letters = true};
    case 1:
      return {};
    case 2:
      return {.letter = op.length + place};
    default:
      return {.letter = size - 1 - place};
  }
}

// Byte `index` of the struct that write_versioned writes: a letter, or one of DroppedBytesOf.
constexpr uint8_t ByteOfStruct(const Op& op, uint64_t index) {
  if (index < op.length) return ByteCopiedOut(op, index);
  const DroppedBytes dropped = DroppedBytesOf(op);
  return dropped.are_letters || index == dropped.letter ? ByteCopiedOut(op, index) : 0;
}

}  // namespace sim

#endif  // SIM_SCENARIO_OP_H_
