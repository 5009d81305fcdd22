// The model of io vectors: the bytes of all segments are numbered as one sequence, and each
// position has an address.
#include "sim/oracle/model_io_vec.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/oracle/model.h"
#include "sim/oracle/model_arithmetic.h"
#include "sim/oracle/model_copied.h"

namespace sim {

using model_internal::Copied;
using model_internal::Fnv;
using model_internal::kNoEnd;
using model_internal::PageCeiling;
using model_internal::Segment;
using model_internal::Wide;

namespace {

constexpr uint64_t kMaxTransfer = 0x7ffff000;  // bytes

uint64_t NumberAt(const std::string& bytes, size_t at) {
  uint64_t number = 0;
  for (size_t i = 0; i < 8; ++i) {
    number += uint64_t{static_cast<uint8_t>(bytes[at + i])} << (8 * i);
  }
  return number;
}

// The bytes that were loaded, as disjoint, non-adjacent ranges.
class Loaded {
 public:
  // Adds [start, end). Returns how many of its bytes were already in the set.
  uint64_t Add(uint64_t start, uint64_t end) {
    uint64_t again = 0;
    auto next = ends_.upper_bound(start);
    if (next != ends_.begin() && std::prev(next)->second >= start) --next;
    const uint64_t loaded_from = start;
    const uint64_t loaded_to = end;
    while (next != ends_.end() && next->first <= end) {
      const uint64_t from = std::max(next->first, loaded_from);
      const uint64_t to = std::min(next->second, loaded_to);
      if (from < to) again += to - from;
      start = std::min(start, next->first);
      end = std::max(end, next->second);
      next = ends_.erase(next);
    }
    ends_[start] = end;
    return again;
  }

 private:
  std::map<uint64_t, uint64_t> ends_;  // by their starts
};

}  // namespace

Outcome Model::FetchTable(const Op& op, std::vector<Segment>* segments) {
  if (op.segments > kMaxSegments) return Outcome::Error(EINVAL);
  if (op.address % 8 != 0 && contract_->checks_alignment) return Outcome::Error(EFAULT);
  std::string table;
  const uint64_t size = op.segments * kSegmentBytes;
  now_.parts.push_back({op.address, size, kPermRead});
  const Outcome loaded = LoadBytes(op.address, size, &table);
  if (loaded.kind == Outcome::Kind::kError) return Outcome::Error(loaded.error);
  if (loaded.kind != Outcome::Kind::kOk) return loaded;
  for (size_t at = 8; at < table.size(); at += kSegmentBytes) {
    if (NumberAt(table, at) >> 63 != 0) return Outcome::Error(EINVAL);
  }
  uint64_t place = 0;
  for (size_t at = 0; at < table.size(); at += kSegmentBytes) {
    const uint64_t start = NumberAt(table, at);
    const uint64_t length = NumberAt(table, at + 8);
    if (length != 0 && PageCeiling(Wide{start} + length) >= kNoEnd) return Outcome::Error(EFAULT);
    const bool is_elsewhere = start < kWindowStart || Wide{start} + length > kWindowEnd;
    if (contract_->asks == Contract::Asks::kAddressLimit && length != 0 && is_elsewhere) {
      NoteRefusalOfAll();
    }
    const uint64_t end = std::min(place + length, kMaxTransfer);
    if (end != place) segments->push_back({start, place, end});
    place = end;
  }
  return Outcome::Ok(place);
}

Outcome Model::MoveSegments(const Op& op, std::span<const Segment> segments, uint64_t from,
                            uint64_t to, std::string* loaded) {
  const bool reads = op.verb == Verb::kWritev;
  const std::string_view letters = LettersOf(op, reads ? 0 : to);
  for (const Segment& segment : segments) {
    const uint64_t first = std::max(from, segment.first);
    const uint64_t end = std::min(to, segment.end);
    if (first >= end) continue;
    const uint64_t start = segment.start + (first - segment.first);
    now_.parts.push_back({start, end - first, reads ? kPermRead : kPermWrite});
    const Outcome moved =
        reads ? LoadBytes(start, end - first, loaded)
              : StoreBytes(start, Stored::Letters(letters.substr(first, end - first)), first);
    if (moved.kind == Outcome::Kind::kOk) continue;
    return moved.kind == Outcome::Kind::kError ? Outcome::Error(moved.error, first + moved.length)
                                               : moved;
  }
  return Outcome::Ok();
}

Outcome Model::IoVec(const Op& op) {
  const bool reads = op.verb == Verb::kWritev;
  Copied buffer = BufferOfCall();
  if (!reads) LettersInBuffer(op, op.length);
  std::vector<Segment> segments;
  const Outcome fetched = FetchTable(op, &segments);
  if (fetched.kind != Outcome::Kind::kOk) return fetched;
  const uint64_t total = fetched.length;
  const uint64_t size = std::min(op.length, total);
  const uint64_t half = std::min(op.length / 2, size);
  Outcome moved = MoveSegments(op, segments, 0, half, &buffer.bytes());
  if (moved.kind == Outcome::Kind::kOk) {
    moved = MoveSegments(op, segments, half, size, &buffer.bytes());
  }
  Loaded loaded;
  for (const Expectation::Part& part : now_.parts) {
    if (part.rights == kPermRead) {
      now_.loaded_again += loaded.Add(part.start, part.start + part.bytes);
    }
  }
  if (moved.kind != Outcome::Kind::kOk) return moved;
  const uint64_t fingerprint = reads ? buffer.fingerprint() : Fnv::kEmpty;
  return Outcome::Ok(size, (fingerprint ^ (total - size)) * Fnv::kPrime);
}

}  // namespace sim
