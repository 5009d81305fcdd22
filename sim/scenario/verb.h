// The verbs of scenarios, as a table: one row for each verb (docs/scenario.md explains them).
//
// The parser, the printer, version 3 of the binary form, the random generator, the mutator, the
// minimiser, the oracle and the help of axsim read this table. None of them has its own list of
// verbs. To add a verb, add an enumerator and its row here. The compiler then rejects the build
// until the call of the library and a row in the model's table (sim/oracle/model.cc) exist.
// verbs_test names everything else that is missing.
#ifndef SIM_SCENARIO_VERB_H_
#define SIM_SCENARIO_VERB_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "absl/strings/string_view.h"
#include "sim/scenario/perms.h"

namespace sim {

// The order of the enumerators has no meaning.
enum class Verb : uint8_t {
  kMap,
  kUnmap,
  kProtect,
  kEvict,
  kShare,
  kGrow,
  kAlias,
  kFill,
  kPointers,
  kTruncate,
  kFrames,
  kInject,
  kSleep,
  kSpace,
  kUserLoad,
  kUserStore,
  kKernelLoad,
  kKernelStore,
  kConstGet,
  kMutGet,
  kConstSlice,
  kMutSlice,
  kConstCstr,
  kMutCstr,
  kConstStr,
  kCopyStr,
  kStrLength,
  kCopyUntilNul,
  kWriteStr,
  kUserStrings,
  kConstAccess,
  kMutAccess,
  kCopyIn,
  kCopyOut,
  kZeroUser,
  kReadArray,
  kWriteArray,
  kZeroArray,
  kReadVersioned,
  kWriteVersioned,
  kReadv,
  kWritev,
  kReadValue,
  kReadUnaligned,
  kWriteValue,
  kWriteUnaligned,
  kAtomicLoad,
  kAtomicStore,
  kAtomicExchange,
  kAtomicCompareExchange,
  kAtomicFetchAdd,
  kAtomicFetchOr,
  kAtomicFetchAnd,
  kAtomicFetchXor,
  kNoFaultRead,
  kNoFaultWrite,
  kNoFaultExchange,
};
inline constexpr int kVerbCount = 57;

// Who performs the operation.
enum class VerbClass : uint8_t {
  kSetUp,    // the operating system changes the address space
  kUser,     // user code touches memory
  kKernel,   // kernel code touches user memory outside of any recoverable access
  kLibrary,  // kernel code calls the library
};

// One argument of an operation. Each comment gives the text form and the fields of Op that it sets.
enum class Argument : uint8_t {
  kType,           // TYPE: type
  kWord,           // WORD: type, which is u32 or u64
  kAddress,        // ADDR: address
  kPages,          // LEN: length, in bytes, usually a multiple of the page size
  kBytes,          // LEN: length, in bytes
  kRoom,           // MAX: length, in bytes: the size of the kernel's buffer
  kUserSize,       // USIZE: length, in bytes: the size of the user's struct of `type`
  kSegments,       // COUNT: segments: the number of io vectors in the table at ADDR
  kBound,          // MAX: length, in bytes: the most bytes that are read or written
  kText,           // "bytes": pattern
  kAddresses,      // ADDR...: pattern, 8 bytes for each address, and length
  kStrings,        // STRINGS: max_strings
  kFileBytes,      // BYTES: length, in bytes: the new length of a file
  kGrownBytes,     // BYTES: length, in bytes: the size up to which an area may grow
  kElements,       // LEN: length, in elements of `type`
  kElementsOrOne,  // [LEN]: length, in elements of `type`; is_single if LEN is left out
  kPattern,        // "bytes", or LEN BYTE, or iov BASE LEN ...: pattern and length
  kPerms,          // PERMS: perms
  kFrom,           // FROM: from
  kKind,           // KIND, or file:BYTES: kind and file_bytes
  kOperand,        // VALUE: length; only the low bytes, as many as the word has, are used
  kLimit,          // LIMIT: length, in calls
  kFrames,         // N, or max: length, in frames
  kInjectPoint,    // POINT: inject_point
  kSpaceNumber,    // N: length: the number of an address space, 0 or 1
  kNth,            // N: length: the n-th time that POINT is reached, from 1; 0: never
};

// How an operation moves bytes between user memory and the kernel.
enum class Transfer : uint8_t {
  kNone,      // a set-up verb: no access to user memory
  kTouch,     // the memory is touched; the kernel keeps no byte
  kLend,      // the library returns a pointer to the memory; the kernel uses the pointer afterwards
  kInside,    // the library calls a function of the kernel that uses the memory
  kToKernel,  // the library copies the bytes into a buffer of the kernel
  kToUser,    // the library copies a buffer of the kernel to the memory
  kZeros,     // the library writes zeros over the memory
  kAtomic,    // the library changes the memory by one atomic operation, and returns the old value
};

// Which bytes of user memory the operation names. named_bytes.h computes the addresses.
enum class Extent : uint8_t {
  kNothing,
  kByte,                // the byte at ADDR
  kBytes,               // LEN bytes
  kStruct,              // USIZE bytes; the library moves all of them or reports an error
  kTable,               // COUNT io vectors, and the memory that the io vectors name
  kPointers,            // pointers up to and including a null pointer, at most STRINGS + 1
  kElement,             // one element
  kElementAnywhere,     // one element, at any alignment
  kElements,            // LEN elements, or one
  kArray,               // LEN elements; the library counts the bytes that it moves
  kToTerminator,        // elements up to and including a zero element, without a bound
  kToTerminatorOrRoom,  // elements up to and including a zero element, at most MAX bytes
  kTextAndTerminator    // the bytes of a text and a terminator; none if the text is refused
};

class ArgumentList {
 public:
  template <typename... Arguments>
  constexpr ArgumentList(Arguments... arguments)  // NOLINT: a row reads as a list
      : arguments_{arguments...}, size_(sizeof...(arguments)) {
    for (const Argument argument : *this) bits_ |= Bit(argument);
  }

  constexpr const Argument* begin() const { return arguments_.data(); }
  constexpr const Argument* end() const { return begin() + size_; }
  constexpr bool Has(Argument argument) const { return (bits_ & Bit(argument)) != 0; }

 private:
  static constexpr uint32_t Bit(Argument argument) {
    return uint32_t{1} << static_cast<unsigned>(argument);
  }

  std::array<Argument, 4> arguments_;
  uint8_t size_;
  uint32_t bits_ = 0;
};

struct VerbInfo {
  Verb verb;
  absl::string_view name;
  VerbClass verb_class;
  ArgumentList arguments;  // in the order of the text
  Transfer transfer;
  Extent extent;
  Perms user_rights;  // rights to the memory that the user must have; 0 for a set-up verb
  // The first version of the binary form that has the verb.
  uint8_t since;
  // The verb's number in version 3 of the binary form. Never changes. A new verb takes the next
  // one.
  uint8_t number;
  // The relative frequency of the verb within its class, in random scenarios and among the opcodes
  // of version 3. Never changes, because the opcodes of version 3 depend on it. 0: rarely.
  uint8_t weight;
  absl::string_view help;  // one line
};

namespace verb_internal {

using enum VerbClass;
using enum Argument;

inline constexpr Perms kNo = 0;
inline constexpr Perms kR = kPermRead;
inline constexpr Perms kW = kPermWrite;
inline constexpr Perms kRW = kPermRead | kPermWrite;

// In the order of the documentation. A row's columns: verb, name, class, arguments; transfer,
// extent, rights; since, number, weight; help.
// clang-format off
inline constexpr VerbInfo kRows[] = {
    {Verb::kMap, "map", kSetUp, {kAddress, kPages, kPerms, kKind},
     Transfer::kNone, Extent::kBytes, kNo, 1, 0, 3, "a new area"},
    {Verb::kUnmap, "unmap", kSetUp, {kAddress, kPages},
     Transfer::kNone, Extent::kBytes, kNo, 1, 1, 1, "removes pages"},
    {Verb::kProtect, "protect", kSetUp, {kAddress, kPages, kPerms},
     Transfer::kNone, Extent::kBytes, kNo, 1, 2, 2, "changes the permissions of pages"},
    {Verb::kEvict, "evict", kSetUp, {kAddress, kPages},
     Transfer::kNone, Extent::kBytes, kNo, 3, 47, 2, "takes the frames of pages away, as reclaim does"},
    {Verb::kShare, "share", kSetUp, {kAddress, kPages},
     Transfer::kNone, Extent::kBytes, kNo, 3, 48, 2, "shares private pages until they are written, as fork does"},
    {Verb::kGrow, "grow", kSetUp, {kAddress, kGrownBytes},
     Transfer::kNone, Extent::kByte, kNo, 3, 51, 1, "lets an area grow down at page faults, as a stack does"},
    {Verb::kAlias, "alias", kSetUp, {kAddress, kPages, kPerms, kFrom},
     Transfer::kNone, Extent::kBytes, kNo, 3, 52, 1, "maps a part of a mapped file once more"},
    {Verb::kFill, "fill", kSetUp, {kAddress, kPattern},
     Transfer::kNone, Extent::kBytes, kNo, 1, 3, 4, "writes bytes, whatever the permissions"},
    {Verb::kPointers, "pointers", kSetUp, {kAddress, kAddresses},
     Transfer::kNone, Extent::kBytes, kNo, 3, 45, 2, "writes an array of pointers, as fill does"},
    {Verb::kTruncate, "truncate", kSetUp, {kAddress, kFileBytes},
     Transfer::kNone, Extent::kByte, kNo, 2, 18, 1, "changes the length of the file that is mapped there"},
    {Verb::kFrames, "frames", kSetUp, {kFrames},
     Transfer::kNone, Extent::kNothing, kNo, 1, 4, 1, "sets the number of free page frames"},
    {Verb::kInject, "inject", kSetUp, {kInjectPoint, kNth},
     Transfer::kNone, Extent::kNothing, kNo, 3, 49, 2, "lets a frame, a population or a lock fail once"},
    {Verb::kSleep, "sleep", kSetUp, {},
     Transfer::kNone, Extent::kNothing, kNo, 3, 50, 1, "as a race: another task runs, and the access goes on on this CPU"},
    {Verb::kSpace, "space", kSetUp, {kSpaceNumber},
     Transfer::kNone, Extent::kNothing, kNo, 3, 53, 1, "the CPU runs in this address space from now on"},
    {Verb::kUserLoad, "user.load", kUser, {kAddress, kBytes},
     Transfer::kTouch, Extent::kBytes, kR, 1, 5, 1, "user code loads from every page"},
    {Verb::kUserStore, "user.store", kUser, {kAddress, kBytes},
     Transfer::kTouch, Extent::kBytes, kW, 1, 6, 1, "user code stores to every page"},
    {Verb::kKernelLoad, "kernel.load", kKernel, {kAddress},
     Transfer::kTouch, Extent::kByte, kR, 1, 7, 0, "kernel code loads a byte outside of the library"},
    {Verb::kKernelStore, "kernel.store", kKernel, {kAddress},
     Transfer::kTouch, Extent::kByte, kW, 1, 8, 0, "kernel code stores a byte outside of the library"},
    {Verb::kConstGet, "const.get", kLibrary, {kType, kAddress},
     Transfer::kLend, Extent::kElement, kR, 1, 9, 2, "UserConstPtr::get"},
    {Verb::kMutGet, "mut.get", kLibrary, {kType, kAddress},
     Transfer::kLend, Extent::kElement, kRW, 1, 10, 2, "UserPtr::get"},
    {Verb::kConstSlice, "const.slice", kLibrary, {kType, kAddress, kElements},
     Transfer::kLend, Extent::kElements, kR, 1, 11, 2, "UserConstPtr::get_as_slice"},
    {Verb::kMutSlice, "mut.slice", kLibrary, {kType, kAddress, kElements},
     Transfer::kLend, Extent::kElements, kRW, 1, 12, 2, "UserPtr::get_as_slice"},
    {Verb::kConstCstr, "const.cstr", kLibrary, {kType, kAddress},
     Transfer::kLend, Extent::kToTerminator, kR, 1, 13, 2, "UserConstPtr::get_as_null_terminated"},
    {Verb::kMutCstr, "mut.cstr", kLibrary, {kType, kAddress},
     Transfer::kLend, Extent::kToTerminator, kRW, 1, 14, 2, "UserPtr::get_as_null_terminated"},
    {Verb::kConstStr, "const.str", kLibrary, {kAddress},
     Transfer::kLend, Extent::kToTerminator, kR, 1, 15, 3, "UserConstPtr::get_as_str"},
    {Verb::kCopyStr, "copy_str", kLibrary, {kAddress, kRoom},
     Transfer::kToKernel, Extent::kToTerminatorOrRoom, kR, 2, 19, 2, "UserConstPtr::copy_str"},
    {Verb::kCopyUntilNul, "copy_bytes_until_nul", kLibrary, {kAddress, kRoom},
     Transfer::kToKernel, Extent::kToTerminatorOrRoom, kR, 3, 43, 1, "UserConstPtr::copy_bytes_until_nul"},
    {Verb::kStrLength, "str_length", kLibrary, {kAddress, kBound},
     Transfer::kTouch, Extent::kToTerminatorOrRoom, kR, 3, 42, 1, "UserConstPtr::str_length"},
    {Verb::kCopyIn, "copy_in", kLibrary, {kAddress, kBytes},
     Transfer::kToKernel, Extent::kBytes, kR, 3, 20, 3, "UserConstPtr::read_into"},
    {Verb::kCopyOut, "copy_out", kLibrary, {kAddress, kBytes},
     Transfer::kToUser, Extent::kBytes, kW, 3, 21, 3, "UserOutPtr::write_from"},
    {Verb::kZeroUser, "zero_user", kLibrary, {kAddress, kBytes},
     Transfer::kZeros, Extent::kBytes, kW, 3, 22, 2, "UserOutPtr::zero"},
    {Verb::kReadArray, "read_array", kLibrary, {kType, kAddress, kElements},
     Transfer::kToKernel, Extent::kArray, kR, 3, 54, 2, "UserConstPtr::read_into of elements"},
    {Verb::kWriteArray, "write_array", kLibrary, {kType, kAddress, kElements},
     Transfer::kToUser, Extent::kArray, kW, 3, 55, 2, "UserOutPtr::write_from of elements"},
    {Verb::kZeroArray, "zero_array", kLibrary, {kType, kAddress, kElements},
     Transfer::kZeros, Extent::kArray, kW, 3, 56, 1, "UserOutPtr::zero of elements"},
    {Verb::kReadVersioned, "read_versioned", kLibrary, {kType, kAddress, kUserSize},
     Transfer::kToKernel, Extent::kStruct, kR, 3, 23, 2, "read_versioned"},
    {Verb::kWriteVersioned, "write_versioned", kLibrary, {kType, kAddress, kUserSize},
     Transfer::kToUser, Extent::kStruct, kW, 3, 24, 2, "write_versioned"},
    {Verb::kReadv, "readv", kLibrary, {kAddress, kSegments, kBytes},
     Transfer::kToUser, Extent::kTable, kRW, 3, 25, 2, "UserIoVec::write_from, as readv needs it"},
    {Verb::kWritev, "writev", kLibrary, {kAddress, kSegments, kBytes},
     Transfer::kToKernel, Extent::kTable, kR, 3, 26, 2, "UserIoVec::read_into, as writev needs it"},
    {Verb::kReadValue, "read_value", kLibrary, {kType, kAddress},
     Transfer::kToKernel, Extent::kElement, kR, 3, 27, 2, "UserConstPtr::read"},
    {Verb::kReadUnaligned, "read_unaligned", kLibrary, {kType, kAddress},
     Transfer::kToKernel, Extent::kElementAnywhere, kR, 3, 28, 1, "UserConstPtr::read_unaligned"},
    {Verb::kWriteValue, "write_value", kLibrary, {kType, kAddress},
     Transfer::kToUser, Extent::kElement, kW, 3, 29, 2, "UserOutPtr::write"},
    {Verb::kWriteUnaligned, "write_unaligned", kLibrary, {kType, kAddress},
     Transfer::kToUser, Extent::kElementAnywhere, kW, 3, 30, 1, "UserOutPtr::write_unaligned"},
    {Verb::kAtomicLoad, "atomic.load", kLibrary, {kWord, kAddress},
     Transfer::kAtomic, Extent::kElement, kR, 3, 31, 1, "UserAtomic::load"},
    {Verb::kAtomicStore, "atomic.store", kLibrary, {kWord, kAddress, kOperand},
     Transfer::kAtomic, Extent::kElement, kRW, 3, 32, 0, "UserAtomic::store"},
    {Verb::kAtomicExchange, "atomic.exchange", kLibrary, {kWord, kAddress, kOperand},
     Transfer::kAtomic, Extent::kElement, kRW, 3, 33, 0, "UserAtomic::exchange"},
    {Verb::kAtomicCompareExchange, "atomic.compare_exchange", kLibrary, {kWord, kAddress, kOperand},
     Transfer::kAtomic, Extent::kElement, kRW, 3, 34, 1, "UserAtomic::compare_exchange"},
    {Verb::kAtomicFetchAdd, "atomic.fetch_add", kLibrary, {kWord, kAddress, kOperand},
     Transfer::kAtomic, Extent::kElement, kRW, 3, 35, 1, "UserAtomic::fetch_add"},
    {Verb::kAtomicFetchOr, "atomic.fetch_or", kLibrary, {kWord, kAddress, kOperand},
     Transfer::kAtomic, Extent::kElement, kRW, 3, 36, 0, "UserAtomic::fetch_or"},
    {Verb::kAtomicFetchAnd, "atomic.fetch_and", kLibrary, {kWord, kAddress, kOperand},
     Transfer::kAtomic, Extent::kElement, kRW, 3, 37, 0, "UserAtomic::fetch_and"},
    {Verb::kAtomicFetchXor, "atomic.fetch_xor", kLibrary, {kWord, kAddress, kOperand},
     Transfer::kAtomic, Extent::kElement, kRW, 3, 38, 0, "UserAtomic::fetch_xor"},
    {Verb::kNoFaultRead, "no_fault.read", kLibrary, {kType, kAddress, kLimit},
     Transfer::kToKernel, Extent::kElement, kR, 3, 39, 2, "NoFault::read, in fault_in_and_retry"},
    {Verb::kNoFaultWrite, "no_fault.write", kLibrary, {kWord, kAddress, kLimit},
     Transfer::kToUser, Extent::kElement, kW, 3, 40, 2, "NoFault::write, in fault_in_and_retry"},
    {Verb::kNoFaultExchange, "no_fault.exchange", kLibrary, {kWord, kAddress, kLimit},
     Transfer::kAtomic, Extent::kElement, kRW, 3, 41, 0, "UserAtomic::exchange, in fault_in_and_retry"},
    {Verb::kWriteStr, "write_str", kLibrary, {kAddress, kBound, kText},
     Transfer::kToUser, Extent::kTextAndTerminator, kW, 3, 44, 2, "UserOutPtr::write_str"},
    {Verb::kUserStrings, "user_strings", kLibrary, {kAddress, kStrings, kRoom},
     Transfer::kToKernel, Extent::kPointers, kR, 3, 46, 3, "UserStrings::copy"},
    {Verb::kConstAccess, "const.access", kLibrary, {kType, kAddress, kElementsOrOne},
     Transfer::kInside, Extent::kElements, kR, 1, 16, 2, "UserConstPtr::access"},
    {Verb::kMutAccess, "mut.access", kLibrary, {kType, kAddress, kElementsOrOne},
     Transfer::kInside, Extent::kElements, kRW, 1, 17, 2, "UserPtr::access"},
};
// clang-format on

// Whether `field` has each value from 0 to kVerbCount - 1 in exactly one row.
template <typename Field>
constexpr bool IsEachOnce(Field field) {
  std::array<bool, kVerbCount> seen = {};
  for (const VerbInfo& row : kRows) {
    const auto value = static_cast<size_t>(field(row));
    if (value >= seen.size() || seen[value]) return false;
    seen[value] = true;
  }
  return std::size(kRows) == kVerbCount;
}
static_assert(IsEachOnce([](const VerbInfo& row) { return row.verb; }), "a row for each verb");
static_assert(IsEachOnce([](const VerbInfo& row) { return row.number; }), "a number for each verb");

// The rows sorted by `field`, whose values are 0 to kVerbCount - 1.
template <typename Field>
constexpr std::array<VerbInfo, kVerbCount> SortedBy(Field field) {
  auto rows = std::to_array(kRows);
  std::sort(rows.begin(), rows.end(),
            [&](const VerbInfo& a, const VerbInfo& b) { return field(a) < field(b); });
  return rows;
}
inline constexpr std::array<VerbInfo, kVerbCount> kByVerb =
    SortedBy([](const VerbInfo& row) { return row.verb; });

}  // namespace verb_internal

// Every row, in the order of the documentation.
constexpr const auto& AllVerbs() { return verb_internal::kRows; }

constexpr const VerbInfo& InfoOf(Verb verb) {
  return verb_internal::kByVerb[static_cast<size_t>(verb)];
}

namespace verb_internal {

// A set of verbs, as a bit for each. The runner and the oracle test properties of a verb many times
// for each operation, and a lookup in a row costs four sanitizer checks.
class VerbSet {
 public:
  // The set of verbs whose rows fulfil `condition`.
  template <typename Condition>
  static constexpr VerbSet Of(Condition condition) {
    VerbSet set;
    for (const VerbInfo& row : kByVerb) {
      if (condition(row)) set.bits_ |= uint64_t{1} << static_cast<unsigned>(row.verb);
    }
    return set;
  }
  constexpr bool Has(Verb verb) const {
    return (bits_ >> (static_cast<unsigned>(verb) & 63) & 1) != 0;
  }

 private:
  uint64_t bits_ = 0;
};
static_assert(kVerbCount <= 64, "a bit for each verb");

inline constexpr VerbSet kAccesses =
    VerbSet::Of([](const VerbInfo& row) { return row.verb_class != VerbClass::kSetUp; });
inline constexpr VerbSet kLibraryAccesses =
    VerbSet::Of([](const VerbInfo& row) { return row.verb_class == VerbClass::kLibrary; });
inline constexpr VerbSet kMovers = VerbSet::Of([](const VerbInfo& row) {
  return row.transfer == Transfer::kToKernel || row.transfer == Transfer::kToUser ||
         row.transfer == Transfer::kZeros;
});
inline constexpr VerbSet kUnderNoFault =
    VerbSet::Of([](const VerbInfo& row) { return row.arguments.Has(Argument::kLimit); });
inline constexpr VerbSet kOfOneElement = VerbSet::Of([](const VerbInfo& row) {
  return row.extent == Extent::kElement || row.extent == Extent::kElementAnywhere;
});
inline constexpr VerbSet kOfStructs =
    VerbSet::Of([](const VerbInfo& row) { return row.extent == Extent::kStruct; });
inline constexpr VerbSet kFollowsPointers =
    VerbSet::Of([](const VerbInfo& row) { return row.extent == Extent::kPointers; });
inline constexpr VerbSet kReportersOfDone = VerbSet::Of([](const VerbInfo& row) {
  if (!kMovers.Has(row.verb) || kUnderNoFault.Has(row.verb)) return false;
  if (kOfOneElement.Has(row.verb)) return row.transfer == Transfer::kToUser;
  return row.verb != Verb::kCopyStr && row.extent != Extent::kStruct &&
         row.extent != Extent::kPointers;
});
inline constexpr VerbSet kPopulatedFirst = VerbSet::Of([](const VerbInfo& row) {
  const bool is_handed_out = row.transfer == Transfer::kLend || row.transfer == Transfer::kInside ||
                             row.transfer == Transfer::kAtomic;
  return is_handed_out && (row.extent == Extent::kElement || row.extent == Extent::kElements);
});
inline constexpr VerbSet kNullTerminated = VerbSet::Of([](const VerbInfo& row) {
  return row.extent == Extent::kToTerminator || row.extent == Extent::kToTerminatorOrRoom;
});
inline constexpr VerbSet kEndsInTerminator = VerbSet::Of([](const VerbInfo& row) {
  return kNullTerminated.Has(row.verb) || row.extent == Extent::kTextAndTerminator ||
         row.extent == Extent::kPointers;
});
inline constexpr VerbSet kStores =
    VerbSet::Of([](const VerbInfo& row) { return (row.user_rights & kPermWrite) != 0; });
inline constexpr VerbSet kChangers = VerbSet::Of([](const VerbInfo& row) {
  const bool is_moved = kMovers.Has(row.verb) || row.transfer == Transfer::kAtomic;
  return is_moved && kStores.Has(row.verb);
});

}  // namespace verb_internal

// Whether the verb is an access (and so may have races armed for it), not a set-up verb.
constexpr bool IsAccess(Verb verb) { return verb_internal::kAccesses.Has(verb); }

// Whether the verb is a call of the library.
constexpr bool IsLibraryAccess(Verb verb) { return verb_internal::kLibraryAccesses.Has(verb); }

// Whether the library itself moves bytes to or from user memory, instead of returning a pointer to
// user memory. If such a verb has a length, Op::length is the most bytes that the library moves.
constexpr bool MovesBytes(Verb verb) { return verb_internal::kMovers.Has(verb); }

// Whether the access runs under NoFault: its faults are not resolved. After such a fault the memory
// is checked and populated, and the access is tried again. Op::length is the most tries.
constexpr bool IsUnderNoFault(Verb verb) { return verb_internal::kUnderNoFault.Has(verb); }

// Whether the verb accesses exactly one element.
constexpr bool IsOfOneElement(Verb verb) { return verb_internal::kOfOneElement.Has(verb); }

// Whether the library reports, with an error, how many bytes it moved before the error. Exceptions:
// reading one value moves all of the value or nothing; copy_str returns the text or only an error;
// user_strings returns the strings or only an error.
constexpr bool ReportsDone(Verb verb) { return verb_internal::kReportersOfDone.Has(verb); }

// Whether the library checks the pages one by one where it may not access all of them.
constexpr bool ChecksPageByPage(Verb verb) {
  return ReportsDone(verb) || verb_internal::kOfStructs.Has(verb);
}

// Whether the library populates all the memory that the operation names before it is used.
constexpr bool IsPopulatedFirst(Verb verb) { return verb_internal::kPopulatedFirst.Has(verb); }

// Whether the access covers memory up to a terminator that the access finds in memory.
constexpr bool IsNullTerminated(Verb verb) { return verb_internal::kNullTerminated.Has(verb); }

// Whether the library itself changes bytes of user memory.
constexpr bool ChangesBytes(Verb verb) { return verb_internal::kChangers.Has(verb); }

// Whether the memory that the access names ends in a terminator. A length does not count the
// terminator.
constexpr bool EndsInTerminator(Verb verb) { return verb_internal::kEndsInTerminator.Has(verb); }

// Whether the access also reads memory that pointers in the named memory point to. Such an access
// may load the same byte more than once, because several pointers may point to it.
constexpr bool FollowsPointers(Verb verb) { return verb_internal::kFollowsPointers.Has(verb); }

// Whether the access stores to user memory.
constexpr bool IsStore(Verb verb) { return verb_internal::kStores.Has(verb); }

// Whether the library access is one of UserPtr (READ|WRITE), not of UserConstPtr.
constexpr bool IsMutable(Verb verb) { return IsLibraryAccess(verb) && IsStore(verb); }

constexpr bool HasAddress(Verb verb) { return InfoOf(verb).arguments.Has(Argument::kAddress); }
constexpr bool HasType(Verb verb) {
  const ArgumentList& arguments = InfoOf(verb).arguments;
  return arguments.Has(Argument::kType) || arguments.Has(Argument::kWord);
}

}  // namespace sim

#endif  // SIM_SCENARIO_VERB_H_
