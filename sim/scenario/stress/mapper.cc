#include "sim/scenario/stress/mapper.h"

#include "axptr/mapping_flags.h"
#include "gtest/gtest.h"
#include "sim/scenario/stress/services.h"

namespace sim::stress {

using axptr::MappingFlags;

namespace {

constexpr uint64_t kMaxRest = 400;  // pauses of the processor, some 20 ns each

}  // namespace

Mapper::Mapper(Machine* machine, uint64_t seed)
    : frames_(machine->frames()), thread_(machine), random_(seed) {}

void Mapper::Change(std::vector<bool>* mapped, Counts* counts) {
  const Slot slot = {random_() % kSlots};
  const uint64_t what = random_();
  Lock();
  thread_.ChangeMappings([&](AddressSpace& space) {
    if (!(*mapped)[slot.index]) {
      (*mapped)[slot.index] = Map(space, slot);
    } else if (what % 4 == 0) {
      Unmap(space, slot);
      (*mapped)[slot.index] = false;
    } else if (what % 4 == 1 && slot.is_text()) {
      static_cast<void>(space.Fill(slot.start(), kSlotBytes, Text(slot)));
    } else if (what % 8 == 1 && slot.backing() == Backing::kFile) {
      Truncate(space, slot);
    } else if (what % 4 == 1) {
      Evict(space, slot);
    } else if (what % 8 == 2) {
      Share(space, slot);
    } else {
      Protect(space, slot);
    }
  });
  Unlock();
  ++counts->changes;
  Rest();
}

// Pauses some microseconds without the lock. A thread that retakes the lock immediately would
// starve the others, so that no access would be in progress at the next change.
void Mapper::Rest() {
  for (uint64_t i = random_() % kMaxRest; i > 0; --i) __builtin_ia32_pause();
}

// Maps the slot. Result: whether there were enough frames.
bool Mapper::Map(AddressSpace& space, Slot slot) {
  const MappingFlags flags = random_() % 3 == 0 ? kR : kRW;
  if (slot.backing() == Backing::kFile) {
    return space.MapFile(slot.start(), kSlotBytes, flags, FileBytes()).has_value();
  }
  if (!space.Map(slot.start(), kSlotBytes, flags, slot.backing())) return false;
  if (!slot.is_text() || space.Fill(slot.start(), kSlotBytes, Text(slot))) return true;
  Unmap(space, slot);
  return false;
}

// The length of a file: a multiple of the page size, an end in the middle of a page, or more than
// is mapped.
uint64_t Mapper::FileBytes() {
  return random_() % 2 == 0 ? random_() % 6 * kPage : random_() % kSlotBytes;
}

void Mapper::TakeRights(AddressSpace& space, Slot slot) {
  EXPECT_TRUE(space.Protect(slot.start(), kSlotBytes, MappingFlags()));
  space.SettleWindow();
}

void Mapper::Truncate(AddressSpace& space, Slot slot) {
  TakeRights(space, slot);
  EXPECT_TRUE(space.Truncate(slot.start() + random_() % kSlotBytes, FileBytes()));
  EXPECT_TRUE(space.Protect(slot.start(), kSlotBytes, kRW));
}

void Mapper::Evict(AddressSpace& space, Slot slot) {
  TakeRights(space, slot);
  EXPECT_TRUE(space.Evict(slot.start() + random_() % kSlotPages * kPage, kPage));
  EXPECT_TRUE(space.Protect(slot.start(), kSlotBytes, kRW));
}

void Mapper::Share(AddressSpace& space, Slot slot) {
  const uint64_t before = space.shared_pages();
  EXPECT_TRUE(space.Share(slot.start() + random_() % kSlotPages * kPage, kPage));
  // Replaces the frames that went to the other process; otherwise the machine would run out of
  // frames.
  frames_.SetFree(frames_.free() + space.shared_pages() - before);
}

void Mapper::Unmap(AddressSpace& space, Slot slot) {
  TakeRights(space, slot);
  EXPECT_TRUE(space.Unmap(slot.start(), kSlotBytes));
}

void Mapper::Protect(AddressSpace& space, Slot slot) {
  const MappingFlags kFlags[] = {MappingFlags(), kR, kRW, kRW};
  const uint64_t first = random_() % kSlotPages;
  const uint64_t pages = 1 + random_() % (kSlotPages - first);
  EXPECT_TRUE(space.Protect(slot.start() + first * kPage, pages * kPage, kFlags[random_() % 4]));
}

std::span<const uint8_t> Mapper::Text(Slot slot) {
  text_.assign(kSlotBytes, slot.Mark(random_()));
  text_[kTextBytes] = 0;
  return text_;
}

}  // namespace sim::stress
