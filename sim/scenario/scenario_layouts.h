// Address spaces that a binary scenario can start from, so that a fuzzer need not build one before
// it finds anything: byte 2 of the header (scenario_bytes.h).
//
// Frozen with the format's version, as scenario_shapes.h is.
#ifndef SIM_SCENARIO_SCENARIO_LAYOUTS_H_
#define SIM_SCENARIO_SCENARIO_LAYOUTS_H_

#include <cstdint>
#include <span>

#include "sim/scenario/op.h"

namespace sim {

// An operation at a page of the window (or, negative, of its end: -1 is the last page).
struct LayoutStep {
  Verb verb;  // map, unmap, protect or fill
  int page;
  int offset;  // bytes from the start of the page
  uint64_t bytes;
  Perms perms;
  AreaKind kind;
  char byte;  // of fill, repeated
};

inline constexpr int kLayoutCount = 16;

// The steps of layout `number`, in order. 0 has none. Precondition: 0 <= number < kLayoutCount.
std::span<const LayoutStep> LayoutSteps(int number);

// Writes the step as an operation of CPU 0 into `*op`, every field of it.
void SetOpFromStep(const LayoutStep& step, Op* op);

// Every field as in a new Op; the memory of its strings is kept.
void ClearOp(Op* op);

}  // namespace sim

#endif  // SIM_SCENARIO_SCENARIO_LAYOUTS_H_
