#include "sim/oracle/oracle.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sim/oracle/check_access.h"
#include "sim/oracle/check_asking.h"
#include "sim/oracle/check_counts.h"
#include "sim/oracle/check_effects.h"
#include "sim/oracle/check_fault.h"
#include "sim/oracle/check_flag.h"
#include "sim/oracle/check_lock.h"
#include "sim/oracle/check_population.h"
#include "sim/oracle/check_time.h"
#include "sim/oracle/check_touch.h"
#include "sim/oracle/race_report.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

// Replaces an operation that was left out, since the model counts operations. Unmaps zero bytes.
Op OperationThatChangesNothing() {
  Op op;
  op.verb = Verb::kUnmap;
  return op;
}

// Whether the place of a failure caused by an `inject` line is unknown: the contract leaves it
// open, or the run had another number of faults than the model (faults count as well).
bool IsInjectionOpen(const Op& op, const OpRecord& record, const Expectation& expected,
                     std::span<const Event> events, bool makes_attempts) {
  if (expected.is_injection_open) return true;
  const bool panicked = record.outcome.kind == Outcome::Kind::kPanic || expected.PredictsPanic();
  if (!expected.may_be_injected || !IsAccess(op.verb) || op.race) return false;
  // No event shows what the fault handler did for a raced access, not even if that panicked.
  if (!makes_attempts && !expected.raced_accesses.empty()) return true;
  if (panicked) return false;
  const auto is_handled = [](const Event& event) {
    return event.kind == EventKind::kFault && !event.by_other &&
           event.disposition != FaultDisposition::kKernelBug;
  };
  return static_cast<uint64_t>(std::count_if(events.begin(), events.end(), is_handled)) !=
         expected.faults;
}

// Whether CheckLock must run. Most operations take the lock once and make no user access, so that
// CheckLock can be skipped.
bool IsLockOfInterest(const OpEvidence& evidence) {
  const EventSummary& seen = evidence.seen;
  return evidence.record.lock_held || seen.HasSeveral(EventKind::kLockTaken) ||
         seen.Has(EventKind::kLockTakenTwice) || seen.Has(EventKind::kAttemptBegun) ||
         seen.Has(EventKind::kFault);
}

// Whether CheckFlag must run.
bool IsFlagOfInterest(const OpEvidence& evidence) {
  const EventSummary& seen = evidence.seen;
  return evidence.record.flag != evidence.record.flag_before || seen.HasFlag() ||
         seen.Has(EventKind::kAttemptBegun) || seen.Has(EventKind::kAttemptEnded);
}

// Checks the raced operations of an access.
void CheckRaces(const OpEvidence& evidence, Violations* violations) {
  const Expectation& expected = evidence.expected;
  if (!expected.raced_accesses.empty()) CheckRacedAccesses(evidence, violations);
  if (!expected.raced_set_ups.empty()) CheckRacedSetUps(evidence, violations);
  if (!expected.raced_accesses.empty()) CheckRacedEffects(evidence, violations);
}

// Nearest to the cause first: a lock held for too long explains the deadlock in the fault handler,
// which explains why the outcome differs from the model's. For a set-up verb, which does not call
// the library, only the state and the outcome are checked. A checker with nothing to check is not
// called: with sanitizers, the call alone costs as much as many operations.
void RunCheckers(const OpEvidence& evidence, Violations* violations) {
  const OpRecord& record = evidence.record;
  const Expectation& expected = evidence.expected;
  const EventSummary& seen = evidence.seen;
  const bool has_events = !seen.empty();
  const bool has_fault = seen.Has(EventKind::kFault);
  const bool is_access = has_events || IsAccess(evidence.op.verb);
  const bool is_ok = record.outcome.kind == Outcome::Kind::kOk;
  const bool panicked = evidence.Panicked();
  const bool has_other_effects = is_access && !(record.effects == expected.effects);
  if (IsLockOfInterest(evidence)) CheckLock(evidence, violations);
  if (IsFlagOfInterest(evidence)) CheckFlag(evidence, violations);
  if (record.misuses != 0) CheckTouch(evidence, violations);
  if (has_fault || seen.Has(EventKind::kAttemptBegun)) CheckKernelHalf(evidence, violations);
  if (seen.Has(EventKind::kPopulated) || expected.populations != 0) {
    CheckPopulationErrors(evidence, violations);
  }
  if (has_events || (is_access && is_ok)) CheckAsking(evidence, violations);
  if (has_fault) CheckFault(evidence, violations);
  if (panicked || evidence.events.size() > kFewEvents) CheckTime(evidence, violations);
  if (has_other_effects || panicked) CheckPlaces(evidence, violations);
  if (!evidence.IsOutcomeAllowed()) CheckResult(evidence, violations);
  if (has_other_effects) CheckBuffer(evidence, violations);
  if (!expected.raced_accesses.empty() || !expected.raced_set_ups.empty()) {
    CheckRaces(evidence, violations);
  }
  if (record.again.bytes != 0 || record.again_in_attempt.bytes != 0) {
    CheckDoubleFetch(evidence, violations);
  }
  CheckPopulation(evidence, violations);
  if (is_access) CheckCounts(evidence, violations);
}

// Whether the permitted accesses are known although the outcome is not, because the order of steps
// of the subject is open.
bool IsMisuseKnown(NotJudgedReason reason, const OpEvidence& evidence) {
  const bool is_order_open =
      reason == NotJudgedReason::kRaceMisplaced || reason == NotJudgedReason::kOutcomeOpen;
  return is_order_open && evidence.contract.counts == Contract::Counts::kExact &&
         evidence.contract.on_fault == Contract::OnFault::kError &&
         evidence.expected.parts.empty() && !evidence.Panicked() &&
         !evidence.expected.PredictsPanic();
}

// The checkers that depend neither on the outcome nor on the order of steps.
void RunCheckersOfMisuse(const OpEvidence& evidence, Violations* violations) {
  if (IsLockOfInterest(evidence)) CheckLock(evidence, violations);
  if (IsFlagOfInterest(evidence)) CheckFlag(evidence, violations);
  if (evidence.record.misuses != 0) CheckTouch(evidence, violations);
  if (evidence.seen.Has(EventKind::kFault)) CheckFault(evidence, violations);
}

// Start of the `nth` range (from 1) that the access checks; 0 if there are fewer.
uint64_t StartOfCheck(std::span<const Event> events, uint64_t nth) {
  for (const Event& event : events) {
    if (event.kind != EventKind::kChecked || event.by_other) continue;
    if (--nth == 0) return event.address;
  }
  return 0;
}

// Collects the races that happened in an access, which left `events`.
void FindFiredRaces(const Scenario& scenario, const Trace& trace, std::span<const Event> events,
                    std::vector<Model::FiredRace>* found) {
  Model::FiredRace so_far;
  for (const Event& event : events) {
    if (event.kind != EventKind::kRaced) {
      if (event.by_other) continue;
      if (event.kind == EventKind::kChecked) ++so_far.checks;
      if (event.kind == EventKind::kAttemptBegun) ++so_far.attempts;
      if (event.kind == EventKind::kFault) ++so_far.faults;
      continue;
    }
    if (event.index >= trace.ops.size() || !scenario.ops[event.index].race) continue;
    const Race& race = *scenario.ops[event.index].race;
    Model::FiredRace& fired = found->emplace_back(so_far);
    fired.op_index = event.index;
    if (trace.ops[event.index].race) fired.outcome = trace.ops[event.index].race->outcome;
    fired.point = race.point;
    fired.address = event.address;
    // The event of a fault is recorded after its handling.
    if (race.point == RacePoint::kFault) ++fired.faults;
    if (race.point == RacePoint::kCheck) fired.address = StartOfCheck(events, race.nth);
  }
}

// Whether `event` is an access, or an attempt, at an address that is no user address: in no process
// (kUserLimit), or by what `subject` states.
bool IsOfNoUser(const SubjectFacts& subject, const Event& event) {
  const bool is_unknown = event.kind == EventKind::kFault && !event.address_known;
  const uint64_t end = subject.StatesUserAddresses() ? subject.user_end : kUserLimit;
  return is_unknown || event.address < subject.user_start || event.address >= end ||
         (event.kind == EventKind::kAttemptBegun && event.size > end - event.address);
}

// Whether a library call in an operation, or raced against it, accessed a user address outside the
// simulated user memory. Memory there belongs to the simulator.
bool IsOutsideOfTheModel(const Contract& contract, const SubjectFacts& subject, const Op& op,
                         std::span<const Event> events) {
  if (contract.asks >= Contract::Asks::kAreas || op.race) return false;
  // An access of another CPU during user code may be a library access.
  return std::any_of(events.begin(), events.end(), [&](const Event& event) {
    return IsOutsideWindow(event) && !IsOfNoUser(subject, event) &&
           (IsLibraryAccess(op.verb) || event.by_other);
  });
}

// Whether the kernel ended the operation because it has no user memory.
bool IsEndedForWantOfMemory(const Trace& trace, const OpRecord& record,
                            std::span<const Event> events) {
  if (!trace.unseen.memory || record.outcome.kind != Outcome::Kind::kPanic) return false;
  return !events.empty() && events.back().kind == EventKind::kAttemptBegun;
}

bool IsSameState(const OpRecord& record, const Expectation& expected, bool is_population_unseen) {
  const bool panicked = record.outcome.kind == Outcome::Kind::kPanic;
  if (panicked != expected.PredictsPanic()) return false;
  if (is_population_unseen) return true;
  return record.frames_free == expected.frames_free &&
         record.pages_populated == expected.pages_populated &&
         record.pages_shared == expected.pages_shared &&
         record.populated_in_reach == expected.populated_in_reach;
}

// Whether the outcome of a storing access, raced accesses included, is allowed but differs from the
// model's. Then the contents of user memory are unknown.
bool IsContentOpen(const Scenario& scenario, const Trace& trace, const Op& judged,
                   const OpRecord& record, const Expectation& expected) {
  if (MayHoldOtherBytes(judged, expected, record.outcome)) return true;
  return std::any_of(expected.raced_accesses.begin(), expected.raced_accesses.end(),
                     [&](const Expectation::RacedAccess& raced) {
                       const std::optional<RaceRecord>& race = trace.ops[raced.op_index].race;
                       return race &&
                              MayHoldOtherBytes(scenario.ops[raced.op_index], raced, race->outcome);
                     });
}

bool HoldsFor(const StatedExpectation& stated, const Outcome& outcome) {
  switch (stated.kind) {
    case StatedExpectation::Kind::kOk:
      return outcome.kind == Outcome::Kind::kOk &&
             outcome.length == stated.length.value_or(outcome.length) &&
             outcome.fingerprint == stated.fingerprint.value_or(outcome.fingerprint);
    case StatedExpectation::Kind::kError:
      return outcome.IsError(stated.error) &&
             outcome.length == stated.length.value_or(outcome.length);
    case StatedExpectation::Kind::kNone:
    case StatedExpectation::Kind::kViolation:
    case StatedExpectation::Kind::kNever:
      return true;
  }
  return true;
}

bool HasViolation(const Verdict& verdict, size_t op_index, ViolationKind kind) {
  return std::any_of(verdict.violations.begin(), verdict.violations.end(),
                     [&](const Violation& violation) {
                       return violation.op_index == op_index && violation.kind() == kind;
                     });
}

// Adds the races that happened in spite of `=> never`, or did not happen without it.
void CheckStatedRaces(const Scenario& scenario, const Trace& trace,
                      std::vector<UnmetExpectation>* unmet) {
  if (!StatesExpectations(scenario)) return;
  for (const RaceReport& report : ReportRaces(scenario, trace)) {
    const bool is_never =
        scenario.ops[report.op_index].expect.kind == StatedExpectation::Kind::kNever;
    if (report.happened != is_never) continue;
    unmet->push_back(
        {report.op_index, is_never ? "never" : "no `=> never`", PrintRace(scenario, report)});
  }
}

}  // namespace

void Oracle::set_contract(const Contract& contract) {
  contract_ = &contract;
  variants_ = VariantsOf(contract);
  model_.Reset(MachineConfig(), contract);
}

const Verdict& Oracle::Judge(const Scenario& scenario, const Trace& trace) {
  JudgeBy(*contract_, scenario, trace);
  AllowanceSet kept = AllowancesOf(*contract_);
  if (!verdict_.ok() && !variants_.empty()) kept = JudgeByVariants(scenario, trace);
  verdict_.excused.clear();
  if (names_excuses_ && verdict_.ok() && IsAxptrWithDeviations(*contract_)) {
    NameExcuses(kept, scenario, trace);
  }
  verdict_.contract = contract_;
  return verdict_;
}

void Oracle::JudgeBy(const Contract& contract, const Scenario& scenario, const Trace& trace) {
  verdict_.violations.clear();
  verdict_.judged_ops = 0;
  verdict_.not_judged.reset();
  verdict_.not_offered.clear();
  verdict_.facets_judged = verdict_.facets_not_judged = FacetSet();
  if (!(verdict_.subject == trace.subject)) {
    verdict_.subject = trace.subject;
    facets_not_seen_ = FacetsNotSeen(trace.subject);
  }
  model_.Reset(scenario.machine, contract);
  model_.set_makes_attempts(trace.subject.makes_attempts);
  model_.set_counts_exactly(trace.subject.counts_exactly);
  is_population_unseen_ = false;
  race_armed_ = false;
  const size_t ops = std::min(scenario.ops.size(), trace.ops.size());
  uint64_t frames = FramesOf(scenario.machine);
  for (size_t i = 0; i < ops; ++i) {
    const Op& op = scenario.ops[i];
    const OpRecord& record = trace.ops[i];
    if (record.events_dropped > 0) {
      StopAt(i, NotJudgedReason::kEventsDropped, trace.max_events);
      return;
    }
    const bool is_left_out = record.outcome.kind == Outcome::Kind::kNotOffered;
    if (is_left_out || IsLibraryAccess(op.verb)) NoteFacets(op, record);
    if (is_left_out) {
      verdict_.not_offered.push_back(i);
      model_.Replay(OperationThatChangesNothing(), {});
      continue;
    }
    const std::span<const Event> events = trace.EventsOf(record);
    if (IsOutsideOfTheModel(model_.contract(), trace.subject, op, events)) {
      StopAt(i, NotJudgedReason::kOutsideWindow, 0);
      return;
    }
    if (IsEndedForWantOfMemory(trace, record, events)) {
      StopAt(i, NotJudgedReason::kNoMemory, 0);
      return;
    }
    const Expectation& expected = JudgeOp(scenario, trace, i, op, record, events);
    if (const std::optional<NotJudgedReason> reason = WhyUnknown(op, record, expected, events)) {
      verdict_.judged_ops = i;
      StopAt(i, *reason, 0);
      return;
    }
    if (expected.outcome.kind == Outcome::Kind::kNotRun) continue;
    frames = expected.frames_free + expected.pages_populated - expected.pages_shared;
    const bool is_content_open =
        expected.is_extent_open || IsContentOpen(scenario, trace, op, record, expected);
    if (!is_content_open && IsSameState(record, expected, is_population_unseen_)) continue;
    // Later operations would differ only because of this state. Without later operations, none is
    // left unjudged.
    const NotJudgedReason reason = expected.is_state_open || is_content_open
                                       ? NotJudgedReason::kStateOpen
                                       : NotJudgedReason::kStateDiffers;
    if (i + 1 < ops) StopAt(i + 1, reason, 0);
    return;
  }
  if (ops == scenario.ops.size()) {
    CheckReset(trace, ops == 0 ? 0 : ops - 1, frames, &verdict_.violations);
  }
}

void Oracle::NoteFacets(const Op& op, const OpRecord& record) {
  const bool was_left_out = record.outcome.kind == Outcome::Kind::kNotOffered;
  const bool has_happened =
      op.race ? record.race.has_value() : record.outcome.kind != Outcome::Kind::kNotRun;
  FacetSet lost;
  if (was_left_out) {
    lost.Add(HasType(op.verb) && !verdict_.subject.Takes(op.type) ? Facet::kElements
                                                                  : Facet::kVerbs);
  } else if (has_happened) {
    const FacetSet needed = FacetsNeededBy(op);
    lost = needed.And(facets_not_seen_);
    verdict_.facets_judged = verdict_.facets_judged.Or(needed);
  }
  verdict_.facets_not_judged = verdict_.facets_not_judged.Or(lost);
  verdict_.facets_judged = verdict_.facets_judged.Without(verdict_.facets_not_judged);
}

const Expectation& Oracle::JudgeOp(const Scenario& scenario, const Trace& trace, size_t index,
                                   const Op& op, const OpRecord& record,
                                   std::span<const Event> events) {
  fired_races_.clear();
  if (op.race) {
    race_armed_ = true;
  } else if (race_armed_ && IsAccess(op.verb)) {
    FindFiredRaces(scenario, trace, events, &fired_races_);
    race_armed_ = false;
  }
  const Expectation& expected = model_.Replay(op, fired_races_, record.outcome, record.injected);
  if (trace.unseen.faults && expected.populated_by_fault) is_population_unseen_ = true;
  const OpEvidence evidence{.op = op,
                            .index = index,
                            .record = record,
                            .events = events,
                            .expected = expected,
                            .records = trace.ops,
                            .subject = trace.subject,
                            .unseen = trace.unseen,
                            .is_population_unseen = is_population_unseen_,
                            .contract = model_.contract()};
  ++verdict_.judged_ops;
  if (const std::optional<NotJudgedReason> reason = WhyUnknown(op, record, expected, events)) {
    if (IsMisuseKnown(*reason, evidence)) RunCheckersOfMisuse(evidence, &verdict_.violations);
    return expected;
  }
  if (expected.outcome.kind == Outcome::Kind::kNotRun) {
    // The operation did not run, and its state was not recorded.
    CheckResult(evidence, &verdict_.violations);
  } else {
    RunCheckers(evidence, &verdict_.violations);
  }
  return expected;
}

std::optional<NotJudgedReason> Oracle::WhyUnknown(const Op& op, const OpRecord& record,
                                                  const Expectation& expected,
                                                  std::span<const Event> events) const {
  if (expected.is_nested && !model_.contract().nests) return NotJudgedReason::kNested;
  if (IsInjectionOpen(op, record, expected, events, verdict_.subject.makes_attempts)) {
    return NotJudgedReason::kInjectionOpen;
  }
  const bool is_exact = model_.contract().counts == Contract::Counts::kExact;
  if (is_exact && verdict_.subject.counts_exactly) return std::nullopt;
  if (expected.is_outcome_open) return NotJudgedReason::kOutcomeOpen;
  if (!expected.misplaced_races.empty()) return NotJudgedReason::kRaceMisplaced;
  return std::nullopt;
}

void Oracle::StopAt(size_t op_index, NotJudgedReason reason, uint64_t limit) {
  verdict_.not_judged = NotJudged{.first_op = op_index, .reason = reason, .limit = limit};
}

std::vector<UnmetExpectation> CheckStated(const Scenario& scenario, const Trace& trace,
                                          const Verdict& verdict) {
  std::vector<UnmetExpectation> unmet;
  const size_t all = std::min(scenario.ops.size(), trace.ops.size());
  // Covers operations that were not judged, too.
  const auto left_out = std::find_if(
      trace.ops.begin(), trace.ops.begin() + static_cast<ptrdiff_t>(all),
      [](const OpRecord& record) { return record.outcome.kind == Outcome::Kind::kNotOffered; });
  const auto ops = static_cast<size_t>(left_out - trace.ops.begin());
  for (size_t i = 0; i < ops; ++i) {
    const Op& op = scenario.ops[i];
    const Outcome& outcome = trace.ops[i].outcome;
    const bool is_violation = op.expect.kind == StatedExpectation::Kind::kViolation;
    const bool is_judged = !verdict.not_judged || i < verdict.not_judged->first_op;
    if (is_violation && !is_judged) continue;
    if (is_violation ? HasViolation(verdict, i, op.expect.violation)
                     : HoldsFor(op.expect, outcome)) {
      continue;
    }
    std::string got = PrintOutcome(op.verb, outcome);
    if (is_violation) absl::StrAppend(&got, " without that violation");
    unmet.push_back({i, PrintExpectation(op.expect), std::move(got)});
  }
  if (ops == all) CheckStatedRaces(scenario, trace, &unmet);
  std::sort(unmet.begin(), unmet.end(), [](const UnmetExpectation& a, const UnmetExpectation& b) {
    return a.op_index < b.op_index;
  });
  return unmet;
}

bool IsStated(const Scenario& scenario, const Violation& violation) {
  if (violation.op_index >= scenario.ops.size()) return false;
  const StatedExpectation& stated = scenario.ops[violation.op_index].expect;
  return stated.kind == StatedExpectation::Kind::kViolation && stated.violation == violation.kind();
}

bool IsAsStated(const Scenario& scenario, const Verdict& verdict, const Violation& violation) {
  const bool is_behind_a_gap =
      !verdict.not_offered.empty() && violation.op_index > verdict.not_offered.front();
  return (violation.provoked && is_behind_a_gap) || IsStated(scenario, violation);
}

}  // namespace sim
