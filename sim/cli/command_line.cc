#include "sim/cli/command_line.h"

#include <algorithm>
#include <cstdio>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "sim/cli/exit_status.h"
#include "sim/oracle/facet.h"
#include "sim/scenario/names.h"

namespace sim {
namespace {

constexpr char kPreface[] =
    "usage: axsim COMMAND [--OPTION...] FILE...\n\n"
    "Runs scenarios of user-memory accesses on a simulated machine, judges them, and explains "
    "what\n"
    "went wrong. FILE is a scenario's text, a fuzzer's crash file as it is, or the line `Base64:\n"
    "...` that libFuzzer prints; \"-\" is standard input.\n\n";
constexpr char kVerbs[] = "\nThe verbs of a scenario (docs/scenario.md):\n\n";
constexpr char kFacets[] =
    "\nFacets: what a run can observe of its subject, and the violations that each is needed for.\n"
    "A line `not judged` names missing facets. With --require they decide the exit status.\n\n";
constexpr char kEpilogue[] =
    "\nExit status: 0 all is as expected; 1 a violation, or an expectation (=>) that is not met;\n"
    "2 unusable arguments or input, or the host has too few resources; 3 nothing is wrong, but\n"
    "not all was judged or explored.\n"
    "`axsim COMMAND --help` has each command's options and an example.\n";

bool IsHelp(absl::string_view word) { return word == "--help" || word == "-h" || word == "help"; }

std::string OptionText(const Option& option) {
  return option.value.empty() ? absl::StrCat("--", option.name)
                              : absl::StrCat("--", option.name, "=", option.value);
}

int Mistake(absl::string_view message) {
  absl::FPrintF(stderr, "axsim: %s\n", message);
  return kUnusable;
}

// Takes the word "--name=value" into `arguments`.
absl::Status TakeOption(const Command& command, absl::string_view word, Arguments* arguments) {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(word.substr(2), absl::MaxSplits('=', 1));
  const auto option = std::find_if(command.options.begin(), command.options.end(),
                                   [&](const Option& one) { return one.name == parts[0]; });
  if (option == command.options.end()) {
    const std::string known = absl::StrJoin(
        command.options, ", ",
        [](std::string* out, const Option& one) { absl::StrAppend(out, OptionText(one)); });
    return absl::InvalidArgumentError(
        absl::StrCat(word, ": no such option; expected ", known.empty() ? "none" : known));
  }
  const bool has_value = parts.size() == 2;
  const bool wants_value = !option->value.empty();
  const bool one_of = absl::StrContains(option->value, '|');
  const std::vector<absl::string_view> choices = absl::StrSplit(option->value, '|');
  const bool known = !one_of || (has_value && std::find(choices.begin(), choices.end(), parts[1]) !=
                                                  choices.end());
  if (has_value != wants_value || !known) {
    return absl::InvalidArgumentError(absl::StrCat(word, ": expected ", OptionText(*option)));
  }
  arguments->Set(parts[0], has_value ? parts[1] : "");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Arguments> ParseArguments(const Command& command,
                                         std::span<const std::string> words) {
  Arguments arguments;
  bool options_end = false;
  for (const std::string& word : words) {
    if (options_end || word.size() < 2 || word[0] != '-') {
      arguments.files.push_back(word);
    } else if (word == "--") {
      options_end = true;
    } else {
      const absl::Status taken = TakeOption(command, word, &arguments);
      if (!taken.ok()) return taken;
    }
  }
  if (arguments.files.size() < command.min_files || arguments.files.size() > command.max_files) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected: axsim ", command.name, " ", command.arguments));
  }
  return arguments;
}

std::string PrintHelp(std::span<const Command> commands) {
  std::string text = kPreface;
  for (const Command& command : commands) {
    absl::StrAppendFormat(&text, "  %-9s %s\n", command.name, command.summary);
  }
  absl::StrAppend(&text, kVerbs);
  for (const VerbInfo& info : AllVerbs()) {
    const std::string usage = absl::StrJoin(UsagesOf(info.verb), " or ");
    absl::StrAppendFormat(&text, "  %-12s %-30s %s\n", info.name, usage, info.help);
  }
  absl::StrAppend(&text, kFacets, PrintFacetTable(), kEpilogue);
  return text;
}

std::string PrintCommandHelp(const Command& command) {
  std::string text = absl::StrCat("usage: axsim ", command.name, " ", command.arguments, "\n\n",
                                  command.summary, "\n");
  if (!command.options.empty()) absl::StrAppend(&text, "\n");
  for (const Option& option : command.options) {
    absl::StrAppendFormat(&text, "  %-22s %s\n", OptionText(option), option.meaning);
  }
  const bool has_facets =
      std::any_of(command.options.begin(), command.options.end(),
                  [](const Option& option) { return option.name == kRequireOption; });
  if (has_facets) absl::StrAppend(&text, kFacets, PrintFacetTable());
  absl::StrAppend(&text, "\nexample:\n", command.example);
  return text;
}

int RunCommandLine(std::span<const Command> commands, std::span<const std::string> words) {
  if (words.empty()) {
    fputs(PrintHelp(commands).c_str(), stderr);
    return kUnusable;
  }
  if (IsHelp(words[0])) {
    fputs(PrintHelp(commands).c_str(), stdout);
    return kAllAsExpected;
  }
  const auto command = std::find_if(commands.begin(), commands.end(),
                                    [&](const Command& one) { return one.name == words[0]; });
  if (command == commands.end()) {
    const std::string names =
        absl::StrJoin(commands, ", ",
                      [](std::string* out, const Command& one) { absl::StrAppend(out, one.name); });
    return Mistake(absl::StrCat(words[0], ": no such command; expected ", names));
  }
  const std::span<const std::string> rest = words.subspan(1);
  const auto options_end = std::find(rest.begin(), rest.end(), "--");
  if (std::any_of(rest.begin(), options_end,
                  [](const std::string& word) { return word == "--help" || word == "-h"; })) {
    fputs(PrintCommandHelp(*command).c_str(), stdout);
    return kAllAsExpected;
  }
  const absl::StatusOr<Arguments> arguments = ParseArguments(*command, rest);
  if (!arguments.ok()) {
    return Mistake(absl::StrCat(command->name, ": ", arguments.status().message()));
  }
  const int status = command->run(*arguments);
  if (fflush(stdout) != 0) return Mistake("cannot write standard output");
  return status;
}

}  // namespace sim
