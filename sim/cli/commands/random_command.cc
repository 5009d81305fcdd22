// axsim random: random scenarios of many streams on correct subjects. A finding is a bug of the
// subject or a false alarm of the oracle.
#include <cstdio>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "sim/cli/commands/commands.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/input.h"
#include "sim/machine/flat_kernel.h"
#include "sim/machine/pageless_kernel.h"
#include "sim/oracle/oracle.h"
#include "sim/oracle/report.h"
#include "sim/scenario/kernel_scenarios.h"
#include "sim/scenario/library_call.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_text.h"
#include "sim/scenario/testing/random_scenario.h"
#include "sim/subject/subjects.h"

namespace sim {
namespace {

// `swarm`: of the verbs that the subject offers. `index`: of the scenario in its stream.
using Make = Scenario (*)(std::mt19937_64& random, const Swarm& swarm, uint64_t index);

Scenario AnyScenario(std::mt19937_64& random, const Swarm& swarm, uint64_t /*index*/) {
  return RandomScenario(random, {.swarm = swarm});
}

// The next pair of verbs. A stream has each ordered pair once in kVerbCount * kVerbCount scenarios,
// and a part of such a stream has pairs of all verbs.
Scenario NextPair(std::mt19937_64& random, const Swarm& swarm, uint64_t index) {
  constexpr uint64_t kStep = 1009;  // a prime, so that no pair is left out
  static_assert(kVerbCount % kStep != 0);
  const uint64_t pair = index * kStep;
  const auto& verbs = AllVerbs();
  return RandomPair(random, {.swarm = swarm}, verbs[pair % kVerbCount].verb,
                    verbs[pair / kVerbCount % kVerbCount].verb);
}

Scenario RandomBytes(std::mt19937_64& random, const Swarm& /*swarm*/, uint64_t /*index*/) {
  std::vector<uint8_t> bytes(random() % 400);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  Scenario scenario;
  DecodeScenarioInto(bytes, &scenario);
  return scenario;
}

Scenario WithoutPages(std::mt19937_64& random, const Swarm& swarm, uint64_t index) {
  Scenario scenario = AnyScenario(random, swarm, index);
  KeepWhatNeedsNoPages(&scenario);
  return scenario;
}

Scenario OnFlatMemory(std::mt19937_64& random, const Swarm& swarm, uint64_t index) {
  Scenario scenario = AnyScenario(random, swarm, index);
  KeepStringsOnFlatMemory(&scenario);
  return scenario;
}

absl::StatusOr<std::unique_ptr<Runner>> OnPagelessKernel() {
  absl::StatusOr<std::unique_ptr<Kernel>> kernel = PagelessKernel::Create();
  if (!kernel.ok()) return kernel.status();
  return Runner::Create(*std::move(kernel));
}

absl::StatusOr<std::unique_ptr<Runner>> OnFlatKernel() {
  absl::StatusOr<std::unique_ptr<Kernel>> kernel = FlatKernel::Create();
  if (!kernel.ok()) return kernel.status();
  return Runner::Create(*std::move(kernel));
}

absl::StatusOr<std::unique_ptr<Runner>> OnMachine() { return Runner::Create(); }

// The generators. `swarms`: whether every second scenario may use only a part of everything.
struct Generator {
  const char* name;
  absl::StatusOr<std::unique_ptr<Runner>> (*runner)();
  Make make;
  bool swarms;
};
constexpr Generator kGenerators[] = {
    {"mixed", OnMachine, AnyScenario, true},    {"pairs", OnMachine, NextPair, false},
    {"bytes", OnMachine, RandomBytes, false},   {"pageless", OnPagelessKernel, WithoutPages, true},
    {"flat", OnFlatKernel, OnFlatMemory, true},
};

// Turns off the verbs that the subject offers for no type.
void KeepOffered(const axptr_subject& subject, Swarm* swarm) {
  for (const VerbInfo& row : AllVerbs()) {
    bool is_offered = false;
    for (int type = 0; type < kElementTypeCount; ++type) {
      Op op;
      op.verb = row.verb;
      op.type = static_cast<ElementType>(type);
      is_offered = is_offered || IsOffered(op, subject);
    }
    if (!is_offered) swarm->Remove(row.verb);
  }
}

// What was judged of the scenarios of one generator on one subject.
struct Tally {
  uint64_t scenarios = 0;
  uint64_t ops = 0;                              // that were run and are offered
  uint64_t judged = 0;                           // of these
  std::map<std::string, uint64_t> reasons = {};  // scenarios, by why they are not judged to the end

  void Add(const Trace& trace, const Verdict& verdict) {
    ++scenarios;
    const auto is_run = [](const OpRecord& record) {
      return record.outcome.kind != Outcome::Kind::kNotRun &&
             record.outcome.kind != Outcome::Kind::kNotOffered;
    };
    for (size_t i = 0; i < trace.ops.size(); ++i) {
      if (!is_run(trace.ops[i])) continue;
      ++ops;
      judged += !verdict.not_judged || i < verdict.not_judged->first_op;
    }
    if (verdict.not_judged) ++reasons[PrintReason(*verdict.not_judged)];
  }

  std::string Text() const {
    std::string text =
        absl::StrFormat("%d scenarios, %d operations, %d not judged", scenarios, ops, ops - judged);
    for (const auto& [reason, count] : reasons) {
      absl::StrAppend(&text, "\n  ", count, " scenarios not judged to the end: ", reason);
    }
    return text;
  }
};

struct Plan {
  uint64_t seed = 0;
  uint64_t streams = 0;
  uint64_t scenarios = 0;
};

// One generator on one subject.
class Streams {
 public:
  Streams(const Generator& generator, const axptr_subject& subject, const Contract& contract,
          std::unique_ptr<Runner> runner)
      : generator_(generator), subject_(subject), runner_(std::move(runner)), oracle_(contract) {
    runner_->set_subject(subject);
  }

  // Whether the kernel of the generator shows what the subject does. A library that relies on
  // faults is given memory by a kernel without page faults.
  bool CanRun() const {
    const SubjectFacts& facts = runner_->facts();
    const bool needs_memory = subject_.find_fixup != nullptr && !facts.sees_contents;
    const bool needs_faults =
        oracle_.contract().asks < Contract::Asks::kAreas && !facts.sees_faults;
    return !needs_memory && !needs_faults;
  }

  int Run(const Plan& plan) {
    int status = kAllAsExpected;
    for (uint64_t stream = 0; stream < plan.streams; ++stream) {
      status = WorseStatus(status, RunStream(plan.seed + stream, plan.scenarios));
    }
    absl::PrintF("%s by the contract %s, %s: %s\n", subject_.name, oracle_.contract().name,
                 generator_.name, tally_.Text());
    fflush(stdout);
    return status;
  }

 private:
  // Ends at the first finding of the stream.
  int RunStream(uint64_t seed, uint64_t scenarios) {
    std::mt19937_64 random(seed);
    for (uint64_t i = 0; i < scenarios; ++i) {
      Swarm swarm = generator_.swarms && i % 2 == 1 ? Swarm::OfSeed(random()) : Swarm();
      KeepOffered(subject_, &swarm);
      Scenario scenario = generator_.make(random, swarm, i);
      // `axsim run` refuses a scenario with a race that cannot happen.
      if (!runner_->traces_loads()) std::erase_if(scenario.ops, IsRaceAtLoad);
      const Trace& trace = runner_->Run(scenario);
      const Verdict& verdict = oracle_.Judge(scenario, trace);
      tally_.Add(trace, verdict);
      if (!verdict.ok()) return Show(seed, i, scenario, verdict);
    }
    return kAllAsExpected;
  }

  int Show(uint64_t seed, uint64_t index, const Scenario& scenario, const Verdict& verdict) {
    const std::string file =
        absl::StrCat("random-", subject_.name, "-", generator_.name, "-", seed, "-", index, ".scn");
    const absl::Status written = WriteWhole(file, PrintScenario(scenario));
    if (!written.ok()) return Fail(written);
    absl::PrintF("%s: a finding, in the stream of --seed=%d --generator=%s\n%s", file, seed,
                 generator_.name, PrintVerdict(scenario, verdict));
    return kNotAsExpected;
  }

  const Generator& generator_;
  const axptr_subject& subject_;
  const std::unique_ptr<Runner> runner_;
  Oracle oracle_;
  Tally tally_;
};

absl::Status ReadNumber(const Arguments& arguments, const std::string& option, uint64_t* number) {
  if (!arguments.Has(option)) return absl::OkStatus();
  const std::string text = arguments.Get(option);
  if (absl::SimpleAtoi(text, number) && *number != 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--", option, "=", text, ": expected a number from 1 on"));
}

// The day, as a number such as 20240229. Another day tries other scenarios.
uint64_t SeedOfTheDay() {
  const absl::CivilDay day = absl::ToCivilDay(absl::Now(), absl::UTCTimeZone());
  return static_cast<uint64_t>(day.year()) * 10'000 + static_cast<uint64_t>(day.month()) * 100 +
         static_cast<uint64_t>(day.day());
}

absl::StatusOr<Plan> PlanOf(const Arguments& arguments) {
  Plan plan = {.seed = SeedOfTheDay(), .streams = 1, .scenarios = 3'000};
  for (const auto& [option, number] : {std::pair{"seed", &plan.seed},
                                       {"streams", &plan.streams},
                                       {"scenarios", &plan.scenarios}}) {
    const absl::Status status = ReadNumber(arguments, option, number);
    if (!status.ok()) return status;
  }
  return plan;
}

absl::StatusOr<std::vector<const Generator*>> GeneratorsOf(const Arguments& arguments) {
  std::vector<const Generator*> generators;
  std::string names;
  for (const Generator& generator : kGenerators) {
    absl::StrAppend(&names, " ", generator.name);
    if (arguments.Get("generator", generator.name) == generator.name) {
      generators.push_back(&generator);
    }
  }
  if (!generators.empty()) return generators;
  return absl::InvalidArgumentError(
      absl::StrCat("--generator=", arguments.Get("generator"), ": expected one of:", names));
}

int RunOn(const std::string& name, const Arguments& arguments, const Plan& plan,
          const std::vector<const Generator*>& generators) {
  const absl::StatusOr<const axptr_subject*> subject = FindSubject(name);
  if (!subject.ok()) return Fail(subject.status());
  const absl::StatusOr<const Contract*> contract =
      FindContract(arguments.Get("contract", (*subject)->contract));
  if (!contract.ok()) return Fail(contract.status());
  int status = kAllAsExpected;
  for (const Generator* const generator : generators) {
    absl::StatusOr<std::unique_ptr<Runner>> runner = generator->runner();
    if (!runner.ok()) return Fail(runner.status());
    Streams streams(*generator, **subject, **contract, *std::move(runner));
    if (streams.CanRun()) status = WorseStatus(status, streams.Run(plan));
  }
  return status;
}

}  // namespace

int RandomCommand(const Arguments& arguments) {
  const absl::StatusOr<Plan> plan = PlanOf(arguments);
  if (!plan.ok()) return Fail(plan.status());
  const absl::StatusOr<std::vector<const Generator*>> generators = GeneratorsOf(arguments);
  if (!generators.ok()) return Fail(generators.status());
  absl::PrintF("--seed=%d --streams=%d --scenarios=%d\n", plan->seed, plan->streams,
               plan->scenarios);
  std::vector<std::string> subjects;
  for (const axptr_subject* const subject : LinkedSubjects()) subjects.push_back(subject->name);
  if (arguments.Has("subject")) subjects = absl::StrSplit(arguments.Get("subject"), ',');
  int status = kAllAsExpected;
  for (const std::string& subject : subjects) {
    status = WorseStatus(status, RunOn(subject, arguments, *plan, *generators));
  }
  return status;
}

}  // namespace sim
