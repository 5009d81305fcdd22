#include "sim/scenario/letters.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <set>
#include <string>

#include "gtest/gtest.h"
#include "sim/scenario/struct_bytes.h"

namespace sim {
namespace {

TEST(LettersOf, AreThoseOfTheBufferAlsoWhereAddressesEnd) {
  for (int64_t address = -70; address < 70; ++address) {
    for (const uint64_t size :
         {uint64_t{0}, uint64_t{1}, uint64_t{23}, uint64_t{100}, kMaxCopiedBytes}) {
      Op op;
      op.address = static_cast<uint64_t>(address);
      op.length = size % 7;
      std::string wanted(size, '?');
      FillCopiedOut(op, wanted);
      ASSERT_EQ(LettersOf(op, size), wanted) << address << " " << size;
    }
  }
}

// Each type, each address that selects a shape, and user's structs of each size.
TEST(FillStruct, HasEachByteOfTheStruct) {
  for (int type = 0; type < kElementTypeCount; ++type) {
    Op op;
    op.type = static_cast<ElementType>(type);
    const uint64_t size = ElementSize(op.type);
    for (int shape = 0; shape < 4; ++shape) {
      const uint64_t unit = std::max(uint64_t{8}, ElementAlign(op.type));
      for (uint64_t length = 0; length <= size + 2;
           length += length < 30 || length + 40 > size ? 1 : 97) {
        op.address = static_cast<uint64_t>(shape - 2) * unit;  // the last addresses, and the first
        op.length = length;
        std::string bytes(size, '?');
        FillStruct(op, bytes);
        for (uint64_t i = 0; i < size; ++i) {
          ASSERT_EQ(static_cast<uint8_t>(bytes[i]), ByteOfStruct(op, i))
              << type << " " << shape << " " << length << " " << i;
        }
      }
    }
  }
}

// A library may look at some of the dropped bytes only: so each of them is the only letter at some
// address, and at some address none is.
TEST(DroppedBytesOf, LeaveEachByteAsTheOnlyLetter) {
  Op op;
  op.type = ElementType::kB4096;
  for (const uint64_t dropped : {uint64_t{1}, uint64_t{2}, uint64_t{63}, 2 * kDroppedPlaces}) {
    op.length = ElementSize(op.type) - dropped;
    std::set<uint64_t> letters;
    for (uint64_t at = 0; at < 4 * kDroppedPlaces; ++at) {
      op.address = 0x550000000000 + 8 * at;
      const DroppedBytes bytes = DroppedBytesOf(op);
      if (!bytes.are_letters) letters.insert(bytes.letter);
    }
    ASSERT_EQ(letters.size(), dropped + 1) << dropped;
    EXPECT_EQ(*letters.begin(), op.length);
    EXPECT_EQ(*std::next(letters.begin(), static_cast<ptrdiff_t>(dropped - 1)),
              ElementSize(op.type) - 1);
    EXPECT_EQ(*letters.rbegin(), UINT64_MAX);
  }
}

}  // namespace
}  // namespace sim
