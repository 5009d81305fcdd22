#include <cstddef>
#include <cstdint>
#include <span>

#include "sim/scenario/io_vec_call.h"
#include "sim/scenario/struct_bytes.h"
#include "sim/scenario/subject_call.h"
#include "sim/subject/subject_copying.h"

namespace sim {
namespace {

constexpr uint64_t kFingerprintPrime = 0x100000001b3;  // of FNV-1a, 64 bits

}  // namespace

Outcome SubjectCall::CopyIn() {
  const std::span<char> room = buffer_.Lend(Size());
  const MovedBytes moved = Move(
      subject_.copy_in != nullptr,
      [&](axptr_moved* to) { subject_.copy_in(room.data(), op_.address, room.size(), to); },
      [&] { return subject_.copy_from_user(room.data(), op_.address, room.size()); });
  return TakeBackBytes(moved, room, buffer_, effects_);
}

Outcome SubjectCall::CopyOut() {
  const std::span<char> room = LendLetters(Size());
  const MovedBytes moved = Move(
      subject_.copy_out != nullptr,
      [&](axptr_moved* to) { subject_.copy_out(op_.address, room.data(), room.size(), to); },
      [&] { return subject_.copy_to_user(op_.address, room.data(), room.size()); });
  return TakeBackSource(moved, buffer_, effects_);
}

Outcome SubjectCall::Zero() {
  const MovedBytes moved = Move(
      subject_.zero != nullptr, [&](axptr_moved* to) { subject_.zero(op_.address, Size(), to); },
      [&] { return subject_.clear_user(op_.address, Size()); });
  return OutcomeOfMoved(moved, effects_);
}

Outcome SubjectCall::ReadArray() {
  const std::span<char> room = buffer_.Lend(ArrayBytes());
  const MovedBytes moved = MoveExactly([&](axptr_moved* to) {
    subject_.copying->read_array(room.data(), op_.address, element_, op_.length, to);
  });
  return TakeBackBytes(moved, room, buffer_, effects_);
}

Outcome SubjectCall::WriteArray() {
  const std::span<char> room = LendLetters(ArrayBytes());
  const MovedBytes moved = MoveExactly([&](axptr_moved* to) {
    subject_.copying->write_array(op_.address, room.data(), element_, op_.length, to);
  });
  return TakeBackSource(moved, buffer_, effects_);
}

Outcome SubjectCall::ZeroArray() {
  const MovedBytes moved = MoveExactly([&](axptr_moved* to) {
    subject_.copying->zero_array(op_.address, element_, op_.length, to);
  });
  return OutcomeOfMoved(moved, effects_);
}

Outcome SubjectCall::ReadVersioned() {
  const std::span<char> room = buffer_.Lend(element_.size);
  const int error = Run([&] {
    return subject_.copying->read_versioned(room.data(), op_.address, op_.length, element_,
                                            FirstSize(op_.type));
  });
  return TakeBackValue(-error, op_.length, room, buffer_, effects_);
}

Outcome SubjectCall::WriteVersioned() {
  const std::span<char> room = buffer_.Lend(element_.size);
  FillStruct(op_, room);
  size_t written = 0;
  bool dropped_nonzero = false;
  const int error = Run([&] {
    return subject_.copying->write_versioned(op_.address, op_.length, room.data(), element_,
                                             FirstSize(op_.type), &written, &dropped_nonzero);
  });
  TakeBackSource({}, buffer_, effects_);
  return error != 0 ? Outcome::Error(-error) : Outcome::Ok(written, dropped_nonzero ? 1 : 0);
}

Outcome SubjectCall::IoVec() {
  const bool reads = op_.verb == Verb::kWritev;
  const std::span<char> room = reads ? buffer_.Lend(Size()) : LendLetters(Size());
  IoVecCall io_vec(*subject_.copying);
  MovedBytes moved;
  const int error = Run([&] {
    const int fetched = io_vec.Fetch(op_.address, op_.segments);
    if (fetched != 0) return fetched;
    if (!reads) WatchAlso(io_vec.Segments());
    moved = io_vec.Move(reads, room);
    return 0;
  });
  if (error != 0) moved = {.error = -error};
  const uint64_t fingerprint = reads ? FingerprintOfRoom(room, moved.done) : Outcome().fingerprint;
  const Outcome outcome = TakeBackSource(moved, buffer_, effects_);
  if (outcome.kind != Outcome::Kind::kOk) return outcome;
  return Outcome::Ok(moved.done, (fingerprint ^ io_vec.remaining()) * kFingerprintPrime);
}

}  // namespace sim
