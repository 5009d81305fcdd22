// Types that may cross, and types that may not. The compiler decides all of it, so the test is that
// this file compiles. The table of types is in testing/plain_types.h, what does not compile in
// testing/rejected_types.cc.
#include "axptr/user_plain.h"

#include <cstddef>
#include <cstdint>
#include <tuple>

#include "axptr/testing/plain_types.h"
#include "gtest/gtest.h"

namespace axptr {
namespace {

using testing::plain_types::Empty;
using testing::plain_types::Pair;

// --- What a declaration is held to, condition by condition.

struct Padded {
  std::int32_t a;
  char b;
};
struct Fields {
  std::int32_t a;
  std::int32_t many[3];
  bool flag;
  const std::int32_t fixed;
  volatile std::int32_t device;
  void* pointer;
  Empty empty;
  std::int32_t function();
  static constexpr std::int32_t kShared = 1;
};
struct Derived : Pair {};

template <typename T, typename... Pointers>
constexpr bool kCross = internal::kAllCross<T, Pointers...>;
template <typename T, typename... Pointers>
constexpr bool kFill = internal::kNoGap<T, Pointers...>;

static_assert(kCross<Pair, decltype(&Pair::a), decltype(&Pair::b)> &&
              kFill<Pair, decltype(&Pair::a), decltype(&Pair::b)>);
static_assert(kCross<Padded, decltype(&Padded::a), decltype(&Padded::b)> &&
              !kFill<Padded, decltype(&Padded::a), decltype(&Padded::b)>);
static_assert(!kFill<Pair, decltype(&Pair::a)> &&
              !kFill<Pair, decltype(&Pair::a), decltype(&Pair::b), decltype(&Pair::a)>);
static_assert(internal::kFieldSize<Fields, decltype(&Fields::a)> == 4);
static_assert(internal::kFieldSize<Fields, decltype(&Fields::many)> == 12);
static_assert(!kCross<Fields, decltype(&Fields::flag)> &&
              !kCross<Fields, decltype(&Fields::a), decltype(&Fields::flag)>);
static_assert(!kCross<Fields, decltype(&Fields::flag), decltype(&Fields::a)> &&
              !kCross<Fields, decltype(&Fields::pointer)>);
static_assert(!kCross<Fields, decltype(&Fields::flag), decltype(&Fields::pointer)>);
static_assert(!kCross<Fields, decltype(&Fields::fixed)> &&
              !kCross<Fields, decltype(&Fields::device)>);
static_assert(!kCross<Fields, decltype(&Fields::empty)> &&
              !kCross<Fields, decltype(&Fields::function)>);
static_assert(!kCross<Fields, decltype(&Fields::kShared)>, "a static member is no field");
static_assert(!kCross<Derived, decltype(&Derived::a), decltype(&Derived::b)>,
              "a base's field is none of its own");
static_assert(internal::kBindsFields<Pair> && !internal::kBindsFields<std::tuple<int>>);

TEST(UserPlain, IsDecidedByTheCompiler) { SUCCEED(); }

}  // namespace
}  // namespace axptr
