#include "sim/cli/commands/commands.h"

#include <cstdint>
#include <cstdio>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "sim/cli/exit_status.h"
#include "sim/machine/event_buffer.h"

namespace sim {
namespace {

constexpr Option kFormat = {"format", "text|json", "json: one object on one line"};
constexpr Option kSeconds = {"seconds", "N", "stop minimising after so long (10)"};
constexpr Option kMaxEvents = {"max-events", "N",
                               "a run with more events than that is not judged (16777216)"};
constexpr Option kAsIs = {"as-is", "", "do not minimise first"};

constexpr Option kSubject = {
    "subject", "SUBJECT",
    "the code under test: vectors (default), words, or a shared object ./FILE"};

constexpr Option kContract = {
    "contract", "NAME",
    "the required behaviour: axptr, original, linux (that which the subject names)"};
constexpr Option kRequire = {kRequireOption, "FACET[,FACET]",
                             "a run that does not observe all of these is not judged"};

constexpr Option kRunOptions[] = {
    kFormat,
    kSubject,
    kContract,
    kRequire,
    {"quiet", "", "the verdict only, not a line for each operation"},
    kMaxEvents,
    {"host-oracle", "", "compare with what the kernel of this host permits, too"}};
constexpr Option kExplainOptions[] = {
    kFormat,
    kSubject,
    kContract,
    kRequire,
    {"html", "FILE", "write a page that a browser shows, instead"},
    {"color", "auto|always|never", "auto: on a terminal"},
    kAsIs,
    kSeconds};
constexpr Option kMinimizeOptions[] = {
    {"format", "text|binary|json", "binary: the bytes of a fuzzer"},
    kSubject,
    kContract,
    kRequire,
    kSeconds};
constexpr Option kExploreOptions[] = {
    kFormat,
    kSubject,
    kContract,
    kRequire,
    {"with", "OPERATION", "the operation of another CPU, instead of the standard set"},
    {"line", "N", "only the access on this line of the text"},
    {"point", "check|fault|use|load", "only at this point of an access"},
    {"from", "N", "at each point, from its N-th occurrence on (1)"},
    kMaxEvents,
    {"seconds", "N", "stop exploring after so long (60)"}};
constexpr Option kConformOptions[] = {
    kFormat,
    {"html", "FILE", "write a page that a browser shows, too"},
    {"output", "FOLDER", "write the shortest failing scenario of each cell there"},
    kSubject,
    kContract,
    kRequire,
    {"only", "FUNCTION", "only this function, by the name of its verb"},
    {"seconds", "N", "a scenario that takes longer hangs (5)"}};
constexpr Option kEmitOptions[] = {
    {"gtest", "", "the kind of test (there is one)"},
    {"name", "NAME", "name of the test, instead of one made from the name of the file"},
    kSubject,
    kContract,
    kRequire,
    kAsIs,
    kSeconds};
constexpr Option kInfoOptions[] = {kFormat};
constexpr Option kRing0Options[] = {
    {"subject", "NAME[,NAME]", "the subject of the image: words (default), vectors, task, unruly"},
    {"image", "FILE[,FILE]", "the image to run, instead of the one that g++ built"},
    {"cpus", "N[,N]",
     "1 or 2 processors: the second runs the operations of another CPU in a race (1)"},
    {"cpu", "MODEL", "the processor that qemu emulates (max,+smap,+smep)"},
    {"seconds", "N", "end the emulator when it has reported nothing for so long (120)"},
    {"bug", "NAME", "give the platform in the image this bug; the runs must find it"},
    {"accel", "tcg|kvm|auto",
     "the accelerator of qemu; auto: kvm if the image passes its probes with it (tcg)"},
    {"example", "", "run the example kernel of axptr/README.md instead of scenarios"},
    {"random", "N", "run N random scenarios instead of files, up to the first that fails"},
    {"seed", "N", "with --random: the seed of the first (1); each further one adds 1"},
    {"costs", "FILE", "count the instructions of each call and compare with those in FILE"},
    {"update", "", "with --costs: write the counted numbers to FILE"}};
constexpr Option kRandomOptions[] = {
    {"subject", "SUBJECT[,SUBJECT]", "the code under test (the linked subjects)"},
    kContract,
    {"generator", "NAME", "only this generator: mixed, pairs, bytes, pageless, flat"},
    {"seed", "N", "the seed of the first stream (the day); each further stream adds 1"},
    {"streams", "N", "so many streams of each generator (1)"},
    {"scenarios", "N", "so many scenarios of each stream, up to its first finding (3000)"}};
constexpr Option kTriageOptions[] = {kFormat,
                                     kSubject,
                                     kContract,
                                     kRequire,
                                     {"output", "FOLDER", "write the minimised scenarios there"},
                                     kSeconds};

constexpr Command kCommands[] = {
    {.name = "run",
     .arguments = "[OPTION...] FILE...",
     .summary = "Replays scenarios, and prints the outcome of each operation.",
     .example = "  axsim run corpus/scenario_fuzzer/*.scn\n",
     .min_files = 1,
     .max_files = SIZE_MAX,
     .options = kRunOptions,
     .run = RunCommand},
    {.name = "explain",
     .arguments = "[OPTION...] FILE",
     .summary = "Explains the bug of a crash file: minimises it, and prints each step to the bug.",
     .example = "  axsim explain crash-1234\n  axsim explain --html=crash.html crash-1234\n",
     .min_files = 1,
     .max_files = 1,
     .options = kExplainOptions,
     .run = ExplainCommand},
    {.name = "minimize",
     .arguments = "[OPTION...] INPUT [OUTPUT]",
     .summary = "The smallest scenario that shows the same bug, as text.",
     .example = "  axsim minimize crash-1234 minimal.scn\n",
     .min_files = 1,
     .max_files = 2,
     .options = kMinimizeOptions,
     .run = MinimizeCommand},
    {.name = "explore",
     .arguments = "[OPTION...] FILE",
     .summary = "Runs each access again with each change by another CPU at each point of it.",
     .example = "  axsim explore corpus/scenario_fuzzer/hello_string.scn\n"
                "  axsim explore --with='unmap 0x550000000000 0x1000' crash-1234\n",
     .min_files = 1,
     .max_files = 1,
     .options = kExploreOptions,
     .run = ExploreCommand},
    {.name = "conform",
     .arguments = "[OPTION...]",
     .summary = "Tests each function of a subject in each situation against its contract.",
     .example = "  axsim conform --subject=./libmine.so --contract=linux --output=failing\n",
     .min_files = 0,
     .max_files = 0,
     .options = kConformOptions,
     .run = ConformCommand},
    {.name = "emit",
     .arguments = "--gtest [OPTION...] INPUT [OUTPUT]",
     .summary = "Writes the source of a GoogleTest that fails as long as the bug exists.",
     .example = "  axsim emit --gtest crash-1234 crash_1234_test.cc\n",
     .min_files = 1,
     .max_files = 2,
     .options = kEmitOptions,
     .run = EmitCommand},
    {.name = "encode",
     .arguments = "INPUT [OUTPUT]",
     .summary = "A scenario as the bytes of a fuzzer.",
     .example = "  axsim encode corpus/scenario_fuzzer/hello_string.scn seed.bin\n",
     .min_files = 1,
     .max_files = 2,
     .options = {},
     .run = EncodeCommand},
    {.name = "decode",
     .arguments = "INPUT [OUTPUT]",
     .summary = "A scenario, whatever its form, as canonical text.",
     .example = "  axsim decode crash-1234\n",
     .min_files = 1,
     .max_files = 2,
     .options = {},
     .run = DecodeCommand},
    {.name = "info",
     .arguments = "[--format=text|json] FILE...",
     .summary = "What files hold: form, operations, areas, verbs.",
     .example = "  axsim info crash-1234\n",
     .min_files = 1,
     .max_files = SIZE_MAX,
     .options = kInfoOptions,
     .run = InfoCommand},
    {.name = "random",
     .arguments = "[OPTION...]",
     .summary = "Runs random scenarios on subjects, and writes the first finding of each stream.",
     .example = "  axsim random --seed=7 --streams=60\n"
                "  axsim random --subject=./libmine.so --contract=linux --generator=pairs\n",
     .min_files = 0,
     .max_files = 0,
     .options = kRandomOptions,
     .run = RandomCommand},
    {.name = "reach",
     .arguments = "[--format=text|json] FILE|FOLDER...",
     .summary =
         "Prints the least and the largest value of each quantity in scenarios, and the gaps.",
     .example = "  axsim reach corpus/scenario_fuzzer build/fuzz/corpus/scenario_fuzzer\n",
     .min_files = 1,
     .max_files = SIZE_MAX,
     .options = kInfoOptions,
     .run = ReachCommand},
    {.name = "ring0",
     .arguments = "[OPTION...] FILE|FOLDER...",
     .summary = "Runs scenarios in ring 0 of an emulated machine, too, and compares the two runs.",
     .example = "  axsim ring0 corpus/regressions\n"
                "  axsim ring0 --subject=words,vectors --cpus=1,2 corpus    one column for each\n",
     .min_files = 0,
     .max_files = SIZE_MAX,
     .options = kRing0Options,
     .run = Ring0Command},
    {.name = "import",
     .arguments = "maps FILE [OUTPUT]",
     .summary = "The address space of a real process as a scenario's layout.",
     .example = "  axsim import maps /proc/self/maps layout.scn\n",
     .min_files = 2,
     .max_files = 3,
     .options = {},
     .run = ImportCommand},
    {.name = "triage",
     .arguments = "[OPTION...] FOLDER",
     .summary = "Groups a folder of crash files by bug, and minimises one of each.",
     .example = "  axsim triage build/fuzz/crashes/scenario_fuzzer\n",
     .min_files = 1,
     .max_files = 1,
     .options = kTriageOptions,
     .run = TriageCommand},
};

}  // namespace

std::span<const Command> Commands() { return kCommands; }

absl::StatusOr<size_t> MaxEventsOf(const Arguments& arguments) {
  size_t events = EventBuffer::kMaxEvents;
  if (!arguments.Has("max-events")) return events;
  const std::string text = arguments.Get("max-events");
  if (!absl::SimpleAtoi(text, &events) || events < 1 || events > EventBuffer::kMaxEvents) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--max-events=", text, ": expected a number from 1 to ", EventBuffer::kMaxEvents));
  }
  return events;
}

SubjectChoice ChoiceOf(const Arguments& arguments) {
  return {.subject = arguments.Get("subject"),
          .contract = arguments.Get("contract"),
          .require = arguments.Get(kRequireOption)};
}

absl::Status UseSubjectAndContractOf(const Arguments& arguments) {
  return Use(ChoiceOf(arguments));
}

absl::StatusOr<FacetSet> RequiredOf(const Arguments& arguments) {
  return RequiredBy(ChoiceOf(arguments));
}

int Fail(const absl::Status& status) {
  fprintf(stderr, "axsim: %s\n", std::string(status.message()).c_str());
  return kUnusable;
}

}  // namespace sim
