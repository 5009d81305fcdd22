#include "sim/ring0/host/image_trace.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/scenario/library_call.h"
#include "sim/scenario/runner.h"

namespace sim {
namespace {

using ring0::PackedEvent;
using ring0::PackedResult;

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
  if (event.kind == EventKind::kRaced) event.fingerprint = Outcome().fingerprint;
  return event;
}

// What a run in the image can see of `subject`: it has no hooks of loads and stores.
SubjectFacts FactsInImage(const axptr_subject& subject) {
  SubjectFacts facts = FactsOf(subject, /*watched=*/false);
  facts.build_traces_loads = facts.reports_loads = false;
  facts.build_traces_stores = facts.reports_stores = false;
  return facts;
}

// The outcome of the image's call, by the code that decides it for the simulation.
void ReplayCall(const Op& op, const ImageReturn& returned, const axptr_subject& real,
                CallPlace place, OpRecord* record) {
  const PackedResult& result = returned.result;
  ReplayImageCalls(&returned);
  record->outcome =
      CallLibrary(ImageSubject(real), op, place.kernel, place.buffer, &record->effects);
  ReplayImageCalls(nullptr);
  record->effects.left_behind |= result.left_behind;
  if (result.outside != PackedResult::kNothingOutside) {
    record->effects.written_outside = result.outside;
  }
  // What was handed out was used in the image.
  if (result.used != 0) record->outcome.fingerprint = result.values[2];
  const bool is_inside = InfoOf(op.verb).transfer == Transfer::kInside && result.values[2] != 0;
  if (is_inside && result.values[1] != op.address) {
    record->effects.pointer_error =
        Window::Contains(result.values[1]) ? result.values[1] - op.address : kElsewhere;
  }
}

void SetOutcome(const Op& op, const ImageReturn& returned, const axptr_subject& real,
                CallPlace place, OpRecord* record) {
  const PackedResult& result = returned.result;
  if (IsLibraryAccess(op.verb) && !IsOffered(op, real)) {
    record->outcome = Outcome::NotOffered();
  } else if (op.race) {
    record->outcome = Outcome::Armed();
  } else if (result.panicked != 0) {
    record->outcome = Outcome::Panic();
  } else if (IsLibraryAccess(op.verb)) {
    ReplayCall(op, returned, real, place, record);
  } else {
    record->outcome = result.error == 0 ? Outcome::Ok() : Outcome::Error(-result.error);
  }
}

bool SameEvent(const Event& a, const Event& b) {
  return a.kind == b.kind && a.cpu == b.cpu && a.flag == b.flag && a.lock_held == b.lock_held &&
         a.ok == b.ok && a.address_known == b.address_known && a.bus_error == b.bus_error &&
         a.access == b.access && a.disposition == b.disposition && a.bug == b.bug &&
         a.error == b.error && a.address == b.address && a.size == b.size && a.index == b.index;
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

// The effects that both see: the image watches no store.
bool SameEffects(const Effects& a, const Effects& b) {
  return a.pointer_error == b.pointer_error && a.copied_bytes == b.copied_bytes &&
         a.copied_fingerprint == b.copied_fingerprint && a.written_outside == b.written_outside &&
         a.left_behind == b.left_behind;
}

std::string EventDifference(std::span<const Event> ours, std::span<const Event> theirs) {
  for (size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i) {
    if (SameEvent(ours[i], theirs[i])) continue;
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

Trace TraceOf(const Scenario& scenario, const ScenarioRecords& records, const axptr_subject& real,
              CallPlace place) {
  Trace trace;
  trace.subject = FactsInImage(real);
  for (size_t i = 0; i < scenario.ops.size(); ++i) {
    OpRecord& record = trace.ops.emplace_back();
    record.first_event = trace.events.size();
    if (i >= records.ops.size()) continue;  // the kernel had stopped
    const OpRecords& from = records.ops[i];
    const PackedResult& result = from.returned.result;
    for (const PackedEvent& packed : from.events) {
      const Event event = EventOf(packed);
      trace.events.push_back(event);
      if (event.kind != EventKind::kRaced || event.index >= i) continue;
      const Outcome raced = event.ok ? Outcome::Ok() : Outcome::Error(event.error);
      trace.ops[event.index].race = RaceRecord{.outcome = raced};
    }
    record.event_count = from.events.size();
    BeginCall(i, place.buffer);
    SetOutcome(scenario.ops[i], from.returned, real, place, &record);
    record.events_dropped = result.events_dropped;
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
  if (!SameEffects(ours.effects, theirs.effects)) return "effects";
  const bool happened = ours.race.has_value();
  if (happened != theirs.race.has_value() ||
      (happened && ours.race->outcome != theirs.race->outcome)) {
    return absl::StrCat("race: ", happened ? "happened" : "did not happen",
                        ", or with another outcome");
  }
  // Loads are not reported in the image.
  if (!std::equal(ours.reached.begin(), ours.reached.begin() + ring0::kPoints,
                  theirs.reached.begin())) {
    return "how often points of races were reached";
  }
  const std::string events = EventDifference(trace.EventsOf(ours), simulated.EventsOf(theirs));
  if (!events.empty()) return events;
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
