// Uses of the library that must not compile: one for each AXPTR_REJECTED_... . check_rejected.cmake
// says what "must say" means. Without any of them the file compiles.
#include <cstdint>
#include <span>

#include "axptr/user_ptr.h"

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

[[maybe_unused]] void use(AddrSpace& memory, [[maybe_unused]] AddrSpaceAndProvider& both) {
  const axptr::NoLockNeeded aspace(memory);
  (void)kConst<char>.get_as_str(aspace);
  (void)axptr::check_region(memory, {}, axptr::Layout::of<int>(), axptr::MappingFlags::READ);
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

}  // namespace
