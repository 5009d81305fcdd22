// The names of the results of a fault, in JSON and in the identity of a bug (a name never changes
// its meaning), and the texts for people.
#ifndef SIM_ORACLE_FAULT_NAMES_H_
#define SIM_ORACLE_FAULT_NAMES_H_

#include <cstddef>
#include <iterator>

#include "absl/strings/string_view.h"
#include "sim/machine/event.h"

namespace sim {

// Names and texts of a kernel bug.
struct KernelBugWords {
  KernelBug bug;
  absl::string_view name;   // in JSON and identities
  absl::string_view text;   // in the line of a violation
  absl::string_view story;  // in a story, after "panic: " or the fault
};

inline constexpr KernelBugWords kKernelBugWords[] = {
    {KernelBug::kNone, "no_reason", "no reason given", "a kernel bug"},
    {KernelBug::kFlagClear, "flag_clear", "flag clear", "a kernel bug: the flag is clear"},
    {KernelBug::kOutOfRange, "out_of_range", "out of range",
     "a kernel bug: outside the attempt's range"},
    {KernelBug::kLockHeld, "lock_held", "lock held", "a kernel bug: its handler needs the lock"},
    {KernelBug::kLockFree, "lock_free", "lock not held",
     "the lock is released by a CPU that does not hold it"},
    {KernelBug::kNoWayBack, "no_way_back", "no attempt to abandon",
     "a kernel bug: no attempt to abandon"},
    {KernelBug::kRetriedTooOften, "retried_too_often", "retried too often",
     "a kernel bug: it is repeated too often"},
    {KernelBug::kAccessClosed, "access_closed", "user access closed",
     "a kernel bug: user access is closed"},
    {KernelBug::kNoFixup, "no_fixup", "no fixup", "a kernel bug: the instruction has no fixup"},
    {KernelBug::kFixupElsewhere, "fixup_elsewhere", "its fixup lies outside the subject",
     "a kernel bug: the fixup lies outside the subject"},
    {KernelBug::kBufferOverrun, "buffer_overrun", "outside the buffer",
     "a kernel bug: it lies outside the buffer of the copy, at this index"},
    {KernelBug::kAccessPrevented, "access_prevented", "supervisor-mode access prevention",
     "a kernel bug: user access is closed, and smap=on"},
    {KernelBug::kEndless, "endless", "endless", "stopped: the access does not end"},
};

static_assert(
    [] {
      for (size_t i = 0; i < std::size(kKernelBugWords); ++i) {
        if (static_cast<size_t>(kKernelBugWords[i].bug) != i) return false;
      }
      return std::size(kKernelBugWords) == static_cast<size_t>(KernelBug::kEndless) + 1;
    }(),
    "a row for each kernel bug, in their order");

constexpr const KernelBugWords& WordsFor(KernelBug bug) {
  return kKernelBugWords[static_cast<size_t>(bug)];
}

// "resolved", "efault", "fixup", or the name of the kernel bug.
constexpr absl::string_view FaultResultName(FaultDisposition disposition, KernelBug bug) {
  switch (disposition) {
    case FaultDisposition::kResolved:
      return "resolved";
    case FaultDisposition::kEfault:
      return "efault";
    case FaultDisposition::kFixup:
      return "fixup";
    case FaultDisposition::kKernelBug:
      return WordsFor(bug).name;
  }
  return "unknown";
}

}  // namespace sim

#endif  // SIM_ORACLE_FAULT_NAMES_H_
