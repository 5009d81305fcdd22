#include "sim/oracle/memory_history.h"

#include <algorithm>

#include "sim/scenario/scenario.h"

namespace sim {

void MemoryHistory::Clear() {
  coats_.clear();
  inks_.clear();
  patterns_.clear();
}

void MemoryHistory::Map(uint64_t start, uint64_t end, Perms perms, AreaKind kind, bool present) {
  coats_.push_back({start, end, Coat::Kind::kArea, perms, kind, present});
}

void MemoryHistory::Unmap(uint64_t start, uint64_t end) {
  coats_.push_back({.start = start, .end = end, .kind = Coat::Kind::kHole});
  if (!inks_.empty()) inks_.push_back({.start = start, .end = end});
}

void MemoryHistory::Protect(uint64_t start, uint64_t end, Perms perms) {
  coats_.push_back({.start = start, .end = end, .kind = Coat::Kind::kPerms, .perms = perms});
}

void MemoryHistory::MakePresent(uint64_t start, uint64_t end) {
  // Pages that come in one after the other are one coat, or demand paging would make thousands.
  if (!coats_.empty() && coats_.back().kind == Coat::Kind::kPresence &&
      coats_.back().end == start) {
    coats_.back().end = end;
    return;
  }
  coats_.push_back({.start = start, .end = end, .kind = Coat::Kind::kPresence});
}

void MemoryHistory::Write(uint64_t start, uint64_t end, const std::string& pattern) {
  inks_.push_back({start, end, patterns_.size(), pattern.size()});
  patterns_.insert(patterns_.end(), pattern.begin(), pattern.end());
}

MemoryHistory::PageState MemoryHistory::StateAt(uint64_t address) const {
  PageState state;
  if (address < kWindowStart || address >= kWindowEnd) return state;
  state.run_end = kWindowEnd;
  bool perms_known = false;
  for (size_t i = coats_.size(); i-- > 0;) {
    const Coat& coat = coats_[i];
    if (coat.end <= address) continue;
    if (coat.start > address) {
      state.run_end = std::min(state.run_end, coat.start);
      continue;
    }
    state.run_end = std::min(state.run_end, coat.end);
    if (coat.kind == Coat::Kind::kHole) return state;
    if (coat.kind == Coat::Kind::kPresence) {
      state.present = true;
      continue;
    }
    if (!perms_known) state.perms = coat.perms;
    perms_known = true;
    if (coat.kind == Coat::Kind::kPerms) continue;
    state.mapped = true;
    state.kind = coat.area_kind;
    state.shared = coat.area_kind == AreaKind::kCow && !state.present;
    state.present = state.present || coat.present;
    return state;
  }
  return state;
}

MemoryHistory::ByteRun MemoryHistory::BytesAt(uint64_t address) const {
  ByteRun run{.end = kWindowEnd};
  for (size_t i = inks_.size(); i-- > 0;) {
    const Ink& ink = inks_[i];
    if (ink.end <= address) continue;
    if (ink.start > address) {
      run.end = std::min(run.end, ink.start);
      continue;
    }
    run.end = std::min(run.end, ink.end);
    if (ink.pattern_bytes == 0) return run;
    run.fill_start = ink.start;
    run.pattern = patterns_.data() + ink.pattern_start;
    run.pattern_bytes = ink.pattern_bytes;
    return run;
  }
  return run;
}

bool MemoryHistory::IsAnyMapped(uint64_t start, uint64_t end) const {
  while (start < end) {
    const PageState state = StateAt(start);
    if (state.mapped) return true;
    if (state.run_end <= start) return false;  // behind the window
    start = state.run_end;
  }
  return false;
}

bool MemoryHistory::AreAllMapped(uint64_t start, uint64_t end) const {
  while (start < end) {
    const PageState state = StateAt(start);
    if (!state.mapped) return false;
    start = state.run_end;
  }
  return true;
}

MemoryHistory::PageCount MemoryHistory::CountPages(uint64_t start, uint64_t end) const {
  PageCount count;
  while (start < end) {
    const PageState state = StateAt(start);
    const uint64_t stop = std::min(end, state.run_end);
    if (stop <= start) break;
    const uint64_t pages = (stop - start) / kPageBytes;
    if (state.present) count.present += pages;
    if (state.shared) count.shared += pages;
    start = stop;
  }
  return count;
}

}  // namespace sim
