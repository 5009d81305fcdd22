// What may cross between kernel and user memory (deviation 10).
//
// A user can put any bytes into a value that the kernel reads, and receives every byte of a value
// that the kernel writes. So a type may cross only if every bit pattern is a value of it (no bool,
// enum or pointer: reading an invalid one is undefined) and none of its bytes is padding (which
// would carry kernel memory out). The concept UserPlain says so at compile time:
//
// - integers but bool, std::byte, float and double: yes
// - arrays: as their element
// - aggregates: if all fields are UserPlain and fill the type without a gap; seen by a walk over
//   the fields, which counts the elements of array fields one by one and knows up to 64
// - what the walk cannot see (more fields, bit-fields, unions, constructors): if the author of the
//   type says so, which the compiler then still holds to "trivially copyable, no padding":
//
//       template <>
//       inline constexpr bool axptr::kUserPlain<utsname> = true;
//
// UserPtr and UserConstPtr are UserPlain: what they hold is checked when it is used, not before.
#ifndef AXPTR_USER_PLAIN_H_
#define AXPTR_USER_PLAIN_H_

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace axptr {

// To be specialised with true, before T is first used, by who knows that any bytes are a valid T.
// It cannot overrule the demands for a trivially copyable type and for no padding.
template <typename T>
inline constexpr bool kUserPlain = false;

namespace internal {

template <typename T>
consteval bool is_user_plain();

// The walk asks the compiler which initialisers `Parent{...}` takes. These stand for them: each
// converts to any field type that its constraint lets through. `Parent` itself is left out, or the
// question would contain itself. NOLINTBEGIN(google-explicit-constructor): to convert is all they
// do
template <typename U, typename Parent>
concept FieldOf = !std::same_as<U, Parent>;

template <typename Parent>
struct AnyField {
  template <FieldOf<Parent> U>
  operator U() const;
};

template <typename U, typename Parent, std::size_t kSizeBytes>
concept FieldOfAtLeast = FieldOf<U, Parent> && sizeof(U) >= kSizeBytes;

template <typename Parent, std::size_t kSizeBytes>
struct FieldAtLeast {
  template <FieldOfAtLeast<Parent, kSizeBytes> U>
  operator U() const;
};

template <typename U, typename Parent, std::size_t kSizeBytes>
concept NotPlainFieldOf = FieldOf<U, Parent> && sizeof(U) == kSizeBytes && !is_user_plain<U>();

template <typename Parent, std::size_t kSizeBytes>
struct FieldNotPlain {
  template <NotPlainFieldOf<Parent, kSizeBytes> U>
  operator U() const;
};

// NOLINTEND(google-explicit-constructor)

// Whether T{any, any, ..., initialisers...} compiles, with one `any` for each of kIndex.
template <typename T, typename... Initialisers, std::size_t... kIndex>
consteval bool takes_after(std::index_sequence<kIndex...>) {
  return requires { T{(static_cast<void>(kIndex), AnyField<T>{})..., Initialisers{}...}; };
}

// Whether T takes one more initialiser of any kind after `kEarlier` ones. `{}` fits also fields
// that no conversion reaches, such as those with a constructor for everything.
template <typename T, std::size_t... kIndex>
consteval bool has_field_after(std::index_sequence<kIndex...>) {
  return requires { T{(static_cast<void>(kIndex), AnyField<T>{})..., {}}; };
}

// The size of field `kField` in bytes: the largest for which FieldAtLeast still fits, between
// `kLow` (which fits) and `kHigh` (which does not). A field that is refused as a whole is tried by
// its first own field (brace elision), which cannot be larger, so the search is monotone.
template <typename T, std::size_t kField, std::size_t kLow, std::size_t kHigh>
consteval std::size_t field_size_bytes() {
  if constexpr (kHigh - kLow == 1) {
    return kLow;
  } else {
    constexpr std::size_t kMiddle = kLow + (kHigh - kLow) / 2;
    if constexpr (takes_after<T, FieldAtLeast<T, kMiddle>>(std::make_index_sequence<kField>())) {
      return field_size_bytes<T, kField, kMiddle, kHigh>();
    } else {
      return field_size_bytes<T, kField, kLow, kMiddle>();
    }
  }
}

inline constexpr std::size_t kMaxFieldsWalked = 64;

// Whether the fields of the aggregate T from `kField` on are UserPlain and fill its last
// `kBytesLeft` bytes exactly. A field that the walk missed shows as bytes that are left, and so
// does padding.
template <typename T, std::size_t kField, std::size_t kBytesLeft>
consteval bool fields_are_plain() {
  constexpr auto kEarlier = std::make_index_sequence<kField>();
  constexpr bool kIsDone = !takes_after<T, AnyField<T>>(kEarlier);
  if constexpr (kIsDone || kField == kMaxFieldsWalked || kBytesLeft == 0) {
    return kIsDone && kBytesLeft == 0 && !has_field_after<T>(kEarlier);
  } else {
    constexpr std::size_t kSize = field_size_bytes<T, kField, 1, sizeof(T) + 1>();
    constexpr bool kIsPlain = !takes_after<T, FieldNotPlain<T, kSize>>(kEarlier);
    if constexpr (kIsPlain && kSize <= kBytesLeft) {
      return fields_are_plain<T, kField + 1, kBytesLeft - kSize>();
    } else {
      return false;
    }
  }
}

template <typename T>
consteval bool is_user_plain() {
  constexpr bool kIsQualified = std::is_const_v<T> || std::is_volatile_v<T>;
  constexpr bool kIsNumber = (std::is_integral_v<T> && !std::same_as<T, bool>) ||
                             std::same_as<T, std::byte> || std::same_as<T, float> ||
                             std::same_as<T, double>;
  if constexpr (std::is_bounded_array_v<T>) {
    return is_user_plain<std::remove_extent_t<T>>();
  } else if constexpr (kUserPlain<T>) {
    return std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>;
  } else if constexpr (std::is_class_v<T>) {
    if constexpr (!kIsQualified && std::is_aggregate_v<T> && !std::is_empty_v<T> &&
                  std::is_trivially_copyable_v<T>) {
      return fields_are_plain<T, 0, sizeof(T)>();
    } else {
      return false;
    }
  } else {
    return kIsNumber && !kIsQualified;
  }
}

}  // namespace internal

// Whether values of T may cross between kernel and user memory, in either direction.
template <typename T>
concept UserPlain = internal::is_user_plain<T>();

namespace internal {

// Stops the compilation, with a sentence, where a T that may not cross is about to.
template <typename T>
consteval void require_user_plain() {
  static_assert(UserPlain<T>,
                "axptr: this type must not cross between kernel and user memory. It has to be "
                "trivially copyable, without padding, and without bool, enum or pointer inside; "
                "see axptr/user_plain.h");
}

}  // namespace internal
}  // namespace axptr

#endif  // AXPTR_USER_PLAIN_H_
