#include "sim/oracle/model_arithmetic.h"

#include <cstdint>
#include <string>

#include "gtest/gtest.h"
#include "sim/machine/testing/defined_hash.h"

namespace sim::model_internal {
namespace {

uint64_t OneByOne(uint64_t hash, uint8_t byte, uint64_t count) {
  for (uint64_t i = 0; i < count; ++i) hash = (hash ^ byte) * Fnv::kPrime;
  return hash;
}

TEST(FnvTest, EqualBytesAreAsOneByOne) {
  for (int byte = 0; byte < 256; ++byte) {
    for (const uint64_t count : {0, 1, 2, 255, 256, 257, 511, 512, 700, 1024, 4096, 65536, 70001}) {
      for (const uint64_t hash : {Fnv::kEmpty, Fnv::kEmpty * 3, uint64_t{0x77}}) {
        ASSERT_EQ(Fnv::ExtendEqual(hash, static_cast<uint8_t>(byte), count),
                  OneByOne(hash, static_cast<uint8_t>(byte), count))
            << byte << " " << count << " " << hash;
      }
    }
  }
}

// The position in a pattern counts from the start of the fill, not from the start of the read.
TEST(FnvTest, ARunOfAPatternGoesRoundFromItsFill) {
  const uint8_t pattern[] = {1, 2, 3};
  const MemoryHistory::ByteRun run{
      .fill_start = 100, .end = 1000, .pattern = pattern, .pattern_bytes = 3};
  uint64_t wanted = Fnv::kEmpty;
  for (const uint8_t byte : {3, 1, 2, 3, 1}) wanted = OneByOne(wanted, byte, 1);
  EXPECT_EQ(Fnv::Extend(Fnv::kEmpty, run, 105, 110), wanted);
}

TEST(FnvTest, AStringIsAsOneByOne) {
  for (const size_t zeros : {0, 1, 255, 256, 257, 300, 512, 513, 1000, 4096}) {
    for (const size_t letters : {0, 1, 100, 256, 300}) {
      for (const char byte : {'\0', 'z'}) {
        std::string bytes(zeros, byte);
        for (size_t i = 0; i < letters; ++i) bytes += static_cast<char>('a' + i % 23);
        bytes += std::string(zeros, byte);
        uint64_t wanted = Fnv::kEmpty;
        for (const char c : bytes) wanted = OneByOne(wanted, static_cast<uint8_t>(c), 1);
        ASSERT_EQ(Fnv::ExtendAll(Fnv::kEmpty, bytes), wanted) << zeros << " " << letters;
      }
    }
  }
}

TEST(BufferHashTest, IsAsDefinedForEverySize) {
  std::string bytes;
  for (size_t size = 0; size <= 300; ++size) {
    EXPECT_EQ(BufferHash(bytes), DefinedBufferHash(bytes)) << size;
    bytes += static_cast<char>(size * size % 251 + 3);
  }
}

}  // namespace
}  // namespace sim::model_internal
