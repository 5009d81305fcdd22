#include "sim/cli/conform/error_pairs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "sim/scenario/outcome.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

// The outcomes of the call in the trials of a pair, such as "EFAULT done=0", without fingerprints.
std::set<std::string> OutcomesOf(absl::string_view first, absl::string_view second, Verb verb,
                                 Runner* runner) {
  std::set<std::string> outcomes;
  MakeErrorPair(first, second, verb, [&](const Trial& trial) {
    const Outcome outcome = runner->Run(trial.scenario).ops[trial.call].outcome;
    const std::string text = PrintOutcome(verb, outcome);
    outcomes.insert(text.substr(0, text.find(" fnv=")));
    return false;
  });
  return outcomes;
}

// The order of docs/scenario.md.
TEST(ErrorPairsTest, OfTwoErrorsTheOneThatIsTestedFirstWins) {
  const struct {
    Verb verb;
    const char* first;
    const char* second;
    const char* wins;
  } kCases[] = {
      {Verb::kWriteVersioned, "misaligned", "struct_too_small", "EINVAL"},
      {Verb::kWriteVersioned, "misaligned", "struct_too_large", "E2BIG"},
      {Verb::kReadVersioned, "misaligned", "struct_too_small", "EINVAL"},
      {Verb::kReadv, "first_entry_is_all", "last_entry_wraps", "EFAULT"},
      {Verb::kWritev, "first_entry_wraps", "last_entry_too_long", "EINVAL"},
      {Verb::kReadv, "misaligned", "first_huge", "EINVAL"},
      {Verb::kUserStrings, "over_first_limit", "last_entry_gone", "E2BIG"},
      {Verb::kWriteStr, "zero_in_text", "first_page_gone", "EINVAL"},
      {Verb::kReadValue, "first_page_gone", "lock_refused", "EINTR"},
      {Verb::kNoFaultRead, "no_calls", "first_page_gone", "EAGAIN"},
      {Verb::kMutSlice, "first_page_closed", "last_page_without_frame", "EFAULT"},
  };
  const std::unique_ptr<Runner> runner = *Runner::Create();
  for (const auto& test : kCases) {
    for (const std::string& outcome :
         OutcomesOf(test.first, test.second, test.verb, runner.get())) {
      EXPECT_THAT(outcome, ::testing::StartsWith(test.wins))
          << InfoOf(test.verb).name << " " << test.first << " " << test.second;
    }
    EXPECT_FALSE(OutcomesOf(test.first, test.second, test.verb, runner.get()).empty())
        << InfoOf(test.verb).name << " " << test.first << " " << test.second;
  }
}

TEST(ErrorPairsTest, ACauseThatAFunctionCannotHaveMakesNoTrial) {
  const struct {
    Verb verb;
    const char* cause;
  } kCases[] = {
      {Verb::kCopyIn, "misaligned"},
      {Verb::kReadUnaligned, "misaligned"},
      {Verb::kReadValue, "first_huge"},
      {Verb::kCopyIn, "first_entry_wraps"},
      {Verb::kUserStrings, "first_entry_too_long"},
      {Verb::kConstCstr, "first_not_utf8"},
      {Verb::kReadVersioned, "no_calls"},
      {Verb::kReadValue, "struct_too_small"},
      {Verb::kCopyOut, "zero_in_text"},
  };
  for (const auto& test : kCases) {
    MakeErrorPair(test.cause, "lock_refused", test.verb, [&](const Trial& trial) {
      ADD_FAILURE() << PrintScenario(trial.scenario);
      return false;
    });
  }
}

// Alone, each cause makes some function fail. A first entry of as many bytes as one transfer moves
// is a cause only for the entries after it.
TEST(ErrorPairsTest, EachCauseIsOne) {
  const std::unique_ptr<Runner> runner = *Runner::Create();
  for (const absl::string_view cause : ErrorCauses()) {
    bool is_cause = cause == "first_entry_is_all";
    for (const VerbInfo& info : AllVerbs()) {
      if (!IsLibraryAccess(info.verb) || is_cause) continue;
      for (const std::string& outcome : OutcomesOf(cause, cause, info.verb, runner.get())) {
        is_cause |= outcome.substr(0, 2) != "ok";
      }
    }
    EXPECT_TRUE(is_cause) << cause;
  }
}

}  // namespace
}  // namespace sim
