// The model of copying strings to the kernel by an array of pointers.
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
using model_internal::Wide;

Outcome Model::ReadPointer(uint64_t address) {
  if (!FireLoads(UINT64_MAX)) return Unreadable();
  if (contract_->checks_alignment && address % kPointerBytes != 0) return Outcome::Error(EFAULT);
  if (PageCeiling(Wide{address} + kPointerBytes) >= kNoEnd) return BadRange();
  const int error = Ask(address, address + kPointerBytes, /*is_mutable=*/false, /*populate=*/true);
  if (error != 0) return Outcome::Error(error);
  BeginAttempt();
  Cursor cursor;
  uint64_t pointer = 0;
  for (uint64_t i = 0; i < kPointerBytes; ++i) {
    if (!Read(address + i, &cursor)) return Unreadable();
    pointer += uint64_t{cursor.bytes.At(address + i)} << (8 * i);
  }
  return Outcome::Ok(pointer);
}

Outcome Model::CopyStringsTo(const Op& op, uint64_t most, Copied* copied) {
  // Strings may be at any address.
  now_.touch_start = kWindowStart;
  now_.touch_bytes = kWindowBytes;
  for (uint64_t count = 0;; ++count) {
    const Outcome pointer = ReadPointer(op.address + count * kPointerBytes);
    if (pointer.kind != Outcome::Kind::kOk) return pointer;
    if (pointer.length == 0) return Outcome::Ok(count, copied->fingerprint());
    if (count == op.max_strings) return Outcome::Error(E2BIG);
    const uint64_t room = most - copied->size();
    const ReadText read = ReadString(pointer.length, room, copied);
    if (read.length == room) return Outcome::Error(E2BIG);
    if (read.outcome.kind != Outcome::Kind::kOk) return read.outcome;
  }
}

Outcome Model::CopyStrings(const Op& op) {
  const uint64_t most = std::min(op.length, MaxLength(op.verb));
  Copied copied = BufferOfCall();
  const Outcome outcome = CopyStringsTo(op, most, &copied);
  FinishTail(TailOf(op), outcome, most, &copied);
  return outcome;
}

}  // namespace sim
