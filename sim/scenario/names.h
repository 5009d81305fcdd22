// The words of the scenario language: from values to names and back. No other file defines these
// names.
//
// `XName(x)` returns the word for a valid value. `XFromName(word)` returns nothing for an unknown
// word. Words must match exactly: lower case, no abbreviations.
#ifndef SIM_SCENARIO_NAMES_H_
#define SIM_SCENARIO_NAMES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"

namespace sim {

absl::string_view VerbName(Verb verb);
std::optional<Verb> VerbFromName(absl::string_view name);

// Usage texts of the arguments after the verb, such as "ADDR LEN PERMS". One string for each form
// of the arguments.
std::vector<std::string> UsagesOf(Verb verb);

absl::string_view ElementTypeName(ElementType type);
std::optional<ElementType> ElementTypeFromName(absl::string_view name);
// Accepts only the types that an atomic operation takes: u32 and u64.
std::optional<ElementType> WordFromName(absl::string_view name);

// Three characters of "rwx", or '-'. Precondition: no other bits in `perms`.
absl::string_view PermsName(Perms perms);
std::optional<Perms> PermsFromName(absl::string_view name);

absl::string_view AreaKindName(AreaKind kind);
std::optional<AreaKind> AreaKindFromName(absl::string_view name);

absl::string_view RacePointName(RacePoint point);
std::optional<RacePoint> RacePointFromName(absl::string_view name);

absl::string_view InjectPointName(InjectPoint point);
std::optional<InjectPoint> InjectPointFromName(absl::string_view name);

// The largest errno number of Linux, and the largest N of `errno N`.
inline constexpr int kMaxErrno = 4095;

// "EFAULT"; "errno 3999" for a number without a name; "some error" for kSomeError.
std::string ErrnoName(int error);

// What kind of outcome it is: "ok", the name of its error, "panic", "armed", "not run", "not
// offered".
std::string OutcomeKindName(const Outcome& outcome);
std::optional<int> ErrnoFromName(absl::string_view name);

}  // namespace sim

#endif  // SIM_SCENARIO_NAMES_H_
