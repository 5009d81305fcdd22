#include "sim/ring0/host/hardware.h"

#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/machine/event.h"
#include "sim/subject/subject.h"

namespace sim {
namespace {

using ring0::PackedEvent;
using ring0::PackedFault;

constexpr uint8_t kPageFault = 14;
constexpr uint32_t kKnownBits =
    ring0::kErrorPresent | ring0::kErrorWrite | ring0::kErrorUser | ring0::kErrorFetch;

bool Has(const PackedFault& fault, uint8_t bit) { return (fault.bits & bit) != 0; }
bool Says(const PackedFault& fault, uint32_t bit) { return (fault.error_code & bit) != 0; }
bool IsOpen(const PackedFault& fault) { return (fault.flags & ring0::kFlagAccess) != 0; }

std::string Print(const PackedFault& fault) {
  return absl::StrFormat("%#x: error code %#x in ring %d, AC %s", fault.address, fault.error_code,
                         fault.ring, IsOpen(fault) ? "set" : "clear");
}

// Whether the page is present and permits the access by the user.
bool IsPermitted(const PackedFault& fault) {
  return Has(fault, PackedFault::kPresent) && Has(fault, PackedFault::kPermitted);
}

bool IsSmap(const PackedFault& fault) {
  return Has(fault, PackedFault::kTables) && IsPermitted(fault) && fault.ring == 0 &&
         !Says(fault, ring0::kErrorFetch) && !IsOpen(fault);
}

bool IsFetch(const PackedFault& fault) {
  return fault.ring == 0 && Says(fault, ring0::kErrorFetch);
}

struct MisdeedRow {
  const char* name;
  const char* text;
};
// Indexed by ring0::Misdeed. Null: the oracle judges the misdeed, as `access.left_behind` or
// `access.left_open`.
constexpr MisdeedRow kMisdeedRows[] = {
    {"hardware.rbx", "a function of the subject does not keep rbx"},
    {"hardware.rbp", "a function of the subject does not keep rbp"},
    {"hardware.r12", "a function of the subject does not keep r12"},
    {"hardware.r13", "a function of the subject does not keep r13"},
    {"hardware.r14", "a function of the subject does not keep r14"},
    {"hardware.r15", "a function of the subject does not keep r15"},
    {"hardware.stack", "a function of the subject returns with another stack pointer"},
    {"hardware.interrupts", "a function of the subject changes RFLAGS.IF"},
    {nullptr, nullptr},  // RFLAGS.DF
    {nullptr, nullptr},  // RFLAGS.AC
    {"hardware.alignment", "the platform is called with a stack that is no multiple of 16"},
};
static_assert(std::size(kMisdeedRows) == ring0::kMisdeeds);

}  // namespace

std::string FaultCause(const PackedFault& fault) {
  if (!Has(fault, PackedFault::kHappened)) return "";
  if (IsFetch(fault)) {
    return absl::StrCat("kernel code jumped to user memory, at ", Print(fault));
  }
  if (IsSmap(fault)) {
    return absl::StrCat(
        "SMAP: the page is present and permitted, but the library, or the platform, has left user "
        "memory closed, at ",
        Print(fault));
  }
  return "";
}

std::vector<HardwareViolation> JudgeFault(const PackedEvent& event) {
  const PackedFault& fault = event.hardware;
  std::vector<HardwareViolation> violations;
  const auto must = [&](bool holds, const char* name, const char* what) {
    if (!holds) violations.push_back({name, absl::StrCat(what, ", at ", Print(fault))});
  };
  if (!Has(fault, PackedFault::kHappened) || fault.vector != kPageFault) return violations;
  const bool is_kernel_bug =
      static_cast<FaultDisposition>(event.disposition) == FaultDisposition::kKernelBug;
  const bool is_overrun = static_cast<KernelBug>(event.bug) == KernelBug::kBufferOverrun;
  must((fault.error_code & ~kKnownBits) == 0, "hardware.error_code",
       "an error code that the page tables give no reason for");
  must(is_overrun || event.address == fault.address, "hardware.address",
       "the handler took another address than CR2");
  must(Says(fault, ring0::kErrorWrite) == ((event.access & AXPTR_WRITE) != 0), "hardware.write",
       "the handler took a store for a load, or a load for a store");
  must(Says(fault, ring0::kErrorUser) == (fault.ring == 3), "hardware.user",
       "the error code says another ring than the interrupted one");
  must(!IsFetch(fault) || is_kernel_bug, "hardware.fetch",
       "the handler let kernel code jump to user memory");
  if (!Has(fault, PackedFault::kTables)) return violations;
  must(Says(fault, ring0::kErrorPresent) == Has(fault, PackedFault::kPresent), "hardware.present",
       "the error code and the page tables do not agree on whether the page is present");
  must(!IsSmap(fault) || is_kernel_bug, "hardware.smap",
       "SMAP: the handler resolved a fault on a page that is present and permitted, with AC clear");
  const bool had_no_reason = IsPermitted(fault) && !IsSmap(fault) && !IsFetch(fault);
  must(!had_no_reason, "hardware.stale",
       "a fault on a page that is present, permitted and open: a stale translation");
  return violations;
}

std::vector<HardwareViolation> JudgeMisdeeds(uint32_t misdeeds) {
  std::vector<HardwareViolation> violations;
  for (uint32_t i = 0; i < ring0::kMisdeeds; ++i) {
    if ((misdeeds >> i & 1) == 0 || kMisdeedRows[i].name == nullptr) continue;
    violations.push_back({kMisdeedRows[i].name, kMisdeedRows[i].text});
  }
  return violations;
}

std::vector<HardwareViolation> JudgeHardware(const OpRecords& op) {
  uint32_t misdeeds = op.returned.result.misdeeds;
  for (const RacedRecord& raced : op.raced) misdeeds |= raced.returned.result.misdeeds;
  std::vector<HardwareViolation> violations = JudgeMisdeeds(misdeeds);
  for (const PackedEvent& event : op.events) {
    const std::vector<HardwareViolation> more = JudgeFault(event);
    violations.insert(violations.end(), more.begin(), more.end());
  }
  return violations;
}

}  // namespace sim
