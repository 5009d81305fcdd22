// Prints violations for people. This is the only place that makes these words, and no code may
// depend on them; the violation itself has the data that distinguishes bugs.
#ifndef SIM_ORACLE_VIOLATION_TEXT_H_
#define SIM_ORACLE_VIOLATION_TEXT_H_

#include <string>

#include "sim/oracle/violation.h"
#include "sim/scenario/scenario.h"

namespace sim {

// The required value, as printed after "wanted": "EFAULT", "[0x1000, 0x2000) populated".
// `violation` is of a run of `scenario`.
std::string PrintWanted(const Scenario& scenario, const Violation& violation);

// The actual value, as printed after "got": "ok len=1 fnv=0123456789abcdef", "CPU 1 holds it".
std::string PrintGot(const Scenario& scenario, const Violation& violation);

}  // namespace sim

#endif  // SIM_ORACLE_VIOLATION_TEXT_H_
