// Functions whose machine code check_emitted_code.py checks. The script has the name and the
// expected events of each. Accesses to user memory use displacements that no other access uses.
#include <cstddef>
#include <cstdint>

#include "axptr/copy_str.h"
#include "axptr/transfer.h"
#include "axptr/user_access.h"

using axptr::access_user_memory;
using axptr::attempt_user_access;

extern "C" {

constexpr std::size_t kFirst = 0x2a8 / sizeof(std::uint64_t);
constexpr std::size_t kSecond = 0x4c8 / sizeof(std::uint64_t);
constexpr std::size_t kThird = 0x628 / sizeof(std::uint64_t);
constexpr std::size_t kFirstBytes = 0x2a8;
constexpr std::size_t kSecondBytes = 0x4c8;
constexpr std::size_t kToSecond = kSecondBytes - kFirstBytes;

void flag_around_a_store(std::uint64_t* user, std::uint64_t value) {
  access_user_memory([&] { user[kFirst] = value; });
}

std::uint64_t flag_around_a_load(const std::uint64_t* user) {
  return access_user_memory([&] { return user[kFirst]; });
}

void flag_around_nested_stores(std::uint64_t* user, std::uint64_t value) {
  access_user_memory([&] {
    access_user_memory([&] { user[kFirst] = value; });
    user[kSecond] = value;
  });
}

// The accesses before and after access_user_memory stay outside of the flag.
std::uint64_t flag_not_around_neighbours(std::uint64_t* kernel, std::uint64_t* user,
                                         std::uint64_t value) {
  kernel[kSecond] = value;
  access_user_memory([&] { user[kFirst] = value; });
  return kernel[kThird];
}

// Like a page-fault handler.
void flag_clear_around_a_store(std::uint64_t* kernel, std::uint64_t value) {
  const bool flag = axptr::is_accessing_user_memory();
  axptr::set_accessing_user_memory(false);
  kernel[kSecond] = value;
  axptr::set_accessing_user_memory(flag);
}

// The store is in the function that the platform calls back.
bool flag_around_an_attempt(std::uint64_t* user, std::uint64_t value, axptr::VirtAddrRange range) {
  return attempt_user_access(range, axptr::MappingFlags::WRITE, [&] { user[kFirst] = value; })
      .has_value();
}

// A function that accesses user memory may compare its address with null if address 0 can be
// mapped.
std::uint64_t null_check_of_a_reference(const std::uint64_t& user) {
  const std::uint64_t* const pointer = &user;
  const std::uint64_t first = *pointer;
  return pointer == nullptr ? 0x5a5 : first;
}

std::uint64_t load_at_address_zero() {
  return *reinterpret_cast<const std::uint64_t*>(std::uintptr_t{0});
}

// The progress of a transfer. `first` is the access to user memory, `second` that to kernel memory,
// and `third` the store of the position, which counts both accesses as done.
void progress_after_a_load(const std::byte* user, std::byte* kernel, std::uintptr_t* progress) {
  axptr::internal::Transfer<axptr::internal::UserToKernel>{
      .direction = {axptr::VirtAddr(reinterpret_cast<std::uintptr_t>(user)), kernel + kToSecond},
      .at = kFirstBytes,
      .size = kFirstBytes + sizeof(std::uint64_t),
      .progress = progress + kThird}
      .one<std::uint64_t>();
}

// Returns `user`, so that the compiler cannot reuse its register for the next position.
std::byte* progress_after_a_store(std::byte* user, const std::byte* kernel,
                                  std::uintptr_t* progress) {
  axptr::internal::Transfer<axptr::internal::KernelToUser>{
      .direction = {axptr::VirtAddr(reinterpret_cast<std::uintptr_t>(user)), kernel + kToSecond},
      .at = kFirstBytes,
      .size = kFirstBytes + sizeof(std::uint64_t),
      .progress = progress + kThird}
      .one<std::uint64_t>();
  return user;
}

void progress_after_a_zero(std::byte* user, std::uintptr_t* progress) {
  axptr::internal::Transfer<axptr::internal::ZeroToUser>{
      .direction =
          axptr::internal::ZeroToUser(axptr::VirtAddr(reinterpret_cast<std::uintptr_t>(user))),
      .at = kFirstBytes,
      .size = kFirstBytes + sizeof(std::uint64_t),
      .progress = progress + kThird}
      .one<std::uint64_t>();
}

// The progress of a string. The store to kernel memory is one byte, like that of the flag.
bool progress_after_a_character(const char* user, char* kernel, std::uintptr_t* progress) {
  return axptr::internal::copy_until_nul(user + kFirstBytes, kernel + kSecondBytes, 1,
                                         progress[kThird]);
}

}  // extern "C"
