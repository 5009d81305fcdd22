#include "sim/ring0/machine/address_space.h"

#include "sim/ring0/image/cpu.h"
#include "sim/ring0/machine/kernel.h"
#include "sim/ring0/machine/second.h"

extern "C" std::uint64_t boot_pml4[512];

namespace ring0 {
namespace {

// Bits of a page-table entry. A populated page has kPopulated, even if the hardware permits no
// access to the page. An absent page of a file whose contents are kept has only an address.
constexpr std::uint64_t kPresent = 1;
constexpr std::uint64_t kWritable = 2;
constexpr std::uint64_t kUserPage = 4;
constexpr std::uint64_t kShared = 1 << 9;
constexpr std::uint64_t kPopulated = 1 << 10;
constexpr std::uint64_t kAddressBits = 0x000f'ffff'ffff'f000;
constexpr std::uint64_t kTableBits = kPresent | kWritable | kUserPage;

constexpr int kLevels = 4;
constexpr std::uint64_t BytesOf(int level) { return std::uint64_t{1} << (12 + 9 * level); }
constexpr std::uint64_t IndexOf(std::uint64_t address, int level) {
  return address >> (12 + 9 * level) & 511;
}

std::uint64_t* TableIn(std::uint64_t entry) {
  return static_cast<std::uint64_t*>(DirectMap(entry & kAddressBits));
}

bool IsWholePages(std::uint64_t start, std::uint64_t size) {
  return size != 0 && start % kPageBytes == 0 && size % kPageBytes == 0 && IsInWindow(start, size);
}
std::uint64_t PageOf(std::uint64_t address) { return address & ~(kPageBytes - 1); }
std::uint64_t PagesEnd(std::uint64_t end) { return PageOf(end + kPageBytes - 1); }

}  // namespace

void AddressSpace::Reset() {
  area_count_ = mapping_count_ = populated_ = shared_ = 0;
  file_count_ = 0;
  alias_pages_ = 0;
  boot_pml4[IndexOf(kWindowStart, kLevels - 1)] = 0;
  ForgetChangedPage(kWindowStart);
  ForgetAllPages();
  ForgetPages();
  zero_page_ = TakePage();
  frames = {};
  injector = {};
}

std::uint64_t AddressSpace::Seek(std::uint64_t address) const {
  std::uint64_t low = 0;
  std::uint64_t high = area_count_;
  while (low < high) {
    const std::uint64_t middle = (low + high) / 2;
    if (areas_[middle].end <= address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

const AddressSpace::Area* AddressSpace::Find(std::uint64_t address) const {
  const std::uint64_t at = Seek(address);
  return at == area_count_ || address < areas_[at].start ? nullptr : &areas_[at];
}

bool AddressSpace::Covers(std::uint64_t start, std::uint64_t end) const {
  for (std::uint64_t at = Seek(start); start < end; start = areas_[at++].end) {
    if (at == area_count_ || areas_[at].start > start) return false;
  }
  return true;
}

void AddressSpace::InsertAt(std::uint64_t index, const Area& area) {
  if (area_count_ == kMaxAreas) EndScenario(Stop::kTooManyAreas);
  for (std::uint64_t i = area_count_++; i > index; --i) areas_[i] = areas_[i - 1];
  areas_[index] = area;
}

void AddressSpace::SplitAt(std::uint64_t address) {
  const std::uint64_t at = Seek(address);
  if (at == area_count_ || address <= areas_[at].start) return;
  Area front = areas_[at];
  front.end = address;
  areas_[at].start = address;
  InsertAt(at, front);
}

int AddressSpace::Map(std::uint64_t start, std::uint64_t size, unsigned rights, Backing backing,
                      std::uint64_t file_bytes) {
  if (!IsWholePages(start, size)) return -kInvalid;
  const std::uint64_t at = Seek(start);
  if (at != area_count_ && areas_[at].start < start + size) return -kExists;
  if (backing == Backing::kEager && !frames.HasAll(size / kPageBytes, injector)) return -kNoMemory;
  std::uint32_t file = kNoFile;
  if (backing == Backing::kFile) {
    if (file_count_ == kMaxFiles) EndScenario(Stop::kTooManyAreas);
    file = file_count_++;
    files_[file] = {file_bytes, false};
  }
  InsertAt(at, {start, start + size, rights, file, ++mapping_count_, start + size, 0, start});
  if (backing == Backing::kEager) PopulatePages(start, start + size, /*for_writing=*/false);
  if (backing != Backing::kCow) return 0;
  for (std::uint64_t page = start; page != start + size; page += kPageBytes) {
    SetEntry(page, EntryOf(page, true), zero_page_, rights, /*shared=*/true);
    ++populated_;
    ++shared_;
  }
  return 0;
}

int AddressSpace::MapAgain(std::uint64_t start, std::uint64_t size, unsigned rights,
                           std::uint64_t from) {
  if (!IsWholePages(start, size)) return -kInvalid;
  const std::uint64_t at = Seek(start);
  if (at != area_count_ && areas_[at].start < start + size) return -kExists;
  if (!IsWholePages(from, size) || !Covers(from, from + size)) return -kInvalid;
  const std::uint64_t first = Seek(from);
  const Area source = areas_[first];
  if (source.file == kNoFile) return -kInvalid;
  for (std::uint64_t i = first; i != area_count_ && areas_[i].start < from + size; ++i) {
    if (areas_[i].mapping != source.mapping) return -kInvalid;
  }
  if (alias_pages_ + size / kPageBytes > kMaxAliasPages) return -kNoMemory;
  alias_pages_ += size / kPageBytes;
  files_[source.file].is_mapped_again = true;
  InsertAt(at, {start, start + size, rights, source.file, ++mapping_count_, start + size, 0,
                source.base + (start - from)});
  return 0;
}

template <typename Visit>
void AddressSpace::EachOtherPlace(std::uint64_t page, Visit visit) const {
  const Area* const area = Find(page);
  if (area == nullptr || area->file == kNoFile || !files_[area->file].is_mapped_again) return;
  for (std::uint64_t i = 0; i != area_count_; ++i) {
    const Area& other = areas_[i];
    const std::uint64_t place = other.base + (page - area->base);
    if (other.file != area->file || place == page) continue;
    if (place >= other.start && place < other.end) visit(place, EntryOf(place, false));
  }
}

bool AddressSpace::IsPopulatedElsewhere(std::uint64_t page) const {
  bool is_populated = false;
  EachOtherPlace(page, [&](std::uint64_t, const Entry* entry) {
    if (entry != nullptr && (*entry & kPopulated) != 0) is_populated = true;
  });
  return is_populated;
}

void AddressSpace::DropMemory(std::uint64_t start, std::uint64_t page, Entry* entry) {
  const std::uint64_t memory = *entry & kAddressBits;
  *entry = 0;
  if (memory == 0 || memory == zero_page_) return;
  bool is_held = false;
  std::uint64_t heir = 0;
  EachOtherPlace(page, [&](std::uint64_t place, const Entry* other) {
    if (other != nullptr && *other != 0) is_held = true;
    const bool is_forgotten = start <= place && place < page;
    if (!is_forgotten && !IsPastEnd(*Find(place), place)) heir = place;
  });
  if (is_held) return;
  if (heir != 0) {
    *EntryOf(heir, true) = memory;
  } else {
    GivePageBack(memory);
  }
}

int AddressSpace::Grow(std::uint64_t address, std::uint64_t limit) {
  const Area* const found = Find(address);
  if (found == nullptr || found->file != kNoFile || (found->rights & kUser) == 0) return -kInvalid;
  const std::uint64_t mapping = found->mapping;
  for (std::uint64_t i = 0; i != area_count_; ++i) {
    if (areas_[i].mapping == mapping) areas_[i].limit = limit;
  }
  return 0;
}

void AddressSpace::GrowDownTo(std::uint64_t address) {
  const std::uint64_t at = Seek(address);
  if (at == area_count_) return;
  Area& area = areas_[at];
  const std::uint64_t page = PageOf(address);
  if (area.limit == 0 || area.mapping_end - page > area.limit) return;
  const Area* const below = at == 0 ? nullptr : &areas_[at - 1];
  const bool is_beside = below != nullptr && below->end == page;
  const bool may_be_beside =
      is_beside && (below->limit != 0 || (below->rights & (kRead | kWrite | kExecute)) == 0);
  if (is_beside && !may_be_beside) return;
  area.start = page;
}

bool AddressSpace::IsPastEnd(const Area& area, std::uint64_t page) const {
  if (area.file == kNoFile) return false;
  const std::uint64_t offset = page - area.base;
  return offset >= files_[area.file].bytes;  // `offset` is that of the page's first byte
}

bool AddressSpace::IsBusError(std::uint64_t address, bool write) const {
  const Area* const area = Find(address);
  if (area == nullptr || !IsPastEnd(*area, PageOf(address)) || (area->rights & kUser) == 0) {
    return false;
  }
  const unsigned any = write ? kWrite : kRead | kWrite | kExecute;
  return (area->rights & any) != 0;
}

int AddressSpace::Truncate(std::uint64_t address, std::uint64_t file_bytes) {
  const Area* const found = Find(address);
  if (found == nullptr || found->file == kNoFile) return -kInvalid;
  const std::uint32_t index = found->file;
  File& file = files_[index];
  const std::uint64_t kept = file.bytes < file_bytes ? file.bytes : file_bytes;
  file.bytes = file_bytes;
  for (std::uint64_t i = 0; i != area_count_; ++i) {
    const Area& area = areas_[i];
    if (area.file != index) continue;
    std::uint64_t end = area.end;
    while (end != area.start && IsPastEnd(area, end - kPageBytes)) end -= kPageBytes;
    Forget(end, area.end);
    // The bytes of the last page after the file's end become zero.
    const std::uint64_t tail = area.base + kept;
    if (tail < area.start || tail >= area.end || tail % kPageBytes == 0) continue;
    const Entry* const entry = EntryOf(tail, false);
    if (entry == nullptr || *entry == 0) continue;
    auto* const bytes = static_cast<char*>(DirectMap(*entry & kAddressBits));
    __builtin_memset(bytes + tail % kPageBytes, 0, kPageBytes - tail % kPageBytes);
  }
  return 0;
}

int AddressSpace::Unmap(std::uint64_t start, std::uint64_t size) {
  if (!IsWholePages(start, size)) return -kInvalid;
  Forget(start, start + size);
  SplitAt(start);
  SplitAt(start + size);
  const std::uint64_t first = Seek(start);
  std::uint64_t last = first;
  while (last != area_count_ && areas_[last].start < start + size) ++last;
  for (std::uint64_t i = last; i < area_count_; ++i) areas_[first + (i - last)] = areas_[i];
  area_count_ -= last - first;
  return 0;
}

int AddressSpace::Protect(std::uint64_t start, std::uint64_t size, unsigned rights) {
  if (!IsWholePages(start, size)) return -kInvalid;
  const std::uint64_t end = start + size;
  if (!Covers(start, end)) return -kNoMemory;
  SplitAt(start);
  SplitAt(end);
  for (std::uint64_t i = Seek(start); i != area_count_ && areas_[i].start < end; ++i) {
    Area& area = areas_[i];
    area.rights = (rights & (kRead | kWrite | kExecute)) | (area.rights & kUser);
    EachPopulated(area.start, area.end, [&](std::uint64_t page, Entry* entry) {
      SetEntry(page, entry, *entry & kAddressBits, area.rights, (*entry & kShared) != 0);
    });
  }
  return 0;
}

int AddressSpace::Evict(std::uint64_t start, std::uint64_t size) {
  if (!IsWholePages(start, size)) return -kInvalid;
  const std::uint64_t end = start + size;
  for (std::uint64_t i = Seek(start); i != area_count_ && areas_[i].start < end; ++i) {
    const Area& area = areas_[i];
    const std::uint64_t first = area.start < start ? start : area.start;
    const std::uint64_t last = area.end < end ? area.end : end;
    if (area.file == kNoFile) {
      Forget(first, last);
    } else {
      TakeFrames(first, last, /*keep=*/true);
      if (!files_[area.file].is_mapped_again) continue;
      for (std::uint64_t page = first; page != last; page += kPageBytes) {
        EachOtherPlace(page, [&](std::uint64_t place, const Entry*) {
          TakeFrames(place, place + kPageBytes, /*keep=*/true);
        });
      }
    }
  }
  return 0;
}

int AddressSpace::Share(std::uint64_t start, std::uint64_t size) {
  if (!IsWholePages(start, size)) return -kInvalid;
  EachPopulated(start, start + size, [&](std::uint64_t page, Entry* entry) {
    const Area* const area = Find(page);
    if ((*entry & kShared) != 0 || area == nullptr || area->file != kNoFile ||
        (area->rights & kUser) == 0) {
      return;
    }
    SetEntry(page, entry, *entry & kAddressBits, area->rights, /*shared=*/true);
    ++shared_;
    --frames.held;
  });
  return 0;
}

int AddressSpace::Fill(std::uint64_t start, std::uint64_t size, const void* pattern,
                       std::uint64_t period) {
  if (size == 0) return 0;
  if (!IsInWindow(start, size) || !Covers(start, start + size)) return -kNoMemory;
  const std::uint64_t first = PageOf(start);
  const std::uint64_t end = PagesEnd(start + size);
  for (std::uint64_t i = Seek(first); i != area_count_ && areas_[i].start < end; ++i) {
    const std::uint64_t last = areas_[i].end < end ? areas_[i].end : end;
    if (IsPastEnd(areas_[i], last - kPageBytes)) return -kNoMemory;
  }
  if (!frames.HasAll(FramesNeeded(first, end, true), injector)) return -kNoMemory;
  PopulatePages(first, end, /*for_writing=*/true);
  const auto* const bytes = static_cast<const std::uint8_t*>(pattern);
  std::uint64_t next = 0;
  for (std::uint64_t page = first; page != end; page += kPageBytes) {
    auto* const to = static_cast<std::uint8_t*>(DirectMap(*EntryOf(page, false) & kAddressBits));
    const std::uint64_t from = page < start ? start - page : 0;
    const std::uint64_t left = start + size - page;
    for (std::uint64_t i = from; i < kPageBytes && i < left; ++i) {
      to[i] = bytes[next];
      if (++next == period) next = 0;
    }
  }
  return 0;
}

bool AddressSpace::Check(std::uint64_t start, std::uint64_t size, unsigned rights) const {
  const std::uint64_t end = start + size;
  if (end < start) return false;
  // An empty range needs the area of its start.
  std::uint64_t at = Seek(start);
  do {
    if (at == area_count_ || areas_[at].start > start) return false;
    if ((areas_[at].rights & rights) != rights) return false;
    start = areas_[at++].end;
  } while (start < end);
  return true;
}

int AddressSpace::Populate(std::uint64_t start, std::uint64_t size, unsigned rights) {
  if (size == 0) return 0;
  if (!IsInWindow(start, size) || !Covers(start, start + size)) return -kBadAddress;
  return PopulatePages(start, start + size, (rights & kWrite) != 0);
}

bool AddressSpace::ResolveFault(std::uint64_t address, bool write) {
  if (Find(address) == nullptr) GrowDownTo(address);
  const Area* const area = Find(address);
  if (area == nullptr || (area->rights & kUser) == 0) return false;
  const std::uint64_t page = PageOf(address);
  if (IsPastEnd(*area, page)) return false;
  const Entry* const entry = EntryOf(page, false);
  const bool is_populated = entry != nullptr && (*entry & kPopulated) != 0;
  if (is_populated && FramesNeeded(page, page + kPageBytes, write) == 0) {
    if (!LetsThrough(address, write)) return false;
    ForgetPage(page);
    return true;
  }
  const unsigned needed = write ? kWrite : kRead;
  return (area->rights & needed) != 0 && PopulatePages(page, page + kPageBytes, write) == 0;
}

bool AddressSpace::LetsThrough(std::uint64_t address, bool write) const {
  const Entry* const entry = EntryOf(address, false);
  const std::uint64_t needed = kPresent | kUserPage | (write ? kWritable : 0);
  return entry != nullptr && (*entry & needed) == needed;
}

bool AddressSpace::IsPresent(std::uint64_t address) const {
  const Entry* const entry = EntryOf(address, false);
  return entry != nullptr && (*entry & kPresent) != 0;
}

std::uint64_t AddressSpace::PopulatedNext64(std::uint64_t start) const {
  std::uint64_t bits = 0;
  EachPopulated(start, start + 64 * kPageBytes, [&](std::uint64_t page, Entry*) {
    bits |= std::uint64_t{1} << ((page - start) / kPageBytes);
  });
  return bits;
}

AddressSpace::Entry* AddressSpace::EntryOf(std::uint64_t address, bool make) const {
  std::uint64_t* table = boot_pml4;
  for (int level = kLevels - 1; level > 0; --level) {
    std::uint64_t& entry = table[IndexOf(address, level)];
    if (entry == 0) {
      if (!make) return nullptr;
      entry = TakePage() | kTableBits;
    }
    table = TableIn(entry);
  }
  return &table[IndexOf(address, 0)];
}

template <typename Visit>
void AddressSpace::EachEntry(std::uint64_t start, std::uint64_t end, Visit visit) const {
  for (std::uint64_t address = start; address < end;) {
    std::uint64_t* table = boot_pml4;
    int level = kLevels - 1;
    while (level > 0 && table[IndexOf(address, level)] != 0) {
      table = TableIn(table[IndexOf(address, level)]);
      --level;
    }
    Entry* const entry = &table[IndexOf(address, level)];
    if (level == 0) visit(address, entry);
    address = (address & ~(BytesOf(level) - 1)) + BytesOf(level);
  }
}

template <typename Visit>
void AddressSpace::EachPopulated(std::uint64_t start, std::uint64_t end, Visit visit) const {
  EachEntry(start, end, [&](std::uint64_t address, Entry* entry) {
    if ((*entry & kPopulated) != 0) visit(address, entry);
  });
}

std::uint64_t AddressSpace::FramesNeeded(std::uint64_t start, std::uint64_t end,
                                         bool for_writing) const {
  std::uint64_t needed = (end - start) / kPageBytes;
  EachPopulated(start, end, [&](std::uint64_t, const Entry* entry) {
    if (!for_writing || (*entry & kShared) == 0) --needed;
  });
  for (std::uint64_t i = Seek(start); i != area_count_ && areas_[i].start < end; ++i) {
    const Area& area = areas_[i];
    if (area.file == kNoFile || !files_[area.file].is_mapped_again) continue;
    const std::uint64_t last = area.end < end ? area.end : end;
    for (std::uint64_t page = area.start < start ? start : area.start; page < last;
         page += kPageBytes) {
      const Entry* const own = EntryOf(page, false);
      if (own != nullptr && (*own & kPopulated) != 0) continue;
      // The first address of a page takes the frame for all.
      bool has_frame = false;
      EachOtherPlace(page, [&](std::uint64_t place, const Entry* entry) {
        const bool is_populated = entry != nullptr && (*entry & kPopulated) != 0;
        if (is_populated || (start <= place && place < page)) has_frame = true;
      });
      if (has_frame) --needed;
    }
  }
  return needed;
}

int AddressSpace::PopulatePages(std::uint64_t start, std::uint64_t end, bool for_writing) {
  const Area* area = nullptr;
  for (std::uint64_t page = start; page < end; page += kPageBytes) {
    if (area == nullptr || page >= area->end) area = Find(page);
    if (IsPastEnd(*area, page)) return -kBadAddress;
    Entry* entry = EntryOf(page, false);
    const bool is_absent = entry == nullptr || (*entry & kPopulated) == 0;
    if (!is_absent && (!for_writing || (*entry & kShared) == 0)) continue;
    const bool has_frame = is_absent && IsPopulatedElsewhere(page);
    if (!has_frame && !frames.Take(injector)) return -kNoMemory;
    if (has_frame) ++shared_;
    std::uint64_t earlier = entry == nullptr ? 0 : *entry & kAddressBits;
    EachOtherPlace(page, [&](std::uint64_t, const Entry* other) {
      if (other != nullptr && *other != 0) earlier = *other & kAddressBits;
    });
    std::uint64_t own = earlier;  // of a file: the contents were kept
    if (!is_absent || earlier == 0) own = TakePage();
    if (is_absent) {
      entry = EntryOf(page, true);
      ++populated_;
    } else {
      CopyPage(own, earlier);
      if (earlier != zero_page_) GivePageBack(earlier);
      --shared_;
    }
    SetEntry(page, entry, own, area->rights, /*shared=*/false);
  }
  return 0;
}

void AddressSpace::TakeFrames(std::uint64_t start, std::uint64_t end, bool keep) {
  EachPopulated(start, end, [&](std::uint64_t page, Entry* entry) {
    --populated_;
    if ((*entry & kShared) != 0 || IsPopulatedElsewhere(page)) {
      --shared_;
    } else {
      ++frames.free;
      --frames.held;
    }
    *entry &= kAddressBits;
    ForgetChangedPage(page);
    if (!keep) DropMemory(start, page, entry);
  });
}

void AddressSpace::Forget(std::uint64_t start, std::uint64_t end) {
  TakeFrames(start, end, /*keep=*/false);
  EachEntry(start, end, [&](std::uint64_t page, Entry* entry) {
    if (*entry != 0) DropMemory(start, page, entry);
  });
}

void AddressSpace::SetEntry(std::uint64_t address, Entry* entry, std::uint64_t page,
                            unsigned rights, bool shared) {
  std::uint64_t bits = kPopulated | (shared ? kShared : 0);
  if ((rights & (kRead | kWrite | kExecute)) != 0) bits |= kPresent;
  if ((rights & kUser) != 0) bits |= kUserPage;
  if ((rights & kWrite) != 0 && !shared) bits |= kWritable;
  *entry = page | bits;
  ForgetChangedPage(address);
}

}  // namespace ring0
