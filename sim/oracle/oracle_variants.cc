// Judges a run that violates a contract by the variants: the contract without some of its
// allowances (deviation.h).
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "sim/oracle/deviation.h"
#include "sim/oracle/oracle.h"

namespace sim {
namespace {

// The first operation that was not judged; SIZE_MAX: all were judged.
size_t JudgedUpTo(const Verdict& verdict) {
  return verdict.not_judged ? verdict.not_judged->first_op : SIZE_MAX;
}

// The operations with findings; if there are none, the first operation that was not judged.
std::set<size_t> WrongOrOpen(const Verdict& verdict) {
  std::set<size_t> ops;
  for (const Violation& violation : verdict.violations) {
    if (!violation.provoked) ops.insert(violation.op_index);
  }
  if (ops.empty()) ops.insert(JudgedUpTo(verdict));
  return ops;
}

// Whether both violations report the same error.
bool AreSame(const Violation& a, const Violation& b) {
  return a.op_index == b.op_index && a.rule == b.rule && a.address == b.address &&
         a.wanted == b.wanted && a.got == b.got;
}

}  // namespace

AllowanceSet Oracle::JudgeByVariants(const Scenario& scenario, const Trace& trace) {
  const Violation by_contract = *verdict_.FirstFinding();
  size_t needed = by_contract.op_index;
  AllowanceSet best = AllowancesOf(*contract_);
  for (const ContractVariant& variant : variants_) {
    JudgeBy(variant.contract, scenario, trace);
    const Violation* const finding = verdict_.FirstFinding();
    // A variant that stops judging before the violation is no excuse.
    if (finding == nullptr && JudgedUpTo(verdict_) > needed) return variant.kept;
    // A violation that occurs both with none and with all of the allowances occurs with every
    // subset.
    if (variant.kept == 0 && finding != nullptr && AreSame(*finding, by_contract)) break;
    if (finding == nullptr || finding->op_index <= needed) continue;
    best = variant.kept;
    needed = finding->op_index;
  }
  JudgeBy(WithAllowances(*contract_, best), scenario, trace);
  return best;
}

void Oracle::NameExcuses(AllowanceSet kept, const Scenario& scenario, const Trace& trace) {
  const size_t judged = JudgedUpTo(verdict_);
  const auto is_right_with = [&](AllowanceSet allowances) {
    JudgeBy(WithAllowances(*contract_, allowances), scenario, trace);
    return verdict_.ok() && JudgedUpTo(verdict_) >= judged;
  };
  const AllowanceSet at_first = kept;
  if (is_right_with(0)) kept = 0;
  for (AllowanceSet one = 1; one <= at_first; one <<= 1) {
    if ((kept & one) != 0 && is_right_with(kept & ~one)) kept &= ~one;
  }
  std::vector<Excuse> excused;
  for (size_t i = 0; i < AllAllowances().size(); ++i) {
    const AllowanceSet one = AllowanceSet{1} << i;
    if ((kept & one) == 0 || is_right_with(kept & ~one)) continue;
    for (const size_t at : WrongOrOpen(verdict_)) {
      if (at >= trace.ops.size()) continue;
      for (const Deviation& deviation : AllDeviations()) {
        const bool is_this = deviation.field == AllAllowances()[i].field &&
                             (deviation.is_reason == nullptr ||
                              deviation.is_reason(scenario.ops[at], trace.ops[at], *contract_));
        if (is_this) excused.push_back({at, deviation.number});
      }
    }
  }
  JudgeBy(WithAllowances(*contract_, at_first), scenario, trace);
  std::ranges::sort(excused);
  verdict_.excused = std::move(excused);
}

}  // namespace sim
