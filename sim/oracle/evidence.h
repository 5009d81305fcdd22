// The input of a checker: one operation, the events that the machine recorded for it, and the
// prediction of the model.
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
  // Records of all operations of the run; they contain the effects of raced accesses.
  std::span<const OpRecord> records;
  const SubjectFacts& subject = kAllSeen;
  // What the kernel of the run did not see. `is_population_unseen`: in this operation or before, an
  // unseen fault may have populated a page.
  const Unseen& unseen = kNothingUnseen;
  bool is_population_unseen = false;

  // Whether the outcome is allowed, as far as it was seen.
  bool IsOutcomeAllowed() const { return expected.Allows(record.outcome, unseen.contents); }
  const Contract& contract = kAxptrContract;
  const EventSummary seen = EventSummary(events);

  bool Panicked() const { return record.outcome.kind == Outcome::Kind::kPanic; }
  // The kernel panicked without a prediction, or a predicted panic did not happen. The rest of the
  // operation did not run, so the state after it carries no information.
  bool PanicDiffers() const { return Panicked() != expected.PredictsPanic(); }
};

// The value for `event`, a fault, in a violation.
inline value::Fault FaultOf(const Event& event) {
  return {event.address, event.address_known, event.disposition, event.bug};
}

// Whether the panic at `fault` is the predicted one: caused by the scenario, or permitted by the
// contract.
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

// The event of the raced operation `op_index` in this one; null: it did not happen.
inline const Event* EventOfRace(const OpEvidence& evidence, size_t op_index) {
  for (const Event& event : evidence.events) {
    if (event.kind == EventKind::kRaced && event.index == op_index) return &event;
  }
  return nullptr;
}

// The violations that checkers report.
using Violations = std::vector<Violation>;

// Adds `violation` of this operation. `event`: the event of evidence.events that shows the
// violation, or null. The CPU of `event` broke the rule; without an event, the CPU of the operation
// did.
inline void Report(const OpEvidence& evidence, Violation violation, const Event* event,
                   Violations* violations) {
  violation.op_index = evidence.index;
  violation.cpu = event == nullptr ? static_cast<uint8_t>(evidence.op.cpu) : event->cpu;
  if (event != nullptr) violation.event = static_cast<size_t>(event - evidence.events.data());
  violations->push_back(violation);
}

// Calls `report()` out of line. A checker thus has no cost for reports that it does not make, not
// even stack space, which a sanitizer would clear for every operation.
template <typename Function>
ABSL_ATTRIBUTE_NOINLINE void Rarely(Function&& report) {
  report();
}

// Whether `event` is an attempt that extends outside the window, or a fault outside the window.
constexpr bool IsOutsideWindow(const Event& event) {
  switch (event.kind) {
    case EventKind::kAttemptBegun:
      return event.size > 0 &&
             (!IsInWindow(event.address) || event.size > kWindowEnd - event.address);
    case EventKind::kFault:
      // A permission check under a held lock also has a fault event; check_lock handles those.
      if (event.bug == KernelBug::kLockHeld || IsStopped(event.bug)) return false;
      // An access beside the kernel's buffer; check_effects handles it.
      if (event.bug == KernelBug::kBufferOverrun) return false;
      return !event.address_known || !IsInWindow(event.address);
    default:
      return false;
  }
}

}  // namespace sim

#endif  // SIM_ORACLE_EVIDENCE_H_
