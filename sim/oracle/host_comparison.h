// Compares the results of the library with the result of the host's kernel for the same pages.
//
//   HostComparison comparison(host.get());
//   runner->set_observer(&comparison);
//   comparison.Begin(scenario);
//   const HostReport& report = comparison.Compare(runner->Run(scenario));
//
// After each access, the deferred mprotect() calls of the window are flushed, and the host checks
// the bytes that the access named. Stores of the access to a string are undone meanwhile. Library
// and host must agree, except for the known differences in docs/semantics.md, "What the host's
// kernel says", where the library must fail.
//
// Compared: user.load, user.store, and every access of the library. Not compared: accesses with a
// race armed, since the memory was different when the library checked it; accesses that end in a
// panic; ranges that wrap, or that may contain memory of the simulator's own process (accessible to
// host processes, but not to the simulated process, which has only the window).
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

// Cases where the library fails and the processor permits the access.
enum class KnownDifference : uint8_t {
  kAlignment,     // x86 and the host's kernel take any address
  kNoReadRights,  // write-only and execute-only memory is readable in hardware
};
inline constexpr int kKnownDifferenceCount = 2;
inline constexpr absl::string_view kKnownDifferenceNames[] = {"alignment", "no read permission"};

// A disagreement between a witness of the host and the library.
struct HostFinding {
  size_t op_index = 0;
  HostWitness witness = HostWitness::kProcessVm;
  std::string wanted;  // of the library
  std::string got;
};

// Counts are numbers of opinions: one operation, one witness.
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
  // Larger accesses are not compared: the host would allocate memory for the bytes that it reads.
  static constexpr uint64_t kMostBytes = uint64_t{256} << 20;

  // `host` must outlive this object. `next` receives the same calls; may be null.
  explicit HostComparison(HostOpinion* host, RunObserver* next = nullptr)
      : host_(host), next_(next) {}

  // Prepares for a run of `scenario`, which must stay valid.
  void Begin(const Scenario& scenario);

  void BeforeOperation(size_t index, Machine& machine) override;
  void AfterOperation(size_t index, Machine& machine, const Outcome& outcome) override;

  // `trace`: of the run of that scenario. The report is valid until the next Begin.
  const HostReport& Compare(const Trace& trace);

 private:
  // The answer of the host after operation `op_index`.
  struct Answer {
    size_t op_index = 0;
    bool permits[kHostWitnessCount] = {};
    std::optional<KnownDifference> known;
    std::optional<uint64_t> length;  // of a string: elements before the terminator
  };

  void Ask(const Op& op, Machine& machine, const Outcome& outcome, Answer* answer);
  // The number of bytes that `op` names; of a string, as many as the host can read, the terminator
  // included. Nullopt if there is no such number.
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
