// The model of arrays of elements that are copied to the kernel or to the user, or zeroed: their
// address and size are judged as a whole, and then the bytes are moved without regard to elements.
#include <cerrno>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/oracle/model.h"
#include "sim/oracle/model_arithmetic.h"
#include "sim/oracle/model_copied.h"
#include "sim/scenario/named_bytes.h"

namespace sim {

using model_internal::Copied;
using model_internal::Wide;

std::optional<Outcome> Model::RefusalOfArray(const Op& op) {
  const Wide bytes = BytesNamedBy(op)->MostBytes();
  if (bytes > kMaxObjectBytes) return BadRange();
  const bool is_fine_anywhere = bytes == 0 && contract_->empty_range == Contract::EmptyRange::kOk;
  const bool is_aligned = op.address % RequiredAlign(op) == 0;
  if (contract_->checks_alignment && !is_aligned && !is_fine_anywhere) {
    return Outcome::Error(EFAULT);
  }
  return std::nullopt;
}

Outcome Model::ReadArray(const Op& op) {
  if (const std::optional<Outcome> refusal = RefusalOfArray(op)) return *refusal;
  const auto size = static_cast<uint64_t>(BytesNamedBy(op)->MostBytes());
  Copied copied = BufferOfCall();
  const Outcome outcome = CopyBytesTo(op, size, &copied);
  FinishTail(TailOf(op), outcome, size, &copied);
  return outcome;
}

Outcome Model::WriteArray(const Op& op) {
  const Wide bytes = BytesNamedBy(op)->MostBytes();
  const std::string_view letters =
      LettersInBuffer(op, bytes > kMaxObjectBytes ? 0 : static_cast<uint64_t>(bytes));
  if (const std::optional<Outcome> refusal = RefusalOfArray(op)) return *refusal;
  return StoreBytes(op.address, Stored::Letters(letters));
}

Outcome Model::ZeroArray(const Op& op) {
  if (const std::optional<Outcome> refusal = RefusalOfArray(op)) return *refusal;
  return StoreBytes(op.address,
                    Stored::Zeros(static_cast<uint64_t>(BytesNamedBy(op)->MostBytes())));
}

}  // namespace sim
