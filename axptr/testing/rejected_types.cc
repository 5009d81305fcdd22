// Declarations by AXPTR_USER_PLAIN that must not compile, because the type would carry kernel
// memory out or forged values in: one for each AXPTR_REJECTED_... . check_rejected.cmake says what
// "must say" means. Without any of them the file compiles.
#include <cstddef>
#include <cstdint>
#include <utility>

#include "axptr/user_plain.h"

namespace kernel {

[[maybe_unused]] std::uint64_t secret = 0;

struct Words {
  std::uint32_t first;
  std::uint32_t second;
};
AXPTR_USER_PLAIN(Words, first, second);

struct Undeclared {
  std::uint32_t a;
};

struct Empty {};

enum class Mode : std::uint32_t { kOne };

// --- Kernel memory goes out: bit-fields are not whole bytes, and bytes belong to no field.

#ifdef AXPTR_REJECTED_BitField
// must say: pointer to bit-field|address of bit-field
struct Bits {
  unsigned a : 3;
};
AXPTR_USER_PLAIN(Bits, a);
#endif
#ifdef AXPTR_REJECTED_BitFieldOfAByte
// must say: pointer to bit-field|address of bit-field
struct Bits {
  std::uint64_t low : 8;
};
AXPTR_USER_PLAIN(Bits, low);
#endif
#ifdef AXPTR_REJECTED_BitFieldBeforeAWord
// must say: pointer to bit-field|address of bit-field
struct Bits {
  std::uint32_t a : 4;
  std::uint32_t b;
};
AXPTR_USER_PLAIN(Bits, a, b);
#endif
#ifdef AXPTR_REJECTED_BitFieldBeforeUnnamedBits
// must say: pointer to bit-field|address of bit-field
struct Bits {
  std::uint64_t a : 32;
  std::uint64_t : 32;
};
AXPTR_USER_PLAIN(Bits, a);
#endif
#ifdef AXPTR_REJECTED_BitFieldsThatFill
// must say: pointer to bit-field|address of bit-field
struct Bits {
  unsigned a : 16;
  unsigned b : 16;
};
AXPTR_USER_PLAIN(Bits, a, b);
#endif
#ifdef AXPTR_REJECTED_ConstBitField
// must say: pointer to bit-field|address of bit-field
struct Bits {
  const std::uint32_t a : 32;
};
AXPTR_USER_PLAIN(Bits, a);
#endif
#ifdef AXPTR_REJECTED_BitFieldLeftOut
// must say: must not have bytes outside its named fields && only 1 name
struct Bits {
  std::uint32_t a;
  std::uint32_t b : 4;
};
AXPTR_USER_PLAIN(Bits, a);
#endif
#ifdef AXPTR_REJECTED_UnnamedBits
// must say: must not have bytes outside its named fields
struct Bits {
  std::uint32_t a;
  std::uint32_t : 32;
};
AXPTR_USER_PLAIN(Bits, a);
#endif
#ifdef AXPTR_REJECTED_PaddingAtTheEnd
// must say: must not have bytes outside its named fields
struct Padded {
  std::int32_t a;
  char b;
};
AXPTR_USER_PLAIN(Padded, a, b);
#endif
#ifdef AXPTR_REJECTED_PaddingInTheMiddle
// must say: must not have bytes outside its named fields
struct Padded {
  char a;
  std::int32_t b;
};
AXPTR_USER_PLAIN(Padded, a, b);
#endif
#ifdef AXPTR_REJECTED_PaddingOfAlignas
// must say: must not have bytes outside its named fields
struct alignas(16) Padded {
  std::uint64_t a;
};
AXPTR_USER_PLAIN(Padded, a);
#endif
#ifdef AXPTR_REJECTED_PaddingOfAnAlignedField
// must say: must not have bytes outside its named fields
struct Padded {
  std::uint32_t a;
  alignas(16) std::uint32_t b;
};
AXPTR_USER_PLAIN(Padded, a, b);
#endif
#ifdef AXPTR_REJECTED_PaddingOfALongDouble
// must say: has to be a field of the type itself
struct Padded {
  long double a;
};
AXPTR_USER_PLAIN(Padded, a);
#endif
#ifdef AXPTR_REJECTED_PaddingOfATemplate
// must say: must not have bytes outside its named fields
template <typename T>
struct Two {
  T a;
  std::uint32_t b;
};
template <typename T>
AXPTR_USER_PLAIN(Two<T>, a, b);
static_assert(axptr::UserPlain<Two<std::uint32_t>>);
constexpr bool kAsked = axptr::UserPlain<Two<std::uint16_t>>;
#endif
#ifdef AXPTR_REJECTED_EmptyStruct
// must say: expected|cannot decompose|name was provided
struct Nothing {};
AXPTR_USER_PLAIN(Nothing);
#endif
#ifdef AXPTR_REJECTED_EmptyField
// must say: has to be a field of the type itself
struct HoldsEmpty {
  Empty empty;
  std::int32_t a;
};
AXPTR_USER_PLAIN(HoldsEmpty, empty, a);
#endif
#ifdef AXPTR_REJECTED_EmptyFieldWithoutAddress
// must say: has to be a field of the type itself
struct HoldsEmpty {
  [[no_unique_address]] Empty empty;
  std::int32_t a;
};
AXPTR_USER_PLAIN(HoldsEmpty, empty, a);
#endif
#ifdef AXPTR_REJECTED_EmptyBaseWithAnAddress
// must say: must not have bytes outside its named fields
struct First : Empty {
  std::int32_t a;
};
AXPTR_USER_PLAIN(First, a);
struct Second : Empty {
  First first;
};
AXPTR_USER_PLAIN(Second, first);
#endif
#ifdef AXPTR_REJECTED_FlexibleArray
// must say: has to be a field of the type itself|flexible array
struct Message {
  std::uint32_t length;
  std::uint32_t words[];
};
AXPTR_USER_PLAIN(Message, length, words);
#endif
#ifdef AXPTR_REJECTED_FlexibleArrayLeftOut
// must say: only 1 name|flexible array
struct Message {
  std::uint32_t length;
  std::uint32_t words[];
};
AXPTR_USER_PLAIN(Message, length);
#endif
#ifdef AXPTR_REJECTED_ArrayOfNone
// must say: has to be a field of the type itself
struct Message {
  std::uint32_t length;
  std::uint32_t words[0];
};
AXPTR_USER_PLAIN(Message, length, words);
#endif

// --- Values come in that the user must not choose: references, pointers, bool, enums.

#ifdef AXPTR_REJECTED_Reference
// must say: (pointer to reference|pointer-to-member to) member
struct Key {
  const std::uint64_t& key;
  std::uint64_t number;
};
AXPTR_USER_PLAIN(Key, key, number);
#endif
#ifdef AXPTR_REJECTED_RvalueReference
// must say: (pointer to reference|pointer-to-member to) member
struct Key {
  std::uint64_t&& key;
};
AXPTR_USER_PLAIN(Key, key);
#endif
#ifdef AXPTR_REJECTED_DefaultedReference
// must say: (pointer to reference|pointer-to-member to) member
struct Key {
  std::uint64_t& key = secret;
};
AXPTR_USER_PLAIN(Key, key);
#endif
#ifdef AXPTR_REJECTED_ReferenceOfATemplate
// must say: (pointer to reference|pointer-to-member to) member
template <typename T>
struct Holder {
  T value;
  friend AXPTR_USER_PLAIN(Holder, value);
};
static_assert(axptr::UserPlain<Holder<std::uint64_t>>);
constexpr bool kAsked = axptr::UserPlain<Holder<std::uint64_t&>>;
#endif
#ifdef AXPTR_REJECTED_ReferenceLeftOut
// must say: must not have bytes outside its named fields && only 1 name
struct Key {
  std::uint64_t number;
  std::uint64_t& key;
};
AXPTR_USER_PLAIN(Key, number);
#endif
#ifdef AXPTR_REJECTED_ReferenceInAField
// must say: has to be a field of the type itself
struct Inner {
  std::uint64_t& key;
};
struct Key {
  Inner inner;
  std::uint64_t number;
};
AXPTR_USER_PLAIN(Key, inner, number);
#endif
#ifdef AXPTR_REJECTED_Pointer
// must say: has to be a field of the type itself
struct Pointer {
  void* pointer;
};
AXPTR_USER_PLAIN(Pointer, pointer);
#endif
#ifdef AXPTR_REJECTED_FunctionPointer
// must say: has to be a field of the type itself
struct Pointer {
  void (*function)();
};
AXPTR_USER_PLAIN(Pointer, function);
#endif
#ifdef AXPTR_REJECTED_PointerToMember
// must say: has to be a field of the type itself
struct Pointer {
  std::uint32_t Words::* member;
};
AXPTR_USER_PLAIN(Pointer, member);
#endif
#ifdef AXPTR_REJECTED_NullPointer
// must say: has to be a field of the type itself
struct Pointer {
  std::nullptr_t pointer;
};
AXPTR_USER_PLAIN(Pointer, pointer);
#endif
#ifdef AXPTR_REJECTED_Bool
// must say: has to be a field of the type itself
struct Flags {
  std::uint8_t a;
  bool b;
};
AXPTR_USER_PLAIN(Flags, a, b);
#endif
#ifdef AXPTR_REJECTED_ArrayOfBool
// must say: has to be a field of the type itself
struct Flags {
  std::uint32_t a;
  bool b[2][2];
};
AXPTR_USER_PLAIN(Flags, a, b);
#endif
#ifdef AXPTR_REJECTED_Enum
// must say: has to be a field of the type itself
struct Flags {
  Mode mode;
};
AXPTR_USER_PLAIN(Flags, mode);
#endif
#ifdef AXPTR_REJECTED_ArrayOfUndeclared
// must say: has to be a field of the type itself
struct Holder {
  Undeclared inner[2];
};
AXPTR_USER_PLAIN(Holder, inner);
#endif
#ifdef AXPTR_REJECTED_VirtualTable
// must say: has to be trivially copyable && must not have bytes outside its named fields
struct Virtual {
  virtual void f();
  std::uint64_t a;
};
AXPTR_USER_PLAIN(Virtual, a);
#endif

// --- The list of fields is not the list of fields.

#ifdef AXPTR_REJECTED_FieldLeftOut
// must say: must not have bytes outside its named fields && only 1 name
struct Holder {
  std::uint32_t a;
  bool b[4];
};
AXPTR_USER_PLAIN(Holder, a);
#endif
#ifdef AXPTR_REJECTED_FieldTwice
// must say: redeclaration|redefinition
struct Holder {
  std::uint32_t a;
  bool b[4];
};
AXPTR_USER_PLAIN(Holder, a, a);
#endif
#ifdef AXPTR_REJECTED_NoSuchField
// must say: not a member of|no member named
struct Holder {
  std::uint32_t a;
};
AXPTR_USER_PLAIN(Holder, b);
#endif
#ifdef AXPTR_REJECTED_StaticFieldInstead
// must say: has to be a field of the type itself
struct Holder {
  static std::uint32_t a;
  bool b[4];
};
AXPTR_USER_PLAIN(Holder, a);
#endif
#ifdef AXPTR_REJECTED_FunctionInstead
// must say: has to be a field of the type itself
struct Holder {
  std::uint32_t a();
  bool b[4];
};
AXPTR_USER_PLAIN(Holder, a);
#endif
#ifdef AXPTR_REJECTED_EnumeratorInstead
// must say: rvalue|lvalue required
struct Holder {
  enum { a };
  bool b[4];
};
AXPTR_USER_PLAIN(Holder, a);
#endif
#ifdef AXPTR_REJECTED_PrivateField
// must say: private|inaccessible
class Holder {
  std::uint32_t a_;
};
AXPTR_USER_PLAIN(Holder, a_);
#endif
#ifdef AXPTR_REJECTED_ConstField
// must say: has to be a field of the type itself
struct Holder {
  const std::uint32_t a;
};
AXPTR_USER_PLAIN(Holder, a);
#endif
#ifdef AXPTR_REJECTED_VolatileField
// must say: has to be a field of the type itself
struct Holder {
  volatile std::uint32_t a;
};
AXPTR_USER_PLAIN(Holder, a);
#endif
#ifdef AXPTR_REJECTED_FieldOfABaseClass
// must say: has to be a field of the type itself
struct Derived : Words {};
AXPTR_USER_PLAIN(Derived, first, second);
#endif
#ifdef AXPTR_REJECTED_BaseClassWithFields
// must say: must not have bytes outside its named fields && cannot decompose
struct Derived : Words {
  std::uint32_t a;
};
AXPTR_USER_PLAIN(Derived, a);
#endif
#ifdef AXPTR_REJECTED_Union
// must say: only a struct or class whose fields can be counted && cannot decompose union
union Union {
  std::uint64_t a;
};
AXPTR_USER_PLAIN(Union, a);
#endif
#ifdef AXPTR_REJECTED_AnonymousUnion
// must say: anonymous union
struct Holder {
  union {
    std::uint64_t a;
    void* b;
  };
};
AXPTR_USER_PLAIN(Holder, a);
#endif
#ifdef AXPTR_REJECTED_AnonymousUnionBesidePadding
// must say: anonymous union
struct Holder {
  union {
    std::uint32_t a;
    std::uint64_t b;
  };
  std::uint32_t c;
};
AXPTR_USER_PLAIN(Holder, a, b, c);
#endif
#ifdef AXPTR_REJECTED_AnonymousStruct
// must say: anonymous struct
struct Holder {
  struct {
    std::uint32_t a;
    std::uint32_t b;
  };
};
AXPTR_USER_PLAIN(Holder, a, b);
#endif

#ifdef AXPTR_REJECTED_AnonymousUnionOfOne
// must say: anonymous union
struct Holder {
  std::uint32_t a;
  union {
    std::uint32_t b;
  };
};
AXPTR_USER_PLAIN(Holder, a, b);
#endif
#ifdef AXPTR_REJECTED_PrivateAnonymousUnion
// must say: anonymous union
class Holder {
  union {
    std::uint64_t a_;
    void* b_;
  };
  friend AXPTR_USER_PLAIN(Holder, a_);
};
#endif
#ifdef AXPTR_REJECTED_AnonymousUnionOfATemplate
// must say: anonymous union
template <typename T>
struct Holder {
  union {
    T a;
    void* b;
  };
  friend AXPTR_USER_PLAIN(Holder, a);
};
constexpr bool kAsked = axptr::UserPlain<Holder<std::uint64_t>>;
#endif
#ifdef AXPTR_REJECTED_FieldLeftOutOfATemplate
// must say: only 1 name
template <typename T>
struct Holder {
  std::uint64_t a;
  T b[];
  friend AXPTR_USER_PLAIN(Holder, a);
};
constexpr bool kAsked = axptr::UserPlain<Holder<std::uint64_t>>;
#endif
#ifdef AXPTR_REJECTED_BitFieldOfATemplate
// must say: pointer to bit-field|address of bit-field
template <typename T>
struct Bits {
  T a : 8;
  friend AXPTR_USER_PLAIN(Bits, a);
};
constexpr bool kAsked = axptr::UserPlain<Bits<std::uint64_t>>;
#endif
#ifdef AXPTR_REJECTED_SpecialisationWithAPointer
// must say: has to be a field of the type itself
template <typename T>
struct Holder {
  T a;
};
template <>
struct Holder<std::uint64_t> {
  void* a;
};
template <axptr::UserPlain T>
AXPTR_USER_PLAIN(Holder<T>, a);
static_assert(axptr::UserPlain<Holder<std::uint32_t>>);
constexpr bool kAsked = axptr::UserPlain<Holder<std::uint64_t>>;
#endif
#ifdef AXPTR_REJECTED_UnnamedBitsOfABaseClass
// must say: must not have bytes outside its named fields
struct Base {
  std::uint32_t : 32;
};
struct Derived : Base {
  std::uint32_t a;
};
AXPTR_USER_PLAIN(Derived, a);
#endif

// --- Not copied as bytes, or nothing that a list of fields can be held against.

#ifdef AXPTR_REJECTED_CopyConstructor
// must say: has to be trivially copyable
struct Copied {
  Copied(const Copied&);
  std::int32_t a;
};
AXPTR_USER_PLAIN(Copied, a);
#endif
#ifdef AXPTR_REJECTED_Destructor
// must say: has to be trivially copyable
struct Owner {
  ~Owner();
  std::int32_t a;
};
AXPTR_USER_PLAIN(Owner, a);
#endif

}  // namespace kernel

#ifdef AXPTR_REJECTED_TupleLike
// must say: only a struct or class whose fields can be counted
// The structured binding binds what get() returns, and counts what tuple_size says.
namespace kernel {
struct Holder {
  union {
    std::uint64_t a;
    void* b;
  };
};
template <std::size_t>
std::uint64_t get(Holder&);
}  // namespace kernel
template <>
struct std::tuple_size<kernel::Holder> {
  static constexpr std::size_t value = 1;
};
template <>
struct std::tuple_element<0, kernel::Holder> {
  using type = std::uint64_t;
};
AXPTR_USER_PLAIN(kernel::Holder, a);
#endif
