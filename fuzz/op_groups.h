// Mutations that insert several operations at once: those that are worth little without each other,
// so that an engine, which keeps what shows something new, never keeps the first of them.
#ifndef FUZZ_OP_GROUPS_H_
#define FUZZ_OP_GROUPS_H_

#include "fuzz/op_slot.h"
#include "sim/scenario/binary_format.h"

namespace sim {

// Puts an operation that reads a text or a table of addresses somewhere, and before it the one that
// writes that, at the same address. Returns whether the format has such a verb.
bool InsertWithContents(const BinaryFormat& format, Random& random, OpSlots* parts);

// Puts a map somewhere, behind it one to three operations that change what lies in that area, and
// an access to it. Returns whether the format has such verbs.
bool InsertArea(const BinaryFormat& format, Random& random, OpSlots* parts);

// Puts an access with a function somewhere, and before it calls of the library that happen inside
// that function, with changes of memory and of the machine between them. Returns whether the format
// has such verbs and the point `use`.
bool InsertNested(const BinaryFormat& format, Random& random, OpSlots* parts);

}  // namespace sim

#endif  // FUZZ_OP_GROUPS_H_
