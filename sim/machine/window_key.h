// Hardware that closes the user window to a thread, as SMAP closes user memory to a kernel: a
// protection key (x86-64: PKU). All pages of the window have the key. A load or a store of any kind
// faults while the window is closed to the thread, also one that no compiler reports: of memcpy, of
// assembly, of an atomic instruction. Opening and closing take some nanoseconds, without a system
// call.
//
// The window is open to all code but that of a subject that opens user access itself. To such a
// subject it is open while user access is open (ThreadState::access_open). Three functions keep that: CarryOutUserAccess after a
// change of user access, SubjectRuns around code, and JumpTo (recovery.h). Linux closes the window in
// a signal handler, and restores the state of the interrupted code when the handler returns.
#ifndef SIM_MACHINE_WINDOW_KEY_H_
#define SIM_MACHINE_WINDOW_KEY_H_

#include "sim/machine/fault.h"

namespace sim {

// The environment variable that disables the key if its value is "off".
inline constexpr char kWindowKeyVariable[] = "AXPTR_PROTECTION_KEYS";

// The key of the window; negative: there is no window, or the host has no protection keys.
extern constinit int g_window_key;

// Whether the hardware closes the window. Without it only touches that the compiler reports are
// judged (load_trace.h).
inline bool HardwareClosesWindow() { return g_window_key >= 0; }

// Allocates the key for the window, if the host has protection keys and kWindowKeyVariable does not
// disable them. The window is open to the calling thread. Precondition: there is no key.
void TakeWindowKey();
// Frees the key. Precondition: no page has it.
void FreeWindowKey();

namespace window_key_internal {

// Opens or closes the window to the calling thread. Precondition: there is a key. Safe in a signal
// handler.
void SetOpen(bool open);

inline bool IsToBeOpen() { return t_thread.access_open || !t_thread.runs_subject; }

}  // namespace window_key_internal

// Gives the thread the window as its state requires. Safe in a signal handler.
inline void CarryOutState() {
  if (HardwareClosesWindow()) {
    window_key_internal::SetOpen(window_key_internal::IsToBeOpen());
  }
}

// To be called after each change of t_thread.access_open.
inline void CarryOutUserAccess() {
  if (t_thread.runs_subject) CarryOutState();
}

// Scope in which the thread runs code of the subject (`runs`), or code to which the window is open.
// A jump to a recovery frame restores the state of the frame.
class SubjectRuns {
 public:
  explicit SubjectRuns(bool runs) : earlier_(t_thread.runs_subject) { Set(runs); }
  ~SubjectRuns() { Set(earlier_); }
  SubjectRuns(const SubjectRuns&) = delete;
  SubjectRuns& operator=(const SubjectRuns&) = delete;

 private:
  static void Set(bool runs) {
    t_thread.runs_subject = runs;
    CarryOutState();
  }

  const bool earlier_;
};

}  // namespace sim

#endif  // SIM_MACHINE_WINDOW_KEY_H_
