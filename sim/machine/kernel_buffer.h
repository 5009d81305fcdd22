// A buffer of the kernel's that the library copies user memory to, and what was written there.
//
//   KernelBuffer buffer;
//   buffer.BeginCall(7, KernelBuffer::Place::kEnd);
//   std::span<char> room = buffer.Lend(64);
//   ... copy to `room` ...
//   const KernelBuffer::Written written = buffer.TakeBack();
//
// The room is the first or the last bytes of some pages between two pages without access: on that
// side a touch outside the room is a fault (IndexInGuard). What else these pages hold are guard
// bytes. Every byte of them and of the room holds a pattern before the call, another one in each
// call, and is compared with it afterwards.
//
// Lend and TakeBack allocate nothing and make no system call, so that they may run inside the
// signal handler. They go over the pages of the room once.
#ifndef SIM_MACHINE_KERNEL_BUFFER_H_
#define SIM_MACHINE_KERNEL_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace sim {

class KernelBuffer {
 public:
  static constexpr size_t kMaxBytes = 65536;
  static constexpr size_t kPageBytes = 4096;
  // Guard bytes on each side of a room that lies in the middle, at least.
  static constexpr size_t kMiddleBytes = 64;

  // Where the room lies in its pages.
  enum class Place : uint8_t {
    kStart,
    kEnd,
    kMiddle,  // for kernels without faults: both sides have guard bytes
  };
  // Start and end by turns, so that it depends on the call alone.
  static constexpr Place PlaceOf(uint64_t call) {
    return (call / 2 + call) % 2 == 0 ? Place::kEnd : Place::kStart;
  }

  // The pattern: what byte `index` of the room holds when it is lent, and of the guard bytes before
  // and behind it. From -kPageBytes on.
  static constexpr uint8_t UntouchedByte(uint64_t call, int64_t index) {
    return PatternAt(PatternStart(call) + static_cast<size_t>(int64_t{kPageBytes} + index));
  }

  // Maps the memory. A host that gives none ends the process (StopForHost).
  KernelBuffer();
  ~KernelBuffer();
  KernelBuffer(const KernelBuffer&) = delete;
  KernelBuffer& operator=(const KernelBuffer&) = delete;

  // What is lent from now on is for the call with this number; at first number 0, at the end.
  void BeginCall(uint64_t call, Place place) {
    call_ = call;
    place_ = place;
    room_ = {};
  }

  // A room of `size_bytes`, until TakeBack. A room that was not taken back, because its call was
  // abandoned, is gone. Precondition: size_bytes <= kMaxBytes.
  std::span<char> Lend(size_t size_bytes);

  // The index in the room of the byte at `address`, if that lies in the page without access on
  // either side of its pages; nothing: it lies elsewhere, or no room is lent.
  std::optional<int64_t> IndexInGuard(uint64_t address) const;

  // What was written to the room that was lent last.
  struct Written {
    // The bytes of the room up to the last one that does not hold the pattern, and their FNV-1a.
    uint64_t bytes = 0;
    uint64_t fingerprint = 0;
    // Index in the room of the lowest guard byte that was written, such as -1. Nothing: none was.
    std::optional<int64_t> outside;
  };
  // Precondition: a room is lent.
  Written TakeBack();

 private:
  // Rooms of 1 page, of 2 pages, ..., each between pages without access.
  static constexpr size_t kMaxPages = kMaxBytes / kPageBytes + 1;
  static constexpr size_t FirstPageOf(size_t pages) { return pages * (pages + 1) / 2; }
  static constexpr size_t kAllPages = (kMaxPages + 1) * (kMaxPages + 2) / 2;

  static constexpr size_t kPatternStarts = 256;
  static constexpr size_t PatternStart(uint64_t call) {
    return static_cast<size_t>(call * 193 % kPatternStarts);
  }
  // No byte of well-formed UTF-8, and no terminator.
  static constexpr uint8_t PatternAt(size_t place) {
    return static_cast<uint8_t>(0xf8 | (static_cast<uint32_t>(place) * 0x9e3779b1u) >> 29);
  }
  struct Pattern;

  // The pattern from byte `index` of the room on.
  const uint8_t* PatternFrom(int64_t index) const;
  // How many bytes of the room there are up to the last one that was written.
  size_t WrittenBytes() const;
  // The index of the first byte of [from, to), indices in the room, that was written; `to`: none.
  int64_t FirstWritten(int64_t from, int64_t to) const;

  const uint8_t* const pattern_;
  char* memory_ = nullptr;  // kAllPages
  uint64_t call_ = 0;
  Place place_ = Place::kEnd;
  std::span<char> pages_;  // of the room
  std::span<char> room_;   // data() is null: none is lent
};

}  // namespace sim

#endif  // SIM_MACHINE_KERNEL_BUFFER_H_
