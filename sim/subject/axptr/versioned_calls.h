// Calls of read_versioned and write_versioned. Maps the description of a struct in
// subject_copying.h (size, alignment, and size of the first version) to a C++ type.
#ifndef SIM_SUBJECT_AXPTR_VERSIONED_CALLS_H_
#define SIM_SUBJECT_AXPTR_VERSIONED_CALLS_H_

#include <cstddef>
#include <cstdint>

#include "axptr/user_out_ptr.h"
#include "axptr/user_ptr.h"
#include "axptr/versioned.h"
#include "sim/subject/subject_copying.h"

// In the namespace of the library, which each subject has for itself.
namespace axptr::calls {

// A struct whose first version had `kFirst` bytes.
template <typename T, std::size_t kFirst>
struct Versioned {
  static bool Is(axptr_element element, std::size_t first_size) {
    return element.size == sizeof(T) && element.align == alignof(T) && first_size == kFirst;
  }

  template <typename P>
  static int Read(P&& provider, void* to, std::uint64_t start, std::size_t usize) {
    const auto value = read_versioned<T, kFirst>(provider, UserConstPtr<T>(start), usize);
    if (!value) return -static_cast<int>(value.error());
    __builtin_memcpy(to, &*value, sizeof(T));  // `to` has any alignment
    return 0;
  }

  template <typename P>
  static int Write(P&& provider, std::uint64_t start, std::size_t usize, const void* from,
                   std::size_t* written, bool* dropped_nonzero) {
    T value;
    __builtin_memcpy(&value, from, sizeof(T));
    const auto result = write_versioned<T, kFirst>(provider, UserOutPtr<T>(start), usize, value);
    if (!result) return -static_cast<int>(result.error());
    *written = result->written;
    *dropped_nonzero = result->dropped_nonzero;
    return 0;
  }
};

template <typename... Structs>
struct VersionedList {
  // Calls `visit` with the type of Structs that the arguments describe. Precondition: there is such
  // a type.
  template <typename Visitor>
  static int Visit(axptr_element element, std::size_t first_size, Visitor visit) {
    int result = 0;
    const bool is_found =
        ((Structs::Is(element, first_size) && (result = visit(Structs()), true)) || ...);
    if (!is_found) __builtin_trap();
    return result;
  }
};

}  // namespace axptr::calls

#endif  // SIM_SUBJECT_AXPTR_VERSIONED_CALLS_H_
