// Allowances: what a contract permits although a library could do better, and the number of each
// known deviation in docs/semantics.md#deviations.
//
// A contract is an upper bound: a library that does better keeps the contract. Each allowance is a
// field whose value permits a defect. The oracle judges by the contract first. On a violation, it
// judges by the variants of the contract: the contract without some of its allowances. A run that
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

// A known deviation of the original library, from which axptr derives.
struct Deviation {
  int number;               // of docs/semantics.md, below 32
  absl::string_view words;  // what the original library does
  absl::string_view field;  // of the contract, that allows it; empty: axptr does the same
  // Whether this deviation is the reason, for an operation that needs `field`. Null: always.
  bool (*is_reason)(const Op& op, const OpRecord& record, const Contract& contract);
};

// Ascending by number. Omits the deviations that concern neither a function of the original library
// nor a promise (10, 11, 14, 15, 18).
std::span<const Deviation> AllDeviations();

// The words of the deviation; "?" if the number does not exist.
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

// The allowances of `contract`.
AllowanceSet AllowancesOf(const Contract& contract);

// `contract` with only those of its allowances that are in `kept`.
Contract WithAllowances(const Contract& contract, AllowanceSet kept);

// A contract with fewer allowances than the original one; VariantsOf sorts by their number.
struct ContractVariant {
  Contract contract;
  AllowanceSet kept = 0;
};
std::vector<ContractVariant> VariantsOf(const Contract& contract);

// Whether `contract` without its allowances is the contract of axptr.
bool IsAxptrWithDeviations(const Contract& contract);

}  // namespace sim

#endif  // SIM_ORACLE_DEVIATION_H_
