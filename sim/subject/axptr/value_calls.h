// Copies of one value by the library: read and write, and their variants for any alignment. Only
// for axptr_subject.cc.
#ifndef SIM_SUBJECT_AXPTR_VALUE_CALLS_H_
#define SIM_SUBJECT_AXPTR_VALUE_CALLS_H_

#include <cstdint>

#include "axptr/user_out_ptr.h"
#include "axptr/user_ptr.h"
#include "sim/subject/axptr/library.h"
#include "sim/subject/subject.h"

namespace {  // NOLINT(google-build-namespaces): included by axptr_subject.cc only

// Stores the value of `result` at `to`, which has any alignment.
template <typename Result>
int TakeValue(const Result& result, void* to) {
  if (!result) return Failed(result.error());
  __builtin_memcpy(to, &*result, sizeof(*result));
  return 0;
}

int ReadValue(void* to, std::uint64_t start, axptr_element element) {
  auto read = [&]<typename T>(TypeIdentity<T>) {
    return TakeValue(axptr::UserConstPtr<T>(start).read(Provider()), to);
  };
  return Elements::Visit(element, read);
}

int ReadUnaligned(void* to, std::uint64_t start, axptr_element element) {
  auto read = [&]<typename T>(TypeIdentity<T>) {
    return TakeValue(axptr::UserConstPtr<T>(start).read_unaligned(Provider()), to);
  };
  return Elements::Visit(element, read);
}

// Calls `write(pointer, value)` with the element at `from`.
template <typename Write>
void WriteElement(std::uint64_t start, const void* from, axptr_element element, axptr_moved* moved,
                  Write write) {
  auto visit = [&]<typename T>(TypeIdentity<T>) {
    T value;
    __builtin_memcpy(&value, from, sizeof(value));
    SetMoved(write(axptr::UserOutPtr<T>(start), value), moved);
    return 0;
  };
  Elements::Visit(element, visit);
}

void WriteValue(std::uint64_t start, const void* from, axptr_element element, axptr_moved* moved) {
  WriteElement(start, from, element, moved,
               [](auto pointer, const auto& value) { return pointer.write(Provider(), value); });
}

void WriteUnaligned(std::uint64_t start, const void* from, axptr_element element,
                    axptr_moved* moved) {
  WriteElement(start, from, element, moved, [](auto pointer, const auto& value) {
    return pointer.write_unaligned(Provider(), value);
  });
}

}  // namespace

#endif  // SIM_SUBJECT_AXPTR_VALUE_CALLS_H_
