#include "bench/user_memory.h"

#include <sys/mman.h>

#include <random>

#include "sim/machine/check.h"

namespace bench {

void Process::Map(uint64_t start, uint64_t size, sim::Backing backing, axptr::MappingFlags flags) {
  SIM_CHECK(address_space.Map(start, size, flags, backing).has_value());
}

void Process::MapApart(uint64_t count, sim::Backing backing) {
  for (uint64_t i = 0; i < count; ++i) {
    Map(AddressOfArea(i), kPageBytes, backing);
    if (backing != sim::Backing::kLazy) continue;
    const auto page =
        axptr::VirtAddrRange::from_start_size(axptr::VirtAddr(AddressOfArea(i)), kPageBytes);
    SIM_CHECK(address_space.populate_area(*page, kUserReadWrite).has_value());
  }
}

HostMemory::HostMemory(size_t size_bytes, uint64_t start) : size_bytes_(size_bytes) {
  void* const memory =
      mmap(reinterpret_cast<void*>(start), size_bytes, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  SIM_CHECK(memory == reinterpret_cast<void*>(start));
  bytes_ = static_cast<std::byte*>(memory);
}

HostMemory::~HostMemory() { munmap(bytes_, size_bytes_); }

RandomIndices::RandomIndices(uint64_t limit) {
  std::mt19937_64 random(20240229);
  for (uint32_t& index : indices_) index = static_cast<uint32_t>(random() % limit);
}

}  // namespace bench
