// A violation as JSON values for comparison, without the text for people.
#ifndef SIM_CLI_VIOLATION_JSON_H_
#define SIM_CLI_VIOLATION_JSON_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "sim/oracle/violation.h"

namespace sim {

// "0x" and the hexadecimal digits of `value`, an address or flags, as all JSON of axsim has them.
std::string Hex(uint64_t value);

// {"rule": "outcome", "cpu": 0, "event": null, "raced_by": null,
//  "wanted": {"outcome": "error", "error": "EFAULT", "errno": 14},
//  "got": {"outcome": "ok", "length": 1, "fnv": "0123456789abcdef"}}
// `event` and `raced_by` are indices from 0, or null; `wanted` and `got` are null where the rule
// says all. Addresses and flags are strings of hexadecimal digits.
nlohmann::ordered_json ViolationJson(const Violation& violation);

}  // namespace sim

#endif  // SIM_CLI_VIOLATION_JSON_H_
