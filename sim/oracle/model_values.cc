// The model of one value that is copied to the kernel, or to the user.
//
// A value of at most the size of a machine word, aligned to its size, is one access: another CPU
// acts before it or after it. Of any other value, each byte is a separate access.
#include <cerrno>
#include <string>
#include <string_view>

#include "sim/oracle/model.h"
#include "sim/oracle/model_arithmetic.h"
#include "sim/oracle/model_copied.h"
#include "sim/scenario/named_bytes.h"

namespace sim {

using model_internal::Copied;
using model_internal::kNoEnd;
using model_internal::PageCeiling;
using model_internal::Wide;

namespace {

// Whether a library may move the misaligned value by one load or store. Then no byte is moved if a
// part is not accessible, and the pages are accessed in any order.
bool IsLikeOneAccess(const Contract& contract, const Op& op, uint64_t size) {
  const bool is_word = size == 2 || size == 4 || size == 8;
  return is_word && contract.counts == Contract::Counts::kAny && op.address % size != 0;
}

}  // namespace

Outcome Model::AskAboutValue(const Op& op, uint64_t size, Perms needed) {
  if (contract_->checks_alignment && op.address % RequiredAlign(op) != 0) {
    return Outcome::Error(EFAULT);
  }
  if (PageCeiling(Wide{op.address} + size) >= kNoEnd) return BadRange();
  now_.touch_start = op.address;
  now_.touch_bytes = size;
  const int error = AskFor(op.address, op.address + size, needed, /*populate=*/true);
  return error == 0 ? Outcome::Ok() : Outcome::Error(error);
}

Outcome Model::ReadValue(const Op& op) {
  const auto size = static_cast<uint64_t>(BytesNamedBy(op)->MostBytes());
  Outcome outcome = AskAboutValue(op, size, kPermRead);
  std::string value;
  if (outcome.kind == Outcome::Kind::kOk) {
    BeginAttempt();
    if (!ReadBytes(op, size, Toucher::kAttempt, &value)) outcome = Unreadable();
  }
  const bool is_error = outcome.kind == Outcome::Kind::kError;
  if (is_error && IsLikeOneAccess(*contract_, op, size)) now_.is_state_open = true;
  return ValueInBuffer(op, outcome, value);
}

Outcome Model::ValueInBuffer(const Op& op, const Outcome& outcome, const std::string& value) {
  Copied copied = BufferOfCall();
  if (outcome.kind == Outcome::Kind::kOk) {
    copied.bytes() = value;
    return Outcome::Ok(1, copied.fingerprint());
  }
  FinishTail(TailOf(op), outcome, ElementSize(op.type), &copied);
  return outcome;
}

bool Model::ReadBytes(const Op& op, uint64_t size, Toucher toucher, std::string* value) {
  value->clear();
  Cursor cursor = {.toucher = toucher};
  if (IsOneAccess(op)) {
    // A race at its load happens before the whole load.
    if (!Read(op.address, &cursor)) return false;
    for (uint64_t at = op.address; at < op.address + size; ++at) {
      value->push_back(static_cast<char>(memory_.BytesAt(at).At(at)));
    }
    return true;
  }
  for (uint64_t at = op.address; at < op.address + size; ++at) {
    if (!Read(at, &cursor)) return false;
    value->push_back(static_cast<char>(cursor.bytes.At(at)));
  }
  return true;
}

Outcome Model::WriteValue(const Op& op) {
  const std::string_view value =
      LettersInBuffer(op, static_cast<uint64_t>(BytesNamedBy(op)->MostBytes()));
  if (IsOneAccess(op)) return StoreWhole(op, value);
  if (contract_->checks_alignment && op.address % RequiredAlign(op) != 0) {
    return Outcome::Error(EFAULT);
  }
  const Outcome outcome = StoreBytes(op.address, Stored::Letters(value));
  const bool is_error = outcome.kind == Outcome::Kind::kError;
  if (is_error && IsLikeOneAccess(*contract_, op, value.size())) NoteRefusalOfAll();
  return outcome.kind == Outcome::Kind::kOk ? Outcome::Ok(1) : outcome;
}

Outcome Model::StoreWhole(const Op& op, std::string_view value) {
  const Outcome asked = AskAboutValue(op, value.size(), kPermWrite);
  if (asked.kind != Outcome::Kind::kOk) return asked;
  BeginAttempt();
  return StoreAtOnce(op, value, Toucher::kAttempt) ? Outcome::Ok(1) : Unreadable();
}

bool Model::StoreAtOnce(const Op& op, std::string_view value, Toucher toucher) {
  uint64_t same_until = 0;
  if (Touch(op.address, /*store=*/true, toucher, &same_until) != Touched::kDone) return false;
  memory_.Write(op.address, op.address + value.size(), value);
  return true;
}

}  // namespace sim
