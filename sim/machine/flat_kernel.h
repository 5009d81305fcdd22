// A kernel over flat memory: all of the window can be read and written all the time, and what an
// area permits is known to the address space only. No access faults, so that an attempt runs its
// body, and nothing more. That an access lacks permission shows by what was checked before it, and
// not by a fault. It runs set-up verbs, and accesses whose attempts read, or write what was
// checked. No system call once it exists.
#ifndef SIM_MACHINE_FLAT_KERNEL_H_
#define SIM_MACHINE_FLAT_KERNEL_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/machine/kernel.h"

namespace sim {

// Memory of the process in the place of the window. At most one exists at a time, and no Window.
// The host's memory behind a page that was ever written stays: who writes bounds it.
class FlatMemory : public Contents {
 public:
  // Errors: the address is taken.
  static absl::StatusOr<std::unique_ptr<FlatMemory>> Reserve();
  ~FlatMemory() override;
  FlatMemory(const FlatMemory&) = delete;
  FlatMemory& operator=(const FlatMemory&) = delete;

  void Write(uint64_t start, uint64_t size, std::span<const uint8_t> pattern) override;
  void Forget(uint64_t start, uint64_t size) override;
  // Notes that the `size` bytes at `start` may have been written.
  void NoteWritten(uint64_t start, uint64_t size);

 private:
  struct Bytes {
    uint64_t start;
    uint64_t end;
  };

  FlatMemory() = default;

  // What may hold other bytes than zero. They may overlap.
  std::vector<Bytes> written_;
};

class FlatKernel : public Kernel {
 public:
  // A kernel for the calling thread, which alone may use it. Errors: those of FlatMemory::Reserve.
  static absl::StatusOr<std::unique_ptr<Kernel>> Create();
  ~FlatKernel() override;

  Unseen unseen() const override { return {.faults = true}; }
  // Outside of the window lies the simulator's own memory: a panic.
  bool Attempt(uint64_t start, uint64_t size, uint8_t access, void (*body)(void*),
               void* argument) override;
  void UseAsKernel(uint64_t start, uint64_t size, bool write,
                   absl::FunctionRef<void()> body) override;

 private:
  explicit FlatKernel(std::unique_ptr<FlatMemory> memory);

  const std::unique_ptr<FlatMemory> memory_;
};

}  // namespace sim

#endif  // SIM_MACHINE_FLAT_KERNEL_H_
