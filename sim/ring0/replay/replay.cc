#include "sim/ring0/replay/replay.h"

#include <cstdint>

#include "sim/ring0/image/report.h"
#include "sim/ring0/machine/bare.h"
#include "sim/ring0/machine/guard.h"
#include "sim/ring0/machine/kernel.h"
#include "sim/ring0/replay/calls.h"
#include "sim/ring0/replay/operations.h"
#include "sim/ring0/replay/races.h"

namespace ring0 {
namespace {

void RunOp(const PackedOp& op, const void* bytes, PackedResult* result, CallBytes* sent) {
  if (op.kind == OpKind::kNotOffered) return;
  if (op.kind == OpKind::kSleep) EndScenario(Stop::kNoTasks);
  if (op.kind == OpKind::kSpace) EndScenario(Stop::kNoSpaces);
  if (op.race_nth != 0) {
    const bool has_loads = g_kernel.subject->reports_loads;
    if (op.race_point == Point::kLoad && !has_loads) EndScenario(Stop::kNoLoads);
    g_races.Arm(op, bytes, result->index);
    return;
  }
  if (!IsAccess(op)) {
    result->error = SetUp(op, bytes);
    return;
  }
  auto body = [&] { MakeAccess(op, bytes, result, sent); };
  result->panicked = RunOperation(body) ? 0 : 1;
  g_kernel.buffer_start = 0;
  g_races.End(result);
  result->misuses = g_kernel.misuses;
  result->misdeeds = TakeMisdeeds();
}

// Runs the operations from `at` on, to the end or until the kernel panics.
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
    CallBytes sent;
    RunOp(op, bytes, &result, &sent);
    panicked = result.panicked != 0;
    result.flag = kernel.flag() ? 1 : 0;
    result.lock_held = kernel.lock_holder != Kernel::kNoCpu ? 1 : 0;
    result.injected = kernel.memory.injector.failures - failures;
    result.frames_free = kernel.memory.frames.free;
    result.pages_populated = kernel.memory.populated();
    result.pages_shared = kernel.memory.shared();
    if (op.reach != 0) result.populated_in_reach = kernel.memory.PopulatedNext64(op.reach);
    SendResult(RecordTag::kResult, &result, sent);
  }
}

}  // namespace

void Replay(const Archive& archive) {
  const char* at = reinterpret_cast<const char*>(&archive + 1);
  for (std::uint32_t i = 0; i < archive.scenarios; ++i) {
    if (IsReportNearlyFull()) {
      Send(RecordTag::kFull, nullptr, 0);
      return;
    }
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
