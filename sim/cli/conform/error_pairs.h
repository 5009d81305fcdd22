// Calls that have two causes of an error at once.
//
// A library tests what can go wrong in an order, and each function says which error wins
// (docs/scenario.md). One cause alone does not show the order.
#ifndef SIM_CLI_CONFORM_ERROR_PAIRS_H_
#define SIM_CLI_CONFORM_ERROR_PAIRS_H_

#include <span>

#include "absl/strings/string_view.h"
#include "sim/cli/conform/trial.h"
#include "sim/scenario/verb.h"

namespace sim {

// The names of the causes, such as "misaligned".
std::span<const absl::string_view> ErrorCauses();

// Makes a trial for each pair of causes that both apply to `verb`, with memory of a few sizes.
void MakeErrorPairs(Verb verb, TrialSink sink);

// As MakeErrorPairs, for one pair of causes (names of ErrorCauses), applied in this order. No
// trial: one of the causes does not apply to `verb`.
void MakeErrorPair(absl::string_view first, absl::string_view second, Verb verb, TrialSink sink);

}  // namespace sim

#endif  // SIM_CLI_CONFORM_ERROR_PAIRS_H_
