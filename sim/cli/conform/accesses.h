// Calls of a function with memory of every size, made from the columns of the verb's row.
#ifndef SIM_CLI_CONFORM_ACCESSES_H_
#define SIM_CLI_CONFORM_ACCESSES_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/scenario/op.h"

namespace sim {

// How one call names user memory: `bytes` of them, without a gap.
struct Shape {
  ElementType type = ElementType::kU8;
  uint64_t count = 0;  // elements; of a table of io vectors and of an array of pointers: entries
  uint64_t bytes = 0;
  uint64_t room = 0;       // of a string: the bytes of the kernel's buffer, or the bound
  bool is_single = false;  // Op::is_single
  bool is_open = false;    // a string without a terminator in its room
  // The memory is what io vectors or pointers name. Those lie elsewhere, in memory that is mapped.
  bool is_behind = false;

  friend bool operator==(const Shape&, const Shape&) = default;
};

// Shapes of `verb` of each size of `sizes` (bytes, ascending), as far as the verb has them; a verb
// of one element has one shape for each type. Precondition: IsLibraryAccess(verb).
std::vector<Shape> ShapesOf(Verb verb, std::span<const uint64_t> sizes);

// What the memory of a call holds before it: shape.bytes bytes, which differ from their neighbours.
std::string ContentsOf(Verb verb, const Shape& shape);

// The call itself, with the memory at `address` (bytes). Before it stand the operations that make
// the tables or strings that lie elsewhere.
std::vector<Op> CallOf(Verb verb, const Shape& shape, uint64_t address);

// Operations of CPU 0 that set an address space up.
Op MapOp(uint64_t address, uint64_t bytes, Perms perms, AreaKind kind, uint64_t file_bytes = 0);
Op FillOp(uint64_t address, std::string bytes);
Op FillOp(uint64_t address, uint64_t count, char byte);

// The limit that `argument` is of `op`: how many strings it takes, or how many bytes it has room
// for, or looks at; 0 if it is none.
uint64_t LimitOf(Argument argument, const Op& op);

// Sets the quantity that `argument` is of `op` to `value`. False, and nothing is changed: it is no
// quantity, or no operation has that value.
bool SetQuantity(Argument argument, uint64_t value, Op* op);

}  // namespace sim

#endif  // SIM_CLI_CONFORM_ACCESSES_H_
