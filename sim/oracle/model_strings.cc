// The model of memory up to a terminator that is handed out: an element at a time, a code point at
// a time.
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
  if (op.address % ElementAlign(op.type) != 0) return Outcome::Error(EFAULT);
  now_.touch_start = op.address;
  now_.touch_bytes = kWindowEnd - std::min(op.address, kWindowEnd);
  const Outcome scanned = ScanForTerminator(op);
  if (scanned.kind != Outcome::Kind::kOk) return scanned;
  const uint64_t size = ElementSize(op.type);
  if (op.verb == Verb::kConstStr) {
    ++now_.attempts;
    const int error = CheckUtf8(op.address, op.address + scanned.length);
    if (error != 0) return Outcome::Error(error);
  }
  return UseResult(op.address, scanned.length, size, IsMutable(op.verb));
}

Outcome Model::ScanForTerminator(const Op& op) {
  const bool is_mutable = IsMutable(op.verb);
  const uint64_t size = ElementSize(op.type);
  uint64_t checked_end = PageFloor(op.address);
  Cursor cursor;
  for (uint64_t length = 0;;) {
    const uint64_t element = op.address + length * size;
    const Wide element_end = Wide{element} + size;
    const Wide pages_end = PageCeiling(element_end);
    if (pages_end >= kNoEnd) return Outcome::Error(EFAULT);
    if (element_end > checked_end) {
      if (!FireLoads(UINT64_MAX)) return Outcome::Error(EFAULT);
      const int error =
          Ask(checked_end, static_cast<uint64_t>(pages_end), is_mutable, /*populate=*/is_mutable);
      if (error != 0) return Outcome::Error(error);
      checked_end = static_cast<uint64_t>(pages_end);
      ++now_.attempts;
      cursor = Cursor();
    }
    if (!Read(element, &cursor)) return Outcome::Error(EFAULT);
    if (cursor.bytes.RepeatsOneByte() && cursor.bytes.At(element) != 0) {
      // No element that lies in such a run can be the terminator.
      const uint64_t whole = (std::min(cursor.end, checked_end) - element) / size;
      length += whole;
      if (whole > 0) continue;
    }
    bool all_zero = true;
    for (uint64_t at = element; at < element_end;) {
      if (!Read(at, &cursor)) return Outcome::Error(EFAULT);
      all_zero = all_zero && cursor.bytes.At(at) == 0;
      // Each byte up to the end of the cursor would be read in the same way.
      at = cursor.bytes.RepeatsOneByte() ? cursor.end : at + 1;
    }
    if (all_zero) {
      if (!FireLoads(UINT64_MAX)) return Outcome::Error(EFAULT);
      return Outcome::Ok(length);
    }
    ++length;
  }
}

int Model::CheckUtf8(uint64_t start, uint64_t end) {
  model_internal::Utf8Decoder decoder;
  Cursor cursor;
  bool well_formed = true;
  for (uint64_t at = start; at < end;) {
    if (!Read(at, &cursor)) return EFAULT;
    const uint8_t byte = cursor.bytes.At(at);
    well_formed = well_formed && decoder.Take(byte);
    // Once a byte of a run was a whole character, so is each of those behind it.
    const bool all_alike =
        cursor.bytes.RepeatsOneByte() && byte < 0x80 && decoder.IsBetweenCharacters();
    at = all_alike ? std::min(end, cursor.end) : at + 1;
  }
  if (!FireLoads(UINT64_MAX)) return EFAULT;
  return well_formed && decoder.IsBetweenCharacters() ? 0 : EILSEQ;
}

}  // namespace sim
