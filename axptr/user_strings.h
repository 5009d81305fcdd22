// An array of pointers to strings, such as argv and envp of execve, copied within one size limit.
#ifndef AXPTR_USER_STRINGS_H_
#define AXPTR_USER_STRINGS_H_

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "axptr/addr_space.h"
#include "axptr/copied.h"
#include "axptr/linux_error.h"
#include "axptr/user_ptr.h"
#include "axptr/virt_addr.h"

namespace axptr {

// Strings that were copied to an arena, one after the other, each with its terminator.
// Precondition: the arena outlives this object.
class UserStrings {
 public:
  // Iterates over the strings in order; each is a span without its terminator.
  class Iterator {
   public:
    // The string, without its terminator. Precondition: this is not the end.
    std::span<const char> operator*() const { return {at_, length_}; }

    // Moves to the next string, or to the end. Precondition: this is not the end.
    Iterator& operator++() {
      at_ += length_ + 1;
      measure();
      return *this;
    }

    // Whether both are at the same string. Precondition: both are iterators of one UserStrings.
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

   private:
    friend class UserStrings;
    Iterator(const char* at, const char* end) : at_(at), end_(end) { measure(); }
    void measure() {
      length_ = 0;
      while (at_ + length_ != end_ && at_[length_] != '\0') ++length_;
    }

    const char* at_;
    const char* end_;
    std::size_t length_ = 0;
  };

  // Copies the strings of `table`, up to a null pointer, to `arena`. Each pointer of the table is
  // loaded once, and so is each byte of a string: a concurrent change by the user does not affect
  // earlier decisions. No pointer after the null one, and none after the first `max_strings` + 1,
  // is read. After an error `arena` begins with the strings copied before the error, and the part
  // of the last string that was copied. No other byte of `arena` is written.
  // Errors: E2BIG: more than `max_strings` strings, or more bytes than `arena` has, terminators
  // counted; EFAULT: `table` is misaligned; a pointer or a string is not mapped, not permitted, in
  // the last page of the 64-bit space, or was gone while it was read. ENOMEM and EINTR are passed
  // on.
  // Linux: count() and copy_strings() of execve, which read the table twice.
  template <internal::ProviderArgument P>
  static LinuxResult<UserStrings> copy(P&& provider, UserConstPtr<UserConstPtr<char>> table,
                                       std::size_t max_strings, std::span<char> arena) {
    VirtAddr entry = table.address();
    std::size_t count = 0;
    std::size_t used_bytes = 0;
    while (true) {
      const auto string = UserConstPtr<UserConstPtr<char>>(entry).read(provider);
      if (!string) return std::unexpected(string.error());
      if (string->is_null()) return UserStrings(arena.first(used_bytes), count);
      if (count == max_strings) return std::unexpected(LinuxError::kE2big);
      const Copied copied = string->copy_bytes_until_nul(provider, arena.subspan(used_bytes));
      if (copied.error == LinuxError::kEnametoolong) return std::unexpected(LinuxError::kE2big);
      if (!copied.is_complete()) return std::unexpected(copied.error);
      used_bytes += copied.done + 1;
      ++count;
      // The entry was read, so it does not lie in the last page.
      entry = VirtAddr(entry.as_usize() + sizeof(std::uintptr_t));
    }
  }

  // The number of strings.
  std::size_t size() const { return count_; }

  // Whether there is no string.
  bool empty() const { return count_ == 0; }

  // The used part of the arena: the strings with their terminators.
  std::span<const char> bytes() const { return bytes_; }

  // The iterator of the first string; end() if there is none.
  Iterator begin() const { return {bytes_.data(), end_of_bytes()}; }

  // The iterator after the last string.
  Iterator end() const { return {end_of_bytes(), end_of_bytes()}; }

 private:
  UserStrings(std::span<const char> bytes, std::size_t count) : bytes_(bytes), count_(count) {}
  const char* end_of_bytes() const { return bytes_.data() + bytes_.size(); }

  std::span<const char> bytes_;
  std::size_t count_;
};

}  // namespace axptr

#endif  // AXPTR_USER_STRINGS_H_
