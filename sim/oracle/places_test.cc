// Memory that a program has at more than one place: files that are mapped twice, and the same
// addresses in two address spaces. Each function of the library accesses such memory while every
// event that changes a place happens at every point: machine and model agree about the access, and
// about what all places hold afterwards.
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sim/oracle/oracle.h"
#include "sim/oracle/report.h"
#include "sim/oracle/testing/line_of_verb.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_text.h"
#include "sim/scenario/verb.h"
#include "sim/subject/subjects.h"

namespace sim {
namespace {

// The pages at 0x550000000000 are what the accesses name. @2 runs in address space 1, where the
// same addresses are another file, mapped twice with its mappings exchanged.
constexpr char kLayout[] =
    "machine cpus=3 frames=16\n"
    "@2 space 1\n"
    "map 0x550000002000 0x3000 rw- file:0x1800\n"
    "alias 0x550000000000 0x2000 rw- 0x550000002000\n"
    "alias 0x550000009000 0x1000 rw- 0x550000004000\n"
    "alias 0x550000005000 0x1000 r-- 0x550000003000\n"
    "fill 0x550000000000 0x10 0x61\n"
    "fill 0x550000002010 \"here\\0\"\n"
    "fill 0x550000003000 \"second page\"\n"
    "@2 map 0x550000000000 0x2000 rw- shared\n"
    "@2 alias 0x550000002000 0x2000 rw- 0x550000000000\n"
    "@2 fill 0x550000002000 0x10 0x62\n"
    "@2 fill 0x550000000010 \"elsewhere\\0\"\n"
    "map 0x550000006000 0x2000 rw- lazy\n"
    "fill 0x550000006ffc \"private\"\n"
    "@2 map 0x550000006000 0x1000 -w- shared\n"
    "@2 alias 0x550000008000 0x1000 rw- 0x550000006000\n"
    "@2 map 0x550000007000 0x1000 rw- eager\n";

// What another CPU does to a place, in the address space of the access or in the other one. It
// touches the memory first, so that the change meets a populated page.
constexpr const char* kEvents[] = {
    "unmap 0x550000000000 0x1000",
    "unmap 0x550000002000 0x2000",
    "protect 0x550000000000 0x2000 r--",
    "protect 0x550000002000 0x1000 ---",
    "evict 0x550000000000 0x1000",
    "evict 0x550000002000 0x2000",
    "share 0x550000000000 0x8000",
    "truncate 0x550000002000 4",
    "truncate 0x550000000000 0x2000",
    "fill 0x550000002004 \"\\0new\"",
    "alias 0x55000000a000 0x1000 rw- 0x550000000000",
    "frames 0",
    "copy_out 0x550000002000 12",
    "mut.access u64 0x550000002000",
    "user.store 0x550000000fff 2",
    "space 1",
    "space 0",
};

// Before the access; at a point of it, on another CPU; while its task sleeps there, on its own CPU
// or one of the other address space. `evict` of the page after the check brings about a fault.
struct Moment {
  const char* before;  // lines
  const char* prefix;  // of the event's line
};
constexpr Moment kMoments[] = {
    {"", ""},
    {"", "@2 "},
    {"", "@1 race check 1 "},
    {"", "@2 race check 1 "},
    {"@1 race check 1 evict 0x550000002000 0x1000\n", "@1 race fault 1 "},
    {"@1 race check 1 evict 0x550000002000 0x1000\n", "@2 race fault 1 "},
    {"", "@1 race use 1 "},
    {"race check 1 sleep\n", "race check 1 "},
    {"@2 race check 1 sleep\n", "race check 1 "},
    {"@1 race check 1 evict 0x550000002000 0x1000\n@2 race fault 1 sleep\n", "race fault 1 "},
    {"@1 race check 1 evict 0x550000002000 0x1000\nrace fault 1 sleep\n", "@2 race fault 1 "},
    {"@2 race use 1 sleep\n", "race use 1 "},
};

// The bytes, the populated pages and the frames of every place; then of what replaces a place, and
// of a file whose first mapping is gone.
constexpr char kLook[] =
    "space 0\n@1 space 0\n@2 space 1\nframes 9\n"
    "copy_in 0x550000000000 0x2000\ncopy_in 0x550000002000 0x2000\ncopy_in 0x550000005000 8\n"
    "@2 copy_in 0x550000000000 0x2000\n@2 copy_in 0x550000002000 0x2000\n"
    "user.store 0x550000002001 1\nuser.load 0x550000000000 0x2000\n"
    "@2 user.store 0x550000000001 1\n@2 copy_in 0x550000002000 2\ncopy_in 0x550000000000 2\n"
    "user.load 0x550000009000 1\nuser.store 0x550000007000 1\n@2 user.store 0x550000007000 1\n"
    "copy_in 0x550000006000 8\n@2 copy_in 0x550000006000 8\n"
    "evict 0x550000000000 0x8000\ncopy_in 0x550000006ff8 16\n"
    "unmap 0x550000000000 0x2000\nmap 0x550000000000 0x2000 rw- lazy\ncopy_in 0x550000000000 "
    "0x2000\n"
    "unmap 0x550000002000 0x2000\ncopy_in 0x550000005000 8\nunmap 0x550000005000 0x1000\n"
    "map 0x550000005000 0x1000 rw- lazy\ncopy_in 0x550000005000 8\n"
    "@2 unmap 0x550000000000 0x2000\n@2 evict 0x550000002000 0x1000\n"
    "@2 copy_in 0x550000002000 8\n";

class PlacesTest : public testing::Test {
 protected:
  PlacesTest() : runner_(*Runner::Create()) {}

  testing::AssertionResult Agree(const std::string& text) {
    const auto scenario = ParseScenario(text, "test");
    if (!scenario.ok()) return testing::AssertionFailure() << scenario.status() << text;
    const Trace& trace = runner_->Run(*scenario);
    const Verdict& verdict = oracle_.Judge(*scenario, trace);
    for (const OpRecord& record : trace.ops) happened_ += record.race.has_value();
    if (verdict.ok() && !verdict.not_judged) return testing::AssertionSuccess();
    return testing::AssertionFailure() << text << PrintVerdict(*scenario, verdict);
  }

  std::unique_ptr<Runner> runner_;
  Oracle oracle_;
  uint64_t happened_ = 0;  // events at a point of an access
};

// The first verb of each kind: those that move bytes the same way, of the same extent.
std::vector<const VerbInfo*> OneOfEachKind() {
  std::set<std::tuple<Transfer, Extent, bool>> kinds;
  std::vector<const VerbInfo*> verbs;
  for (const VerbInfo& verb : AllVerbs()) {
    if (!IsLibraryAccess(verb.verb)) continue;
    if (kinds.emplace(verb.transfer, verb.extent, IsStore(verb.verb)).second) {
      verbs.push_back(&verb);
    }
  }
  return verbs;
}

TEST_F(PlacesTest, EachFunctionAgreesWithTheModelWhateverHappensToAPlaceAtAnyPoint) {
  const auto subjects = LinkedSubjects();
  size_t turn = 0;
  for (const VerbInfo* const verb : OneOfEachKind()) {
    for (const char* const event : kEvents) {
      const axptr_subject* const subject = subjects[turn++ % subjects.size()];
      runner_->set_subject(*subject);
      for (const Moment& moment : kMoments) {
        ASSERT_TRUE(Agree(absl::StrCat(kLayout, moment.before, moment.prefix, event, "\n",
                                       LineOf(*verb), "\n", kLook)))
            << "on the subject " << subject->name;
      }
    }
  }
  EXPECT_GT(happened_, 2'000u);
}

// The bytes move to the second place when the first one goes, and go with it.
TEST_F(PlacesTest, APlaceThatWasNeverTouchedLeavesNoBytes) {
  for (const char* const last : {"unmap 0x550000000000 0x1000\n", "truncate 0x550000000000 2\n"}) {
    EXPECT_TRUE(
        Agree(absl::StrCat("map 0x550000002000 0x1000 rw- file:0x1000\n"
                           "fill 0x550000002000 \"letters\"\n"
                           "alias 0x550000000000 0x1000 rw- 0x550000002000\n"
                           "unmap 0x550000002000 0x1000\n",
                           last,
                           "map 0x550000000000 0x1000 rw- lazy\n"
                           "copy_in 0x550000000000 8\n")));
  }
}

}  // namespace
}  // namespace sim
