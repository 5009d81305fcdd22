// The model of memory up to a terminator that is lent out. Reads one element, and validates one
// code point, at a time.
#include <algorithm>
#include <cerrno>

#include "sim/oracle/model.h"
#include "sim/oracle/model_arithmetic.h"

namespace sim {

using model_internal::kNoEnd;
using model_internal::PageCeiling;
using model_internal::PageFloor;
using model_internal::Wide;

Outcome Model::NullTerminated(const Op& op) {
  BeginLocked();
  if (contract_->checks_alignment && op.address % ElementAlign(op.type) != 0) {
    EndLocked();
    return Outcome::Error(EFAULT);
  }
  now_.touch_start = op.address;
  now_.touch_bytes = kWindowEnd - std::min(op.address, kWindowEnd);
  const Outcome scanned = ScanForTerminator(op);
  EndLocked();
  if (scanned.kind != Outcome::Kind::kOk) return scanned;
  const uint64_t size = ElementSize(op.type);
  if (op.verb == Verb::kConstStr && scanned.length > 0 && contract_->checks_text) {
    BeginAttempt();
    const Outcome text = CheckUtf8(op.address, op.address + scanned.length);
    if (text.kind != Outcome::Kind::kOk) return text;
  }
  return UseResult(op.address, scanned.length, size, IsMutable(op.verb));
}

Outcome Model::ScanForTerminator(const Op& op) {
  const uint64_t size = ElementSize(op.type);
  uint64_t checked_end = PageFloor(op.address);
  Cursor cursor;
  for (uint64_t length = 0;;) {
    const uint64_t element = op.address + length * size;
    const Wide element_end = Wide{element} + size;
    const Wide asked_end = contract_->asks_whole_elements ? element_end : Wide{element} + 1;
    if (PageCeiling(asked_end) >= kNoEnd) return BadRange();
    while (asked_end > checked_end) {
      if (!FireLoads(UINT64_MAX)) return Unreadable();
      const Outcome asked = AskAboutElements(op, asked_end, &checked_end);
      if (asked.kind != Outcome::Kind::kOk) return asked;
      cursor = Cursor();
    }
    if (!Read(element, &cursor)) return Unreadable();
    if (cursor.bytes.RepeatsOneByte() && cursor.bytes.At(element) != 0) {
      // No element completely in such a run is the terminator.
      const uint64_t whole = (std::min(cursor.end, checked_end) - element) / size;
      length += whole;
      if (whole > 0) continue;
    }
    bool all_zero = true;
    for (uint64_t at = element; at < element_end;) {
      if (!Read(at, &cursor)) return Unreadable();
      all_zero = all_zero && cursor.bytes.At(at) == 0;
      // All bytes up to the end of the cursor give the same result.
      at = cursor.bytes.RepeatsOneByte() ? cursor.end : at + 1;
    }
    if (all_zero) {
      if (!FireLoads(UINT64_MAX)) return Unreadable();
      return Outcome::Ok(length);
    }
    ++length;
  }
}

Outcome Model::AskAboutElements(const Op& op, Wide wanted_end, uint64_t* checked_end) {
  const bool is_mutable = IsMutable(op.verb);
  // If the pages of an element are not checked together, they are checked one after the other.
  const uint64_t end = contract_->asks_whole_elements
                           ? static_cast<uint64_t>(PageCeiling(wanted_end))
                           : *checked_end + kPageBytes;
  const bool populate = is_mutable && contract_->populates_writable_strings;
  const int error = Ask(*checked_end, end, is_mutable, populate);
  if (error != 0) return Outcome::Error(error);
  *checked_end = end;
  BeginAttempt();
  return Outcome::Ok();
}

Outcome Model::CheckUtf8(uint64_t start, uint64_t end) {
  model_internal::Utf8Decoder decoder;
  // A library without fixups has already cleared the user-access flag.
  const bool is_bare = contract_->on_fault == Contract::OnFault::kPanic;
  Cursor cursor{.toucher = is_bare ? Toucher::kBareCode : Toucher::kAttempt};
  bool well_formed = true;
  for (uint64_t at = start; at < end;) {
    if (!Read(at, &cursor)) return Unreadable();
    const uint8_t byte = cursor.bytes.At(at);
    well_formed = well_formed && decoder.Take(byte);
    // If one byte of the run is a whole character, each later byte of the run is one, too.
    const bool all_alike =
        cursor.bytes.RepeatsOneByte() && byte < 0x80 && decoder.IsBetweenCharacters();
    at = all_alike ? std::min(end, cursor.end) : at + 1;
  }
  if (!FireLoads(UINT64_MAX)) return Unreadable();
  return well_formed && decoder.IsBetweenCharacters() ? Outcome::Ok() : Outcome::Error(EILSEQ);
}

}  // namespace sim
