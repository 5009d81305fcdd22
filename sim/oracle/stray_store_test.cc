// Subjects with stores to forbidden memory, judged by runner and oracle. The compiler does not
// report these stores; changed bytes reveal them.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/machine/sanitizer.h"
#include "sim/machine/window_key.h"
#include "sim/oracle/oracle.h"
#include "sim/scenario/runner.h"
#include "sim/scenario/scenario_text.h"
#include "sim/subject/subjects.h"

namespace sim {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The stray store of the subject under test, in addition to the work of `vectors`.
int64_t g_offset = 0;      // from the start of the access
bool g_is_at_end = false;  // ... or from its end
uint8_t g_bits = 0;        // bits inverted by the store; 0: no store

SIM_NO_SANITIZE void Stray(uint64_t start, uint64_t bytes) {
  const uint64_t at = start + (g_is_at_end ? bytes : 0) + static_cast<uint64_t>(g_offset);
  if (g_bits == 0) return;
  volatile uint8_t& byte = *reinterpret_cast<volatile uint8_t*>(at);
  byte = byte ^ g_bits;
}

const axptr_subject& Inner() { return *LinkedSubjects().front(); }

int LendSlice(uint64_t start, axptr_element element, size_t count, unsigned rights,
              axptr_lent* lent) {
  const int error = Inner().lend_slice(start, element, count, rights, lent);
  if (error == 0) Stray(start, count * element.size);
  return error;
}

int LendText(uint64_t start, axptr_lent* lent) {
  const int error = Inner().lend_text(start, lent);
  if (error == 0) Stray(start, lent->count);
  return error;
}

int AccessSlice(uint64_t start, axptr_element element, size_t count, unsigned rights,
                uint64_t (*body)(void*, uint64_t, size_t), void* argument, uint64_t* value) {
  const int error = Inner().access_slice(start, element, count, rights, body, argument, value);
  if (error == 0) Stray(start, count * element.size);
  return error;
}

// Also writes a byte before or after its buffer.
int CopyText(char* to, size_t room, uint64_t start, axptr_lent* lent) {
  const int error = Inner().copy_text(to, room, start, lent);
  Stray(reinterpret_cast<uint64_t>(to), room);
  return error;
}

axptr_subject Straying() {
  axptr_subject subject = Inner();
  subject.name = "straying";
  subject.reports_stores = false;
  subject.lend_slice = LendSlice;
  subject.lend_text = LendText;
  subject.access_slice = AccessSlice;
  subject.copy_text = CopyText;
  return subject;
}

class StrayStoreTest : public testing::Test {
 protected:
  StrayStoreTest() : runner_(*Runner::Create()) { runner_->set_subject(subject_); }

  // The violations of a run of `text`, on memory of two pages.
  std::vector<std::string> Violations(const std::string& text) {
    const auto scenario =
        ParseScenario(absl::StrCat("machine cpus=2\nmap 0x550000000000 0x3000 rw- eager\n"
                                   "fill 0x550000000ff8 \"12345678text\\0\"\n",
                                   text),
                      "test");
    EXPECT_TRUE(scenario.ok()) << scenario.status();
    const Verdict& verdict = oracle_.Judge(*scenario, runner_->Run(*scenario));
    std::vector<std::string> names;
    for (const Violation& violation : verdict.violations) names.emplace_back(violation.name());
    return names;
  }

  const axptr_subject subject_ = Straying();
  std::unique_ptr<Runner> runner_;
  Oracle oracle_;
};

// The violations of a store by the subject to user memory outside of any access.
std::vector<std::string> OfAStrayStore() {
  if (HardwareClosesWindow()) return {"access.closed", "access.stray_store"};
  return {"access.stray_store"};
}

constexpr const char* kAccesses[] = {
    "const.slice u8 0x550000001000 4", "mut.slice u8 0x550000001000 4", "const.str 0x550000001000",
    "const.access u8 0x550000001000 4", "mut.access u8 0x550000001000 4"};

TEST_F(StrayStoreTest, ASubjectThatStoresNowhereHasNoFindings) {
  g_bits = 0;
  for (const char* access : kAccesses) EXPECT_THAT(Violations(access), IsEmpty()) << access;
}

TEST_F(StrayStoreTest, AByteBeforeAndAByteAfter) {
  g_bits = 1;
  for (const char* access : kAccesses) {
    g_offset = -1;
    g_is_at_end = false;
    EXPECT_EQ(Violations(access), OfAStrayStore()) << access;
    g_offset = 0;
    g_is_at_end = true;
    EXPECT_EQ(Violations(access), OfAStrayStore()) << access;
  }
}

TEST_F(StrayStoreTest, AByteOfConstantMemory) {
  g_bits = 1;
  g_offset = 0;
  g_is_at_end = false;
  for (const char* access : kAccesses) {
    EXPECT_THAT(Violations(access), Contains("access.stray_store")) << access;
  }
}

// Alternates between the start and the end of its pages: next to guard bytes, and next to a page
// without access.
TEST_F(StrayStoreTest, BytesNextToTheKernelsBuffer) {
  g_bits = 1;
  for (const bool is_at_end : {false, true}) {
    g_is_at_end = is_at_end;
    for (const int64_t distance : {0, 1, 100}) {
      g_offset = is_at_end ? distance : -1 - distance;
      for (const char* before : {"", "frames max\n"}) {
        for (const char* copy : {"copy_str 0x550000001000 16", "copy_str 0x550000001000 3000",
                                 "copy_str 0x550000003000 16"}) {
          EXPECT_THAT(Violations(absl::StrCat(before, copy)), ElementsAre("access.buffer_overrun"))
              << copy << " " << g_offset;
        }
      }
    }
  }
}

TEST_F(StrayStoreTest, BytesNextToTheBufferOfANestedAccess) {
  g_bits = 1;
  g_offset = 0;
  for (const bool is_at_end : {false, true}) {
    g_is_at_end = is_at_end;
    g_offset = is_at_end ? 0 : -1;
    for (const char* before : {"", "frames max\n"}) {
      EXPECT_THAT(Violations(absl::StrCat(before,
                                          "@1 race check 1 copy_str 0x550000001000 16\n"
                                          "const.get u8 0x550000001000\n")),
                  Contains("access.buffer_overrun"));
    }
  }
}

TEST_F(StrayStoreTest, OfANestedAccess) {
  g_bits = 1;
  g_offset = -1;
  g_is_at_end = false;
  EXPECT_EQ(Violations("@1 race check 1 const.slice u8 0x550000001000 4\n"
                       "const.get u8 0x550000001000\n"),
            OfAStrayStore());
}

TEST_F(StrayStoreTest, AStoreOfAnotherCpuIsNotReported) {
  g_bits = 0;
  EXPECT_THAT(Violations("@1 race check 1 fill 0x550000001000 \"TEXT\"\n"
                         "@1 race check 1 mut.get u8 0x550000001002\n"
                         "@1 race check 2 user.store 0x550000001001 1\n"
                         "const.str 0x550000000ff8\n"),
              IsEmpty());
}

}  // namespace
}  // namespace sim
