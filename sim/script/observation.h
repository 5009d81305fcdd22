// What is observed while a script runs, by the machine's events, by answers, and by its state. The
// player records it, and the reference predicts it.
#ifndef SIM_SCRIPT_OBSERVATION_H_
#define SIM_SCRIPT_OBSERVATION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/machine/event.h"

namespace sim {

struct Observation {
  enum class What : uint8_t {
    kEvent,           // `event`
    kAnswer,          // of a call, or of a set-up verb: an errno number or 0
    kBytes,           // that were loaded, at most eight
    kSurvived,        // the end of `run`: 0 after a panic
    kMisuses,         // the set of misuses of `run`
    kAgainInAttempt,  // bytes loaded more than once; at: the first of them
    kAgain,
    kWatched,  // whether a store that is not allowed was seen
    kTorn,     // whether a single access was torn; at: where
    kWritten,  // bytes of the buffer up to the last written one
    kWrittenHash,
    kWrittenOutside,  // 0, or 1; at: the lowest index
    // The state after a step outside `run`.
    kCurrentCpu,
    kFlag,
    kOpen,
    kLockHolder,  // the CPU, or kNoCpu
    kFreeFrames,
    kPopulatedPages,
    kSharedPages,
    kFailures,  // injected so far
    kPage,      // at: the page; a set of PageFact
    kContents,  // at: the page; a hash of its bytes
    kFramesAfterReset,
  };
  static constexpr uint64_t kNoCpu = 99;

  What what = What::kEvent;
  size_t step = 0;  // the index of the step in the script; not compared
  uint64_t at = 0;
  uint64_t value = 0;
  Event event;
};

// Bits of the value of kPage.
enum PageFact : uint64_t {
  kPagePopulated = 1,
  kPageLetsLoad = 2,
  kPageLetsStore = 4,
  kPageChecked = 8,  // times the rights that a check of the page grants: 8 R, 16 W, 32 X, 64 USER
};

// FNV-1a, 64 bits, a step at a time over 8-byte words.
inline constexpr uint64_t kHashOfNothing = 0xcbf29ce484222325;
constexpr uint64_t HashWord(uint64_t hash, uint64_t word) { return (hash ^ word) * 0x100000001b3; }

// The pages whose state is observed after each step: the first pages of the window, the pages
// around the middle of it, and the last ones.
inline constexpr uint64_t kObservedPages[] = {0, 1, 2,  3,  4,  5,        6,
                                              7, 8, 63, 64, 65, 16777214, 16777215};

// Further observations are not recorded, nor predicted.
inline constexpr size_t kMaxObservations = size_t{1} << 17;

// The first difference between what was expected and what was recorded. nullopt: there is none.
struct Difference {
  size_t step = 0;
  std::string expected;
  std::string recorded;
};
std::optional<Difference> FirstDifference(const std::vector<Observation>& expected,
                                          const std::vector<Observation>& recorded);

std::string PrintObservation(const Observation& observation);

}  // namespace sim

#endif  // SIM_SCRIPT_OBSERVATION_H_
