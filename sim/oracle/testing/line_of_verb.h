// A scenario line for any verb that takes arguments, for tests of all verbs.
#ifndef SIM_ORACLE_TESTING_LINE_OF_VERB_H_
#define SIM_ORACLE_TESTING_LINE_OF_VERB_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "sim/scenario/verb.h"

namespace sim {

// A word for the argument, chosen so that most accesses of a page at 0x550000000000 are ok.
inline std::string WordFor(Argument argument) {
  switch (argument) {
    case Argument::kType:
    case Argument::kWord:
      return "u64";
    case Argument::kAddress:
      return "0x550000000000";
    case Argument::kText:
      return "\"hi\"";
    case Argument::kSegments:
      return "0";
    default:
      return "8";
  }
}

// The verb with these words, without a line end.
inline std::string LineOf(const VerbInfo& verb) {
  std::string line(verb.name);
  for (const Argument argument : verb.arguments) absl::StrAppend(&line, " ", WordFor(argument));
  return line;
}

}  // namespace sim

#endif  // SIM_ORACLE_TESTING_LINE_OF_VERB_H_
