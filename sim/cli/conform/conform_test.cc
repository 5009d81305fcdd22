// Tests of the program axsim conform, with subjects whose conformance is known.
//
// AXSIM is its path, SUBJECTS the folder of the shared objects, with a slash.
#include "sim/cli/conform/conform.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "sim/cli/testing/run_program.h"

namespace sim {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Far longer than any scenario here takes, even under load. Tests of subjects that hang use a
// shorter limit.
constexpr char kSeconds[] = "--seconds=120";

ProgramResult Axsim(std::vector<std::string> words) {
  words.insert(words.begin(), AXSIM);
  return RunProgram(words);
}

std::string SubjectOption(const std::string& name) {
  return absl::StrCat("--subject=", SUBJECTS, name, ".so");
}

// The situations of each function whose cells are in `state`.
using CellNames = std::map<std::string, std::set<std::string>>;
CellNames CellsIn(const nlohmann::json& json, const std::string& state) {
  CellNames cells;
  for (const auto& function : json["functions"]) {
    for (const auto& cell : function["cells"]) {
      if (cell["state"] == state) cells[function["function"]].insert(cell["situation"]);
    }
  }
  return cells;
}

const nlohmann::json& CellOf(const nlohmann::json& json, const std::string& function,
                             const std::string& situation) {
  static const nlohmann::json none;
  for (const auto& one : json["functions"]) {
    if (one["function"] != function) continue;
    for (const auto& cell : one["cells"]) {
      if (cell["situation"] == situation) return cell;
    }
  }
  ADD_FAILURE() << function << ", " << situation;
  return none;
}

std::string Join(const CellNames& cells) {
  return absl::StrJoin(cells, "; ", [](std::string* out, const auto& cell) {
    absl::StrAppend(out, cell.first, ": ", absl::StrJoin(cell.second, " "));
  });
}

struct Case {
  const char* subject;
  const char* options;  // with blanks between them
  CellNames failing;
  const char* strongest;  // contract
};

const Case kCases[] = {
    // Correct by their contracts.
    {"copying", "--contract=linux", {}, "linux"},
    {"linux_like", "", {}, "linux"},
#ifdef HAS_RUSTC
    {"original/original", "--only=const.get", {}, "original"},
#endif
    {"lender", "", {}, "axptr"},
    {"copy_loops", "", {}, "axptr"},
    // Counts one byte too many if a page is refused.
    {"copying_wrong_count",
     "--contract=linux",
     {{"copy_in",
       {"unmapped", "no_access", "write_only", "file_end", "no_frames", "kernel_page", "user_end",
        "kernel_half", "not_canonical", "null_page", "huge", "two_errors", "unmapped_meanwhile",
        "protected_meanwhile", "truncated_meanwhile"}},
      {"copy_out",
       {"unmapped", "no_access", "read_only", "file_end", "no_frames", "kernel_page", "user_end",
        "kernel_half", "not_canonical", "null_page", "huge", "two_errors", "read_back",
        "unmapped_meanwhile", "protected_meanwhile", "truncated_meanwhile"}}},
     "none"},
    // Makes no checks, and does not recover from a fault.
    {"no_recovery",
     "--only=copy_str",
     {{"copy_str",
       {"mapped", "unmapped", "no_access", "read_only", "write_only", "file_end", "lazy",
        "no_frames", "copy_on_write", "kernel_page", "user_end", "kernel_half", "not_canonical",
        "null_page", "huge", "over_limits", "each_byte", "two_errors"}}},
     "none"},
};

class ConformTest : public testing::Test {
 protected:
  nlohmann::json Run(std::vector<std::string> words, int status) {
    words.insert(words.begin(), "conform");
    words.push_back("--format=json");
    const ProgramResult result = Axsim(words);
    EXPECT_EQ(result.status, status) << absl::StrJoin(words, " ") << "\n" << result.err;
    return nlohmann::json::parse(result.out);
  }
  const std::string folder_ = FreshFolder("conform");
};

TEST_F(ConformTest, TheCellsThatMustFailDoAndNoOthers) {
  for (const Case& test : kCases) {
    std::vector<std::string> words = {SubjectOption(test.subject), kSeconds};
    if (*test.options != '\0') words.emplace_back(test.options);
    const nlohmann::json json = Run(words, test.failing.empty() ? 0 : 1);
    EXPECT_EQ(Join(CellsIn(json, "failed")), Join(test.failing)) << test.subject;
    const bool is_any_right = !CellsIn(json, "passed").empty() || !CellsIn(json, "excused").empty();
    EXPECT_TRUE(is_any_right || !test.failing.empty()) << test.subject;
    const nlohmann::json& strongest = json["strongest_contract"];
    EXPECT_EQ(strongest.is_null() ? "none" : strongest.get<std::string>(), test.strongest)
        << test.subject;
    EXPECT_EQ(json["finished"], true);
    for (const auto& function : json["functions"]) {
      for (const auto& cell : function["cells"]) {
        EXPECT_FALSE(cell["cut_short"]) << test.subject << " " << cell["situation"];
      }
    }
  }
}

#ifdef HAS_RUSTC
// By the contract `original`, which allows what `axptr` does not.
TEST_F(ConformTest, AnExcusedCellIsNotPassed) {
  const nlohmann::json json = Run({SubjectOption("original/original"), kSeconds}, 0);
  EXPECT_TRUE(CellsIn(json, "passed").empty());
  const struct {
    const char* function;
    const char* situation;
    std::vector<int> excused;
  } kExcused[] = {
      {"const.get", "mapped", {13, 17}},        {"const.slice", "huge", {1, 13}},
      {"const.slice", "mapped", {12, 13, 17}},  {"const.get", "kernel_half", {2, 13, 17}},
      {"const.cstr", "lazy", {5, 7, 13, 17}},   {"const.cstr", "mapped", {6, 7, 13, 17}},
      {"mut.cstr", "lazy", {5, 7, 13, 16, 17}},
  };
  for (const auto& test : kExcused) {
    const nlohmann::json& cell = CellOf(json, test.function, test.situation);
    EXPECT_EQ(cell["state"], "excused") << test.function << " " << test.situation;
    EXPECT_EQ(cell["excused"].get<std::vector<int>>(), test.excused)
        << test.function << " " << test.situation;
  }
  std::vector<int> numbers;
  for (const auto& one : json["excused"]) numbers.push_back(one["number"]);
  EXPECT_THAT(numbers, ElementsAre(1, 2, 3, 4, 5, 6, 7, 12, 13, 16, 17));
  const std::string file = folder_ + "/page.html";
  const ProgramResult text = Axsim({"conform", SubjectOption("original/original"),
                                    "--only=const.get", kSeconds, "--html=" + file});
  EXPECT_EQ(text.status, 0);
  EXPECT_THAT(text.out, HasSubstr("76 excused: 13, 17\n"));
  EXPECT_THAT(text.out, HasSubstr("  deviation 13: a check does not require USER\n"));
  EXPECT_THAT(text.out, HasSubstr("verdict: 0 cells passed, 19 excused, 0 failed, 1 not judged"));
  EXPECT_THAT(ReadFile(file), HasSubstr("<td class=\"excused\""));
  EXPECT_THAT(ReadFile(file), HasSubstr("<dt>deviation 13</dt>"));
}
#endif

TEST_F(ConformTest, EachFunctionOfAWildSubjectFails) {
  const nlohmann::json json = Run({SubjectOption("wild"), kSeconds}, 1);
  for (const auto& function : json["functions"]) {
    if (function["offered"] != true) continue;
    EXPECT_THAT(CellsIn(json, "failed")[function["function"]], Not(IsEmpty()))
        << function["function"];
  }
}

// Bugs that kernels had in their copy loops are found without the corpus.
TEST_F(ConformTest, BugsOfCopyLoopsAreFoundAtThePageThatRefuses) {
  for (const char* subject : {"copy_loops_more", "copy_loops_larger"}) {
    const nlohmann::json json = Run({SubjectOption(subject), kSeconds, "--only=copy_in"}, 1);
    EXPECT_EQ(CellOf(json, "copy_in", "mapped")["state"], "passed") << subject;
    EXPECT_EQ(CellOf(json, "copy_in", "unmapped_meanwhile")["state"], "failed") << subject;
  }
}

TEST_F(ConformTest, EachFailingCellHasAScenarioThatFails) {
  for (const char* subject : {"copying_wrong_count", "no_recovery"}) {
    const std::string out = absl::StrCat(folder_, "/", subject);
    const nlohmann::json json = Run(
        {SubjectOption(subject), "--contract=linux", kSeconds, absl::StrCat("--output=", out)}, 1);
    size_t files = 0;
    for (const auto& [function, situations] : CellsIn(json, "failed")) {
      for (const std::string& situation : situations) {
        const std::string file = absl::StrCat(out, "/", function, "-", situation, ".scn");
        EXPECT_EQ(CellOf(json, function, situation)["file"].get<std::string>(), file);
        EXPECT_EQ(ReadFile(file), CellOf(json, function, situation)["scenario"].get<std::string>());
        const ProgramResult run = Axsim({"run", SubjectOption(subject), "--contract=linux", file});
        EXPECT_EQ(run.status, 1) << file << "\n" << run.out;
        EXPECT_THAT(run.out, HasSubstr("verdict: violation")) << file;
        ++files;
      }
    }
    EXPECT_GT(files, 10u);
    size_t written = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(out)) ++written;
    EXPECT_EQ(written, files);
  }
}

// The scenario of a cell that passes now is removed from the folder; those of cells that were not
// tried again stay.
TEST_F(ConformTest, TheFolderHasNoScenarioOfACellThatPasses) {
  const std::string out = absl::StrCat(folder_, "/out");
  const std::string tried = absl::StrCat(out, "/copy_in-unmapped.scn");
  const std::string not_tried = absl::StrCat(out, "/copy_out-unmapped.scn");
  std::filesystem::create_directory(out);
  WriteFile(tried, "of an earlier run");
  WriteFile(not_tried, "of an earlier run");
  Run({SubjectOption("copying"), "--contract=linux", "--only=copy_in", kSeconds,
       absl::StrCat("--output=", out)},
      0);
  EXPECT_FALSE(std::filesystem::exists(tried));
  EXPECT_TRUE(std::filesystem::exists(not_tried));
}

TEST_F(ConformTest, TheScenarioOfACellHasAStory) {
  Run({SubjectOption("copying_wrong_count"), "--contract=linux", "--only=copy_in", kSeconds,
       absl::StrCat("--output=", folder_)},
      1);
  const ProgramResult story =
      Axsim({"explain", SubjectOption("copying_wrong_count"), "--contract=linux",
             absl::StrCat(folder_, "/copy_in-unmapped.scn")});
  EXPECT_EQ(story.status, 1);
  EXPECT_THAT(story.out, HasSubstr("access.result is broken in `copy_in 0x"));
}

// A subject that ends its process ends only one scenario.
TEST_F(ConformTest, ASubjectThatEndsItsProcessIsAFinding) {
  const nlohmann::json reads = Run(
      {SubjectOption("unruly"), "--only=copy_in", kSeconds, absl::StrCat("--output=", folder_)}, 1);
  const nlohmann::json& aborts = CellOf(reads, "copy_in", "mapped");
  EXPECT_EQ(aborts["ending"], "crashed: SIGABRT");
  EXPECT_EQ(aborts["violation"], "crash");
  EXPECT_EQ(aborts["counts"]["failed"], 9);  // 3 bytes at each place, and 4
  EXPECT_GT(aborts["counts"]["passed"], 2000);
  EXPECT_EQ(aborts["cut_short"], false);
  const std::string file = absl::StrCat(folder_, "/copy_in-mapped.scn");
  EXPECT_EQ(Axsim({"run", SubjectOption("unruly"), file}).status, 128 + SIGABRT);
  const ProgramResult story = Axsim({"explain", SubjectOption("unruly"), file});
  EXPECT_EQ(story.status, 1);
  EXPECT_THAT(story.out, HasSubstr("killed by SIGABRT"));

  const nlohmann::json writes = Run(
      {SubjectOption("unruly"), "--only=copy_out", kSeconds, absl::StrCat("--output=", folder_)},
      1);
  EXPECT_EQ(CellOf(writes, "copy_out", "mapped")["ending"], "exited: 3");
  const ProgramResult exits =
      Axsim({"run", SubjectOption("unruly"), absl::StrCat(folder_, "/copy_out-mapped.scn")});
  EXPECT_EQ(exits.status, 1) << exits.out;
  EXPECT_THAT(exits.err, HasSubstr("the code under test has ended this process"));
  const nlohmann::json texts = Run({SubjectOption("unruly"), "--only=copy_str", kSeconds}, 1);
  EXPECT_EQ(CellOf(texts, "copy_str", "mapped")["ending"], "wrote over the reports of its process");
}

// A failure, or the end of the process, in the function that reads the bytes that the call wrote is
// not a failure of the call.
TEST_F(ConformTest, AFailureIsAttributedToItsOwnFunction) {
  const nlohmann::json json = Run({SubjectOption("unruly"), "--only=copy_out", kSeconds}, 1);
  const nlohmann::json& cell = CellOf(json, "copy_out", "read_back");
  EXPECT_GT(cell["counts"]["not_judged"], 15);
  EXPECT_EQ(cell["violation"], "crash");  // a crash of copy_out itself
  EXPECT_NE(cell["ending"], "crashed: SIGABRT");
}

TEST_F(ConformTest, ACallThatDoesNotEndIsStoppedAndTheRestIsNotJudged) {
  const nlohmann::json json = Run({SubjectOption("unruly"), "--only=zero_user", "--seconds=1"}, 1);
  EXPECT_EQ(CellOf(json, "zero_user", "mapped")["ending"], "no end within 1 s");
  EXPECT_EQ(CellOf(json, "zero_user", "unmapped")["ending"], "no end within 1 s");
  const nlohmann::json& rest = CellOf(json, "zero_user", "no_access");
  EXPECT_EQ(rest["state"], "not judged");
  EXPECT_EQ(rest["counts"]["passed"], 0);
  // The machine ends a call that makes checks without end.
  const nlohmann::json endless = Run({SubjectOption("endless"), kSeconds}, 1);
  EXPECT_EQ(CellOf(endless, "const.get", "mapped")["violation"], "time.unbounded");
  EXPECT_EQ(CellOf(endless, "const.get", "lazy")["state"], "not judged");
}

TEST_F(ConformTest, ARequiredButUnobservedFacetIsNotPassed) {
  const nlohmann::json json = Run(
      {SubjectOption("copying"), "--contract=linux", "--only=copy_in", "--require=loads", kSeconds},
      3);
  EXPECT_TRUE(CellsIn(json, "passed").empty());
  EXPECT_TRUE(CellsIn(json, "failed").empty());
  EXPECT_EQ(json["counts"]["passed"], 0);
  EXPECT_GT(json["counts"]["not_judged"], 1000);
}

// The run observes no step of the function, so no race happens in it.
TEST_F(ConformTest, ACellWithoutRacesIsNotJudged) {
  const nlohmann::json json = Run({SubjectOption("no_recovery"), "--only=copy_str", kSeconds}, 1);
  const nlohmann::json& cell = CellOf(json, "copy_str", "unmapped_meanwhile");
  EXPECT_EQ(cell["state"], "not judged");
  EXPECT_THAT(cell["not_judged"].get<std::string>(), HasSubstr("no step of the call is seen"));
  EXPECT_EQ(CellOf(json, "copy_str", "read_back")["state"], "-");  // it writes nothing
}

TEST_F(ConformTest, AFunctionThatIsNotOfferedIsNotPassed) {
  const nlohmann::json json = Run({SubjectOption("lender"), "--only=copy_in", kSeconds}, 3);
  EXPECT_EQ(json["functions"][0]["offered"], false);
  EXPECT_TRUE(json["functions"][0]["cells"].empty());
  const nlohmann::json types = Run({SubjectOption("lender"), "--only=const.get", kSeconds}, 0);
  const nlohmann::json& counts = CellOf(types, "const.get", "unmapped")["counts"];
  EXPECT_EQ(counts["passed"], 4);  // one byte, on each side of both page boundaries
  EXPECT_GT(counts["not_offered"], 100);
}

TEST(ConformCellTest, ACellIsPassedOnlyIfAllOfItIs) {
  const struct {
    ConformCounts counts;
    bool cut_short;
    CellState state;
  } kStates[] = {
      {{}, false, CellState::kNotApplicable},
      {{}, true, CellState::kNotJudged},
      {{.passed = 1}, false, CellState::kPassed},
      {{.passed = 1}, true, CellState::kNotJudged},
      {{.passed = 1, .not_judged = 1}, false, CellState::kNotJudged},
      {{.passed = 1, .not_offered = 1}, false, CellState::kPassed},
      {{.not_offered = 1}, false, CellState::kNotOffered},
      {{.passed = 9, .failed = 1}, false, CellState::kFailed},
      {{.failed = 1, .not_judged = 9}, true, CellState::kFailed},
  };
  for (const auto& test : kStates) {
    ConformCell cell;
    cell.counts = test.counts;
    cell.cut_short = test.cut_short;
    EXPECT_EQ(cell.State(), test.state) << CellStateName(test.state);
  }
  ConformCell excused;
  excused.counts.passed = 1;
  excused.excused = 1u << 13;
  EXPECT_EQ(excused.State(), CellState::kExcused);
  excused.counts.not_judged = 1;
  EXPECT_EQ(excused.State(), CellState::kNotJudged);
  ContractHolds holds;
  EXPECT_FALSE(holds.Holds());
  holds.counts.not_judged = 5;
  EXPECT_FALSE(holds.Holds());
  holds.counts.passed = 1;
  EXPECT_TRUE(holds.Holds());
  holds.counts.failed = 1;
  EXPECT_FALSE(holds.Holds());
}

TEST_F(ConformTest, RefusesInvalidSubjectsAndFunctions) {
  const struct {
    std::vector<std::string> words;
    const char* message;
  } kRefused[] = {
      {{SubjectOption("other_version")}, "it is built for version 2 of sim/subject/subject.h"},
      {{SubjectOption("without_entry")}, "it exports no axptr_subject_entry"},
      {{SubjectOption("entry_aborts")},
       "not a usable subject: a process that loads it: killed by SIGABRT"},
      {{SubjectOption("no_such")}, "not a usable subject: cannot open"},
      {{"--subject=posix"}, "no subject \"posix\""},
      {{"--contract=posix"}, "no contract \"posix\""},
      {{"--only=map"}, "--only=map: no function of a library; expected const.get, "},
      {{"--only=fly"}, "--only=fly: no function of a library"},
      {{"--seconds=0"}, "--seconds=0: expected a number"},
      {{"--require=moods"}, "--require: "},
      {{"a.scn"}, "expected: axsim conform [OPTION...]"},
      {{"--only=const.get", "--html=/no/such/folder/page.html"}, "/no/such/folder/page.html"},
      {{SubjectOption("no_recovery"), "--only=const.get", "--output=/dev/null/folder"},
       "/dev/null/folder"},
  };
  for (const auto& test : kRefused) {
    std::vector<std::string> words = test.words;
    words.insert(words.begin(), "conform");
    const ProgramResult result = Axsim(words);
    EXPECT_EQ(result.status, 2) << absl::StrJoin(words, " ");
    EXPECT_THAT(result.err, HasSubstr(test.message));
    EXPECT_EQ(result.out, "") << absl::StrJoin(words, " ");
  }
}

TEST_F(ConformTest, TheTextHasTheTableAndTheStrongestContract) {
  const ProgramResult result =
      Axsim({"conform", SubjectOption("copying_wrong_count"), "--contract=linux", kSeconds});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.out,
              HasSubstr("subject copying_wrong_count by the contract linux: 2 functions"));
  EXPECT_THAT(result.out, HasSubstr("copy_in, unmapped: "));
  EXPECT_THAT(result.out, HasSubstr("FAIL "));
  EXPECT_THAT(result.out, HasSubstr("strongest contract that holds: none\n"));
  EXPECT_THAT(result.out, HasSubstr("not offered: const.get, "));
  EXPECT_THAT(result.err, HasSubstr("conform: copy_in"));
}

// Whether each element of `page` that is opened is closed, in the right order.
testing::AssertionResult IsWellFormed(absl::string_view page) {
  std::vector<std::string> open;
  for (size_t at = page.find('<'); at != absl::string_view::npos; at = page.find('<', at + 1)) {
    const size_t end = page.find('>', at);
    if (end == absl::string_view::npos) return testing::AssertionFailure() << "no > at " << at;
    const absl::string_view tag = page.substr(at + 1, end - at - 1);
    const std::string name(tag.substr(0, tag.find_first_of(" \n")));
    if (name == "!doctype" || name == "meta" || absl::EndsWith(tag, "/")) continue;
    if (!absl::StartsWith(name, "/")) {
      open.push_back(name);
    } else if (open.empty() || absl::StrCat("/", open.back()) != name) {
      return testing::AssertionFailure() << name << " closes nothing, at " << at;
    } else {
      open.pop_back();
    }
  }
  if (!open.empty()) return testing::AssertionFailure() << open.back() << " is not closed";
  return testing::AssertionSuccess();
}

TEST_F(ConformTest, ThePageIsWellFormedAndSelfContained) {
  const std::string file = folder_ + "/page.html";
  const ProgramResult result = Axsim({"conform", SubjectOption("copying_wrong_count"),
                                      "--contract=linux", kSeconds, "--html=" + file});
  EXPECT_EQ(result.status, 1);
  const std::string page = ReadFile(file);
  EXPECT_TRUE(IsWellFormed(page));
  EXPECT_THAT(page, HasSubstr("<p>not offered: const.get, mut.get, "));
  EXPECT_THAT(page, Not(HasSubstr("<th>const.get</th>")));
  EXPECT_THAT(page, HasSubstr("<td class=\"failed\""));
  EXPECT_THAT(page, HasSubstr("href=\"#copy_in-unmapped\""));
  EXPECT_THAT(page, HasSubstr("id=\"copy_in-unmapped\""));
  EXPECT_THAT(page, Not(AnyOf(HasSubstr("http"), HasSubstr("<script"), HasSubstr("src="))));
}

TEST_F(ConformTest, AnInterruptPrintsTheTableSoFar) {
  int err[2];
  int out[2];
  ASSERT_EQ(pipe(err), 0);
  ASSERT_EQ(pipe(out), 0);
  const std::string subject = SubjectOption("unruly");
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGINT, SIG_DFL);
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    for (const int file : {out[0], out[1], err[0], err[1]}) close(file);
    // The subject hangs in the first situation, for a minute, and then in the second one.
    execl(AXSIM, AXSIM, "conform", subject.c_str(), "--only=zero_user", "--seconds=60",
          "--format=json", nullptr);
    _exit(127);
  }
  close(err[1]);
  close(out[1]);
  char byte = 0;
  ASSERT_EQ(read(err[0], &byte, 1), 1);  // progress: it runs
  ASSERT_EQ(kill(child, SIGINT), 0);
  std::string text;
  char buffer[4096];
  for (ssize_t count = 0; (count = read(out[0], buffer, sizeof(buffer))) > 0;) {
    text.append(buffer, static_cast<size_t>(count));
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_THAT(WEXITSTATUS(status), AnyOf(1, 3));
  const nlohmann::json json = nlohmann::json::parse(text);
  EXPECT_EQ(json["finished"], false);
  EXPECT_EQ(CellOf(json, "zero_user", "unmapped")["state"], "not judged");
  close(err[0]);
  close(out[0]);
}

}  // namespace
}  // namespace sim
