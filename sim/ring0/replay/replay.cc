#include "sim/ring0/replay/replay.h"

#include <cstdint>

#include "sim/ring0/image/cpu.h"
#include "sim/ring0/image/serial.h"
#include "sim/ring0/machine/bare.h"
#include "sim/ring0/machine/guard.h"
#include "sim/ring0/machine/kernel.h"
#include "sim/ring0/replay/calls.h"

namespace ring0 {
namespace {

// An access of user code to each page of [address, address + size). A store changes the first byte.
int TouchPagesAsUser(std::uint64_t address, std::uint64_t size, bool write) {
  std::uint8_t flipped = write ? kFlippedInFirst : 0;
  while (size != 0) {
    const bool leaves_nothing =
        flipped == 0 && IsInWindow(address) && g_kernel.memory.LetsThrough(address, write);
    if (!leaves_nothing && !TouchAsUser(address, write, flipped)) return -kBadAddress;
    flipped = 0;
    const std::uint64_t to_page_end = kPageBytes - address % kPageBytes;
    if (size <= to_page_end) break;
    address += to_page_end;
    size -= to_page_end;
  }
  return 0;
}

// Kernel code outside of the library: as on a processor without SMAP, user memory is open to it.
void TouchAsKernel(std::uint64_t address, bool write) {
  if (!IsInWindow(address)) PanicAt(address, write, KernelBug::kFlagClear);
  OpenUser();
  TouchByte(address, write, kFlippedInFirst);
  CloseUser();
}

int SetUp(const PackedOp& op, const void* bytes) {
  AddressSpace& memory = g_kernel.memory;
  const auto rights = static_cast<unsigned>(op.a[0]);
  switch (op.kind) {
    case OpKind::kMap:
      return memory.Map(op.address, op.length, rights, static_cast<Backing>(op.a[1]), op.a[2]);
    case OpKind::kTruncate:
      return memory.Truncate(op.address, op.length);
    case OpKind::kUnmap:
      return memory.Unmap(op.address, op.length);
    case OpKind::kProtect:
      return memory.Protect(op.address, op.length, rights);
    case OpKind::kEvict:
      return memory.Evict(op.address, op.length);
    case OpKind::kShare:
      return memory.Share(op.address, op.length);
    case OpKind::kFill:
      return memory.Fill(op.address, op.length, bytes, op.bytes);
    case OpKind::kFrames:
      memory.frames.SetFree(op.length);
      return 0;
    case OpKind::kInject:
      memory.injector.left[op.a[0]] = op.length;
      return 0;
    default:
      Die("unknown operation", static_cast<std::uint64_t>(op.kind));
  }
}

// Set-up operations of other CPUs, which wait for the access that comes next.
class Races {
 public:
  void Arm(const PackedOp& op, const void* bytes, std::uint32_t index) {
    if (count_ == kMax) Die("more races than there is room for", kMax);
    armed_[count_++] = {&op, bytes, index};
    g_kernel.on_point = OnPoint;
  }
  // The access has ended: what has not happened never will.
  void End(PackedResult* result) {
    for (std::uint32_t i = 0; i < kPoints; ++i) result->reached[i] = reached_[i];
    *this = {};
    g_kernel.on_point = nullptr;
  }

 private:
  struct Armed {
    const PackedOp* op = nullptr;
    const void* bytes = nullptr;
    std::uint32_t index = 0;
  };
  static constexpr std::uint32_t kMax = 256;

  static void OnPoint(Point point, std::uint64_t address);
  void Reach(Point point, std::uint64_t address) {
    const std::uint32_t nth = ++reached_[static_cast<std::uint32_t>(point)];
    for (std::uint32_t i = 0; i < count_; ++i) {
      const PackedOp& op = *armed_[i].op;
      if (op.race_point == point && op.race_nth == nth) CarryOut(armed_[i], address);
    }
  }
  static void CarryOut(const Armed& armed, std::uint64_t address) {
    PackedEvent event = NewEvent(EventKind::kRaced);
    CountAnew();
    const int error = SetUp(*armed.op, armed.bytes);
    CountAnew();
    event.index = armed.index;
    event.address = address;
    event.error = static_cast<std::uint16_t>(-error);
    if (error != 0) event.bits &= static_cast<std::uint8_t>(~PackedEvent::kOk);
    Record(event);
  }

  Armed armed_[kMax] = {};
  std::uint32_t count_ = 0;
  std::uint32_t reached_[kPoints] = {};
};
constinit Races g_races;

void Races::OnPoint(Point point, std::uint64_t address) { g_races.Reach(point, address); }

void RunOp(const PackedOp& op, const void* bytes, PackedResult* result, CallBytes* sent) {
  if (op.race_nth != 0) {
    g_races.Arm(op, bytes, result->index);
    return;
  }
  switch (op.kind) {
    case OpKind::kNotOffered:
      return;
    case OpKind::kUserTouch:
    case OpKind::kKernelTouch:
    case OpKind::kCall:
      break;
    default:
      result->error = SetUp(op, bytes);
      return;
  }
  auto body = [&] {
    if (op.kind == OpKind::kUserTouch) {
      result->error = TouchPagesAsUser(op.address, op.length, op.a[0] != 0);
    } else if (op.kind == OpKind::kKernelTouch) {
      TouchAsKernel(op.address, op.a[0] != 0);
    } else {
      MakeCall(op, bytes, result, sent);
    }
  };
  result->panicked = RunOperation(body) ? 0 : 1;
  g_kernel.buffer_start = 0;
  g_races.End(result);
  result->misuses = g_kernel.misuses;
  result->misdeeds = TakeMisdeeds();
}

// Runs the operations from `at` on, until the kernel panics.
void RunOps(const PackedScenario& scenario, const char* at) {
  bool panicked = false;
  for (std::uint32_t i = 0; i < scenario.ops && !panicked; ++i) {
    const auto& op = *reinterpret_cast<const PackedOp*>(at);
    const char* const bytes = at + sizeof(PackedOp);
    at = bytes + Padded(op.bytes);
    SwitchTo(static_cast<int>(op.cpu));
    Kernel& kernel = g_kernel;
    PackedResult result;
    result.index = i;
    result.flag_before = kernel.flag() ? 1 : 0;
    const std::uint64_t failures = kernel.memory.injector.failures;
    const std::uint64_t dropped = kernel.events_dropped;
    CallBytes sent;
    RunOp(op, bytes, &result, &sent);
    panicked = result.panicked != 0;
    result.flag = kernel.flag() ? 1 : 0;
    result.lock_held = kernel.lock_holder != Kernel::kNobody ? 1 : 0;
    result.injected = kernel.memory.injector.failures - failures;
    result.frames_free = kernel.memory.frames.free;
    result.pages_populated = kernel.memory.populated();
    result.pages_shared = kernel.memory.shared();
    if (op.reach != 0) result.populated_in_reach = kernel.memory.PopulatedNext64(op.reach);
    result.events_dropped = kernel.events_dropped - dropped;
    result.bytes = sent.room_size;
    Send(RecordTag::kResult, &result, sizeof(result), {sent.room, sent.room_size},
         {sent.table, sent.table_size});
  }
}

}  // namespace

void Replay(const Archive& archive) {
  const char* at = reinterpret_cast<const char*>(&archive + 1);
  for (std::uint32_t i = 0; i < archive.scenarios; ++i) {
    const auto& scenario = *reinterpret_cast<const PackedScenario*>(at);
    at += sizeof(PackedScenario);
    const char* const ops = at;
    for (std::uint32_t op = 0; op < scenario.ops; ++op) {
      at += sizeof(PackedOp) + Padded(reinterpret_cast<const PackedOp*>(at)->bytes);
    }
    Send(RecordTag::kScenario, &scenario, sizeof(scenario));
    PackedResult none;
    g_races.End(&none);
    ResetKernel(scenario);
    Frame frame;
    frame.kind = Frame::Kind::kScenario;
    auto run = [&] {
      RunOps(scenario, ops);
      if (g_kernel.counts) SendBare();
      g_kernel.memory.UnmapAll();
    };
    RunInFrame(&frame, run);
    const PackedEnd end = {.index = scenario.index,
                           .stop = g_kernel.stop,
                           .frames_after_reset = g_kernel.memory.frames.free};
    Send(RecordTag::kEnd, &end, sizeof(end));
  }
  Send(RecordTag::kDone, nullptr, 0);
}

}  // namespace ring0
