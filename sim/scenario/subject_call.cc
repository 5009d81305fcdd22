#include "sim/scenario/subject_call.h"

#include <optional>

#include "sim/machine/load_trace.h"
#include "sim/scenario/left_behind.h"
#include "sim/scenario/named_bytes.h"

namespace sim {

void SubjectCall::RunWatched(absl::FunctionRef<void()> function) {
  if (watch_ != nullptr) watch_->Begin(WatchedRange());
  kernel_.set_buffer(&buffer_);
  CallerState before;
  kernel_.RunSubject(function);
  effects_->left_behind = before.LeftBehind();
  kernel_.set_buffer(nullptr);
  if (watch_ == nullptr) return;
  const std::optional<uint64_t> stray_store = watch_->End();
  if (!effects_->stray_store) effects_->stray_store = stray_store;
  effects_->torn_at = watch_->torn_at();
}

void SubjectCall::WatchAlso(std::span<const StoreWatch::Bytes> segments) {
  if (watch_ == nullptr) return;
  effects_->stray_store = watch_->End();
  StoreWatch::Range range = WatchedRange();
  range.storable = 0;
  range.also_storable = segments;
  if (!segments.empty()) {
    range.start = segments.front().start;
    range.size = std::min(segments.front().size, UINT64_MAX - range.start);
  }
  watch_->Begin(range);
}

StoreWatch::Range SubjectCall::WatchedRange() const {
  const NamedBytes named = *BytesNamedBy(op_);
  const auto clip = [&](NamedBytes::Wide bytes) {
    return static_cast<uint64_t>(std::min<NamedBytes::Wide>(bytes, UINT64_MAX - named.start));
  };
  const bool is_table = InfoOf(op_.verb).extent == Extent::kTable;  // the table itself is only read
  const bool may_change = ChangesBytes(op_.verb);
  // Bytes are moved to user memory by assembly or memcpy, whose stores are not reported.
  const bool is_reported = StoresAreTraced() && subject_.reports_stores;
  return {.start = named.start,
          .size = clip(named.BoundedBytes()),
          .storable = IsMutable(op_.verb) && !is_table ? clip(named.MostBytes()) : 0,
          .may_change = may_change,
          .is_compared = may_change || !is_reported,
          .is_one_access = IsOneAccess(op_)};
}

std::span<char> SubjectCall::LendLetters(uint64_t size) {
  const std::span<char> room = buffer_.Lend(size);
  FillCopiedOut(op_, room);
  return room;
}

MovedBytes SubjectCall::MovedBytesOf(const axptr_moved& moved) const {
  return {moved.done, -moved.error, moved.address - op_.address - moved.done};
}

}  // namespace sim
