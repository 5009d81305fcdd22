// The whole library as a kernel compiles it: the example kernel, and what the example leaves out,
// for elements of every shape. Compiled with kernel flags in every build; nothing runs.
#include <cstddef>
#include <cstdint>
#include <span>

#include "axptr/check_region.h"
#include "axptr/testing/example_kernel.h"
#include "axptr/user_out_ptr.h"
#include "axptr/user_ptr.h"

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

LinuxResult<void> use_the_checks(ProcessMemory& memory, VirtAddr start) {
  const auto layout = axptr::Layout::array<Words3>(5);
  const auto checked = axptr::check_region(memory, start, *layout, UserPtr<Words3>::ACCESS_FLAGS);
  if (!checked) return checked;
  axptr::access_user_memory([] {});
  return axptr::check_region_with(axptr::NoLockNeeded(memory), start, *layout, MappingFlags::READ);
}

}  // namespace kernel
