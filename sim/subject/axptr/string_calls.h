// The string functions of the library as functions of struct axptr_copying; subject_copying.h
// documents each. Only for axptr_subject.cc.
#ifndef SIM_SUBJECT_AXPTR_STRING_CALLS_H_
#define SIM_SUBJECT_AXPTR_STRING_CALLS_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "axptr/copied.h"
#include "axptr/linux_error.h"
#include "axptr/user_out_ptr.h"
#include "axptr/user_ptr.h"
#include "axptr/user_strings.h"
#include "sim/subject/subject_copying.h"

namespace {  // NOLINT(google-build-namespaces): included by axptr_subject.cc only

// `Provider`: of the machine's address space.
template <typename Provider>
struct StringCalls {
  using Text = axptr::UserConstPtr<char>;

  static int Length(std::uint64_t start, std::size_t bound, std::size_t* length) {
    const auto result = Text(start).str_length(Provider(), bound);
    if (!result) return -static_cast<int>(result.error());
    *length = *result;
    return 0;
  }

  static void CopyUntilNul(char* to, std::size_t room, std::uint64_t start, axptr_moved* moved) {
    *moved = MovedOf(Text(start).copy_bytes_until_nul(Provider(), std::span<char>(to, room)));
  }

  static void Write(std::uint64_t start, const char* text, std::size_t size, std::size_t room,
                    axptr_moved* moved) {
    *moved =
        MovedOf(axptr::UserOutPtr<char>(start).write_str(Provider(), std::span(text, size), room));
  }

  static int CopyAll(char* to, std::size_t room, std::uint64_t table, std::size_t max_strings,
                     axptr_strings* strings) {
    const auto result = axptr::UserStrings::copy(Provider(), axptr::UserConstPtr<Text>(table),
                                                 max_strings, std::span<char>(to, room));
    if (!result) return -static_cast<int>(result.error());
    *strings = {result->bytes().data(), result->bytes().size(), result->size()};
    // An error that no call of the library returns, if an iteration sees other strings.
    return AgreesWithItsIterators(*result) ? 0 : -static_cast<int>(axptr::LinuxError::kEexist);
  }

 private:
  static bool AgreesWithItsIterators(const axptr::UserStrings& strings) {
    std::size_t bytes = 0;
    std::size_t count = 0;
    for (const std::span<const char> string : strings) {
      if (string.data() != strings.bytes().data() + bytes) return false;
      bytes += string.size() + 1;
      ++count;
    }
    return bytes == strings.bytes().size() && count == strings.size() &&
           strings.empty() == (count == 0);
  }

  static axptr_moved MovedOf(const axptr::Copied& copied) {
    return {copied.done, -static_cast<int>(copied.error), copied.address.as_usize()};
  }
};

}  // namespace

#endif  // SIM_SUBJECT_AXPTR_STRING_CALLS_H_
