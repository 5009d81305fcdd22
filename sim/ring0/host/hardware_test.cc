#include "sim/ring0/host/hardware.h"

#include <gtest/gtest.h>

#include "sim/machine/event.h"
#include "sim/ring0/host/ring0.h"

namespace sim {
namespace {

using ring0::PackedEvent;
using ring0::PackedFault;

constexpr uint64_t kByte = 0x5500'0000'0010;
constexpr uint8_t kThere = PackedFault::kHappened | PackedFault::kTables;

struct Row {
  const char* what;
  uint8_t bits;
  uint32_t error_code;
  uint8_t ring;
  bool open;
  FaultDisposition disposition;
  const char* violation;  // "": none
  uint8_t access = AXPTR_READ;
  uint64_t address = kByte;
};

PackedEvent EventOf(const Row& row) {
  PackedEvent event;
  event.kind = static_cast<uint8_t>(EventKind::kFault);
  event.access = row.access;
  event.disposition = static_cast<uint8_t>(row.disposition);
  event.address = row.address;
  event.hardware = {.bits = row.bits,
                    .vector = 14,
                    .ring = row.ring,
                    .padding = 0,
                    .error_code = row.error_code,
                    .address = kByte,
                    .flags = row.open ? ring0::kFlagAccess : 0};
  return event;
}

constexpr FaultDisposition kResolved = FaultDisposition::kResolved;
constexpr FaultDisposition kBug = FaultDisposition::kKernelBug;
constexpr uint8_t kPresent = kThere | PackedFault::kPresent;
constexpr uint8_t kPermitted = kPresent | PackedFault::kPermitted;

constexpr Row kRows[] = {
    {"an absent page", kThere, 0, 0, true, kResolved, ""},
    {"an absent page, in ring 3", kThere, 4, 3, false, kResolved, ""},
    {"a page that may only be read", kPresent, 3, 0, true, kResolved, "", AXPTR_WRITE},
    {"SMAP, called a bug", kPermitted, 1, 0, false, kBug, ""},
    {"SMAP, resolved", kPermitted, 1, 0, false, kResolved, "hardware.smap"},
    {"SMEP, called a bug", kPermitted, 0x11, 0, false, kBug, ""},
    {"SMEP, resolved", kPermitted, 0x11, 0, false, kResolved, "hardware.fetch"},
    {"no reason, in ring 0", kPermitted, 1, 0, true, kResolved, "hardware.stale"},
    {"no reason, in ring 3", kPermitted, 5, 3, false, kResolved, "hardware.stale"},
    {"present says the error code alone", kThere, 1, 0, true, kResolved, "hardware.present"},
    {"present say the tables alone", kPresent, 0, 0, true, kResolved, "hardware.present"},
    {"a store that is taken for a load", kThere, 2, 0, true, kResolved, "hardware.write"},
    {"a load that is taken for a store", kThere, 0, 0, true, kResolved, "hardware.write",
     AXPTR_WRITE},
    {"the user's, in ring 0", kThere, 4, 0, true, kResolved, "hardware.user"},
    {"the kernel's, in ring 3", kThere, 0, 3, true, kResolved, "hardware.user"},
    {"a reserved bit", kThere, 8, 0, true, kResolved, "hardware.error_code"},
    {"another address", kThere, 0, 0, true, kResolved, "hardware.address", AXPTR_READ, kByte + 8},
    {"outside of user memory", PackedFault::kHappened, 1, 0, false, kBug, ""},
    {"no fault of the hardware's", 0, 0x1f, 0, false, kResolved, ""},
};

TEST(HardwareTest, PageTablesRingAndAcDetermineAFault) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.what);
    const std::vector<HardwareViolation> found = JudgeFault(EventOf(row));
    const bool is_wanted = row.violation[0] != '\0';
    ASSERT_EQ(found.size(), is_wanted ? 1u : 0u);
    if (is_wanted) {
      EXPECT_EQ(found[0].name, row.violation);
    }
  }
}

TEST(HardwareTest, TheCauseOfAFaultNamesSmapAndAJumpToUserMemory) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.what);
    const std::string cause = FaultCause(EventOf(row).hardware);
    EXPECT_EQ(cause.starts_with("SMAP: "), std::string(row.what).starts_with("SMAP")) << cause;
    EXPECT_EQ(cause.starts_with("kernel code jumped"), std::string(row.what).starts_with("SMEP"))
        << cause;
  }
}

TEST(HardwareTest, EachMisdeedIsNamedExceptThoseOfTheCallersState) {
  size_t named = 0;
  for (uint32_t i = 0; i < ring0::kMisdeeds; ++i) {
    const std::vector<HardwareViolation> found = JudgeMisdeeds(uint32_t{1} << i);
    const auto misdeed = static_cast<ring0::Misdeed>(i);
    const bool is_left_behind =
        misdeed == ring0::Misdeed::kDirection || misdeed == ring0::Misdeed::kAccess;
    ASSERT_EQ(found.size(), is_left_behind ? 0u : 1u) << i;
    named += found.size();
  }
  EXPECT_EQ(named, 9u);
  EXPECT_EQ(JudgeMisdeeds(0b111111).size(), 6u);
  EXPECT_TRUE(JudgeMisdeeds(0).empty());
}

TEST(HardwareTest, KvmIsNotUsedIfTheImageFailsItsProbes) {
  Ring0Options options;
  options.emulator.program = "ls";  // which has no option -accel
  const absl::StatusOr<std::string> why_not = WhyNotKvm(options);
  ASSERT_TRUE(why_not.ok()) << why_not.status();
  EXPECT_TRUE(why_not->starts_with("the image ended with status 2\nls: ")) << *why_not;
  options.emulator.program = "no-such-program";
  EXPECT_FALSE(WhyNotKvm(options).ok());
}

}  // namespace
}  // namespace sim
