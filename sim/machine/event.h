// The events of an operation on the simulated machine, in order. The oracle judges them.
#ifndef SIM_MACHINE_EVENT_H_
#define SIM_MACHINE_EVENT_H_

#include <cstddef>
#include <cstdint>

namespace sim {

enum class EventKind : uint8_t {
  kLockTaken,
  kLockReleased,
  kLockTakenTwice,  // by the CPU that holds the lock: on real hardware, a deadlock
  kChecked,         // check_region_access(address, size, access); ok: its result
  kPopulated,       // populate_area(address, size, access); ok, or error
  kAttemptBegun,    // axptr_platform_attempt over (address, size, access)
  kAttemptEnded,    // ok: the body returned; not ok: it, or an outer attempt, was abandoned
  kFault,           // address, access, known, disposition
  kRaced,    // an armed operation ran; index: its index in the scenario. address: of the load
             // or fault at which it ran. The operation causes no other events: ok, error, size (the
             // length) and fingerprint are its result
  kMisused,  // a rule for touching, opening or closing user memory was broken; index: a Misuse.
             // For a touch: address, size and access; address_known: in an attempt; ok: user
             // access was open. Only the first of each kind in an operation, also on another CPU
};

// The condition that did not hold.
enum class Misuse : uint8_t {
  kTouchedClosed,          // a touch with user access closed; size 0: the hardware noticed it
  kTouchedFlagClear,       // user access open, but the flag clear
  kTouchedLockHeld,        // user access open and the flag set, but the lock held
  kTouchedOutsideAttempt,  // as above, but outside the innermost attempt, or no attempt
  kTouchedOutOfOrder,      // below a byte that the attempt loaded (for a store: stored) before
  kTouchedMisaligned,      // in order, but not aligned to its size
  kOpenedFlagClear,        // user access was opened, or closed again, with the flag clear
  kOpenAtQuestion,         // lock, check or populate called with user access open
  kFlagSetInHandler,       // the fault handler runs with the flag set
  kOpenInHandler,          // the fault handler runs with user access open
  kFlagSetSwitchedAway,    // the task was switched away, and the flag is still set
  kOpenSwitchedAway,       // the task was switched away, and user access is still open
};
inline constexpr size_t kMisuseCount = static_cast<size_t>(Misuse::kOpenSwitchedAway) + 1;

enum class FaultDisposition : uint8_t {
  kResolved,   // the page was populated; the instruction is retried
  kEfault,     // unresolved; the innermost attempt whose range holds the address (or the user's
               // access) is abandoned, and those inside it are
  kFixup,      // unresolved; the subject continues at the fixup of the instruction
  kKernelBug,  // a forbidden fault of kernel code
};

// Why a fault is a kernel bug.
enum class KernelBug : uint8_t {
  kNone,
  kFlagClear,        // the flag that allows faults was clear
  kOutOfRange,       // no attempt under way has the address in its range
  kLockHeld,         // the handler needs the lock that the faulting CPU holds: deadlock
  kLockFree,         // a CPU released a lock that it does not hold; not a fault: the CPU is stopped
  kNoWayBack,        // unresolved with the flag set, but no attempt is under way
  kRetriedTooOften,  // the handler resolved, or resumed at a fixup, too often
  kAccessClosed,     // the flag is set, but the hardware state of user access is closed
  kNoFixup,          // a subject with a table and without a flag; the instruction has no fixup
  kFixupElsewhere,   // unresolved, and the fixup lies outside the subject's code
  kBufferOverrun,    // the fault lies next to the kernel buffer of a copy; the event's address is
                     // an index relative to the buffer, such as -1, modulo 2^64
  kAccessPrevented,  // kernel code touches lent or other user memory with user access closed
                     // and smap=on
  kEndless,          // the access does not end; not a fault: the CPU is stopped
};

// Whether a kFault event with this bug is not a memory fault: the machine stopped the CPU because
// of its action, and the event has no address.
constexpr bool IsStopped(KernelBug bug) {
  return bug == KernelBug::kLockFree || bug == KernelBug::kEndless;
}

struct Event {
  EventKind kind = EventKind::kFault;
  uint8_t cpu = 0;
  // By an access that was raced against the access of the operation: on another CPU, or of another
  // task while the task of the operation sleeps.
  bool by_other = false;
  bool flag = false;       // the subject's flag on that CPU when it happened
  bool lock_held = false;  // the address-space lock was held by that CPU when it happened
  bool ok = true;
  bool bus_error = false;  // of kFault: SIGBUS: no memory backs the page
  bool address_known =
      true;  // of kFault: false for a non-canonical address: hardware does not report it
  bool has_fixup : 1 = false;  // of kFault in kernel code: the subject has one for the instruction
  bool without_flag : 1 = false;  // of kFault: the subject has no flag: a fixup declares that a
                                  // fault is expected
  uint8_t access = 0;             // axptr::MappingFlags::bits()
  FaultDisposition disposition = FaultDisposition::kResolved;
  KernelBug bug = KernelBug::kNone;
  int error = 0;  // of kPopulated and kRaced: an errno number, 0 for none
  uint64_t address = 0;
  uint64_t size = 0;   // bytes
  uint64_t index = 0;  // of kRaced: the scenario's operation, from 0; of kMisused: a Misuse
  // Of kRaced: of the result. Of kAttemptEnded: the end of the last byte that the attempt touched,
  // as far as touches are reported; 0: no touch.
  uint64_t fingerprint = 0;
};

// A trace has many: it fits in a cache line.
static_assert(sizeof(Event) == 48);

// What the kernel of a run cannot observe. Class Machine observes everything. The oracle does not
// judge what depends on unobserved state.
struct Unseen {
  bool contents = false;  // the bytes of user memory: results have no fingerprints
  bool faults = false;    // no access faults: no page is populated by a fault
  bool memory = false;    // no memory: an access that begins an attempt is abandoned
};

// Whether the subject declared that `fault` is possible: by its user-access flag, or, if it has no
// flag, by a fixup.
constexpr bool IsExpected(const Event& fault) {
  return fault.flag || (fault.without_flag && fault.has_fixup);
}

}  // namespace sim

#endif  // SIM_MACHINE_EVENT_H_
