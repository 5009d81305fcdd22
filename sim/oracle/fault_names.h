// The names of what became of a fault, in JSON and in the identity of a bug. A name never changes
// its meaning.
#ifndef SIM_ORACLE_FAULT_NAMES_H_
#define SIM_ORACLE_FAULT_NAMES_H_

#include "absl/strings/string_view.h"
#include "sim/machine/event.h"

namespace sim {

constexpr absl::string_view KernelBugName(KernelBug bug) {
  switch (bug) {
    case KernelBug::kNone:
      return "no_reason";
    case KernelBug::kFlagClear:
      return "flag_clear";
    case KernelBug::kOutOfRange:
      return "out_of_range";
    case KernelBug::kLockHeld:
      return "lock_held";
    case KernelBug::kNoWayBack:
      return "no_way_back";
    case KernelBug::kRetriedTooOften:
      return "retried_too_often";
    case KernelBug::kAccessClosed:
      return "access_closed";
    case KernelBug::kNoFixup:
      return "no_fixup";
    case KernelBug::kFixupElsewhere:
      return "fixup_elsewhere";
    case KernelBug::kBufferOverrun:
      return "buffer_overrun";
    case KernelBug::kEndless:
      return "endless";
  }
  return "unknown";
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
      return KernelBugName(bug);
  }
  return "unknown";
}

}  // namespace sim

#endif  // SIM_ORACLE_FAULT_NAMES_H_
