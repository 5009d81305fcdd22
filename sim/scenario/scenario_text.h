// A scenario as text: the form that people read, write, commit and attach to a report. The syntax
// is docs/scenario.md.
//
// Printing is canonical: one space between words, no comments, addresses and byte lengths in
// hexadecimal, counts up to kMaxDecimalCount in decimal. For every scenario whose values have a
// text (below), ParseScenario(PrintScenario(s)) == s; and so printing what was parsed from a
// printed text gives that text again.
//
// Values that have a text: cpus in 1..kMaxCpus and every Op::cpu below it; fields that the verb
// does not use at their default; fill with length == pattern.size(), or a pattern of one byte; a
// race only on a raceable verb, nth >= 1, and then no expectation but kNever, which only a race
// has; a violation of kViolationNames; a fingerprint only together with a length; an error in
// 1..kMaxErrno; a length of at most MaxLength(verb).
#ifndef SIM_SCENARIO_SCENARIO_TEXT_H_
#define SIM_SCENARIO_SCENARIO_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"
#include "sim/scenario/scenario.h"

namespace sim {

inline constexpr size_t kMaxTextOps = size_t{1} << 20;
inline constexpr size_t kMaxLineBytes = size_t{1} << 19;
// Of a fill's string. Written as escapes throughout it still fits in a line.
inline constexpr size_t kMaxFillBytes = size_t{1} << 16;
inline constexpr uint64_t kMaxDecimalCount = 1'000'000;

// Parses a whole text. Any bytes are tolerated as input; a carriage return before the end of a line
// is ignored.
//
// Arguments: `file_name` stands in error messages only.
// Result: the scenario; Op::line says where each operation stood.
// Errors: InvalidArgumentError, "file:line:column: what; expected what", for the first mistake;
//   lines and columns count from 1, columns in bytes.
absl::StatusOr<Scenario> ParseScenario(absl::string_view text, absl::string_view file_name);

// The `machine` line and a line for each operation, each with its newline.
std::string PrintScenario(const Scenario& scenario);

// "machine cpus=1 frames=max lock=on", without a newline.
std::string PrintMachine(const MachineConfig& machine);

// One operation with its expectation, without a newline.
std::string PrintOp(const Op& op);

// What came of an operation: "ok", "ok len=5 fnv=0123456789abcdef" (accesses of the library),
// "EFAULT", "EFAULT done=16" (verbs that say how much was done), "panic", "armed", "not run".
std::string PrintOutcome(Verb verb, const Outcome& outcome);

// The same of an access of the library, whichever it is.
std::string PrintOutcome(const Outcome& outcome);

// What stands after `=>`: "ok", "ok len=5", "EFAULT", "EFAULT done=16", "violation flag.stuck",
// "never"; empty for kNone.
std::string PrintExpectation(const StatedExpectation& expectation);

// Whether `bytes` look like a scenario's text, for tools that take text and binary alike: there are
// no control characters but tab, newline and carriage return, and the first word that is not in a
// comment is `machine`, `race`, a verb, or begins with '@', or there is no word at all.
// A text with a misspelt first word does not look like text: where a file's name ends in .scn, a
// tool should believe the name.
bool LooksLikeText(absl::string_view bytes);

}  // namespace sim

#endif  // SIM_SCENARIO_SCENARIO_TEXT_H_
