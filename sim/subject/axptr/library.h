// Shared parts of the functions of this subject: the machine as an address-space provider of the
// library, and the element types. Only for axptr_subject.cc, which documents how it is compiled.
#ifndef SIM_SUBJECT_AXPTR_LIBRARY_H_
#define SIM_SUBJECT_AXPTR_LIBRARY_H_

#include <cstddef>
#include <cstdint>
#include <expected>
#include <type_traits>

#include "axptr/copied.h"
#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/platform.h"
#include "axptr/user_plain.h"
#include "axptr/virt_addr.h"
#include "sim/subject/subject.h"

// Disables coverage reports: the machine calls the functions of the flag at every event, and these
// calls must not guide a fuzzer.
#if defined(__clang__)
#define SUBJECT_WITHOUT_FEEDBACK __attribute__((no_sanitize("coverage")))
#else
#define SUBJECT_WITHOUT_FEEDBACK
#endif

namespace {  // NOLINT(google-build-namespaces): included by axptr_subject.cc only

using axptr::g_machine;

using axptr::LinuxError;
using axptr::LinuxResult;
using axptr::MappingFlags;
using axptr::VirtAddrRange;

struct U32x3 {
  std::uint32_t lanes[3];
};
AXPTR_USER_PLAIN(U32x3, lanes);
struct U64x3 {
  std::uint64_t lanes[3];
};
AXPTR_USER_PLAIN(U64x3, lanes);
struct B3 {
  std::uint8_t bytes[3];
};
AXPTR_USER_PLAIN(B3, bytes);
struct B4096 {
  std::uint8_t bytes[4096];
};
AXPTR_USER_PLAIN(B4096, bytes);
struct Q4096 {
  std::uint64_t words[512];
};
AXPTR_USER_PLAIN(Q4096, words);
struct Q8192 {
  std::uint64_t words[1024];
};
AXPTR_USER_PLAIN(Q8192, words);
struct alignas(4096) Page {
  std::uint8_t bytes[4096];
};
AXPTR_USER_PLAIN(Page, bytes);

// The machine's address space. An axptr::AddrSpace.
class AddressSpace {
 public:
  bool check_region_access(VirtAddrRange range, MappingFlags flags) {
    return g_machine->check(range.start().as_usize(), range.size(), flags.bits());
  }
  LinuxResult<void> populate_area(VirtAddrRange pages, MappingFlags flags) {
    const int error = g_machine->populate(pages.start().as_usize(), pages.size(), flags.bits());
    if (error != 0) return std::unexpected(static_cast<LinuxError>(-error));
    return {};
  }
};

class Provider {
 public:
  template <typename Function>
  auto with_addr_space(Function&& function) {
    using Result = std::invoke_result_t<Function&, AddressSpace&>;
    const int error = g_machine->lock();
    if (error != 0) {
      if constexpr (std::is_constructible_v<Result, std::unexpected<LinuxError>>) {
        return Result(std::unexpected(static_cast<LinuxError>(-error)));
      } else {
        __builtin_trap();  // the library uses no function whose result cannot report the error
      }
    }
    AddressSpace aspace;
    auto result = function(aspace);
    g_machine->unlock();
    return result;
  }
};

template <typename T>
struct TypeIdentity {
  using type = T;
};

template <typename... T>
struct TypeList {
  static constexpr axptr_element kElements[] = {{sizeof(T), alignof(T)}...};

  // The index of the type that `element` describes; sizeof...(T) if there is none.
  SUBJECT_WITHOUT_FEEDBACK static std::size_t IndexOf(axptr_element element) {
    std::size_t index = 0;
    while (index < sizeof...(T) &&
           (kElements[index].size != element.size || kElements[index].align != element.align)) {
      ++index;
    }
    return index;
  }
  SUBJECT_WITHOUT_FEEDBACK static bool Has(axptr_element element) {
    return IndexOf(element) < sizeof...(T);
  }

  // Calls `visit(TypeIdentity<T>())` for the type that `element` describes. Precondition: Has it.
  template <typename Visitor>
  static int Visit(axptr_element element, Visitor& visit) {
    const std::size_t index = IndexOf(element);
    std::size_t at = 0;
    int result = 0;
    // The compiler turns this expression into a jump by the index.
    static_cast<void>(((at++ == index && (result = visit(TypeIdentity<T>()), true)) || ...));
    return result;
  }
};
using Elements = TypeList<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, U32x3, U64x3,
                          B3, B4096, Q4096, Q8192, Page>;

int Failed(LinuxError error) { return -static_cast<int>(error); }

void SetMoved(const axptr::Copied& copied, axptr_moved* moved) {
  // What a system call returns: no bytes, if it is an error.
  const auto count = copied.short_count();
  *moved = {count ? *count : 0, Failed(copied.error), copied.address.as_usize()};
}

}  // namespace

#endif  // SIM_SUBJECT_AXPTR_LIBRARY_H_
