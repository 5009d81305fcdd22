// Transfers of arrays by the library: read_into, write_from and zero of elements of any type. Only
// for axptr_subject.cc.
#ifndef SIM_SUBJECT_AXPTR_ARRAY_CALLS_H_
#define SIM_SUBJECT_AXPTR_ARRAY_CALLS_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "axptr/user_out_ptr.h"
#include "axptr/user_ptr.h"
#include "sim/subject/axptr/library.h"
#include "sim/subject/subject.h"

namespace {  // NOLINT(google-build-namespaces): included by axptr_subject.cc only

void ReadArray(void* to, std::uint64_t start, axptr_element element, std::size_t count,
               axptr_moved* moved) {
  auto read = [&]<typename T>(TypeIdentity<T>) {
    const std::span<T> elements(static_cast<T*>(to), count);
    SetMoved(axptr::UserConstPtr<T>(start).read_into(Provider(), elements), moved);
    return 0;
  };
  Elements::Visit(element, read);
}

void WriteArray(std::uint64_t start, const void* from, axptr_element element, std::size_t count,
                axptr_moved* moved) {
  auto write = [&]<typename T>(TypeIdentity<T>) {
    const std::span<const T> elements(static_cast<const T*>(from), count);
    SetMoved(axptr::UserOutPtr<T>(start).write_from(Provider(), elements), moved);
    return 0;
  };
  Elements::Visit(element, write);
}

void ZeroArray(std::uint64_t start, axptr_element element, std::size_t count, axptr_moved* moved) {
  auto zero = [&]<typename T>(TypeIdentity<T>) {
    SetMoved(axptr::UserOutPtr<T>(start).zero(Provider(), count), moved);
    return 0;
  };
  Elements::Visit(element, zero);
}

}  // namespace

#endif  // SIM_SUBJECT_AXPTR_ARRAY_CALLS_H_
