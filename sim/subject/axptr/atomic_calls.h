// The operations of UserAtomic. For axptr_subject.cc alone.
#ifndef SIM_SUBJECT_AXPTR_ATOMIC_CALLS_H_
#define SIM_SUBJECT_AXPTR_ATOMIC_CALLS_H_

#include <cstdint>

#include "axptr/user_atomic.h"
#include "sim/subject/axptr/library.h"
#include "sim/subject/subject_copying.h"

namespace {  // NOLINT(google-build-namespaces): included by axptr_subject.cc only

// Converts the result of a function of UserAtomic to an error number; sets `word->found` to the
// value, if there is one.
template <typename Result>
int TakeFound(const Result& result, axptr_atomic* word) {
  if (!result) return Failed(result.error());
  word->found = *result;
  return 0;
}

template <typename T>
int CompareExchange(axptr::UserAtomic<T> atomic, axptr_atomic* word) {
  const auto result = atomic.compare_exchange(Provider(), static_cast<T>(word->expected),
                                              static_cast<T>(word->operand));
  if (!result) return Failed(result.error());
  word->found = result->found;
  word->exchanged = result->exchanged;
  return 0;
}

template <typename T>
int AtomicOfType(std::uint64_t start, axptr_atomic* word) {
  const axptr::UserAtomic<T> atomic(start);
  const auto operand = static_cast<T>(word->operand);
  switch (word->operation) {
    case AXPTR_ATOMIC_LOAD:
      return TakeFound(atomic.load(Provider()), word);
    case AXPTR_ATOMIC_STORE: {
      const auto stored = atomic.store(Provider(), operand);
      return stored ? 0 : Failed(stored.error());
    }
    case AXPTR_ATOMIC_EXCHANGE:
      return TakeFound(atomic.exchange(Provider(), operand), word);
    case AXPTR_ATOMIC_COMPARE_EXCHANGE:
      return CompareExchange(atomic, word);
    case AXPTR_ATOMIC_FETCH_ADD:
      return TakeFound(atomic.fetch_add(Provider(), operand), word);
    case AXPTR_ATOMIC_FETCH_OR:
      return TakeFound(atomic.fetch_or(Provider(), operand), word);
    case AXPTR_ATOMIC_FETCH_AND:
      return TakeFound(atomic.fetch_and(Provider(), operand), word);
    case AXPTR_ATOMIC_FETCH_XOR:
      return TakeFound(atomic.fetch_xor(Provider(), operand), word);
  }
  __builtin_trap();
}

int Atomic(std::uint64_t start, axptr_atomic* word) {
  return word->size == sizeof(std::uint32_t) ? AtomicOfType<std::uint32_t>(start, word)
                                             : AtomicOfType<std::uint64_t>(start, word);
}

}  // namespace

#endif  // SIM_SUBJECT_AXPTR_ATOMIC_CALLS_H_
