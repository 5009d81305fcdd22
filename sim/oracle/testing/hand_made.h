// For tests of the checkers: one operation with hand-made evidence.
#ifndef SIM_ORACLE_TESTING_HAND_MADE_H_
#define SIM_ORACLE_TESTING_HAND_MADE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "sim/oracle/evidence.h"
#include "sim/oracle/testing/predict.h"
#include "sim/oracle/violation_text.h"

namespace sim {

inline constexpr uint8_t kUserRead = 9;  // axptr::MappingFlags::bits()
inline constexpr uint8_t kUserReadWrite = 11;

// The address of byte `offset` of the window.
constexpr uint64_t At(uint64_t offset) { return kWindowStart + offset; }

inline Event MakeEvent(EventKind kind, uint64_t address = 0, uint64_t size = 0,
                       uint8_t access = kUserRead) {
  Event event;
  event.kind = kind;
  event.address = address;
  event.size = size;
  event.access = access;
  event.flag = kind == EventKind::kAttemptBegun || kind == EventKind::kAttemptEnded ||
               kind == EventKind::kFault;
  event.lock_held = kind == EventKind::kChecked || kind == EventKind::kPopulated;
  return event;
}

inline Event MakeFault(uint64_t address, FaultDisposition disposition,
                       KernelBug bug = KernelBug::kNone) {
  Event event = MakeEvent(EventKind::kFault, address, 0, 1);
  event.disposition = disposition;
  event.bug = bug;
  event.ok = disposition == FaultDisposition::kResolved;
  event.flag = bug != KernelBug::kFlagClear;
  return event;
}

// The evidence for the last line of a scenario, as recorded on a machine that does what the model
// predicts. Tests change `events` and `record`.
class HandMade {
 public:
  explicit HandMade(absl::string_view text, const Contract& contract = kAxptrContract)
      : scenario_(ScenarioOf(text)), contract_(contract) {
    Model model(scenario_.machine, contract);
    for (const Op& op : scenario_.ops) expected = model.Step(op);
    records.resize(scenario_.ops.size());
    for (const Expectation::RacedAccess& raced : expected.raced_accesses) {
      records[raced.op_index].race = RaceRecord{.outcome = raced.outcome, .effects = raced.effects};
    }
    record.outcome = expected.outcome;
    record.effects = expected.effects;
    record.frames_free = expected.frames_free;
    record.pages_populated = expected.pages_populated;
    record.pages_shared = expected.pages_shared;
    record.populated_in_reach = expected.populated_in_reach;
  }

  // Adds the events of a correct library that checks a range.
  HandMade& AskedAbout(uint64_t address, uint64_t size, uint8_t access = kUserRead) {
    const ByteRange pages = ByteRange::Of(address, size).Pages();
    events.push_back(MakeEvent(EventKind::kLockTaken));
    events.push_back(MakeEvent(EventKind::kChecked, address, size, access));
    events.push_back(
        MakeEvent(EventKind::kPopulated, pages.start, pages.end - pages.start, access));
    events.push_back(MakeEvent(EventKind::kLockReleased));
    return *this;
  }
  HandMade& Attempted(uint64_t address, uint64_t size) {
    events.push_back(MakeEvent(EventKind::kAttemptBegun, address, size));
    events.push_back(MakeEvent(EventKind::kAttemptEnded, address, size));
    return *this;
  }
  HandMade& Saw(const Event& event) {
    events.push_back(event);
    return *this;
  }

  // Expects that the value of a violation has all that its rule requires.
  static void ExpectWords(const std::string& words) {
    EXPECT_FALSE(words.empty());
    EXPECT_EQ(words.find('?'), std::string::npos) << words;
  }

  // The names that `check` reports, in order; " (provoked)" follows each provoked one.
  template <typename Checker>
  std::vector<std::string> NamesFrom(Checker&& check) const {
    Violations violations;
    const OpEvidence evidence{.op = scenario_.ops.back(),
                              .index = scenario_.ops.size() - 1,
                              .record = record,
                              .events = events,
                              .expected = expected,
                              .records = records,
                              .subject = subject,
                              .contract = contract_};
    check(evidence, &violations);
    std::vector<std::string> names;
    for (const Violation& violation : violations) {
      EXPECT_EQ(violation.op_index, scenario_.ops.size() - 1);
      ExpectWords(PrintWanted(scenario_, violation));
      ExpectWords(PrintGot(scenario_, violation));
      if (violation.event) {
        EXPECT_LT(*violation.event, events.size());
      }
      names.push_back(absl::StrCat(violation.name(), violation.provoked ? " (provoked)" : ""));
    }
    return names;
  }

  OpRecord record;                // of the last operation
  std::vector<OpRecord> records;  // of all: for the effects of raced accesses
  std::vector<Event> events;
  Expectation expected;
  SubjectFacts subject;

 private:
  Scenario scenario_;
  const Contract contract_;
};

}  // namespace sim

#endif  // SIM_ORACLE_TESTING_HAND_MADE_H_
