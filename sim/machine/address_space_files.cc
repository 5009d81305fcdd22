// The part of an address space that is about files: their mappings, their end, and pages that are
// mapped at several places.
#include <algorithm>
#include <cstring>
#include <optional>

#include "sim/machine/address_space.h"
#include "sim/machine/page_ranges.h"

namespace sim {

using axptr::LinuxError;
using axptr::LinuxResult;
using axptr::MappingFlags;

LinuxResult<void> AddressSpace::MapFile(uint64_t start, uint64_t size, MappingFlags flags,
                                        uint64_t file_bytes) {
  const LinuxResult<void> mapped = Map(start, size, flags, Backing::kFile);
  if (!mapped) return mapped;
  files_.push_back({.mapping = mappings_made_,
                    .start = start,
                    .area_start = start,
                    .area_end = start + size,
                    .bytes = file_bytes,
                    .next = files_.size()});
  PlaceEnd(files_.back(), Window::PageOf(start), PageEnd(start + size));
  return {};
}

LinuxResult<void> AddressSpace::MapAgain(uint64_t start, uint64_t size, MappingFlags flags,
                                         uint64_t from) {
  if (!IsWholePages(start, size)) return std::unexpected(LinuxError::kEinval);
  AreaList::Position at = areas_.Seek(start);
  if (at != areas_.End() && areas_.At(at).start < start + size) {
    return std::unexpected(LinuxError::kEexist);
  }
  const Area* const source = IsWholePages(from, size) ? Find(from) : nullptr;
  if (source == nullptr || source->backing != Backing::kFile || !Covers(from, from + size)) {
    return std::unexpected(LinuxError::kEinval);
  }
  const uint32_t mapping = source->mapping;
  for (at = areas_.Seek(from); at != areas_.End() && areas_.At(at).start < from + size;
       at = areas_.Next(at)) {
    if (areas_.At(at).mapping != mapping) return std::unexpected(LinuxError::kEinval);
  }
  const uint64_t pages = size / Window::kPageBytes;
  if (pages > kMaxAliasPages - alias_pages_) return std::unexpected(LinuxError::kEnomem);
  alias_pages_ += pages;
  const size_t file = FileOf(*source);
  const LinuxResult<void> mapped = Map(start, size, flags, Backing::kFile);
  if (!mapped) return mapped;
  File again = files_[file];
  again.mapping = mappings_made_;
  again.start += start - from;
  again.area_start = start;
  again.area_end = start + size;
  files_[file].next = files_.size();
  files_.push_back(again);
  const uint64_t first = Window::PageOf(start);
  for (uint64_t i = 0; i < pages; ++i) {
    const uint64_t home = aliases_.HomeOf(Window::PageOf(from) + i);
    aliases_.Add(first + i, home);
    if (window_ != nullptr) window_->Show(first + i, home);
    KeepHome(home);
  }
  PlaceEnd(again, first, first + pages);
  return {};
}

uint64_t AddressSpace::File::PagesEnd(uint64_t first, uint64_t end) const {
  const uint64_t before =
      (Window::kStart + first * Window::kPageBytes - start) / Window::kPageBytes;
  const uint64_t pages = bytes / Window::kPageBytes + (bytes % Window::kPageBytes != 0 ? 1 : 0);
  if (pages <= before) return first;
  return pages - before < end - first ? first + (pages - before) : end;
}

size_t AddressSpace::FileOf(const Area& area) const {
  const auto at =
      std::lower_bound(files_.begin(), files_.end(), area.mapping,
                       [](const File& file, uint32_t wanted) { return file.mapping < wanted; });
  return static_cast<size_t>(at - files_.begin());
}

void AddressSpace::PlaceEnd(const File& file, uint64_t first, uint64_t end) {
  const uint64_t file_end = file.PagesEnd(first, end);
  SetPastEnd(first, file_end, false);
  if (file_end == end) return;
  Unpopulate(file_end, end);
  SetPastEnd(file_end, end, true);
}

void AddressSpace::SetPastEnd(uint64_t first, uint64_t end, bool past_end) {
  while (first < end) {
    first = past_end ? past_end_.FindClear(first, end) : past_end_.FindSet(first, end);
    if (first == end) return;
    const uint64_t run_end =
        past_end ? past_end_.FindSet(first, end) : past_end_.FindClear(first, end);
    if (past_end) {
      past_end_.Set(first, run_end);
    } else {
      past_end_.Clear(first, run_end);
      if (window_ != nullptr) window_->NoteNotPastEndOfFile(first, run_end);
    }
    first = run_end;
  }
}

LinuxResult<void> AddressSpace::Truncate(uint64_t address, uint64_t file_bytes) {
  const Area* const area = Find(address);
  if (area == nullptr || area->backing != Backing::kFile) {
    return std::unexpected(LinuxError::kEinval);
  }
  const size_t first = FileOf(*area);
  const uint64_t kept = std::min(files_[first].bytes, file_bytes);
  size_t index = first;
  do {
    files_[index].bytes = file_bytes;
    TruncateMapping(files_[index], kept);
    index = files_[index].next;
  } while (index != first);
  return {};
}

void AddressSpace::TruncateMapping(const File& file, uint64_t kept) {
  for (AreaList::Position at = areas_.Seek(file.area_start);
       at != areas_.End() && areas_.At(at).start < file.area_end; at = areas_.Next(at)) {
    const Area& part = areas_.At(at);
    if (part.mapping != file.mapping) continue;
    PlaceEnd(file, Window::PageOf(part.start), PageEnd(part.end));
    const uint64_t offset = part.start - file.start;
    if (kept - offset < part.end - part.start) ZeroTail(file.start + kept);
  }
}

void AddressSpace::ZeroTail(uint64_t address) {
  address = HomeOf(address);
  const uint64_t page = Window::PageOf(address);
  if (address % Window::kPageBytes == 0 || !(populated_.Test(page) || kept_.Test(page))) return;
  const uint64_t size = Window::kPageBytes - address % Window::kPageBytes;
  if (contents_ != nullptr) contents_->Forget(address, size);
  if (window_ != nullptr) memset(window_->DirectMap(address), 0, size);
}

bool AddressSpace::IsPopulatedOutside(uint64_t page, uint64_t first, uint64_t end) const {
  bool is_populated = false;
  aliases_.EachPlace(page, [&](uint64_t place) {
    is_populated = is_populated || ((place < first || place >= end) && populated_.Test(place));
  });
  return is_populated;
}

bool AddressSpace::HasFrameAtOtherPlace(uint64_t page, uint64_t first) const {
  bool has_frame = false;
  aliases_.EachPlace(page, [&](uint64_t place) {
    has_frame = has_frame || populated_.Test(place) || (first <= place && place < page);
  });
  return has_frame;
}

bool AddressSpace::PopulatePlace(uint64_t page) {
  const bool has_frame = IsPopulatedOutside(page, page, page + 1);
  if (!has_frame && frames_->Take(1) == 0) return false;
  populated_.Set(page, page + 1);
  ++populated_pages_;
  if (has_frame) ++shared_pages_;
  return true;
}

void AddressSpace::KeepHome(uint64_t page) {
  const uint64_t home = aliases_.HomeOf(page);
  kept_.Set(home, home + 1);
  if (window_ != nullptr) window_->NoteWritten(home, home + 1);
}

void AddressSpace::RemovePlaces(uint64_t first, uint64_t end) {
  for (uint64_t page = aliases_.Next(first, end); page < end; page = aliases_.Next(page + 1, end)) {
    const bool is_home = aliases_.HomeOf(page) == page;
    const std::optional<uint64_t> new_home = aliases_.Remove(page);
    if (new_home) MoveHome(page, *new_home);
    if (!is_home && window_ != nullptr) window_->Show(page, page);
  }
}

void AddressSpace::MoveHome(uint64_t from, uint64_t to) {
  kept_.Set(to, to + 1);
  if (window_ == nullptr) return;
  memcpy(window_->DirectMap(Window::kStart + to * Window::kPageBytes),
         window_->DirectMap(Window::kStart + from * Window::kPageBytes), Window::kPageBytes);
  window_->NoteWritten(to, to + 1);
  aliases_.EachPlace(to, [&](uint64_t place) { window_->Show(place, to); });
}

}  // namespace sim
