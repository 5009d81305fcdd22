#include "sim/machine/address_space.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace sim {
namespace {

using axptr::LinuxError;
using axptr::LinuxResult;
using axptr::MappingFlags;

constexpr MappingFlags kPermissions =
    MappingFlags::READ | MappingFlags::WRITE | MappingFlags::EXECUTE;

// What the processor lets through to a populated page of such an area.
HardwareAccess HardwareOf(MappingFlags flags) {
  // The user window shows no kernel memory: touching it must always be seen.
  if (!flags.contains(MappingFlags::USER)) return HardwareAccess::kNone;
  if (flags.contains(MappingFlags::WRITE)) return HardwareAccess::kReadWrite;
  return (flags & kPermissions).is_empty() ? HardwareAccess::kNone : HardwareAccess::kRead;
}

HardwareAccess HardwareNeeds(MappingFlags access) {
  return access.contains(MappingFlags::WRITE) ? HardwareAccess::kReadWrite : HardwareAccess::kRead;
}

bool IsWholePages(uint64_t start, uint64_t size) {
  return size != 0 && start % Window::kPageBytes == 0 && size % Window::kPageBytes == 0 &&
         Window::ContainsRange(start, size);
}

// The page behind the last byte below `end`, which lies in the window or is its end.
uint64_t PageEnd(uint64_t end) { return Window::PageOf(end - 1) + 1; }

}  // namespace

AddressSpace::AddressSpace(Frames* frames, Window* window)
    : frames_(frames), window_(window), populated_(Window::kPages) {}

size_t AddressSpace::FindFrom(uint64_t address) const {
  if (last_found_ < areas_.size()) {
    const Area& area = areas_[last_found_];
    if (area.start <= address && address < area.end) return last_found_;
  }
  const auto found = std::upper_bound(
      areas_.begin(), areas_.end(), address,
      [](uint64_t wanted, const Area& area) { return wanted < area.end; });
  last_found_ = static_cast<size_t>(found - areas_.begin());
  return last_found_;
}

const Area* AddressSpace::Find(uint64_t address) const {
  const size_t index = FindFrom(address);
  if (index == areas_.size() || address < areas_[index].start) return nullptr;
  return &areas_[index];
}

bool AddressSpace::Covers(uint64_t start, uint64_t end) const {
  for (size_t i = FindFrom(start); i < areas_.size() && areas_[i].start <= start; ++i) {
    start = areas_[i].end;
    if (start >= end) return true;
  }
  return false;
}

LinuxResult<void> AddressSpace::Map(uint64_t start, uint64_t size, MappingFlags flags,
                                    Backing backing) {
  if (!IsWholePages(start, size)) return std::unexpected(LinuxError::kEinval);
  const size_t index = FindFrom(start);
  if (index < areas_.size() && areas_[index].start < start + size) {
    return std::unexpected(LinuxError::kEexist);
  }
  if (backing == Backing::kEager && frames_->free() < size / Window::kPageBytes) {
    return std::unexpected(LinuxError::kEnomem);
  }
  areas_.insert(areas_.begin() + static_cast<ptrdiff_t>(index),
                Area{start, start + size, flags, backing, ++mappings_made_});
  if (backing == Backing::kEager) Populate(Window::PageOf(start), PageEnd(start + size));
  return {};
}

void AddressSpace::SplitAt(uint64_t address) {
  const size_t index = FindFrom(address);
  if (index == areas_.size() || areas_[index].start >= address) return;
  Area behind = areas_[index];
  behind.start = address;
  areas_[index].end = address;
  areas_.insert(areas_.begin() + static_cast<ptrdiff_t>(index) + 1, behind);
}

LinuxResult<void> AddressSpace::Unmap(uint64_t start, uint64_t size) {
  if (!IsWholePages(start, size)) return std::unexpected(LinuxError::kEinval);
  const uint64_t end = start + size;
  SplitAt(start);
  SplitAt(end);
  const size_t first = FindFrom(start);
  size_t last = first;
  for (; last < areas_.size() && areas_[last].start < end; ++last) {
    Unpopulate(Window::PageOf(areas_[last].start), PageEnd(areas_[last].end));
  }
  areas_.erase(areas_.begin() + static_cast<ptrdiff_t>(first),
               areas_.begin() + static_cast<ptrdiff_t>(last));
  return {};
}

LinuxResult<void> AddressSpace::Protect(uint64_t start, uint64_t size, MappingFlags flags) {
  if (!IsWholePages(start, size)) return std::unexpected(LinuxError::kEinval);
  const uint64_t end = start + size;
  if (!Covers(start, end)) return std::unexpected(LinuxError::kEnomem);
  SplitAt(start);
  SplitAt(end);
  const size_t first = FindFrom(start);
  size_t last = first;
  for (; last < areas_.size() && areas_[last].start < end; ++last) {
    areas_[last].flags = (flags & kPermissions) | (areas_[last].flags & MappingFlags::USER);
  }
  if (window_ != nullptr) window_->NoteTakenAway(Window::PageOf(start), PageEnd(end));
  MergeAround(first, last);
  return {};
}

void AddressSpace::MergeAround(size_t first, size_t last) {
  size_t kept = first == 0 ? 0 : first - 1;
  const size_t end = std::min(last + 1, areas_.size());
  for (size_t i = kept + 1; i < end; ++i) {
    Area& before = areas_[kept];
    const Area& area = areas_[i];
    if (before.end == area.start && before.flags == area.flags && before.mapping == area.mapping) {
      before.end = area.end;
    } else {
      areas_[++kept] = area;
    }
  }
  areas_.erase(areas_.begin() + static_cast<ptrdiff_t>(kept) + 1,
               areas_.begin() + static_cast<ptrdiff_t>(end));
}

LinuxResult<void> AddressSpace::Fill(uint64_t start, uint64_t size,
                                     std::span<const uint8_t> pattern) {
  if (size == 0) return {};
  if (!Window::ContainsRange(start, size) || !Covers(start, start + size)) {
    return std::unexpected(LinuxError::kEnomem);
  }
  const uint64_t first = Window::PageOf(start);
  const uint64_t end = PageEnd(start + size);
  if (frames_->free() < end - first - populated_.Count(first, end)) {
    return std::unexpected(LinuxError::kEnomem);
  }
  Populate(first, end);
  if (window_ == nullptr) return {};
  uint8_t* const bytes = window_->DirectMap(start);
  for (uint64_t done = 0; done < size; done += pattern.size()) {
    memcpy(bytes + done, pattern.data(), std::min<uint64_t>(pattern.size(), size - done));
  }
  window_->NoteWritten(first, end);
  return {};
}

bool AddressSpace::check_region_access(axptr::VirtAddrRange range, MappingFlags flags) const {
  uint64_t checked = range.start().as_usize();
  const uint64_t end = range.end().as_usize();
  for (size_t i = FindFrom(checked); i < areas_.size(); ++i) {
    const Area& area = areas_[i];
    if (area.start > checked || !area.flags.contains(flags)) return false;
    checked = area.end;
    if (checked >= end) return true;
  }
  return false;
}

LinuxResult<void> AddressSpace::populate_area(axptr::VirtAddrRange pages, MappingFlags) {
  const uint64_t start = pages.start().as_usize();
  if (!Window::ContainsRange(start, pages.size()) || !Covers(start, pages.end().as_usize())) {
    return std::unexpected(LinuxError::kEfault);
  }
  const uint64_t first = Window::PageOf(start);
  const uint64_t end = PageEnd(pages.end().as_usize());
  const bool sufficed = Populate(first, end);
  RaiseWindow(first, end);
  if (!sufficed) return std::unexpected(LinuxError::kEnomem);
  return {};
}

bool AddressSpace::ResolveFault(uint64_t address, MappingFlags access) {
  const Area* const area = Find(address);
  if (area == nullptr || !area->flags.contains(MappingFlags::USER)) return false;
  const uint64_t page = Window::PageOf(address);
  if (populated_.Test(page)) {
    // Another CPU was faster: all there is to do is to try again, if the page permits it.
    if (HardwareOf(area->flags) < HardwareNeeds(access)) return false;
  } else {
    if (!area->flags.contains(access) || !Populate(page, page + 1)) return false;
  }
  RaiseWindow(page, page + 1);
  return true;
}

bool AddressSpace::CatchUp(uint64_t address, MappingFlags access) {
  if (window_ == nullptr || !IsPopulated(address)) return false;
  const uint64_t page = Window::PageOf(address);
  const HardwareAccess allowed = HardwareOf(Find(address)->flags);
  if (allowed < HardwareNeeds(access) || window_->Now(page) >= HardwareNeeds(access)) return false;
  window_->Raise(page, page + 1, allowed);
  return true;
}

void AddressSpace::SettleWindow() {
  if (window_ == nullptr || window_->settled()) return;
  window_->Settle([this](uint64_t page, uint64_t end) -> Window::Allowed {
    if (!populated_.Test(page)) {
      return {HardwareAccess::kNone, populated_.FindSet(page, end)};
    }
    const Area& area = *Find(Window::kStart + page * Window::kPageBytes);
    const uint64_t area_end = std::min(end, PageEnd(area.end));
    return {HardwareOf(area.flags), populated_.FindClear(page, area_end)};
  });
}

bool AddressSpace::IsPopulated(uint64_t address) const {
  return Window::Contains(address) && populated_.Test(Window::PageOf(address));
}

void AddressSpace::Reset() {
  for (const Area& area : areas_) Unpopulate(Window::PageOf(area.start), PageEnd(area.end));
  areas_.clear();
  mappings_made_ = 0;
  if (window_ != nullptr) window_->GiveMemoryBack();
}

bool AddressSpace::Populate(uint64_t first, uint64_t end) {
  for (uint64_t page = populated_.FindClear(first, end); page < end;) {
    const uint64_t wanted = populated_.FindSet(page, end) - page;
    const uint64_t taken = frames_->Take(wanted);
    populated_.Set(page, page + taken);
    populated_pages_ += taken;
    if (taken < wanted) return false;
    page = populated_.FindClear(page + wanted, end);
  }
  return true;
}

void AddressSpace::Unpopulate(uint64_t first, uint64_t end) {
  const uint64_t count = populated_.Count(first, end);
  populated_.Clear(first, end);
  populated_pages_ -= count;
  frames_->GiveBack(count);
  if (window_ == nullptr || count == 0) return;
  window_->Forget(first, end);
  window_->NoteTakenAway(first, end);
}

void AddressSpace::RaiseWindow(uint64_t first, uint64_t end) {
  if (window_ == nullptr) return;
  for (uint64_t page = populated_.FindSet(first, end); page < end;) {
    const Area& area = *Find(Window::kStart + page * Window::kPageBytes);
    const uint64_t area_end = std::min(end, PageEnd(area.end));
    const uint64_t run_end = populated_.FindClear(page, area_end);
    window_->Raise(page, run_end, HardwareOf(area.flags));
    page = populated_.FindSet(run_end, end);
  }
}

}  // namespace sim
