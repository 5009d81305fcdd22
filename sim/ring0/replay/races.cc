#include "sim/ring0/replay/races.h"

#include "sim/ring0/image/report.h"
#include "sim/ring0/machine/guard.h"
#include "sim/ring0/machine/interruption.h"
#include "sim/ring0/machine/kernel.h"
#include "sim/ring0/replay/operations.h"

namespace ring0 {

constinit Races g_races;

namespace {

// Carries out a set-up operation, on the second processor if there is one.
int SetUpElsewhere(const PackedOp& op, const void* bytes) {
  if (!HasSecondProcessor()) return SetUp(op, bytes);
  struct Work {
    const PackedOp& op;
    const void* bytes;
    int error;
  } work = {op, bytes, 0};
  const auto run = [](void* argument) {
    auto& set_up = *static_cast<Work*>(argument);
    set_up.error = SetUp(set_up.op, set_up.bytes);
  };
  GoOnAfter(RunOnSecondProcessor(run, &work));
  return work.error;
}

}  // namespace

void Races::Arm(const PackedOp& op, const void* bytes, std::uint32_t index) {
  if (count_ == kMax) EndScenario(Stop::kTooManyRaces);
  armed_[count_++] = {&op, bytes, index};
  g_kernel.on_point = OnPoint;
}

void Races::End(PackedResult* result) {
  for (std::uint32_t i = 0; i < kPoints; ++i) result->reached[i] = reached_[i];
  *this = {};
  g_kernel.on_point = nullptr;
}

void Races::OnPoint(Point point, std::uint64_t address) { g_races.Reach(point, address); }

void Races::Reach(Point point, std::uint64_t address) {
  if (in_race_) return;
  const std::uint32_t nth = ++reached_[static_cast<std::uint32_t>(point)];
  for (std::uint32_t i = 0; i < count_; ++i) {
    const PackedOp& op = *armed_[i].op;
    if (op.race_point == point && op.race_nth == nth) CarryOut(armed_[i], address);
  }
}

void Races::CarryOut(const Armed& armed, std::uint64_t address) {
  const PackedOp& op = *armed.op;
  const bool is_own = static_cast<int>(op.cpu) == g_kernel.cpu;
  if (IsAccess(op) && is_own && op.is_callers_own == 0) return;
  PackedEvent event = NewEvent(EventKind::kRaced);
  event.index = armed.index;
  event.address = address;
  if (IsAccess(op)) {
    // The outcome is in the record that follows, unless the access ends in a panic.
    event.bits &= static_cast<std::uint8_t>(~PackedEvent::kOk);
    RecordAlways(event);
    CountAnew();
    RunAccess(armed);
    CountAnew();
    return;
  }
  CountAnew();
  const int error = SetUpElsewhere(op, armed.bytes);
  CountAnew();
  event.error = static_cast<std::uint16_t>(-error);
  if (error != 0) event.bits &= static_cast<std::uint8_t>(~PackedEvent::kOk);
  RecordAlways(event);
}

void Races::RunAccess(const Armed& armed) {
  struct Access {
    const Armed& armed;
    PackedResult result;
    CallBytes sent;
  } access = {armed, {}, {}};
  access.result.index = armed.index;
  const auto make = [](void* argument) {
    auto& made = *static_cast<Access*>(argument);
    MakeAccess(*made.armed.op, made.armed.bytes, &made.result, &made.sent);
  };
  if (g_kernel.lock_holder != Kernel::kNoCpu) {
    // Deadlock: the other CPU would wait for the lock, and the interrupted CPU, which holds the
    // lock, does not run meanwhile.
    access.result.refused = 1;
  } else {
    in_race_ = true;
    const std::uint32_t misdeeds = TakeMisdeeds();  // of the interrupted access
    const int cpu = static_cast<int>(armed.op->cpu);
    if (cpu == g_kernel.cpu) {
      RunNested(make, &access);
    } else {
      RunOnOtherCpu(cpu, make, &access);
    }
    in_race_ = false;
    access.result.misdeeds = TakeMisdeeds();
    PutMisdeeds(misdeeds);
  }
  SendResult(RecordTag::kRaced, &access.result, access.sent);
}

}  // namespace ring0
