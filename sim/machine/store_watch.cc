#include "sim/machine/store_watch.h"

#include <algorithm>
#include <cstring>

#include "sim/machine/check.h"

namespace sim {
namespace {

constexpr uint64_t kPageBytes = Window::kPageBytes;

constexpr uint64_t PageFloor(uint64_t address) { return address - address % kPageBytes; }

constexpr uint8_t kZeros[kPageBytes] = {};

}  // namespace

void StoreWatch::Begin(const Range& range) {
  range_ = range;
  stray_.reset();
  torn_at_.reset();
  is_accessed_ = false;
  piece_count_ = 0;
  bytes_ = 0;
  is_active_ = true;
  if (!range.is_compared) return;
  // A range far outside the window has no bytes of the window near it.
  if (range.start - (Window::kStart - kNearBytes) > Window::kBytes + 2 * kNearBytes) return;
  const uint64_t last = range.start + (range.size == 0 ? 0 : range.size - 1);
  const auto low = [](uint64_t at) { return std::min(PageFloor(at), at - kNearBytes); };
  const auto high = [](uint64_t at) {
    return std::max(PageFloor(at) + kPageBytes, at + 1 + kNearBytes);
  };
  if (low(last) <= high(range.start)) {
    Add(low(range.start), high(last));
  } else {
    Add(low(range.start), high(range.start));
    Add(low(last), high(last));
  }
}

void StoreWatch::Add(uint64_t from, uint64_t to) {
  from = std::max(from, Window::kStart);
  to = std::min(to, Window::kEnd);
  while (from < to) {
    const uint64_t end = std::min(to, PageFloor(from) + kPageBytes);
    SIM_CHECK(piece_count_ < kMaxPieces && bytes_ + (end - from) <= kMaxBytes);
    Piece& piece = pieces_[piece_count_++];
    piece = {.address = from,
             .size = static_cast<uint32_t>(end - from),
             .copy = copies_.data() + bytes_};
    bytes_ += piece.size;
    Take(&piece);
    from = end;
  }
}

void StoreWatch::Take(Piece* piece) const {
  const uint8_t* const bytes = space_->ContentsAt(piece->address);
  piece->is_zero = bytes == nullptr;
  if (bytes != nullptr) memcpy(piece->copy, bytes, piece->size);
}

std::optional<uint64_t> StoreWatch::End() {
  SIM_CHECK(is_active_);
  Look();
  is_active_ = false;
  return stray_;
}

void StoreWatch::Look() {
  if (!is_active_) return;
  for (const Piece& piece : std::span(pieces_).first(piece_count_)) LookAt(piece);
}

void StoreWatch::LookAt(const Piece& piece) {
  const uint8_t* const bytes = space_->ContentsAt(piece.address);
  // Null means an unwritten page: no store can turn a page that held other bytes into one.
  if (bytes == nullptr) return;
  const uint8_t* const before = piece.is_zero ? kZeros : piece.copy;
  if (memcmp(before, bytes, piece.size) == 0) return;
  for (uint32_t i = 0; i < piece.size; ++i) {
    const uint64_t address = piece.address + i;
    if (before[i] == bytes[i] || (range_.may_change && IsStorable(address))) continue;
    if (!stray_ || address < *stray_) stray_ = address;
    return;
  }
}

bool StoreWatch::IsStorable(uint64_t address) const {
  bool is_storable = range_.IsStorable(address);
  space_->EachOtherPlace(
      address, [&](uint64_t other) { is_storable = is_storable || range_.IsStorable(other); });
  return is_storable;
}

void StoreWatch::Retake() {
  if (!is_active_) return;
  for (Piece& piece : std::span(pieces_).first(piece_count_)) Take(&piece);
}

void StoreWatch::NoteOwnStore(uint64_t address, uint8_t bits) {
  if (!is_active_) return;
  NoteOwnStoreAt(address, bits);
  if (!Window::Contains(address)) return;
  space_->EachOtherPlace(address, [&](uint64_t other) { NoteOwnStoreAt(other, bits); });
}

void StoreWatch::NoteOwnStoreAt(uint64_t address, uint8_t bits) {
  for (Piece& piece : std::span(pieces_).first(piece_count_)) {
    if (address - piece.address >= piece.size) continue;
    if (piece.is_zero) memset(piece.copy, 0, piece.size);
    piece.is_zero = false;
    piece.copy[address - piece.address] ^= bits;
  }
}

void StoreWatch::NoteAccess(uint64_t address, uint64_t size) {
  const bool is_whole = address == range_.start && size == range_.size;
  if ((is_accessed_ || !is_whole) && !torn_at_) torn_at_ = address;
  is_accessed_ = true;
}

void StoreWatch::NoteStoreOfCall(uint64_t address, uint64_t size) {
  if (range_.is_one_access) NoteAccess(address, size);
  // `outside` becomes the first byte that is not storable.
  uint64_t outside = address;
  while (const uint64_t storable = range_.StorableFrom(outside)) {
    if (address + size - outside <= storable) return;
    outside += storable;
  }
  if (!stray_ || outside < *stray_) stray_ = outside;
}

}  // namespace sim
