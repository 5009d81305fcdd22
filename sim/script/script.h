// Scripts: sequences of platform calls and touches of user memory for the simulated machine, as a
// library that breaks any rule would make them. A scenario (sim/scenario) calls a library; a script
// takes the place of the library and of its caller. README.md has the language.
//
// A script is a flat list of steps. A step with a body (`run`, `attempt`, ...) ends at its `end`; a
// missing `end` is added at the end of the list, and an `end` too many has no effect.
#ifndef SIM_SCRIPT_SCRIPT_H_
#define SIM_SCRIPT_SCRIPT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "sim/scenario/op.h"
#include "sim/scenario/scenario.h"

namespace sim {

// Where a step may happen. Elsewhere it is skipped.
enum class Where : uint8_t {
  kAnywhere,
  kOutside,        // not inside `run`
  kInRun,          // inside `run`
  kAsCaller,       // inside `run`, in no attempt of the task
  kUninterrupted,  // inside `run`, but not inside `other` or `nested`
};

enum class Action : uint8_t {
  kMachine,  // `machine cpus=...`: Reset
  kSetUp,    // a set-up line of a scenario
  kSubject,
  kRun,
  kEnd,
  kCpu,
  kLock,
  kUnlock,
  kCheck,
  kPopulate,
  kAttempt,
  kLoad,
  kStore,
  kTouchLoad,
  kTouchStore,
  kReportLoad,
  kReportStore,
  kUseLoad,
  kUseStore,
  kFlag,
  kOpen,
  kRestore,
  kUserLoad,
  kUserStore,
  kKernelLoad,
  kKernelStore,
  kFingerprint,
  kOther,
  kNested,
  kSleep,
  kSwitch,
  kAt,
  kReachUse,
  kInterfere,
  kRepeat,
  kPanic,
  kWith,
  kWatch,
  kWatchEnd,
  kBuffer,
  kBufferStore,
  kBufferEnd,
};
inline constexpr size_t kActionCount = static_cast<size_t>(Action::kBufferEnd) + 1;
// Whether a table, whose rows have a member `action`, has one row for each action, in their order.
template <typename Row, size_t kRows>
constexpr bool HasARowForEachAction(const Row (&rows)[kRows]) {
  for (size_t i = 0; i < kRows; ++i) {
    if (rows[i].action != static_cast<Action>(i)) return false;
  }
  return kRows == kActionCount;
}

// The kinds of arguments. Each is a number; words stand for numbers from 0.
enum class ArgumentKind : uint8_t {
  kAddress,
  kSize,     // bytes, or a signed index
  kRights,   // MappingFlags::bits(), or any other bits
  kByte,     // the value of a byte
  kBit,      // 0 or 1
  kCpu,      // 0 to kMaxCpus - 1
  kCount,    // a small number
  kPoint,    // a word: check fault load use
  kSubject,  // a word: none opens saves saves_nothing
  kPlace,    // a word: start end
};

inline constexpr size_t kMaxArguments = 4;

struct ActionInfo {
  Action action;
  const char* name;
  Where where = Where::kAnywhere;
  bool has_body = false;
  std::span<const ArgumentKind> arguments = {};
};
// The table of actions, in the order of Action.
const ActionInfo& InfoOf(Action action);

// How the subject opens user access and switches tasks (sim/subject/subject_access.h).
enum class SubjectKind : uint8_t {
  kNone,          // it does neither
  kOpens,         // it opens user access itself
  kSaves,         // and saves the flag and user access of a task that it switches away
  kSavesNothing,  // and switches tasks, but saves nothing
};

struct Step {
  Action action = Action::kEnd;
  std::array<uint64_t, kMaxArguments> arguments = {};
  MachineConfig machine;  // of kMachine
  Op op;                  // of kSetUp
  friend bool operator==(const Step&, const Step&) = default;
};

struct Script {
  std::vector<Step> steps;
  friend bool operator==(const Script&, const Script&) = default;
};

// Deeper bodies are skipped, and so are steps after so many that happened since the last reset. A
// longer text is refused.
inline constexpr size_t kMaxDepth = 12;
inline constexpr uint64_t kMaxHappening = 4096;
inline constexpr size_t kMaxScriptSteps = 4096;
inline constexpr uint64_t kMaxTouchBytes = 64;

// For each step the index of the `end` of its body, or the number of steps; for a step without a
// body, its own index.
std::vector<size_t> EndsOfBodies(const Script& script);

// The text: a line for each step. `#` starts a comment. Bodies are indented when printed.
// Errors: InvalidArgumentError, "line N: what", for the first mistake.
absl::StatusOr<Script> ParseScript(absl::string_view text);
std::string PrintScript(const Script& script);
std::string PrintStep(const Step& step);

// What decides whether a step may happen.
struct Situation {
  bool in_run = false;
  bool in_hook = false;      // in the body of `at`
  bool is_with = false;      // in the body of `with`: only questions
  int interrupted = 0;       // inside `other` or `nested`
  bool is_asleep = false;    // inside `sleep`
  bool is_switched = false;  // inside `switch`
  bool is_handler = false;   // inside the fault handler
  size_t attempts = 0;       // of the task
  size_t depth = 0;          // of bodies

  // What stays as it is when a body ends or is abandoned.
  struct Kept {
    // A watch of stores was begun: of the access, and of an access in the middle of it.
    std::array<bool, 2> has_watch = {};
    bool has_buffer = false;  // of the size below, at the end or the start of its pages
    bool is_buffer_at_end = false;
    uint64_t buffer_bytes = 0;
  };
  Kept kept;

  bool& HasWatch() { return kept.has_watch[interrupted > 0 ? 1 : 0]; }
  bool HasWatch() const { return kept.has_watch[interrupted > 0 ? 1 : 0]; }
  // Makes this `before`, as at the end of a body.
  void GoBackTo(const Situation& before) {
    const Kept now = kept;
    *this = before;
    kept = now;
  }
};

// Whether `step` happens on CPU `cpu` of `machine`, or is skipped, because a precondition of the
// machine does not hold or the simulator itself would be at risk. `is_lock_held`: by any CPU.
bool MayHappen(const Step& step, const Situation& situation, const MachineConfig& machine, int cpu,
               bool is_lock_held);

// Whether the bytes may be touched: those of the window, and those that are mapped nowhere.
bool IsTouchable(uint64_t address, uint64_t size);

}  // namespace sim

#endif  // SIM_SCRIPT_SCRIPT_H_
