// The model of a string that is copied to the kernel.
#include <algorithm>
#include <cerrno>

#include "sim/oracle/model.h"
#include "sim/oracle/model_arithmetic.h"
#include "sim/oracle/model_copied.h"
#include "sim/scenario/named_bytes.h"

namespace sim {

using model_internal::Copied;
using model_internal::Fnv;
using model_internal::kNoEnd;
using model_internal::PageCeiling;
using model_internal::PageFloor;
using model_internal::Wide;

Outcome Model::CopyString(const Op& op) {
  const auto most = static_cast<uint64_t>(BytesNamedBy(op)->most);
  Copied copied(CurrentCall(), &now_.effects);
  const Outcome outcome = CopyStringTo(op, most, &copied);
  FinishTail(outcome, most, &copied);
  return outcome;
}

void Model::FinishTail(const Outcome& outcome, uint64_t most, Copied* copied) {
  const bool is_zeroed = contract_->tail == Contract::Tail::kZeroed;
  while (outcome.kind == Outcome::Kind::kError && is_zeroed && copied->bytes() < most) {
    copied->Take(0);
  }
}

Outcome Model::CopyStringTo(const Op& op, uint64_t most, Copied* copied) {
  now_.touch_start = op.address;
  now_.touch_bytes = std::min(most, kWindowEnd - std::min(op.address, kWindowEnd));
  model_internal::Utf8Decoder decoder;
  bool well_formed = true;
  uint64_t fingerprint = Fnv::kEmpty;
  uint64_t checked_end = PageFloor(op.address);
  Cursor cursor;
  for (uint64_t length = 0; length < most; ++length) {
    const uint64_t at = op.address + length;
    if (at >= checked_end) {
      if (!FireLoads(UINT64_MAX)) return Unreadable();
      const Wide page_end = PageCeiling(Wide{at} + 1);
      if (page_end >= kNoEnd) return BadRange();
      const int error = Ask(checked_end, static_cast<uint64_t>(page_end), false, false);
      if (error != 0) return Outcome::Error(error);
      checked_end = static_cast<uint64_t>(page_end);
      BeginAttempt();
      cursor = Cursor();
    }
    if (!Read(at, &cursor)) return Unreadable();
    const uint8_t byte = cursor.bytes.At(at);
    copied->Take(byte);
    if (byte == 0) {
      const bool is_text =
          !contract_->checks_text || (well_formed && decoder.IsBetweenCharacters());
      return is_text ? Outcome::Ok(length, fingerprint) : Outcome::Error(EILSEQ);
    }
    fingerprint = (fingerprint ^ byte) * Fnv::kPrime;
    well_formed = well_formed && decoder.Take(byte);
  }
  if (contract_->at_bound == Contract::AtBound::kNameTooLong) return Outcome::Error(ENAMETOOLONG);
  const bool is_text = !contract_->checks_text || well_formed;
  return is_text ? Outcome::Ok(most, fingerprint) : Outcome::Error(EILSEQ);
}

}  // namespace sim
