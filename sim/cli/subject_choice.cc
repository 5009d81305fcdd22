#include "sim/cli/subject_choice.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "sim/cli/bug/judge.h"
#include "sim/scenario/runner.h"
#include "sim/subject/subjects.h"

namespace sim {
namespace {

absl::Status OfOption(absl::string_view option, const absl::Status& status) {
  return absl::InvalidArgumentError(absl::StrCat("--", option, ": ", status.message()));
}

}  // namespace

absl::Status Use(const SubjectChoice& choice) {
  absl::StatusOr<const axptr_subject*> subject = LinkedSubjects().front();
  if (!choice.subject.empty()) subject = FindSubject(choice.subject);
  if (!subject.ok()) return OfOption("subject", subject.status());
  SelectSubject(**subject);
  SelectContract(nullptr);
  if (choice.contract.empty()) return SelectedContract().status();
  const absl::StatusOr<const Contract*> contract = FindContract(choice.contract);
  if (!contract.ok()) return OfOption("contract", contract.status());
  SelectContract(*contract);
  return absl::OkStatus();
}

absl::StatusOr<FacetSet> RequiredBy(const SubjectChoice& choice) {
  if (choice.require.empty()) return FacetSet();
  const absl::StatusOr<FacetSet> facets = ParseFacets(choice.require);
  if (facets.ok()) return facets;
  return OfOption("require", facets.status());
}

SubjectChoice FromAnyFolder(const SubjectChoice& choice) {
  SubjectChoice result = choice;
  if (choice.subject.find('/') == std::string::npos) return result;
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(choice.subject, error);
  if (!error) result.subject = path.lexically_normal().string();
  return result;
}

}  // namespace sim
