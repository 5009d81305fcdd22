// Runs the trials of one function in one situation, in child processes of their own.
#ifndef SIM_CLI_CONFORM_TRIAL_RUN_H_
#define SIM_CLI_CONFORM_TRIAL_RUN_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "sim/cli/conform/conform.h"
#include "sim/cli/conform/situations.h"

namespace sim {

enum class TrialState : uint8_t {
  kNotTried,  // the race of the scenario did not happen
  kPassed,
  kFailed,
  kNotJudged,
  kNotOffered,
};

inline constexpr size_t kMaxContracts = 8;

// A child's record of one trial. Trivially copyable, because it is sent through a pipe.
struct TrialRecord {
  uint32_t index = 0;
  uint8_t happened = 0;                               // 1: the race did
  std::array<TrialState, kMaxContracts> states = {};  // by contract, in the order of AllContracts
  DeviationSet excused = 0;                           // by the selected contract
};
static_assert(std::is_trivially_copyable_v<TrialRecord>);

struct CellRun {
  std::vector<TrialRecord> records;  // one for each trial, in order
  size_t endings = 0;                // processes that did not finish
  std::string ending;        // of the first of these that the call ended: "crashed: SIGABRT"
  bool has_hung = false;     // the last trial did
  bool is_finished = false;  // all trials were run
  bool is_stopped = false;   // by options.stop_file
};

// Runs `verb` in `situation`. A trial that ends its process fails by every contract, and the next
// trials run in a new process. The run stops after a few such trials, or after a hang. Errors:
// those of Child::Start; ResourceExhaustedError, if a limit of the host is reached.
absl::StatusOr<CellRun> RunCell(const Situation& situation, Verb verb,
                                const ConformOptions& options);

}  // namespace sim

#endif  // SIM_CLI_CONFORM_TRIAL_RUN_H_
