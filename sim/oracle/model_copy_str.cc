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
  now_.touch_start = op.address;
  now_.touch_bytes = std::min(most, kWindowEnd - std::min(op.address, kWindowEnd));
  model_internal::Utf8Decoder decoder;
  bool well_formed = true;
  uint64_t fingerprint = Fnv::kEmpty;
  Copied copied(CurrentCall(), &now_.effects);
  uint64_t checked_end = PageFloor(op.address);
  Cursor cursor;
  for (uint64_t length = 0; length < most; ++length) {
    const uint64_t at = op.address + length;
    if (at >= checked_end) {
      if (!FireLoads(UINT64_MAX)) return Outcome::Error(EFAULT);
      const Wide page_end = PageCeiling(Wide{at} + 1);
      if (page_end >= kNoEnd) return Outcome::Error(EFAULT);
      const int error = Ask(checked_end, static_cast<uint64_t>(page_end), false, false);
      if (error != 0) return Outcome::Error(error);
      checked_end = static_cast<uint64_t>(page_end);
      ++now_.attempts;
      cursor = Cursor();
    }
    if (!Read(at, &cursor)) return Outcome::Error(EFAULT);
    const uint8_t byte = cursor.bytes.At(at);
    copied.Take(byte);
    if (byte == 0) {
      const bool is_text = well_formed && decoder.IsBetweenCharacters();
      return is_text ? Outcome::Ok(length, fingerprint) : Outcome::Error(EILSEQ);
    }
    fingerprint = (fingerprint ^ byte) * Fnv::kPrime;
    well_formed = well_formed && decoder.Take(byte);
  }
  return Outcome::Error(ENAMETOOLONG);
}

}  // namespace sim
