// Calls in which one byte differs from all others, at each position.
//
// Code that looks at many bytes at once can overlook one of them, and code that looks only at some
// bytes finds nothing else where contents are all alike or all different.
#ifndef SIM_CLI_CONFORM_EACH_BYTE_H_
#define SIM_CLI_CONFORM_EACH_BYTE_H_

#include "sim/cli/conform/trial.h"
#include "sim/scenario/verb.h"

namespace sim {

// Makes trials for a function that decides by bytes: up to a terminator, of a struct, of a table of
// io vectors, of pointers, of an atomic word, of a text argument, or of the struct that is written
// to the user. No trials for a function that only moves bytes.
void MakeEachByte(Verb verb, TrialSink sink);

}  // namespace sim

#endif  // SIM_CLI_CONFORM_EACH_BYTE_H_
