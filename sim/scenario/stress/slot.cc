#include "sim/scenario/stress/slot.h"

#include <algorithm>
#include <vector>

#include "gtest/gtest.h"
#include "sim/machine/sanitizer.h"

namespace sim::stress {

void SlotTable::MapAll(AddressSpace& space) {
  EXPECT_TRUE(space.Map(kPlace, kPage, kR, Backing::kEager));
  for (uint64_t index = 0; index < kSlots; ++index) {
    std::vector<uint64_t> table;
    for (const auto& part : kParts) {
      table.push_back(part.bytes == 0 ? 0 : Slot{index}.start() + part.offset);
      table.push_back(part.bytes);
    }
    const auto* const bytes = reinterpret_cast<const uint8_t*>(table.data());
    EXPECT_TRUE(space.Fill(Start({index}), table.size() * 8, {bytes, table.size() * 8}));
  }
}

bool SlotTable::IsOwn(Slot slot, std::span<const char> copy) {
  for (const auto& part : kParts) {
    const uint64_t count = std::min<uint64_t>(part.bytes, copy.size());
    for (uint64_t i = 0; i < count; ++i) {
      if (!slot.MayHold(part.offset + i, static_cast<uint8_t>(copy[i]))) return false;
    }
    copy = copy.subspan(count);
  }
  return true;
}

SIM_NO_SANITIZE uint64_t CountForeign(Slot slot, uint64_t offset, uint64_t size) {
  uint64_t foreign = 0;
  for (uint64_t i = offset; i < offset + size; ++i) {
    foreign += !slot.MayHold(i, *reinterpret_cast<const volatile uint8_t*>(slot.start() + i));
  }
  return foreign;
}

SIM_NO_SANITIZE void WriteMarks(Slot slot, uint64_t offset, uint64_t size, uint64_t generation) {
  for (uint64_t i = offset; i < offset + size; ++i) {
    if (slot.is_text() && i == kTextBytes) continue;
    *reinterpret_cast<volatile uint8_t*>(slot.start() + i) = slot.Mark(generation);
  }
}

}  // namespace sim::stress
