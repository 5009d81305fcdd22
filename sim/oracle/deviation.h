// What a contract allows that a library could do better, and by which number of
// docs/semantics.md#deviations that is known.
//
// A contract is an upper bound: who keeps it in a better way than it asks for keeps it. Each
// allowance is a field whose value permits a defect. The oracle judges by the contract, and where
// that finds something, by its variants: the contract without some of its allowances. A run that
// is right by any variant is right.
#ifndef SIM_ORACLE_DEVIATION_H_
#define SIM_ORACLE_DEVIATION_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/strings/string_view.h"
#include "sim/oracle/contract.h"
#include "sim/scenario/op.h"
#include "sim/scenario/trace.h"

namespace sim {

// A known deviation of the library that ours comes from.
struct Deviation {
  int number;               // of docs/semantics.md, below 32
  absl::string_view words;  // what that library does
  absl::string_view field;  // of the contract, that allows it; empty: ours does the same
  // Of the operations that need this field: whether this deviation is the reason. Null: it is.
  bool (*is_reason)(const Op& op, const OpRecord& record, const Contract& contract);
};

// Ascending by number. Those that concern neither a function of that library nor a promise (10, 11,
// 14, 15, 18) are not among them.
std::span<const Deviation> AllDeviations();

// Its words; "?" if there is no such number.
absl::string_view WordsOfDeviation(int number);

// A field whose value permits a defect, and the value without it.
struct Allowance {
  absl::string_view field;
  bool (*is_in)(const Contract& contract);
  void (*drop)(Contract* contract);
};

std::span<const Allowance> AllAllowances();

// A set of allowances: bit i is the i-th of AllAllowances.
using AllowanceSet = uint32_t;

// Those that are in `contract`.
AllowanceSet AllowancesOf(const Contract& contract);

// `contract` with `kept` only, of those that are in it.
Contract WithAllowances(const Contract& contract, AllowanceSet kept);

// The contract with fewer allowances than it has, those with the fewest first.
struct ContractVariant {
  Contract contract;
  AllowanceSet kept = 0;
};
std::vector<ContractVariant> VariantsOf(const Contract& contract);

// Whether all that `contract` allows are deviations: without them it is axptr's.
bool IsAxptrWithDeviations(const Contract& contract);

}  // namespace sim

#endif  // SIM_ORACLE_DEVIATION_H_
