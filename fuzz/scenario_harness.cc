#include "fuzz/scenario_harness.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fuzz/finding.h"
#include "sim/oracle/report.h"
#include "sim/scenario/library_call.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/subject/subjects.h"

namespace sim {
namespace {

constexpr char kSubjectVariable[] = "AXPTR_SUBJECT";
constexpr char kContractVariable[] = "AXPTR_CONTRACT";
constexpr char kRequireVariable[] = "AXPTR_REQUIRE";

// Prints the verbs for which the subject has no function.
void NoteWhatIsNotOffered(const axptr_subject& subject) {
  for (const VerbInfo& info : AllVerbs()) {
    Op op;
    op.verb = info.verb;
    Op single = op;
    single.is_single = info.arguments.Has(Argument::kElementsOrOne);
    if (IsOffered(op, subject) && IsOffered(single, subject)) continue;
    fprintf(stderr, "not judged: %s: not offered by the subject\n", std::string(info.name).c_str());
  }
}

// The value of AXPTR_SUBJECT; `otherwise` if it is not set.
std::string SubjectName(const std::string& otherwise) {
  const char* const name = getenv(kSubjectVariable);
  return name != nullptr ? name : otherwise;
}

std::vector<const axptr_subject*> ChosenSubjects(const std::string& name) {
  if (name == "each") return {LinkedSubjects().begin(), LinkedSubjects().end()};
  const absl::StatusOr<const axptr_subject*> subject = FindSubject(name);
  if (!subject.ok()) {
    EndUnusable(absl::StrCat(kSubjectVariable, ": ", subject.status().message()));
  }
  NoteWhatIsNotOffered(**subject);
  return {*subject};
}

// The facets that AXPTR_REQUIRE names; none if it is not set.
FacetSet RequiredFacets() {
  const char* const names = getenv(kRequireVariable);
  if (names == nullptr) return FacetSet();
  const absl::StatusOr<FacetSet> facets = ParseFacets(names);
  if (!facets.ok()) {
    EndUnusable(absl::StrCat(kRequireVariable, ": ", facets.status().message()));
  }
  return *facets;
}

absl::StatusOr<std::unique_ptr<Runner>> MakeRunner(const ScenarioHarness::Options& options) {
  if (!options.make_kernel) return Runner::Create();
  absl::StatusOr<std::unique_ptr<Kernel>> kernel = options.make_kernel();
  if (!kernel.ok()) return kernel.status();
  return Runner::Create(*std::move(kernel));
}

// The contract that AXPTR_CONTRACT names; if it is not set, the one that `subject` names.
const Contract& ChosenContract(const axptr_subject& subject) {
  const char* const variable = getenv(kContractVariable);
  const char* const named = subject.contract != nullptr ? subject.contract : kAxptrContract.name;
  const absl::StatusOr<const Contract*> contract = FindContract(variable ? variable : named);
  if (contract.ok()) return **contract;
  const std::string where = variable ? absl::StrCat(kContractVariable, ": ")
                                     : absl::StrCat("the subject \"", subject.name, "\" names ");
  EndUnusable(absl::StrCat(where, contract.status().message()));
}

// A 32-bit hash of the sum of all bytes.
uint64_t Digest(std::span<const uint8_t> input) {
  uint64_t sum = 0;
  for (const uint8_t byte : input) sum += byte;
  sum *= 0x9e3779b97f4a7c15;
  return sum >> 32;
}

}  // namespace

ScenarioHarness::ScenarioHarness(const Options& options)
    : subject_name_(SubjectName(options.subject)),
      subjects_(ChosenSubjects(subject_name_)),
      oracle_(ChosenContract(*subjects_.front())),
      required_(RequiredFacets()) {
  auto runner = MakeRunner(options);
  if (!runner.ok()) AbortUnusable(runner.status().message());
  runner_ = *std::move(runner);
  // A subject with fixups accesses memory without announcing it to the kernel.
  if (subjects_.front()->find_fixup != nullptr && !runner_->facts().sees_contents) {
    EndUnusable(absl::StrCat("its kernel has no memory, and the subject \"",
                             subjects_.front()->name,
                             "\" touches memory without attempts; expected another target"));
  }
  // A library under such a contract relies on faults. A kernel without page faults would give it
  // memory instead.
  if (oracle_.contract().asks < Contract::Asks::kAreas && !runner_->facts().sees_faults) {
    EndUnusable(absl::StrCat("its kernel has no page faults, and the contract ",
                             oracle_.contract().name,
                             " is kept by them; expected scenario_fuzzer, race_fuzzer or "
                             "copy_fuzzer"));
  }
  runner_->set_watch_fetches(options.watch_fetches || required_.Has(Facet::kLoads));
  FacetSet not_seen;
  for (const axptr_subject* const subject : subjects_) {
    runner_->set_subject(*subject);
    // A facet that several subjects lack is reported once.
    const FacetSet more = FacetsNotSeen(runner_->facts()).Without(not_seen);
    fprintf(stderr, "%s", PrintFacetGaps(more, runner_->facts(), required_).c_str());
    not_seen = not_seen.Or(more);
  }
  runner_->set_subject(*subjects_.front());
}

Scenario& ScenarioHarness::Decode(std::span<const uint8_t> input) {
  DecodeScenarioInto(input, &scenario_);
  if (subjects_.size() > 1) runner_->set_subject(*subjects_[Digest(input) % subjects_.size()]);
  return scenario_;
}

void ScenarioHarness::Run(const Scenario& scenario) {
  const Verdict& verdict = oracle_.Judge(scenario, runner_->Run(scenario));
  not_offered_ += verdict.not_offered.size();
  if (!verdict.ok()) {
    // For a shared object this is its path, which axsim --subject accepts.
    const bool is_one = subjects_.size() == 1;
    const std::string name = is_one ? subject_name_ : runner_->subject().name;
    fprintf(stderr, "\nSUBJECT %s\n", name.c_str());
    if (&oracle_.contract() != &kAxptrContract) {
      fprintf(stderr, "CONTRACT %s\n", oracle_.contract().name);
    }
    ReportFindingAndAbort(scenario, verdict);
  }
  const FacetSet lacking = verdict.facets_not_judged.And(required_);
  if (!lacking.empty()) EndNotJudged(PrintFacetGaps(lacking, verdict.subject, required_));
  if (!verdict.not_judged) return;
  if (verdict.not_judged->reason == NotJudgedReason::kNoMemory) {
    if (needed_memory_++ == 0) fprintf(stderr, "%s", PrintNotJudged(scenario, verdict).c_str());
    return;
  }
  if (!verdict.not_judged->IsLeftOpen()) AbortUnusable(PrintNotJudged(scenario, verdict));
  ++left_open_;
}

void ScenarioHarness::RunOnEach(const Scenario& scenario) {
  for (const axptr_subject* const subject : subjects_) {
    if (subjects_.size() > 1) runner_->set_subject(*subject);
    Run(scenario);
  }
}

}  // namespace sim
