// Uses of the library that must not compile: one for each AXPTR_REJECTED_... that a test defines.
// Without any, the file compiles, so that what is rejected is the use and nothing else.
#include <cstdint>

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

enum class Mode : std::uint32_t { kOne };

class Undeclared {
 public:
  Undeclared() : value_(0) {}

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
  (void)kConst<int>.get(memory);
#endif
#ifdef AXPTR_REJECTED_StringFromAddrSpace
  (void)kConst<char>.get_as_str(memory);
#endif
#ifdef AXPTR_REJECTED_CopyFromAddrSpace
  (void)kConst<char>.copy_str(memory, {});
#endif
#ifdef AXPTR_REJECTED_AccessOfAddrSpace
  (void)kConst<int>.access(memory, [](const int&) {});
#endif
#ifdef AXPTR_REJECTED_AccessOfBoth
  (void)kConst<int>.access(both, [](const int&) {});
#endif
#ifdef AXPTR_REJECTED_CheckOfBoth
  (void)axptr::check_region(both, {}, axptr::Layout::of<int>(), axptr::MappingFlags::READ);
#endif
#ifdef AXPTR_REJECTED_GetOfBool
  (void)kConst<bool>.get(aspace);
#endif
#ifdef AXPTR_REJECTED_SliceOfPadded
  (void)kWritable<Padded>.get_as_slice(aspace, 2);
#endif
#ifdef AXPTR_REJECTED_NullTerminatedPointers
  (void)kConst<const char*>.get_as_null_terminated(aspace);
#endif
#ifdef AXPTR_REJECTED_AccessOfEnum
  (void)kConst<Mode>.access(aspace, [](const Mode&) {});
#endif
#ifdef AXPTR_REJECTED_AccessSliceOfClassWithBool
  (void)kConst<WithBool>.access(aspace, 2, [](std::span<const WithBool>) {});
#endif
#ifdef AXPTR_REJECTED_CheckOfUndeclaredClass
  (void)axptr::check_null_terminated<Undeclared>(aspace, {}, axptr::MappingFlags::READ);
#endif
#ifdef AXPTR_REJECTED_TerminatorWithoutUniqueBytes
  (void)kConst<double>.get_as_null_terminated(aspace);
#endif
#ifdef AXPTR_REJECTED_AccessResultWithDestructor
  (void)kConst<int>.access(aspace, [](const int&) { return WithDestructor(); });
#endif
#ifdef AXPTR_REJECTED_AccessResultReference
  (void)kConst<int>.access(aspace, [](const int& value) -> const int& { return value; });
#endif
#ifdef AXPTR_REJECTED_StringOfWords
  (void)kConst<std::uint16_t>.get_as_str(aspace);
#endif
#ifdef AXPTR_REJECTED_StringOfWritable
  (void)kWritable<char>.get_as_str(aspace);
#endif
}

}  // namespace
