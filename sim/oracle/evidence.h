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
#include "sim/oracle/expectation.h"
#include "sim/oracle/violation.h"
#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/subject_facts.h"
#include "sim/scenario/trace.h"

namespace sim {

struct OpEvidence {
  const Op& op;
  size_t index;  // of `op` in the scenario
  const OpRecord& record;
  std::span<const Event> events;
  const Expectation& expected;
  // Of all operations of the run, for what races left in theirs.
  std::span<const OpRecord> records;
  SubjectFacts subject = {};
  // What the kernel of the run did not see. `is_population_unseen`: a fault that it did not see
  // would have brought a page in, in this operation or before.
  Unseen unseen = {};
  bool is_population_unseen = false;

  // Whether the outcome is allowed, as far as it was seen.
  bool IsOutcomeAllowed() const {
    Outcome seen = record.outcome;
    if (unseen.contents) seen.fingerprint = expected.outcome.fingerprint;
    return expected.Allows(seen);
  }

  bool Panicked() const { return record.outcome.kind == Outcome::Kind::kPanic; }
  // The kernel stopped although nothing in the scenario asked for it, or the reverse: the rest of
  // the operation did not happen, so that the state it left says nothing more.
  bool PanicDiffers() const { return Panicked() != expected.PredictsPanic(); }
};

// `event`, which is a fault, as violations report it.
inline value::Fault FaultOf(const Event& event) {
  return {event.address, event.address_known, event.disposition, event.bug};
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

constexpr bool IsInWindow(uint64_t address) {
  return address >= kWindowStart && address < kWindowEnd;
}

}  // namespace sim

#endif  // SIM_ORACLE_EVIDENCE_H_
