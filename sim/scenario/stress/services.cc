#include "sim/scenario/stress/services.h"

#include <sched.h>

#include <atomic>

#include "axptr/mapping_flags.h"
#include "axptr/platform.h"
#include "axptr/virt_addr.h"
#include "gtest/gtest.h"

namespace sim::stress {

using axptr::MappingFlags;

namespace {

std::atomic_flag taken;
thread_local Machine::HostThread* t_host_thread = nullptr;

}  // namespace

int Lock() {
  while (taken.test_and_set(std::memory_order_acquire)) sched_yield();
  return 0;
}

void Unlock() { taken.clear(std::memory_order_release); }

void UseThread(Machine::HostThread* thread) { t_host_thread = thread; }

namespace {

axptr::VirtAddrRange RangeOf(uint64_t start, uint64_t size) {
  const auto range = axptr::VirtAddrRange::from_start_size(axptr::VirtAddr(start), size);
  EXPECT_TRUE(range.has_value()) << "a check of a range that wraps around";
  return range.value_or(axptr::VirtAddrRange());
}

bool Check(uint64_t start, uint64_t size, unsigned rights) {
  return t_host_thread->provider().with_addr_space([&](AddressSpace& space) {
    return space.check_region_access(RangeOf(start, size),
                                     MappingFlags::from_bits_truncate(rights));
  });
}

int Populate(uint64_t start, uint64_t size, unsigned rights) {
  return t_host_thread->provider().with_addr_space([&](AddressSpace& space) {
    const auto populated =
        space.populate_area(RangeOf(start, size), MappingFlags::from_bits_truncate(rights));
    return populated ? 0 : -static_cast<int>(populated.error());
  });
}

constexpr axptr_machine kTable = {.abi = AXPTR_SUBJECT_ABI,
                                  .size_bytes = sizeof(axptr_machine),
                                  .lock = Lock,
                                  .unlock = Unlock,
                                  .check = Check,
                                  .populate = Populate,
                                  .attempt = axptr_platform_attempt,
                                  .user_access = nullptr};

}  // namespace

const axptr_machine& Services() { return kTable; }

}  // namespace sim::stress
