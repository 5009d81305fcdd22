// The model of accesses to memory whose size is known: values and slices.
#include <cerrno>

#include "sim/oracle/model.h"
#include "sim/oracle/model_arithmetic.h"
#include "sim/scenario/named_bytes.h"

namespace sim {

using model_internal::Fnv;
using model_internal::kNoEnd;
using model_internal::PageCeiling;
using model_internal::Wide;

Outcome Model::Region(const Op& op) {
  const NamedBytes named = *BytesNamedBy(op);
  const bool is_access = InfoOf(op.verb).transfer == Transfer::kInside;
  const bool is_mutable = IsMutable(op.verb);
  const auto length = static_cast<uint64_t>(named.most);
  const Wide bytes = named.MostBytes();
  if (bytes > contract_->max_bytes) return BadRange();
  BeginLocked();
  const Outcome asked = AskAboutRegion(op, bytes);
  EndLocked();
  if (asked.kind != Outcome::Kind::kOk) return asked;
  if (!is_access) return UseResult(op.address, length, named.unit, is_mutable);
  if (bytes > 0) BeginAttempt();
  Reach(RacePoint::kUse, 1, 0, 1);
  if (bytes == 0) return Outcome::Ok();
  uint64_t fingerprint = Fnv::kEmpty;
  if (ReadAll(op.address, op.address + static_cast<uint64_t>(bytes), is_mutable, Toucher::kAttempt,
              &fingerprint) != Touched::kDone) {
    return Unreadable();
  }
  return Outcome::Ok(length, fingerprint);
}

Outcome Model::AskAboutRegion(const Op& op, Wide bytes) {
  const bool is_fine_anywhere = bytes == 0 && contract_->empty_range == Contract::EmptyRange::kOk;
  const bool is_aligned = op.address % ElementAlign(op.type) == 0;
  if (contract_->checks_alignment && !is_aligned && !is_fine_anywhere) {
    return Outcome::Error(EFAULT);
  }
  const bool is_asked = bytes > 0 || contract_->empty_range == Contract::EmptyRange::kAsked;
  const Wide end = op.address + bytes;
  // A library that rounds the end up before the range check also rejects the last page.
  const bool rounds_up = contract_->bad_range == Contract::BadRange::kEfault;
  if (is_asked && (rounds_up ? PageCeiling(end) : end) >= kNoEnd) return BadRange();
  now_.touch_start = op.address;
  now_.touch_bytes = static_cast<uint64_t>(bytes);
  if (!is_asked) return Outcome::Ok();
  const int error =
      Ask(op.address, static_cast<uint64_t>(end), IsMutable(op.verb), /*populate=*/true);
  return error == 0 ? Outcome::Ok() : Outcome::Error(error);
}

Outcome Model::BadRange() {
  if (contract_->bad_range == Contract::BadRange::kEfault) return Outcome::Error(EFAULT);
  now_.panic_address = 0;
  return Outcome::Panic();
}

Outcome Model::UseResult(uint64_t start, uint64_t length, uint64_t size, bool is_mutable) {
  Reach(RacePoint::kUse, 1, 0, 1);
  if (length == 0) return Outcome::Ok();
  if (PreventAccess(start, /*store=*/false) != Touched::kDone) return Outcome::Panic();
  uint64_t fingerprint = Fnv::kEmpty;
  if (ReadAll(start, start + length * size, is_mutable, Toucher::kBareCode, &fingerprint) !=
      Touched::kDone) {
    // A library that detects the missing memory and returns EFAULT does better.
    if (contract_->counts == Contract::Counts::kAny) {
      now_.also_errors.push_back(EFAULT);
      now_.is_state_open = true;
    }
    return Outcome::Panic();
  }
  return Outcome::Ok(length, fingerprint);
}

}  // namespace sim
