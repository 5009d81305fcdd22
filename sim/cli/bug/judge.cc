#include "sim/cli/bug/judge.h"

#include "absl/strings/str_cat.h"

namespace sim {
namespace {

const Contract* g_selected = nullptr;

}  // namespace

void SelectContract(const Contract* contract) { g_selected = contract; }

absl::StatusOr<const Contract*> SelectedContract() {
  if (g_selected != nullptr) return g_selected;
  const axptr_subject& subject = SelectedSubject();
  if (subject.contract == nullptr) return &kAxptrContract;
  const absl::StatusOr<const Contract*> contract = FindContract(subject.contract);
  if (contract.ok()) return *contract;
  return absl::InvalidArgumentError(
      absl::StrCat("the subject \"", subject.name, "\" names ", contract.status().message()));
}

std::string ByContract() {
  const Contract& contract = **SelectedContract();
  return &contract == &kAxptrContract ? "" : absl::StrCat(" by the contract ", contract.name);
}

absl::StatusOr<Judge> Judge::Create() {
  absl::StatusOr<std::unique_ptr<Runner>> runner = Runner::Create();
  if (!runner.ok()) return runner.status();
  (*runner)->set_watch_fetches(true);
  const absl::StatusOr<const Contract*> contract = SelectedContract();
  if (!contract.ok()) return contract.status();
  return Judge(*std::move(runner), **contract);
}

Judge::Judged Judge::Run(const Scenario& scenario) {
  const Trace& trace = runner_->Run(scenario);
  return {trace, oracle_.Judge(scenario, trace)};
}

std::optional<BugIdentity> Judge::FindBug(const Scenario& scenario) {
  return IdentityOf(scenario, Run(scenario).verdict);
}

}  // namespace sim
