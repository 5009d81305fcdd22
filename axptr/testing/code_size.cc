// One function for each function of the library that accesses user memory: HEADER__FUNCTION, or
// HEADER__FUNCTION__VARIANT, which calls it once. code_size.py reads their sizes. Code that several
// of them share is in separate functions of the library. The functions of the kernel are only
// declared.
#include <cstddef>
#include <cstdint>
#include <span>

#include "axptr/addr_space.h"
#include "axptr/check_region.h"
#include "axptr/copied.h"
#include "axptr/layout.h"
#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/no_fault.h"
#include "axptr/null_terminated.h"
#include "axptr/user_atomic.h"
#include "axptr/user_io_vec.h"
#include "axptr/user_out_ptr.h"
#include "axptr/user_plain.h"
#include "axptr/user_ptr.h"
#include "axptr/user_strings.h"
#include "axptr/versioned.h"
#include "axptr/virt_addr.h"

namespace sized {

using axptr::Copied;
using axptr::LinuxResult;
using axptr::UserConstPtr;
using axptr::UserOutPtr;
using axptr::UserPtr;

struct Memory {
  bool check_region_access(axptr::VirtAddrRange range, axptr::MappingFlags flags);
  LinuxResult<void> populate_area(axptr::VirtAddrRange pages, axptr::MappingFlags flags);
};

class Process {
 public:
  template <typename F>
  auto with_addr_space(F&& function) {
    lock();
    auto result = function(memory_);
    unlock();
    return result;
  }

 private:
  void lock();
  void unlock();
  Memory memory_;
};

struct Words3 {
  std::uint64_t words[3];
};
AXPTR_USER_PLAIN(Words3, words);

using Byte = std::byte;
using Bytes = std::span<std::byte>;
using ConstBytes = std::span<const std::byte>;
using Text = std::span<char>;
using Word = std::uint64_t;
using Address = std::uintptr_t;

// clang-format off
// code_size.py takes the names apart at `__`, which no name of the library has.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {

bool check_region__check_region_with(Process& p, Address a, std::size_t n) { return axptr::check_region_with(p, axptr::VirtAddr(a), {.size_bytes = n, .align = 1}, axptr::MappingFlags::READ).has_value(); }
bool null_terminated__check_null_terminated(Process& p, Address a) { return axptr::check_null_terminated<std::uint8_t>(p, axptr::VirtAddr(a), axptr::MappingFlags::READ).has_value(); }

void user_ptr__get(Process& p, Address a, LinuxResult<const Word*>& r) { r = UserConstPtr<Word>(a).get(p); }
void user_ptr__get_as_slice(Process& p, Address a, std::size_t n, LinuxResult<std::span<const Word>>& r) { r = UserConstPtr<Word>(a).get_as_slice(p, n); }
void user_ptr__get_as_null_terminated(Process& p, Address a, LinuxResult<std::span<const std::uint8_t>>& r) { r = UserConstPtr<std::uint8_t>(a).get_as_null_terminated(p); }
void user_ptr__get_as_str(Process& p, Address a, LinuxResult<std::span<const char>>& r) { r = UserConstPtr<char>(a).get_as_str(p); }
void user_ptr__copy_str(Process& p, Address a, Text t, LinuxResult<std::span<const char>>& r) { r = UserConstPtr<char>(a).copy_str(p, t); }
void user_ptr__copy_bytes_until_nul(Process& p, Address a, Text t, Copied& r) { r = UserConstPtr<char>(a).copy_bytes_until_nul(p, t); }
void user_ptr__str_length(Process& p, Address a, std::size_t n, LinuxResult<std::size_t>& r) { r = UserConstPtr<char>(a).str_length(p, n); }
void user_ptr__read__8(Process& p, Address a, LinuxResult<Word>& r) { r = UserConstPtr<Word>(a).read(p); }
void user_ptr__read__24(Process& p, Address a, LinuxResult<Words3>& r) { r = UserConstPtr<Words3>(a).read(p); }
void user_ptr__read_unaligned(Process& p, Address a, LinuxResult<Word>& r) { r = UserConstPtr<Word>(a).read_unaligned(p); }
void user_ptr__read_into(Process& p, Address a, Bytes b, Copied& r) { r = UserConstPtr<Byte>(a).read_into(p, b); }
void user_ptr__write__8(Process& p, Address a, const Word& v, Copied& r) { r = UserPtr<Word>(a).write(p, v); }
void user_ptr__write__24(Process& p, Address a, const Words3& v, Copied& r) { r = UserPtr<Words3>(a).write(p, v); }
void user_ptr__write_unaligned(Process& p, Address a, const Word& v, Copied& r) { r = UserPtr<Word>(a).write_unaligned(p, v); }
void user_ptr__write_from(Process& p, Address a, ConstBytes b, Copied& r) { r = UserPtr<Byte>(a).write_from(p, b); }
void user_ptr__zero(Process& p, Address a, std::size_t n, Copied& r) { r = UserPtr<Byte>(a).zero(p, n); }
void user_ptr__write_str(Process& p, Address a, std::span<const char> t, std::size_t n, Copied& r) { r = UserPtr<char>(a).write_str(p, t, n); }
void user_ptr__access(Process& p, Address a, LinuxResult<Word>& r) { r = UserConstPtr<Word>(a).access(p, [](const Word& word) { return word; }); }

void user_out_ptr__write(Process& p, Address a, const Word& v, Copied& r) { r = UserOutPtr<Word>(a).write(p, v); }
void user_out_ptr__write_unaligned(Process& p, Address a, const Word& v, Copied& r) { r = UserOutPtr<Word>(a).write_unaligned(p, v); }
void user_out_ptr__write_from(Process& p, Address a, ConstBytes b, Copied& r) { r = UserOutPtr<Byte>(a).write_from(p, b); }
void user_out_ptr__zero(Process& p, Address a, std::size_t n, Copied& r) { r = UserOutPtr<Byte>(a).zero(p, n); }
void user_out_ptr__write_str(Process& p, Address a, std::span<const char> t, std::size_t n, Copied& r) { r = UserOutPtr<char>(a).write_str(p, t, n); }

void user_atomic__load(Process& p, Address a, LinuxResult<Word>& r) { r = axptr::UserAtomic<Word>(a).load(p); }
bool user_atomic__store(Process& p, Address a, Word v) { return axptr::UserAtomic<Word>(a).store(p, v).has_value(); }
void user_atomic__exchange(Process& p, Address a, Word v, LinuxResult<Word>& r) { r = axptr::UserAtomic<Word>(a).exchange(p, v); }
bool user_atomic__compare_exchange(Process& p, Address a, Word v, Word w) { return axptr::UserAtomic<Word>(a).compare_exchange(p, v, w).has_value(); }
void user_atomic__fetch_add(Process& p, Address a, Word v, LinuxResult<Word>& r) { r = axptr::UserAtomic<Word>(a).fetch_add(p, v); }
void user_atomic__fetch_or(Process& p, Address a, Word v, LinuxResult<Word>& r) { r = axptr::UserAtomic<Word>(a).fetch_or(p, v); }
void user_atomic__fetch_and(Process& p, Address a, Word v, LinuxResult<Word>& r) { r = axptr::UserAtomic<Word>(a).fetch_and(p, v); }
void user_atomic__fetch_xor(Process& p, Address a, Word v, LinuxResult<Word>& r) { r = axptr::UserAtomic<Word>(a).fetch_xor(p, v); }
bool no_fault__fault_in_and_retry(Process& p, Address a) { return axptr::fault_in_and_retry(p, 4, [&](const axptr::NoFault& inside) { return inside.read(UserConstPtr<Word>(a)); }).has_value(); }

bool user_io_vec__fetch(Process& p, Address a, std::span<axptr::IoSegment> s) { return axptr::UserIoVec::fetch(p, UserConstPtr<axptr::IoSegment>(a), s.size(), s).has_value(); }
void user_io_vec__read_into(Process& p, axptr::UserIoVec& v, Bytes b, Copied& r) { r = v.read_into(p, b); }
void user_io_vec__write_from(Process& p, axptr::UserIoVec& v, ConstBytes b, Copied& r) { r = v.write_from(p, b); }
void user_io_vec__zero(Process& p, axptr::UserIoVec& v, std::size_t n, Copied& r) { r = v.zero(p, n); }
bool user_strings__copy(Process& p, Address a, Text t) { return axptr::UserStrings::copy(p, UserConstPtr<UserConstPtr<char>>(a), 100, t).has_value(); }

void versioned__read_versioned__user(Process& p, Address a, std::size_t n, LinuxResult<Words3>& r) { r = axptr::read_versioned<Words3, 8>(p, UserConstPtr<Words3>(a), n); }
void versioned__read_versioned__kernel(ConstBytes b, LinuxResult<Words3>& r) { r = axptr::read_versioned<Words3, 8>(b); }
bool versioned__write_versioned__user(Process& p, Address a, std::size_t n, const Words3& v) { return axptr::write_versioned<Words3, 8>(p, UserOutPtr<Words3>(a), n, v).has_value(); }
bool versioned__write_versioned__kernel(Bytes b, const Words3& v) { return axptr::write_versioned<Words3, 8>(b, v).has_value(); }

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)
// clang-format on

}  // namespace sized
