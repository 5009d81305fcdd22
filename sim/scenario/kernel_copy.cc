#include "sim/scenario/kernel_copy.h"

#include <cstdint>

#include "sim/machine/user_touch.h"

namespace sim {
namespace {

uint64_t AddressOf(const char* pointer) { return reinterpret_cast<uint64_t>(pointer); }

// The result is the first `length` bytes of the room. Precondition: the room is not yet returned to
// its buffer.
Outcome OkWithBytes(uint64_t length, std::span<const char> room) {
  return Outcome::Ok(length, FingerprintUserMemory(AddressOf(room.data()), length));
}

// Precondition: the room is not yet returned to its buffer.
Outcome OutcomeOfText(const axptr::LinuxResult<std::span<const char>>& result,
                      std::span<const char> room) {
  if (!result) return Outcome::Error(static_cast<int>(result.error()));
  if (result->size() > room.size()) return Outcome::Ok(result->size());
  return OkWithBytes(result->size(), room);
}

Outcome OutcomeOfBytes(const MovedBytes& moved, std::span<const char> room) {
  if (moved.error != 0) return Outcome::Error(moved.error, moved.done);
  if (moved.done > room.size()) return Outcome::Ok(moved.done);
  return OkWithBytes(moved.done, room);
}

// Returns the room to `buffer`.
void NoteWritten(KernelBuffer& buffer, Effects* effects) {
  const KernelBuffer::Written written = buffer.TakeBack();
  effects->copied_bytes = written.bytes;
  effects->copied_fingerprint = written.fingerprint;
  effects->written_outside = written.outside;
}

// The Effects::pointer_error of `text`, which should begin where `room` begins.
uint64_t PointerError(const char* text, std::span<const char> room) {
  const uint64_t distance = AddressOf(text) - AddressOf(room.data());
  const bool is_close = distance + kMaxCopiedBytes <= 2 * kMaxCopiedBytes;
  return is_close ? distance : kElsewhere;
}

}  // namespace

Outcome TakeBackText(const axptr::LinuxResult<std::span<const char>>& result,
                     std::span<const char> room, KernelBuffer& buffer, Effects* effects) {
  const Outcome outcome = OutcomeOfText(result, room);
  if (result) effects->pointer_error = PointerError(result->data(), room);
  NoteWritten(buffer, effects);
  return outcome;
}

Outcome TakeBackStrings(int error, const axptr_strings& strings, std::span<const char> room,
                        KernelBuffer& buffer, Effects* effects) {
  Outcome outcome = Outcome::Error(error);
  if (error == 0) {
    outcome = Outcome::Ok(strings.count);
    if (strings.size <= room.size()) {
      outcome.fingerprint = OkWithBytes(strings.size, room).fingerprint;
    }
    effects->pointer_error = PointerError(strings.bytes, room);
  }
  NoteWritten(buffer, effects);
  return outcome;
}

Outcome TakeBackBytes(const MovedBytes& moved, std::span<const char> room, KernelBuffer& buffer,
                      Effects* effects) {
  const Outcome outcome = OutcomeOfBytes(moved, room);
  if (moved.error != 0) effects->pointer_error = moved.wrong_by;
  NoteWritten(buffer, effects);
  return outcome;
}

uint64_t FingerprintOfRoom(std::span<const char> room, uint64_t length) {
  return FingerprintUserMemory(AddressOf(room.data()), length <= room.size() ? length : 0);
}

Outcome TakeBackValue(int error, uint64_t length, std::span<const char> room, KernelBuffer& buffer,
                      Effects* effects) {
  Outcome outcome = Outcome::Error(error);
  if (error == 0) {
    outcome = Outcome::Ok(length, FingerprintUserMemory(AddressOf(room.data()), room.size()));
  }
  NoteWritten(buffer, effects);
  return outcome;
}

Outcome OutcomeOfMoved(const MovedBytes& moved, Effects* effects) {
  if (moved.error == 0) return Outcome::Ok(moved.done);
  effects->pointer_error = moved.wrong_by;
  return Outcome::Error(moved.error, moved.done);
}

Outcome TakeBackSource(const MovedBytes& moved, KernelBuffer& buffer, Effects* effects) {
  NoteWritten(buffer, effects);
  return OutcomeOfMoved(moved, effects);
}

Outcome TakeBackValueSource(const MovedBytes& moved, uint64_t size, KernelBuffer& buffer,
                            Effects* effects) {
  const Outcome outcome = TakeBackSource(moved, buffer, effects);
  return moved.error != 0 ? outcome : Outcome::Ok(moved.done == size ? 1 : 0);
}

}  // namespace sim
