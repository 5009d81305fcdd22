// The contract of a verdict, in JSON.
#ifndef SIM_CLI_CONTRACT_JSON_H_
#define SIM_CLI_CONTRACT_JSON_H_

#include <nlohmann/json.hpp>

#include "sim/cli/bug/judge.h"

namespace sim {

// Adds "contract" to `json`, unless it is axptr's. Precondition: SelectedContract is ok.
inline void AddContract(nlohmann::ordered_json* json) {
  const Contract& contract = **SelectedContract();
  if (&contract != &kAxptrContract) (*json)["contract"] = contract.name;
}

}  // namespace sim

#endif  // SIM_CLI_CONTRACT_JSON_H_
