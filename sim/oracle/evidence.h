// What a checker looks at: one operation, what the machine wrote down about it, and what the model
// says of it.
#ifndef SIM_ORACLE_EVIDENCE_H_
#define SIM_ORACLE_EVIDENCE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/base/attributes.h"
#include "sim/machine/event.h"
#include "sim/oracle/byte_range.h"
#include "sim/oracle/contract.h"
#include "sim/oracle/event_summary.h"
#include "sim/oracle/expectation.h"
#include "sim/oracle/violation.h"
#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/subject_facts.h"
#include "sim/scenario/trace.h"

namespace sim {

inline constexpr SubjectFacts kAllSeen;
inline constexpr Unseen kNothingUnseen;

struct OpEvidence {
  const Op& op;
  size_t index;  // of `op` in the scenario
  const OpRecord& record;
  std::span<const Event> events;
  const Expectation& expected;
  // Of all operations of the run, for what races left in theirs.
  std::span<const OpRecord> records;
  const SubjectFacts& subject = kAllSeen;
  // What the kernel of the run did not see. `is_population_unseen`: a fault that it did not see
  // would have brought a page in, in this operation or before.
  const Unseen& unseen = kNothingUnseen;
  bool is_population_unseen = false;

  // Whether the outcome is allowed, as far as it was seen.
  bool IsOutcomeAllowed() const { return expected.Allows(record.outcome, unseen.contents); }
  const Contract& contract = kAxptrContract;
  const EventSummary seen = EventSummary(events, op.cpu);

  bool Panicked() const { return record.outcome.kind == Outcome::Kind::kPanic; }
  // The kernel stopped although nothing in the scenario asked for it, or the reverse: the rest of
  // the operation did not happen, so that the state it left says nothing more.
  bool PanicDiffers() const { return Panicked() != expected.PredictsPanic(); }
};

// `event`, which is a fault, as violations report it.
inline value::Fault FaultOf(const Event& event) {
  return {event.address, event.address_known, event.disposition, event.bug};
}

// Whether the kernel stops at `fault` as the model says: because the scenario asked for it, or
// because the contract permits a panic there.
inline bool IsPredictedPanic(const OpEvidence& evidence, const Event& fault) {
  const bool may_lack_a_way = evidence.contract.on_fault == Contract::OnFault::kPanic;
  const bool is_prevented = fault.bug == KernelBug::kAccessPrevented;
  const bool is_such_a_bug = fault.bug == KernelBug::kFlagClear || is_prevented ||
                             (fault.bug == KernelBug::kNoWayBack && may_lack_a_way);
  if (is_prevented != evidence.expected.is_prevented) return false;
  const uint64_t panic_page = evidence.expected.panic_address / kPageBytes;
  return fault.kind == EventKind::kFault && is_such_a_bug && evidence.expected.PredictsPanic() &&
         (!fault.address_known || fault.address / kPageBytes == panic_page);
}

// The event of the operation `op_index`, which raced this one; null: it did not happen.
inline const Event* EventOfRace(const OpEvidence& evidence, size_t op_index) {
  for (const Event& event : evidence.events) {
    if (event.kind == EventKind::kRaced && event.index == op_index) return &event;
  }
  return nullptr;
}

// Where violations go.
using Violations = std::vector<Violation>;

// Adds `violation`, which is of this operation. `event`: the one of evidence.events that shows it,
// or null; its CPU is taken for the one that broke the rule, else that of the operation is.
inline void Report(const OpEvidence& evidence, Violation violation, const Event* event,
                   Violations* violations) {
  violation.op_index = evidence.index;
  violation.cpu = event == nullptr ? static_cast<uint8_t>(evidence.op.cpu) : event->cpu;
  if (event != nullptr) violation.event = static_cast<size_t>(event - evidence.events.data());
  violations->push_back(violation);
}

// Calls `report()` out of line: a violation costs a checker nothing where there is none, not even
// room on its stack, which a sanitizer would clear for every operation.
template <typename Function>
ABSL_ATTRIBUTE_NOINLINE void Rarely(Function&& report) {
  report();
}

// Whether `event` is an attempt that reaches out of the window, or a fault outside of it.
constexpr bool IsOutsideWindow(const Event& event) {
  switch (event.kind) {
    case EventKind::kAttemptBegun:
      return event.size > 0 &&
             (!IsInWindow(event.address) || event.size > kWindowEnd - event.address);
    case EventKind::kFault:
      // A question under a held lock is reported as a fault too; check_lock knows those.
      if (event.bug == KernelBug::kLockHeld || IsStopped(event.bug)) return false;
      // Of the kernel's buffer; check_effects knows it.
      if (event.bug == KernelBug::kBufferOverrun) return false;
      return !event.address_known || !IsInWindow(event.address);
    default:
      return false;
  }
}

}  // namespace sim

#endif  // SIM_ORACLE_EVIDENCE_H_
