#include "sim/ring0/machine/interruption.h"

#include "sim/ring0/image/cpu.h"

namespace ring0 {
namespace {

// The state of an interrupted access, which is restored afterwards.
struct Suspended {
  Frame* innermost = nullptr;
  void (*on_point)(Point point, std::uint64_t address) = nullptr;
  std::uint64_t buffer_start = 0;
  unsigned unannounced_checks = 0;
  bool touching = false;
  bool open_before_touch = false;
};
constinit Suspended g_nested_in;

Suspended Suspend() {
  Kernel& kernel = g_kernel;
  const Suspended suspended = {.innermost = kernel.innermost,
                               .on_point = kernel.on_point,
                               .buffer_start = kernel.buffer_start,
                               .unannounced_checks = kernel.unannounced_checks,
                               .touching = kernel.touching,
                               .open_before_touch = kernel.open_before_touch};
  kernel.on_point = nullptr;
  kernel.buffer_start = 0;
  kernel.unannounced_checks = 0;
  kernel.touching = false;
  kernel.quiet = true;
  kernel.depth = 1;
  return suspended;
}

void Resume(const Suspended& suspended) {
  Kernel& kernel = g_kernel;
  kernel.depth = 0;
  kernel.quiet = false;
  kernel.open_before_touch = suspended.open_before_touch;
  kernel.touching = suspended.touching;
  kernel.unannounced_checks = suspended.unannounced_checks;
  kernel.buffer_start = suspended.buffer_start;
  kernel.on_point = suspended.on_point;
}

Frame* PanicFrame() {
  Frame* frame = g_kernel.innermost;
  while (frame->kind != Frame::Kind::kPanic) frame = frame->outer;
  return frame;
}

// Runs body(argument) on the second processor as CPU `cpu`.
struct ThereAs {
  int cpu;
  void (*body)(void*);
  void* argument;
};

// A panic on the second processor ends the whole kernel, with `cpu` as the current CPU.
void RunThere(int cpu, int interrupted, void (*body)(void*), void* argument) {
  ThereAs as = {cpu, body, argument};
  const auto run = [](void* what) {
    const ThereAs& there = *static_cast<ThereAs*>(what);
    EnterCpu(there.cpu);
    there.body(there.argument);
    LeaveCpu();
  };
  const Remote result = RunOnSecondProcessor(run, &as);
  if (result == Remote::kDone) {
    g_kernel.cpu = interrupted;
    return;
  }
  GoOnAfter(result);
}

}  // namespace

void GoOnAfter(Remote result) {
  if (result == Remote::kPanicked) JumpTo(PanicFrame());
  if (result == Remote::kStopped) EndScenario(g_kernel.stop);
}

void RunOnOtherCpu(int cpu, void (*body)(void*), void* argument) {
  const int interrupted = g_kernel.cpu;
  const Suspended suspended = Suspend();
  if (HasSecondProcessor()) {
    RunThere(cpu, interrupted, body, argument);
  } else {
    // The recovery frames of the interrupted CPU do not belong to this CPU.
    g_kernel.innermost = PanicFrame();
    SwitchTo(cpu);
    body(argument);
    SwitchTo(interrupted);
    g_kernel.innermost = suspended.innermost;
  }
  Resume(suspended);
}

void RunNested(void (*body)(void*), void* argument) {
  g_nested_in = Suspend();
  g_kernel.is_nested = true;
  g_kernel.was_open = IsUserOpen();
  body(argument);
  g_kernel.was_open = false;
  g_kernel.is_nested = false;
  Resume(g_nested_in);
}

void ForgetInterruptionIfGone() {
  if (!g_kernel.is_nested) return;
  for (const Frame* frame = g_kernel.innermost; frame != nullptr; frame = frame->outer) {
    if (frame == g_nested_in.innermost) return;  // the abandoned access was inside the nested call
  }
  g_kernel.was_open = false;
  g_kernel.is_nested = false;
  Resume(g_nested_in);
}

}  // namespace ring0
