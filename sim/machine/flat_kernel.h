// A kernel over flat memory: the whole window is always readable and writable, and only the address
// space records the permissions of areas. No access faults; hence an attempt only runs its body. A
// missing permission shows in the result of the check before the access, and not by a fault. The
// kernel runs set-up verbs, and accesses whose attempts only read, or write only memory that was
// checked. It makes no system call after its creation.
#ifndef SIM_MACHINE_FLAT_KERNEL_H_
#define SIM_MACHINE_FLAT_KERNEL_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/machine/kernel.h"

namespace sim {

// Memory of the process at the address range of the window. At most one exists at a time, and no
// Window at the same time. The host memory of a written page is never freed: the writer has to
// bound it.
class FlatMemory : public Contents {
 public:
  // Errors: the address range is in use.
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

  // The ranges that may hold bytes other than zero. They may overlap.
  std::vector<Bytes> written_;
};

class FlatKernel : public Kernel {
 public:
  // Creates a kernel. Only the calling thread may use it. Errors: those of FlatMemory::Reserve.
  static absl::StatusOr<std::unique_ptr<Kernel>> Create();
  ~FlatKernel() override;

  Unseen unseen() const override { return {.faults = true}; }
  // Panics for a range outside the window, where the simulator's own memory lies.
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
