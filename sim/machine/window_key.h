// Hardware that closes the user window to a thread, as SMAP closes user memory to a kernel: a
// protection key (x86-64: PKU). All pages of the window have the key. A load or a store of any kind
// faults while the window is closed to the thread, also one that no compiler reports: of memcpy, of
// assembly, of an atomic instruction. Opening and closing take some nanoseconds, without a system
// call.
//
// ThreadState::window says whether the window is open to the running code, or follows user access:
// the second for code of a subject that opens user access itself. ExchangeUserAccess, WindowScope
// and JumpTo (recovery.h) are the only code that changes the two, and each of them updates the key.
// Linux closes the window in a signal handler, and restores the state of the interrupted code when
// the handler returns.
#ifndef SIM_MACHINE_WINDOW_KEY_H_
#define SIM_MACHINE_WINDOW_KEY_H_

#include <utility>

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

// Whether the window is open to the code that the thread runs.
inline bool WindowIsOpen() { return t_thread.access_open || t_thread.window == WindowMode::kOpen; }

// Gives the thread its rights for the key. Safe in a signal handler.
void UpdateWindowKey();

// Opens or closes user memory to the current simulated CPU. Returns whether it was open.
inline bool ExchangeUserAccess(bool open) {
  const bool earlier = std::exchange(t_thread.access_open.is_open_, open);
  if (t_thread.window == WindowMode::kFollowsAccess) UpdateWindowKey();
  return earlier;
}

// Scope in which the window has the mode for the thread. A jump to a recovery frame restores the
// mode of the frame.
class WindowScope {
 public:
  explicit WindowScope(WindowMode mode) : earlier_(t_thread.window) { Set(mode); }
  ~WindowScope() { Set(earlier_); }
  WindowScope(const WindowScope&) = delete;
  WindowScope& operator=(const WindowScope&) = delete;

 private:
  static void Set(WindowMode mode) {
    t_thread.window = mode;
    UpdateWindowKey();
  }

  const WindowMode earlier_;
};

}  // namespace sim

#endif  // SIM_MACHINE_WINDOW_KEY_H_
