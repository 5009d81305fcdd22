#include "sim/machine/address_space.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "sim/machine/page_ranges.h"

namespace sim {
namespace {

using axptr::LinuxError;
using axptr::LinuxResult;
using axptr::MappingFlags;

constexpr MappingFlags kPermissions =
    MappingFlags::READ | MappingFlags::WRITE | MappingFlags::EXECUTE;

// What the hardware permits for a page with its own frame in an area with these flags.
HardwareAccess HardwareOf(MappingFlags flags) {
  // Kernel memory is never accessible in the user window: every touch of it must fault.
  if (!flags.contains(MappingFlags::USER)) return HardwareAccess::kNone;
  if (flags.contains(MappingFlags::WRITE)) return HardwareAccess::kReadWrite;
  return (flags & kPermissions).is_empty() ? HardwareAccess::kNone : HardwareAccess::kRead;
}

HardwareAccess HardwareNeeds(MappingFlags access) {
  return access.contains(MappingFlags::WRITE) ? HardwareAccess::kReadWrite : HardwareAccess::kRead;
}

// The number of equal pages that are raised by one system call: raising more than one page costs
// the same, and saves later calls.
constexpr uint64_t kPagesAhead = 16;
// The most pages and runs of pages that are raised at a time: each raised page can take host
// memory, and each run a mapping of the host.
constexpr uint64_t kMostPagesAtOnce = Window::kSparePages / 2;
constexpr uint64_t kMostRunsAtOnce = Window::kMaxMappings / 16;

// The part of `area` in [start, end). Precondition: they overlap.
Area Part(Area area, uint64_t start, uint64_t end) {
  area.start = std::max(area.start, start);
  area.end = std::min(area.end, end);
  return area;
}

// Appends `area` to `areas`. Merges it with the last one if both are parts of one mapping with
// equal properties.
void Append(std::vector<Area>& areas, const Area& area) {
  if (!areas.empty() && areas.back().end == area.start && areas.back().flags == area.flags &&
      areas.back().mapping == area.mapping) {
    areas.back().end = area.end;
  } else {
    areas.push_back(area);
  }
}

}  // namespace

AddressSpace::AddressSpace(Frames* frames, Window* window)
    : frames_(frames),
      window_(window),
      populated_(Window::kPages),
      shared_(Window::kPages),
      past_end_(Window::kPages),
      kept_(Window::kPages) {}

const AddressSpace::Neighbourhood& AddressSpace::LookUpAnew(uint64_t address) const {
  const AreaList::Position position = areas_.Seek(address);
  last_found_.position = position;
  last_found_.hole_start = areas_.EndBefore(position);
  if (position == areas_.End()) {
    // No area: a range at the last address, too, goes to CheckBehind.
    last_found_.area_start = UINT64_MAX;
    last_found_.area_end = UINT64_MAX - 1;
    return last_found_;
  }
  const Area& area = areas_.At(position);
  last_found_.area_start = area.start;
  last_found_.area_end = area.end;
  last_found_.flags = area.flags;
  return last_found_;
}

void AddressSpace::Replace(AreaList::Position first, AreaList::Position last,
                           std::span<const Area> areas) {
  last_found_ = {};
  areas_.Replace(first, last, areas);
}

const Area* AddressSpace::Find(uint64_t address) const {
  const AreaList::Position at = areas_.Seek(address);
  if (at == areas_.End() || address < areas_.At(at).start) return nullptr;
  return &areas_.At(at);
}

bool AddressSpace::Covers(uint64_t start, uint64_t end) const {
  for (AreaList::Position at = areas_.Seek(start); at != areas_.End(); at = areas_.Next(at)) {
    if (areas_.At(at).start > start) return false;
    start = areas_.At(at).end;
    if (start >= end) return true;
  }
  return false;
}

LinuxResult<void> AddressSpace::Map(uint64_t start, uint64_t size, MappingFlags flags,
                                    Backing backing) {
  if (!IsWholePages(start, size)) return std::unexpected(LinuxError::kEinval);
  const AreaList::Position at = areas_.Seek(start);
  if (at != areas_.End() && areas_.At(at).start < start + size) {
    return std::unexpected(LinuxError::kEexist);
  }
  if (backing == Backing::kEager && !frames_->HasAll(size / Window::kPageBytes)) {
    return std::unexpected(LinuxError::kEnomem);
  }
  const Area area = {start, start + size, flags, backing, ++mappings_made_, start + size};
  Replace(at, at, {&area, 1});
  const uint64_t first = Window::PageOf(start);
  if (backing == Backing::kEager) Populate(first, PageEnd(start + size), /*for_writing=*/false);
  if (backing == Backing::kCow) PopulateShared(first, PageEnd(start + size));
  return {};
}

LinuxResult<void> AddressSpace::Unmap(uint64_t start, uint64_t size) {
  if (!IsWholePages(start, size)) return std::unexpected(LinuxError::kEinval);
  const uint64_t end = start + size;
  const AreaList::Position first = areas_.Seek(start);
  AreaList::Position last = first;
  std::vector<Area>& kept = scratch_;
  kept.clear();
  for (; last != areas_.End() && areas_.At(last).start < end; last = areas_.Next(last)) {
    const Area& area = areas_.At(last);
    const Area gone = Part(area, start, end);
    Release(Window::PageOf(gone.start), PageEnd(gone.end));
    if (area.start < start) kept.push_back(Part(area, area.start, start));
    if (end < area.end) kept.push_back(Part(area, end, area.end));
  }
  Replace(first, last, kept);
  return {};
}

LinuxResult<void> AddressSpace::Protect(uint64_t start, uint64_t size, MappingFlags flags) {
  if (!IsWholePages(start, size)) return std::unexpected(LinuxError::kEinval);
  const uint64_t end = start + size;
  if (!Covers(start, end)) return std::unexpected(LinuxError::kEnomem);
  // Includes the neighbour on either side: the change can make parts of one mapping mergeable.
  const AreaList::Position first = areas_.Previous(areas_.Seek(start));
  AreaList::Position last = first;
  std::vector<Area>& changed = scratch_;
  changed.clear();
  for (; last != areas_.End() && areas_.At(last).start <= end; last = areas_.Next(last)) {
    const Area& area = areas_.At(last);
    if (area.start < start) Append(changed, Part(area, area.start, start));
    if (area.start < end && start < area.end) {
      Area part = Part(area, start, end);
      part.flags = (flags & kPermissions) | (area.flags & MappingFlags::USER);
      Append(changed, part);
    }
    if (end < area.end) Append(changed, Part(area, end, area.end));
  }
  Replace(first, last, changed);
  if (window_ != nullptr) window_->NoteTakenAway(Window::PageOf(start), PageEnd(end));
  return {};
}

LinuxResult<void> AddressSpace::Evict(uint64_t start, uint64_t size) {
  if (!IsWholePages(start, size)) return std::unexpected(LinuxError::kEinval);
  const uint64_t end = start + size;
  for (AreaList::Position at = areas_.Seek(start); at != areas_.End() && areas_.At(at).start < end;
       at = areas_.Next(at)) {
    const Area part = Part(areas_.At(at), start, end);
    const uint64_t part_first = Window::PageOf(part.start);
    const uint64_t part_end = PageEnd(part.end);
    if (part.backing != Backing::kFile) {
      Unpopulate(part_first, part_end);
      continue;
    }
    for (uint64_t page = aliases_.Next(part_first, part_end); page < part_end;
         page = aliases_.Next(page + 1, part_end)) {
      aliases_.EachPlace(page, [this](uint64_t place) { TakeFrames(place, place + 1); });
    }
    if (TakeFrames(part_first, part_end) != 0) kept_.Set(part_first, part_end);
  }
  return {};
}

LinuxResult<void> AddressSpace::Share(uint64_t start, uint64_t size) {
  if (!IsWholePages(start, size)) return std::unexpected(LinuxError::kEinval);
  const uint64_t end = start + size;
  for (AreaList::Position at = areas_.Seek(start); at != areas_.End() && areas_.At(at).start < end;
       at = areas_.Next(at)) {
    const Area part = Part(areas_.At(at), start, end);
    const bool is_private =
        part.backing != Backing::kFile && part.flags.contains(MappingFlags::USER);
    if (is_private) SharePages(Window::PageOf(part.start), PageEnd(part.end));
  }
  return {};
}

LinuxResult<void> AddressSpace::Grow(uint64_t address, uint64_t limit) {
  const Area* const area = Find(address);
  const bool is_private = area != nullptr && area->backing != Backing::kFile &&
                          area->flags.contains(MappingFlags::USER);
  if (!is_private) return std::unexpected(LinuxError::kEinval);
  const auto at = growths_.begin() + (FirstGrowth(area->mapping) - growths_.cbegin());
  if (at != growths_.end() && at->mapping == area->mapping) {
    at->limit = limit;
  } else {
    growths_.insert(at, {area->mapping, limit});
  }
  return {};
}

std::vector<AddressSpace::Growth>::const_iterator AddressSpace::FirstGrowth(
    uint32_t mapping) const {
  return std::lower_bound(
      growths_.begin(), growths_.end(), mapping,
      [](const Growth& growth, uint32_t wanted) { return growth.mapping < wanted; });
}

uint64_t AddressSpace::GrowthLimitOf(const Area& area) const {
  const auto at = FirstGrowth(area.mapping);
  return at != growths_.end() && at->mapping == area.mapping ? at->limit : 0;
}

const Area* AddressSpace::GrowDownTo(uint64_t address) {
  const AreaList::Position at = areas_.Seek(address);
  if (at == areas_.End()) return nullptr;
  const uint64_t start = address - address % Window::kPageBytes;
  const Area& above = areas_.At(at);
  if (above.mapping_end - start > GrowthLimitOf(above)) return nullptr;
  if (areas_.EndBefore(at) != 0) {
    const Area& below = areas_.At(areas_.Previous(at));
    const bool keeps_distance =
        !(below.flags & kPermissions).is_empty() && GrowthLimitOf(below) == 0;
    if (keeps_distance && start - below.end < kGuardGapBytes) return nullptr;
  }
  Area grown = above;
  grown.start = start;
  Replace(at, areas_.Next(at), {&grown, 1});
  return Find(address);
}

LinuxResult<void> AddressSpace::Fill(uint64_t start, uint64_t size,
                                     std::span<const uint8_t> pattern) {
  if (size == 0) return {};
  if (!Window::ContainsRange(start, size) || !Covers(start, start + size)) {
    return std::unexpected(LinuxError::kEnomem);
  }
  const uint64_t first = Window::PageOf(start);
  const uint64_t end = PageEnd(start + size);
  if (FindPastEnd(first, end) != end) return std::unexpected(LinuxError::kEnomem);
  if (!frames_->HasAll(FramesNeeded(first, end, /*for_writing=*/true))) {
    return std::unexpected(LinuxError::kEnomem);
  }
  Populate(first, end, /*for_writing=*/true);
  if (contents_ != nullptr) contents_->Write(start, size, pattern);
  if (window_ == nullptr) return {};
  for (uint64_t done = 0; done < size;) {
    // Up to the next page of a file that has several places.
    const uint64_t page = Window::PageOf(start + done);
    const uint64_t run_end = std::max(page + 1, aliases_.Next(page, end));
    const uint64_t run_bytes =
        std::min(size, Window::kStart + run_end * Window::kPageBytes - start) - done;
    WriteMemory(HomeOf(start + done), run_bytes, pattern, done);
    done += run_bytes;
  }
  window_->NoteWritten(first, end);
  return {};
}

void AddressSpace::WriteMemory(uint64_t start, uint64_t size, std::span<const uint8_t> pattern,
                               uint64_t skipped) {
  uint8_t* const bytes = window_->DirectMap(start);
  // One pattern, from the byte that belongs here on.
  const uint64_t from = skipped % pattern.size();
  uint64_t done = std::min<uint64_t>(pattern.size() - from, size);
  memcpy(bytes, pattern.data() + from, done);
  const uint64_t front = std::min(from, size - done);
  memcpy(bytes + done, pattern.data(), front);
  done += front;
  while (done < size) {  // whole patterns so far, and twice as many after each turn
    const uint64_t more = std::min(done, size - done);
    memcpy(bytes + done, bytes, more);
    done += more;
  }
}

bool AddressSpace::CheckBehind(axptr::VirtAddrRange range, MappingFlags flags) const {
  AreaList::Position at = last_found_.position;
  if (at == areas_.End()) return false;
  for (uint64_t checked = last_found_.area_end; checked < range.end().as_usize();) {
    at = areas_.Next(at);
    if (at == areas_.End()) return false;
    const Area& area = areas_.At(at);
    if (area.start != checked || !area.flags.contains(flags)) return false;
    checked = area.end;
  }
  return true;
}

LinuxResult<void> AddressSpace::PopulateArea(axptr::VirtAddrRange pages, MappingFlags flags) {
  if (pages.size() == 0) return {};  // an empty range has no missing page
  const uint64_t start = pages.start().as_usize();
  if (!Window::ContainsRange(start, pages.size()) || !Covers(start, pages.end().as_usize())) {
    return std::unexpected(LinuxError::kEfault);
  }
  const uint64_t first = Window::PageOf(start);
  const uint64_t end = PageEnd(pages.end().as_usize());
  const uint64_t file_end = FindPastEnd(first, end);
  const bool sufficed = Populate(first, file_end, flags.contains(MappingFlags::WRITE));
  RaiseWindow(first, file_end);
  if (!sufficed) return std::unexpected(LinuxError::kEnomem);
  if (file_end != end) return std::unexpected(LinuxError::kEfault);
  return {};
}

bool AddressSpace::ResolveFault(uint64_t address, MappingFlags access) {
  const Area* area = Find(address);
  if (area == nullptr) area = GrowDownTo(address);
  if (area == nullptr || !area->flags.contains(MappingFlags::USER)) return false;
  const uint64_t page = Window::PageOf(address);
  const bool for_writing = access.contains(MappingFlags::WRITE);
  if (IsPastEnd(page)) return false;
  if (populated_.Test(page) && FramesNeeded(page, page + 1, for_writing) == 0) {
    // Another CPU was faster: all there is to do is to try again, if the page permits it.
    if (HardwareOf(*area, page) < HardwareNeeds(access)) return false;
  } else {
    if (!area->flags.contains(access) || !Populate(page, page + 1, for_writing)) return false;
  }
  RaiseWindow(page, page + 1);
  return true;
}

bool AddressSpace::LetsThrough(uint64_t address, MappingFlags access) const {
  if (!IsPopulated(address)) return false;
  const uint64_t page = Window::PageOf(address);
  return AllowedTo(page, page + 1).access >= HardwareNeeds(access);
}

bool AddressSpace::CatchUp(uint64_t address, MappingFlags access) {
  if (window_ == nullptr) return false;
  const uint64_t page = Window::PageOf(address);
  const bool past_end = IsPastEnd(page);
  if (!populated_.Test(page) && !past_end) return false;
  const HardwareAccess allowed = AllowedTo(page, page + 1).access;
  if (allowed < HardwareNeeds(access)) return false;
  // After the end of a file, the host raises a bus error for the access.
  if (past_end) return window_->RaisePastEndOfFile(page, page + 1, allowed);
  if (window_->Now(page) >= HardwareNeeds(access)) return false;
  RaiseWindow(page, std::max(page + 1, touched_end_));
  return true;
}

void AddressSpace::SettleWindow() {
  if (window_ == nullptr || window_->settled()) return;
  window_->Settle([this](uint64_t page, uint64_t end) -> Window::Allowed {
    if (!populated_.Test(page)) {
      return {HardwareAccess::kNone, populated_.FindSet(page, end)};
    }
    return AllowedTo(page, end);
  });
}

bool AddressSpace::SynchroniseWindow() {
  SettleWindow();
  if (window_ == nullptr) return true;
  // Mappings that were raised for earlier accesses may leave too few for all areas. The second
  // round starts with a closed window, which has none of them.
  for (int i = 0; i < 2; ++i) {
    const uint64_t closings = window_->closings();
    for (const Area& area : areas_) RaiseAll(area);
    if (window_->closings() == closings) return true;
    window_->Close();
  }
  return false;
}

void AddressSpace::RaiseAll(const Area& area) {
  const uint64_t end = PageEnd(area.end);
  for (uint64_t page = Window::PageOf(area.start); page < end;) {
    const uint64_t populated = populated_.FindSet(page, end);
    page = std::min(populated, FindPastEnd(page, end));
    if (page == end) return;
    const HardwareAccess allowed = HardwareOf(area, page);
    const bool past_end = page != populated;
    const uint64_t run_end = past_end ? past_end_.FindClear(page, end) : EndOfRun(page, end);
    if (!past_end) {
      window_->Raise(page, run_end, allowed);
    } else if (allowed != HardwareAccess::kNone) {
      window_->RaisePastEndOfFile(page, run_end, allowed);
    }
    page = run_end;
  }
}

void AddressSpace::SettleWindowFor(uint64_t start, uint64_t size) {
  SettleWindow();
  if (size == 0 || !Window::ContainsRange(start, size)) return;
  touched_end_ = PageEnd(start + size);
  RaiseWindow(Window::PageOf(start), touched_end_);
}

bool AddressSpace::IsPopulated(uint64_t address) const {
  return Window::Contains(address) && populated_.Test(Window::PageOf(address));
}

void AddressSpace::Reset() {
  if (mappings_made_ == 0) return;  // nothing was mapped since the last Reset
  for (const Area& area : areas_) Release(Window::PageOf(area.start), PageEnd(area.end));
  areas_.Clear();
  files_.clear();
  last_found_ = {};
  mappings_made_ = 0;
  growths_.clear();
  alias_pages_ = 0;
  if (window_ != nullptr) window_->GiveMemoryBack();
}

void AddressSpace::Exchange(AddressSpace* other) {
  std::swap(areas_, other->areas_);
  std::swap(populated_, other->populated_);
  std::swap(shared_, other->shared_);
  std::swap(past_end_, other->past_end_);
  std::swap(kept_, other->kept_);
  std::swap(aliases_, other->aliases_);
  std::swap(growths_, other->growths_);
  std::swap(files_, other->files_);
  std::swap(mappings_made_, other->mappings_made_);
  last_found_ = other->last_found_ = {};
  touched_end_ = 0;
  if (window_ == nullptr) return;
  if (other->memory_ == nullptr) other->memory_ = std::make_unique<Window::Memory>();
  window_->Exchange(other->memory_.get());
}

HardwareAccess AddressSpace::HardwareOf(const Area& area, uint64_t page) const {
  const HardwareAccess own = sim::HardwareOf(area.flags);
  return shared_.Test(page) ? std::min(own, HardwareAccess::kRead) : own;
}

Window::Allowed AddressSpace::AllowedTo(uint64_t page, uint64_t end) const {
  const Area* const area = Find(Window::kStart + page * Window::kPageBytes);
  if (area == nullptr) return {HardwareAccess::kNone, page + 1};
  return {HardwareOf(*area, page), EndOfRun(page, std::min(end, PageEnd(area->end)))};
}

uint64_t AddressSpace::EndOfRun(uint64_t page, uint64_t end) const {
  const uint64_t populated_end = populated_.FindClear(page, end);
  return shared_.Test(page) ? shared_.FindClear(page, populated_end)
                            : shared_.FindSet(page, populated_end);
}

uint64_t AddressSpace::FramesNeeded(uint64_t first, uint64_t end, bool for_writing) const {
  uint64_t absent = end - first - populated_.Count(first, end);
  for (uint64_t page = aliases_.Next(first, end); page < end; page = aliases_.Next(page + 1, end)) {
    // The first place in the range takes the frame for all.
    if (!populated_.Test(page) && HasFrameAtOtherPlace(page, first)) --absent;
  }
  return for_writing ? absent + shared_.Count(first, end) : absent;
}

bool AddressSpace::Populate(uint64_t first, uint64_t end, bool for_writing) {
  // `page`: the next page that needs a frame. Pages are handled in runs of equal state.
  for (uint64_t page = first; page < end;) {
    const uint64_t absent = populated_.FindClear(page, end);
    const uint64_t shared = for_writing ? shared_.FindSet(page, end) : end;
    page = std::min(absent, shared);
    if (page == end) break;
    const uint64_t aliased = aliases_.Next(page, end);
    if (page == aliased) {
      if (!PopulatePlace(page)) return false;
      ++page;
      continue;
    }
    const uint64_t run_end = std::min(
        aliased, page == absent ? populated_.FindSet(page, end) : shared_.FindClear(page, end));
    const uint64_t taken = frames_->Take(run_end - page);
    if (page == absent) {
      populated_.Set(page, page + taken);
      populated_pages_ += taken;
    } else {
      shared_.Clear(page, page + taken);
      shared_pages_ -= taken;
    }
    if (taken < run_end - page) return false;
    page = run_end;
  }
  return true;
}

void AddressSpace::PopulateShared(uint64_t first, uint64_t end) {
  populated_.Set(first, end);
  shared_.Set(first, end);
  populated_pages_ += end - first;
  shared_pages_ += end - first;
}

void AddressSpace::SharePages(uint64_t first, uint64_t end) {
  for (uint64_t page = first; page < end;) {
    page = populated_.FindSet(page, end);
    const uint64_t run_end = EndOfRun(page, end);
    if (page < end && !shared_.Test(page)) {
      shared_.Set(page, run_end);
      shared_pages_ += run_end - page;
      frames_->GiveAway(run_end - page);
    }
    page = run_end;
  }
  if (window_ != nullptr) window_->NoteTakenAway(first, end);
}

void AddressSpace::Release(uint64_t first, uint64_t end) {
  const bool was_populated = TakeFrames(first, end) != 0;
  RemovePlaces(first, end);
  ForgetContents(first, end, was_populated);
  if (!files_.empty()) SetPastEnd(first, end, false);
}

uint64_t AddressSpace::TakeFrames(uint64_t first, uint64_t end) {
  const uint64_t count = populated_.Count(first, end);
  uint64_t shared = shared_.Count(first, end);
  for (uint64_t page = aliases_.Next(first, end); page < end; page = aliases_.Next(page + 1, end)) {
    // The last place in the range gives the frame back.
    if (populated_.Test(page) && IsPopulatedOutside(page, first, page + 1)) ++shared;
  }
  populated_.Clear(first, end);
  shared_.Clear(first, end);
  populated_pages_ -= count;
  shared_pages_ -= shared;
  frames_->GiveBack(count - shared);
  if (count != 0 && window_ != nullptr) window_->NoteTakenAway(first, end);
  return count;
}

void AddressSpace::Unpopulate(uint64_t first, uint64_t end) {
  ForgetContents(first, end, TakeFrames(first, end) != 0);
}

void AddressSpace::ForgetContents(uint64_t first, uint64_t end, bool was_populated) {
  const bool has_contents = was_populated || kept_.FindSet(first, end) != end;
  if (!has_contents) return;
  kept_.Clear(first, end);
  if (contents_ != nullptr) {
    contents_->Forget(Window::kStart + first * Window::kPageBytes,
                      (end - first) * Window::kPageBytes);
  }
  if (window_ != nullptr) window_->Forget(first, end);
  for (uint64_t page = aliases_.Next(first, end); page < end; page = aliases_.Next(page + 1, end)) {
    KeepHome(page);
  }
}

void AddressSpace::RaiseWindow(uint64_t first, uint64_t end) {
  if (window_ == nullptr) return;
  window_->BoundMemory();
  end = std::min(end, first + kMostPagesAtOnce);
  uint64_t runs_left = kMostRunsAtOnce;
  for (uint64_t page = populated_.FindSet(first, end); page < end && runs_left > 0; --runs_left) {
    const Window::Allowed allowed = AllowedTo(page, std::max(end, page + kPagesAhead));
    window_->Raise(page, allowed.end, allowed.access);
    page = populated_.FindSet(allowed.end, end);
  }
}

}  // namespace sim
