#include "sim/machine/user_touch.h"

#include <cstdint>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace sim {
namespace {

uint64_t OneByOne(const std::vector<uint8_t>& bytes, size_t from, size_t to) {
  uint64_t hash = kEmptyFingerprint;
  for (size_t i = from; i < to; ++i) hash = (hash ^ bytes[i]) * 0x100000001b3;
  return hash;
}

uint64_t Fingerprint(const std::vector<uint8_t>& bytes, size_t from, size_t to) {
  return FingerprintUserMemory(reinterpret_cast<uint64_t>(bytes.data()) + from, to - from);
}

TEST(FingerprintUserMemory, OfEveryRepeatedByteIsFnv1a) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::vector<uint8_t> bytes(2048, static_cast<uint8_t>(byte));
    for (const size_t size : {0, 1, 7, 8, 9, 255, 256, 511, 512, 513, 768, 1023, 1200, 2040}) {
      for (const size_t from : {0, 1, 7}) {
        ASSERT_EQ(Fingerprint(bytes, from, from + size), OneByOne(bytes, from, from + size))
            << byte << " " << from << " " << size;
      }
    }
  }
}

// An empty range is valid at any address.
TEST(FingerprintUserMemory, OfNothingTouchesNothing) {
  for (const uint64_t address : {uint64_t{0}, uint64_t{1}, uint64_t{0x800000000003}, UINT64_MAX}) {
    EXPECT_EQ(FingerprintUserMemory(address, 0), kEmptyFingerprint) << address;
  }
}

// Runs of equal bytes of all lengths, also long ones, which begin and end anywhere in a word.
TEST(FingerprintUserMemory, OfRunsAndOtherBytesIsFnv1a) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    std::vector<uint8_t> bytes;
    while (bytes.size() < 6000) {
      const uint8_t byte = random() % 3 == 0 ? 0 : static_cast<uint8_t>(random());
      const size_t length = random() % 4 == 0 ? random() % 1500 : random() % 12;
      bytes.insert(bytes.end(), length, byte);
    }
    const size_t from = random() % 32;
    const size_t to = from + random() % (bytes.size() - from);
    ASSERT_EQ(Fingerprint(bytes, from, to), OneByOne(bytes, from, to)) << round;
  }
}

}  // namespace
}  // namespace sim
