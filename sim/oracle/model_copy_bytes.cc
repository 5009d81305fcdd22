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

// Whether a subject may ask about the page at `at` when it has moved the bytes from `start` to it.
bool IsAskedAgain(const Contract& contract, uint64_t start, uint64_t at) {
  return contract.asks < Contract::Asks::kAreas && at % kPageBytes == 0 && at != start;
}

}  // namespace

uint64_t Model::AskForPrefix(uint64_t start, uint64_t end, Perms needed, int* error) {
  if (contract_->asks < Contract::Asks::kAreas) {
    // What a subject asks about one page it may ask when it has moved those before, or before it
    // moves anything. That it has made an attempt tells; else the race has no place.
    const uint64_t page_end = PageFloor(start) + kPageBytes;
    const auto is_here = [&](const FiredRace& race) {
      const bool is_known = race.attempts > 0 || start == now_.touch_start;
      return is_known && race.address >= start && race.address < page_end;
    };
    NoteWhatMayBeAsked(start, end, needed, /*populate=*/true);
    const uint64_t part_end = std::min(end, page_end);
    const bool was_granted = MayPopulate(start, part_end, needed);
    while (IsNextHere(RacePoint::kCheck) && is_here(fired_.front())) {
      CarryOutNext();
    }
    if (was_granted && !MayPopulate(start, part_end, needed)) now_.was_grant_taken = true;
    NoteWhatMayBeAsked(start, end, needed, /*populate=*/true);
    *error = AskNoAreas(end, end, needed, /*populate=*/false);  // about the limit of addresses
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
  Copied copied(CurrentCall(), &now_.effects);
  const Outcome outcome = CopyBytesTo(op, size, &copied);
  FinishTail(outcome, size, &copied);
  return outcome;
}

Outcome Model::CopyBytesTo(const Op& op, uint64_t size, Copied* copied) {
  std::string bytes;
  const Outcome outcome = LoadBytes(op.address, size, &bytes);
  copied->TakeAll(bytes);
  const bool is_ok = outcome.kind == Outcome::Kind::kOk;
  return is_ok ? Outcome::Ok(size, copied->fingerprint()) : outcome;
}

Outcome Model::LoadBytes(uint64_t start, uint64_t size, std::string* bytes) {
  if (size == 0) return Outcome::Ok();
  if (PageCeiling(Wide{start} + size) >= kNoEnd) return BadRange();
  now_.touch_start = start;
  now_.touch_bytes = size;
  int error = 0;
  const uint64_t end = AskForPrefix(start, start + size, kPermRead, &error);
  if (end != start) BeginAttempt();
  Cursor cursor;
  for (uint64_t at = start; at < end; ++at) {
    if (IsAskedAgain(*contract_, start, at)) {
      AskForPrefix(at, end, kPermRead, &error);
      cursor = Cursor();
    }
    if (!Read(at, &cursor)) return Unreadable(at - start);
    bytes->push_back(static_cast<char>(cursor.bytes.At(at)));
  }
  return error != 0 ? Outcome::Error(error, end - start) : Outcome::Ok(size);
}

Outcome Model::StoreBytes(uint64_t start, const std::string& bytes) {
  if (bytes.empty()) return Outcome::Ok();
  if (PageCeiling(Wide{start} + bytes.size()) >= kNoEnd) return BadRange();
  now_.touch_start = start;
  now_.touch_bytes = bytes.size();
  int error = 0;
  const uint64_t end = AskForPrefix(start, start + bytes.size(), kPermWrite, &error);
  if (end != start) BeginAttempt();
  for (uint64_t at = start; at < end;) {
    if (IsAskedAgain(*contract_, start, at)) AskForPrefix(at, end, kPermWrite, &error);
    const uint64_t done = at - start;
    uint64_t same_until = 0;
    if (Touch(at, /*store=*/true, Toucher::kAttempt, &same_until) != Touched::kDone) {
      return Unreadable(done);
    }
    uint64_t stop = std::min(end, same_until);
    if (contract_->asks < Contract::Asks::kAreas) stop = std::min(stop, PageFloor(at) + kPageBytes);
    memory_.Write(at, stop, bytes.substr(done, stop - at));
    at = stop;
  }
  return error != 0 ? Outcome::Error(error, end - start) : Outcome::Ok(bytes.size());
}

Outcome Model::CopyOut(const Op& op) {
  return StoreBytes(op.address, BytesFromBuffer(op, static_cast<uint64_t>(BytesNamedBy(op)->most)));
}

std::string Model::BytesFromBuffer(const Op& op, uint64_t size) {
  std::string bytes(size, '\0');
  FillCopiedOut(op, bytes);
  Copied(CurrentCall(), &now_.effects).TakeAll(bytes);
  return bytes;
}

Outcome Model::ZeroUser(const Op& op) {
  return StoreBytes(op.address, std::string(static_cast<size_t>(BytesNamedBy(op)->most), '\0'));
}

}  // namespace sim
