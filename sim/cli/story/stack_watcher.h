// Records the call stack of each event of an operation.
//
// The stack is recorded during the event. For a fault this is inside the signal handler, and the
// stack is that of the faulting instruction. Recording follows frame pointers and allocates no
// memory; function names are looked up later.
#ifndef SIM_CLI_STORY_STACK_WATCHER_H_
#define SIM_CLI_STORY_STACK_WATCHER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/machine/event_log.h"

namespace sim {

struct StackFrame {
  uintptr_t address = 0;  // in the code
  // The name of the function; empty if it has none. The innermost frame in a shared object also has
  // its file and offset.
  std::string name;
};

class StackWatcher : public EventWatcher {
 public:
  // The maximum number of kept stacks of an operation: those of the first kMaxStacks / 2 events,
  // and of the last kMaxStacks / 2.
  static constexpr size_t kMaxStacks = 1024;
  static constexpr size_t kMaxFrames = 48;

  // For the calling thread: only stacks of this thread are recorded.
  StackWatcher();

  void Clear() { count_ = 0; }
  void OnEvent(const Event& event) override;

  // The stack of the `index`-th event since Clear, innermost first, up to the code that runs
  // scenarios; empty if there is none, or it was not kept. A stack of more than kMaxFrames frames
  // ends with a frame without an address, whose name reports that.
  std::vector<StackFrame> StackOf(size_t index) const;

 private:
  struct Stack {
    size_t frames = 0;
    std::array<uintptr_t, kMaxFrames> addresses;
  };

  // The index in the buffer for the stack of the `index`-th event, if it is kept.
  static constexpr size_t PlaceOf(size_t index) {
    constexpr size_t kHalf = kMaxStacks / 2;
    return index < kHalf ? index : kHalf + index % kHalf;
  }
  void Follow(uintptr_t frame, Stack* stack) const;

  uintptr_t stack_low_ = 0;
  uintptr_t stack_high_ = 0;
  std::vector<Stack> stacks_;
  size_t count_ = 0;  // events since Clear
};

}  // namespace sim

#endif  // SIM_CLI_STORY_STACK_WATCHER_H_
