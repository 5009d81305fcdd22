// Accesses under NoFault, by fault_in_and_retry. For axptr_subject.cc alone.
#ifndef SIM_SUBJECT_AXPTR_NO_FAULT_CALLS_H_
#define SIM_SUBJECT_AXPTR_NO_FAULT_CALLS_H_

#include <cstddef>
#include <cstdint>

#include "axptr/no_fault.h"
#include "axptr/user_atomic.h"
#include "axptr/user_out_ptr.h"
#include "axptr/user_ptr.h"
#include "sim/subject/axptr/atomic_calls.h"
#include "sim/subject/axptr/library.h"
#include "sim/subject/axptr/value_calls.h"
#include "sim/subject/subject.h"
#include "sim/subject/subject_copying.h"

namespace {  // NOLINT(google-build-namespaces): included by axptr_subject.cc only

static_assert(AXPTR_RESOLVE_NO_FAULT == axptr::AXPTR_NO_FAULT);

int RetryReading(void* to, std::uint64_t start, axptr_element element, std::size_t limit) {
  auto read = [&]<typename T>(TypeIdentity<T>) {
    const axptr::UserConstPtr<T> pointer(start);
    return TakeValue(axptr::fault_in_and_retry(
                         Provider(), limit,
                         [&](const axptr::NoFault& no_fault) { return no_fault.read(pointer); }),
                     to);
  };
  return Elements::Visit(element, read);
}

// Only words: a repeated call could write a part of a larger value twice.
using Words = TypeList<std::uint32_t, std::uint64_t>;

int RetryWriting(std::uint64_t start, const void* from, axptr_element element, std::size_t limit) {
  auto write = [&]<typename T>(TypeIdentity<T>) {
    const axptr::UserOutPtr<T> pointer(start);
    T value;
    __builtin_memcpy(&value, from, sizeof(value));
    const auto written = axptr::fault_in_and_retry(
        Provider(), limit,
        [&](const axptr::NoFault& no_fault) { return no_fault.write(pointer, value); });
    return written ? 0 : Failed(written.error());
  };
  return Words::Visit(element, write);
}

template <typename T>
int RetryExchangeOfType(std::uint64_t start, axptr_atomic* word, std::size_t limit) {
  const axptr::UserAtomic<T> atomic(start);
  return TakeFound(axptr::fault_in_and_retry(Provider(), limit,
                                             [&](const axptr::NoFault& no_fault) {
                                               return atomic.exchange(
                                                   no_fault, static_cast<T>(word->operand));
                                             }),
                   word);
}

int RetryExchange(std::uint64_t start, axptr_atomic* word, std::size_t limit) {
  return word->size == sizeof(std::uint32_t)
             ? RetryExchangeOfType<std::uint32_t>(start, word, limit)
             : RetryExchangeOfType<std::uint64_t>(start, word, limit);
}

}  // namespace

#endif  // SIM_SUBJECT_AXPTR_NO_FAULT_CALLS_H_
