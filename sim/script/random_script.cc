#include "sim/script/random_script.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace sim {
namespace {

constexpr uint64_t kPages[] = {0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 63, 64, 16777214, 16777215};
constexpr uint64_t kOffsets[] = {0, 0, 0, 1, 7, 8, 15, 16, 0x7f8, 0xff0, 0xff8, 0xffc, 0xfff};
constexpr uint64_t kSizes[] = {0,  1,     1,     2,      3,      4,      7,      8,
                               8,  9,     15,    16,     17,     32,     63,     64,
                               65, 0x800, 0xfff, 0x1000, 0x1000, 0x1001, 0x2000, 0x3000};
constexpr uint64_t kOddAddresses[] = {0,
                                      1,
                                      0x54ffffffffff,
                                      kWindowEnd,
                                      kWindowEnd - 1,
                                      0xfff,
                                      UINT64_MAX,
                                      UINT64_MAX - 15,
                                      UINT64_MAX - 4095,
                                      0x8000000000000000,
                                      0x7fffffffffff};
constexpr uint64_t kRights[] = {1, 1, 3, 3, 2, 9, 11, 10, 4, 8, 0, 17, 19, 33, 255};

// Of a random script: short ones run faster and are read faster.
constexpr size_t kMostSteps = 160;

// Writes steps to the end of a script.
class Writer {
 public:
  Writer(std::mt19937_64& random, Script* script) : random_(random), script_(script) {}

  void Whole();
  void Block();  // of steps inside a run
  void Step1(Action action);
  void OneSetUp();

  uint64_t Below(uint64_t count) { return random_() % count; }
  bool OneIn(uint64_t count) { return Below(count) == 0; }
  template <typename T, size_t kCount>
  T Any(const T (&values)[kCount]) {
    return values[Below(kCount)];
  }
  uint64_t Argument(ArgumentKind kind);

 private:
  uint64_t Page() {
    if (!OneIn(3)) return focus_;
    return focus_ = kWindowStart + Any(kPages) * kPageBytes;
  }
  uint64_t Address() {
    if (OneIn(40)) return Any(kOddAddresses);
    if (in_attempt_ && !OneIn(4)) return attempt_at_ + Below(20);
    return Page() + (OneIn(3) ? Below(kPageBytes) : Any(kOffsets)) - (OneIn(20) ? 1 : 0);
  }
  void Add(Action action, std::initializer_list<uint64_t> arguments = {}) {
    Step step;
    step.action = action;
    const size_t count = std::min(arguments.size(), InfoOf(action).arguments.size());
    std::copy_n(arguments.begin(), count, step.arguments.begin());
    script_->steps.push_back(std::move(step));
  }
  void End() { Add(Action::kEnd); }
  void AddMachine();
  void OneRun();
  void Access();
  void Question();
  void Bracket();
  void Hook();
  void Endless();
  void UseBuffer();
  void UseWatch();
  void TouchInside();

  std::mt19937_64& random_;
  Script* const script_;
  uint64_t focus_ = kWindowStart;
  bool in_attempt_ = false;
  uint64_t attempt_at_ = 0;
  int depth_ = 0;
};

uint64_t Writer::Argument(ArgumentKind kind) {
  switch (kind) {
    case ArgumentKind::kAddress:
      return Address();
    case ArgumentKind::kSize:
      return OneIn(30) ? random_() : OneIn(20) ? UINT64_MAX - Below(4200) : Any(kSizes);
    case ArgumentKind::kRights:
      return Any(kRights);
    case ArgumentKind::kByte:
      return Below(256);
    case ArgumentKind::kBit:
      return Below(2);
    case ArgumentKind::kCpu:
      return Below(3);
    case ArgumentKind::kCount:
      return OneIn(10) ? 60 + Below(20) : Below(8);
    case ArgumentKind::kPoint:
    case ArgumentKind::kSubject:
      return Below(4);
    case ArgumentKind::kPlace:
      return Below(2);
  }
  return 0;
}

void Writer::AddMachine() {
  Step step;
  step.action = Action::kMachine;
  step.machine.cpus = 1 + static_cast<int>(Below(3));
  if (!OneIn(3)) step.machine.frames = Below(12);
  step.machine.lock = !OneIn(5);
  step.machine.smap = OneIn(4);
  script_->steps.push_back(std::move(step));
  if (OneIn(2)) Add(Action::kSubject, {Below(4)});
}

void Writer::OneSetUp() {
  static constexpr Verb kVerbs[] = {
      Verb::kMap,   Verb::kMap,   Verb::kMap,      Verb::kUnmap,  Verb::kProtect, Verb::kProtect,
      Verb::kEvict, Verb::kEvict, Verb::kShare,    Verb::kGrow,   Verb::kAlias,   Verb::kFill,
      Verb::kFill,  Verb::kFill,  Verb::kTruncate, Verb::kFrames, Verb::kInject,  Verb::kSpace};
  Step step;
  step.action = Action::kSetUp;
  Op& op = step.op;
  op.verb = Any(kVerbs);
  op.cpu = static_cast<uint8_t>(OneIn(4) ? Below(3) : 0);
  op.address = Page();
  op.length = kPageBytes * (OneIn(20) ? Below(70) : 1 + Below(4));
  const Perms perms = static_cast<Perms>(OneIn(2) ? 3 : Below(8));
  switch (op.verb) {
    case Verb::kMap:
      op.perms = perms;
      op.kind = static_cast<AreaKind>(Below(kAreaKindCount));
      if (op.kind == AreaKind::kFile) op.file_bytes = Below(3 * kPageBytes);
      break;
    case Verb::kProtect:
      op.perms = perms;
      break;
    case Verb::kAlias:
      op.perms = perms;
      op.from = Page();
      break;
    case Verb::kGrow:
      op.length = Below(9) * kPageBytes;
      break;
    case Verb::kTruncate:
      op.address += Below(kPageBytes);
      op.length = Below(3 * kPageBytes);
      break;
    case Verb::kFill:
      op.address = Address();
      op.pattern.assign(1, static_cast<char>(1 + Below(255)));
      op.length = 2 + Below(OneIn(4) ? 2 * kPageBytes : 64);
      break;
    case Verb::kFrames:
      op.address = 0;
      op.is_max = OneIn(6);
      op.length = op.is_max ? 0 : Below(12);
      break;
    case Verb::kInject:
      op.address = 0;
      op.inject_point = static_cast<InjectPoint>(Below(kInjectPointCount));
      op.length = Below(4);
      break;
    case Verb::kSpace:
      op.address = 0;
      op.length = Below(2);
      break;
    default:
      break;
  }
  script_->steps.push_back(std::move(step));
}

void Writer::Question() {
  const bool is_with = OneIn(5);
  if (is_with) {
    Add(Action::kWith);
  } else if (!OneIn(8)) {
    Add(Action::kLock);
  }
  if (!OneIn(5)) Step1(Action::kCheck);
  if (!OneIn(3)) {
    Add(Action::kPopulate,
        {Page() + (OneIn(10) ? 1 : 0), kPageBytes * Below(4) + (OneIn(10) ? 8 : 0), Any(kRights)});
  }
  if (is_with) {
    End();
  } else if (!OneIn(8)) {
    Add(Action::kUnlock);
  }
}

void Writer::TouchInside() {
  static constexpr Action kTouches[] = {
      Action::kLoad,        Action::kLoad,       Action::kStore,
      Action::kTouchLoad,   Action::kTouchStore, Action::kReportLoad,
      Action::kReportStore, Action::kUseLoad,    Action::kUseStore};
  const Action action = Any(kTouches);
  const uint64_t address = attempt_at_ + Below(24) - (OneIn(12) ? 4 : 0);
  Add(action, {address, OneIn(3) ? 1 + Below(16) : 1, Below(256)});
}

void Writer::Access() {
  if (!OneIn(10)) Add(Action::kFlag, {1});
  const bool opens = OneIn(3);
  if (opens) Add(Action::kOpen);
  const uint64_t start = Address();
  Add(Action::kAttempt,
      {start, OneIn(3) ? Argument(ArgumentKind::kSize) : kPageBytes * Below(3) + 24, Any(kRights)});
  const bool was_in_attempt = std::exchange(in_attempt_, true);
  const uint64_t was_at = std::exchange(attempt_at_, start);
  for (uint64_t i = Below(5); i > 0; --i) {
    if (OneIn(4)) {
      Block();
    } else {
      TouchInside();
    }
  }
  in_attempt_ = was_in_attempt;
  attempt_at_ = was_at;
  End();
  if (opens) Add(Action::kRestore, {OneIn(10) ? 1u : 0u});
  if (!OneIn(10)) Add(Action::kFlag, {0});
}

void Writer::Bracket() {
  static constexpr Action kBrackets[] = {Action::kOther,  Action::kOther,     Action::kNested,
                                         Action::kNested, Action::kInterfere, Action::kSleep,
                                         Action::kSwitch, Action::kRepeat};
  Step1(Any(kBrackets));
  for (uint64_t i = Below(4); i > 0; --i) Block();
  End();
}

void Writer::Hook() {
  Step1(Action::kAt);
  for (uint64_t i = 1 + Below(2); i > 0; --i) {
    const uint64_t choice = Below(6);
    if (choice < 3) {
      OneSetUp();
      continue;
    }
    Step1(choice == 3 ? Action::kOther : choice == 4 ? Action::kSleep : Action::kNested);
    for (uint64_t j = Below(3); j > 0; --j) Block();
    End();
  }
  End();
}

// Faults that repeat, or questions without an end: up to and beyond the machine's patience.
void Writer::Endless() {
  const bool is_of_faults = !OneIn(4);
  const bool has_attempt = is_of_faults && !OneIn(3);
  if (is_of_faults && !OneIn(4)) Add(Action::kFlag, {1});
  const uint64_t size = Below(3) * kPageBytes + (OneIn(2) ? 1 : 0);
  if (has_attempt) Add(Action::kAttempt, {Page(), size, 3});
  Add(Action::kRepeat, {OneIn(3) ? 60 + Below(200) : 64 + Below(12)});
  if (is_of_faults) {
    Step evict;
    evict.action = Action::kSetUp;
    evict.op.verb = Verb::kEvict;
    evict.op.address = Page();
    evict.op.length = kPageBytes;
    script_->steps.push_back(evict);
    Add(OneIn(2) ? Action::kTouchLoad : Action::kTouchStore, {evict.op.address, 1, 1});
  } else {
    const bool is_lock = OneIn(2);
    Add(is_lock ? Action::kLock : Action::kAttempt, {focus_, 8, 1});
    Add(is_lock ? Action::kUnlock : Action::kEnd);
  }
  End();
  if (has_attempt) End();
}

void Writer::UseBuffer() {
  const uint64_t size = Any(kSizes);
  Add(Action::kBuffer, {Below(2), Below(300), size});
  for (uint64_t i = Below(4); i > 0; --i) {
    const uint64_t near[] = {0,          size,        size - 1,        size + 1,
                             UINT64_MAX, Below(4096), 0 - Below(4200), size + Below(4200)};
    Add(Action::kBufferStore, {Any(near), OneIn(6) ? 0 : Below(256)});
  }
  if (OneIn(3)) Block();
  Add(Action::kBufferEnd);
}

void Writer::UseWatch() {
  const uint64_t address = Address();
  const uint64_t size = Any(kSizes);
  Add(Action::kWatch, {address, size, OneIn(2) ? size : Below(size + 1), Below(8)});
  for (uint64_t i = 1 + Below(3); i > 0; --i) Block();
  Add(Action::kWatchEnd);
}

void Writer::Step1(Action action) {
  Step step;
  step.action = action;
  const auto arguments = InfoOf(action).arguments;
  for (size_t i = 0; i < arguments.size(); ++i) step.arguments[i] = Argument(arguments[i]);
  script_->steps.push_back(std::move(step));
}

void Writer::Block() {
  if (script_->steps.size() + 40 > kMostSteps || depth_ > 4) return Step1(Action::kCheck);
  static constexpr Action kSingles[] = {
      Action::kLock,        Action::kUnlock,      Action::kCheck,      Action::kPopulate,
      Action::kLoad,        Action::kStore,       Action::kTouchLoad,  Action::kTouchStore,
      Action::kReportLoad,  Action::kReportStore, Action::kUseLoad,    Action::kUseStore,
      Action::kFlag,        Action::kOpen,        Action::kRestore,    Action::kKernelLoad,
      Action::kKernelStore, Action::kReachUse,    Action::kCpu,        Action::kUserLoad,
      Action::kUserStore,   Action::kUserLoad,    Action::kFingerprint};
  ++depth_;
  switch (Below(20)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
      Access();
      break;
    case 6:
    case 7:
    case 8:
      Question();
      break;
    case 9:
    case 10:
      Bracket();
      break;
    case 11:
    case 12:
      Hook();
      break;
    case 13:
    case 14:
      OneSetUp();
      break;
    case 15:
      UseWatch();
      break;
    case 16:
      if (OneIn(2)) UseBuffer();
      if (OneIn(3)) Endless();
      break;
    default:
      Step1(Any(kSingles));
      break;
  }
  --depth_;
}

void Writer::OneRun() {
  Add(Action::kRun);
  for (uint64_t i = 1 + Below(4); i > 0; --i) Block();
  if (OneIn(60)) Add(Action::kPanic);
  End();
}

void Writer::Whole() {
  for (uint64_t machines = 1 + Below(2); machines > 0; --machines) {
    AddMachine();
    for (uint64_t i = 2 + Below(4); i > 0; --i) OneSetUp();
    for (uint64_t i = 1 + Below(3); i > 0; --i) {
      OneRun();
      if (OneIn(3)) OneSetUp();
      if (OneIn(8)) Step1(Action::kCpu);
    }
  }
}

// Changes one argument of a step.
void ChangeArgument(Writer& writer, Step* step) {
  const auto arguments = InfoOf(step->action).arguments;
  if (arguments.empty()) return;
  const size_t i = writer.Below(arguments.size());
  uint64_t& value = step->arguments[i];
  const bool is_number =
      arguments[i] == ArgumentKind::kAddress || arguments[i] == ArgumentKind::kSize;
  if (!is_number || writer.OneIn(3)) {
    value = writer.Argument(arguments[i]);
  } else {
    const uint64_t changes[] = {value + 1,          value - 1, value + kPageBytes,
                                value - kPageBytes, value ^ 1, value * 2};
    value = writer.Any(changes);
  }
}

}  // namespace

Script RandomScript(std::mt19937_64& random) {
  Script script;
  Writer(random, &script).Whole();
  if (script.steps.size() > kMostSteps) script.steps.resize(kMostSteps);
  return script;
}

namespace {

// Leaves a part of a long script: from one of its resets on.
void Cut(std::mt19937_64& random, Script* script) {
  auto& steps = script->steps;
  std::vector<size_t> resets;
  for (size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].action == Action::kMachine) resets.push_back(i);
  }
  const size_t first = resets.empty() ? 0 : resets[random() % resets.size()];
  steps.erase(steps.begin(), steps.begin() + static_cast<ptrdiff_t>(first));
  if (steps.size() > kMostSteps) steps.resize(kMostSteps);
}

}  // namespace

void MutateScript(std::mt19937_64& random, Script* script) {
  if (script->steps.size() > kMostSteps) Cut(random, script);
  if (script->steps.empty()) *script = RandomScript(random);
  Script scratch;
  Writer writer(random, &scratch);
  for (uint64_t changes = 1 + writer.Below(4); changes > 0; --changes) {
    auto& steps = script->steps;
    const size_t at = writer.Below(steps.size() + 1);
    const bool is_at_end = at == steps.size();
    switch (writer.Below(6)) {
      case 0:
      case 1:
        scratch.steps.clear();
        if (writer.OneIn(4)) {
          writer.OneSetUp();
        } else {
          writer.Block();
        }
        steps.insert(steps.begin() + static_cast<ptrdiff_t>(at), scratch.steps.begin(),
                     scratch.steps.end());
        break;
      case 2:
        if (!is_at_end && steps.size() > 1) steps.erase(steps.begin() + static_cast<ptrdiff_t>(at));
        break;
      case 3:
        if (!is_at_end) std::swap(steps[at], steps[writer.Below(steps.size())]);
        break;
      default:
        if (!is_at_end) ChangeArgument(writer, &steps[at]);
        break;
    }
  }
  if (script->steps.size() > kMostSteps) script->steps.resize(kMostSteps);
}

Script CrossScripts(std::mt19937_64& random, const Script& a, const Script& b) {
  Script both = a;
  both.steps.resize(random() % (a.steps.size() + 1));
  const auto from = static_cast<ptrdiff_t>(random() % (b.steps.size() + 1));
  both.steps.insert(both.steps.end(), b.steps.begin() + from, b.steps.end());
  if (both.steps.size() > kMostSteps) both.steps.resize(kMostSteps);
  return both;
}

}  // namespace sim
