#include "axptr/mapping_flags.h"

#include "gtest/gtest.h"

namespace axptr {
namespace {

TEST(MappingFlags, ContainsIsSubsetForEveryPair) {
  for (unsigned a = 0; a < 16; ++a) {
    for (unsigned b = 0; b < 16; ++b) {
      const auto set = MappingFlags::from_bits_truncate(a);
      const auto needed = MappingFlags::from_bits_truncate(b);
      EXPECT_EQ(set.contains(needed), (b & ~a) == 0) << a << ' ' << b;
      EXPECT_EQ((set | needed).bits(), a | b);
      EXPECT_EQ((set & needed).bits(), a & b);
      EXPECT_EQ(set == needed, a == b);
    }
  }
}

TEST(MappingFlags, UnknownBitsAreDropped) {
  EXPECT_EQ(MappingFlags::from_bits_truncate(0xfffffff0), MappingFlags());
  EXPECT_TRUE(MappingFlags::from_bits_truncate(0x10).is_empty());
}

TEST(MappingFlags, BitsAreThoseOfThePlatform) {
  EXPECT_EQ(MappingFlags::READ.bits(), 1);
  EXPECT_EQ(MappingFlags::WRITE.bits(), 2);
  EXPECT_EQ(MappingFlags::EXECUTE.bits(), 4);
  EXPECT_EQ(MappingFlags::USER.bits(), 8);
}

}  // namespace
}  // namespace axptr
