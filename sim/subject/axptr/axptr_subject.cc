// The library as a subject. Compiled once for each way in which a kernel may compile the library:
// CMakeLists.txt says which flags, and gives each its own
//
//   axptr                        the namespace, so that two subjects of one program share nothing
//   AXPTR_SUBJECT_NAME           "vectors"
//   AXPTR_SUBJECT_ENTRY          the function that returns the subject
//   axptr_platform_attempt       a name of its own for the function that the library asks for
//   AXPTR_SUBJECT_REPORTS_LOADS  defined where the compiler reports loads and stores
//   AXPTR_SUBJECT_WITHOUT_VECTORS  defined where its loops must be those without vectors
//   AXPTR_PLATFORM_HEADER        defined for a platform with primitives of its own for transfers,
//   and
//                                the find_fixup of its exception table
//
// This file includes the library and the C header of subjects, and nothing else of ours.
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <type_traits>

#include "axptr/copied.h"
#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/platform.h"
#include "axptr/user_access.h"
#include "axptr/user_out_ptr.h"
#include "axptr/user_plain.h"
#include "axptr/user_ptr.h"
#include "axptr/virt_addr.h"
#include "sim/subject/subject.h"

#if defined(AXPTR_SUBJECT_WITHOUT_VECTORS) && defined(__SSE2__)
#error "the subject would not be what a kernel compiles"
#endif

// The machine calls the functions of the flag at every event: that must not guide a fuzzer.
#if defined(__clang__)
#define SUBJECT_WITHOUT_FEEDBACK __attribute__((no_sanitize("coverage")))
#else
#define SUBJECT_WITHOUT_FEEDBACK
#endif

namespace {

const axptr_machine* g_machine = nullptr;

}  // namespace

bool axptr_platform_attempt(std::uintptr_t start, std::size_t size_bytes, unsigned access_bits,
                            void (*body)(void* argument), void* argument) {
  return g_machine->attempt(start, size_bytes, access_bits, body, argument);
}

namespace {

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

// The machine's address space, as the library wants it.
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
        __builtin_trap();  // the library asks nothing whose answer cannot say so
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

  // The place of the type that `element` describes; none: behind the last.
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
    // The compiler makes a jump by the index of it.
    static_cast<void>(((at++ == index && (result = visit(TypeIdentity<T>()), true)) || ...));
    return result;
  }
};
using Elements = TypeList<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, U32x3, U64x3,
                          B3, B4096, Q4096, Q8192, Page>;

// Calls `function` with the user pointer that `rights` ask for as its type argument.
template <typename Function>
int WithPointer(axptr_element element, unsigned rights, Function function) {
  auto visit = [&]<typename T>(TypeIdentity<T>) {
    return (rights & AXPTR_WRITE) != 0 ? function.template operator()<axptr::UserPtr<T>>()
                                       : function.template operator()<axptr::UserConstPtr<T>>();
  };
  return Elements::Visit(element, visit);
}

int Failed(LinuxError error) { return -static_cast<int>(error); }

template <typename T>
std::uint64_t AddressOf(const T* pointer) {
  return reinterpret_cast<std::uint64_t>(pointer);
}

template <typename Result>
int LendSpan(const Result& result, axptr_lent* lent) {
  if (!result) return Failed(result.error());
  *lent = {AddressOf(result->data()), result->size()};
  return 0;
}

int LendValue(std::uint64_t start, axptr_element element, unsigned rights, axptr_lent* lent) {
  return WithPointer(element, rights, [&]<typename Pointer>() {
    const auto result = Pointer(start).get(Provider());
    if (!result) return Failed(result.error());
    *lent = {AddressOf(*result), 1};
    return 0;
  });
}

int LendSlice(std::uint64_t start, axptr_element element, std::size_t count, unsigned rights,
              axptr_lent* lent) {
  return WithPointer(element, rights, [&]<typename Pointer>() {
    return LendSpan(Pointer(start).get_as_slice(Provider(), count), lent);
  });
}

int LendTerminated(std::uint64_t start, axptr_element element, unsigned rights, axptr_lent* lent) {
  return WithPointer(element, rights, [&]<typename Pointer>() {
    return LendSpan(Pointer(start).get_as_null_terminated(Provider()), lent);
  });
}

int LendText(std::uint64_t start, axptr_lent* lent) {
  return LendSpan(axptr::UserConstPtr<char>(start).get_as_str(Provider()), lent);
}

int CopyText(char* to, std::size_t room, std::uint64_t start, axptr_lent* lent) {
  return LendSpan(axptr::UserConstPtr<char>(start).copy_str(Provider(), std::span<char>(to, room)),
                  lent);
}

void SetMoved(const axptr::Copied& copied, axptr_moved* moved) {
  *moved = {copied.done, Failed(copied.error), copied.address.as_usize()};
}

void CopyIn(void* to, std::uint64_t start, std::size_t size, axptr_moved* moved) {
  SetMoved(axptr::UserConstPtr<std::byte>(start).read_into(
               Provider(), std::span<std::byte>(static_cast<std::byte*>(to), size)),
           moved);
}

void CopyOut(std::uint64_t start, const void* from, std::size_t size, axptr_moved* moved) {
  SetMoved(axptr::UserOutPtr<std::byte>(start).write_from(
               Provider(), std::span(static_cast<const std::byte*>(from), size)),
           moved);
}

void Zero(std::uint64_t start, std::size_t size, axptr_moved* moved) {
  SetMoved(axptr::UserOutPtr<std::byte>(start).zero(Provider(), size), moved);
}

using Body = std::uint64_t (*)(void* argument, std::uint64_t start, std::size_t count);

int AccessValue(std::uint64_t start, axptr_element element, unsigned rights, Body body,
                void* argument, std::uint64_t* value) {
  return WithPointer(element, rights, [&]<typename Pointer>() {
    const auto result = Pointer(start).access(
        Provider(), [&](auto& one) { return body(argument, AddressOf(&one), 1); });
    if (!result) return Failed(result.error());
    *value = *result;
    return 0;
  });
}

int AccessSlice(std::uint64_t start, axptr_element element, std::size_t count, unsigned rights,
                Body body, void* argument, std::uint64_t* value) {
  return WithPointer(element, rights, [&]<typename Pointer>() {
    const auto result = Pointer(start).access(Provider(), count, [&](auto elements) {
      return body(argument, AddressOf(elements.data()), elements.size());
    });
    if (!result) return Failed(result.error());
    *value = *result;
    return 0;
  });
}

void WithFaultsAllowed(void (*body)(void* argument), void* argument) {
  axptr::access_user_memory([&] { body(argument); });
}

SUBJECT_WITHOUT_FEEDBACK void Attach(const axptr_machine* machine) { g_machine = machine; }
SUBJECT_WITHOUT_FEEDBACK bool FaultsAllowed() { return axptr::is_accessing_user_memory(); }
SUBJECT_WITHOUT_FEEDBACK void AllowFaults(bool allowed) {
  axptr::set_accessing_user_memory(allowed);
}
SUBJECT_WITHOUT_FEEDBACK bool TakesElement(axptr_element element) { return Elements::Has(element); }

// The search of an exception table, of a platform that has one.
template <typename P>
constexpr auto FindFixupOf() -> std::uintptr_t (*)(std::uintptr_t) {
  if constexpr (requires(std::uintptr_t pc) { P::find_fixup(pc); }) return &P::find_fixup;
  return nullptr;
}

constexpr bool kReportsLoads =
#ifdef AXPTR_SUBJECT_REPORTS_LOADS
    true;
#else
    false;
#endif

constexpr axptr_subject kSubject = {
    .abi = AXPTR_SUBJECT_ABI,
    .size_bytes = sizeof(axptr_subject),
    .name = AXPTR_SUBJECT_NAME,
    .reports_loads = kReportsLoads,
    .attach = Attach,
    .faults_allowed = FaultsAllowed,
    .allow_faults = AllowFaults,
    .takes_element = TakesElement,
    .lend_value = LendValue,
    .lend_slice = LendSlice,
    .lend_terminated = LendTerminated,
    .lend_text = LendText,
    .copy_text = CopyText,
    .access_value = AccessValue,
    .access_slice = AccessSlice,
    .with_faults_allowed = WithFaultsAllowed,
    .copy_in = CopyIn,
    .copy_from_user = nullptr,
    .reports_stores = kReportsLoads,
    .find_fixup = FindFixupOf<axptr::Platform>(),  // else it recovers by attempts alone
    .copy_out = CopyOut,
    .copy_to_user = nullptr,
    .zero = Zero,
    .clear_user = nullptr,
    .contract = "axptr",
    .copying = nullptr,
};

}  // namespace

extern "C" const axptr_subject* AXPTR_SUBJECT_ENTRY(void) { return &kSubject; }
