// axsim conform: what a subject keeps and breaks of a contract, as a table.
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/cli/bug/fresh_process.h"
#include "sim/cli/commands/commands.h"
#include "sim/cli/commands/reduce_input.h"
#include "sim/cli/conform/conform.h"
#include "sim/cli/conform/conform_report.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/input.h"
#include "sim/scenario/names.h"

namespace sim {
namespace {

int g_stop_file = -1;

void NoteInterrupt(int /*signal*/) {
  const uint64_t once = 1;
  static_cast<void>(!write(g_stop_file, &once, sizeof(once)));
}

// A file descriptor that becomes readable at the first Ctrl-C; the second Ctrl-C ends the program.
// If the parent process ignores SIGINT, it stays ignored. -1: there is no file.
int StopFile() {
  g_stop_file = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  struct sigaction before = {};
  sigaction(SIGINT, nullptr, &before);
  if (g_stop_file < 0 || before.sa_handler == SIG_IGN) return g_stop_file;
  struct sigaction action = {};
  action.sa_handler = NoteInterrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  return g_stop_file;
}

absl::StatusOr<ConformOptions> ConformOptionsOf(const Arguments& arguments) {
  ConformOptions options;
  const absl::StatusOr<absl::Duration> limit = SecondsOf(arguments, "5");
  if (!limit.ok()) return limit.status();
  options.seconds = static_cast<int>(absl::ToInt64Seconds(*limit));
  const absl::StatusOr<FacetSet> required = RequiredOf(arguments);
  if (!required.ok()) return required.status();
  options.required = *required;
  if (arguments.Has("only")) {
    options.only = VerbFromName(arguments.Get("only"));
    if (!options.only || !IsLibraryAccess(*options.only)) {
      std::string names;
      for (const VerbInfo& info : AllVerbs()) {
        if (!IsLibraryAccess(info.verb)) continue;
        absl::StrAppend(&names, names.empty() ? "" : ", ", info.name);
      }
      return absl::InvalidArgumentError(absl::StrCat(
          "--only=", arguments.Get("only"), ": no function of a library; expected ", names));
    }
  }
  const bool is_terminal = isatty(STDERR_FILENO) != 0;
  options.progress = [is_terminal, last = std::optional<Verb>()](
                         Verb verb, const Situation& situation, size_t scenarios) mutable {
    if (is_terminal) {
      absl::FPrintF(stderr, "\r\033[Kconform: %s, %s (%d scenarios) ", VerbName(verb),
                    situation.name, scenarios);
    } else if (last != verb) {
      absl::FPrintF(stderr, "conform: %s (%d scenarios before it)\n", VerbName(verb), scenarios);
    }
    last = verb;
  };
  return options;
}

// Whether a process survives loading the subject: its constructors and its entry function are code
// under test, too.
absl::Status TryToLoad(const Arguments& arguments, int seconds) {
  const absl::StatusOr<std::string> loaded = InFreshProcess(
      [&]() -> std::string {
        static_cast<void>(UseSubjectAndContractOf(arguments));
        return "";
      },
      seconds);
  if (!absl::IsAborted(loaded.status())) return loaded.status();
  return absl::InvalidArgumentError(
      absl::StrCat("--subject: ", arguments.Get("subject"),
                   ": not a usable subject: a process that loads it: ", loaded.status().message()));
}

int StatusOf(const Conformance& conformance, FacetSet required) {
  if (conformance.Cells(CellState::kFailed) != 0) return kNotAsExpected;
  const bool is_judged = conformance.Counts().passed != 0;
  const bool lacks_required = !required.empty() && conformance.Cells(CellState::kNotJudged) != 0;
  return conformance.finished && is_judged && !lacks_required ? kAllAsExpected : kSomeNotJudged;
}

}  // namespace

int ConformCommand(const Arguments& arguments) {
  absl::StatusOr<ConformOptions> options = ConformOptionsOf(arguments);
  if (!options.ok()) return Fail(options.status());
  const absl::Status loaded = TryToLoad(arguments, options->seconds);
  if (!loaded.ok()) return Fail(loaded);
  const absl::Status subject = UseSubjectAndContractOf(arguments);
  if (!subject.ok()) return Fail(subject);
  options->stop_file = StopFile();
  absl::StatusOr<Conformance> conformance = Conform(*options);
  if (isatty(STDERR_FILENO) != 0) fputs("\r\033[K", stderr);
  if (!conformance.ok()) return Fail(conformance.status());
  const ConformFrame frame = {.subject = arguments.Get("subject")};
  if (arguments.Has("output")) {
    const absl::Status written = WriteFailing(arguments.Get("output"), frame, &*conformance);
    if (!written.ok()) return Fail(written);
  }
  if (arguments.Has("html")) {
    const absl::Status written =
        WriteWhole(arguments.Get("html"), PrintConformHtml(*conformance, frame));
    if (!written.ok()) return Fail(written);
  }
  const std::string text = arguments.IsJson() ? PrintConformJson(*conformance, frame)
                                              : PrintConformText(*conformance, frame);
  // A page on standard output stands alone there.
  if (arguments.Get("html") != "-") fwrite(text.data(), 1, text.size(), stdout);
  return StatusOf(*conformance, options->required);
}

}  // namespace sim
