// The subjects that a program can run: those that are linked in, and shared objects.
#ifndef SIM_SUBJECT_SUBJECTS_H_
#define SIM_SUBJECT_SUBJECTS_H_

#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "sim/subject/subject.h"

namespace sim {

// The library of axptr/ with the flags of this build, and with those of a kernel, which has no
// vector registers. The first is what runs where nothing else was asked for.
std::span<const axptr_subject* const> LinkedSubjects();

// The subject `name_or_file`: the name of one that is linked in, or, with a slash in it, the path
// of a shared object. A shared object stays loaded until the process ends. Errors, for people:
// InvalidArgumentError: no such name (the message lists the names); no such file, not a shared
// object, or not one that exports a usable subject of this ABI version.
absl::StatusOr<const axptr_subject*> FindSubject(const std::string& name_or_file);

// Why `subject`, which comes from `where`, is not usable. Ok: it is.
absl::Status CheckSubject(const axptr_subject* subject, const std::string& where);

}  // namespace sim

#endif  // SIM_SUBJECT_SUBJECTS_H_
