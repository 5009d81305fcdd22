// The identity of a bug: two crash files show the same bug if the violation, the operation and the
// place are equal.
#ifndef SIM_CLI_BUG_BUG_IDENTITY_H_
#define SIM_CLI_BUG_BUG_IDENTITY_H_

#include <optional>
#include <string>

#include "sim/oracle/oracle.h"
#include "sim/scenario/scenario.h"

namespace sim {

// Derived from the values of a violation, not from its message. Each string is from a fixed
// vocabulary without numbers: minimising changes addresses and lengths, but must not change the
// identity.
struct BugIdentity {
  std::string violation;  // of kViolationNames; "crash" if the run itself did not end
  std::string operation;  // verb and type: "const.get u8"
  std::string place;      // where it showed, as seen from the operation; empty: nowhere
  // The broken rule, unless `violation` says it, and what of wanted and got stays when a scenario
  // becomes smaller: "EFAULT, not ok", "check_flags: 0x9, not 0x1". Of a crash: how it ended.
  std::string difference;

  friend bool operator==(const BugIdentity&, const BugIdentity&) = default;
  friend auto operator<=>(const BugIdentity&, const BugIdentity&) = default;
};

// The identity of the first finding in `verdict`, which is of a run of `scenario`; nothing if there
// is no finding.
std::optional<BugIdentity> IdentityOf(const Scenario& scenario, const Verdict& verdict);

// The identity of `violation`, which belongs to an operation of `scenario`.
BugIdentity IdentityOf(const Scenario& scenario, const Violation& violation);

// "const.get u8", "unmap", "race unmap".
std::string OperationName(const Op& op);

// One line: "access.result in const.get u8, in its first page: EFAULT, not ok".
std::string PrintIdentity(const BugIdentity& bug);

// Four lines that ParseIdentity takes, for another process.
std::string SerializeIdentity(const BugIdentity& bug);
std::optional<BugIdentity> ParseIdentity(absl::string_view text);

}  // namespace sim

#endif  // SIM_CLI_BUG_BUG_IDENTITY_H_
