// Makes the call of the code under test (sim/subject) for one access verb of a scenario, and uses
// the memory that the call lends out.
#ifndef SIM_SCENARIO_LIBRARY_CALL_H_
#define SIM_SCENARIO_LIBRARY_CALL_H_

#include "sim/machine/kernel.h"
#include "sim/machine/kernel_buffer.h"
#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"
#include "sim/subject/subject.h"

namespace sim {

// The element type of `op`, in the form that subjects take.
axptr_element ElementOf(const Op& op);

// Whether `subject` has the function for `op`. True for an operation that calls no subject.
bool IsOffered(const Op& op, const axptr_subject& subject);

// Calls the function of `subject` that `op` names, on the current CPU of `kernel`. If the call
// succeeds, reads every byte of the result and, if the access is mutable, changes the first and the
// last byte (kFlippedInFirst, kFlippedInLast). Does not touch a result that is not at the requested
// address. A copy goes to `buffer`. `effects` receives what happened besides the outcome.
// Precondition: IsLibraryAccess(op.verb) and IsOffered; `subject` is attached; inside
// Kernel::RunKernel; `*effects` is Effects(); no other call that is under way uses `buffer`.
Outcome CallLibrary(const axptr_subject& subject, const Op& op, Kernel& kernel,
                    KernelBuffer& buffer, Effects* effects);

}  // namespace sim

#endif  // SIM_SCENARIO_LIBRARY_CALL_H_
