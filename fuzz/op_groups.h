// Mutations that insert several related operations at once. One of the operations alone reaches no
// new code, so an engine, which keeps only inputs with new coverage, would never keep it.
#ifndef FUZZ_OP_GROUPS_H_
#define FUZZ_OP_GROUPS_H_

#include "fuzz/op_slot.h"
#include "sim/scenario/binary_format.h"

namespace sim {

// Inserts, at a random position, an operation that writes a text or a table of addresses, and after
// it one that reads from the same address. Returns whether the format has a verb that reads such.
bool InsertWithContents(const BinaryFormat& format, Random& random, OpSlots* parts);

// Inserts, at a random position, a map, then one to three operations that change the mapped area,
// then an access to the area. Half of the groups whose area may map a file map the file a second
// time, directly behind the first. Returns whether the format has such verbs.
bool InsertArea(const BinaryFormat& format, Random& random, OpSlots* parts);

// Inserts, at a random position, an access that takes a function, and before it race lines at the
// point `use`: calls of the library, and changes of memory and of the machine, which all happen
// inside that function. Returns whether the format has such verbs and the point `use`.
bool InsertNested(const BinaryFormat& format, Random& random, OpSlots* parts);

// Inserts, at a random position, an access, and before it race lines for one point of the access: a
// `sleep`, and one to three operations that happen while the task sleeps, on the same CPU or
// another. In some groups, a race line before these evicts memory after the check, so that the
// access faults. Returns whether the format has `sleep`, and `sleep` and races are on in the swarm.
bool InsertAsleep(const BinaryFormat& format, Random& random, OpSlots* parts);

}  // namespace sim

#endif  // FUZZ_OP_GROUPS_H_
