// Generates calls of a function with memory of every size, from the verb's row in the table of
// verbs.
#ifndef SIM_CLI_CONFORM_ACCESSES_H_
#define SIM_CLI_CONFORM_ACCESSES_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/scenario/op.h"

namespace sim {

// The user memory of one call: `bytes` contiguous bytes.
struct Shape {
  ElementType type = ElementType::kU8;
  uint64_t count = 0;  // elements; of a table of io vectors and of an array of pointers: entries
  uint64_t bytes = 0;
  uint64_t room = 0;       // of a string: the bytes of the kernel's buffer, or the bound
  bool is_single = false;  // Op::is_single
  bool is_open = false;    // a string without a terminator in its room
  // The memory is the target of io vectors or pointers. The io vectors or pointers are in other
  // memory, which is mapped.
  bool is_behind = false;

  friend bool operator==(const Shape&, const Shape&) = default;
};

// Shapes of `verb` of each size of `sizes` (bytes, ascending), as far as the verb has them; a verb
// of one element has one shape for each type. Precondition: IsLibraryAccess(verb).
std::vector<Shape> ShapesOf(Verb verb, std::span<const uint64_t> sizes);

// Whether the function refuses bytes that are no UTF-8.
constexpr bool IsText(Verb verb) { return verb == Verb::kConstStr || verb == Verb::kCopyStr; }

// The content of the memory before the call: shape.bytes bytes; adjacent bytes differ.
std::string ContentsOf(Verb verb, const Shape& shape);

// The call itself, with the memory at `address` (bytes). The operations that create its tables or
// strings in other memory come first.
std::vector<Op> CallOf(Verb verb, const Shape& shape, uint64_t address);

// Operations of CPU 0 that set an address space up.
Op MapOp(uint64_t address, uint64_t bytes, Perms perms, AreaKind kind, uint64_t file_bytes = 0);
Op FillOp(uint64_t address, std::string bytes);
Op FillOp(uint64_t address, uint64_t count, char byte);

// The limit that `argument` is for `op`: the maximum number of strings, or of bytes stored or read;
// 0 if `argument` is no limit.
uint64_t LimitOf(Argument argument, const Op& op);

// Sets the quantity that `argument` is for `op` to `value`. Returns false, without a change, if
// `argument` is no quantity or `value` is not encodable.
bool SetQuantity(Argument argument, uint64_t value, Op* op);

}  // namespace sim

#endif  // SIM_CLI_CONFORM_ACCESSES_H_
