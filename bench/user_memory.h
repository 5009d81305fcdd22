// User memory for rows that need no simulated hardware: ordinary memory of the host at the
// addresses where user memory lies, and an address space without a window over it.
//
// A sim::Machine maps the same addresses, so a row must not use both.
#ifndef BENCH_USER_MEMORY_H_
#define BENCH_USER_MEMORY_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "axptr/addr_space.h"
#include "axptr/mapping_flags.h"
#include "bench/host_memory.h"
#include "sim/machine/address_space.h"
#include "sim/machine/frames.h"

namespace bench {

inline constexpr axptr::MappingFlags kUserReadWrite =
    axptr::MappingFlags::READ | axptr::MappingFlags::WRITE | axptr::MappingFlags::USER;

// An address space without memory.
struct Process {
  sim::Frames frames;
  sim::AddressSpace address_space{&frames};

  // For rows with one thread, where no page faults.
  auto provider() { return axptr::NoLockNeeded(address_space); }

  // Maps [start, start + size). Stops the program if that fails.
  void Map(uint64_t start, uint64_t size, sim::Backing backing = sim::Backing::kEager,
           axptr::MappingFlags flags = kUserReadWrite);

  // `count` areas of one page each, with a hole of one page after each of them; populated.
  void MapApart(uint64_t count, sim::Backing backing);
  static uint64_t AddressOfArea(uint64_t index) { return kUserStart + index * 2 * kPageBytes; }
  static uint64_t AddressOfHole(uint64_t index) { return AddressOfArea(index) + kPageBytes; }
};

// An axptr::AddrSpaceProvider that takes a spin lock, as a kernel would.
class SpinLocked {
 public:
  explicit SpinLocked(sim::AddressSpace* address_space) : address_space_(address_space) {}

  template <typename Function>
  auto with_addr_space(Function&& function) {
    while (held_.test_and_set(std::memory_order_acquire)) __builtin_ia32_pause();
    auto result = std::forward<Function>(function)(*address_space_);
    held_.clear(std::memory_order_release);
    return result;
  }

 private:
  sim::AddressSpace* const address_space_;
  std::atomic_flag held_;
};

}  // namespace bench

#endif  // BENCH_USER_MEMORY_H_
