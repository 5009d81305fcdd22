#include <algorithm>
#include <cstddef>
#include <expected>
#include <span>

#include "axptr/linux_error.h"
#include "sim/scenario/subject_call.h"
#include "sim/subject/subject_copying.h"

namespace sim {

Outcome SubjectCall::CopyStr() {
  const std::span<char> room = buffer_.Lend(std::min(op_.length, kMaxCopiedBytes));
  axptr_lent text = {};
  const int error =
      Run([&] { return subject_.copy_text(room.data(), room.size(), op_.address, &text); });
  axptr::LinuxResult<std::span<const char>> result =
      std::span<const char>(reinterpret_cast<const char*>(text.start), text.count);
  if (error != 0) result = std::unexpected(static_cast<axptr::LinuxError>(-error));
  return TakeBackText(result, room, buffer_, effects_);
}

Outcome SubjectCall::StrLength() {
  size_t length = 0;
  const int error =
      Run([&] { return subject_.copying->string_length(op_.address, op_.length, &length); });
  return error != 0 ? Outcome::Error(-error) : Outcome::Ok(length);
}

Outcome SubjectCall::CopyUntilNul() {
  const std::span<char> room = buffer_.Lend(Size());
  const MovedBytes moved = MoveExactly([&](axptr_moved* to) {
    subject_.copying->copy_until_nul(room.data(), room.size(), op_.address, to);
  });
  return TakeBackBytes(moved, room, buffer_, effects_);
}

Outcome SubjectCall::WriteStr() {
  const std::span<char> text = buffer_.Lend(op_.pattern.size());
  std::copy(op_.pattern.begin(), op_.pattern.end(), text.begin());
  const MovedBytes moved = MoveExactly([&](axptr_moved* to) {
    subject_.copying->write_text(op_.address, text.data(), text.size(), op_.length, to);
  });
  return TakeBackSource(moved, buffer_, effects_);
}

Outcome SubjectCall::UserStrings() {
  const std::span<char> room = buffer_.Lend(Size());
  axptr_strings strings = {};
  const int error = Run([&] {
    return subject_.copying->copy_strings(room.data(), room.size(), op_.address, op_.max_strings,
                                          &strings);
  });
  return TakeBackStrings(-error, strings, room, buffer_, effects_);
}

}  // namespace sim
