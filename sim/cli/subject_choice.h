// The subject that runs, the contract that it is checked against, and the required facets: the
// values of the options --subject, --contract and --require, for the commands and for emitted
// tests.
#ifndef SIM_CLI_SUBJECT_CHOICE_H_
#define SIM_CLI_SUBJECT_CHOICE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sim/oracle/facet.h"

namespace sim {

struct SubjectChoice {
  std::string subject;   // for FindSubject; "": the default subject
  std::string contract;  // for FindContract; "": the one that the subject names
  std::string require;   // for ParseFacets; "": none

  // Whether this is the choice without any option.
  bool IsDefault() const { return subject.empty() && contract.empty() && require.empty(); }
};

// Makes the subject and the contract those of this process (SelectSubject, SelectContract).
// Errors: InvalidArgumentError of FindSubject, FindContract and SelectedContract; the message
// begins with the option.
absl::Status Use(const SubjectChoice& choice);

// The required facets: a run that depends on one of them and did not observe it is not judged.
// Errors: those of ParseFacets; the message begins with the option.
absl::StatusOr<FacetSet> RequiredBy(const SubjectChoice& choice);

// The same choice with the path of a shared object made absolute, for a program that is started in
// another folder.
SubjectChoice FromAnyFolder(const SubjectChoice& choice);

}  // namespace sim

#endif  // SIM_CLI_SUBJECT_CHOICE_H_
