#include "sim/subject/subjects.h"

#include <dlfcn.h>

#include <cstddef>
#include <cstring>
#include <list>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "sim/subject/subject_access.h"
#include "sim/subject/subject_copying.h"

extern "C" {
const axptr_subject* axptr_vectors_subject(void);
const axptr_subject* axptr_words_subject(void);
}

namespace sim {
namespace {

absl::Status Unusable(const std::string& where, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(where, ": not a usable subject: ", why));
}

// The last error message of dlopen or dlsym, without the path that dlopen puts in front.
std::string LinkerError(const std::string& path) {
  const char* const error = dlerror();
  absl::string_view text = error == nullptr ? "unknown error" : error;
  const std::string prefix = path + ": ";
  if (text.substr(0, prefix.size()) == prefix) text.remove_prefix(prefix.size());
  return std::string(text);
}

// Extends a struct of an older, shorter header to the present size; the missing members are null.
// Returns null for null.
template <typename T>
const T* InFull(const T* given) {
  if (given == nullptr || given->size_bytes >= sizeof(T)) return given;
  static std::list<T>& filled = *new std::list<T>;
  T& full = filled.emplace_back();
  memcpy(&full, given, given->size_bytes);
  return &full;
}

const axptr_subject* WithAllParts(const axptr_subject* given) {
  const axptr_subject* const subject = InFull(given);
  const axptr_copying* const copying = InFull(subject->copying);
  const axptr_switching* const switching = InFull(subject->switching);
  if (copying == subject->copying && switching == subject->switching) return subject;
  static std::list<axptr_subject>& filled = *new std::list<axptr_subject>;
  filled.push_back(*subject);
  filled.back().copying = copying;
  filled.back().switching = switching;
  return &filled.back();
}

absl::Status CheckUserAddresses(const axptr_subject& subject, const std::string& where) {
  if (subject.size_bytes < sizeof(subject)) return absl::OkStatus();  // of an older header
  constexpr uint64_t kPageBytes = 4096;
  const uint64_t start = subject.user_start;
  const uint64_t end = subject.user_end;
  const bool is_stated = start != 0 || end != 0;
  if (!is_stated || (start < end && start % kPageBytes == 0 && end % kPageBytes == 0)) {
    return absl::OkStatus();
  }
  return Unusable(where, absl::StrFormat("its user addresses are [%#x, %#x); expected multiples of "
                                         "%d, and the start before the end",
                                         start, end, kPageBytes));
}

absl::StatusOr<const axptr_subject*> LoadSubject(const std::string& path) {
  // RTLD_NOW: with lazy binding, the first call of a function, which binds it, could be inside a
  // signal handler.
  void* const object = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (object == nullptr) return Unusable(path, LinkerError(path));
  void* const entry = dlsym(object, "axptr_subject_entry");
  if (entry == nullptr) return Unusable(path, "it exports no axptr_subject_entry");
  const auto subject = reinterpret_cast<const axptr_subject* (*)()>(entry)();
  const absl::Status usable = CheckSubject(subject, path);
  if (!usable.ok()) return usable;
  return WithAllParts(subject);
}

}  // namespace

std::span<const axptr_subject* const> LinkedSubjects() {
  static const axptr_subject* const subjects[] = {axptr_vectors_subject(), axptr_words_subject()};
  return subjects;
}

absl::StatusOr<const axptr_subject*> FindSubject(const std::string& name_or_file) {
  if (name_or_file.find('/') != std::string::npos) return LoadSubject(name_or_file);
  std::string names;
  for (const axptr_subject* const subject : LinkedSubjects()) {
    if (name_or_file == subject->name) return subject;
    absl::StrAppend(&names, subject->name, ", ");
  }
  return absl::InvalidArgumentError(
      absl::StrCat("no subject \"", name_or_file, "\": expected ", names,
                   "or the path of a shared object, with a slash in it"));
}

absl::Status CheckSubject(const axptr_subject* subject, const std::string& where) {
  if (subject == nullptr) return Unusable(where, "axptr_subject_entry returned null");
  if (subject->abi != AXPTR_SUBJECT_ABI) {
    return Unusable(where, absl::StrCat("it is built for version ", subject->abi,
                                        " of sim/subject/subject.h; expected ", AXPTR_SUBJECT_ABI));
  }
  constexpr size_t kLeastBytes = offsetof(axptr_subject, lend_value);
  if (subject->size_bytes < kLeastBytes || subject->size_bytes % sizeof(void*) != 0) {
    return Unusable(where, absl::StrCat("its size_bytes is ", subject->size_bytes,
                                        "; expected at least ", kLeastBytes));
  }
  if (subject->name == nullptr || subject->name[0] == '\0') {
    return Unusable(where, "it has no name");
  }
  if (subject->attach == nullptr) return Unusable(where, "attach is null");
  if ((subject->faults_allowed == nullptr) != (subject->allow_faults == nullptr)) {
    return Unusable(where, "it has one of faults_allowed and allow_faults; expected both, or none");
  }
  return CheckUserAddresses(*subject, where);
}

}  // namespace sim
