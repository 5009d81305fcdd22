// What a call of the subject stores into user memory that it must not change, and whether a call
// that has to make one access makes one.
//
//   StoreWatch watch(&address_space);
//   watch.Begin({.start = 0x550000000000, .size = 8});
//   ... the call ...
//   const std::optional<uint64_t> stray = watch.End();
//
// There are two means, and each sees what the other does not:
// - The bytes near the ends of the range are compared with what they were: the whole page of the
//   first byte and that of the last one, and kNearBytes more in front and behind. It sees every
//   change, whatever instruction made it, but not a store of the same byte, nor one further away.
// - Where the compiler reports the stores of the subject (load_trace.h), each of them is looked at,
//   wherever it goes. Stores of assembly and of memcpy are not reported.
//
// An access that has to be one load or store is judged by the reports of the compiler alone: each
// touches the whole range, and there is one of them at most in each attempt. (Of instructions that
// load and store at once the compiler reports none.)
//
// What others do meanwhile is not the subject's: another CPU (Look before it, Retake after it), and
// the kernel's code that the subject calls (NoteOwnStore).
//
// Nothing here allocates memory or makes a system call: it may run inside the signal handler.
#ifndef SIM_MACHINE_STORE_WATCH_H_
#define SIM_MACHINE_STORE_WATCH_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "sim/machine/address_space.h"

namespace sim {

class StoreWatch {
 public:
  static constexpr uint64_t kNearBytes = 64;

  // User memory: [start, start + size).
  struct Bytes {
    uint64_t start = 0;
    uint64_t size = 0;
  };

  // The user memory that a call is about: [start, start + size), which does not wrap.
  struct Range {
    uint64_t start = 0;
    uint64_t size = 0;  // bytes; of memory up to a terminator, the least
    // The bytes from `start` on that the subject may store to: none of constant memory.
    uint64_t storable = 0;
    // Whether it may leave other bytes there than it found. Not where it hands memory out: what is
    // changed then, the kernel changes.
    bool may_change = false;
    // Whether to compare; not where the reports of the compiler are enough.
    bool is_compared = true;
    // Whether all of the range is touched by one access.
    bool is_one_access = false;

    // Further bytes that it may store to. They stay valid until End.
    std::span<const Bytes> also_storable = {};

    // How many bytes from `address` on, which it may store to, are known to be such; 0: not one.
    uint64_t StorableFrom(uint64_t address) const {
      if (address - start < storable) return storable - (address - start);
      for (const Bytes& bytes : also_storable) {
        if (address - bytes.start < bytes.size) return bytes.size - (address - bytes.start);
      }
      return 0;
    }
    bool IsStorable(uint64_t address) const { return StorableFrom(address) != 0; }
  };

  // `space` outlives this. Without a window it has no contents to compare.
  explicit StoreWatch(const AddressSpace* space) : space_(space) {}

  // A call begins. One that was not ended, because it was abandoned, is forgotten.
  void Begin(const Range& range);
  // It has ended. The address of a byte that it stored to, or changed, although it must not;
  // nothing: there is none. Precondition: begun.
  std::optional<uint64_t> End();
  // Of the call that has ended: where a load or store began that was not all of the range, or not
  // the first one of its attempt, although the call was to make one access. Nothing: there was
  // none.
  const std::optional<uint64_t>& torn_at() const { return torn_at_; }
  // The call was abandoned, or none is under way any more.
  void Stop() { is_active_ = false; }

  // The subject begins an attempt.
  void BeginAttempt() { is_accessed_ = false; }

  // Those below do nothing where no call is under way.

  // Another CPU is about to change user memory; and has done so.
  void Look();
  void Retake();
  // The kernel's own code has inverted `bits` of the byte at `address`.
  void NoteOwnStore(uint64_t address, uint8_t bits);

  // The subject is about to store to [address, address + size), or to load from it.
  void NoteStore(uint64_t address, uint64_t size) {
    if (is_active_) NoteStoreOfCall(address, size);
  }
  void NoteLoad(uint64_t address, uint64_t size) {
    if (is_active_ && range_.is_one_access) NoteAccess(address, size);
  }

 private:
  // Bytes of one page.
  struct Piece {
    uint64_t address = 0;
    uint32_t size = 0;  // bytes
    bool is_zero = true;
    uint8_t* copy = nullptr;  // unless is_zero
  };

  void NoteStoreOfCall(uint64_t address, uint64_t size);
  // Of a call that is to make one access.
  void NoteAccess(uint64_t address, uint64_t size);
  // Adds the bytes [from, to) to the pieces, as far as they are in the window.
  void Add(uint64_t from, uint64_t to);
  void Take(Piece* piece) const;
  void LookAt(const Piece& piece);

  static constexpr size_t kMaxPieces = 4;
  static constexpr size_t kMaxBytes = 2 * (Window::kPageBytes + kNearBytes);

  const AddressSpace* const space_;
  bool is_active_ = false;
  Range range_;
  std::optional<uint64_t> stray_;
  std::optional<uint64_t> torn_at_;
  bool is_accessed_ = false;  // NoteAccess was called, in this attempt
  size_t piece_count_ = 0;
  size_t bytes_ = 0;  // of all pieces
  std::array<Piece, kMaxPieces> pieces_;
  std::array<uint8_t, kMaxBytes> copies_;
};

}  // namespace sim

#endif  // SIM_MACHINE_STORE_WATCH_H_
