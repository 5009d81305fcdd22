// The table of types that cross and of types that are refused: a row is AXPTR_CROSSES(type...) or
// AXPTR_REFUSED(type...), and holds if this file compiles. The tests compile the table by g++ and
// by clang++. Declarations that are ill-formed are in rejected_types.cc.
//
// With AXPTR_TURNED_ROUND each row claims the opposite, so that each row must fail
// (check_table.cmake): a row that holds either way would test nothing.
#ifndef AXPTR_TESTING_PLAIN_TYPES_H_
#define AXPTR_TESTING_PLAIN_TYPES_H_

#include <array>
#include <atomic>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

#include "axptr/user_io_vec.h"
#include "axptr/user_out_ptr.h"
#include "axptr/user_ptr.h"

#ifdef AXPTR_TURNED_ROUND
#define AXPTR_CROSSES(...) static_assert(!axptr::UserPlain<__VA_ARGS__>, "axptr row")
#define AXPTR_REFUSED(...) static_assert(axptr::UserPlain<__VA_ARGS__>, "axptr row")
#else
#define AXPTR_CROSSES(...) static_assert(axptr::UserPlain<__VA_ARGS__>, "axptr row")
#define AXPTR_REFUSED(...) static_assert(!axptr::UserPlain<__VA_ARGS__>, "axptr row")
#endif

namespace axptr::testing::plain_types {

// --- Scalars.

AXPTR_CROSSES(char);
AXPTR_CROSSES(signed char);
AXPTR_CROSSES(unsigned char);
AXPTR_CROSSES(wchar_t);
AXPTR_CROSSES(char8_t);
AXPTR_CROSSES(char16_t);
AXPTR_CROSSES(char32_t);
AXPTR_CROSSES(short);
AXPTR_CROSSES(unsigned short);
AXPTR_CROSSES(int);
AXPTR_CROSSES(unsigned int);
AXPTR_CROSSES(long);
AXPTR_CROSSES(unsigned long);
AXPTR_CROSSES(long long);
AXPTR_CROSSES(unsigned long long);
AXPTR_CROSSES(std::byte);
AXPTR_CROSSES(float);
AXPTR_CROSSES(double);
AXPTR_CROSSES(UserPtr<bool>);
AXPTR_CROSSES(UserConstPtr<void>);
AXPTR_CROSSES(UserPtr<struct Incomplete>);
AXPTR_CROSSES(UserOutPtr<bool>);
AXPTR_CROSSES(UserOutPtr<void>);
AXPTR_CROSSES(UserOutPtr<Incomplete>);

enum Unscoped { kUnscoped };
enum class Scoped : std::uint32_t { kScoped };
template <typename T>
struct NeedsCompleteType {
  T value;
};
// Only the pointer crosses: the type that it points to is not checked.
AXPTR_CROSSES(UserPtr<NeedsCompleteType<Incomplete>>);
AXPTR_CROSSES(UserConstPtr<NeedsCompleteType<Incomplete>>);
AXPTR_CROSSES(UserOutPtr<NeedsCompleteType<Incomplete>>);

AXPTR_CROSSES(IoSegment);
AXPTR_CROSSES(IoSegment[3]);

AXPTR_REFUSED(bool);
AXPTR_REFUSED(Unscoped);
AXPTR_REFUSED(Scoped);
AXPTR_REFUSED(int*);
AXPTR_REFUSED(void*);
AXPTR_REFUSED(const char*);
AXPTR_REFUSED(void (*)());
AXPTR_REFUSED(int Incomplete::*);
AXPTR_REFUSED(void (Incomplete::*)());
AXPTR_REFUSED(std::nullptr_t);
AXPTR_REFUSED(long double);
AXPTR_REFUSED(void);
AXPTR_REFUSED(int());
AXPTR_REFUSED(Incomplete);
AXPTR_REFUSED(int&);
AXPTR_REFUSED(int&&);
AXPTR_REFUSED(const int);
AXPTR_REFUSED(volatile int);
AXPTR_REFUSED(const UserPtr<int>);

// --- Types that only some compilers have, and that std::is_integral may call integers.

__extension__ typedef __int128 Int128;
__extension__ typedef _Complex double ComplexDouble;
using Vector = int __attribute__((vector_size(16)));
AXPTR_REFUSED(Int128);
AXPTR_REFUSED(ComplexDouble);
AXPTR_REFUSED(Vector);
#if defined(__FLT16_MAX__) && (defined(__x86_64__) || defined(__clang__) || __GNUC__ > 12)
AXPTR_REFUSED(_Float16);
#endif
#ifdef __BITINT_MAXWIDTH__
AXPTR_REFUSED(_BitInt(64));
AXPTR_REFUSED(unsigned _BitInt(7));
#endif
#ifdef __clang__
AXPTR_REFUSED(__attribute__((address_space(1))) int);
#endif

// --- Arrays.

AXPTR_CROSSES(int[7]);
AXPTR_CROSSES(std::byte[2][3]);
AXPTR_CROSSES(double[100][100]);
AXPTR_CROSSES(UserConstPtr<char>[4]);
AXPTR_REFUSED(bool[2]);
AXPTR_REFUSED(int* [2]);
AXPTR_REFUSED(long double[2]);
AXPTR_REFUSED(int[]);
AXPTR_REFUSED(int[][2]);
AXPTR_REFUSED(const char[2]);
AXPTR_REFUSED(volatile char[2]);
AXPTR_REFUSED(int (&)[2]);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
AXPTR_REFUSED(int[0]);
AXPTR_REFUSED(int[0][2]);
AXPTR_REFUSED(int[2][0]);
#pragma GCC diagnostic pop

// --- Structs and classes that are declared.

struct Pair {
  std::int32_t a;
  std::int32_t b;
};
AXPTR_USER_PLAIN(Pair, a, b);
AXPTR_CROSSES(Pair);
AXPTR_CROSSES(Pair[2][3]);
AXPTR_REFUSED(const Pair);
AXPTR_REFUSED(volatile Pair);
AXPTR_REFUSED(Pair*);
AXPTR_REFUSED(Pair&);
AXPTR_REFUSED(std::int32_t Pair::*);

struct Nested {
  Pair pair;
  Pair pairs[3];
  char name[16];
  std::byte rest[8];
  UserPtr<int> out;
  UserConstPtr<char> strings[3];
  float x;
  float y;
  double z;
};
AXPTR_USER_PLAIN(Nested, z, y, x, strings, out, rest, name, pairs, pair);
AXPTR_CROSSES(Nested);

struct One {
  std::uint32_t only;
};
AXPTR_USER_PLAIN(One, only);
struct HoldsOne {
  One one;
};
AXPTR_USER_PLAIN(HoldsOne, one);
struct HoldsOneAndMore {
  One one;
  std::uint32_t more;
};
AXPTR_USER_PLAIN(HoldsOneAndMore, one, more);
AXPTR_CROSSES(One);
AXPTR_CROSSES(HoldsOne);
AXPTR_CROSSES(HoldsOneAndMore);

struct alignas(4096) Page {
  std::uint8_t bytes[4096];
};
AXPTR_USER_PLAIN(Page, bytes);
AXPTR_CROSSES(Page);

struct [[gnu::packed]] Packed {
  std::uint8_t a;
  std::uint32_t b;
  std::uint64_t c[2];
};
AXPTR_USER_PLAIN(Packed, a, b, c);
AXPTR_CROSSES(Packed);

struct Defaulted {
  std::int32_t a = 5;
  std::int32_t b = 6;
  static constexpr std::int32_t kSum = 11;
};
AXPTR_USER_PLAIN(Defaulted, a, b);
AXPTR_CROSSES(Defaulted);

struct Empty {};
struct WithEmptyBase : Empty {
  std::uint32_t a;
};
AXPTR_USER_PLAIN(WithEmptyBase, a);
AXPTR_CROSSES(WithEmptyBase);

class Private {
 public:
  Private() = default;
  explicit Private(std::int32_t a) : a_{a} {}

 private:
  friend AXPTR_USER_PLAIN(Private, a_);
  [[maybe_unused]] std::int32_t a_[100];
};
AXPTR_CROSSES(Private);

class Mixed {
 public:
  std::uint32_t a;

 private:
  [[maybe_unused]] std::uint32_t b_;
  friend AXPTR_USER_PLAIN(Mixed, a, b_);
};
AXPTR_CROSSES(Mixed);

class Outer {
 public:
  class Inner {
    [[maybe_unused]] std::uint64_t a_;
    friend AXPTR_USER_PLAIN(Inner, a_);
  };
  struct Open {
    std::uint64_t a;
  };
  friend AXPTR_USER_PLAIN(Open, a);
};
AXPTR_CROSSES(Outer::Inner);
AXPTR_CROSSES(Outer::Open);

// As in C: a function may have the same name as the struct.
struct stat {
  std::uint64_t inode;
  std::uint64_t size;
};
AXPTR_USER_PLAIN(struct stat, inode, size);
AXPTR_CROSSES(struct stat);

template <typename T>
class Two {
  [[maybe_unused]] T a_;
  [[maybe_unused]] T b_;
  friend AXPTR_USER_PLAIN(Two, a_, b_);
};
AXPTR_CROSSES(Two<int>);
AXPTR_CROSSES(Two<Two<Pair>>);

template <typename T>
struct Three {
  T a;
  T b;
  T c;
};
template <UserPlain T>
AXPTR_USER_PLAIN(Three<T>, a, b, c);
AXPTR_CROSSES(Three<int>);
AXPTR_REFUSED(Three<bool>);
AXPTR_REFUSED(Three<int*>);
AXPTR_REFUSED(Three<int&>);
AXPTR_REFUSED(Three<std::optional<int>>);

#define AXPTR_EIGHT(name) name##0, name##1, name##2, name##3, name##4, name##5, name##6, name##7
#define AXPTR_SIXTY_FOUR(name)                                                            \
  AXPTR_EIGHT(name##0), AXPTR_EIGHT(name##1), AXPTR_EIGHT(name##2), AXPTR_EIGHT(name##3), \
      AXPTR_EIGHT(name##4), AXPTR_EIGHT(name##5), AXPTR_EIGHT(name##6), AXPTR_EIGHT(name##7)
struct Fields256 {
  std::uint16_t AXPTR_SIXTY_FOUR(a), AXPTR_SIXTY_FOUR(b), AXPTR_SIXTY_FOUR(c), AXPTR_SIXTY_FOUR(d);
};
AXPTR_USER_PLAIN(Fields256, AXPTR_SIXTY_FOUR(a), AXPTR_SIXTY_FOUR(b), AXPTR_SIXTY_FOUR(c),
                 AXPTR_SIXTY_FOUR(d));
AXPTR_CROSSES(Fields256);

// --- Structs and classes that are not declared.

struct Undeclared {
  std::int32_t a;
};
struct Bits {
  unsigned a : 3;
};
struct Reference {
  std::uint64_t& a;
};
union Union {
  std::uint32_t a;
  float b;
};
struct Virtual {
  virtual void f();
};
AXPTR_REFUSED(Undeclared);
AXPTR_REFUSED(Undeclared[2]);
AXPTR_REFUSED(Bits);
AXPTR_REFUSED(Reference);
AXPTR_REFUSED(Union);
AXPTR_REFUSED(Virtual);
AXPTR_REFUSED(Empty);
AXPTR_REFUSED(NeedsCompleteType<int>);

// A declaration speaks of one type: not of derived ones, nor of those that convert.
struct Derived : Pair {};
struct DerivedWithMore : Pair {
  bool more;
};
struct DerivedFromTwo : Pair, One {};
struct ConvertsToPair {
  operator Pair&() const;  // NOLINT(google-explicit-constructor)
  void* pointer;
};
AXPTR_REFUSED(Derived);
AXPTR_REFUSED(DerivedWithMore);
AXPTR_REFUSED(DerivedFromTwo);
AXPTR_REFUSED(ConvertsToPair);

// --- The standard library's.

AXPTR_REFUSED(std::array<int, 4>);
AXPTR_REFUSED(std::pair<int, int>);
AXPTR_REFUSED(std::tuple<int>);
AXPTR_REFUSED(std::optional<int>);
AXPTR_REFUSED(std::variant<int>);
AXPTR_REFUSED(std::expected<int, int>);
AXPTR_REFUSED(std::span<int>);
AXPTR_REFUSED(std::string_view);
AXPTR_REFUSED(std::atomic<int>);
AXPTR_REFUSED(std::complex<double>);

}  // namespace axptr::testing::plain_types

#endif  // AXPTR_TESTING_PLAIN_TYPES_H_
