// An error of the operating system as a status.
#ifndef SIM_CLI_SYSTEM_ERROR_H_
#define SIM_CLI_SYSTEM_ERROR_H_

#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace sim {

// "WHAT: what errno says", an UnavailableError. Precondition: called directly after the failed
// system call, before errno changes.
inline absl::Status SystemError(absl::string_view what) {
  return absl::UnavailableError(absl::StrCat(what, ": ", strerror(errno)));
}

}  // namespace sim

#endif  // SIM_CLI_SYSTEM_ERROR_H_
