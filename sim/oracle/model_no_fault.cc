// The model of accesses under NoFault. The caller populates the memory after each failed call and
// calls again.
//
// The first call fails, since no memory was checked. Each later call uses the memory that was
// checked last. If it faults nevertheless, the caller checks again, until no calls are left.
#include <cerrno>
#include <string>
#include <string_view>

#include "sim/oracle/model.h"
#include "sim/oracle/model_arithmetic.h"
#include "sim/scenario/named_bytes.h"

namespace sim {

using model_internal::kNoEnd;
using model_internal::PageCeiling;
using model_internal::Wide;

template <typename Attempt>
Outcome Model::Retry(const Op& op, Attempt attempt) {
  const auto size = static_cast<uint64_t>(BytesNamedBy(op)->MostBytes());
  if (op.length == 0) return Outcome::Error(EAGAIN);
  if (contract_->checks_alignment && op.address % RequiredAlign(op) != 0) {
    return Outcome::Error(EFAULT);
  }
  if (PageCeiling(Wide{op.address} + size) >= kNoEnd) return BadRange();
  now_.touch_start = op.address;
  now_.touch_bytes = size;
  for (uint64_t calls = 1;; ++calls) {
    const int error = AskFor(op.address, op.address + size, InfoOf(op.verb).user_rights,
                             /*populate=*/true);
    if (error != 0) return Outcome::Error(error);
    if (calls >= op.length) return Outcome::Error(EAGAIN);
    BeginAttempt();
    if (attempt()) return Outcome::Ok(1);
  }
}

Outcome Model::RetryReading(const Op& op) {
  const auto size = static_cast<uint64_t>(BytesNamedBy(op)->MostBytes());
  std::string value;
  const Outcome outcome = Retry(op, [&] { return ReadBytes(op, size, Toucher::kNoFault, &value); });
  return ValueInBuffer(op, outcome, value);
}

Outcome Model::RetryWriting(const Op& op) {
  const auto size = static_cast<uint64_t>(BytesNamedBy(op)->MostBytes());
  const std::string_view value = LettersInBuffer(op, size);
  return Retry(op, [&] { return StoreAtOnce(op, value, Toucher::kNoFault); });
}

Outcome Model::RetryExchange(const Op& op) {
  const Outcome outcome = Retry(op, [&] {
    uint64_t same_until = 0;
    return Touch(op.address, /*store=*/true, Toucher::kNoFault, &same_until) == Touched::kDone;
  });
  return outcome.kind == Outcome::Kind::kOk ? ChangeWord(op) : outcome;
}

}  // namespace sim
