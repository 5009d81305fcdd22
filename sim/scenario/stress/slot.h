// The memory of the stress test: slots. Every byte of a slot identifies the slot, so that any byte
// that an access reads can be judged although the order of the threads is unknown.
#ifndef SIM_SCENARIO_STRESS_SLOT_H_
#define SIM_SCENARIO_STRESS_SLOT_H_

#include <cstdint>
#include <span>

#include "axptr/mapping_flags.h"
#include "sim/machine/machine.h"

namespace sim::stress {

inline constexpr uint64_t kPage = Window::kPageBytes;
inline constexpr uint64_t kSlots = 8;
inline constexpr uint64_t kSlotPages = 4;
inline constexpr uint64_t kSlotBytes = kSlotPages * kPage;
inline constexpr uint64_t kFrames = 24;  // too few for all slots at the same time
// The bytes of a text before its terminator. More bytes of the same kind follow the terminator.
inline constexpr uint64_t kTextBytes = 3 * kPage - 5;
inline constexpr axptr::MappingFlags kUser = axptr::MappingFlags::USER;
inline constexpr axptr::MappingFlags kR = kUser | axptr::MappingFlags::READ;
inline constexpr axptr::MappingFlags kRW = kR | axptr::MappingFlags::WRITE;

// A range of the window where one area is mapped and unmapped repeatedly, with a hole before and
// after it.
struct Slot {
  uint64_t index = 0;

  uint64_t start() const { return Window::kStart + (1 + index * (kSlotPages + 1)) * kPage; }
  // Whether the slot holds its text whenever it is mapped. Other slots hold zeros until they are
  // written.
  bool is_text() const { return index % 2 == 0; }
  Backing backing() const {
    constexpr Backing kBackings[kSlots] = {Backing::kEager, Backing::kLazy,  Backing::kLazy,
                                           Backing::kCow,   Backing::kEager, Backing::kFile,
                                           Backing::kLazy,  Backing::kFile};
    return kBackings[index];
  }
  // The byte of the slot's text, in one of two generations, and of what is written to the slot.
  // ASCII, and different for each slot.
  uint8_t Mark(uint64_t generation) const {
    return static_cast<uint8_t>(0x30 + 2 * index + generation % 2);
  }
  bool MayHold(uint64_t offset, uint8_t byte) const {
    if (is_text() && offset == kTextBytes) return byte == 0;
    return byte == Mark(0) || byte == Mark(1) || (!is_text() && byte == 0);
  }
};

// A table of io vectors for each slot, on a page after the slots that no mapper changes. The
// segments lie in pages 0 to 2, exclude the terminator of a text, and are not in order of address.
struct SlotTable {
  static constexpr uint64_t kPlace = Window::kStart + (kSlots * (kSlotPages + 1) + 2) * kPage;
  static constexpr uint64_t kSegments = 4;
  static constexpr struct {
    uint64_t offset;
    uint64_t bytes;
  } kParts[kSegments] = {{kPage - 3, 7}, {0, 0}, {2 * kPage - 100, 200}, {1, kPage / 2}};
  static constexpr uint64_t kBytes = 7 + 200 + kPage / 2;

  static uint64_t Start(Slot slot) { return kPlace + slot.index * kSegments * 16; }

  // Maps the page, and writes the table of each slot.
  static void MapAll(AddressSpace& space);

  // Whether all bytes of `copy`, copied from the start of the segments, belong to the slot.
  static bool IsOwn(Slot slot, std::span<const char> copy);
};

// The number of bytes among the `size` bytes at `offset` of the slot that do not belong to the
// slot. Precondition: user memory is open, and a fault is expected.
uint64_t CountForeign(Slot slot, uint64_t offset, uint64_t size);

// Writes marks of the generation to the `size` bytes at `offset` of the slot, except to the
// terminator of a text. Precondition: as for CountForeign.
void WriteMarks(Slot slot, uint64_t offset, uint64_t size, uint64_t generation);

// Counts of what the threads did.
struct Counts {
  uint64_t changes = 0;
  uint64_t ok = 0;
  uint64_t refused = 0;  // EFAULT or ENOMEM
  uint64_t raced =
      0;  // of the refused: the check succeeded, then another thread made the access impossible
  uint64_t wrong = 0;  // anything else

  void Add(const Counts& other) {
    changes += other.changes;
    ok += other.ok;
    refused += other.refused;
    raced += other.raced;
    wrong += other.wrong;
  }
};

}  // namespace sim::stress

#endif  // SIM_SCENARIO_STRESS_SLOT_H_
