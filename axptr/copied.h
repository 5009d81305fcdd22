// The result of a transfer between kernel and user memory that can be partial.
#ifndef AXPTR_COPIED_H_
#define AXPTR_COPIED_H_

#include <cstddef>
#include <expected>

#include "axptr/linux_error.h"
#include "axptr/virt_addr.h"

namespace axptr {

// The value of Copied::error after a complete transfer.
inline constexpr LinuxError kNoError{0};

// How many bytes were moved, and why not all of them. The functions that transfer bytes return it
// in place of LinuxResult, because an error after the first byte does not undo the bytes before it.
struct Copied {
  // The number of bytes moved, which are the first ones of the transfer, without a gap. For a
  // string, the terminator is not counted.
  std::size_t done = 0;
  LinuxError error = kNoError;  // why the transfer ended early
  VirtAddr address = {};        // of the first byte of user memory that was not moved

  // Whether every byte was moved.
  constexpr bool is_complete() const { return error == kNoError; }

  // The result for a caller that accepts complete transfers only.
  // Errors: `error`, after a transfer that ended early.
  constexpr LinuxResult<void> whole() const {
    if (!is_complete()) return std::unexpected(error);
    return {};
  }

  // The result of read(2) and write(2): `done`, which can be less than the requested size.
  // Errors: `error`, if no byte was moved.
  constexpr LinuxResult<std::size_t> short_count() const {
    if (!is_complete() && done == 0) return std::unexpected(error);
    return done;
  }

  // Whether all three members are equal.
  friend constexpr bool operator==(const Copied&, const Copied&) = default;
};

}  // namespace axptr

#endif  // AXPTR_COPIED_H_
