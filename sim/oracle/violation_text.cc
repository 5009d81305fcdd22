#include "sim/oracle/violation_text.h"

#include <array>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/substitute.h"
#include "sim/oracle/fault_names.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

// $0, $1, $2: the parts of the value, as PartsOf gives them.
struct RuleText {
  Rule rule;
  const char* wanted;
  const char* got;
};

constexpr RuleText kRuleTexts[] = {
    {Rule::kOutcome, "$0", "$0"},
    {Rule::kRacedAccessMissing, "$0", "it did not happen"},
    {Rule::kRacedSetUp, "$0", "$0"},
    {Rule::kFaultOutsideWindow, "user memory touched in the window only", "a fault at $0"},
    {Rule::kAttemptOutsideWindow, "user memory touched in the window only",
     "an attempt on $0 bytes at $1"},
    {Rule::kLoadedAgain, "each byte of user memory loaded once", "$0 bytes from $1 loaded again"},
    {Rule::kTextLoadedAgain, "each byte loaded once in an attempt",
     "$0 bytes from $1 loaded again"},
    {Rule::kPointerElsewhere, "$0", "$0"},
    {Rule::kWrittenOutside, "no byte written outside the buffer", "byte $0 of it written"},
    {Rule::kTouchedOutside, "no byte touched outside the buffer", "a fault at byte $0 of it"},
    {Rule::kBufferContents, "$0 bytes copied, with hash=$1", "$0 bytes copied, with hash=$1"},
    {Rule::kStrayStore, "no store to user memory outside the range that the access may write",
     "a store to $0"},
    {Rule::kTornAccess, "one load or one store of the whole value", "another one at $0"},
    {Rule::kTouchedClosed, "user memory touched with user access open only", "$0: $1"},
    {Rule::kAccessPrevented, "no touch by kernel code with user access closed (smap=on)",
     "a fault at $0: $1"},
    {Rule::kTouchedOutsideAttempt, "user memory touched in the range of the innermost attempt",
     "$0: $1"},
    {Rule::kTouchedOutOfOrder, "in an attempt, each byte touched once, in ascending order",
     "$0: $1"},
    {Rule::kTouchedMisaligned, "each load and store of user memory aligned to its size", "$0: $1"},
    {Rule::kOpenAfterCall, "user access after the call as it was before", "it is not"},
    {Rule::kOpenAtQuestion, "user access closed during checks and population", "it is open"},
    {Rule::kOpenedFlagClear, "the flag set while user access is open",
     "user access opened or closed with the flag clear"},
    {Rule::kOpenInHandler, "user access closed in the fault handler", "it is open"},
    {Rule::kOpenSwitchedAway, "user access closed while the task is switched away", "it is open"},
    {Rule::kLeftBehind, "the state of the caller as it was before the call", "$0"},
    {Rule::kFlagNotRestored, "$0", "$0"},
    {Rule::kFlagSetOutside, "the flag clear where user memory is not touched", "$0"},
    {Rule::kFlagSetInHandler, "the flag clear in the fault handler", "it is set"},
    {Rule::kFlagSetSwitchedAway, "the flag clear while the task is switched away", "it is set"},
    {Rule::kFlagClearAtBegin, "the flag set", "clear as the attempt begins"},
    {Rule::kFlagClearAtEnd, "the flag set", "clear as the attempt ends"},
    {Rule::kFlagClearAtTouch, "the flag set where user memory is touched", "$0: $1"},
    {Rule::kKernelBugFault, "no fault of kernel code with the flag clear or user access closed",
     "a fault at $0: $1"},
    {Rule::kFaultWithoutFixup, "a fixup for each instruction that touches user memory",
     "a fault at $0: $1"},
    {Rule::kFaultOutOfRange, "faults only in the range of the attempt", "a fault at $0: $1"},
    {Rule::kAttemptAfterFault,
     "an unresolved fault abandons the attempt whose range contains it, and its inner attempts",
     "another attempt begins"},
    {Rule::kAttemptCameBack,
     "an unresolved fault abandons the attempt whose range contains it, and its inner attempts",
     "an attempt that must be abandoned returns"},
    {Rule::kOtherAttemptAbandoned,
     "an unresolved fault abandons the attempt whose range contains it, and its inner attempts",
     "another attempt is abandoned"},
    {Rule::kFaultElsewhere, "faults only at the memory that the operation names",
     "a fault at $0: $1"},
    {Rule::kFaultNoWayBack, "a running attempt", "a fault at $0: $1"},
    {Rule::kFixupElsewhere, "a fixup in the subject's code", "a fault at $0: $1"},
    {Rule::kFaultRetried, "a resolved fault is not repeated", "a fault at $0: $1"},
    {Rule::kLockTakenTwice, "the lock taken by a CPU that does not hold it",
     "CPU $0 takes it again"},
    {Rule::kLockHeldInAttempt, "the lock free while user memory is touched", "CPU $0 holds it"},
    {Rule::kLockHeldAtTouch, "the lock free where user memory is touched", "$0: $1"},
    {Rule::kLockNotReleased, "the lock free after the operation", "it is held"},
    {Rule::kLockReleasedFree, "the lock released by the CPU that holds it",
     "CPU $0 releases it, and does not hold it"},
    {Rule::kCheckedInVain, "no check: alignment or size determine the result",
     "a permission check"},
    {Rule::kPopulatedUnchecked, "a check before the population", "none that succeeded"},
    {Rule::kPopulatedElsewhere, "population inside [$0, $1)", "[$0, $1)"},
    {Rule::kOtherNumberOfChecks, "$0 permission checks", "$0"},
    {Rule::kOtherNumberOfPopulations, "populate_area called $0 times", "$0 times"},
    {Rule::kOtherNumberOfLocks, "the lock taken $0 times", "$0 times"},
    {Rule::kOtherNumberOfAttempts, "$0 attempts", "$0"},
    {Rule::kRaceMisplaced, "races only where the operation checks, faults, loads or is used",
     "one happened elsewhere"},
    {Rule::kResultUnchecked, "[$0, $1) checked before it is returned", "ok without a check"},
    {Rule::kCheckFlags, "a check for flags $0", "one for $0"},
    {Rule::kPopulationFlags, "population for flags $0", "for $0"},
    {Rule::kAttemptUnchecked, "attempts only over checked memory", "[$0, $1)"},
    {Rule::kAttemptElsewhere, "attempts only on the memory that the operation names", "[$0, $1)"},
    {Rule::kAttemptFlags, "an attempt for flags $0", "one for $0"},
    {Rule::kAskedAgain, "each byte checked once", "[$0, $1) again"},
    {Rule::kAttemptWider, "attempts only over touched memory: [$0, $1)", "[$0, $1)"},
    {Rule::kRangeNotPopulated, "[$0, $1) populated", "[$0, $1)"},
    {Rule::kPageMissing, "page populated", "it is not"},
    {Rule::kPageTooMany, "page not populated", "it is"},
    {Rule::kNumberOfPages, "$0", "$0"},
    {Rule::kPopulationErrorLost, "$0", "$0"},
    {Rule::kFramesLost, "$0 frames, free or in populated pages", "$0 free, $1"},
    {Rule::kFramesLostByReset, "$0 frames free after the reset", "$0"},
    {Rule::kTooManyEvents, "at most $0 events", "$0"},
    {Rule::kEndless, "an end of the access", "CPU $0 stopped"},
};

constexpr bool HasTextForEachRule() {
  for (size_t i = 0; i < std::size(kRuleTexts); ++i) {
    if (kRuleTexts[i].rule != static_cast<Rule>(i)) return false;
  }
  return std::size(kRuleTexts) == kRuleCount;
}
static_assert(HasTextForEachRule(), "a rule without a text, or in another order");

// Bits of Effects::left_behind of kLeftBehind.
struct LeftBehindName {
  uint8_t bit;
  const char* name;
};
constexpr LeftBehindName kLeftBehindNames[] = {{kLeftErrno, "errno"},
                                               {kLeftDirection, "the direction flag"},
                                               {kLeftRounding, "the rounding mode"},
                                               {kLeftAttempt, "the list of attempts"}};

using Parts = std::array<std::string, 3>;

std::string Hex(uint64_t value) { return absl::StrFormat("%#x", value); }

absl::string_view FaultResultText(const value::Fault& fault) {
  switch (fault.disposition) {
    case FaultDisposition::kResolved:
      return "resolved";
    case FaultDisposition::kEfault:
      return "unresolved";
    case FaultDisposition::kFixup:
      return "unresolved, resumed at its fixup";
    case FaultDisposition::kKernelBug:
      return WordsFor(fault.bug).text;
  }
  return "unknown";
}

Parts FaultParts(const value::Fault& fault) {
  return {fault.address_known ? Hex(fault.address) : "an unknown address",
          std::string(FaultResultText(fault))};
}

std::string PointerText(uint64_t error) {
  if (error == 0) return "a pointer to the requested memory";
  if (error == kElsewhere) return "a pointer to memory of another kind";
  return absl::StrFormat("a pointer %d bytes from it", static_cast<int64_t>(error));
}

std::string PagesText(const value::Pages& pages) {
  if (pages.shared == 0) return absl::StrFormat("%d pages populated", pages.populated);
  return absl::StrFormat("%d pages populated, %d of them shared", pages.populated, pages.shared);
}

Parts TouchParts(const value::Touch& touch) {
  const std::string size = touch.size == 0 ? "" : absl::StrCat(" of ", touch.size, " bytes");
  return {absl::StrFormat("a %s%s at %#x", touch.is_store ? "store" : "load", size, touch.address),
          absl::StrCat("user access ", touch.access_open ? "open" : "closed", ", flag ",
                       touch.flag ? "set" : "clear", ", lock ", touch.lock_held ? "held" : "free",
                       touch.in_attempt ? ", in an attempt" : ", outside of any attempt")};
}

std::string LeftBehindText(uint8_t bits) {
  std::string text;
  for (const auto& [bit, name] : kLeftBehindNames) {
    if ((bits & bit) != 0) absl::StrAppend(&text, text.empty() ? "" : ", ", name);
  }
  return absl::StrCat("changed: ", text);
}

// `op`: the operation of an outcome; null: an access.
Parts PartsOf(const ViolationValue& value, const Op* op) {
  return std::visit(
      ForEachType{
          [](value::None) { return Parts{}; },
          [&](const Outcome& outcome) {
            return Parts{op == nullptr ? PrintOutcome(outcome) : PrintOutcome(op->verb, outcome)};
          },
          [](const ByteRange& range) { return Parts{Hex(range.start), Hex(range.end)}; },
          [](const value::Address& place) { return Parts{Hex(place.address)}; },
          [](const value::Count& count) { return Parts{absl::StrCat(count.count)}; },
          [](const value::PermissionFlags& flags) { return Parts{Hex(flags.bits)}; },
          [](const value::BytesFrom& bytes) {
            return Parts{absl::StrCat(bytes.bytes), Hex(bytes.address)};
          },
          [](const value::PointerError& pointer) { return Parts{PointerText(pointer.error)}; },
          [](const value::ByteIndex& byte) { return Parts{absl::StrCat(byte.index)}; },
          [](const value::Contents& contents) {
            return Parts{absl::StrCat(contents.bytes), Hex(contents.fingerprint)};
          },
          [](const value::Fault& fault) { return FaultParts(fault); },
          [](const value::Flag& flag) { return Parts{flag.is_set ? "set" : "clear"}; },
          [](const value::Cpu& cpu) { return Parts{absl::StrCat(cpu.cpu)}; },
          [](const value::Pages& pages) { return Parts{PagesText(pages)}; },
          [](const value::Frames& frames) {
            return Parts{absl::StrCat(frames.free), PagesText(frames.pages)};
          },
          [](const value::Touch& touch) { return TouchParts(touch); },
          [](const value::LeftBehind& left) { return Parts{LeftBehindText(left.bits)}; }},
      value);
}

std::string Print(const char* text, const ViolationValue& value, const Scenario& scenario,
                  const Violation& violation) {
  const bool is_set_up = violation.rule == Rule::kRacedSetUp && violation.raced_by;
  const size_t index = is_set_up ? *violation.raced_by : violation.op_index;
  const bool is_of_op = (is_set_up || !violation.raced_by) && index < scenario.ops.size();
  Parts parts = PartsOf(value, is_of_op ? &scenario.ops[index] : nullptr);
  for (std::string& part : parts) {
    if (part.empty()) part.push_back('?');  // the value of the checker has another type
  }
  return absl::Substitute(text, parts[0], parts[1], parts[2]);
}

const RuleText& TextOf(Rule rule) { return kRuleTexts[static_cast<size_t>(rule)]; }

}  // namespace

std::string PrintWanted(const Scenario& scenario, const Violation& violation) {
  std::string text = Print(TextOf(violation.rule).wanted, violation.wanted, scenario, violation);
  if (violation.raced_by) {
    absl::StrAppend(&text, violation.kind() == ViolationKind::kAccessResult ? " of" : " by",
                    violation.rule == Rule::kRacedSetUp ? " the set-up raced by operation "
                                                        : " the access raced by operation ",
                    *violation.raced_by + 1);
  }
  return text;
}

std::string PrintGot(const Scenario& scenario, const Violation& violation) {
  return Print(TextOf(violation.rule).got, violation.got, scenario, violation);
}

}  // namespace sim
