// Mutation and crossover of binary scenarios (sim/scenario/scenario_bytes.h) by whole operations:
// what an engine's own mutators, which know bytes only, seldom do. They stay in use beside these.
//
// Pure functions of their arguments; what plugs them into an engine is scenario_mutator_hooks.cc.
#ifndef FUZZ_SCENARIO_MUTATOR_H_
#define FUZZ_SCENARIO_MUTATOR_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "fuzz/op_slot.h"

namespace sim {

// The parts of `bytes`; what is missing of the header is zeros. Of no bytes at all: the header of
// the newest version.
OpSlots SplitOps(std::span<const uint8_t> bytes);

// The parts in a row: whole operations, as many as fit in `max_size`.
Bytes JoinOps(const OpSlots& parts, size_t max_size);

enum class OpMutation : uint8_t {
  kInsert,        // a new operation of any verb
  kDelete,        // one operation, or a few in a row
  kDuplicate,     // one operation, somewhere else
  kSwap,          // two operations
  kRetarget,      // an address to an edge, or to an address that was used before
  kResize,        // a length, or what a fill writes
  kChangeVerb,    // the same arguments to another verb
  kChangeType,    // another element type; or other permissions and another kind of area
  kMoveCpu,       // another CPU; of a race also another point
  kMachine,       // CPUs, lock, frames, layout, smap
  kNewestFormat,  // the same bytes as the newest version, which has all verbs
  kWithContents,  // a text or a table of addresses, and an operation that reads it
  kArea,          // an area, changes of what lies in it, and an access to it
  kNested,        // an access whose function calls the library
};
inline constexpr int kOpMutationCount = 14;

// Carries `mutation` out, at a random place. Returns whether there was one.
bool MutateOps(OpMutation mutation, Random& random, OpSlots* parts);

// Some operations of `first`, then some of `second`, at times once more from the first; the header
// of one of them.
OpSlots SpliceOps(const OpSlots& first, const OpSlots& second, Random& random);

}  // namespace sim

#endif  // FUZZ_SCENARIO_MUTATOR_H_
