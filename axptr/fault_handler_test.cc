// The page-fault handler that README.md shows obeys the rules of platform.h.
#include <cstdint>

#include "axptr/testing/example_kernel.h"
#include "axptr/testing/example_page_tables.h"
#include "gtest/gtest.h"

namespace kernel {
namespace {

using Action = AfterFault::Action;

constexpr MappingFlags kRead = MappingFlags::READ;

VirtAddrRange range(std::uintptr_t start, std::size_t size_bytes) {
  return *VirtAddrRange::from_start_size(VirtAddr(start), size_bytes);
}

KernelFault fault_at(std::uintptr_t address) {
  return {.address = VirtAddr(address), .access = kRead, .user_access_open = true};
}

// The example's memory: [0x1000, 0x8000) is permitted, and there are frames for all of its pages
// but the last.
class FaultHandler : public ::testing::Test {
 protected:
  FaultHandler() { pages_brought_in = 0; }
  ~FaultHandler() override { axptr::set_accessing_user_memory(false); }

  // Handles `fault` with the user-access flag set.
  AfterFault handle(const KernelFault& fault) {
    axptr::set_accessing_user_memory(true);
    const AfterFault after = handle_kernel_fault(task_, fault);
    EXPECT_TRUE(axptr::is_accessing_user_memory());
    return after;
  }

  Process process_;
  Task task_{.process = &process_, .innermost = nullptr};
};

TEST_F(FaultHandler, AFaultThatCanBeResolvedIsRetriedWithAndWithoutAnAttempt) {
  EXPECT_EQ(handle(fault_at(0x2008)).action, Action::kRetry);
  Attempt attempt{.range = range(0x2000, 0x1000)};
  task_.innermost = &attempt;
  EXPECT_EQ(handle(fault_at(0x2fff)).action, Action::kRetry);
  EXPECT_EQ(pages_brought_in, 2u);
}

// The handler may sleep: code that runs on the CPU meanwhile is not accessing user memory, so the
// flag is clear.
TEST_F(FaultHandler, TheFlagIsClearInTheHandler) {
  flag_while_bringing_in = true;
  EXPECT_EQ(handle(fault_at(0x2008)).action, Action::kRetry);
  EXPECT_FALSE(flag_while_bringing_in);
}

TEST_F(FaultHandler, AFaultWithTheFlagClearIsAPanic) {
  EXPECT_EQ(handle_kernel_fault(task_, fault_at(0x2008)).action, Action::kPanic);
  EXPECT_FALSE(axptr::is_accessing_user_memory());
  EXPECT_EQ(pages_brought_in, 0u);
}

// The page is present and permits the access, so no change of the page resolves the fault: a retry
// would fault forever.
TEST_F(FaultHandler, AFaultBecauseUserAccessIsClosedIsAPanic) {
  Attempt attempt{.range = range(0x2000, 0x1000)};
  task_.innermost = &attempt;
  KernelFault fault = fault_at(0x2008);
  fault.user_access_open = false;
  EXPECT_EQ(handle(fault).action, Action::kPanic);
  task_.innermost = nullptr;
  EXPECT_EQ(handle(fault).action, Action::kPanic);
  EXPECT_EQ(pages_brought_in, 0u);
}

TEST_F(FaultHandler, AFaultOutsideTheRangeIsAPanicEvenIfResolvable) {
  Attempt attempt{.range = range(0x2010, 0x10)};
  task_.innermost = &attempt;
  for (const std::uintptr_t address : {0x200f, 0x2020, 0x3000}) {
    EXPECT_EQ(handle(fault_at(address)).action, Action::kPanic) << std::hex << address;
  }
  EXPECT_EQ(pages_brought_in, 0u) << "the range comes before the address space";
}

TEST_F(FaultHandler, AnAddressInTheLastPageOfTheAddressSpaceIsAPanic) {
  EXPECT_EQ(handle(fault_at(UINTPTR_MAX)).action, Action::kPanic);
  EXPECT_EQ(handle(fault_at(UINTPTR_MAX - 4095)).action, Action::kPanic);
}

TEST_F(FaultHandler, AnUnresolvedFaultAbandonsTheAttemptAndIsAPanicWithoutOne) {
  for (const std::uintptr_t address : {0x9000, 0x7000}) {  // not permitted; no frame
    EXPECT_EQ(handle(fault_at(address)).action, Action::kPanic);
    Attempt attempt{.range = range(address, 1)};
    task_.innermost = &attempt;
    const AfterFault after = handle(fault_at(address));
    EXPECT_EQ(after.action, Action::kAbandon);
    EXPECT_EQ(after.abandoned, &attempt);
    EXPECT_EQ(task_.innermost, nullptr);
  }
}

// The code that made the attempt may hold any lock.
TEST_F(FaultHandler, AFaultUnderNoFaultAbandonsTheAttemptWithoutALookup) {
  Attempt outer{.range = range(0x3000, 0x1000)};
  Attempt attempt{.range = range(0x2000, 0x1000),
                  .outer = &outer,
                  .access_bits = MappingFlags::READ.bits() | axptr::AXPTR_NO_FAULT};
  task_.innermost = &attempt;
  const AfterFault after = handle(fault_at(0x2008));
  EXPECT_EQ(after.action, Action::kAbandon);
  EXPECT_EQ(after.abandoned, &attempt);
  EXPECT_EQ(task_.innermost, &outer);
  EXPECT_EQ(pages_brought_in, 0u);
  EXPECT_EQ(handle(fault_at(0x3000)).action, Action::kRetry);
}

TEST_F(FaultHandler, TheInnermostAttemptWhoseRangeHoldsTheFaultIsAbandoned) {
  Attempt outer{.range = range(0x9000, 0x3000)};
  Attempt middle{.range = range(0xa000, 0x1000), .outer = &outer};
  Attempt inner{.range = range(0x2000, 0x1000), .outer = &middle};
  task_.innermost = &inner;
  const AfterFault after = handle(fault_at(0xa008));
  EXPECT_EQ(after.action, Action::kAbandon);
  EXPECT_EQ(after.abandoned, &middle);
  EXPECT_EQ(task_.innermost, &outer) << "the attempts inside the abandoned one are gone";
  EXPECT_EQ(handle(fault_at(0xb000)).abandoned, &outer);
  EXPECT_EQ(task_.innermost, nullptr);
}

TEST_F(FaultHandler, AnEndlesslyRepeatedFaultEndsTheAttempt) {
  Attempt attempt{.range = range(0x2000, 0x2000)};
  task_.innermost = &attempt;
  int retries = 0;
  AfterFault after = handle(fault_at(0x2000));
  for (; after.action == Action::kRetry && retries < 10'000; ++retries) {
    after = handle(fault_at(0x2000 + static_cast<std::uintptr_t>(retries % 2) * 0x1000));
  }
  EXPECT_EQ(after.action, Action::kAbandon);
  EXPECT_EQ(after.abandoned, &attempt);
  EXPECT_GE(retries, 4) << "each page may fault once for reading and once more for writing";
}

}  // namespace
}  // namespace kernel
