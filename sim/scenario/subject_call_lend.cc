#include <cstddef>
#include <cstdint>

#include "sim/machine/user_touch.h"
#include "sim/machine/window.h"
#include "sim/scenario/subject_call.h"

namespace sim {
namespace {

static_assert(AXPTR_READ == kPermRead && AXPTR_WRITE == kPermWrite);

// Reads `size` bytes inside `access_value`. Declares the user access again, as a helper of a kernel
// would. The touches after this function then show whether the outer flag is still set.
uint64_t ReadUnderFlag(const axptr_subject& subject, uint64_t address, uint64_t size) {
  if (subject.with_faults_allowed == nullptr) return FingerprintUserMemory(address, size);
  struct Reading {
    uint64_t address;
    uint64_t size;
    uint64_t fingerprint = kEmptyFingerprint;
  } reading = {address, size};
  subject.with_faults_allowed(
      [](void* argument) {
        auto* const what = static_cast<Reading*>(argument);
        what->fingerprint = FingerprintUserMemory(what->address, what->size);
      },
      &reading);
  return reading.fingerprint;
}

// The size of `count` elements in bytes, saturated.
uint64_t BytesOf(uint64_t count, uint64_t element_size) {
  uint64_t bytes = 0;
  return __builtin_mul_overflow(count, element_size, &bytes) ? UINT64_MAX : bytes;
}

}  // namespace

template <typename Function>
Outcome SubjectCall::Lend(uint64_t element_size, Function lend) {
  axptr_lent lent = {};
  const int error = Run([&] { return lend(&lent); });
  if (error != 0) return Outcome::Error(-error);
  return Use(lent.start, BytesOf(lent.count, element_size), lent.count);
}

Outcome SubjectCall::Get() {
  return Lend(element_.size, [&](axptr_lent* lent) {
    return subject_.lend_value(op_.address, element_, rights_, lent);
  });
}

Outcome SubjectCall::Slice() {
  return Lend(element_.size, [&](axptr_lent* lent) {
    return subject_.lend_slice(op_.address, element_, op_.length, rights_, lent);
  });
}

Outcome SubjectCall::NullTerminated() {
  return Lend(element_.size, [&](axptr_lent* lent) {
    return subject_.lend_terminated(op_.address, element_, rights_, lent);
  });
}

Outcome SubjectCall::Str() {
  return Lend(1, [&](axptr_lent* lent) { return subject_.lend_text(op_.address, lent); });
}

Outcome SubjectCall::Access() {
  uint64_t value = kEmptyFingerprint;
  const int error = Run([&] {
    return op_.is_single
               ? subject_.access_value(op_.address, element_, rights_, &UseInside, this, &value)
               : subject_.access_slice(op_.address, element_, op_.length, rights_, &UseInside, this,
                                       &value);
  });
  return error != 0 ? Outcome::Error(-error) : Outcome::Ok(op_.is_single ? 1 : op_.length, value);
}

bool SubjectCall::IsRightPlace(uint64_t address) {
  if (address == op_.address) return true;
  effects_->pointer_error = Window::Contains(address) ? address - op_.address : kElsewhere;
  return false;
}

void SubjectCall::PanicUnlessInWindow(uint64_t address, uint64_t size) {
  if (Window::ContainsRange(address, size)) return;
  const uint64_t first_outside = Window::Contains(address) ? Window::kEnd : address;
  kernel_.PanicAt(first_outside, IsMutable(op_.verb), KernelBug::kFlagClear);
}

template <typename Read>
uint64_t SubjectCall::UseBytes(uint64_t address, uint64_t size, Read read) {
  const uint64_t fingerprint = read(address, size);
  if (!IsMutable(op_.verb)) return fingerprint;
  if (is_inside_) kernel_.NoteUseInside(address, size, /*write=*/true);
  Store(address, kFlippedInFirst);
  Store(address + size - 1, kFlippedInLast);
  return fingerprint;
}

Outcome SubjectCall::Use(uint64_t address, uint64_t size, uint64_t length) {
  kernel_.BeforeUse();
  if (!IsRightPlace(address)) return Outcome::Ok(length);
  if (size == 0) return Outcome::Ok(length);
  PanicUnlessInWindow(address, size);
  kernel_.PreventAccess(address, /*write=*/false);  // the memory is read first
  uint64_t fingerprint = 0;
  kernel_.UseAsKernel(address, size, IsMutable(op_.verb),
                      [&] { fingerprint = UseBytes(address, size, FingerprintUserMemory); });
  return Outcome::Ok(length, fingerprint);
}

void SubjectCall::Store(uint64_t address, uint8_t flipped_bits) {
  TouchByte(address, /*write=*/true, flipped_bits);
  if (watch_ != nullptr) watch_->NoteOwnStore(address, flipped_bits);
}

void SubjectCall::SwitchAway() {
  if (kernel_.SubjectSwitchesTasks()) kernel_.SwitchTaskAway([] {});
}

uint64_t SubjectCall::UseInside(void* argument, uint64_t start, size_t count) {
  auto& call = *static_cast<SubjectCall*>(argument);
  call.kernel_.BeforeUse();
  if (!call.IsRightPlace(start)) return kEmptyFingerprint;
  const uint64_t size = BytesOf(count, call.element_.size);
  if (size == 0) return kEmptyFingerprint;
  call.PanicUnlessInWindow(start, size);
  if (call.op_.is_single) call.SwitchAway();
  call.kernel_.NoteUseInside(start, size, /*write=*/false);
  call.is_inside_ = true;
  if (!call.op_.is_single) return call.UseBytes(start, size, FingerprintUserMemory);
  return call.UseBytes(start, size, [&](uint64_t address, uint64_t bytes) {
    return ReadUnderFlag(call.subject_, address, bytes);
  });
}

}  // namespace sim
