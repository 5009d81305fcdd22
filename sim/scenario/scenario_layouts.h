// Initial address spaces of binary scenarios, selected by byte 2 of the header (scenario_bytes.h),
// so that a fuzzer reaches interesting states without building an address space first.
//
// Frozen with the format's version, as scenario_shapes.h is.
#ifndef SIM_SCENARIO_SCENARIO_LAYOUTS_H_
#define SIM_SCENARIO_SCENARIO_LAYOUTS_H_

#include <cstdint>
#include <span>

#include "sim/scenario/op.h"

namespace sim {

// An operation at a page of the window. A negative `page` counts from the window's end: -1 is the
// last page.
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

// The steps of layout `number`, in order. Layout 0 has no steps. Precondition: 0 <= number <
// kLayoutCount.
std::span<const LayoutStep> LayoutSteps(int number);

// Sets all fields of `*op` to the step, as an operation of CPU 0.
void SetOpFromStep(const LayoutStep& step, Op* op);

// Resets every field to the value of a new Op. Keeps the memory of its strings.
void ClearOp(Op* op);

}  // namespace sim

#endif  // SIM_SCENARIO_SCENARIO_LAYOUTS_H_
