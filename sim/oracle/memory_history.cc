#include "sim/oracle/memory_history.h"

#include <algorithm>
#include <cstring>

#include "sim/scenario/scenario.h"

namespace sim {

namespace {

// Layers of the NewestCover of coats. Areas and holes hide all older entries.
constexpr size_t kPermsLayer = 1;
constexpr size_t kPresenceLayer = 2;

// The pages below an area, as it grows, in which no accessible page may be.
constexpr uint64_t kGuardPages = 1;

}  // namespace

uint64_t MemoryHistory::ByteRun::FindZero(uint64_t from, uint64_t to) const {
  if (RepeatsOneByte()) return from < to && At(from) == 0 ? from : to;
  const uint64_t turn_end = std::min(to, from + pattern_bytes);  // each byte of the pattern once
  uint64_t index = from < turn_end ? IndexOf(from) : 0;
  for (uint64_t at = from; at < turn_end; ++at) {
    if (pattern[index] == 0) return at;
    if (++index == pattern_bytes) index = 0;
  }
  return to;
}

void MemoryHistory::ByteRun::AppendTo(uint64_t from, uint64_t to, std::string* bytes) const {
  const uint64_t size = to - from;
  if (RepeatsOneByte()) {
    bytes->append(size, static_cast<char>(At(from)));
    return;
  }
  const size_t before = bytes->size();
  const auto* const text = reinterpret_cast<const char*>(pattern);
  const uint64_t index = IndexOf(from);
  bytes->append(text + index, std::min(size, pattern_bytes - index));
  // Whole patterns from here on, and twice as many after each turn.
  for (uint64_t done = bytes->size() - before; done < size; done = bytes->size() - before) {
    if (done < pattern_bytes) {
      bytes->append(text, std::min(size - done, pattern_bytes - done));
    } else {
      const uint64_t more = std::min(size - done, done - done % pattern_bytes);
      bytes->resize(before + done + more);
      memcpy(bytes->data() + before + done, bytes->data() + before + done % pattern_bytes, more);
    }
  }
}

void MemoryHistory::Clear() {
  ForgetKnown();
  if (coats_in_tree_ != 0) coat_tree_.Clear();
  if (inks_in_tree_ != 0) ink_tree_.Clear();
  coats_in_tree_ = 0;
  inks_in_tree_ = 0;
  steps_ = 0;
  coats_.clear();
  inks_.clear();
  patterns_.clear();
  mappings_.clear();
  files_.clear();
}

void MemoryHistory::AddCoat(const Coat& coat) {
  ForgetKnown();
  coats_.push_back(coat);
  if (coats_.size() - coats_in_tree_ < 2 * walked_) return;
  while (coats_.size() - coats_in_tree_ > walked_) {
    const Coat& oldest = coats_[coats_in_tree_++];
    const bool is_base = oldest.kind == Coat::Kind::kArea || oldest.kind == Coat::Kind::kHole;
    const size_t layer = is_base                             ? NewestCover::kBase
                         : oldest.kind == Coat::Kind::kPerms ? kPermsLayer
                                                             : kPresenceLayer;
    coat_tree_.Add(oldest.start, oldest.end, layer, static_cast<uint32_t>(coats_in_tree_));
  }
}

void MemoryHistory::AddInk(const Ink& ink) {
  inks_.push_back(ink);
  if (inks_.size() - inks_in_tree_ < 2 * walked_) return;
  while (inks_.size() - inks_in_tree_ > walked_) {
    const Ink& oldest = inks_[inks_in_tree_++];
    ink_tree_.Add(oldest.start, oldest.end, NewestCover::kBase,
                  static_cast<uint32_t>(inks_in_tree_));
  }
}

void MemoryHistory::Map(uint64_t start, uint64_t end, Perms perms, AreaKind kind, bool present) {
  mappings_.push_back({start, end});
  AddCoat({start, end, Coat::Kind::kArea, perms, kind, present, 0, mappings_.size()});
}

void MemoryHistory::MapFile(uint64_t start, uint64_t end, Perms perms, AreaKind kind,
                            uint64_t bytes) {
  mappings_.push_back({start, end, 0, start});
  files_.push_back({bytes, {mappings_.size()}});
  AddCoat({start, end, Coat::Kind::kArea, perms, kind, false, files_.size(), mappings_.size()});
}

void MemoryHistory::MapAgain(uint64_t start, uint64_t end, Perms perms, uint64_t from) {
  const PageState source = StateAt(from);
  // The bytes that are there so far.
  for (uint64_t at = from; at < from + (end - start);) {
    const ByteRun bytes = BytesAt(at);
    const uint64_t stop = std::min(from + (end - start), bytes.end);
    const std::string pattern(reinterpret_cast<const char*>(bytes.pattern), bytes.pattern_bytes);
    AddPatternInk(at - from + start, stop - from + start, pattern, at - bytes.fill_start);
    at = stop;
  }
  mappings_.push_back({start, end, 0, mappings_[source.mapping - 1].base + (start - from)});
  files_[source.file - 1].mappings.push_back(mappings_.size());
  AddCoat(
      {start, end, Coat::Kind::kArea, perms, source.kind, false, source.file, mappings_.size()});
}

uint64_t MemoryHistory::PagesEnd(const Mapping& mapping, uint64_t bytes) {
  const uint64_t before = mapping.start - mapping.base;  // bytes of the file before it
  if (bytes <= before) return mapping.start;
  if (bytes - before >= mapping.end - mapping.start) return mapping.end;
  return mapping.start + (bytes - before + kPageBytes - 1) / kPageBytes * kPageBytes;
}

template <typename Visit>
void MemoryHistory::EachOtherPlace(const PageState& state, uint64_t address, Visit visit) const {
  if (!IsMappedAgain(state.file)) return;
  const uint64_t offset = address - mappings_[state.mapping - 1].base;
  const size_t own = state.mapping;
  for (const size_t number : files_[state.file - 1].mappings) {
    const Mapping& mapping = mappings_[number - 1];
    const uint64_t other = mapping.base + offset;
    const bool is_in = other >= mapping.start && other < mapping.end;
    if (number != own && is_in && StateAt(other).mapping == number) visit(other);
  }
}

bool MemoryHistory::IsPresentOutside(const PageState& state, uint64_t page, uint64_t start,
                                     uint64_t end) const {
  bool is_present = false;
  EachOtherPlace(state, page, [&](uint64_t other) {
    const bool is_outside = other < start || other >= end;
    is_present = is_present || (is_outside && StateAt(other).present);
  });
  return is_present;
}

MemoryHistory::PageCount MemoryHistory::Truncate(size_t file, uint64_t bytes) {
  File& changed = files_[file - 1];
  const uint64_t kept = std::min(changed.bytes, bytes);
  changed.bytes = std::max(changed.bytes, bytes);
  ForgetKnown();
  PageCount gone;
  for (const size_t number : changed.mappings) TruncateMapping(number, kept, &gone);
  changed.bytes = bytes;
  ForgetKnown();
  return gone;
}

void MemoryHistory::TruncateMapping(size_t number, uint64_t kept, PageCount* gone) {
  const Mapping mapping = mappings_[number - 1];
  const uint64_t before = mapping.start - mapping.base;
  const uint64_t bytes = kept > before ? kept - before : 0;
  // Evicts each piece that is left of the mapping after the shorter end.
  for (uint64_t at = bytes >= mapping.end - mapping.start ? mapping.end : mapping.start + bytes;
       at < mapping.end;) {
    const PageState state = StateAt(at);
    const uint64_t stop = std::min(mapping.end, state.run_end);
    if (state.mapping == number) {
      AddInk({.start = at, .end = stop});
      const uint64_t absent_from = (at + kPageBytes - 1) / kPageBytes * kPageBytes;
      if (absent_from < stop) {
        const PageCount pages = CountPages(absent_from, stop);
        gone->present += pages.present;
        gone->shared += pages.shared;
        AddCoat({.start = absent_from, .end = stop, .kind = Coat::Kind::kAbsence});
      }
    }
    at = stop;
  }
}

void MemoryHistory::Unmap(uint64_t start, uint64_t end) {
  AddCoat({.start = start, .end = end, .kind = Coat::Kind::kHole});
  if (!inks_.empty()) AddInk({.start = start, .end = end});
}

void MemoryHistory::Protect(uint64_t start, uint64_t end, Perms perms) {
  AddCoat({.start = start, .end = end, .kind = Coat::Kind::kPerms, .perms = perms});
}

MemoryHistory::PageCount MemoryHistory::Evict(uint64_t start, uint64_t end) {
  PageCount gone = CountPages(start, end);
  AddAbsence(start, end);
  for (uint64_t at = start; at < end;) {
    const PageState state = StateAt(at);
    const bool is_again = IsMappedAgain(state.file);
    const uint64_t stop = is_again ? at + kPageBytes : std::min(end, state.run_end);
    EachOtherPlace(state, at, [&](uint64_t other) {
      const PageCount there = CountPages(other, other + kPageBytes);
      gone.present += there.present;
      gone.shared += there.shared;
      if (there.present != 0) AddAbsence(other, other + kPageBytes);
    });
    at = stop;
  }
  return gone;
}

void MemoryHistory::AddAbsence(uint64_t start, uint64_t end) {
  for (uint64_t at = start; at < end;) {
    const PageState state = StateAt(at);
    const uint64_t stop = std::min(end, state.run_end);
    // An absent page is zeros already.
    if (state.present && state.file == 0) AddInk({.start = at, .end = stop});
    at = stop;
  }
  AddCoat({.start = start, .end = end, .kind = Coat::Kind::kAbsence});
}

uint64_t MemoryHistory::Share(uint64_t start, uint64_t end) {
  uint64_t shared = 0;
  for (uint64_t at = start; at < end;) {
    const PageState state = StateAt(at);
    const uint64_t stop = std::min(end, state.run_end);
    const bool is_private = state.file == 0 && state.kind != AreaKind::kKernel;
    if (state.present && !state.shared && is_private) {
      AddCoat({.start = at, .end = stop, .kind = Coat::Kind::kSharing});
      shared += (stop - at) / kPageBytes;
    }
    at = stop;
  }
  return shared;
}

void MemoryHistory::LetGrow(size_t mapping, uint64_t limit) {
  mappings_[mapping - 1].limit = limit;
}

void MemoryHistory::GrowDownTo(uint64_t address) {
  const uint64_t page = address - address % kPageBytes;
  uint64_t above = page;
  while (above < kWindowEnd && !StateAt(above).mapped) above = StateAt(above).run_end;
  if (above == page || above == kWindowEnd) return;
  const PageState grown = StateAt(above);
  const Mapping& mapping = mappings_[grown.mapping - 1];
  if (page + mapping.limit < mapping.end && mapping.limit < kWindowBytes) return;
  for (uint64_t pages = 1; pages <= kGuardPages; ++pages) {
    const PageState& below = StateAt(page - pages * kPageBytes);
    if (!below.mapped) continue;
    if (below.perms != 0 && mappings_[below.mapping - 1].limit == 0) return;
    break;
  }
  AddCoat({page, above, Coat::Kind::kArea, grown.perms, grown.kind, false, 0, grown.mapping});
}

void MemoryHistory::MakePresent(uint64_t start, uint64_t end) {
  ForgetKnown();
  // Merges pages that are populated one after the other into one entry; demand paging would add
  // thousands of entries otherwise.
  if (!coats_.empty() && coats_.back().kind == Coat::Kind::kPresence &&
      coats_.back().end == start) {
    coats_.back().end = end;
    return;
  }
  AddCoat({.start = start, .end = end, .kind = Coat::Kind::kPresence});
}

void MemoryHistory::AddPatternInk(uint64_t start, uint64_t end, std::string_view pattern,
                                  uint64_t skipped) {
  const size_t first = pattern.empty() ? 0 : skipped % pattern.size();
  AddInk({start, end, patterns_.size(), pattern.size()});
  const auto turn = pattern.begin() + static_cast<std::ptrdiff_t>(first);
  patterns_.insert(patterns_.end(), turn, pattern.end());
  patterns_.insert(patterns_.end(), pattern.begin(), turn);
}

void MemoryHistory::Write(uint64_t start, uint64_t end, std::string_view pattern) {
  AddPatternInk(start, end, pattern, 0);
  if (files_.empty()) return;
  // In ascending order: where a byte of a file is written at two addresses, the higher one is last.
  for (uint64_t at = start; at < end;) {
    const PageState state = StateAt(at);
    const uint64_t stop = std::min(end, state.run_end);
    if (IsMappedAgain(state.file)) {
      AddPatternInk(at, stop, pattern, at - start);
      WriteOtherPlaces(state, at, stop, pattern, at - start);
    }
    at = stop;
  }
}

void MemoryHistory::WriteOtherPlaces(const PageState& state, uint64_t start, uint64_t end,
                                     std::string_view pattern, uint64_t skipped) {
  for (uint64_t at = start; at < end;) {
    const uint64_t stop = std::min(end, at - at % kPageBytes + kPageBytes);
    EachOtherPlace(state, at, [&](uint64_t other) {
      AddPatternInk(other, other + (stop - at), pattern, skipped + (at - start));
    });
    at = stop;
  }
}

void MemoryHistory::Flip(uint64_t address, uint8_t bits) {
  const auto byte = static_cast<char>(BytesAt(address).At(address) ^ bits);
  Write(address, address + 1, std::string_view(&byte, 1));
}

bool MemoryHistory::TakeCoat(const Coat& coat, uint64_t address, Looked* look) const {
  PageState& state = *look->state;
  switch (coat.kind) {
    case Coat::Kind::kHole:
      return true;
    case Coat::Kind::kPresence:
    case Coat::Kind::kAbsence:
    case Coat::Kind::kSharing:
      if (!look->presence_known) {
        state.present = coat.kind != Coat::Kind::kAbsence;
        state.shared = coat.kind == Coat::Kind::kSharing;
      }
      look->presence_known = true;
      return false;
    case Coat::Kind::kPerms:
      if (!look->perms_known) state.perms = coat.perms;
      look->perms_known = true;
      return false;
    case Coat::Kind::kArea:
      break;
  }
  if (!look->perms_known) state.perms = coat.perms;
  state.mapped = true;
  state.kind = coat.area_kind;
  if (!look->presence_known) {
    state.present = coat.present;
    state.shared = coat.present && coat.area_kind == AreaKind::kCow;
  }
  state.file = coat.file;
  state.mapping = coat.mapping;
  if (coat.file != 0) {
    const uint64_t file_end = PagesEnd(mappings_[coat.mapping - 1], files_[coat.file - 1].bytes);
    state.past_end = address >= file_end;
    if (!state.past_end) state.run_end = std::min(state.run_end, file_end);
  }
  return true;
}

const MemoryHistory::PageState& MemoryHistory::Look(uint64_t address) const {
  if (known_count_ == known_.size()) known_count_ = 0;
  Known& known = known_[known_count_];
  PageState& state = known.state;
  state = PageState();
  if (address < kWindowStart || address >= kWindowEnd) return state;
  ++known_count_;
  known.from = address - address % kPageBytes;
  state.run_end = kWindowEnd;
  Looked look{.state = &state};
  const Coat* const oldest = coats_.data() + coats_in_tree_;
  for (const Coat* coat = coats_.data() + coats_.size(); coat != oldest;) {
    --coat;
    ++steps_;
    if (coat->end <= address) continue;
    if (coat->start > address) {
      state.run_end = std::min(state.run_end, coat->start);
      continue;
    }
    state.run_end = std::min(state.run_end, coat->end);
    if (TakeCoat(*coat, address, &look)) return state;
  }
  if (coats_in_tree_ == 0) return state;
  const NewestCover::Found found = coat_tree_.At(address);
  state.run_end = std::min(state.run_end, found.end);
  const uint32_t base = found.newest[NewestCover::kBase];
  for (const size_t layer : {kPermsLayer, kPresenceLayer}) {
    if (found.newest[layer] > base) TakeCoat(coats_[found.newest[layer] - 1], address, &look);
  }
  if (base != 0) TakeCoat(coats_[base - 1], address, &look);
  return state;
}

MemoryHistory::ByteRun MemoryHistory::RunOf(const Ink& ink, uint64_t end) const {
  if (ink.pattern_bytes == 0) return {.end = end};
  return {ink.start, end, patterns_.data() + ink.pattern_start, ink.pattern_bytes};
}

MemoryHistory::ByteRun MemoryHistory::BytesAt(uint64_t address) const {
  uint64_t end = kWindowEnd;
  for (size_t i = inks_.size(); i-- > inks_in_tree_;) {
    const Ink& ink = inks_[i];
    ++steps_;
    if (ink.end <= address) continue;
    if (ink.start <= address) return RunOf(ink, std::min(end, ink.end));
    end = std::min(end, ink.start);
  }
  if (inks_in_tree_ == 0) return {.end = end};
  const NewestCover::Found found = ink_tree_.At(address);
  const uint32_t newest = found.newest[NewestCover::kBase];
  end = std::min(end, found.end);
  return newest == 0 ? ByteRun{.end = end} : RunOf(inks_[newest - 1], end);
}

bool MemoryHistory::IsAnyMapped(uint64_t start, uint64_t end) const {
  while (start < end) {
    const PageState& state = StateAt(start);
    if (state.mapped) return true;
    if (state.run_end <= start) return false;  // after the window
    start = state.run_end;
  }
  return false;
}

bool MemoryHistory::AreAllMapped(uint64_t start, uint64_t end) const {
  while (start < end) {
    const PageState& state = StateAt(start);
    if (!state.mapped) return false;
    start = state.run_end;
  }
  return true;
}

bool MemoryHistory::IsAnyPastEnd(uint64_t start, uint64_t end) const {
  while (start < end) {
    const PageState& state = StateAt(start);
    if (state.past_end) return true;
    if (state.run_end <= start) return false;  // after the window
    start = state.run_end;
  }
  return false;
}

MemoryHistory::PageCount MemoryHistory::CountPages(uint64_t start, uint64_t end) const {
  PageCount count;
  for (uint64_t at = start; at < end;) {
    const PageState state = StateAt(at);
    const bool is_again = IsMappedAgain(state.file);
    const uint64_t stop = is_again ? at + kPageBytes : std::min(end, state.run_end);
    if (stop <= at) break;
    const uint64_t pages = (stop - at) / kPageBytes;
    if (state.present) count.present += pages;
    // Of a page of a file, the last address has the frame.
    const bool is_elsewhere = is_again && state.present && IsPresentOutside(state, at, start, stop);
    if (state.shared || is_elsewhere) count.shared += pages;
    at = stop;
  }
  return count;
}

uint64_t MemoryHistory::FramesFor(uint64_t start, uint64_t end, bool store, uint64_t before) const {
  uint64_t frames = 0;
  for (uint64_t at = start; at < end;) {
    const PageState state = StateAt(at);
    const bool is_again = IsMappedAgain(state.file);
    const uint64_t stop = is_again ? at + kPageBytes : std::min(end, state.run_end);
    bool is_needed = !state.present || (store && state.shared);
    // Of a page of a file, the first address takes the frame.
    EachOtherPlace(state, at, [&](uint64_t other) {
      const bool is_first = std::min(before, start) <= other && other < at;
      if (is_first || StateAt(other).present) is_needed = false;
    });
    if (is_needed) frames += (stop - at) / kPageBytes;
    at = stop;
  }
  return frames;
}

bool MemoryHistory::IsAnyTwiceIn(uint64_t start, uint64_t end) const {
  bool is_twice = false;
  for (uint64_t at = start; at < end && !is_twice;) {
    const PageState state = StateAt(at);
    if (state.run_end <= at) return false;  // after the window
    const bool is_again = IsMappedAgain(state.file);
    const uint64_t page_end = at - at % kPageBytes + kPageBytes;
    const uint64_t stop = std::min(end, is_again ? page_end : state.run_end);
    EachOtherPlace(state, at, [&](uint64_t other) {
      is_twice = is_twice || (start < other + (stop - at) && other < end);
    });
    at = stop;
  }
  return is_twice;
}

}  // namespace sim
