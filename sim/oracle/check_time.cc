#include "sim/oracle/check_time.h"

#include <algorithm>

namespace sim {
namespace {

constexpr uint64_t kPatience = 4;         // factor over the steps of the model
constexpr uint64_t kEventsOfCheck = 4;    // lock, check, population, unlock
constexpr uint64_t kEventsOfAttempt = 2;  // begun, ended
constexpr uint64_t kEventsOfFault = 3;    // lock, fault, unlock

// Reports a CPU that the machine stopped although there were not too many events.
void CheckStop(const OpEvidence& evidence, Violations* violations) {
  const auto stop =
      std::find_if(evidence.events.begin(), evidence.events.end(), [](const Event& event) {
        return event.kind == EventKind::kFault && event.bug == KernelBug::kEndless;
      });
  if (stop == evidence.events.end()) return;
  Rarely([&] {
    Report(evidence,
           {.rule = Rule::kEndless, .address = evidence.op.address, .got = value::Cpu{stop->cpu}},
           &*stop, violations);
  });
}

}  // namespace

uint64_t EventBound(const Expectation& expected, const Contract& contract) {
  if (contract.counts == Contract::Counts::kAny) return UINT64_MAX;
  return kFewEvents + expected.raced +
         kPatience * (kEventsOfCheck * expected.checks + kEventsOfAttempt * expected.attempts +
                      kEventsOfFault * expected.faults);
}

void CheckTime(const OpEvidence& evidence, Violations* violations) {
  const uint64_t bound = EventBound(evidence.expected, evidence.contract);
  if (evidence.events.size() <= bound) {
    if (evidence.Panicked()) CheckStop(evidence, violations);
    return;
  }
  Rarely([&] {
    Report(evidence,
           {.rule = Rule::kTooManyEvents,
            .address = evidence.op.address,
            .wanted = value::Count{bound},
            .got = value::Count{evidence.events.size()}},
           nullptr, violations);
  });
}

}  // namespace sim
