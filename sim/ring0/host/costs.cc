#include "sim/ring0/host/costs.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "sim/machine/pageless_kernel.h"
#include "sim/ring0/host/records.h"
#include "sim/scenario/names.h"
#include "sim/scenario/op.h"

namespace sim {
namespace {

// The names of the library's verbs that no operation of `scenario` has; "" if there are none.
std::string MissingVerbs(const Scenario& scenario) {
  std::string missing;
  for (int i = 0; i < kVerbCount; ++i) {
    const auto verb = static_cast<Verb>(i);
    if (!IsLibraryAccess(verb)) continue;
    const bool is_there = std::any_of(scenario.ops.begin(), scenario.ops.end(),
                                      [&](const Op& op) { return op.verb == verb; });
    if (!is_there) absl::StrAppend(&missing, missing.empty() ? "" : ", ", VerbName(verb));
  }
  return missing;
}

void AddBareRows(const ring0::PackedBare& bare, std::vector<CostRow>* rows) {
  rows->push_back({"platform: an attempt of nothing", 0, bare.attempt});
  rows->push_back({"platform: an attempt that a fault ends", 0, bare.caught});
  for (size_t i = 0; i < std::size(bare.moves); ++i) {
    rows->push_back(
        {absl::StrCat("platform: rep movsb of ", ring0::PackedBare::kMoved[i], " bytes"), 0,
         bare.moves[i]});
  }
}

}  // namespace

absl::StatusOr<Costs> CountInRing0(const Scenario& scenario, const std::vector<std::string>& names,
                                   const Ring0Options& options) {
  const std::string missing = MissingVerbs(scenario);
  if (!missing.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("no operation has ", missing));
  }
  const absl::StatusOr<const axptr_subject*> real = FindImageSubject(options.subject);
  if (!real.ok()) return real.status();
  PagelessKernel kernel;
  KernelBuffer buffer;
  std::string packed;
  PackScenario(scenario, 0, **real, {kernel, buffer}, &packed);
  Emulator emulator = options.emulator;
  emulator.counts_instructions = true;
  const absl::StatusOr<EmulatorRun> run =
      RunEmulator(emulator, MakeArchive(options, 1, packed, ForImage::kCount));
  if (!run.ok()) return run.status();
  const Records records = ReadRecords(run->records);
  if (!records.done || !records.bare || records.scenarios.size() != 1 ||
      records.scenarios[0].ops.size() != scenario.ops.size()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the image ended with status ", run->status, "\n", records.text));
  }
  Costs costs = {.compiler = records.compiler, .rows = {}};
  for (size_t i = 0; i < scenario.ops.size(); ++i) {
    if (!IsLibraryAccess(scenario.ops[i].verb)) continue;
    const ring0::PackedResult& result = records.scenarios[0].ops[i].returned.result;
    if (result.error != 0 || result.panicked != 0) {
      return absl::FailedPreconditionError(absl::StrCat(names[i], ": the call fails"));
    }
    costs.rows.push_back({names[i], result.instructions[0], result.instructions[1]});
  }
  AddBareRows(*records.bare, &costs.rows);
  return costs;
}

}  // namespace sim
