// What may cross and what may not. All of it is decided by the compiler: that this file compiles is
// the test.
#include "axptr/user_plain.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "axptr/user_ptr.h"
#include "gtest/gtest.h"

namespace axptr {
namespace {

enum Unscoped { kUnscoped };
enum class Scoped : int { kScoped };

struct Pair {
  std::int32_t a;
  std::int32_t b;
};
struct Nested {
  Pair pair;
  Pair pairs[3];
  char name[16];
  std::byte rest[8];
  struct {
    std::uint16_t low;
    std::uint16_t high;
  } words;
};
struct Floats {
  float x;
  float y;
  double z;
};
struct Base {
  std::int32_t a;
};
struct Derived : Base {
  std::int32_t b;
};
struct SixtyFour {
  char bytes[64];
};
struct Defaulted {
  std::int32_t a = 5;
  std::int32_t b = 6;
};
struct Arguments {
  UserPtr<int> out;
  UserConstPtr<char> strings[3];
  std::uint64_t count;
};
struct WithConst {
  const std::int32_t a;
  std::int32_t b;
};

static_assert(UserPlain<char> && UserPlain<std::int8_t> && UserPlain<std::uint64_t>);
static_assert(UserPlain<wchar_t> && UserPlain<char16_t> && UserPlain<std::byte>);
static_assert(UserPlain<float> && UserPlain<double>);
static_assert(UserPlain<int[7]> && UserPlain<Pair[2][3]> && UserPlain<std::array<int, 8>>);
static_assert(UserPlain<Pair> && UserPlain<Nested> && UserPlain<Floats> && UserPlain<Derived>);
static_assert(UserPlain<SixtyFour> && UserPlain<Defaulted> && UserPlain<WithConst>);
static_assert(UserPlain<UserPtr<bool>> && UserPlain<UserConstPtr<void>> && UserPlain<Arguments>);

// --- Not every bit pattern is a value.

struct Pointer {
  void* pointer;
};
struct Function {
  void (*function)();
};
struct Member {
  std::int32_t Pair::* member;
};
struct OneBool {
  bool value;
};
struct LastIsBool {
  std::uint8_t a;
  bool b;
};
struct FirstFieldsPlain {
  std::int32_t a;
  std::int32_t b;
  bool c[4];
};
struct Outer {
  FirstFieldsPlain inner;  // brace elision reaches its plain fields first
  std::int32_t z;
};
struct DeepBool {
  Pair a;
  Pair b;
  struct {
    char x;
    OneBool y;
    std::int16_t z;
  } c;
};
struct EnumInside {
  Scoped mode;
  std::int32_t rest;
};
struct DerivedFromEnum : EnumInside {
  std::int32_t more;
};
struct ArrayOfEnum {
  Unscoped modes[4];
};
struct Reference {
  std::uint64_t a;
  std::uint64_t& b;
};
std::uint64_t global;
struct DefaultedReference {
  std::uint64_t a;
  std::uint64_t& b = global;
};
struct TakesAnything {
  template <typename T>
  TakesAnything(T);  // NOLINT(google-explicit-constructor)
  std::uint64_t a;
  void* b;
};
struct HoldsTakesAnything {
  std::uint64_t a;
  TakesAnything b;
};
struct HoldsBehindBits {
  unsigned a : 8;
  unsigned b : 8;
  unsigned c : 16;
  unsigned d;
  TakesAnything e;
};

static_assert(!UserPlain<bool> && !UserPlain<Unscoped> && !UserPlain<Scoped>);
static_assert(!UserPlain<int*> && !UserPlain<std::nullptr_t> && !UserPlain<int Pair::*>);
static_assert(!UserPlain<bool[2]> && !UserPlain<std::array<bool, 2>>);
static_assert(!UserPlain<Pointer> && !UserPlain<Function> && !UserPlain<Member>);
static_assert(!UserPlain<OneBool> && !UserPlain<LastIsBool> && !UserPlain<FirstFieldsPlain>);
static_assert(!UserPlain<Outer> && !UserPlain<DeepBool>);
static_assert(!UserPlain<EnumInside> && !UserPlain<DerivedFromEnum> && !UserPlain<ArrayOfEnum>);
static_assert(!UserPlain<Reference> && !UserPlain<DefaultedReference>);
static_assert(!UserPlain<HoldsTakesAnything> && !UserPlain<HoldsBehindBits>);

// --- Bytes that are no field's.

struct PaddedEnd {
  std::int32_t a;
  char b;
};
struct PaddedMiddle {
  char a;
  std::int32_t b;
};
struct PaddedInside {
  PaddedEnd inner;
  std::int64_t rest;
};
struct Empty {};
struct HoldsEmpty {
  Empty empty;
  std::int32_t a;
};
struct HoldsNoAddress {
  [[no_unique_address]] Empty empty;
  std::int32_t a;
};

static_assert(!UserPlain<PaddedEnd> && !UserPlain<PaddedMiddle> && !UserPlain<PaddedInside>);
static_assert(!UserPlain<PaddedEnd[2]> && !UserPlain<long double> && !UserPlain<Empty>);
static_assert(!UserPlain<HoldsEmpty> && !UserPlain<HoldsNoAddress>);

// --- No values of their own, or not copied as bytes.

struct Virtual {
  virtual void f();
  std::int64_t a;
};
struct Copied {
  Copied(const Copied&);
  std::int32_t a;
};
struct Incomplete;

static_assert(!UserPlain<void> && !UserPlain<int&> && !UserPlain<const int> && !UserPlain<int[]>);
static_assert(!UserPlain<volatile int> && !UserPlain<int()> && !UserPlain<Virtual>);
static_assert(!UserPlain<Copied>);
static_assert(UserPlain<UserPtr<Incomplete>>, "the pointer crosses, whatever it points to");

// --- What the walk cannot see: refused, unless declared; declared, still held to the rest.

struct SixtyFive {
  char bytes[65];
};
struct SixtyFiveDeclared {
  char bytes[65];
};
union Union {
  std::int32_t a;
  float b;
};
struct AnonymousUnion {
  union {
    std::int32_t a;
    float b;
  };
  std::int32_t c;
};
struct Bits {
  unsigned a : 3;
  unsigned b : 29;
};
struct BitsDeclared {
  unsigned a : 3;
  unsigned b : 29;
};
class Constructed {
 public:
  explicit Constructed(int a) : a_(a) {}

 private:
  [[maybe_unused]] int a_;
};
class ConstructedDeclared {
 public:
  ConstructedDeclared() = default;
  explicit ConstructedDeclared(int a) : a_(a) {}

 private:
  [[maybe_unused]] int a_[100];
};
struct HoldsDeclared {
  std::int32_t a;
  ConstructedDeclared b;
  SixtyFiveDeclared c;
  char d[3];
};
struct PaddedDeclared {
  char a;
  std::int32_t b;
};
struct CopiedDeclared {
  CopiedDeclared(const CopiedDeclared&);
  std::int32_t a;
};

}  // namespace

template <>
inline constexpr bool kUserPlain<SixtyFiveDeclared> = true;
template <>
inline constexpr bool kUserPlain<BitsDeclared> = true;
template <>
inline constexpr bool kUserPlain<ConstructedDeclared> = true;
template <>
inline constexpr bool kUserPlain<PaddedDeclared> = true;
template <>
inline constexpr bool kUserPlain<CopiedDeclared> = true;

namespace {

static_assert(!UserPlain<SixtyFive> && !UserPlain<Union> && !UserPlain<AnonymousUnion>);
static_assert(!UserPlain<Bits> && !UserPlain<Constructed>);
static_assert(UserPlain<SixtyFiveDeclared> && UserPlain<BitsDeclared>);
static_assert(UserPlain<ConstructedDeclared> && UserPlain<HoldsDeclared>);
static_assert(!UserPlain<PaddedDeclared>, "a declaration does not make padding harmless");
static_assert(!UserPlain<CopiedDeclared>, "a declaration does not make a type copyable as bytes");

TEST(UserPlain, IsDecidedByTheCompiler) { SUCCEED(); }

}  // namespace
}  // namespace axptr
