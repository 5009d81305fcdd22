// The words of a violation, for people: the only place where they are made. Nothing may depend on
// them; what tells two bugs apart is in the violation itself.
#ifndef SIM_ORACLE_VIOLATION_TEXT_H_
#define SIM_ORACLE_VIOLATION_TEXT_H_

#include <string>

#include "sim/oracle/violation.h"
#include "sim/scenario/scenario.h"

namespace sim {

// What the rule asks for, as it stands behind "wanted": "EFAULT", "[0x1000, 0x2000) populated".
// `violation` is of a run of `scenario`.
std::string PrintWanted(const Scenario& scenario, const Violation& violation);

// What was there, as it stands behind "got": "ok len=1 fnv=0123456789abcdef", "CPU 1 holds it".
std::string PrintGot(const Scenario& scenario, const Violation& violation);

}  // namespace sim

#endif  // SIM_ORACLE_VIOLATION_TEXT_H_
