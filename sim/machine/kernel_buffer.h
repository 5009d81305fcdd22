// A buffer of the kernel's that the library copies user memory to, and what was written there.
//
//   KernelBuffer buffer;
//   std::span<char> room = buffer.Lend(64);
//   ... copy to `room` ...
//   const KernelBuffer::Written written = buffer.TakeBack();
//
// Every byte of the room, and of the guard bytes on both sides of it, is kUntouchedByte when the
// room is lent. The room ends as close to the end of the memory as the guard bytes allow, and the
// pages before and after the memory cannot be accessed: a write far behind the room is a fault.
//
// Lend and TakeBack allocate nothing and make no system call, so that they may run inside the
// signal handler. They look at the bytes of the room once, and write only those that were written.
#ifndef SIM_MACHINE_KERNEL_BUFFER_H_
#define SIM_MACHINE_KERNEL_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace sim {

class KernelBuffer {
 public:
  static constexpr uint8_t kUntouchedByte = 0xf9;
  static constexpr size_t kMaxBytes = 65536;
  static constexpr size_t kGuardBytes = 64;  // on each side

  // Maps the memory. A host that gives none ends the process (StopForHost).
  KernelBuffer();
  ~KernelBuffer();
  KernelBuffer(const KernelBuffer&) = delete;
  KernelBuffer& operator=(const KernelBuffer&) = delete;

  // A room of `size_bytes`, until TakeBack. A room that was not taken back, because its call was
  // abandoned, is gone. Precondition: size_bytes <= kMaxBytes.
  std::span<char> Lend(size_t size_bytes);

  // What was written to the room that was lent last.
  struct Written {
    // The bytes of the room up to the last one that is not kUntouchedByte, and their FNV-1a.
    uint64_t bytes = 0;
    uint64_t fingerprint = 0;
    // Index in the room of the lowest guard byte that was written, such as -1. Nothing: none was.
    std::optional<int64_t> outside;
  };
  // Precondition: a room is lent.
  Written TakeBack();

 private:
  static constexpr size_t kMemoryBytes = kMaxBytes + 4096;
  static constexpr size_t kPageBytes = 4096;

  // Makes [first, first + size) untouched again.
  static void Clean(char* first, size_t size);

  char* memory_ = nullptr;  // kMemoryBytes, between two pages without access
  std::span<char> room_;    // data() is null: none is lent
};

}  // namespace sim

#endif  // SIM_MACHINE_KERNEL_BUFFER_H_
