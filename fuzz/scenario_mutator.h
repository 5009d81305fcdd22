// Mutation and crossover of binary scenarios (sim/scenario/scenario_bytes.h) by whole operations.
// An engine's own mutators work on bytes and seldom make such changes; they are used as well.
//
// Pure functions of their arguments. scenario_mutator_hooks.cc connects them to an engine.
#ifndef FUZZ_SCENARIO_MUTATOR_H_
#define FUZZ_SCENARIO_MUTATOR_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "fuzz/op_slot.h"

namespace sim {

// Splits `bytes` into its parts. Missing bytes of the header are zeros. Empty input gives a header
// of the newest version.
OpSlots SplitOps(std::span<const uint8_t> bytes);

// Joins the parts: the header, then as many whole operations as fit in `max_size` bytes.
Bytes JoinOps(const OpSlots& parts, size_t max_size);

enum class OpMutation : uint8_t {
  kInsert,        // a new operation of any verb
  kDelete,        // one operation, or a few in a row
  kDuplicate,     // one operation, somewhere else
  kSwap,          // two operations
  kRetarget,      // changes an address to an edge, or to an address that was used before
  kResize,        // changes a length, or the bytes that a fill writes
  kChangeVerb,    // another verb with the same arguments
  kChangeType,    // another element type; or other permissions and another kind of area
  kMoveCpu,       // another CPU; for a race also another point
  kMachine,       // CPUs, lock, frames, layout, smap
  kNewestFormat,  // the same bytes, marked as the newest version, which has all verbs
  kWithContents,  // a text or a table of addresses, and an operation that reads it
  kArea,          // an area, changes to it, and an access to it
  kNested,        // an access whose function calls the library
  kAsleep,        // an access whose task sleeps while other tasks run
};
inline constexpr int kOpMutationCount = 15;

// Applies `mutation` at a random place. Returns false, and changes nothing, if it does not apply.
bool MutateOps(OpMutation mutation, Random& random, OpSlots* parts);

// Crossover: some operations of `first`, then some of `second`, then in half of all calls the rest
// of `first`. The header is that of `first` or, in one of four calls, of `second`. At most
// kMaxBinaryOps operations.
OpSlots SpliceOps(const OpSlots& first, const OpSlots& second, Random& random);

}  // namespace sim

#endif  // FUZZ_SCENARIO_MUTATOR_H_
