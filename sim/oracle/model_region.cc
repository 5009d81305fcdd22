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
  const uint64_t size = named.unit;
  const Wide bytes = named.MostBytes();
  if (bytes > INT64_MAX || op.address % ElementAlign(op.type) != 0) return Outcome::Error(EFAULT);
  const Wide end = op.address + bytes;
  if (bytes > 0 && PageCeiling(end) >= kNoEnd) return Outcome::Error(EFAULT);
  now_.touch_start = op.address;
  now_.touch_bytes = static_cast<uint64_t>(bytes);
  if (bytes > 0) {
    const int error = Ask(op.address, static_cast<uint64_t>(end), is_mutable, /*populate=*/true);
    if (error != 0) return Outcome::Error(error);
  }
  if (!is_access) return UseResult(op.address, length, size, is_mutable);
  if (bytes == 0) return Outcome::Ok();
  ++now_.attempts;
  uint64_t fingerprint = Fnv::kEmpty;
  if (ReadAll(op.address, static_cast<uint64_t>(end), is_mutable, Toucher::kAttempt,
              &fingerprint) != Touched::kDone) {
    return Outcome::Error(EFAULT);
  }
  return Outcome::Ok(length, fingerprint);
}

Outcome Model::UseResult(uint64_t start, uint64_t length, uint64_t size, bool is_mutable) {
  Fire(RacePoint::kUse, 1);
  if (length == 0) return Outcome::Ok();
  uint64_t fingerprint = Fnv::kEmpty;
  if (ReadAll(start, start + length * size, is_mutable, Toucher::kBareCode, &fingerprint) !=
      Touched::kDone) {
    return Outcome::Panic();
  }
  return Outcome::Ok(length, fingerprint);
}

}  // namespace sim
