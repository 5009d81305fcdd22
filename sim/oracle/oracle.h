// Judges a run. The model predicts the result of every operation, and one checker for each family
// of invariants compares the events that the machine recorded with that prediction and with the
// kernel's rules.
//
//   Oracle oracle;
//   const Verdict& verdict = oracle.Judge(scenario, trace);
//   if (!verdict.ok()) std::cerr << PrintVerdict(scenario, verdict);
#ifndef SIM_ORACLE_ORACLE_H_
#define SIM_ORACLE_ORACLE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/oracle/contract.h"
#include "sim/oracle/deviation.h"
#include "sim/oracle/facet.h"
#include "sim/oracle/model.h"
#include "sim/oracle/violation.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/trace.h"

namespace sim {

// Why operations are not judged.
enum class NotJudgedReason : uint8_t {
  kEventsDropped,  // the run recorded more events than the buffer holds
  kStateDiffers,   // after a violation: the states of machine and model differ
  kStateOpen,      // the contract leaves open what the previous operation populates, or how far
                   // an area grows before its error
  kRaceMisplaced,  // a race happened at a point that the model does not have, because the contract
                   // leaves the order of steps open
  kOutcomeOpen,    // the contract leaves open whether the access finds a page, or bytes before a
                   // fault, as they were before another CPU changed them; or which store to a byte
                   // that the range holds at two addresses is the last
  kInjectionOpen,  // the contract leaves open where in the access an injected failure occurs
  kNested,         // a call inside an access, and the contract forbids nested calls
  kOutsideWindow,  // a library without checks touched memory outside the simulated memory
  kNoMemory,       // the subject begins to access memory, and the kernel has none (Unseen::memory)
};

struct NotJudged {
  size_t first_op = 0;  // this operation, and all after it
  NotJudgedReason reason = NotJudgedReason::kEventsDropped;
  uint64_t limit = 0;  // of kEventsDropped: events

  // Whether the reason is the room that the contract leaves.
  bool IsLeftOpen() const {
    return reason != NotJudgedReason::kEventsDropped && reason != NotJudgedReason::kStateDiffers &&
           reason != NotJudgedReason::kNoMemory;
  }
  friend bool operator==(const NotJudged&, const NotJudged&) = default;
};

// A defect of an operation that the contract allows. Without the allowance, the operation would be
// a violation.
struct Excuse {
  size_t op_index = 0;
  int deviation = 0;  // its number
  friend auto operator<=>(const Excuse&, const Excuse&) = default;
};

struct Verdict {
  // The contract that the run was judged by.
  const Contract* contract = &kAxptrContract;
  // The defects that the contract excuses, ascending; a minimal set. Empty if not requested
  // (Oracle::set_names_excuses), or if there is a finding.
  std::vector<Excuse> excused;
  // All violations in the order of the operations; for one operation, nearest to the cause first.
  std::vector<Violation> violations;
  // Number of judged operations.
  size_t judged_ops = 0;
  // The first operation that is not judged, and why; nullopt if all were judged.
  std::optional<NotJudged> not_judged;
  // Operations that the subject does not offer, ascending. They were not run, and neither Judge nor
  // CheckStated judges them.
  std::vector<size_t> not_offered;
  // The facets that the operations of this run depend on: those that the run observed, and those
  // that it did not observe, so that the rules of their FacetInfo::rules were not judged.
  FacetSet facets_judged;
  FacetSet facets_not_judged;
  SubjectFacts subject;  // determines which facets are observed

  // Whether every operation was judged, by the rules for the observed facets.
  bool IsWhole() const { return !not_judged && not_offered.empty(); }

  // Whether there is no finding: no violation, except those that the scenario provoked.
  bool ok() const { return FirstFinding() == nullptr; }

  // The first violation that the scenario did not provoke, or null.
  const Violation* FirstFinding() const {
    for (const Violation& violation : violations) {
      if (!violation.provoked) return &violation;
    }
    return nullptr;
  }
};

// A line of a scenario whose `=>` does not hold, or a race that never happens on a line without `=>
// never`.
struct UnmetExpectation {
  size_t op_index = 0;
  std::string wanted;
  std::string got;
};

// Keeps allocated memory from one scenario to the next.
class Oracle {
 public:
  // Judges by `contract`, which must outlive the oracle.
  explicit Oracle(const Contract& contract = kAxptrContract) : model_(MachineConfig(), contract) {
    set_contract(contract);
  }

  const Contract& contract() const { return *contract_; }
  void set_contract(const Contract& contract);

  // Whether verdicts list the excused defects (default: no). Takes about ten times as long for a
  // contract that excuses anything.
  void set_names_excuses(bool names) { names_excuses_ = names; }

  // Judges `trace`, which is of a run of `scenario`. trace.ops should have as many entries as
  // scenario.ops; with fewer, only those are judged. The result is valid until the next call.
  const Verdict& Judge(const Scenario& scenario, const Trace& trace);

 private:
  // Judges by `contract` itself, without variants.
  void JudgeBy(const Contract& contract, const Scenario& scenario, const Trace& trace);
  // Called if the run violates the contract itself. Looks for a variant by which the run is right.
  // Judges by the first variant that has no finding and judges beyond the violation; else by the
  // variant whose first finding comes last. Returns the allowances of that variant.
  AllowanceSet JudgeByVariants(const Scenario& scenario, const Trace& trace);
  // Sets verdict_.excused. Precondition: the run is right with the allowances `kept`.
  void NameExcuses(AllowanceSet kept, const Scenario& scenario, const Trace& trace);
  // Marks the run as not judged from operation `op_index` on.
  void StopAt(size_t op_index, NotJudgedReason reason, uint64_t limit);
  // Notes the facets that the operation depends on, and those that the run does not observe.
  void NoteFacets(const Op& op, const OpRecord& record);
  // Judges operation `index`, which is `op` and left `record` and `events`. Returns the prediction
  // of the model.
  const Expectation& JudgeOp(const Scenario& scenario, const Trace& trace, size_t index,
                             const Op& op, const OpRecord& record, std::span<const Event> events);

  // The reason why the prediction for the operation may differ from what the contract promises;
  // nullopt if it does not.
  std::optional<NotJudgedReason> WhyUnknown(const Op& op, const OpRecord& record,
                                            const Expectation& expected,
                                            std::span<const Event> events) const;

  const Contract* contract_ = nullptr;
  std::vector<ContractVariant> variants_;  // of *contract_
  bool names_excuses_ = false;
  Model model_;
  FacetSet facets_not_seen_ = FacetsNotSeen(SubjectFacts());  // by verdict_.subject
  std::vector<Model::FiredRace> fired_races_;                 // of one operation
  bool race_armed_ = false;                                   // for the next access
  bool is_population_unseen_ = false;                         // as in OpEvidence
  Verdict verdict_;
};

// The `=>` of `scenario` that do not hold in `trace`, in order.
// - `=> violation NAME` holds if `verdict`, which is of this run, has a violation of that name at
//   that line, provoked or not. It is not checked where the line was not judged (see the verdict).
// - `=> never` holds if the race did not happen. If any line of the scenario has a `=>`, a race
//   line without `=> never` states that the race happens.
//
// Without an operation that the subject does not offer, later `=>` need not hold, and races may
// happen in another access. So neither is checked from that operation on.
std::vector<UnmetExpectation> CheckStated(const Scenario& scenario, const Trace& trace,
                                          const Verdict& verdict);

// Whether the `=>` of its line states the violation.
bool IsStated(const Scenario& scenario, const Violation& violation);

// Whether the violation, one of `verdict`, is expected by the scenario: IsStated, or provoked after
// an operation that the subject does not offer. The races of such an operation may happen in a
// later access, where no line can state the violations that they provoke.
bool IsAsStated(const Scenario& scenario, const Verdict& verdict, const Violation& violation);

}  // namespace sim

#endif  // SIM_ORACLE_ORACLE_H_
