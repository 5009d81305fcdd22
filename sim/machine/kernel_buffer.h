// A kernel buffer that the library copies user memory to. Reports the bytes that were written to it
// and around it.
//
//   KernelBuffer buffer;
//   buffer.BeginCall(7, KernelBuffer::Place::kEnd);
//   std::span<char> room = buffer.Lend(64);
//   ... copy to `room` ...
//   const KernelBuffer::Written written = buffer.TakeBack();
//
// The room is the first or the last bytes of a run of pages between two inaccessible pages: on that
// side, a touch outside the room faults (IndexInGuard). All other bytes of the run are guard bytes.
// Before the call, every byte of the run holds a pattern that depends on the call number; after the
// call, every byte is compared with the pattern.
//
// Lend and TakeBack allocate nothing and make no system call, and so may run inside the signal
// handler. Each makes one pass over the pages of the room.
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
  // The least number of guard bytes on each side of a room in the middle.
  static constexpr size_t kMiddleBytes = 64;

  // Where the room lies in its pages.
  enum class Place : uint8_t {
    kStart,
    kEnd,
    kMiddle,  // for kernels without faults: both sides have guard bytes
  };
  // Alternates between start and end, as a function of the call number alone.
  static constexpr Place PlaceOf(uint64_t call) {
    return (call / 2 + call) % 2 == 0 ? Place::kEnd : Place::kStart;
  }

  // The pattern: the byte at `index` of the room when the room is lent. Guard bytes before the room
  // have negative indices, guard bytes after the room have indices from its size on. index >=
  // -kPageBytes.
  static constexpr uint8_t UntouchedByte(uint64_t call, int64_t index) {
    return PatternAt(PatternStart(call) + static_cast<size_t>(int64_t{kPageBytes} + index));
  }

  // Maps the memory. Ends the process if the host refuses (StopForHost).
  KernelBuffer();
  ~KernelBuffer();
  KernelBuffer(const KernelBuffer&) = delete;
  KernelBuffer& operator=(const KernelBuffer&) = delete;

  // Sets the call number and place of the rooms lent from now on. Initially: call 0, Place::kEnd.
  void BeginCall(uint64_t call, Place place) {
    call_ = call;
    place_ = place;
    room_ = {};
  }

  // Returns a room of `size_bytes`, valid until TakeBack. Invalidates an earlier room whose call
  // was abandoned before TakeBack. Precondition: size_bytes <= kMaxBytes.
  std::span<char> Lend(size_t size_bytes);

  // The index, relative to the room, of the byte at `address`, if `address` lies in the
  // inaccessible page on either side of the room's pages. nullopt: `address` lies elsewhere, or no
  // room is lent.
  std::optional<int64_t> IndexInGuard(uint64_t address) const;

  // The result of the comparison with the pattern.
  struct Written {
    // The number of bytes of the room up to and including the last one that differs from the
    // pattern, and the HashOfBuffer of these.
    uint64_t bytes = 0;
    uint64_t fingerprint = 0;
    // The index, relative to the room, of the lowest guard byte that was written, such as -1.
    // nullopt: no guard byte was written.
    std::optional<int64_t> outside;
  };
  // Precondition: a room is lent.
  Written TakeBack();

 private:
  // Runs of 1 page, 2 pages, ..., each between inaccessible pages.
  static constexpr size_t kMaxPages = kMaxBytes / kPageBytes + 1;
  static constexpr size_t FirstPageOf(size_t pages) { return pages * (pages + 1) / 2; }
  static constexpr size_t kAllPages = (kMaxPages + 1) * (kMaxPages + 2) / 2;

  static constexpr size_t kPatternStarts = 256;
  static constexpr size_t PatternStart(uint64_t call) {
    return static_cast<size_t>(call * 193 % kPatternStarts);
  }
  // A byte that is neither a terminator nor part of well-formed UTF-8.
  static constexpr uint8_t PatternAt(size_t place) {
    return static_cast<uint8_t>(0xf8 | (static_cast<uint32_t>(place) * 0x9e3779b1u) >> 29);
  }
  struct Pattern;

  // The pattern from byte `index` of the room on.
  const uint8_t* PatternFrom(int64_t index) const;
  // The number of bytes of the room up to and including the last one that was written.
  size_t WrittenBytes() const;
  // The index of the first written byte of [from, to); `to` if there is none. Indices are relative
  // to the room.
  int64_t FirstWritten(int64_t from, int64_t to) const;

  const uint8_t* const pattern_;
  char* memory_ = nullptr;  // kAllPages
  uint64_t call_ = 0;
  Place place_ = Place::kEnd;
  std::span<char> pages_;  // of the room
  std::span<char> room_;   // data() is null: no room is lent
};

}  // namespace sim

#endif  // SIM_MACHINE_KERNEL_BUFFER_H_
