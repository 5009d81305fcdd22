// Uses of the library that must not compile: one for each AXPTR_REJECTED_... . check_rejected.cmake
// says what "must say" means. Without any of them the file compiles. AXPTR_ONE_CASE leaves out the
// uses that must compile: they take most of the time of a case.
#ifdef AXPTR_REJECTED_SavedStateWithoutClose
// must say: a platform whose hardware closes it must have close_user_access
#define AXPTR_PLATFORM_HEADER "axptr/testing/unclosed_platform.h"
#endif

#include <cstddef>
#include <cstdint>
#include <span>

#include "axptr/no_fault.h"
#include "axptr/user_atomic.h"
#include "axptr/user_io_vec.h"
#include "axptr/user_out_ptr.h"
#include "axptr/user_ptr.h"
#include "axptr/user_strings.h"
#include "axptr/versioned.h"

namespace {

struct Padded {
  std::uint64_t a;
  std::uint8_t b;
};

struct WithBool {
  std::uint8_t a;
  bool b;
};

struct Bits {  // seven bytes of old stack would reach the user
  std::uint64_t low : 8;
};

struct Key {  // the user would choose a kernel address
  const std::uint64_t& key;
  std::uint64_t number;
};

enum class Mode : std::uint32_t { kOne };

class Undeclared {
 public:
  constexpr Undeclared() : value_(0) {}

 private:
  std::uint32_t value_;
};

struct WithDestructor {
  ~WithDestructor() {}
};

struct AddrSpace {
  bool check_region_access(axptr::VirtAddrRange, axptr::MappingFlags) { return true; }
  axptr::LinuxResult<void> populate_area(axptr::VirtAddrRange, axptr::MappingFlags) { return {}; }
};

struct AddrSpaceAndProvider : AddrSpace {
  template <typename F>
  decltype(auto) with_addr_space(F&& function) {
    return function(static_cast<AddrSpace&>(*this));
  }
};

template <typename T>
constexpr axptr::UserPtr<T> kWritable;
template <typename T>
constexpr axptr::UserConstPtr<T> kConst;
template <typename T>
constexpr axptr::UserOutPtr<T> kOut;

struct Version {
  std::uint64_t flags;
  std::uint64_t mode;
};
AXPTR_USER_PLAIN(Version, flags, mode);

[[maybe_unused]] void use(AddrSpace& memory, [[maybe_unused]] AddrSpaceAndProvider& both) {
  const axptr::NoLockNeeded aspace(memory);
#ifndef AXPTR_ONE_CASE
  (void)kConst<char>.get_as_str(aspace);
  (void)axptr::check_region(memory, {}, axptr::Layout::of<int>(), axptr::MappingFlags::READ);
#endif
#ifdef AXPTR_REJECTED_GetFromAddrSpace
  // must say: an AddrSpace is no AddrSpaceProvider
  (void)kConst<int>.get(memory);
#endif
#ifdef AXPTR_REJECTED_StringFromAddrSpace
  // must say: an AddrSpace is no AddrSpaceProvider
  (void)kConst<char>.get_as_str(memory);
#endif
#ifdef AXPTR_REJECTED_CopyFromAddrSpace
  // must say: an AddrSpace is no AddrSpaceProvider
  (void)kConst<char>.copy_str(memory, {});
#endif
#ifdef AXPTR_REJECTED_AccessOfAddrSpace
  // must say: an AddrSpace is no AddrSpaceProvider
  (void)kConst<int>.access(memory, [](const int&) {});
#endif
#ifdef AXPTR_REJECTED_AccessOfBoth
  // must say: this class is an AddrSpace and has with_addr_space too
  (void)kConst<int>.access(both, [](const int&) {});
#endif
#ifdef AXPTR_REJECTED_CheckOfBoth
  // must say: this class is an AddrSpace and has with_addr_space too
  (void)axptr::check_region(both, {}, axptr::Layout::of<int>(), axptr::MappingFlags::READ);
#endif
#ifdef AXPTR_REJECTED_GetOfBool
  // must say: this type must not cross between kernel and user memory
  (void)kConst<bool>.get(aspace);
#endif
#ifdef AXPTR_REJECTED_SliceOfPadded
  // must say: this type must not cross between kernel and user memory
  (void)kWritable<Padded>.get_as_slice(aspace, 2);
#endif
#ifdef AXPTR_REJECTED_WriteOfBitField
  // must say: this type must not cross between kernel and user memory
  const Bits bits = {.low = 1};
  (void)kWritable<Bits>.access(aspace, [&](Bits& user) { user = bits; });
#endif
#ifdef AXPTR_REJECTED_ReadThroughReference
  // must say: this type must not cross between kernel and user memory
  (void)kConst<Key>.access(aspace, [](const Key& user) { return user.key; });
#endif
#ifdef AXPTR_REJECTED_NullTerminatedPointers
  // must say: this type must not cross between kernel and user memory
  (void)kConst<const char*>.get_as_null_terminated(aspace);
#endif
#ifdef AXPTR_REJECTED_AccessOfEnum
  // must say: this type must not cross between kernel and user memory
  (void)kConst<Mode>.access(aspace, [](const Mode&) {});
#endif
#ifdef AXPTR_REJECTED_AccessSliceOfClassWithBool
  // must say: this type must not cross between kernel and user memory
  (void)kConst<WithBool>.access(aspace, 2, [](std::span<const WithBool>) {});
#endif
#ifdef AXPTR_REJECTED_CheckOfUndeclaredClass
  // must say: this type must not cross between kernel and user memory
  (void)axptr::check_null_terminated<Undeclared>(aspace, {}, axptr::MappingFlags::READ);
#endif
#ifdef AXPTR_REJECTED_TerminatorWithoutUniqueBytes
  // must say: equal values of the element type must have equal bytes
  (void)kConst<double>.get_as_null_terminated(aspace);
#endif
#ifdef AXPTR_REJECTED_AccessResultWithDestructor
  // must say: trivially copyable and trivially destructible
  // may add: no matching member function
  (void)kConst<int>.access(aspace, [](const int&) { return WithDestructor(); });
#endif
#ifdef AXPTR_REJECTED_AccessResultReference
  // must say: trivially copyable and trivially destructible
  // may add: no matching member function|reference type|expected:.*static assertion failed
  (void)kConst<int>.access(aspace, [](const int& value) -> const int& { return value; });
#endif
#ifdef AXPTR_REJECTED_StringOfWords
  // must say: no matching (member )?function
  (void)kConst<std::uint16_t>.get_as_str(aspace);
#endif
#ifdef AXPTR_REJECTED_StringOfWritable
  // must say: no matching (member )?function
  (void)kWritable<char>.get_as_str(aspace);
#endif
}

// The copying family. What is not rejected stands first.
[[maybe_unused]] void copy(AddrSpace& memory, std::span<char> text, std::span<std::byte> bytes,
                           std::span<const Version> versions) {
  const axptr::NoLockNeeded aspace(memory);
#ifndef AXPTR_ONE_CASE
  (void)kConst<Version>.read(aspace);
  (void)kWritable<Version>.write(aspace, {.flags = 1, .mode = 2});
  (void)kOut<Version>.write_from(aspace, versions);
  (void)kConst<std::byte>.read_into(aspace, bytes);
  (void)kOut<char>.write_str(aspace, text, 5);
  (void)kConst<char>.str_length(aspace, 5);
  (void)kConst<char>.copy_bytes_until_nul(aspace, text);
  (void)axptr::read_versioned<Version, 8>(aspace, kConst<Version>, 16);
  (void)axptr::UserAtomic<std::uint32_t>(kWritable<std::uint32_t>).load(aspace);
  (void)axptr::save_user_access();
#endif
#ifdef AXPTR_REJECTED_ReadFromAddrSpace
  // must say: an AddrSpace is no AddrSpaceProvider
  (void)kConst<int>.read(memory);
#endif
#ifdef AXPTR_REJECTED_ReadIntoFromAddrSpace
  // must say: an AddrSpace is no AddrSpaceProvider
  (void)kConst<std::byte>.read_into(memory, bytes);
#endif
#ifdef AXPTR_REJECTED_AtomicOfAddrSpace
  // must say: an AddrSpace is no AddrSpaceProvider
  (void)axptr::UserAtomic<std::uint32_t>(kWritable<std::uint32_t>).load(memory);
#endif
#ifdef AXPTR_REJECTED_ReadOfBool
  // must say: this type must not cross between kernel and user memory
  (void)kConst<bool>.read(aspace);
#endif
#ifdef AXPTR_REJECTED_ReadUnalignedOfPadded
  // must say: this type must not cross between kernel and user memory
  (void)kConst<Padded>.read_unaligned(aspace);
#endif
#ifdef AXPTR_REJECTED_ReadOfArray
  // must say: an array is no value that a function can return
  // may add: returning an array|returns an array|array type|bit_cast
  (void)kConst<int[3]>.read(aspace);
#endif
#ifdef AXPTR_REJECTED_ReadIntoPointers
  // must say: this type must not cross between kernel and user memory
  (void)kConst<const char*>.read_into(aspace, {});
#endif
#ifdef AXPTR_REJECTED_WriteOfPadded
  // must say: this type must not cross between kernel and user memory
  (void)kWritable<Padded>.write(aspace, {.a = 1, .b = 2});
#endif
#ifdef AXPTR_REJECTED_WriteUnalignedOfBits
  // must say: this type must not cross between kernel and user memory
  (void)kOut<Bits>.write_unaligned(aspace, {.low = 1});
#endif
#ifdef AXPTR_REJECTED_WriteFromClassWithBool
  // must say: this type must not cross between kernel and user memory
  (void)kOut<WithBool>.write_from(aspace, {});
#endif
#ifdef AXPTR_REJECTED_ZeroOfEnum
  // must say: this type must not cross between kernel and user memory
  (void)kWritable<Mode>.zero(aspace, 1);
#endif
#ifdef AXPTR_REJECTED_WriteThroughConst
  // must say: no matching (member )?function
  (void)kConst<int>.write(aspace, 1);
#endif
#ifdef AXPTR_REJECTED_WriteUnalignedThroughConst
  // must say: no matching (member )?function
  (void)kConst<int>.write_unaligned(aspace, 1);
#endif
#ifdef AXPTR_REJECTED_WriteFromThroughConst
  // must say: no matching (member )?function
  (void)kConst<Version>.write_from(aspace, versions);
#endif
#ifdef AXPTR_REJECTED_ZeroThroughConst
  // must say: no matching (member )?function
  (void)kConst<int>.zero(aspace, 1);
#endif
#ifdef AXPTR_REJECTED_WriteStrThroughConst
  // must say: no matching (member )?function
  (void)kConst<char>.write_str(aspace, text, 5);
#endif
#ifdef AXPTR_REJECTED_WriteStrOfWords
  // must say: no matching (member )?function
  (void)kOut<std::uint16_t>.write_str(aspace, text, 5);
#endif
#ifdef AXPTR_REJECTED_LengthOfWords
  // must say: no matching (member )?function
  (void)kConst<std::uint16_t>.str_length(aspace, 5);
#endif
#ifdef AXPTR_REJECTED_CopyBytesOfWords
  // must say: no matching (member )?function
  (void)kConst<std::uint16_t>.copy_bytes_until_nul(aspace, text);
#endif
#ifdef AXPTR_REJECTED_ReadThroughOut
  // must say: has no member named 'read'|no member named 'read'
  (void)kOut<int>.read(aspace);
#endif
#ifdef AXPTR_REJECTED_GetThroughOut
  // must say: has no member named 'get'|no member named 'get'
  (void)kOut<int>.get(aspace);
#endif
#ifdef AXPTR_REJECTED_OutFromConst
  // must say: no matching|cannot convert|no viable|conversion from
  [[maybe_unused]] const axptr::UserOutPtr<int> out = kConst<int>;
#endif
#ifdef AXPTR_REJECTED_FirstVersionOfNothing
  // must say: the size of the first version of a struct is at least 1 byte
  (void)axptr::read_versioned<Version, 0>(aspace, kConst<Version>, 16);
#endif
#ifdef AXPTR_REJECTED_FirstVersionLargerThanTheStruct
  // must say: the size of the first version of a struct is at least 1 byte
  (void)axptr::write_versioned<Version, 17>(bytes, versions[0]);
#endif
#ifdef AXPTR_REJECTED_VersionedPadded
  // must say: this type must not cross between kernel and user memory
  (void)axptr::read_versioned<Padded, 8>(bytes);
#endif
#ifdef AXPTR_REJECTED_WriteVersionedThroughConst
  // must say: no matching function
  (void)axptr::write_versioned<Version, 8>(aspace, kConst<Version>, 16, versions[0]);
#endif
#ifdef AXPTR_REJECTED_AtomicOfShort
  // must say: an atomic word of user memory is a std::uint32_t or a std::uint64_t
  (void)axptr::UserAtomic<std::uint16_t>(0);
#endif
#ifdef AXPTR_REJECTED_AtomicOfSigned
  // must say: an atomic word of user memory is a std::uint32_t or a std::uint64_t
  (void)axptr::UserAtomic<std::int32_t>(0);
#endif
#ifdef AXPTR_REJECTED_LoadThatReleases
  // must say: a load releases nothing
  (void)axptr::UserAtomic<std::uint32_t>(0).load<axptr::MemoryOrder::kRelease>(aspace);
#endif
#ifdef AXPTR_REJECTED_StoreThatAcquires
  // must say: a store acquires nothing
  (void)axptr::UserAtomic<std::uint32_t>(0).store<axptr::MemoryOrder::kAcquire>(aspace, 1);
#endif
}

// Under NoFault nothing may take the lock of the address space.
[[maybe_unused]] void under_no_fault(const axptr::NoFault& no_fault,
                                     [[maybe_unused]] std::span<char> text,
                                     [[maybe_unused]] std::span<axptr::IoSegment> segments) {
#ifndef AXPTR_ONE_CASE
  (void)no_fault.read(kConst<Version>);
  (void)no_fault.write(kOut<std::uint64_t>, 1);
  (void)axptr::UserAtomic<std::uint64_t>(0).fetch_add(no_fault, 1);
#endif
#ifdef AXPTR_REJECTED_GetUnderNoFault
  // must say: under NoFault nothing may take the lock of the address space
  (void)kConst<int>.get(no_fault);
#endif
#ifdef AXPTR_REJECTED_AccessUnderNoFault
  // must say: under NoFault nothing may take the lock of the address space
  (void)kConst<int>.access(no_fault, [](const int&) {});
#endif
#ifdef AXPTR_REJECTED_ReadUnderNoFault
  // must say: under NoFault nothing may take the lock of the address space
  (void)kConst<int>.read(no_fault);
#endif
#ifdef AXPTR_REJECTED_WriteUnderNoFault
  // must say: under NoFault nothing may take the lock of the address space
  (void)kOut<int>.write(no_fault, 1);
#endif
#ifdef AXPTR_REJECTED_CopyUnderNoFault
  // must say: under NoFault nothing may take the lock of the address space
  (void)kConst<char>.copy_str(no_fault, text);
#endif
#ifdef AXPTR_REJECTED_LengthUnderNoFault
  // must say: under NoFault nothing may take the lock of the address space
  (void)kConst<char>.str_length(no_fault, 5);
#endif
#ifdef AXPTR_REJECTED_ScanUnderNoFault
  // must say: under NoFault nothing may take the lock of the address space
  (void)kConst<char>.get_as_null_terminated(no_fault);
#endif
#ifdef AXPTR_REJECTED_StringsUnderNoFault
  // must say: under NoFault nothing may take the lock of the address space
  (void)axptr::UserStrings::copy(no_fault, kConst<axptr::UserConstPtr<char>>, 5, text);
#endif
#ifdef AXPTR_REJECTED_SegmentsUnderNoFault
  // must say: under NoFault nothing may take the lock of the address space
  (void)axptr::UserIoVec::fetch(no_fault, kConst<axptr::IoSegment>, 5, segments);
#endif
#ifdef AXPTR_REJECTED_VersionUnderNoFault
  // must say: under NoFault nothing may take the lock of the address space
  (void)axptr::read_versioned<Version, 8>(no_fault, kConst<Version>, 16);
#endif
#ifdef AXPTR_REJECTED_FaultInUnderNoFault
  // must say: under NoFault nothing may take the lock of the address space
  (void)axptr::fault_in_and_retry(
      no_fault, 5, [](const axptr::NoFault&) -> axptr::NoFaultResult<void> { return {}; });
#endif
#ifdef AXPTR_REJECTED_WriteOfTwoWordsUnderNoFault
  // must say: under NoFault only values of 1, 2, 4 or 8 bytes are written
  // may add: bit_cast|UnsignedOfSize|no matching
  (void)no_fault.write(kOut<Version>, {});
#endif
#ifdef AXPTR_REJECTED_NoFaultThatIsKept
  // must say: deleted
  [[maybe_unused]] const axptr::NoFault kept = no_fault;
#endif
#ifdef AXPTR_REJECTED_NoFaultOfOnesOwn
  // must say: private
  [[maybe_unused]] axptr::NoFault made;
#endif
}

}  // namespace
