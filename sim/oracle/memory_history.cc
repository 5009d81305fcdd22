#include "sim/oracle/memory_history.h"

#include <algorithm>

#include "sim/scenario/scenario.h"

namespace sim {

void MemoryHistory::Clear() {
  coats_.clear();
  inks_.clear();
  patterns_.clear();
  files_.clear();
}

void MemoryHistory::Map(uint64_t start, uint64_t end, Perms perms, AreaKind kind, bool present) {
  coats_.push_back({start, end, Coat::Kind::kArea, perms, kind, present});
}

void MemoryHistory::MapFile(uint64_t start, uint64_t end, Perms perms, AreaKind kind,
                            uint64_t bytes) {
  files_.push_back({start, end, bytes});
  coats_.push_back({start, end, Coat::Kind::kArea, perms, kind, false, files_.size()});
}

uint64_t MemoryHistory::File::PagesEnd() const {
  const uint64_t mapped = end - start;
  if (bytes >= mapped) return end;
  return start + (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
}

uint64_t MemoryHistory::Truncate(size_t file, uint64_t bytes) {
  File& changed = files_[file - 1];
  const uint64_t kept = std::min(changed.bytes, bytes);
  changed.bytes = std::max(changed.bytes, bytes);
  uint64_t gone = 0;
  // Whatever of the file is mapped behind the shorter end, piece by piece.
  for (uint64_t at = kept >= changed.end - changed.start ? changed.end : changed.start + kept;
       at < changed.end;) {
    const PageState state = StateAt(at);
    const uint64_t stop = std::min(changed.end, state.run_end);
    if (state.file == file) {
      inks_.push_back({.start = at, .end = stop});
      const uint64_t absent_from = (at + kPageBytes - 1) / kPageBytes * kPageBytes;
      if (absent_from < stop) {
        if (state.present) gone += (stop - absent_from) / kPageBytes;
        coats_.push_back({.start = absent_from, .end = stop, .kind = Coat::Kind::kAbsence});
      }
    }
    at = stop;
  }
  changed.bytes = bytes;
  return gone;
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
  bool presence_known = false;
  for (size_t i = coats_.size(); i-- > 0;) {
    const Coat& coat = coats_[i];
    if (coat.end <= address) continue;
    if (coat.start > address) {
      state.run_end = std::min(state.run_end, coat.start);
      continue;
    }
    state.run_end = std::min(state.run_end, coat.end);
    if (coat.kind == Coat::Kind::kHole) return state;
    if (coat.kind == Coat::Kind::kPresence || coat.kind == Coat::Kind::kAbsence) {
      if (!presence_known) state.present = coat.kind == Coat::Kind::kPresence;
      presence_known = true;
      continue;
    }
    if (!perms_known) state.perms = coat.perms;
    perms_known = true;
    if (coat.kind == Coat::Kind::kPerms) continue;
    state.mapped = true;
    state.kind = coat.area_kind;
    state.shared = coat.area_kind == AreaKind::kCow && !state.present;
    state.present = state.present || coat.present;
    state.file = coat.file;
    if (coat.file != 0) {
      const uint64_t file_end = files_[coat.file - 1].PagesEnd();
      state.past_end = address >= file_end;
      if (!state.past_end) state.run_end = std::min(state.run_end, file_end);
    }
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

bool MemoryHistory::IsAnyPastEnd(uint64_t start, uint64_t end) const {
  while (start < end) {
    const PageState state = StateAt(start);
    if (state.past_end) return true;
    if (state.run_end <= start) return false;  // behind the window
    start = state.run_end;
  }
  return false;
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
