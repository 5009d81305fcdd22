#include "bench/measured_subject.h"

#include <atomic>

#include "axptr/mapping_flags.h"
#include "axptr/platform.h"
#include "axptr/virt_addr.h"
#include "sim/machine/check.h"
#include "sim/machine/subject_flag.h"

namespace bench {
namespace {

const axptr_subject* g_subject = nullptr;
sim::AddressSpace* g_address_space = nullptr;
std::atomic_flag g_held;

int LockNothing() { return 0; }
void UnlockNothing() {}
int Lock() {
  while (g_held.test_and_set(std::memory_order_acquire)) __builtin_ia32_pause();
  return 0;
}
void Unlock() { g_held.clear(std::memory_order_release); }

bool Check(uint64_t start, uint64_t size, unsigned rights) {
  const auto range = axptr::VirtAddrRange::from_start_size(axptr::VirtAddr(start), size);
  return range && g_address_space->check_region_access(
                      *range, axptr::MappingFlags::from_bits_truncate(rights));
}

int Populate(uint64_t start, uint64_t size, unsigned rights) {
  const auto range = axptr::VirtAddrRange::from_start_size(axptr::VirtAddr(start), size);
  if (!range) return -static_cast<int>(axptr::LinuxError::kEfault);
  const auto populated =
      g_address_space->populate_area(*range, axptr::MappingFlags::from_bits_truncate(rights));
  return populated ? 0 : -static_cast<int>(populated.error());
}

constexpr axptr_machine kWithLock = {.abi = AXPTR_SUBJECT_ABI,
                                     .size_bytes = sizeof(axptr_machine),
                                     .lock = Lock,
                                     .unlock = Unlock,
                                     .check = Check,
                                     .populate = Populate,
                                     .attempt = axptr_platform_attempt,
                                     .user_access = nullptr};
constexpr axptr_machine kWithoutLock = {.abi = AXPTR_SUBJECT_ABI,
                                        .size_bytes = sizeof(axptr_machine),
                                        .lock = LockNothing,
                                        .unlock = UnlockNothing,
                                        .check = Check,
                                        .populate = Populate,
                                        .attempt = axptr_platform_attempt,
                                        .user_access = nullptr};

}  // namespace

void ChooseSubject(const axptr_subject& subject) { g_subject = &subject; }

const axptr_subject* ChosenSubject() { return g_subject; }

AttachedSubject::AttachedSubject(sim::AddressSpace* address_space, bool lock) {
  SIM_CHECK(g_subject != nullptr);
  g_address_space = address_space;
  sim::UseFlagOf(g_subject);
  g_subject->attach(lock ? &kWithLock : &kWithoutLock);
}

AttachedSubject::~AttachedSubject() {
  g_address_space = nullptr;
  sim::UseFlagOf(nullptr);
}

}  // namespace bench
