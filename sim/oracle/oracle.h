// Judges a run: the model says what every operation must come to, and one checker a family of
// invariants compares that, and the rules of the kernel, with what the machine wrote down.
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
  kEventsDropped,  // the run left more events than there was room for
  kStateDiffers,   // after a violation: machine and model are in different states
  kStateOpen,      // the contract leaves open what the operation before populates
  kRaceMisplaced,  // a race went off at a place that the model does not have, because the contract
                   // leaves the library's order of steps open
  kOutcomeOpen,    // the contract leaves open whether the access finds a page, or bytes in front of
                   // a fault, as they were before another CPU changed them
  kInjectionOpen,  // an injected failure met the access at a place that the contract leaves open
  kNested,         // a call was made inside an access, and by the contract calls do not nest
  kOutsideWindow,  // a library that need not ask touched what is none of the simulated memory
  kNoMemory,       // the subject began to touch memory, and the kernel has none (Unseen::memory)
};

struct NotJudged {
  size_t first_op = 0;  // this operation, and all after it
  NotJudgedReason reason = NotJudgedReason::kEventsDropped;
  uint64_t limit = 0;  // of kEventsDropped: events

  // Whether that is because of the room that the contract leaves.
  bool IsLeftOpen() const {
    return reason != NotJudgedReason::kEventsDropped && reason != NotJudgedReason::kStateDiffers &&
           reason != NotJudgedReason::kNoMemory;
  }
  friend bool operator==(const NotJudged&, const NotJudged&) = default;
};

// A defect that the contract allows, and that an operation has: without the allowance, the
// operation is a violation.
struct Excuse {
  size_t op_index = 0;
  int deviation = 0;  // its number
  friend auto operator<=>(const Excuse&, const Excuse&) = default;
};

struct Verdict {
  // By which contract it was judged.
  const Contract* contract = &kAxptrContract;
  // What the contract excuses, ascending: none of it can be left out. Empty where it was not asked
  // for (Oracle::set_names_excuses), or something was found.
  std::vector<Excuse> excused;
  // All of them, in the order of the operations; of one operation, the one nearest to the cause
  // comes first.
  std::vector<Violation> violations;
  // Operations that were judged.
  size_t judged_ops = 0;
  // Nothing: all were judged, up to the end of the trace.
  std::optional<NotJudged> not_judged;
  // Operations that the subject does not offer, ascending: they were left out, and are judged
  // neither here nor by CheckStated.
  std::vector<size_t> not_offered;
  // The facets that the operations of this run depended on: those that it saw in each of them, and
  // those that it did not, so that the rules of FacetInfo::rules were not judged.
  FacetSet facets_judged;
  FacetSet facets_not_judged;
  SubjectFacts subject;  // by which that was decided

  // Whether every operation was judged, by the rules that the run could see.
  bool IsWhole() const { return !not_judged && not_offered.empty(); }

  // Whether nothing was found in what was judged: violations that the scenario provoked are none.
  bool ok() const { return FirstFinding() == nullptr; }

  // The first violation that was not provoked, or null.
  const Violation* FirstFinding() const {
    for (const Violation& violation : violations) {
      if (!violation.provoked) return &violation;
    }
    return nullptr;
  }
};

// A line of a scenario whose `=>` does not hold, or a race that never happens and does not state
// so.
struct UnmetExpectation {
  size_t op_index = 0;
  std::string wanted;
  std::string got;
};

// Keeps its memory from one scenario to the next.
class Oracle {
 public:
  // Judges by `contract`, which has to stay valid.
  explicit Oracle(const Contract& contract = kAxptrContract) : model_(MachineConfig(), contract) {
    set_contract(contract);
  }

  const Contract& contract() const { return *contract_; }
  void set_contract(const Contract& contract);

  // Whether verdicts name what the contract excuses (at first: no). It takes some ten times as long
  // by a contract that excuses anything.
  void set_names_excuses(bool names) { names_excuses_ = names; }

  // `trace` is of a run of `scenario`: trace.ops has as many entries as scenario.ops; fewer are
  // judged as far as they go. The result is valid until the next call.
  const Verdict& Judge(const Scenario& scenario, const Trace& trace);

 private:
  // Judges by exactly `contract`.
  void JudgeBy(const Contract& contract, const Scenario& scenario, const Trace& trace);
  // A violation was found by the contract itself. Looks for a variant by which the run is right,
  // and judges by the one that finds nothing, or finds something last. Returns what that one keeps.
  AllowanceSet JudgeByVariants(const Scenario& scenario, const Trace& trace);
  // The run is right with the allowances `kept`. Sets verdict_.excused.
  void NameExcuses(AllowanceSet kept, const Scenario& scenario, const Trace& trace);
  // The rest of a run is not judged, from operation `op_index` on.
  void StopAt(size_t op_index, NotJudgedReason reason, uint64_t limit);
  // Notes which facets the operation depends on, and which of them the run does not see.
  void NoteFacets(const Op& op, const OpRecord& record);
  // Judges operation `index`, which is `op` and left `record` and `events`, and returns what the
  // model says of it.
  const Expectation& JudgeOp(const Scenario& scenario, const Trace& trace, size_t index,
                             const Op& op, const OpRecord& record, std::span<const Event> events);

  // Why what the model says of the operation is not known to be what the contract promises;
  // nothing: it is.
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

// The `=>` of `scenario` that do not hold in `trace`, in order. `=> violation NAME` holds if
// `verdict`, which is of this run, has a violation of that name at that line, provoked or not. It
// is left out where the line was not judged: the verdict says that.
// `=> never` holds if the race did not happen. Where any line of the scenario states something, a
// race line without `=> never` states that the race happens. Where the subject does not offer an
// operation, lines from there on state what need not hold without it, and races may happen in
// another access: neither is looked at.
std::vector<UnmetExpectation> CheckStated(const Scenario& scenario, const Trace& trace,
                                          const Verdict& verdict);

// Whether the violation is what its line says must happen.
bool IsStated(const Scenario& scenario, const Violation& violation);

// Whether the violation, one of `verdict`, is as the scenario has it: IsStated, or provoked behind
// an operation that the subject does not offer. The races of that one may happen in a later access,
// where no line can state what they provoke.
bool IsAsStated(const Scenario& scenario, const Verdict& verdict, const Violation& violation);

}  // namespace sim

#endif  // SIM_ORACLE_ORACLE_H_
