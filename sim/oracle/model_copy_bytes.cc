// The model of bytes that are copied to the kernel, and to the user.
#include <algorithm>
#include <cerrno>
#include <string>

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

namespace {

// Whether a subject may check the page at `at` after moving the bytes from `start` to `at`.
bool IsAskedAgain(const Contract& contract, uint64_t start, uint64_t at) {
  return contract.asks < Contract::Asks::kAreas && at % kPageBytes == 0 && at != start;
}

// The end of the chunk of a transfer that continues at `from` and ends at `stop`.
uint64_t ChunkEnd(const Contract& contract, uint64_t from, uint64_t stop) {
  if (contract.chunk_pages == 0) return stop;
  const uint64_t chunk_bytes = contract.chunk_pages * kPageBytes;
  return stop - PageFloor(from) > chunk_bytes ? PageFloor(from) + chunk_bytes : stop;
}

}  // namespace

uint64_t Model::AskForPrefix(uint64_t start, uint64_t end, Perms needed, int* error) {
  if (contract_->asks < Contract::Asks::kAreas) {
    // The subject may check a page after it has moved the bytes before the page, or before it moves
    // any byte. An attempt before the race proves the former; otherwise the place of the race is
    // unknown.
    const uint64_t page_end = PageFloor(start) + kPageBytes;
    const auto is_here = [&](const FiredRace& race) {
      const bool is_known = race.attempts > 0 || start == now_.touch_start;
      return is_known && race.address >= start && race.address < page_end;
    };
    NoteWhatMayBeAsked(start, end, needed, /*populate=*/true);
    const uint64_t part_end = std::min(end, page_end);
    // The subject may have populated this page, or all pages of the transfer.
    const bool was_granted = MayPopulate(start, part_end, needed);
    const uint64_t frames_before = free_;
    while (IsNextHere(RacePoint::kCheck) && is_here(fired_.front())) {
      CarryOutNext();
    }
    const bool is_granted = MayPopulate(start, part_end, needed);
    // Includes frames that still suffice for this page: an earlier population had more of them.
    if (was_granted && (!is_granted || free_ < frames_before)) now_.was_grant_taken = true;
    const bool is_first = start == now_.touch_start;
    const bool is_beyond = contract_->asks == Contract::Asks::kAddressLimit && end > kWindowEnd;
    if (is_first && (!was_granted || !is_granted || is_beyond)) now_.may_refuse_all = true;
    NoteWhatMayBeAsked(start, end, needed, /*populate=*/true);
    *error = AskNoAreas(end, end, needed, /*populate=*/false);  // only the address limit
    return *error == 0 ? end : start;
  }
  const bool takes_lock = !lock_held_;
  if (takes_lock && !TakeLock()) {
    *error = EINTR;
    return start;
  }
  *error = AskAreas(start, end, needed, /*populate=*/true);
  uint64_t reached = *error == 0 ? end : start;
  while (reached < end) {
    const uint64_t part_end = std::min(end, PageFloor(reached) + kPageBytes);
    *error = AskAreas(reached, part_end, needed, /*populate=*/true);
    if (*error != 0) break;
    reached = part_end;
  }
  if (takes_lock) EndLocked();
  return reached;
}

Outcome Model::CopyBytes(const Op& op) {
  const auto size = static_cast<uint64_t>(BytesNamedBy(op)->most);
  Copied copied = BufferOfCall();
  const Outcome outcome = CopyBytesTo(op, size, &copied);
  FinishTail(TailOf(op), outcome, size, &copied);
  return outcome;
}

Outcome Model::CopyBytesTo(const Op& op, uint64_t size, Copied* copied) {
  const Outcome outcome = LoadBytes(op.address, size, &copied->bytes());
  if (told_done_) copied->bytes().resize(std::min<uint64_t>(copied->size(), *told_done_));
  const bool is_ok = outcome.kind == Outcome::Kind::kOk;
  return is_ok ? Outcome::Ok(size, copied->fingerprint()) : outcome;
}

Outcome Model::LoadBytes(uint64_t start, uint64_t size, std::string* bytes) {
  if (size == 0) return Outcome::Ok();
  if (PageCeiling(Wide{start} + size) >= kNoEnd) return BadRange();
  now_.touch_start = start;
  now_.touch_bytes = size;
  const uint64_t stop = start + size;
  for (uint64_t from = start; from < stop;) {
    int error = 0;
    const uint64_t end = AskForPrefix(from, ChunkEnd(*contract_, from, stop), kPermRead, &error);
    if (end != from) BeginAttempt();
    Cursor cursor;
    while (from < end) {
      if (IsAskedAgain(*contract_, start, from)) {
        AskForPrefix(from, end, kPermRead, &error);
        cursor = Cursor();
      }
      if (!Read(from, &cursor)) return Unreadable(from - start);
      uint64_t until = std::min(end, cursor.end);
      if (contract_->asks < Contract::Asks::kAreas) {
        until = std::min(until, PageFloor(from) + kPageBytes);
      }
      cursor.bytes.AppendTo(from, until, bytes);
      from = until;
    }
    if (error != 0) return Outcome::Error(error, end - start);
  }
  return Outcome::Ok(size);
}

void Model::NoteRefusalOfAll() {
  now_.also_errors.push_back(EFAULT);
  now_.may_refuse_all = true;
  now_.is_state_open = true;
}

Outcome Model::StoreBytes(uint64_t start, const Stored& stored, uint64_t before) {
  const uint64_t size = stored.size;
  if (size == 0) return Outcome::Ok();
  uint64_t most = size;
  if (told_done_) most = std::min(most, *told_done_ - std::min(*told_done_, before));
  if (PageCeiling(Wide{start} + size) >= kNoEnd) return BadRange();
  now_.touch_start = start;
  now_.touch_bytes = size;
  const uint64_t stop = start + size;
  // The byte that is stored last stays; a library whose counts are free may store in any order.
  if (!AreCountsExact() && memory_.IsAnyTwiceIn(start, stop)) now_.is_outcome_open = true;
  for (uint64_t from = start; from < stop;) {
    int error = 0;
    const uint64_t end = AskForPrefix(from, ChunkEnd(*contract_, from, stop), kPermWrite, &error);
    if (end != from) BeginAttempt();
    while (from < end) {
      if (IsAskedAgain(*contract_, start, from)) AskForPrefix(from, end, kPermWrite, &error);
      uint64_t until = 0;
      if (Touch(from, /*store=*/true, Toucher::kAttempt, &until) != Touched::kDone) {
        return Unreadable(from - start);
      }
      until = std::min(end, until);
      if (contract_->asks < Contract::Asks::kAreas) {
        until = std::min(until, PageFloor(from) + kPageBytes);
      }
      const uint64_t stored_to = std::min(until, start + most);
      if (from < stored_to) {
        memory_.Write(from, stored_to, stored.Pattern(from - start, stored_to - start));
      }
      from = until;
    }
    if (error != 0) return Outcome::Error(error, end - start);
  }
  return Outcome::Ok(size);
}

Outcome Model::CopyOut(const Op& op) {
  const auto size = static_cast<uint64_t>(BytesNamedBy(op)->most);
  return StoreBytes(op.address, Stored::Letters(LettersInBuffer(op, size)));
}

Outcome Model::ZeroUser(const Op& op) {
  return StoreBytes(op.address, Stored::Zeros(static_cast<uint64_t>(BytesNamedBy(op)->most)));
}

}  // namespace sim
