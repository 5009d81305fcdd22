#include "sim/machine/buffer_hash.h"

#include <random>
#include <string>

#include "gtest/gtest.h"
#include "sim/machine/testing/defined_hash.h"

namespace sim {
namespace {

std::string RandomBytes(size_t size) {
  std::mt19937_64 random(size);
  std::string bytes(size, ' ');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

uint64_t HashOf(const std::string& bytes) { return HashOfBuffer(bytes.data(), bytes.size()); }

TEST(HashOfBuffer, IsAsDefinedForEverySize) {
  for (size_t size = 0; size <= 300; ++size) {
    const std::string bytes = RandomBytes(size);
    EXPECT_EQ(HashOf(bytes), DefinedBufferHash(bytes)) << size;
  }
  const std::string most = RandomBytes(65536);
  EXPECT_EQ(HashOf(most), DefinedBufferHash(most));
}

TEST(HashOfBuffer, NoBytes) { EXPECT_EQ(HashOf(""), kEmptyBufferHash); }

TEST(HashOfBuffer, EachBitOfEachByteMatters) {
  for (const size_t size : {1, 7, 8, 9, 31, 32, 33, 64, 100, 4096}) {
    const std::string bytes = RandomBytes(size);
    for (size_t bit = 0; bit < 8 * size; ++bit) {
      std::string changed = bytes;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
      ASSERT_NE(HashOf(changed), HashOf(bytes)) << size << " " << bit;
    }
  }
}

TEST(HashOfBuffer, AnyTwoBytesThatAreSwappedMatter) {
  const std::string letters =
      "abcdefghijklmnopqrstuvwabcdefghijklmnopqrstuvwabcdefghijklmnopqrstuvw";
  for (size_t first = 0; first < letters.size(); ++first) {
    for (size_t second = 0; second < first; ++second) {
      std::string swapped = letters;
      std::swap(swapped[first], swapped[second]);
      if (swapped == letters) continue;
      ASSERT_NE(HashOf(swapped), HashOf(letters)) << first << " " << second;
    }
  }
}

}  // namespace
}  // namespace sim
