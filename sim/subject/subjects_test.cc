#include "sim/subject/subjects.h"

#include <gmock/gmock.h>

#include <cstddef>
#include <string>
#include <thread>

namespace sim {
namespace {

using ::testing::HasSubstr;

std::string ErrorOf(const std::string& name) {
  return std::string(FindSubject(name).status().message());
}

const axptr_subject& Find(const std::string& name) { return **FindSubject(name); }

TEST(SubjectsTest, TheLibraryIsBuiltAsTwoSubjects) {
  EXPECT_STREQ(Find("vectors").name, "vectors");
  EXPECT_STREQ(Find("words").name, "words");
  EXPECT_EQ(LinkedSubjects().front(), &Find("vectors"));
  for (const axptr_subject* const subject : LinkedSubjects()) {
    EXPECT_TRUE(CheckSubject(subject, "linked").ok()) << subject->name;
  }
}

TEST(SubjectsTest, UserAddressesAreWholePagesOrNotStated) {
  const struct {
    uint64_t start;
    uint64_t end;
    bool is_usable;
  } kCases[] = {
      {0, 0, true},        {0, 4096, true},     {4096, 0x7ffffffff000, true},
      {4096, 4096, false}, {8192, 4096, false}, {4096, 0, false},
      {1, 4096, false},    {4096, 8191, false},
  };
  for (const auto& test : kCases) {
    axptr_subject subject = Find("words");
    subject.user_start = test.start;
    subject.user_end = test.end;
    const absl::Status status = CheckSubject(&subject, "mine");
    EXPECT_EQ(status.ok(), test.is_usable) << test.start << " " << test.end << " " << status;
    // A subject of a header without these members.
    subject.size_bytes = offsetof(axptr_subject, user_start);
    EXPECT_TRUE(CheckSubject(&subject, "mine").ok());
  }
  axptr_subject subject = Find("words");
  subject.user_start = 8192;
  subject.user_end = 4096;
  EXPECT_THAT(CheckSubject(&subject, "mine").message(),
              HasSubstr("its user addresses are [0x2000, 0x1000); expected multiples of 4096"));
}

TEST(SubjectsTest, TwoInOneProgramShareNothing) {
  const axptr_subject& vectors = Find("vectors");
  const axptr_subject& words = Find("words");
  EXPECT_NE(vectors.lend_terminated, words.lend_terminated);
  vectors.allow_faults(true);
  EXPECT_TRUE(vectors.faults_allowed());
  EXPECT_FALSE(words.faults_allowed());
  words.with_faults_allowed(
      [](void* argument) {
        static_cast<const axptr_subject*>(argument)->allow_faults(false);
        EXPECT_TRUE(Find("words").faults_allowed());
      },
      const_cast<axptr_subject*>(&vectors));
  EXPECT_FALSE(words.faults_allowed());
  EXPECT_FALSE(vectors.faults_allowed());
}

TEST(SubjectsTest, TheFlagIsPerThread) {
  for (const axptr_subject* const subject : LinkedSubjects()) {
    subject->allow_faults(true);
    std::thread([&] { EXPECT_FALSE(subject->faults_allowed()) << subject->name; }).join();
    subject->allow_faults(false);
  }
}

TEST(SubjectsTest, SharedObjectIsASubject) {
  const axptr_subject& subject = Find(NO_RECOVERY);
  EXPECT_STREQ(subject.name, "no_recovery");
  EXPECT_NE(subject.copy_text, nullptr);
  EXPECT_EQ(subject.lend_slice, nullptr);
}

TEST(SubjectsTest, SaysWhyThereIsNoSubject) {
  EXPECT_EQ(ErrorOf("no_such_subject"),
            "no subject \"no_such_subject\": expected vectors, words, or the path of a shared "
            "object, with a "
            "slash in it");
  EXPECT_EQ(ErrorOf(""),
            "no subject \"\": expected vectors, words, or the path of a shared object, "
            "with a slash in it");
  EXPECT_THAT(ErrorOf("./none.so"), HasSubstr("./none.so: not a usable subject: cannot open"));
  EXPECT_THAT(ErrorOf(OTHER_VERSION),
              HasSubstr("it is built for version 2 of sim/subject/subject.h; expected 1"));
}

TEST(SubjectsTest, ChecksTheDataOfASubject) {
  const auto why = [](auto change) {
    axptr_subject subject = Find("vectors");
    change(&subject);
    return std::string(CheckSubject(&subject, "./x.so").message());
  };
  EXPECT_EQ(why([](axptr_subject*) {}), "");
  EXPECT_EQ(CheckSubject(nullptr, "./x.so").message(),
            "./x.so: not a usable subject: axptr_subject_entry returned null");
  EXPECT_THAT(why([](auto* subject) { subject->size_bytes = 8; }),
              HasSubstr("its size_bytes is 8"));
  EXPECT_THAT(why([](auto* subject) { subject->name = nullptr; }), HasSubstr("it has no name"));
  EXPECT_THAT(why([](auto* subject) { subject->attach = nullptr; }), HasSubstr("attach is null"));
  EXPECT_THAT(why([](auto* subject) { subject->allow_faults = nullptr; }),
              HasSubstr("expected both"));
  // An exception table needs no flag.
  EXPECT_EQ(why([](auto* subject) {
              subject->faults_allowed = nullptr;
              subject->allow_faults = nullptr;
              subject->find_fixup = [](uintptr_t) { return uintptr_t{0}; };
            }),
            "");
  // A subject of an older, shorter header is usable.
  EXPECT_EQ(why([](auto* subject) { subject->size_bytes = offsetof(axptr_subject, copy_text); }),
            "");
}

}  // namespace
}  // namespace sim
