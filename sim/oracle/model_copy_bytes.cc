// The model of bytes that are copied to the kernel.
#include <algorithm>
#include <cerrno>

#include "sim/oracle/model.h"
#include "sim/oracle/model_arithmetic.h"
#include "sim/oracle/model_copied.h"
#include "sim/scenario/named_bytes.h"

namespace sim {

using model_internal::Copied;
using model_internal::kNoEnd;
using model_internal::PageCeiling;
using model_internal::PageFloor;
using model_internal::Wide;

uint64_t Model::AskForPrefix(uint64_t start, uint64_t end, Perms needed, int* error) {
  const uint64_t checks_before = now_.checks;
  *error = AskUnderLock(start, end, needed, /*populate=*/true);
  uint64_t reached = *error == 0 ? end : start;
  while (reached < end) {
    const uint64_t part_end = std::min(end, PageFloor(reached) + kPageBytes);
    *error = AskUnderLock(reached, part_end, needed, /*populate=*/true);
    if (*error != 0) break;
    reached = part_end;
  }
  AfterLock(now_.checks - checks_before);
  return reached;
}

Outcome Model::CopyBytes(const Op& op) {
  const auto size = static_cast<uint64_t>(BytesNamedBy(op)->most);
  if (size == 0) return Outcome::Ok();
  if (PageCeiling(Wide{op.address} + size) >= kNoEnd) return Outcome::Error(EFAULT);
  now_.touch_start = op.address;
  now_.touch_bytes = size;
  int error = 0;
  const uint64_t end = AskForPrefix(op.address, op.address + size, kPermRead, &error);
  Copied copied(CurrentCall(), &now_.effects);
  if (end != op.address) ++now_.attempts;
  Cursor cursor;
  for (uint64_t at = op.address; at < end; ++at) {
    if (!Read(at, &cursor)) return Outcome::Error(EFAULT, copied.bytes());
    copied.Take(cursor.bytes.At(at));
  }
  if (error != 0) return Outcome::Error(error, copied.bytes());
  return Outcome::Ok(size, copied.fingerprint());
}

}  // namespace sim
