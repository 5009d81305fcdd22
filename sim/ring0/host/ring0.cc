#include "sim/ring0/host/ring0.h"

#include <algorithm>
#include <filesystem>
#include <future>
#include <memory>
#include <span>
#include <thread>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/machine/pageless_kernel.h"
#include "sim/oracle/oracle.h"
#include "sim/oracle/violation_text.h"
#include "sim/ring0/host/hardware.h"
#include "sim/ring0/host/image_trace.h"
#include "sim/ring0/host/records.h"
#include "sim/scenario/names.h"
#include "sim/scenario/runner.h"
#include "sim/subject/subjects.h"

namespace sim {
namespace {

constexpr int kProbeSeconds = 5;
constexpr size_t kShownBytes = 800;  // of the last output of the image

// Indexed by Archive::subject (replay/main.cc).
struct ImageSubjectName {
  const char* name;
  const char* real;  // the corresponding subject of this program
};
constexpr ImageSubjectName kSubjects[] = {
    {"words", "words"}, {"vectors", "vectors"}, {"task", "words"}, {"unruly", "words"}};

// The index in kSubjects; std::size(kSubjects) if there is none with this name.
uint32_t NumberOf(const std::string& name) {
  uint32_t number = 0;
  while (number < std::size(kSubjects) && name != kSubjects[number].name) ++number;
  return number;
}

std::string MissingHardware(const std::optional<ring0::Probes>& probes) {
  if (!probes) return "";
  if (probes->has_both == 0) return "the processor does not have both SMAP and SMEP";
  std::string missing;
  const auto need = [&](uint8_t seen, const char* what) {
    if (seen == 0) absl::StrAppend(&missing, missing.empty() ? "" : "; ", what);
  };
  need(probes->smap, "SMAP: a load of user memory with AC clear does not fault");
  need(probes->smap_ac, "SMAP: a load of user memory with AC set faults");
  need(probes->smep, "SMEP: a jump to user code does not fault");
  need(probes->wp, "CR0.WP: a store to a page that may only be read does not fault");
  need(probes->user_mode, "ring 3: user code does not run, or is not confined");
  return missing;
}

// Runs all scenarios in the image. If the image ends during a scenario, boots it again for the next
// scenario.
class ImageRuns {
 public:
  ImageRuns(const std::vector<NamedScenario>& scenarios, const Ring0Options& options,
            const axptr_subject& real, Ring0Report* report)
      : scenarios_(scenarios), options_(options), real_(real), report_(report) {}

  // Starts the emulator, which runs in the background.
  void Begin() { BeginFrom(0); }

  // Waits for the end of all runs. Adds scenarios that ran to their end to `*ended`.
  absl::Status Finish(std::vector<ScenarioRecords>* ended) {
    for (size_t first = 0; run_.valid();) {
      const absl::StatusOr<EmulatorRun> run = run_.get();
      if (!run.ok()) return run.status();
      first = Take(*run, first, ended);
      if (report_->inconclusive.empty()) BeginFrom(first);
    }
    return absl::OkStatus();
  }

 private:
  // Starts the emulator with the scenarios from `first` on, if there are any.
  void BeginFrom(size_t first) {
    size_t packed = 0;
    std::string archive = PackFrom(first, &packed);
    if (packed == 0) return;
    run_ = std::async(std::launch::async, RunEmulator, options_.emulator, std::move(archive));
  }

  std::string PackFrom(size_t first, size_t* packed) {
    ReplayKernel kernel;
    KernelBuffer buffer;
    std::string scenarios;
    for (size_t i = first; i < scenarios_.size(); ++i) {
      const Scenario& scenario = scenarios_[i].scenario;
      PackScenario(scenario, static_cast<uint32_t>(i), real_, {kernel, buffer}, &scenarios);
      ++*packed;
    }
    return MakeArchive(options_, *packed, scenarios);
  }

  // Result: the index of the next scenario to run.
  size_t Take(const EmulatorRun& run, size_t first, std::vector<ScenarioRecords>* ended) {
    Records records = ReadRecords(run.records);
    report_->inconclusive = MissingHardware(records.probes);
    if (!report_->inconclusive.empty()) return first;
    report_->reports_touches = records.probes && records.probes->reports_touches != 0;
    size_t next = scenarios_.size();
    for (ScenarioRecords& scenario : records.scenarios) {
      if (scenario.end) {
        ended->push_back(std::move(scenario));
      } else {
        next = scenario.index + 1;
      }
    }
    if (records.full && run.status == 1 && !ended->empty()) {
      return ended->back().index + 1;
    }
    const bool is_whole = records.done && run.status == 1 && !run.timed_out;
    if (is_whole) return scenarios_.size();
    NoteFailure(run, records, next);
    return records.scenarios.empty() ? scenarios_.size() : next;
  }

  void NoteFailure(const EmulatorRun& run, const Records& records, size_t next) {
    ++report_->failures;
    const bool in_scenario = next > 0 && next <= scenarios_.size() && !records.scenarios.empty() &&
                             !records.scenarios.back().end;
    const std::string where = in_scenario ? absl::StrCat(scenarios_[next - 1].file, ": operation ",
                                                         records.scenarios.back().ops.size() + 1)
                                          : "outside of any scenario";
    const std::string how = run.was_reset ? "was reset: a triple fault"
                            : run.timed_out
                                ? absl::StrCat("fell silent for ", options_.emulator.seconds, " s")
                                : absl::StrCat("ended with status ", run.status);
    const size_t from = records.text.size() - std::min(records.text.size(), kShownBytes);
    report_->lines.push_back(absl::StrCat(where, ": the image ", how, "\n",
                                          records.text.substr(from),
                                          run.errors.substr(0, kShownBytes), run.registers));
  }

  const std::vector<NamedScenario>& scenarios_;
  const Ring0Options& options_;
  const axptr_subject& real_;
  Ring0Report* const report_;
  std::future<absl::StatusOr<EmulatorRun>> run_;  // valid while the emulator runs
};

// A copy of the simulation's trace, which outlives the Runner: only one machine exists in the
// process at a time.
struct KeptTrace {
  SubjectFacts subject;
  std::vector<OpRecord> ops;
  std::vector<Event> events;
  uint64_t frames_after_reset = 0;

  Trace AsTrace() const {
    Trace trace;
    trace.subject = subject;
    trace.ops = ops;
    for (const Event& event : events) trace.events.push_back(event);
    trace.frames_after_reset = frames_after_reset;
    return trace;
  }
};

absl::StatusOr<std::vector<KeptTrace>> Simulate(const std::vector<NamedScenario>& scenarios,
                                                const std::vector<ScenarioRecords>& ended,
                                                const axptr_subject& real) {
  absl::StatusOr<std::unique_ptr<Runner>> runner = Runner::Create();
  if (!runner.ok()) return runner.status();
  (*runner)->set_subject(real);
  (*runner)->set_watch_fetches(true);
  std::vector<KeptTrace> kept;
  for (const ScenarioRecords& records : ended) {
    const Trace& trace = (*runner)->Run(scenarios[records.index].scenario);
    kept.push_back({trace.subject,
                    trace.ops,
                    {trace.events.begin(), trace.events.end()},
                    trace.frames_after_reset});
  }
  return kept;
}

// Whether operation `index` differs for the known reason: on hardware, pages of kernel memory are
// present and kernel code may touch them.
bool IsKernelMemory(const Scenario& scenario, size_t index, const OpRecord& ours,
                    const OpRecord& theirs) {
  const Op& op = scenario.ops[index];
  const bool differs_so = InfoOf(op.verb).verb_class == VerbClass::kKernel &&
                          ours.outcome.kind == Outcome::Kind::kOk &&
                          theirs.outcome.kind == Outcome::Kind::kPanic;
  return differs_so &&
         std::any_of(scenario.ops.begin(), scenario.ops.begin() + static_cast<ptrdiff_t>(index),
                     [&](const Op& map) {
                       return map.verb == Verb::kMap && map.kind == AreaKind::kKernel &&
                              op.address - map.address < map.length;
                     });
}

// Whether the races of `scenario` also happen in the simulation of this build.
bool CanBeSimulated(const Scenario& scenario, const Trace& simulated) {
  const SubjectFacts& facts = simulated.subject;
  if (facts.build_traces_loads && facts.reports_loads) return true;
  return std::ranges::none_of(scenario.ops, IsRaceAtLoad);
}

// Compares and judges one scenario.
class Comparison {
 public:
  // `expected`: violations that are ignored.
  Comparison(const NamedScenario& named, const ScenarioRecords& records,
             std::vector<Violation> expected, Ring0Report* report)
      : named_(named),
        scenario_(named.scenario),
        records_(records),
        expected_(std::move(expected)),
        report_(report) {}

  void Run(const Trace& trace, const Trace& simulated, Oracle& oracle) {
    ++report_->scenarios;
    report_->operations += scenario_.ops.size();
    const size_t known = Compare(trace, simulated);
    JudgeWhatHardwareSays();
    const Verdict& verdict = oracle.Judge(scenario_, trace);
    report_->judged += std::min(verdict.judged_ops, known);
    for (const Violation& violation : verdict.violations) {
      if (violation.op_index >= known || IsAsStated(scenario_, verdict, violation)) continue;
      if (IsExpected(violation)) continue;
      ++report_->violations;
      Note(violation.op_index,
           absl::StrCat(violation.name(), ": wanted ", PrintWanted(scenario_, violation), ", got ",
                        PrintGot(scenario_, violation)));
      NoteCauses(violation.op_index);
    }
    for (const UnmetExpectation& unmet : CheckStated(scenario_, trace, verdict)) {
      if (unmet.op_index >= known) continue;
      ++report_->unmet;
      Note(unmet.op_index, absl::StrCat("stated ", unmet.wanted, ", got ", unmet.got));
    }
  }

 private:
  // Compares the traces. Result: the number of operations for which both machines must be equal.
  size_t Compare(const Trace& trace, const Trace& simulated) {
    if (!CanBeSimulated(scenario_, simulated)) {
      report_->not_simulated += scenario_.ops.size();
      return scenario_.ops.size();
    }
    for (size_t i = 0; i < scenario_.ops.size(); ++i) {
      const std::string difference = DifferenceOf(trace, simulated, i);
      if (difference.empty()) {
        ++report_->equal;
        continue;
      }
      report_->not_compared += scenario_.ops.size() - i - 1;
      if (IsKernelMemory(scenario_, i, trace.ops[i], simulated.ops[i])) {
        ++report_->kernel_touches;
        return i;
      }
      ++report_->differences;
      Note(i, difference);
      return scenario_.ops.size();
    }
    if (trace.frames_after_reset != simulated.frames_after_reset) {
      ++report_->differences;
      Note(scenario_.ops.size() - 1, "free frames at the end");
    }
    return scenario_.ops.size();
  }

  bool IsExpected(const Violation& violation) const {
    return std::any_of(expected_.begin(), expected_.end(), [&](const Violation& other) {
      return other.op_index == violation.op_index && other.name() == violation.name();
    });
  }

  void JudgeWhatHardwareSays() {
    for (size_t i = 0; i < std::min(records_.ops.size(), scenario_.ops.size()); ++i) {
      for (const ring0::PackedEvent& event : records_.ops[i].events) {
        if ((event.hardware.bits & ring0::PackedFault::kHappened) != 0) ++report_->faults;
      }
      for (const HardwareViolation& violation : JudgeHardware(records_.ops[i])) {
        ++report_->hardware;
        Note(i, absl::StrCat(violation.name, ": ", violation.text));
      }
    }
  }

  // Adds the cause of each fault that the image's kernel reported as a kernel bug.
  void NoteCauses(size_t index) {
    if (index >= records_.ops.size()) return;
    for (const ring0::PackedEvent& event : records_.ops[index].events) {
      const std::string cause = FaultCause(event.hardware);
      if (!cause.empty()) Note(index, cause);
    }
  }

  void Note(size_t index, const std::string& what) {
    const Op& op = scenario_.ops[index];
    report_->lines.push_back(absl::StrCat(named_.file, ":", op.line, ": operation ", index + 1,
                                          ", ", VerbName(op.verb), ": ", what));
  }

  const NamedScenario& named_;
  const Scenario& scenario_;
  const ScenarioRecords& records_;
  const std::vector<Violation> expected_;
  Ring0Report* const report_;
};

}  // namespace

absl::StatusOr<const axptr_subject*> FindImageSubject(const std::string& name) {
  const uint32_t number = NumberOf(name);
  if (number == std::size(kSubjects)) {
    return absl::NotFoundError(absl::StrCat(name, ": the image has no such subject"));
  }
  return FindSubject(kSubjects[number].real);
}

std::string MakeArchive(const Ring0Options& options, size_t scenarios, const std::string& packed,
                        ForImage what) {
  const ring0::Archive head = {.scenarios = static_cast<uint32_t>(scenarios),
                               .subject = NumberOf(options.subject),
                               .bug = options.bug,
                               .processors = options.processors,
                               .counts = what == ForImage::kCount ? 1u : 0u,
                               .bytes = sizeof(ring0::Archive) + packed.size(),
                               .example = what == ForImage::kExample ? 1u : 0u};
  return absl::StrCat(std::string(reinterpret_cast<const char*>(&head), sizeof(head)), packed);
}

absl::StatusOr<std::string> WhyNotKvm(const Ring0Options& options) {
  Emulator emulator = options.emulator;
  emulator.accelerator = "kvm";
  emulator.seconds = std::min(emulator.seconds, kProbeSeconds);
  const absl::StatusOr<EmulatorRun> run = RunEmulator(emulator, MakeArchive(options, 0, ""));
  if (!run.ok()) return run.status();
  const Records records = ReadRecords(run->records);
  const std::string missing = MissingHardware(records.probes);
  if (!missing.empty()) return missing;
  if (run->timed_out) {
    return absl::StrCat("the image fell silent for ", emulator.seconds, " s\n", records.text,
                        run->errors.substr(0, kShownBytes));
  }
  if (!records.probes || !records.done) {
    return absl::StrCat("the image ended with status ", run->status, "\n", records.text,
                        run->errors.substr(0, kShownBytes));
  }
  return "";
}

absl::StatusOr<std::string> RunExampleInRing0(const Ring0Options& options) {
  Ring0Options of_example = options;
  of_example.subject = "task";  // its flag is at the same place as the example's flag
  const absl::StatusOr<EmulatorRun> run =
      RunEmulator(options.emulator, MakeArchive(of_example, 0, "", ForImage::kExample));
  if (!run.ok()) return run.status();
  const Records records = ReadRecords(run->records);
  const std::string missing = MissingHardware(records.probes);
  if (!missing.empty()) return absl::StrCat("WRONG: inconclusive: ", missing, "\n");
  const std::string end =
      records.done ? "" : absl::StrCat("WRONG: the image ended with status ", run->status, "\n");
  return absl::StrCat(records.text, end);
}

namespace {

// Runs one image with one subject and number of processors, then judges the records.
class ImageJudge {
 public:
  ImageJudge(const std::vector<NamedScenario>& scenarios, const Ring0Options& options,
             const axptr_subject& real)
      : scenarios_(scenarios), options_(options), real_(real) {}

  void Begin() { runs_.Begin(); }

  absl::StatusOr<Ring0Report> Finish() {
    std::vector<ScenarioRecords> ended;
    const absl::Status ran = runs_.Finish(&ended);
    if (!ran.ok()) return ran;
    const absl::StatusOr<std::vector<KeptTrace>> simulated = Simulate(scenarios_, ended, real_);
    if (!simulated.ok()) return simulated.status();
    ReplayKernel kernel;
    KernelBuffer buffer;
    for (size_t i = 0; i < ended.size(); ++i) {
      Judge(ended[i], (*simulated)[i].AsTrace(), {kernel, buffer});
    }
    return std::move(report_);
  }

 private:
  void Judge(const ScenarioRecords& records, const Trace& simulated, CallPlace place) {
    const NamedScenario& named = scenarios_[records.index];
    if (records.end->stop != ring0::Stop::kNone) {
      ++report_.not_run[static_cast<size_t>(records.end->stop)];
      return;
    }
    const ImageFacts image = {real_, report_.reports_touches};
    const Trace trace = TraceOf(named.scenario, records, image, place);
    std::vector<Violation> expected;
    if (options_.is_random) expected = oracle_.Judge(named.scenario, simulated).violations;
    Comparison(named, records, std::move(expected), &report_).Run(trace, simulated, oracle_);
  }

  const std::vector<NamedScenario>& scenarios_;
  const Ring0Options& options_;
  const axptr_subject& real_;
  Ring0Report report_;
  Oracle oracle_;
  ImageRuns runs_{scenarios_, options_, real_, &report_};
};

}  // namespace

absl::StatusOr<std::vector<Ring0Column>> RunAllInRing0(const std::vector<NamedScenario>& scenarios,
                                                       const std::vector<Ring0Options>& all) {
  std::vector<std::unique_ptr<ImageJudge>> judges;
  for (const Ring0Options& options : all) {
    const absl::StatusOr<const axptr_subject*> real = FindImageSubject(options.subject);
    if (!real.ok()) return real.status();
    judges.push_back(std::make_unique<ImageJudge>(scenarios, options, **real));
  }
  const size_t ahead = std::max(1u, std::thread::hardware_concurrency());
  std::vector<Ring0Column> columns;
  size_t begun = 0;
  for (size_t i = 0; i < judges.size(); ++i) {
    for (; begun < std::min(judges.size(), i + ahead); ++begun) judges[begun]->Begin();
    absl::StatusOr<Ring0Report> report = judges[i]->Finish();
    if (!report.ok()) return report.status();
    judges[i].reset();
    columns.push_back({all[i], *std::move(report)});
  }
  return columns;
}

absl::StatusOr<Ring0Report> RunInRing0(const std::vector<NamedScenario>& scenarios,
                                       const Ring0Options& options) {
  absl::StatusOr<std::vector<Ring0Column>> columns = RunAllInRing0(scenarios, {options});
  if (!columns.ok()) return columns.status();
  return std::move(columns->front().report);
}

void AddReport(const Ring0Report& more, Ring0Report* sum) {
  if (sum->inconclusive.empty()) sum->inconclusive = more.inconclusive;
  for (size_t i = 0; i < sum->not_run.size(); ++i) sum->not_run[i] += more.not_run[i];
  for (const auto count : {&Ring0Report::scenarios, &Ring0Report::operations, &Ring0Report::equal,
                           &Ring0Report::kernel_touches, &Ring0Report::differences,
                           &Ring0Report::not_compared, &Ring0Report::not_simulated,
                           &Ring0Report::judged, &Ring0Report::violations, &Ring0Report::faults,
                           &Ring0Report::hardware, &Ring0Report::unmet, &Ring0Report::failures}) {
    sum->*count += more.*count;
  }
  sum->lines.insert(sum->lines.end(), more.lines.begin(), more.lines.end());
}

namespace {

constexpr size_t kWhatWidth = 52;
constexpr size_t kColumnWidth = 8;

// For example "gcc" for build/release/sim/ring0/gcc/ring0.elf.
std::string ImageName(const Ring0Options& options) {
  const std::filesystem::path image = options.emulator.image;
  return image.filename() == "ring0.elf" ? image.parent_path().filename().string()
                                         : image.stem().string();
}

void AppendLine(const std::string& what, const std::vector<std::string>& cells, std::string* text) {
  absl::StrAppendFormat(text, "%-*s", kWhatWidth, what);
  for (const std::string& cell : cells) absl::StrAppendFormat(text, " %*s", kColumnWidth, cell);
  absl::StrAppend(text, "\n");
}

template <typename Cell>
void AppendCells(const std::string& what, std::span<const Ring0Column> columns, Cell cell,
                 std::string* text) {
  std::vector<std::string> cells;
  for (const Ring0Column& column : columns) cells.push_back(cell(column));
  AppendLine(what, cells, text);
}

void AppendRow(const std::string& what, std::span<const Ring0Column> columns,
               absl::FunctionRef<size_t(const Ring0Report&)> count, bool only_if_any,
               std::string* text) {
  const bool any = std::any_of(columns.begin(), columns.end(), [&](const Ring0Column& column) {
    return count(column.report) != 0;
  });
  if (only_if_any && !any) return;
  const auto cell = [&](const Ring0Column& column) {
    return column.report.inconclusive.empty() ? absl::StrCat(count(column.report)) : "-";
  };
  AppendCells(what, columns, cell, text);
}

// Appends the head of the table, if there are several columns.
void AppendHead(std::span<const Ring0Column> columns, std::string* text) {
  AppendCells("image", columns, [](const Ring0Column& c) { return ImageName(c.options); }, text);
  AppendCells("subject", columns, [](const Ring0Column& c) { return c.options.subject; }, text);
  const auto processors = [](const Ring0Column& c) { return absl::StrCat(c.options.processors); };
  AppendCells("processors", columns, processors, text);
}

void AppendRows(std::span<const Ring0Column> columns, std::string* text) {
  const auto row = [&](const char* what, size_t Ring0Report::* count, bool only_if_any = false) {
    AppendRow(
        what, columns, [&](const Ring0Report& report) { return report.*count; }, only_if_any, text);
  };
  row("scenarios run", &Ring0Report::scenarios);
  for (size_t i = 0; i < ring0::kStopCount; ++i) {
    const std::string what = absl::StrCat("  not run: ", ReasonText(static_cast<ring0::Stop>(i)));
    AppendRow(
        what, columns, [&](const Ring0Report& report) { return report.not_run[i]; },
        /*only_if_any=*/true, text);
  }
  row("  the image ended, or fell silent", &Ring0Report::failures);
  row("operations", &Ring0Report::operations);
  row("  equal to the simulation's", &Ring0Report::equal);
  row("  differ: kernel memory is present on hardware", &Ring0Report::kernel_touches);
  row("  differ", &Ring0Report::differences);
  row("  not compared: after one that differs", &Ring0Report::not_compared);
  row("  not compared: this build's simulation has no loads", &Ring0Report::not_simulated,
      /*only_if_any=*/true);
  row("  judged by the oracle", &Ring0Report::judged);
  row("violations that no line states", &Ring0Report::violations);
  row("faults of the hardware, judged", &Ring0Report::faults);
  row("  violations of what only hardware says", &Ring0Report::hardware);
  row("lines that do not hold", &Ring0Report::unmet);
}

}  // namespace

std::string PrintRing0Table(std::span<const Ring0Column> columns) {
  std::string text;
  bool is_conclusive = false;
  for (const Ring0Column& column : columns) {
    const std::string where =
        columns.size() == 1 ? ""
                            : absl::StrCat(ImageName(column.options), ", ", column.options.subject,
                                           ", ", column.options.processors, " processors: ");
    for (const std::string& line : column.report.lines) absl::StrAppend(&text, where, line, "\n");
    if (column.report.inconclusive.empty()) {
      is_conclusive = true;
    } else {
      absl::StrAppend(&text, where, "inconclusive: ", column.report.inconclusive, "\n");
    }
  }
  if (!is_conclusive) return text;
  if (columns.size() > 1) AppendHead(columns, &text);
  AppendRows(columns, &text);
  return text;
}

std::string PrintRing0Report(const Ring0Report& report) {
  const Ring0Column column = {{}, report};
  return PrintRing0Table({&column, 1});
}

}  // namespace sim
