// Compares what the library said of user memory with what the host's kernel says of the same pages.
//
//   HostComparison comparison(host.get());
//   runner->set_observer(&comparison);
//   comparison.Begin(scenario);
//   const HostReport& report = comparison.Compare(runner->Run(scenario));
//
// After each access the processor's view is brought in line, and the host is asked about the bytes
// that the access was about. What the access stored to a string is taken back meanwhile. They have
// to agree, but where they are known to differ: docs/semantics.md, "What the host's kernel says".
// There the library must have refused.
//
// Compared: user.load, user.store, and every access of the library. Not compared: accesses with a
// race armed, since the memory was another one when the library looked; those that end in a panic;
// ranges that wrap, or lie where memory of the simulator's own process may be (the host's users may
// touch that, the simulated one has only the window).
#ifndef SIM_ORACLE_HOST_COMPARISON_H_
#define SIM_ORACLE_HOST_COMPARISON_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "sim/oracle/host_opinion.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/trace.h"

namespace sim {

// Where the library refuses what the processor lets through.
enum class KnownDifference : uint8_t {
  kAlignment,     // x86 and the host's kernel take any address
  kNoReadRights,  // write-only and execute-only memory is readable in hardware
};
inline constexpr int kKnownDifferenceCount = 2;
inline constexpr absl::string_view kKnownDifferenceNames[] = {"alignment", "no read permission"};

// A witness of the host against the library.
struct HostFinding {
  size_t op_index = 0;
  HostWitness witness = HostWitness::kProcessVm;
  std::string wanted;  // of the library
  std::string got;
};

// Counts are of opinions: one operation, one witness.
struct HostReport {
  uint64_t both_permit = 0;
  uint64_t both_refuse = 0;
  uint64_t known[kKnownDifferenceCount] = {};  // the host permitted, the library did not
  uint64_t accesses_not_compared = 0;
  std::vector<HostFinding> findings;

  uint64_t compared() const;
  // Adds the counts of `other`, not its findings.
  void Add(const HostReport& other);
};

// "host kernel: 12 opinions agree (8 permit, 4 refuse), ..." and a line for each finding.
std::string PrintHostReport(const Scenario& scenario, const HostReport& report);

class HostComparison : public RunObserver {
 public:
  // Accesses of more bytes are not compared: what the host reads it takes memory for.
  static constexpr uint64_t kMostBytes = uint64_t{256} << 20;

  // `host` outlives this. `next` gets the same calls; null: none.
  explicit HostComparison(HostOpinion* host, RunObserver* next = nullptr)
      : host_(host), next_(next) {}

  // `scenario`, which stays valid, is what will be run next.
  void Begin(const Scenario& scenario);

  void BeforeOperation(size_t index, Machine& machine) override;
  void AfterOperation(size_t index, Machine& machine, const Outcome& outcome) override;

  // `trace` is of that run. The report is valid until the next Begin.
  const HostReport& Compare(const Trace& trace);

 private:
  // What the host said after operation `op_index`.
  struct Answer {
    size_t op_index = 0;
    bool permits[kHostWitnessCount] = {};
    std::optional<KnownDifference> known;
    std::optional<uint64_t> length;  // of a string: elements before the terminator
  };

  void Ask(const Op& op, Machine& machine, const Outcome& outcome, Answer* answer);
  // The bytes that `op` is about: of a string, as many as the host can read with its terminator.
  // Nothing if their number does not exist.
  std::optional<uint64_t> CountBytes(const Op& op, Answer* answer);
  void CompareWith(const Answer& answer, HostWitness witness, const Outcome& outcome);

  HostOpinion* const host_;
  RunObserver* const next_;
  const Scenario* scenario_ = nullptr;
  bool race_is_armed_ = false;
  std::vector<Answer> answers_;
  HostReport report_;
};

}  // namespace sim

#endif  // SIM_ORACLE_HOST_COMPARISON_H_
