// The whole library as a kernel compiles it: the example kernel, and all functions that the example
// does not use, for elements of every size and alignment. Compiled with kernel flags in every
// build, but not run.
#include <cstddef>
#include <cstdint>
#include <span>

#include "axptr/check_region.h"
#include "axptr/no_fault.h"
#include "axptr/testing/example_kernel.h"
#include "axptr/testing/example_page_tables.h"
#include "axptr/user_atomic.h"
#include "axptr/user_io_vec.h"
#include "axptr/user_out_ptr.h"
#include "axptr/user_ptr.h"
#include "axptr/user_strings.h"
#include "axptr/versioned.h"

namespace kernel {

struct Bytes3 {
  std::byte bytes[3];
};
AXPTR_USER_PLAIN(Bytes3, bytes);
struct Words3 {
  std::uint32_t words[3];
};
AXPTR_USER_PLAIN(Words3, words);
struct alignas(axptr::kPageSize4K) Page {
  std::uint64_t words[512];
};
AXPTR_USER_PLAIN(Page, words);
struct TerminatedByOnes {
  std::uint16_t value = 0xffff;
};
AXPTR_USER_PLAIN(TerminatedByOnes, value);

template <typename Pointer, typename Provider>
std::size_t use_all_of(Pointer pointer, Provider&& provider) {
  using Element = typename Pointer::Element;
  std::size_t sum = pointer.address().as_usize() + pointer.is_null();
  sum += pointer.nullable().has_value() + (pointer.template cast<char>().as_ptr() != nullptr);
  if (const auto one = pointer.get(provider)) sum += reinterpret_cast<std::uintptr_t>(*one);
  if (const auto slice = pointer.get_as_slice(provider, sum)) sum += slice->size();
  if (const auto array = pointer.get_as_null_terminated(provider)) sum += array->size();
  const auto size = pointer.access(provider, [](Element& element) { return sizeof(element); });
  const auto length =
      pointer.access(provider, sum, [](std::span<Element> elements) { return elements.size(); });
  const auto nothing = pointer.access(provider, [](Element&) {});
  const auto nothing_of_many = pointer.access(provider, sum, [](std::span<Element>) {});
  return sum + size.value_or(0) + length.value_or(0) + nothing.has_value() +
         nothing_of_many.has_value();
}

template <typename T>
std::size_t use_both(Process& process, std::uintptr_t address) {
  return use_all_of(UserPtr<T>(address), process) + use_all_of(UserConstPtr<T>(address), process);
}

std::size_t use_without_lock(ProcessMemory& memory, std::uintptr_t address) {
  const axptr::NoLockNeeded alone(memory);
  return use_all_of(UserPtr<Timespec>(address), alone) +
         use_all_of(UserConstPtr<std::uint8_t>(address), alone);
}

template std::size_t use_both<std::uint8_t>(Process&, std::uintptr_t);
template std::size_t use_both<char16_t>(Process&, std::uintptr_t);
template std::size_t use_both<std::int32_t>(Process&, std::uintptr_t);
template std::size_t use_both<std::uint64_t>(Process&, std::uintptr_t);
template std::size_t use_both<std::byte>(Process&, std::uintptr_t);
template std::size_t use_both<UserPtr<int>>(Process&, std::uintptr_t);
template std::size_t use_both<std::uint32_t[4]>(Process&, std::uintptr_t);
template std::size_t use_both<Timespec>(Process&, std::uintptr_t);
template std::size_t use_both<Event>(Process&, std::uintptr_t);
template std::size_t use_both<Bytes3>(Process&, std::uintptr_t);
template std::size_t use_both<Words3>(Process&, std::uintptr_t);
template std::size_t use_both<Page>(Process&, std::uintptr_t);
template std::size_t use_both<TerminatedByOnes>(Process&, std::uintptr_t);

LinuxResult<std::span<const char>> use_the_copy(Process& process, std::uintptr_t path,
                                                std::span<char> buffer) {
  return UserConstPtr<char>(path).copy_str(process, buffer);
}

template <typename T>
std::size_t use_transfers(Process& process, std::uintptr_t address, std::span<T> kernel) {
  const UserConstPtr<T> in(address);
  const UserPtr<T> both(address);
  std::size_t sum = in.read_into(process, kernel).short_count().value_or(0);
  sum += both.read_into(process, kernel).whole().has_value();
  sum += both.write_from(process, kernel).done + both.zero(process, kernel.size()).done;
  const axptr::UserOutPtr<T> out(both);
  sum += out.write_from(process, kernel).done + out.zero(process, kernel.size()).done;
  return sum;
}

template <typename T>
std::size_t use_value(Process& process, std::uintptr_t address, const T& value) {
  const UserPtr<T> both(address);
  const axptr::UserOutPtr<T> out(both);
  std::size_t sum = both.write(process, value).done + both.write_unaligned(process, value).done +
                    out.write(process, value).done + out.write_unaligned(process, value).done;
  if (const auto read = UserConstPtr<T>(address).read(process)) {
    sum += out.write(process, *read).done;
  }
  if (const auto read = both.read_unaligned(process)) sum += out.write(process, *read).done;
  return sum;
}

template std::size_t use_value(Process&, std::uintptr_t, const std::uint8_t&);
template std::size_t use_value(Process&, std::uintptr_t, const std::uint64_t&);
template std::size_t use_value(Process&, std::uintptr_t, const UserPtr<int>&);
template std::size_t use_value(Process&, std::uintptr_t, const Timespec&);
template std::size_t use_value(Process&, std::uintptr_t, const Event&);
template std::size_t use_value(Process&, std::uintptr_t, const Bytes3&);

template std::size_t use_transfers(Process&, std::uintptr_t, std::span<std::byte>);
template std::size_t use_transfers(Process&, std::uintptr_t, std::span<Event>);
template std::size_t use_transfers(Process&, std::uintptr_t, std::span<std::uint64_t[3]>);

std::size_t use_strings(Process& process, std::uintptr_t address, std::span<char> buffer) {
  const UserConstPtr<char> in(address);
  std::size_t sum = in.copy_bytes_until_nul(process, buffer).done;
  sum += in.str_length(process, buffer.size()).value_or(0);
  sum += UserPtr<char>(address).write_str(process, buffer, sum).done;
  return sum + axptr::UserOutPtr<char>(address).write_str(process, buffer, sum).done;
}

std::size_t use_versions(Process& process, std::uintptr_t address, std::span<std::byte> kernel) {
  const axptr::UserOutPtr<Event> out(address);
  std::size_t sum = 0;
  if (const auto read =
          axptr::read_versioned<Event, 16>(process, UserConstPtr<Event>(address), kernel.size())) {
    sum += axptr::write_versioned<Event, 16>(process, out, kernel.size(), *read).has_value();
  }
  if (const auto read = axptr::read_versioned<Event, 16>(kernel)) {
    sum += axptr::write_versioned<Event, 16>(kernel, *read).has_value();
  }
  return sum;
}

template <typename T>
T use_atomic(Process& process, std::uintptr_t address, T value) {
  const axptr::UserAtomic<T> word(address);
  T sum = word.load(process).value_or(0) + word.store(process, value).has_value();
  sum += word.exchange(process, value).value_or(0) + word.fetch_add(process, value).value_or(0);
  sum += word.fetch_or(process, value).value_or(0) + word.fetch_and(process, value).value_or(0);
  sum += word.fetch_xor(process, value).value_or(0);
  const auto inside = axptr::fault_in_and_retry(
      process, 4, [&](const axptr::NoFault& no_fault) -> axptr::NoFaultResult<T> {
        const auto exchanged = word.compare_exchange(no_fault, value, sum);
        if (!exchanged) return std::unexpected(exchanged.error());
        const auto written = no_fault.write(UserPtr<T>(address), exchanged->found);
        if (!written) return std::unexpected(written.error());
        return no_fault.read(UserConstPtr<T>(address));
      });
  return inside.value_or(0);
}

template std::uint32_t use_atomic(Process&, std::uintptr_t, std::uint32_t);
template std::uint64_t use_atomic(Process&, std::uintptr_t, std::uint64_t);

std::size_t use_segments(Process& process, std::uintptr_t table, std::span<std::byte> bytes,
                         std::span<axptr::IoSegment> storage) {
  auto segments = axptr::UserIoVec::fetch(process, UserConstPtr<axptr::IoSegment>(table),
                                          storage.size(), storage);
  if (!segments) return 0;
  std::size_t sum = segments->read_into(process, bytes).done;
  segments->revert(sum);
  sum += segments->write_from(process, bytes).done + segments->zero(process, sum).done;
  segments->advance(segments->remaining());
  return sum + segments->total() + segments->position();
}

std::size_t use_argv(Process& process, std::uintptr_t argv, std::span<char> arena) {
  const auto strings =
      axptr::UserStrings::copy(process, UserConstPtr<UserConstPtr<char>>(argv), 100, arena);
  std::size_t sum = 0;
  if (!strings) return sum;
  for (const std::span<const char> string : *strings) sum += string.size();
  return sum;
}

void use_task_switch() {
  const axptr::UserAccessState state = axptr::save_user_access();
  axptr::restore_user_access(state);
}

LinuxResult<void> use_the_checks(ProcessMemory& memory, VirtAddr start) {
  const auto layout = axptr::Layout::array<Words3>(5);
  const auto checked = axptr::check_region(memory, start, *layout, UserPtr<Words3>::ACCESS_FLAGS);
  if (!checked) return checked;
  axptr::access_user_memory([] {});
  return axptr::check_region_with(axptr::NoLockNeeded(memory), start, *layout, MappingFlags::READ);
}

}  // namespace kernel
