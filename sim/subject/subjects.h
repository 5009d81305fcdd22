// The subjects that a program can run: linked-in subjects, and shared objects.
#ifndef SIM_SUBJECT_SUBJECTS_H_
#define SIM_SUBJECT_SUBJECTS_H_

#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "sim/subject/subject.h"

namespace sim {

// The library of axptr/, compiled with the flags of this build, and with the flags of a kernel,
// which has no vector registers. The first is the default subject.
std::span<const axptr_subject* const> LinkedSubjects();

// Finds the subject `name_or_file`: the name of a linked-in subject or, if it contains a slash, the
// path of a shared object. A shared object stays loaded until the process ends. Errors, with
// messages for users: InvalidArgumentError: no such name (the message lists the names); no such
// file, not a shared object, or no export of a usable subject of this ABI version.
absl::StatusOr<const axptr_subject*> FindSubject(const std::string& name_or_file);

// Returns ok if `subject` is usable, else an error that says why not. `where`: the origin of the
// subject, for the message.
absl::Status CheckSubject(const axptr_subject* subject, const std::string& where);

}  // namespace sim

#endif  // SIM_SUBJECT_SUBJECTS_H_
