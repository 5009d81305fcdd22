// One access verb of a scenario as a call of the code under test (sim/subject), and the use of what
// it hands out.
#ifndef SIM_SCENARIO_LIBRARY_CALL_H_
#define SIM_SCENARIO_LIBRARY_CALL_H_

#include "sim/machine/kernel.h"
#include "sim/machine/kernel_buffer.h"
#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"
#include "sim/subject/subject.h"

namespace sim {

// The element type of `op`, as subjects know it.
axptr_element ElementOf(const Op& op);

// Whether `subject` has the function for `op`; true for an operation that calls no subject.
bool IsOffered(const Op& op, const axptr_subject& subject);

// Calls the function of `subject` that `op` names, on the current CPU of `kernel`; where it
// succeeds reads every byte of the result, and, if the access is mutable, changes the first and the
// last byte (kFlippedInFirst, kFlippedInLast). A result that lies elsewhere than the memory that
// was asked for is not touched. A copy goes to `buffer`. `effects` receives what happened besides
// the outcome. Precondition: IsLibraryAccess(op.verb) and IsOffered; `subject` is attached; inside
// Kernel::RunKernel; `*effects` is Effects(); no other call that is under way uses `buffer`.
Outcome CallLibrary(const axptr_subject& subject, const Op& op, Kernel& kernel,
                    KernelBuffer& buffer, Effects* effects);

}  // namespace sim

#endif  // SIM_SCENARIO_LIBRARY_CALL_H_
