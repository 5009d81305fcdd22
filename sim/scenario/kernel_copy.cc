#include "sim/scenario/kernel_copy.h"

#include <cstdint>

#include "sim/machine/user_touch.h"

namespace sim {
namespace {

uint64_t AddressOf(const char* pointer) { return reinterpret_cast<uint64_t>(pointer); }

// Precondition: the room is not taken back yet.
Outcome OutcomeOfText(const axptr::LinuxResult<std::span<const char>>& result,
                      std::span<const char> room) {
  if (!result) return Outcome::Error(static_cast<int>(result.error()));
  if (result->size() > room.size()) return Outcome::Ok(result->size());
  return Outcome::Ok(result->size(), FingerprintUserMemory(AddressOf(room.data()), result->size()));
}

// An Effects::pointer_error.
uint64_t PointerError(const char* text, std::span<const char> room) {
  const uint64_t distance = AddressOf(text) - AddressOf(room.data());
  const bool is_close = distance + kMaxCopiedBytes <= 2 * kMaxCopiedBytes;
  return is_close ? distance : kElsewhere;
}

}  // namespace

Outcome TakeBackText(const axptr::LinuxResult<std::span<const char>>& result,
                     std::span<const char> room, KernelBuffer& buffer, Effects* effects) {
  const Outcome outcome = OutcomeOfText(result, room);
  const KernelBuffer::Written written = buffer.TakeBack();
  if (result) effects->pointer_error = PointerError(result->data(), room);
  effects->copied_bytes = written.bytes;
  effects->copied_fingerprint = written.fingerprint;
  effects->written_outside = written.outside;
  return outcome;
}

}  // namespace sim
