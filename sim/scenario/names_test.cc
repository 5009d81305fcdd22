#include "sim/scenario/names.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sim {
namespace {

TEST(Names, EveryVerbIsFoundByItsName) {
  std::set<std::string> names;
  for (const VerbInfo& info : AllVerbs()) {
    EXPECT_EQ(VerbFromName(info.name), info.verb) << info.name;
    EXPECT_EQ(VerbName(info.verb), info.name);
    names.insert(std::string(info.name));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(kVerbCount));
  EXPECT_EQ(VerbName(Verb::kMutAccess), "mut.access");
}

TEST(Names, UsagesHaveAWordForEachArgument) {
  using ::testing::ElementsAre;
  EXPECT_THAT(UsagesOf(Verb::kMap), ElementsAre("ADDR LEN PERMS KIND"));
  EXPECT_THAT(UsagesOf(Verb::kMutAccess), ElementsAre("TYPE ADDR [LEN]"));
  EXPECT_THAT(UsagesOf(Verb::kCopyStr), ElementsAre("ADDR MAX"));
  EXPECT_THAT(UsagesOf(Verb::kFill),
              ElementsAre("ADDR \"bytes\"", "ADDR LEN BYTE", "ADDR iov BASE LEN ..."));
  EXPECT_THAT(UsagesOf(Verb::kReadv), ElementsAre("ADDR COUNT LEN"));
  EXPECT_THAT(UsagesOf(Verb::kFrames), ElementsAre("N", "max"));
}

TEST(Names, EveryTypeIsFoundByItsName) {
  for (int i = 0; i < kElementTypeCount; ++i) {
    const ElementType type = static_cast<ElementType>(i);
    EXPECT_EQ(ElementTypeFromName(ElementTypeName(type)), type) << ElementTypeName(type);
  }
  EXPECT_EQ(ElementTypeName(ElementType::kPage), "page");
}

TEST(Names, TheNameOfATypeSaysItsSize) {
  EXPECT_EQ(ElementSize(*ElementTypeFromName("u32x3")), 12u);
  EXPECT_EQ(ElementSize(*ElementTypeFromName("b3")), 3u);
  EXPECT_EQ(ElementSize(*ElementTypeFromName("q8192")), 8192u);
  EXPECT_EQ(ElementAlign(*ElementTypeFromName("b4096")), 1u);
  EXPECT_EQ(ElementAlign(*ElementTypeFromName("page")), 4096u);
}

TEST(Names, PermissionsAreThreeCharacters) {
  EXPECT_EQ(PermsName(0), "---");
  EXPECT_EQ(PermsName(kPermRead | kPermWrite), "rw-");
  for (Perms perms = 0; perms < 8; ++perms) EXPECT_EQ(PermsFromName(PermsName(perms)), perms);
}

TEST(Names, KindsAndRacePointsAreFoundByTheirNames) {
  for (int i = 0; i < kAreaKindCount; ++i) {
    EXPECT_EQ(AreaKindFromName(AreaKindName(static_cast<AreaKind>(i))), static_cast<AreaKind>(i));
  }
  for (int i = 0; i < kRacePointCount; ++i) {
    EXPECT_EQ(RacePointFromName(RacePointName(static_cast<RacePoint>(i))),
              static_cast<RacePoint>(i));
  }
}

TEST(Names, ErrorsHaveTheNumbersOfLinux) {
  EXPECT_EQ(ErrnoName(14), "EFAULT");
  EXPECT_EQ(ErrnoName(12), "ENOMEM");
  EXPECT_EQ(ErrnoName(84), "EILSEQ");
  EXPECT_EQ(ErrnoFromName("ENAMETOOLONG"), 36);
  EXPECT_EQ(ErrnoFromName("EOVERFLOW"), 75);
  EXPECT_EQ(ErrnoFromName("E2BIG"), 7);
  for (int error = 1; error <= kMaxErrno; ++error) {
    const std::string name = ErrnoName(error);
    if (name.find(' ') == std::string::npos) {
      EXPECT_EQ(ErrnoFromName(name), error) << name;
    }
  }
}

TEST(Names, AnErrorWithoutANameIsShownByItsNumber) { EXPECT_EQ(ErrnoName(3999), "errno 3999"); }

TEST(Names, UnknownNamesAreNotFound) {
  for (const char* word : {"", " ", "MAP", "const", "const.get ", "u128", "rw", "rwxx", "wr-"}) {
    EXPECT_EQ(VerbFromName(word), std::nullopt) << word;
    EXPECT_EQ(ElementTypeFromName(word), std::nullopt) << word;
    EXPECT_EQ(PermsFromName(word), std::nullopt) << word;
    EXPECT_EQ(AreaKindFromName(word), std::nullopt) << word;
    EXPECT_EQ(RacePointFromName(word), std::nullopt) << word;
    EXPECT_EQ(ErrnoFromName(word), std::nullopt) << word;
  }
}

}  // namespace
}  // namespace sim
