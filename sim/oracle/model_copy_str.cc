// The model of strings that are read up to a bound (measured, or copied to the kernel), and of
// strings that are written.
#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <string_view>

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

namespace {

constexpr uint64_t kWordBytes = 8;

uint64_t MostOf(const Op& op) { return static_cast<uint64_t>(BytesNamedBy(op)->most); }

// FNV-1a over the bytes of `text` without its terminator; nullopt if they are not UTF-8.
std::optional<uint64_t> FingerprintOfText(std::string_view text, bool checks_text) {
  model_internal::Utf8Decoder decoder;
  bool well_formed = true;
  uint64_t fingerprint = Fnv::kEmpty;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte == 0) {
      well_formed = well_formed && decoder.IsBetweenCharacters();
      break;
    }
    fingerprint = Fnv::ExtendByte(fingerprint, byte);
    well_formed = well_formed && decoder.Take(byte);
  }
  if (checks_text && !well_formed) return std::nullopt;
  return fingerprint;
}

}  // namespace

Model::ReadText Model::ReadString(uint64_t start, uint64_t most, Copied* copied) {
  uint64_t checked_end = PageFloor(start);
  Cursor cursor;
  for (uint64_t length = 0; length < most;) {
    const uint64_t at = start + length;
    if (at >= checked_end) {
      if (!FireLoads(UINT64_MAX)) return {Unreadable(), length};
      const Wide page_end = PageCeiling(Wide{at} + 1);
      if (page_end >= kNoEnd) return {BadRange(), length};
      const int error = Ask(checked_end, static_cast<uint64_t>(page_end), false, false);
      if (error != 0) return {Outcome::Error(error), length};
      checked_end = static_cast<uint64_t>(page_end);
      BeginAttempt();
      cursor = Cursor();
    }
    if (!Read(at, &cursor)) return {Unreadable(), length};
    // The bytes of the run up to its terminator are one step.
    const uint64_t stop = at + std::min(std::min(cursor.end, checked_end) - at, most - length);
    const uint64_t zero = cursor.bytes.FindZero(at, stop);
    if (copied != nullptr) cursor.bytes.AppendTo(at, std::min(zero + 1, stop), &copied->bytes());
    length += zero - at;
    if (zero == stop) continue;
    // A library that loads whole words may access the next page, which is not part of the string.
    const bool may_touch_on = contract_->counts == Contract::Counts::kAny && copied != nullptr;
    if (may_touch_on && PageFloor(zero + kWordBytes - 1) >= checked_end && most - length > 1) {
      now_.is_state_open = true;
    }
    if (copied == nullptr && !FireLoads(UINT64_MAX)) return {Unreadable(), length};
    return {Outcome::Ok(), length};
  }
  if (copied == nullptr && !FireLoads(UINT64_MAX)) return {Unreadable(), most};
  if (contract_->at_bound == Contract::AtBound::kOk) return {Outcome::Ok(), most};
  return {Outcome::Error(ENAMETOOLONG), most};
}

Outcome Model::CopyString(const Op& op) {
  const uint64_t most = MostOf(op);
  Copied copied = BufferOfCall();
  const Outcome outcome = CopyStringTo(op, most, &copied);
  FinishTail(TailOf(op), outcome, most, &copied);
  return outcome;
}

void Model::FinishTail(Contract::Tail tail, const Outcome& outcome, uint64_t most, Copied* copied) {
  const bool has_failed = outcome.kind == Outcome::Kind::kError || told_done_;
  if (!has_failed || tail != Contract::Tail::kZeroed) return;
  copied->bytes().resize(std::max<uint64_t>(copied->size(), most));
}

Outcome Model::CopyStringTo(const Op& op, uint64_t most, Copied* copied) {
  NameStringToTouch(op.address, most);
  const ReadText read = ReadString(op.address, most, copied);
  if (read.outcome.kind != Outcome::Kind::kOk) return read.outcome;
  const std::optional<uint64_t> fingerprint =
      FingerprintOfText(copied->text(), contract_->checks_text);
  return fingerprint ? Outcome::Ok(read.length, *fingerprint) : Outcome::Error(EILSEQ);
}

Outcome Model::CopyUntilNul(const Op& op) {
  const uint64_t most = MostOf(op);
  NameStringToTouch(op.address, most);
  Copied copied = BufferOfCall();
  const ReadText read = ReadString(op.address, most, &copied);
  Outcome outcome = read.outcome;
  outcome.length = read.length;
  if (outcome.kind == Outcome::Kind::kOk) {
    outcome.fingerprint = *FingerprintOfText(copied.text(), /*checks_text=*/false);
  }
  FinishTail(TailOf(op), outcome, most, &copied);
  return outcome;
}

Outcome Model::StringLength(const Op& op) {
  const uint64_t most = MostOf(op);
  NameStringToTouch(op.address, most);
  const ReadText read = ReadString(op.address, most, nullptr);
  return read.outcome.kind == Outcome::Kind::kOk ? Outcome::Ok(read.length) : read.outcome;
}

Outcome Model::WriteString(const Op& op) {
  model_internal::NoteBuffer(CurrentCall(), op.pattern, &now_.effects);
  const auto zeros = std::count(op.pattern.begin(), op.pattern.end(), '\0');
  const Wide needed = Wide{op.pattern.size()} + 1;
  if (needed > op.length) return Outcome::Error(ENAMETOOLONG);
  if (zeros != 0) return Outcome::Error(EINVAL);
  const Outcome stored = StoreBytes(op.address, Stored::Bytes(op.pattern + '\0'));
  const bool is_whole = stored.kind == Outcome::Kind::kOk;
  return is_whole ? Outcome::Ok(op.pattern.size()) : stored;
}

void Model::NameStringToTouch(uint64_t start, uint64_t most) {
  now_.touch_start = start;
  now_.touch_bytes = std::min(most, kWindowEnd - std::min(start, kWindowEnd));
}

}  // namespace sim
