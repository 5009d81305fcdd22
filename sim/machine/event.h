// The events of an operation on the simulated machine, in order. The oracle judges them.
#ifndef SIM_MACHINE_EVENT_H_
#define SIM_MACHINE_EVENT_H_

#include <cstddef>
#include <cstdint>

namespace sim {

enum class EventKind : uint8_t {
  kLockTaken,
  kLockReleased,
  kLockTakenTwice,  // by the CPU that holds it: on real hardware, a deadlock
  kChecked,         // check_region_access(address, size, access); ok: its answer
  kPopulated,       // populate_area(address, size, access); ok, or error
  kAttemptBegun,    // axptr_platform_attempt over (address, size, access)
  kAttemptEnded,    // ok: the body came back; not ok: it was abandoned, or was inside one that was
  kFault,           // address, access, known, disposition
  kRaced,           // an armed operation was carried out; index: which, in the scenario. address:
           // at a load or a fault, that one's. It leaves no events of its own: ok, error, size (the
           // length) and fingerprint are its outcome
  kMisused,  // something did not hold that holds whenever user memory is touched, opened or
             // closed: index: a Misuse. Of a touch: address, size and access; address_known: in an
             // attempt; ok: user access was open. The first of each kind in an operation, also on
             // another CPU
};

// The condition that did not hold.
enum class Misuse : uint8_t {
  kTouchedClosed,          // a touch with user access closed
  kTouchedFlagClear,       // with it open and the flag clear
  kTouchedLockHeld,        // with both as they should be, but the lock held
  kTouchedOutsideAttempt,  // or outside the innermost attempt, or outside of any
  kTouchedOutOfOrder,      // or below a byte that the attempt loaded (of a store: stored to) before
  kOpenedFlagClear,        // user access was opened, or closed again, with the flag clear
  kOpenAtQuestion,         // the lock taken or the address space asked with user access open
  kFlagSetInHandler,       // the fault handler runs with the flag set
  kOpenInHandler,          // or with user access open
  kFlagSetSwitchedAway,    // the task was switched away, and the flag is still set
  kOpenSwitchedAway,       // or user access still open
};
inline constexpr size_t kMisuseCount = static_cast<size_t>(Misuse::kOpenSwitchedAway) + 1;

enum class FaultDisposition : uint8_t {
  kResolved,   // the page was brought in; the instruction is retried
  kEfault,     // unresolved; the innermost attempt whose range holds the address (or the user's
               // access) is abandoned, and those inside it are
  kFixup,      // unresolved; the subject goes on at its fixup for the instruction
  kKernelBug,  // kernel code faulted where it must not
};

// Why a fault is a kernel bug.
enum class KernelBug : uint8_t {
  kNone,
  kFlagClear,        // the flag that allows faults was clear
  kOutOfRange,       // the address is in the range of no attempt under way
  kLockHeld,         // the handler needs the lock that the faulting CPU holds: deadlock
  kLockFree,         // a lock was released by a CPU that does not hold it; no fault, but stopped
  kNoWayBack,        // unresolved, and the flag is set, but no attempt is under way to abandon
  kRetriedTooOften,  // the handler said "resolved", or resumed at a fixup, again and again
  kAccessClosed,     // the flag is set, but the hardware's user access is closed
  kNoFixup,          // the subject has an exception table and no flag, and the instruction no fixup
  kFixupElsewhere,   // unresolved, and the fixup does not lie in the subject's code
  kBufferOverrun,    // it lies just outside the kernel's buffer of a copy; the address of the event
                     // is an index into the buffer, such as -1, modulo 2^64
  kAccessPrevented,  // kernel code touches what it was handed out, or other user
                     // memory, with user access closed and smap=on
  kEndless,          // the access went on and on; no fault, but stopped in the same way
};

// Whether a kFault event with this bug is not a memory fault: the machine stopped the CPU because
// of its action, and the event has no address.
constexpr bool IsStopped(KernelBug bug) {
  return bug == KernelBug::kLockFree || bug == KernelBug::kEndless;
}

struct Event {
  EventKind kind = EventKind::kFault;
  uint8_t cpu = 0;
  bool flag = false;       // the subject's flag on that CPU when it happened
  bool lock_held = false;  // the address-space lock was held by that CPU when it happened
  bool ok = true;
  bool bus_error = false;     // of kFault: there is no memory behind the page
  bool address_known = true;  // of kFault: a non-canonical address is not reported by hardware
  bool has_fixup = false;     // of kFault in kernel code: the subject has one for the instruction
  bool without_flag = false;  // of kFault: the subject has no flag, and says by fixups that a fault
                              // may come
  uint8_t access = 0;         // axptr::MappingFlags::bits()
  FaultDisposition disposition = FaultDisposition::kResolved;
  KernelBug bug = KernelBug::kNone;
  int error = 0;  // of kPopulated and kRaced: an errno number, 0 for none
  uint64_t address = 0;
  uint64_t size = 0;   // bytes
  uint64_t index = 0;  // of kRaced: the scenario's operation, from 0; of kMisused: a Misuse
  // Of kRaced. Of kAttemptEnded: the end of the last byte that was touched in it, as far as touches
  // are reported; 0: none was.
  uint64_t fingerprint = 0;
};

// What the kernel of a run cannot observe. Class Machine observes everything. The oracle does not
// judge what depends on unobserved state.
struct Unseen {
  bool contents = false;  // the bytes of user memory: a result has no fingerprint
  bool faults = false;    // no access faults, so that no page comes in by a fault
  bool memory = false;    // there is none: an access that begins an attempt is abandoned there
};

// Whether the subject declared that `fault` is possible: by its user-access flag, or, if it has no
// flag, by a fixup.
constexpr bool IsExpected(const Event& fault) {
  return fault.flag || (fault.without_flag && fault.has_fixup);
}

}  // namespace sim

#endif  // SIM_MACHINE_EVENT_H_
