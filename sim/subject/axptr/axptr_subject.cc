// The library as a subject. Compiled once for each way in which a kernel may compile the library.
// CMakeLists.txt sets the flags, and defines for each:
//
//   axptr                        the namespace, so that two subjects of one program share nothing
//   AXPTR_SUBJECT_NAME           "vectors"
//   AXPTR_SUBJECT_ENTRY          the function that returns the subject
//   axptr_platform_attempt       another name for this function of the platform
//   AXPTR_SUBJECT_REPORTS_LOADS  defined if the compiler reports loads and stores
//   AXPTR_SUBJECT_WITHOUT_VECTORS  defined if the loops must be those without vectors
//   AXPTR_PLATFORM_HEADER        platform.h in this folder
//   AXPTR_SUBJECT_REP_MOVES      defined for a platform with its own primitives for transfers
//
// This folder includes the library and the C headers of subjects, and no other file of this tree.
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
#include "sim/subject/axptr/array_calls.h"
#include "sim/subject/axptr/atomic_calls.h"
#include "sim/subject/axptr/io_vec_calls.h"
#include "sim/subject/axptr/library.h"
#include "sim/subject/axptr/no_fault_calls.h"
#include "sim/subject/axptr/string_calls.h"
#include "sim/subject/axptr/value_calls.h"
#include "sim/subject/axptr/versioned_calls.h"
#include "sim/subject/subject.h"
#include "sim/subject/subject_access.h"
#include "sim/subject/subject_copying.h"

#if defined(AXPTR_SUBJECT_WITHOUT_VECTORS) && defined(__SSE2__)
#error "the subject would not be what a kernel compiles"
#endif

// As in a kernel, the compiler of the library does not see the body of the called function.
[[gnu::noinline]] bool axptr_platform_attempt(std::uintptr_t start, std::size_t size_bytes,
                                              unsigned access_bits, void (*body)(void* argument),
                                              void* argument) {
  return g_machine->attempt(start, size_bytes, access_bits, body, argument);
}

namespace {

// Calls `function` with the type of user pointer for `rights` as its type argument.
template <typename Function>
int WithPointer(axptr_element element, unsigned rights, Function function) {
  auto visit = [&]<typename T>(TypeIdentity<T>) {
    return (rights & AXPTR_WRITE) != 0 ? function.template operator()<axptr::UserPtr<T>>()
                                       : function.template operator()<axptr::UserConstPtr<T>>();
  };
  return Elements::Visit(element, visit);
}

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
  // To the user, an array of pointers is an array of words. Its terminator is no integer, but T{}.
  using Pointers = axptr::UserConstPtr<axptr::UserConstPtr<char>>;
  if (rights == AXPTR_READ && element.size == sizeof(std::uint64_t) &&
      element.align == alignof(std::uint64_t)) {
    return LendSpan(Pointers(start).get_as_null_terminated(Provider()), lent);
  }
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

using axptr::calls::Versioned;
using VersionedStructs =
    axptr::calls::VersionedList<Versioned<std::uint8_t, 1>, Versioned<std::uint16_t, 1>,
                                Versioned<std::uint32_t, 4>, Versioned<std::uint64_t, 2>,
                                Versioned<U32x3, 8>, Versioned<U64x3, 8>, Versioned<B3, 2>,
                                Versioned<B4096, 64>, Versioned<Q4096, 16>, Versioned<Page, 4096>>;

int ReadVersioned(void* to, std::uint64_t start, std::size_t usize, axptr_element element,
                  std::size_t first_size) {
  return VersionedStructs::Visit(element, first_size, [&](auto versioned) {
    return versioned.Read(Provider(), to, start, usize);
  });
}

int WriteVersioned(std::uint64_t start, std::size_t usize, const void* from, axptr_element element,
                   std::size_t first_size, std::size_t* written, bool* dropped_nonzero) {
  return VersionedStructs::Visit(element, first_size, [&](auto versioned) {
    return versioned.Write(Provider(), start, usize, from, written, dropped_nonzero);
  });
}

int FetchIoVec(std::uint64_t table, std::size_t count, void* storage, std::size_t room,
               axptr_io_cursor* cursor) {
  return axptr::calls::FetchIoVec(Provider(), table, count, storage, room, cursor);
}

void ReadIoVec(axptr_io_cursor* cursor, void* to, std::size_t size, axptr_moved* moved) {
  SetMoved(axptr::calls::ReadIoVec(Provider(), cursor, to, size), moved);
}

void WriteIoVec(axptr_io_cursor* cursor, const void* from, std::size_t size, axptr_moved* moved) {
  SetMoved(axptr::calls::WriteIoVec(Provider(), cursor, from, size), moved);
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
    if ((rights & AXPTR_WRITE) != 0) {  // a function that returns nothing
      const auto done = Pointer(start).access(Provider(), count, [&](auto elements) {
        *value = body(argument, AddressOf(elements.data()), elements.size());
      });
      return done ? 0 : Failed(done.error());
    }
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

void WhileSwitchedAway(void (*body)(void* argument), void* argument) {
  const axptr::UserAccessState state = axptr::save_user_access();
  body(argument);
  axptr::restore_user_access(state);
}

SUBJECT_WITHOUT_FEEDBACK void Attach(const axptr_machine* machine) { g_machine = machine; }
SUBJECT_WITHOUT_FEEDBACK bool FaultsAllowed() { return axptr::is_accessing_user_memory(); }
SUBJECT_WITHOUT_FEEDBACK void AllowFaults(bool allowed) {
  axptr::set_accessing_user_memory(allowed);
}
SUBJECT_WITHOUT_FEEDBACK bool TakesElement(axptr_element element) { return Elements::Has(element); }

// The lookup in the exception table, for a platform that has one.
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

constexpr axptr_copying kCopying = {
    .size_bytes = sizeof(axptr_copying),
    .read_versioned = ReadVersioned,
    .write_versioned = WriteVersioned,
    .fetch_io_vec = FetchIoVec,
    .read_io_vec = ReadIoVec,
    .write_io_vec = WriteIoVec,
    .advance_io_vec = axptr::calls::AdvanceIoVec,
    .revert_io_vec = axptr::calls::RevertIoVec,
    .read_value = ReadValue,
    .read_unaligned = ReadUnaligned,
    .write_value = WriteValue,
    .write_unaligned = WriteUnaligned,
    .atomic = Atomic,
    .retry_reading = RetryReading,
    .retry_writing = RetryWriting,
    .retry_exchange = RetryExchange,
    .string_length = StringCalls<Provider>::Length,
    .copy_until_nul = StringCalls<Provider>::CopyUntilNul,
    .write_text = StringCalls<Provider>::Write,
    .copy_strings = StringCalls<Provider>::CopyAll,
    .read_array = ReadArray,
    .write_array = WriteArray,
    .zero_array = ZeroArray,
};
constexpr axptr_switching kSwitching = {.size_bytes = sizeof(axptr_switching),
                                        .while_switched_away = WhileSwitchedAway};

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
    .copying = &kCopying,
    .switching = &kSwitching,
    .counts_exactly = true,
    .user_start = 0,
    .user_end = 0,
};

}  // namespace

extern "C" const axptr_subject* AXPTR_SUBJECT_ENTRY(void) { return &kSubject; }
