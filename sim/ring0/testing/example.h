// The example kernel of axptr/README.md, on the image's page tables and page faults.
#ifndef SIM_RING0_TESTING_EXAMPLE_H_
#define SIM_RING0_TESTING_EXAMPLE_H_

namespace ring0 {

// Runs each system call of the example in each situation, and sends the result to the host: "NAME:
// as expected", or WRONG. Precondition: nothing else runs; the user-access flag is clear.
void RunExample();

}  // namespace ring0

#endif  // SIM_RING0_TESTING_EXAMPLE_H_
