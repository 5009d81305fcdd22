#include <algorithm>
#include <cstdio>
#include <fstream>
#include <random>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "sim/cli/commands/commands.h"
#include "sim/cli/commands/ring0_modes.h"
#include "sim/cli/exit_status.h"
#include "sim/scenario/scenario_text.h"
#include "sim/scenario/testing/random_scenario.h"

namespace sim {
namespace {

constexpr uint64_t kBatch = 1000;  // scenarios of one boot of the image

// What scenario `seed` may use: everything, or, for every second pair of seeds, the swarm's choice
// for the seed.
Swarm SwarmOf(uint64_t seed) { return seed / 2 % 2 == 0 ? Swarm() : Swarm::OfSeed(seed); }

// Each scenario has its own seed, so that it can be generated again without the others.
NamedScenario RandomOne(uint64_t seed) {
  std::mt19937_64 random(seed);
  return {absl::StrCat("ring0-random-", seed, ".scn"),
          RandomScenario(random, {.races = seed % 2 == 1, .swarm = SwarmOf(seed)})};
}

absl::StatusOr<uint64_t> NumberOf(const Arguments& arguments, const std::string& option,
                                  const std::string& otherwise) {
  const std::string text = arguments.Get(option, otherwise);
  uint64_t number = 0;
  if (!absl::SimpleAtoi(text, &number) || number == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("--", option, "=", text, ": expected a number from 1 on"));
  }
  return number;
}

// Writes the scenario to a file in this folder, runs the file, and prints the violations.
int ShowFirst(const NamedScenario& failing, const Ring0Options& options) {
  const std::string text = PrintScenario(failing.scenario);
  std::ofstream(failing.file) << text;
  const absl::StatusOr<Scenario> parsed = ParseScenario(text, failing.file);
  if (!parsed.ok()) return Fail(parsed.status());
  const absl::StatusOr<Ring0Report> report = RunInRing0({{failing.file, *parsed}}, options);
  if (!report.ok()) return Fail(report.status());
  for (const std::string& line : report->lines) absl::PrintF("%s\n", line);
  absl::PrintF("%s%s: the first scenario that fails\n",
               report->IsGood() ? "fails only after other scenarios: " : "", failing.file);
  return kNotAsExpected;
}

}  // namespace

int Ring0RandomCommand(const Arguments& arguments, const Ring0Options& given) {
  Ring0Options options = given;
  options.is_random = true;
  const absl::StatusOr<uint64_t> count = NumberOf(arguments, "random", "1");
  if (!count.ok()) return Fail(count.status());
  const absl::StatusOr<uint64_t> seed = NumberOf(arguments, "seed", "1");
  if (!seed.ok()) return Fail(seed.status());
  Ring0Report sum;
  const absl::Time began = absl::Now();
  for (uint64_t done = 0; done < *count; done += kBatch) {
    std::vector<NamedScenario> batch;
    for (uint64_t i = done; i < std::min(*count, done + kBatch); ++i) {
      batch.push_back(RandomOne(*seed + i));
    }
    const absl::StatusOr<Ring0Report> report = RunInRing0(batch, options);
    if (!report.ok()) return Fail(report.status());
    AddReport(*report, &sum);
    if (!report->inconclusive.empty()) break;
    if (report->IsGood()) continue;
    // Each line begins with the name of the file.
    const auto failing = std::find_if(batch.begin(), batch.end(), [&](const NamedScenario& named) {
      return !report->lines.empty() && report->lines[0].starts_with(named.file + ":");
    });
    if (failing != batch.end()) {
      const int status = ShowFirst(*failing, options);
      const auto index = static_cast<uint64_t>(failing - batch.begin());
      absl::PrintF("It could choose: %s\n", SwarmOf(*seed + done + index).Text());
      return status;
    }
    break;
  }
  absl::PrintF("%s%.0f random scenarios a second\n", PrintRing0Report(sum),
               static_cast<double>(sum.scenarios) / absl::ToDoubleSeconds(absl::Now() - began));
  return Ring0Status(sum);
}

}  // namespace sim
