// A contract is an upper bound: the library of this tree, which has none of the defects that
// contracts allow, conforms to each contract in each situation. The promises of a contract that
// this library does not make are listed below.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sim/cli/conform/situations.h"
#include "sim/oracle/deviation.h"
#include "sim/oracle/oracle.h"
#include "sim/oracle/report.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

// Without the promises of Linux that this library does not make: docs/conformance.md.
Contract WithoutPromisesOfLinux() {
  Contract contract = kLinuxContract;
  contract.checks_alignment = true;  // an access at any address
  contract.empty_range = Contract::EmptyRange::kOkIfAligned;
  contract.at_bound = Contract::AtBound::kNameTooLong;  // a string that fills its room
  contract.tail = Contract::Tail::kUntouched;           // zeros after the copied bytes
  contract.tail_of_others = Contract::Tail::kUntouched;
  contract.checks_text = true;  // a text of any bytes
  contract.max_bytes = INT64_MAX;
  return contract;
}

class UpperBoundTest : public testing::Test {
 protected:
  void SetUp() override {
    auto runner = Runner::Create();
    ASSERT_TRUE(runner.ok()) << runner.status();
    runner_ = *std::move(runner);
    runner_->set_watch_fetches(true);
  }

  // Judges every `step`-th scenario of all cells by each of `contracts`.
  void ExpectKept(const std::vector<Contract>& contracts, size_t step) {
    for (const Contract& contract : contracts) {
      judges_.push_back({.oracle = std::make_unique<Oracle>(contract)});
    }
    size_t count = 0;
    for (const VerbInfo& info : AllVerbs()) {
      if (!IsLibraryAccess(info.verb)) continue;
      for (const Situation& situation : AllSituations()) {
        situation.make(situation, info.verb, [&](const Trial& trial) {
          const bool is_judged = count++ % step == 0;
          // The next trial exists only if the race of this trial happens, so it has to run.
          const bool is_raced =
              trial.call > 0 && trial.scenario.ops[trial.call - 1].race.has_value();
          if (!is_judged && !is_raced) return false;
          const Trace& trace = runner_->Run(trial.scenario);
          if (is_judged) JudgeByEach(trial.scenario, trace);
          return is_raced && trace.ops[trial.call - 1].race.has_value();
        });
      }
    }
    for (const OneJudge& judge : judges_) {
      EXPECT_EQ(judge.failed, 0u) << AllowedBy(judge.oracle->contract());
      EXPECT_GT(judge.whole, count / step / 2) << AllowedBy(judge.oracle->contract());
    }
  }

 private:
  struct OneJudge {
    std::unique_ptr<Oracle> oracle;
    size_t failed = 0;
    size_t whole = 0;
  };

  // The contract's name, and its allowances.
  static std::string AllowedBy(const Contract& contract) {
    std::string text = contract.name;
    for (size_t i = 0; i < AllAllowances().size(); ++i) {
      if ((AllowancesOf(contract) >> i & 1) != 0) {
        absl::StrAppend(&text, " ", AllAllowances()[i].field);
      }
    }
    return text;
  }

  void JudgeByEach(const Scenario& scenario, const Trace& trace) {
    constexpr size_t kMostShown = 3;
    for (OneJudge& judge : judges_) {
      const Verdict& verdict = judge.oracle->Judge(scenario, trace);
      judge.whole += verdict.IsWhole() ? 1 : 0;
      if (verdict.ok() || ++judge.failed > kMostShown) continue;
      ADD_FAILURE() << AllowedBy(*verdict.contract) << "\n"
                    << PrintScenario(scenario) << PrintVerdict(scenario, verdict);
    }
  }

  std::unique_ptr<Runner> runner_;
  std::vector<OneJudge> judges_;
};

TEST_F(UpperBoundTest, ThisLibraryConformsToAllExceptForPromisesOfLinuxAlone) {
  ExpectKept({kOriginalContract, WithoutPromisesOfLinux()}, 7);
}

TEST_F(UpperBoundTest, ThisLibraryConformsToAxptrWithAnySingleAllowance) {
  std::vector<Contract> contracts;
  for (size_t i = 0; i < AllAllowances().size(); ++i) {
    const AllowanceSet one = AllowanceSet{1} << i;
    Contract& contract = contracts.emplace_back(WithAllowances(kOriginalContract, one));
    if (AllowancesOf(contract) == 0) contract.asks = Contract::Asks::kAddressLimit;
    EXPECT_EQ(AllowancesOf(contract), one);
  }
  ExpectKept(contracts, 31);
}

}  // namespace
}  // namespace sim
