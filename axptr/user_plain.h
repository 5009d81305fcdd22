// The types whose values may cross between kernel and user memory (deviation 10).
//
// A user can store any bytes into a value that the kernel reads, and receives every byte of a value
// that the kernel writes. So a type may cross only if every bit pattern is a value of the type (for
// a bool, an enum, a pointer or a reference the user could choose an invalid value), and if every
// byte belongs to a value (padding would disclose old kernel memory). The rule:
//
//   Integers but bool, std::byte, float, double and user pointers cross, and arrays of what
//   crosses; a struct crosses if AXPTR_USER_PLAIN names all its fields, each of them crosses, and
//   they leave no gap.
//
//   struct Timespec {
//     std::int64_t seconds;
//     std::int64_t nanoseconds;
//   };
//   AXPTR_USER_PLAIN(Timespec, seconds, nanoseconds);
//
// An incorrect declaration does not compile; see AXPTR_USER_PLAIN below. All other types fail a
// static_assert where they would cross: structs without a declaration, unions, enums, pointers,
// long double, extended types such as __int128, and types with const or volatile.
#ifndef AXPTR_USER_PLAIN_H_
#define AXPTR_USER_PLAIN_H_

#include <cstddef>
#include <type_traits>
#include <utility>

namespace axptr {
namespace internal {

template <typename T, typename... Others>
inline constexpr bool kIsOneOf = (std::is_same_v<T, Others> || ...);

// An explicit list, because std::is_integral differs between standard libraries and modes, and some
// of them include types with padding bits, such as _BitInt(7).
template <typename T>
inline constexpr bool kIsPlainScalar =
    kIsOneOf<T, char, signed char, unsigned char, wchar_t, decltype(u8'a'), char16_t, char32_t,
             short, unsigned short, int, unsigned int, long, unsigned long, long long,
             unsigned long long, std::byte, float, double>;

// Whether T is a user pointer, for which every bit pattern is a value. True for the class template
// of user_ptr.h only.
template <typename T>
inline constexpr bool kIsUserPtr = false;

// The return type of the function that AXPTR_USER_PLAIN defines for T. It is compared exactly:
// overload resolution for T also finds the function of a base class, which does not declare T.
template <typename T>
struct Declared {};

template <typename T>
concept DeclaredPlain = std::is_class_v<T> && requires(T& object) {
  requires std::is_same_v<decltype(axptr_user_fields(object)), Declared<T>>;
};

// A concept, because its disjunction short-circuits: a search for the declaration of a UserPtr<T>
// would instantiate T.
template <typename T>
concept PlainElement = kIsPlainScalar<T> || kIsUserPtr<T> || DeclaredPlain<T>;

template <typename T>
inline constexpr bool kIsPlain = PlainElement<T>;

template <typename T, std::size_t kLength>
inline constexpr bool kIsPlain<T[kLength]> = kIsPlain<T>;

}  // namespace internal

// Whether values of T may cross between kernel and user memory, in either direction. A struct must
// be declared before the first use of the concept.
template <typename T>
concept UserPlain = internal::kIsPlain<T>;

namespace internal {

// The size of a field in bytes, given a pointer to it. 0 if the field may not cross, or is not a
// non-static data member of T itself.
template <typename T, typename Pointer>
inline constexpr std::size_t kFieldSize = 0;

template <typename T, UserPlain Field>
inline constexpr std::size_t kFieldSize<T, Field T::*> = sizeof(Field);

template <typename T, typename... Pointers>
inline constexpr bool kAllCross = (std::size_t{kFieldSize<T, Pointers> == 0} + ...) == 0;

template <typename T, typename... Pointers>
inline constexpr bool kNoGap = (kFieldSize<T, Pointers> + ...) == sizeof(T);

// Whether a structured binding to a T binds its fields. Where std::tuple_size<T> is defined, the
// author of T chooses what is bound.
template <typename T>
inline constexpr bool kBindsFields = !requires { sizeof(std::tuple_size<T>); };

// Checks the declaration AXPTR_USER_PLAIN of T, given a pointer to each field that it names.
template <typename T, typename... Pointers>
consteval Declared<T> declared_plain(Pointers...) {
  static_assert(std::is_class_v<T> && kBindsFields<T>,
                "axptr: only a struct or class whose fields can be counted may be declared: no "
                "union, and no type with a std::tuple_size");
  static_assert(std::is_trivially_copyable_v<T>,
                "axptr: a type that crosses has to be trivially copyable");
  static_assert(kAllCross<T, Pointers...>,
                "axptr: each field of a type that crosses has to be a field of the type itself, "
                "and an integer but bool, a std::byte, a float, a double, a user pointer, a "
                "declared type, or an array of these");
  static_assert(!kAllCross<T, Pointers...> || kNoGap<T, Pointers...>,
                "axptr: a type that crosses must not have bytes outside its named fields: name "
                "every field, and make padding a field");
  return {};
}

}  // namespace internal
}  // namespace axptr

// AXPTR_USER_PLAIN(Type, field...): declares that a struct or class may cross. Names all fields of
// Type, in any order, up to 256. The author guarantees that Type has no invariant that some bit
// pattern violates; the compiler checks everything else.
//
// The declaration stands after Type in the same namespace. With `friend` in front it stands in the
// class itself, and then names private fields, too:
//
//   class Ticket {
//    public:
//     explicit Ticket(std::uint64_t number) : number_(number) {}
//
//    private:
//     friend AXPTR_USER_PLAIN(Ticket, number_);
//     std::uint64_t number_;
//   };
//
// For a class template, either `friend AXPTR_USER_PLAIN(Vector, x, y);` stands in the class, or
// `template <axptr::UserPlain T> AXPTR_USER_PLAIN(Vector<T>, x, y);` after it. With the first,
// UserPlain<Vector<bool>> is ill-formed; with the second it is false.
//
// The declaration is ill-formed in these cases:
// - A field is missing or named twice, fields are in a base class, or Type has an anonymous union
//   or struct: the structured binding does not fit.
// - A field is a bit-field or a reference: a pointer to it cannot be formed.
// - A field may not cross, bytes are left over, Type is a union or is not trivially copyable: an
//   static_assert in declared_plain fails.
//
// A type cannot be declared within a function. The macro defines a function that UserPlain finds by
// its argument; the function is never called, and no code is generated for it.
#define AXPTR_USER_PLAIN(Type, ...)                                                                \
  inline auto axptr_user_fields [[maybe_unused]] (Type & axptr_object) {                           \
    using AxptrType = Type;                                                                        \
    const auto axptr_declared = ::axptr::internal::declared_plain<AxptrType>(                      \
        AXPTR_INTERNAL_EACH(AXPTR_INTERNAL_POINTER, __VA_ARGS__));                                 \
    [[maybe_unused]] auto& [AXPTR_INTERNAL_EACH(AXPTR_INTERNAL_NAME, __VA_ARGS__)] = axptr_object; \
    return axptr_declared;                                                                         \
  }                                                                                                \
  static_assert(true, "for the semicolon")

#define AXPTR_INTERNAL_POINTER(field) &AxptrType::field
#define AXPTR_INTERNAL_NAME(field) axptr_field_##field

// AXPTR_INTERNAL_EACH(macro, a, b, c): macro(a), macro(b), macro(c). A macro does not expand within
// itself, so each argument needs one more scan: 256 scans suffice for 256 arguments.
#define AXPTR_INTERNAL_EACH(macro, ...) \
  AXPTR_INTERNAL_SCAN(AXPTR_INTERNAL_FIRST(macro, __VA_ARGS__))
#define AXPTR_INTERNAL_FIRST(macro, argument, ...) \
  macro(argument) __VA_OPT__(, AXPTR_INTERNAL_AGAIN AXPTR_INTERNAL_NOTHING()(macro, __VA_ARGS__))
#define AXPTR_INTERNAL_AGAIN() AXPTR_INTERNAL_FIRST
#define AXPTR_INTERNAL_NOTHING
#define AXPTR_INTERNAL_SCAN(...) \
  AXPTR_INTERNAL_SCAN_64(        \
      AXPTR_INTERNAL_SCAN_64(AXPTR_INTERNAL_SCAN_64(AXPTR_INTERNAL_SCAN_64(__VA_ARGS__))))
#define AXPTR_INTERNAL_SCAN_64(...) \
  AXPTR_INTERNAL_SCAN_16(           \
      AXPTR_INTERNAL_SCAN_16(AXPTR_INTERNAL_SCAN_16(AXPTR_INTERNAL_SCAN_16(__VA_ARGS__))))
#define AXPTR_INTERNAL_SCAN_16(...) \
  AXPTR_INTERNAL_SCAN_4(            \
      AXPTR_INTERNAL_SCAN_4(AXPTR_INTERNAL_SCAN_4(AXPTR_INTERNAL_SCAN_4(__VA_ARGS__))))
#define AXPTR_INTERNAL_SCAN_4(...) \
  AXPTR_INTERNAL_SCAN_1(           \
      AXPTR_INTERNAL_SCAN_1(AXPTR_INTERNAL_SCAN_1(AXPTR_INTERNAL_SCAN_1(__VA_ARGS__))))
#define AXPTR_INTERNAL_SCAN_1(...) __VA_ARGS__

namespace axptr::internal {

// Fails a static_assert if T may not cross.
template <typename T>
consteval void require_user_plain() {
  static_assert(UserPlain<T>,
                "axptr: this type must not cross between kernel and user memory. Integers but "
                "bool, std::byte, float, double and user pointers may, and arrays of them; a "
                "struct has to be declared by AXPTR_USER_PLAIN, see axptr/user_plain.h");
}

// The same where a T is returned by value.
template <typename T>
consteval void require_user_value() {
  require_user_plain<T>();
  static_assert(!std::is_array_v<T>,
                "axptr: an array is no value that a function can return: use read_into");
}

}  // namespace axptr::internal

#endif  // AXPTR_USER_PLAIN_H_
