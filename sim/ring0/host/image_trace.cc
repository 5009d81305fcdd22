#include "sim/ring0/host/image_trace.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/scenario/library_call.h"
#include "sim/scenario/runner.h"

namespace sim {
namespace {

using ring0::PackedEvent;
using ring0::PackedResult;

template <typename Ours, typename Theirs>
constexpr bool IsSame(Ours ours, Theirs theirs) {
  return static_cast<int>(ours) == static_cast<int>(theirs);
}
static_assert(static_cast<int>(RacePoint::kLoad) + 1 == kRacePointCount);
static_assert(IsSame(ring0::EventKind::kPopulated, EventKind::kPopulated) &&
              IsSame(ring0::EventKind::kFault, EventKind::kFault) &&
              IsSame(ring0::EventKind::kMisused, EventKind::kMisused));
static_assert(IsSame(ring0::Misuse::kTouchedMisaligned, Misuse::kTouchedMisaligned) &&
              IsSame(ring0::Misuse::kOpenSwitchedAway, Misuse::kOpenSwitchedAway) &&
              static_cast<size_t>(Misuse::kOpenSwitchedAway) + 1 == kMisuseCount);
static_assert(IsSame(ring0::Disposition::kEfault, FaultDisposition::kEfault) &&
              IsSame(ring0::Disposition::kKernelBug, FaultDisposition::kKernelBug));
static_assert(IsSame(ring0::KernelBug::kRetriedTooOften, KernelBug::kRetriedTooOften) &&
              IsSame(ring0::KernelBug::kAccessPrevented, KernelBug::kAccessPrevented) &&
              IsSame(ring0::KernelBug::kEndless, KernelBug::kEndless));

Event EventOf(const PackedEvent& packed) {
  const auto has = [&](uint8_t bit) { return (packed.bits & bit) != 0; };
  Event event;
  event.kind = static_cast<EventKind>(packed.kind);
  event.cpu = packed.cpu;
  event.flag = has(PackedEvent::kFlag);
  event.lock_held = has(PackedEvent::kLockHeld);
  event.ok = has(PackedEvent::kOk);
  event.address_known = has(PackedEvent::kAddressKnown);
  event.bus_error = has(PackedEvent::kBusError);
  event.access = packed.access;
  event.disposition = static_cast<FaultDisposition>(packed.disposition);
  event.bug = static_cast<KernelBug>(packed.bug);
  event.error = packed.error;
  event.address = packed.address;
  event.size = packed.size;
  event.index = packed.index;
  event.fingerprint = packed.fingerprint;
  if (event.kind == EventKind::kRaced) event.fingerprint = Outcome().fingerprint;
  return event;
}

// What a run in the image can observe of its subject. Depends on the image's compiler, not on this
// program's compiler.
SubjectFacts FactsInImage(const ImageFacts& image) {
  SubjectFacts facts = FactsOf(image.real, /*watched=*/image.reports_touches);
  facts.build_traces_loads = facts.reports_loads = image.reports_touches;
  facts.build_traces_stores = facts.reports_stores = image.reports_touches;
  // The image runs on processors with SMAP only.
  facts.hardware_closes = image.real.switching != nullptr;
  return facts;
}

bool ReportsTouches(const SubjectFacts& facts) {
  return facts.build_traces_loads && facts.reports_loads && facts.build_traces_stores &&
         facts.reports_stores;
}

// Records which bytes were loaded again, as the simulation's machine does.
void NoteLoads(const std::vector<ring0::PackedTouches>& touches, OpRecord* record) {
  using Kind = ring0::PackedTouches::Kind;
  FetchLog log;
  log.BeginAccess();
  for (const ring0::PackedTouches& run : touches) {
    if (run.kind == Kind::kAttempt) log.BeginAttempt();
    if (run.kind == Kind::kLoads) log.Add(run.address, run.size * run.count);
  }
  record->again_in_attempt = log.again_in_attempt();
  record->again = log.again();
}

// The outcome of the image's call, computed by the simulation's code.
Outcome ReplayCall(const Op& op, const ImageReturn& returned, const axptr_subject& real,
                   CallPlace place, Effects* effects) {
  const PackedResult& result = returned.result;
  ReplayImageCalls(&returned, place.kernel.store_watch());
  Outcome outcome = CallLibrary(ImageSubject(real), op, place.kernel, place.buffer, effects);
  ReplayImageCalls(nullptr, nullptr);
  effects->left_behind |= result.left_behind;
  if (result.outside != PackedResult::kNothingOutside) effects->written_outside = result.outside;
  // The memory that was lent out was used in the image.
  if (result.used != 0) outcome.fingerprint = result.values[2];
  const bool is_inside = InfoOf(op.verb).transfer == Transfer::kInside && result.values[2] != 0;
  if (is_inside && result.values[1] != op.address) {
    effects->pointer_error =
        Window::Contains(result.values[1]) ? result.values[1] - op.address : kElsewhere;
  }
  return outcome;
}

// The outcome of an operation that was carried out.
Outcome OutcomeOf(const Op& op, const ImageReturn& returned, const axptr_subject& real,
                  CallPlace place, Effects* effects) {
  const PackedResult& result = returned.result;
  if (result.panicked != 0) return Outcome::Panic();
  if (result.refused != 0) return Outcome::Error(EDEADLK);
  if (IsLibraryAccess(op.verb)) return ReplayCall(op, returned, real, place, effects);
  return result.error == 0 ? Outcome::Ok() : Outcome::Error(-result.error);
}

// The events of operation `index`. Sets in `trace` the results of the races among the events.
std::vector<Event> EventsOf(const Scenario& scenario, const OpRecords& records, size_t index,
                            const axptr_subject& real, CallPlace place, Trace* trace) {
  std::vector<Event> events;
  const auto race_of = [&](const Event& event) {
    return event.kind == EventKind::kRaced && event.index < index ? &trace->ops[event.index].race
                                                                  : nullptr;
  };
  for (const PackedEvent& packed : records.events) {
    Event& event = events.emplace_back(EventOf(packed));
    event.by_other = event.cpu != scenario.ops[index].cpu;
    std::optional<RaceRecord>* const race = race_of(event);
    if (race == nullptr) continue;
    const bool is_access = IsAccess(scenario.ops[event.index].verb);
    Outcome outcome = event.ok ? Outcome::Ok() : Outcome::Error(event.error);
    if (is_access) outcome = Outcome::Panic();  // replaced if a kRaced record follows
    const bool at_load = scenario.ops[event.index].race->point == RacePoint::kLoad;
    *race = RaceRecord{.outcome = outcome, .load_address = at_load ? event.address : 0};
  }
  for (const RacedRecord& raced : records.raced) {
    const uint32_t op = raced.returned.result.index;
    if (op >= index || !trace->ops[op].race) continue;
    RaceRecord& race = *trace->ops[op].race;
    BeginCall(CallNumberOf(scenario, op, real), place.buffer);
    race.outcome = OutcomeOf(scenario.ops[op], raced.returned, real, place, &race.effects);
    // Like EventLog::ReplaceLast.
    if (raced.events > events.size()) continue;
    size_t end = raced.events;
    while (end != 0 && events[end - 1].kind == EventKind::kMisused) --end;
    if (end == 0) continue;
    Event& last = events[end - 1];
    if (race_of(last) != &trace->ops[op].race) continue;
    last.ok = race.outcome.kind == Outcome::Kind::kOk;
    last.error = race.outcome.error;
    last.size = race.outcome.length;
    last.fingerprint = race.outcome.fingerprint;
  }
  return events;
}

void SetOutcome(const Op& op, const ImageReturn& returned, const axptr_subject& real,
                CallPlace place, OpRecord* record) {
  if (IsLibraryAccess(op.verb) && !IsOffered(op, real)) {
    record->outcome = Outcome::NotOffered();
  } else if (op.race) {
    record->outcome = Outcome::Armed();
  } else {
    record->outcome = OutcomeOf(op, returned, real, place, &record->effects);
  }
}

bool SameEvent(const Event& a, const Event& b) {
  return a.kind == b.kind && a.cpu == b.cpu && a.flag == b.flag && a.lock_held == b.lock_held &&
         a.ok == b.ok && a.address_known == b.address_known && a.bus_error == b.bus_error &&
         a.access == b.access && a.disposition == b.disposition && a.bug == b.bug &&
         a.error == b.error && a.address == b.address && a.size == b.size && a.index == b.index;
}

// Whether the fingerprints of touches are equal. True for events other than the end of a
// recoverable user access.
bool SameTouches(const Event& a, const Event& b) {
  return a.kind != EventKind::kAttemptEnded || a.fingerprint == b.fingerprint;
}

std::string PrintOutcome(const Outcome& outcome) {
  return absl::StrFormat("%d error=%d len=%d fnv=%016x", static_cast<int>(outcome.kind),
                         outcome.error, outcome.length, outcome.fingerprint);
}

std::string PrintEvent(const Event& event) {
  return absl::StrFormat(
      "kind=%d flag=%d lock=%d ok=%d access=%d disposition=%d bug=%d error=%d "
      "[%#x, +%#x)",
      static_cast<int>(event.kind), event.flag, event.lock_held, event.ok, event.access,
      static_cast<int>(event.disposition), static_cast<int>(event.bug), event.error, event.address,
      event.size);
}

// Whether the effects that both runs observe are equal. `with_touches`: both runs report loads and
// stores.
bool SameEffects(const Effects& a, const Effects& b, bool with_touches) {
  if (with_touches && (a.stray_store != b.stray_store || a.torn_at != b.torn_at)) return false;
  return a.pointer_error == b.pointer_error && a.copied_bytes == b.copied_bytes &&
         a.copied_fingerprint == b.copied_fingerprint && a.written_outside == b.written_outside &&
         a.left_behind == b.left_behind;
}

std::string EventDifference(std::span<const Event> ours, std::span<const Event> theirs,
                            bool with_touches) {
  for (size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i) {
    const bool same_touches = !with_touches || SameTouches(ours[i], theirs[i]);
    if (same_touches && SameEvent(ours[i], theirs[i])) continue;
    return absl::StrCat("event ", i + 1, ": ", PrintEvent(ours[i]), ", simulated ",
                        PrintEvent(theirs[i]));
  }
  if (ours.size() == theirs.size()) return "";
  const bool more = ours.size() > theirs.size();
  const Event& first = more ? ours[theirs.size()] : theirs[ours.size()];
  return absl::StrCat("events: ", ours.size(), ", simulated ", theirs.size(),
                      "; the first more: ", PrintEvent(first));
}

}  // namespace

Trace TraceOf(const Scenario& scenario, const ScenarioRecords& records, const ImageFacts& image,
              CallPlace place) {
  const axptr_subject& real = image.real;
  Trace trace;
  trace.subject = FactsInImage(image);
  for (size_t i = 0; i < scenario.ops.size(); ++i) {
    OpRecord& record = trace.ops.emplace_back();
    record.first_event = trace.events.size();
    if (i >= records.ops.size()) continue;  // the kernel had stopped
    const Op& op = scenario.ops[i];
    const OpRecords& from = records.ops[i];
    const PackedResult& result = from.returned.result;
    for (const Event& event : EventsOf(scenario, from, i, real, place, &trace)) {
      trace.events.push_back(event);
    }
    record.event_count = from.events.size();
    BeginCall(CallNumberOf(scenario, i, real), place.buffer);
    SetOutcome(op, from.returned, real, place, &record);
    const bool is_watched = !op.race && IsLibraryAccess(op.verb) && IsOffered(op, real);
    if (image.reports_touches && is_watched) NoteLoads(from.returned.touches, &record);
    record.injected = result.injected;
    record.flag = result.flag != 0;
    record.flag_before = result.flag_before != 0;
    record.lock_held = result.lock_held != 0;
    record.misuses = result.misuses;
    std::copy(std::begin(result.reached), std::end(result.reached), record.reached.begin());
    record.frames_free = result.frames_free;
    record.pages_populated = result.pages_populated;
    record.pages_shared = result.pages_shared;
    record.populated_in_reach = result.populated_in_reach;
  }
  trace.max_events = trace.events.size();
  if (records.end) trace.frames_after_reset = records.end->frames_after_reset;
  return trace;
}

std::string DifferenceOf(const Trace& trace, const Trace& simulated, size_t index) {
  const OpRecord& ours = trace.ops[index];
  const OpRecord& theirs = simulated.ops[index];
  if (ours.outcome != theirs.outcome) {
    return absl::StrCat("outcome: ", PrintOutcome(ours.outcome), ", simulated ",
                        PrintOutcome(theirs.outcome));
  }
  const bool with_touches = ReportsTouches(trace.subject) && ReportsTouches(simulated.subject);
  if (!SameEffects(ours.effects, theirs.effects, with_touches)) return "effects";
  const bool happened = ours.race.has_value();
  if (happened != theirs.race.has_value() ||
      (happened && (ours.race->outcome != theirs.race->outcome ||
                    ours.race->load_address != theirs.race->load_address ||
                    !SameEffects(ours.race->effects, theirs.race->effects, with_touches)))) {
    return absl::StrCat("race: ", happened ? "happened" : "did not happen",
                        ", or with another outcome");
  }
  const ptrdiff_t points = with_touches ? kRacePointCount : static_cast<int>(RacePoint::kLoad);
  if (!std::equal(ours.reached.begin(), ours.reached.begin() + points, theirs.reached.begin())) {
    return "how often points of races were reached";
  }
  const std::string events =
      EventDifference(trace.EventsOf(ours), simulated.EventsOf(theirs), with_touches);
  if (!events.empty()) return events;
  if (with_touches &&
      (ours.again != theirs.again || ours.again_in_attempt != theirs.again_in_attempt)) {
    return "bytes that were loaded again";
  }
  struct Number {
    const char* name;
    uint64_t ours;
    uint64_t theirs;
  };
  const Number numbers[] = {{"free frames", ours.frames_free, theirs.frames_free},
                            {"populated pages", ours.pages_populated, theirs.pages_populated},
                            {"shared pages", ours.pages_shared, theirs.pages_shared},
                            {"pages in reach", ours.populated_in_reach, theirs.populated_in_reach},
                            {"flag", ours.flag, theirs.flag},
                            {"flag before", ours.flag_before, theirs.flag_before},
                            {"lock", ours.lock_held, theirs.lock_held},
                            {"misuses", ours.misuses, theirs.misuses},
                            {"injected failures", ours.injected, theirs.injected}};
  for (const Number& number : numbers) {
    if (number.ours == number.theirs) continue;
    return absl::StrFormat("%s: %#x, simulated %#x", number.name, number.ours, number.theirs);
  }
  return "";
}

}  // namespace sim
