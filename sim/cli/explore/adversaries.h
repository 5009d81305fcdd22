// What another CPU, or the caller, may do in the middle of an access, as the standard set that
// exploring tries.
#ifndef SIM_CLI_EXPLORE_ADVERSARIES_H_
#define SIM_CLI_EXPLORE_ADVERSARIES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"
#include "sim/scenario/scenario.h"

namespace sim {

// Operations that spoil what the access `scenario.ops[index]` is about, which came to `outcome`
// undisturbed: each page of it, and the one behind, unmapped, made read-only, made inaccessible,
// evicted, shared, written to by another CPU of the user's, overwritten with other bytes and with
// zeros; its file truncated there, if it has one; no frame left; the whole range unmapped. Of a
// long range the first and the last pages: `*pages_left_out`, if it is not null, receives how many
// are left out between them. On a CPU that is not the access's. Of an access that calls a function
// of its caller, also the access itself on its own CPU, as a call inside it.
std::vector<Op> StandardAdversaries(const Scenario& scenario, size_t index, const Outcome& outcome,
                                    uint64_t* pages_left_out = nullptr);

// The CPU that acts against the access: another one.
uint8_t AdversaryCpu(const Op& access);

}  // namespace sim

#endif  // SIM_CLI_EXPLORE_ADVERSARIES_H_
