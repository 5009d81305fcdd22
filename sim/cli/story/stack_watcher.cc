#include "sim/cli/story/stack_watcher.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>

#include "absl/debugging/symbolize.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sim/machine/check.h"
#include "sim/machine/fault.h"
#include "sim/machine/processor.h"
#include "sim/machine/sanitizer.h"

namespace sim {
namespace {

// The frames between an event and the code of interest.
bool IsPlumbing(absl::string_view name) {
  return name == "sim::StackWatcher::OnEvent()" || name == "sim::EventLog::Add()" ||
         name == "sim::Machine::Record()" || name == "sim::Kernel::NoteMisuse()" ||
         name == "sim::Machine::OnMisusedTouch()" || name == "sim::Machine::NoteUseInside()" ||
         absl::StartsWith(name, "__sanitizer_cov_") ||
         absl::StartsWith(name, "(anonymous namespace)::OnLoad") ||
         absl::StartsWith(name, "(anonymous namespace)::OnStore");
}

// The outermost frames of every stack, which are not shown.
bool IsGround(absl::string_view name) {
  return absl::StartsWith(name, "sim::Runner::Access") ||
         absl::StartsWith(name, "sim::Runner::RunAccess");
}

// `address` follows a call; the call itself may be the last of its function.
std::string NameOf(uintptr_t address, bool is_return) {
  char name[512];
  const uintptr_t in_call = is_return ? address - 1 : address;
  if (!absl::Symbolize(reinterpret_cast<const void*>(in_call), name, sizeof(name))) return "";
  return name;
}

// The file and offset of `address` in a shared object, in the form of addr2line and objdump:
// "(FILE+0x1234)". Empty for an address in the program itself, whose functions have names.
std::string PlaceInObject(uintptr_t address) {
  Dl_info info = {};
  link_map* object = nullptr;
  void* const map = static_cast<void*>(&object);
  const bool is_found = dladdr1(reinterpret_cast<const void*>(address), &info,
                                static_cast<void**>(map), RTLD_DL_LINKMAP) != 0;
  // The name of the program itself is empty here.
  if (!is_found || object->l_name[0] == '\0') return "";
  const absl::string_view file = object->l_name;
  return absl::StrCat("(", file.substr(file.rfind('/') + 1), "+0x",
                      absl::Hex(address - object->l_addr), ")");
}

}  // namespace

StackWatcher::StackWatcher() : stacks_(kMaxStacks) {
  pthread_attr_t attributes;
  SIM_CHECK(pthread_getattr_np(pthread_self(), &attributes) == 0);
  void* low = nullptr;
  size_t size = 0;
  SIM_CHECK(pthread_attr_getstack(&attributes, &low, &size) == 0);
  pthread_attr_destroy(&attributes);
  stack_low_ = reinterpret_cast<uintptr_t>(low);
  stack_high_ = stack_low_ + size;
}

SIM_NO_SANITIZE void StackWatcher::OnEvent(const Event& /*event*/) {
  Stack& stack = stacks_[PlaceOf(count_++)];
  stack.frames = 0;
  if (t_thread.fault_context == nullptr) {
    Follow(reinterpret_cast<uintptr_t>(__builtin_frame_address(0)), &stack);
    return;
  }
  stack.addresses[stack.frames++] = ProgramCounterOf(t_thread.fault_context);
  Follow(FramePointerOf(t_thread.fault_context), &stack);
}

SIM_NO_SANITIZE void StackWatcher::Follow(uintptr_t frame, Stack* stack) const {
  while (stack->frames < kMaxFrames) {
    // Code that was compiled without frame pointers ends the stack.
    if (frame < stack_low_ || frame + 2 * sizeof(uintptr_t) > stack_high_ || frame % 8 != 0) return;
    const auto* const words = reinterpret_cast<const uintptr_t*>(frame);
    if (words[1] == 0) return;
    stack->addresses[stack->frames++] = words[1];
    if (words[0] <= frame) return;
    frame = words[0];
  }
}

std::vector<StackFrame> StackWatcher::StackOf(size_t index) const {
  std::vector<StackFrame> frames;
  const bool is_kept =
      index < count_ && (index < kMaxStacks / 2 || count_ - index <= kMaxStacks / 2);
  if (!is_kept) return frames;
  const Stack& stack = stacks_[PlaceOf(index)];
  for (size_t i = 0; i < stack.frames; ++i) {
    const std::string name = NameOf(stack.addresses[i], i > 0);
    if (IsGround(name)) return frames;
    if (frames.empty() && IsPlumbing(name)) continue;
    // The innermost frame has the exact place of the instruction, for example one without a fixup.
    const std::string place = frames.empty() ? PlaceInObject(stack.addresses[i]) : "";
    const bool has_both = !name.empty() && !place.empty();
    frames.push_back({stack.addresses[i], absl::StrCat(name, has_both ? " " : "", place)});
  }
  if (stack.frames == kMaxFrames) frames.push_back({0, "(the frames below were not followed)"});
  return frames;
}

}  // namespace sim
