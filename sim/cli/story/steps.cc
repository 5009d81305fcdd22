#include "sim/cli/story/steps.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "sim/oracle/fault_names.h"
#include "sim/scenario/names.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

// More steps than this are shown without those in the middle.
constexpr size_t kMaxSteps = 40;

std::string FlagNames(uint8_t access) {
  constexpr const char* kNames[] = {"READ", "WRITE", "EXECUTE", "USER"};
  std::string text;
  for (int bit = 0; bit < 4; ++bit) {
    if ((access >> bit & 1) != 0) absl::StrAppend(&text, text.empty() ? "" : "|", kNames[bit]);
  }
  return text.empty() ? "no flags" : text;
}

std::string RangeText(const Event& event) {
  if (event.size > UINT64_MAX - event.address) {
    return absl::StrFormat("%d bytes from %#x", event.size, event.address);
  }
  return absl::StrFormat("[%#x, %#x)", event.address, event.address + event.size);
}

absl::string_view FaultResultText(const Event& event) {
  switch (event.disposition) {
    case FaultDisposition::kResolved:
      return "page populated, retried";
    case FaultDisposition::kEfault:
      return "unresolved";
    case FaultDisposition::kFixup:
      return "unresolved, resumed at its fixup";
    case FaultDisposition::kKernelBug:
      return WordsFor(event.bug).story;
  }
  return "?";
}

std::string FaultText(const Event& event) {
  if (IsStopped(event.bug) || (event.address == 0 && event.bug == KernelBug::kLockHeld)) {
    return absl::StrCat("panic: ", WordsFor(event.bug).story);
  }
  constexpr uint8_t kWrite = 2;
  const char* const access = (event.access & kWrite) != 0 ? "store" : "load";
  const std::string place = event.address_known ? absl::StrFormat("%#x", event.address)
                                                : std::string("an address that is not canonical");
  return absl::StrCat(event.bus_error ? "BUS ERROR, " : "FAULT, ", access, " at ", place, ": ",
                      FaultResultText(event));
}

std::string MisuseText(const Event& event) {
  constexpr const char* kTexts[] = {"with user access closed",
                                    "with the flag clear",
                                    "with the lock held",
                                    "outside the innermost attempt",
                                    "at or below a byte touched before",
                                    "at an address that is not aligned to its size",
                                    "user access opened or closed with the flag clear",
                                    "user access open while the address space is checked",
                                    "the fault handler runs with the flag set",
                                    "the fault handler runs with user access open",
                                    "the task was switched away with the flag set",
                                    "the task was switched away with user access open"};
  static_assert(std::size(kTexts) == kMisuseCount);
  if (event.index >= kMisuseCount) return "?";
  if (event.size == 0) return kTexts[event.index];
  constexpr uint8_t kWrite = 2;
  return absl::StrFormat("%s of %d bytes at %#x %s",
                         (event.access & kWrite) != 0 ? "STORE" : "LOAD", event.size, event.address,
                         kTexts[event.index]);
}

// Who carries out the operation that `event` records.
absl::string_view WhoRaces(const Event& event, const Scenario& scenario) {
  const Op& raced = scenario.ops[event.index];
  if (!IsAccess(raced.verb) || event.cpu != raced.cpu) return "another CPU";
  for (size_t i = event.index; i-- > 0;) {
    const Op& op = scenario.ops[i];
    if (!op.race && IsAccess(op.verb)) break;
    if (op.verb == Verb::kSleep && op.race == raced.race) return "another task";
  }
  return "the caller itself";
}

std::string RacedText(const Event& event, const Scenario& scenario) {
  if (event.index >= scenario.ops.size()) return "another CPU changes the address space";
  Op op = scenario.ops[event.index];
  const RacePoint point = op.race ? op.race->point : RacePoint::kCheck;
  const int cpu = op.cpu;
  op.race.reset();
  op.cpu = 0;
  std::string text;
  if (point == RacePoint::kLoad)
    absl::StrAppendFormat(&text, "before a load at %#x, ", event.address);
  if (op.verb == Verb::kSleep) {
    return absl::StrCat(text, "the task sleeps (operation ", event.index + 1,
                        "), and goes on on CPU ", cpu);
  }
  absl::StrAppend(&text, WhoRaces(event, scenario), ": ", PrintOp(op));
  const Outcome outcome =
      event.ok ? Outcome::Ok(event.size, event.fingerprint) : Outcome::Error(event.error);
  // An operation that panics has no outcome.
  const bool came_back = event.ok || event.error != 0;
  absl::StrAppend(&text, " (operation ", event.index + 1, ") on CPU ", cpu, came_back ? ": " : "",
                  came_back ? PrintOutcome(op.verb, outcome) : "");
  return text;
}

}  // namespace

std::string PrintEvent(const Event& event, const Scenario& scenario) {
  switch (event.kind) {
    case EventKind::kLockTaken:
      return "lock taken";
    case EventKind::kLockReleased:
      return "lock released";
    case EventKind::kLockTakenTwice:
      return "lock taken again by the CPU that holds it: a deadlock";
    case EventKind::kChecked:
      return absl::StrCat("check ", RangeText(event), " ", FlagNames(event.access),
                          event.ok ? ": yes" : ": no");
    case EventKind::kPopulated:
      return absl::StrCat(
          "populate ", RangeText(event),
          event.ok ? std::string(": ok") : absl::StrCat(": ", ErrnoName(event.error)));
    case EventKind::kAttemptBegun:
      return absl::StrCat("attempt on ", RangeText(event), " begins");
    case EventKind::kAttemptEnded:
      return event.ok ? "attempt ends" : "attempt abandoned";
    case EventKind::kFault:
      return FaultText(event);
    case EventKind::kRaced:
      return RacedText(event, scenario);
    case EventKind::kMisused:
      return MisuseText(event);
  }
  return "?";
}

std::string PrintSteps(const Story& story, const Colors& colors) {
  std::string text;
  const size_t count = story.events.size();
  for (size_t i = 0; i < count; ++i) {
    const bool is_culprit = story.culprit == i;
    if (count > kMaxSteps && i >= kMaxSteps / 2 && i + kMaxSteps / 2 < count && !is_culprit) {
      if (i == kMaxSteps / 2) {
        absl::StrAppendFormat(&text, "  ... %d steps ...\n", count - kMaxSteps);
      }
      continue;
    }
    const Event& event = story.events[i];
    std::string line =
        absl::StrFormat("%4d  %c%c  %s", i + 1, event.flag ? 'F' : '-', event.lock_held ? 'L' : '-',
                        PrintEvent(event, story.scenario));
    if (is_culprit) line = colors.Bad(absl::StrCat(line, "  <--"));
    absl::StrAppend(&text, line, "\n");
  }
  if (count == 0) absl::StrAppend(&text, "  No step was observed.\n");
  const Op& op = story.op();
  absl::StrAppend(&text, "  result: ", PrintOutcome(op.verb, story.outcomes[story.op_index]), "\n");
  return text;
}

}  // namespace sim
