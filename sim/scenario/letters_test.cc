#include "sim/scenario/letters.h"

#include <algorithm>
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

}  // namespace
}  // namespace sim
