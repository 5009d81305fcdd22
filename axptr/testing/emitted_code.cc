// Functions whose machine code check_emitted_code.py reads: it names each of them, and says what
// must stand in it. Accesses of user memory are at displacements that nothing else has.
#include <cstddef>
#include <cstdint>

#include "axptr/user_access.h"

using axptr::access_user_memory;
using axptr::attempt_user_access;

extern "C" {

constexpr std::size_t kFirst = 0x2a8 / sizeof(std::uint64_t);
constexpr std::size_t kSecond = 0x4c8 / sizeof(std::uint64_t);
constexpr std::size_t kThird = 0x628 / sizeof(std::uint64_t);

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

// What stands before and after stays outside.
std::uint64_t flag_not_around_neighbours(std::uint64_t* kernel, std::uint64_t* user,
                                         std::uint64_t value) {
  kernel[kSecond] = value;
  access_user_memory([&] { user[kFirst] = value; });
  return kernel[kThird];
}

// As a page-fault handler does.
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

// What a function over user memory may ask, where address 0 can be mapped.
std::uint64_t null_check_of_a_reference(const std::uint64_t& user) {
  const std::uint64_t* const pointer = &user;
  const std::uint64_t first = *pointer;
  return pointer == nullptr ? 0x5a5 : first;
}

std::uint64_t load_at_address_zero() {
  return *reinterpret_cast<const std::uint64_t*>(std::uintptr_t{0});
}

}  // extern "C"
