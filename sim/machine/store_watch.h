// Detects stores of a subject's call to user memory that the call must not change, and checks that
// a call which must make a single access does so.
//
//   StoreWatch watch(&address_space);
//   watch.Begin({.start = 0x550000000000, .size = 8});
//   ... the call ...
//   const std::optional<uint64_t> stray = watch.End();
//
// There are two methods, and each detects stores that the other does not:
// - Comparison of the bytes near the ends of the range with their earlier contents: the whole page
//   of the first byte, the whole page of the last byte, and kNearBytes more before and after these
//   pages. It detects every change, by any instruction, but not a store of an equal byte, nor a
//   store further away.
// - Checking each store that the compiler reports (load_trace.h), at any address. Stores by
//   assembly and by memcpy are not reported.
//
// An access that must be a single load or store is judged by the reports of the compiler alone:
// each reported access touches the whole range, and each attempt has at most one. (The compiler
// does not report instructions that load and store at once.)
//
// Changes by other code during the call are excluded: those of another CPU (Look before them,
// Retake after them), and those of kernel code that the subject calls (NoteOwnStore).
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

  // The user memory that a call names: [start, start + size), which does not wrap.
  struct Range {
    uint64_t start = 0;
    uint64_t size = 0;  // bytes; of memory up to a terminator, the least
    // The number of bytes from `start` on that the subject may store to; 0 for read-only memory.
    uint64_t storable = 0;
    // Whether the call may change the storable bytes. False for a call that lends memory: there,
    // only the kernel changes the memory.
    bool may_change = false;
    // Whether bytes are compared. False if the reports of the compiler suffice.
    bool is_compared = true;
    // Whether the call must touch the whole range by a single access.
    bool is_one_access = false;

    // Further bytes that the call may store to. The span stays valid until End.
    std::span<const Bytes> also_storable = {};

    // The number of bytes from `address` on that the call may store to, up to the end of the range
    // or span that holds `address`; 0: `address` is not storable.
    uint64_t StorableFrom(uint64_t address) const {
      if (address - start < storable) return storable - (address - start);
      for (const Bytes& bytes : also_storable) {
        if (address - bytes.start < bytes.size) return bytes.size - (address - bytes.start);
      }
      return 0;
    }
    bool IsStorable(uint64_t address) const { return StorableFrom(address) != 0; }
  };

  // `space` outlives this. Without a window, `space` has no contents to compare.
  explicit StoreWatch(const AddressSpace* space) : space_(space) {}

  // To be called when a call begins. Discards an earlier call that was abandoned and hence has no
  // End.
  void Begin(const Range& range);
  // To be called when the call has returned. Returns the address of a byte that the call stored to
  // or changed without permission; nullopt: there is none. Precondition: Begin was called.
  std::optional<uint64_t> End();
  // After End of a call that must make a single access: the address of a load or store that did not
  // cover the whole range, or was not the first of its attempt. nullopt: there was none.
  const std::optional<uint64_t>& torn_at() const { return torn_at_; }
  // Ends the watch of an abandoned call. No effect if no call is under way.
  void Stop() { is_active_ = false; }

  // To be called when the subject begins an attempt.
  void BeginAttempt() { is_accessed_ = false; }

  // The functions below do nothing if no call is under way.

  // To be called before and after another CPU changes user memory.
  void Look();
  void Retake();
  // To be called after kernel code other than the subject inverted `bits` of the byte at `address`.
  void NoteOwnStore(uint64_t address, uint8_t bits);

  // To be called before the subject stores to, or loads from, [address, address + size).
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
  // Handles an access of a call that must make a single access.
  void NoteAccess(uint64_t address, uint64_t size);
  // Adds the bytes of [from, to) that lie in the window to the pieces.
  void Add(uint64_t from, uint64_t to);
  void Take(Piece* piece) const;
  void LookAt(const Piece& piece);
  // Whether the subject may store to `address`, or to another address of the same byte of a file.
  bool IsStorable(uint64_t address) const;
  void NoteOwnStoreAt(uint64_t address, uint8_t bits);

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
