#include "sim/script/script.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

using Kind = ArgumentKind;

constexpr Kind kRange[] = {Kind::kAddress, Kind::kSize};
constexpr Kind kRangeAndRights[] = {Kind::kAddress, Kind::kSize, Kind::kRights};
constexpr Kind kRangeAndByte[] = {Kind::kAddress, Kind::kSize, Kind::kByte};
constexpr Kind kOneAddress[] = {Kind::kAddress};
constexpr Kind kOneBit[] = {Kind::kBit};
constexpr Kind kOneCpu[] = {Kind::kCpu};
constexpr Kind kOneCount[] = {Kind::kCount};
constexpr Kind kOnePoint[] = {Kind::kPoint};
constexpr Kind kOneSubject[] = {Kind::kSubject};
constexpr Kind kWatched[] = {Kind::kAddress, Kind::kSize, Kind::kSize, Kind::kCount};
constexpr Kind kLent[] = {Kind::kPlace, Kind::kCount, Kind::kSize};
constexpr Kind kIndexAndByte[] = {Kind::kSize, Kind::kByte};

constexpr ActionInfo kActions[] = {
    {Action::kMachine, "machine", Where::kOutside},
    {Action::kSetUp, ""},
    {Action::kSubject, "subject", Where::kOutside, false, kOneSubject},
    {Action::kRun, "run", Where::kOutside, true},
    {Action::kEnd, "end"},
    {Action::kCpu, "cpu", Where::kAnywhere, false, kOneCpu},
    {Action::kLock, "lock", Where::kInRun},
    {Action::kUnlock, "unlock", Where::kInRun},
    {Action::kCheck, "check", Where::kInRun, false, kRangeAndRights},
    {Action::kPopulate, "populate", Where::kInRun, false, kRangeAndRights},
    {Action::kAttempt, "attempt", Where::kInRun, true, kRangeAndRights},
    {Action::kLoad, "load", Where::kInRun, false, kRange},
    {Action::kStore, "store", Where::kInRun, false, kRangeAndByte},
    {Action::kTouchLoad, "touch.load", Where::kInRun, false, kRange},
    {Action::kTouchStore, "touch.store", Where::kInRun, false, kRangeAndByte},
    {Action::kReportLoad, "report.load", Where::kInRun, false, kRange},
    {Action::kReportStore, "report.store", Where::kInRun, false, kRange},
    {Action::kUseLoad, "use.load", Where::kInRun, false, kRange},
    {Action::kUseStore, "use.store", Where::kInRun, false, kRange},
    {Action::kFlag, "flag", Where::kInRun, false, kOneBit},
    {Action::kOpen, "open", Where::kInRun},
    {Action::kRestore, "restore", Where::kInRun, false, kOneBit},
    {Action::kUserLoad, "user.load", Where::kAsCaller, false, kOneAddress},
    {Action::kUserStore, "user.store", Where::kAsCaller, false, kOneAddress},
    {Action::kKernelLoad, "kernel.load", Where::kInRun, false, kOneAddress},
    {Action::kKernelStore, "kernel.store", Where::kInRun, false, kOneAddress},
    {Action::kFingerprint, "fingerprint", Where::kInRun, false, kRange},
    {Action::kOther, "other", Where::kUninterrupted, true, kOneCpu},
    {Action::kNested, "nested", Where::kUninterrupted, true},
    {Action::kSleep, "sleep", Where::kUninterrupted, true, kOneCpu},
    {Action::kSwitch, "switch", Where::kUninterrupted, true},
    {Action::kAt, "at", Where::kUninterrupted, true, kOnePoint},
    {Action::kReachUse, "reach.use", Where::kInRun},
    {Action::kInterfere, "interfere", Where::kUninterrupted, true},
    {Action::kRepeat, "repeat", Where::kAnywhere, true, kOneCount},
    {Action::kPanic, "panic", Where::kInRun},
    {Action::kWith, "with", Where::kUninterrupted, true},
    {Action::kWatch, "watch", Where::kInRun, false, kWatched},
    {Action::kWatchEnd, "watch.end", Where::kInRun},
    {Action::kBuffer, "buffer", Where::kUninterrupted, false, kLent},
    {Action::kBufferStore, "buffer.store", Where::kUninterrupted, false, kIndexAndByte},
    {Action::kBufferEnd, "buffer.end", Where::kUninterrupted},
};

static_assert(HasARowForEachAction(kActions));
static_assert(std::ranges::all_of(kActions, [](const ActionInfo& row) {
  return row.arguments.size() <= kMaxArguments;
}));

constexpr absl::string_view kPoints[] = {"check", "fault", "use", "load"};
static_assert(static_cast<int>(RacePoint::kFault) == 1 && static_cast<int>(RacePoint::kLoad) == 3);
constexpr absl::string_view kSubjects[] = {"none", "opens", "saves", "saves_nothing"};
constexpr absl::string_view kPlaces[] = {"start", "end"};

// The words of a kind; none for a kind of plain numbers.
std::span<const absl::string_view> WordsOf(Kind kind) {
  if (kind == Kind::kPoint) return kPoints;
  if (kind == Kind::kSubject) return kSubjects;
  if (kind == Kind::kPlace) return kPlaces;
  return {};
}

uint64_t LimitOf(Kind kind) {
  switch (kind) {
    case Kind::kAddress:
    case Kind::kSize:
      return UINT64_MAX;
    case Kind::kRights:
    case Kind::kByte:
      return 255;
    case Kind::kBit:
      return 1;
    case Kind::kCpu:
      return kMaxCpus - 1;
    case Kind::kCount:
      return 100'000;
    case Kind::kPoint:
    case Kind::kSubject:
    case Kind::kPlace:
      return WordsOf(kind).size() - 1;
  }
  return 0;
}

std::optional<uint64_t> ParseArgument(Kind kind, absl::string_view word) {
  const std::span<const absl::string_view> words = WordsOf(kind);
  if (!words.empty()) {
    const auto found = std::find(words.begin(), words.end(), word);
    if (found == words.end()) return std::nullopt;
    return static_cast<uint64_t>(found - words.begin());
  }
  uint64_t number = 0;
  const bool is_hexadecimal = absl::ConsumePrefix(&word, "0x");
  const bool is_number =
      is_hexadecimal ? absl::SimpleHexAtoi(word, &number) : absl::SimpleAtoi(word, &number);
  if (!is_number || number > LimitOf(kind)) return std::nullopt;
  return number;
}

std::string PrintArgument(Kind kind, uint64_t value) {
  const std::span<const absl::string_view> words = WordsOf(kind);
  if (!words.empty()) return std::string(words[value]);
  return value < 10 ? absl::StrCat(value) : absl::StrCat("0x", absl::Hex(value));
}

// A line of the language of scenarios: `machine ...`, or a set-up verb.
absl::StatusOr<Step> ParseScenarioLine(absl::string_view line, bool is_machine) {
  const std::string text =
      is_machine ? std::string(line) : absl::StrCat("machine cpus=", kMaxCpus, "\n", line);
  absl::StatusOr<Scenario> scenario = ParseScenario(text, "line");
  if (!scenario.ok()) return scenario.status();
  Step step;
  if (is_machine) {
    step.action = Action::kMachine;
    step.machine = scenario->machine;
    return step;
  }
  if (scenario->ops.size() != 1) return absl::InvalidArgumentError("expected one operation");
  Op& op = scenario->ops.front();
  const bool is_set_up = InfoOf(op.verb).verb_class == VerbClass::kSetUp && !op.race &&
                         op.verb != Verb::kSleep &&
                         op.expect.kind == StatedExpectation::Kind::kNone;
  if (!is_set_up) return absl::InvalidArgumentError("expected a step, or a set-up verb");
  op.line = 0;
  step.action = Action::kSetUp;
  step.op = std::move(op);
  return step;
}

absl::StatusOr<Step> ParseStep(absl::string_view line) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  const auto info = std::find_if(std::begin(kActions), std::end(kActions),
                                 [&](const ActionInfo& row) { return words[0] == row.name; });
  if (info == std::end(kActions) || info->action == Action::kMachine) {
    return ParseScenarioLine(line, info != std::end(kActions));
  }
  Step step;
  step.action = info->action;
  if (words.size() != info->arguments.size() + 1) {
    return absl::InvalidArgumentError(
        absl::StrCat(info->name, " takes ", info->arguments.size(), " arguments"));
  }
  for (size_t i = 0; i < info->arguments.size(); ++i) {
    const std::optional<uint64_t> value = ParseArgument(info->arguments[i], words[i + 1]);
    if (!value) return absl::InvalidArgumentError(absl::StrCat("unexpected ", words[i + 1]));
    step.arguments[i] = *value;
  }
  return step;
}

}  // namespace

const ActionInfo& InfoOf(Action action) { return kActions[static_cast<size_t>(action)]; }

std::vector<size_t> EndsOfBodies(const Script& script) {
  std::vector<size_t> ends(script.steps.size());
  std::vector<size_t> open;
  for (size_t i = 0; i < script.steps.size(); ++i) {
    ends[i] = i;
    if (InfoOf(script.steps[i].action).has_body) {
      open.push_back(i);
    } else if (script.steps[i].action == Action::kEnd && !open.empty()) {
      ends[open.back()] = i;
      open.pop_back();
    }
  }
  for (const size_t i : open) ends[i] = script.steps.size();
  return ends;
}

absl::StatusOr<Script> ParseScript(absl::string_view text) {
  Script script;
  size_t number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    const absl::string_view trimmed = absl::StripAsciiWhitespace(line);
    if (trimmed.empty() || trimmed.front() == '#') continue;
    absl::StatusOr<Step> step = ParseStep(trimmed);
    if (!step.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": ", step.status().message()));
    }
    if (script.steps.size() == kMaxScriptSteps) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": expected at most ", kMaxScriptSteps, " steps"));
    }
    script.steps.push_back(*std::move(step));
  }
  return script;
}

std::string PrintStep(const Step& step) {
  if (step.action == Action::kMachine) return PrintMachine(step.machine);
  if (step.action == Action::kSetUp) return PrintOp(step.op);
  const ActionInfo& info = InfoOf(step.action);
  std::string text = info.name;
  for (size_t i = 0; i < info.arguments.size(); ++i) {
    absl::StrAppend(&text, " ", PrintArgument(info.arguments[i], step.arguments[i]));
  }
  return text;
}

std::string PrintScript(const Script& script) {
  std::string text;
  size_t depth = 0;
  for (const Step& step : script.steps) {
    if (step.action == Action::kEnd && depth > 0) --depth;
    absl::StrAppend(&text, std::string(2 * depth, ' '), PrintStep(step), "\n");
    if (InfoOf(step.action).has_body) ++depth;
  }
  return text;
}

bool IsTouchable(uint64_t address, uint64_t size) {
  // Linux maps nothing below vm.mmap_min_addr, and nothing at non-canonical addresses.
  constexpr uint64_t kLowest = 65536;
  constexpr uint64_t kNonCanonical = uint64_t{1} << 60;
  if (size == 0 || size > kMaxTouchBytes || address > UINT64_MAX - size) return false;
  const uint64_t last = address + size - 1;
  if (last < kLowest) return true;
  if (address >= kNonCanonical && last < 15 * kNonCanonical) return true;
  return IsInWindow(address) && IsInWindow(last);
}

namespace {

bool IsInPlace(Where where, const Situation& situation) {
  switch (where) {
    case Where::kAnywhere:
      return true;
    case Where::kOutside:
      return !situation.in_run;
    case Where::kInRun:
      return situation.in_run;
    case Where::kAsCaller:
      return situation.in_run && situation.attempts == 0;
    case Where::kUninterrupted:
      return situation.in_run && situation.interrupted == 0;
  }
  return false;
}

bool IsQuestion(Action action) {
  return action == Action::kCheck || action == Action::kPopulate || action == Action::kEnd;
}

// Whether the byte at `index` of the kernel's buffer is in the pages of the buffer or in an
// inaccessible page next to them.
bool IsNearBuffer(int64_t index, const Situation& situation) {
  const auto size = static_cast<int64_t>(situation.kept.buffer_bytes);
  constexpr auto kPage = static_cast<int64_t>(kPageBytes);
  const int64_t pages = std::max(kPage, (size + kPage - 1) / kPage * kPage);
  const int64_t first = situation.kept.is_buffer_at_end ? size - pages : 0;
  return index >= first - kPage && index < first + pages + kPage;
}

// Whether the step is a change that happens in the body of `at`.
bool IsForHook(const Step& step) {
  return step.action == Action::kSetUp || step.action == Action::kOther ||
         step.action == Action::kSleep || step.action == Action::kNested;
}

}  // namespace

bool MayHappen(const Step& step, const Situation& situation, const MachineConfig& machine, int cpu,
               bool is_lock_held) {
  const ActionInfo& info = InfoOf(step.action);
  if (!IsInPlace(info.where, situation) || situation.depth > kMaxDepth) return false;
  if (situation.is_with && !IsQuestion(step.action)) return false;
  // The adversary acts while it is not itself interrupted; between its acts nothing else happens.
  const bool is_in_act = situation.interrupted > 0;
  if ((situation.in_hook || situation.is_asleep) && !is_in_act && !IsForHook(step)) return false;
  switch (step.action) {
    case Action::kMachine:
      return situation.depth == 1;
    case Action::kCheck:
    case Action::kPopulate:
      // The type of a range cannot hold one that wraps around.
      return !situation.is_with || step.arguments[0] <= UINT64_MAX - step.arguments[1];
    case Action::kSetUp:
      return step.op.cpu < machine.cpus &&
             !(step.op.verb == Verb::kSpace && situation.in_run && !situation.is_asleep &&
               (situation.in_hook || situation.interrupted > 0 || situation.HasWatch()) &&
               step.op.cpu == cpu);
    case Action::kCpu:
      // Kernel code moves to another CPU only where tasks are switched.
      return static_cast<int>(step.arguments[0]) < machine.cpus &&
             (!situation.in_run || (situation.is_switched && !is_in_act));
    case Action::kOther:
      return static_cast<int>(step.arguments[0]) < machine.cpus &&
             (situation.is_asleep ? !is_lock_held : static_cast<int>(step.arguments[0]) != cpu);
    case Action::kNested:
      return !situation.is_handler && !situation.is_asleep && !situation.is_switched;
    case Action::kSleep:
      return static_cast<int>(step.arguments[0]) < machine.cpus && !situation.is_asleep &&
             !situation.is_switched;
    case Action::kSwitch:
    case Action::kInterfere:
    case Action::kAt:
    case Action::kWith:
      return !situation.is_switched && !situation.in_hook && !situation.is_asleep;
    case Action::kLoad:
    case Action::kStore:
    case Action::kTouchLoad:
    case Action::kTouchStore:
      return IsTouchable(step.arguments[0], step.arguments[1]);
    case Action::kFingerprint:
      return step.arguments[1] <= 2 * kPageBytes && IsInWindow(step.arguments[0]) &&
             step.arguments[1] <= kWindowEnd - step.arguments[0];
    case Action::kReportLoad:
    case Action::kReportStore:
    case Action::kUseLoad:
    case Action::kUseStore:
      return step.arguments[1] != 0 && step.arguments[1] <= kMaxTouchBytes &&
             IsInWindow(step.arguments[0]);
    case Action::kWatch:
      return step.arguments[0] <= UINT64_MAX - step.arguments[1];
    case Action::kWatchEnd:
      return situation.HasWatch();
    case Action::kBuffer:
      return step.arguments[2] <= 65536;
    case Action::kBufferEnd:
      return situation.kept.has_buffer;
    case Action::kBufferStore:
      return situation.kept.has_buffer &&
             IsNearBuffer(static_cast<int64_t>(step.arguments[0]), situation);
    default:
      return true;
  }
}

}  // namespace sim
