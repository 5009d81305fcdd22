#include "sim/oracle/check_time.h"

namespace sim {
namespace {

constexpr uint64_t kSpareEvents = 16;
constexpr uint64_t kPatience = 4;         // times the work that the model sees
constexpr uint64_t kEventsOfCheck = 4;    // lock, check, population, unlock
constexpr uint64_t kEventsOfAttempt = 2;  // begun, ended
constexpr uint64_t kEventsOfFault = 3;    // lock, fault, unlock

}  // namespace

uint64_t EventBound(const Expectation& expected, const Contract& contract) {
  if (contract.counts == Contract::Counts::kAny) return UINT64_MAX;
  return kSpareEvents + expected.raced +
         kPatience * (kEventsOfCheck * expected.checks + kEventsOfAttempt * expected.attempts +
                      kEventsOfFault * expected.faults);
}

void CheckTime(const OpEvidence& evidence, Violations* violations) {
  const uint64_t bound = EventBound(evidence.expected, evidence.contract);
  if (evidence.events.size() <= bound) return;
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
