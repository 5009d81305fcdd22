// The standard set of operations that exploration injects into an access, by another CPU or by the
// caller.
#ifndef SIM_CLI_EXPLORE_ADVERSARIES_H_
#define SIM_CLI_EXPLORE_ADVERSARIES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"
#include "sim/scenario/scenario.h"

namespace sim {

// Operations that change the memory of the access `scenario.ops[index]`, whose outcome without a
// race is `outcome`. Each page of the memory, and the page after it, is unmapped, made read-only,
// made inaccessible, evicted, shared, written to by another user CPU, and overwritten with other
// bytes and with zeros; its file, if any, is truncated there, and, if the scenario maps it twice,
// evicted and written to through its other mapping; all free frames are taken; the whole range is
// unmapped; the area of the last byte may grow down; the task sleeps, and resumes on another CPU.
// Of a long range only the first and the last pages are changed:
// `*pages_left_out`, if it is not null, receives the number of pages between them. The operations
// run on a CPU other than that of the access. For an access that calls a function of its caller,
// also the access itself on its own CPU, as a nested call.
std::vector<Op> StandardAdversaries(const Scenario& scenario, size_t index, const Outcome& outcome,
                                    uint64_t* pages_left_out = nullptr);

// The task of `access` sleeps, and resumes on another CPU; meanwhile another task on its CPU makes
// the same access. All operations are for one place.
// `space`: the address space in which the other task runs.
std::vector<Op> WhileItSleeps(const Op& access, uint64_t space);

// The CPU of the injected operations: not that of the access.
uint8_t AdversaryCpu(const Op& access);

}  // namespace sim

#endif  // SIM_CLI_EXPLORE_ADVERSARIES_H_
