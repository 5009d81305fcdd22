#include "axptr/addr_space.h"

#include <type_traits>

#include "axptr/testing/fake_platform.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace axptr {
namespace {

using ::testing::ElementsAre;
using testing::FakeMemory;
using testing::FakeProvider;

struct OnlyCheck {
  bool check_region_access(VirtAddrRange, MappingFlags);
};
struct PopulateSaysNothing {
  bool check_region_access(VirtAddrRange, MappingFlags);
  void populate_area(VirtAddrRange, MappingFlags);
};
struct CheckIsInt {
  int check_region_access(VirtAddrRange, MappingFlags);
  LinuxResult<void> populate_area(VirtAddrRange, MappingFlags);
};
struct ProvidesNothing {
  template <typename F>
  int with_addr_space(F&& function) {
    int nothing = 0;
    return function(nothing);
  }
  int with_addr_space(int);
};
// A type that is both: its lock would be taken or not, depending on the role in which it is used.
struct Both : OnlyCheck {
  LinuxResult<void> populate_area(VirtAddrRange, MappingFlags);
  template <typename F>
  decltype(auto) with_addr_space(F&& function) {
    return function(*this);
  }
};
struct LosesTheResult {
  FakeMemory* memory;
  template <typename F>
  void with_addr_space(F&& function) {
    function(*memory);
  }
};

static_assert(AddrSpace<FakeMemory>);
static_assert(!AddrSpace<OnlyCheck> && !AddrSpace<PopulateSaysNothing> && !AddrSpace<CheckIsInt>);
static_assert(!AddrSpace<FakeProvider> && !AddrSpace<int>);
static_assert(AddrSpaceProvider<FakeProvider> && AddrSpaceProvider<FakeProvider&>);
static_assert(!AddrSpaceProvider<FakeMemory> && !AddrSpaceProvider<FakeMemory&>,
              "nothing says who takes the lock of an address space by itself");
static_assert(AddrSpaceProvider<NoLockNeeded<FakeMemory>> &&
              AddrSpaceProvider<const NoLockNeeded<FakeMemory>&>);
static_assert(!AddrSpace<NoLockNeeded<FakeMemory>>);
static_assert(AddrSpace<Both> && !AddrSpaceProvider<Both> && !AddrSpaceProvider<Both&>);
static_assert(!AddrSpaceProvider<int> && !AddrSpaceProvider<OnlyCheck>);
static_assert(!AddrSpaceProvider<LosesTheResult>, "the result of the function must come back");

TEST(WithAddrSpace, AProviderIsCalledOnceAndItsResultReturned) {
  FakeMemory memory(1);
  FakeProvider provider(memory);
  testing::clear_trail();
  FakeMemory& given = with_addr_space(provider, [](FakeMemory& m) -> FakeMemory& { return m; });
  EXPECT_EQ(&given, &memory);
  EXPECT_THAT(testing::trail(), ElementsAre("lock", "unlock"));
}

TEST(WithAddrSpace, AnAddressSpaceThatNeedsNoLockIsHandedOnAsItIs) {
  FakeMemory memory(1);
  testing::clear_trail();
  const NoLockNeeded provider(memory);
  EXPECT_EQ(with_addr_space(provider, [](FakeMemory& m) { return &m; }), &memory);
  EXPECT_THAT(testing::trail(), ElementsAre());
}

}  // namespace
}  // namespace axptr
