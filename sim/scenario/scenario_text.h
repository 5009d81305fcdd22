// The text form of a scenario, for people and for committed files. Syntax: docs/scenario.md.
//
// Printing is canonical: one space between words, no comments, addresses and byte lengths in
// hexadecimal, counts up to kMaxDecimalCount in decimal. For every scenario whose values have a
// text (below), ParseScenario(PrintScenario(s)) == s. Therefore parsing a printed text and printing
// the result gives the same text.
//
// Values that have a text: cpus in 1..kMaxCpus and every Op::cpu below cpus; fields that the verb
// does not use at their default; fill with length == pattern.size(), or a pattern of one byte; a
// race with nth >= 1, only on a raceable verb; the expectation kNever only on a race, and no other
// expectation on a race; a violation of kViolationNames; a fingerprint only together with a length;
// an error in 1..kMaxErrno; a length of at most MaxLength(verb).
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
// The most bytes of a fill's string. Such a string fits in a line even if every byte is an escape.
inline constexpr size_t kMaxFillBytes = size_t{1} << 16;
inline constexpr uint64_t kMaxDecimalCount = 1'000'000;

// Parses a whole text. The input may be any bytes. A carriage return before the end of a line is
// ignored.
//
// Arguments: `file_name` is used in error messages only.
// Result: the scenario; Op::line is the line of each operation.
// Errors: InvalidArgumentError, "file:line:column: what; expected what", for the first mistake;
//   lines and columns count from 1, columns in bytes.
absl::StatusOr<Scenario> ParseScenario(absl::string_view text, absl::string_view file_name);

// The `machine` line and a line for each operation, each with its newline.
std::string PrintScenario(const Scenario& scenario);

// "machine cpus=1 frames=max lock=on", without a newline.
std::string PrintMachine(const MachineConfig& machine);

// One operation with its expectation, without a newline.
std::string PrintOp(const Op& op);

// The outcome of an operation: "ok", "ok len=5 fnv=0123456789abcdef" (accesses of the library),
// "EFAULT", "EFAULT done=16" (verbs for which ReportsDone holds), "panic", "armed", "not run".
std::string PrintOutcome(Verb verb, const Outcome& outcome);

// The outcome of an access of the library, for any of its verbs.
std::string PrintOutcome(const Outcome& outcome);

// The text after `=>`: "ok", "ok len=5", "EFAULT", "EFAULT done=16", "violation flag.stuck",
// "never"; empty for kNone.
std::string PrintExpectation(const StatedExpectation& expectation);

// Whether `bytes` look like a scenario's text, for tools that accept the text and the binary form.
// True if the only control characters are tab, newline and carriage return, and the first word
// outside comments is `machine`, `race`, a verb or begins with '@', or there is no word. False for
// a text with a misspelt first word; therefore a tool should treat a file whose name ends in .scn
// as text without this check.
bool LooksLikeText(absl::string_view bytes);

}  // namespace sim

#endif  // SIM_SCENARIO_SCENARIO_TEXT_H_
