// The subject that `--subject` chooses (sim/subject/subject.h). The rows of checks, strings and
// copies then measure its functions, called as the simulator calls them: through a struct of
// function pointers in each direction, where each indirect call costs some cycles. Without the
// option these rows measure the library that is compiled into them, as in a kernel.
#ifndef BENCH_MEASURED_SUBJECT_H_
#define BENCH_MEASURED_SUBJECT_H_

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>

#include "sim/machine/address_space.h"
#include "sim/subject/subject.h"

namespace bench {

// Chooses `subject` before the first row runs.
void ChooseSubject(const axptr_subject& subject);

// Null: none was chosen.
const axptr_subject* ChosenSubject();

// The chosen subject, attached to `address_space`, with a lock that spins or with none.
// Precondition: one was chosen. Lives as long as the row.
class AttachedSubject {
 public:
  explicit AttachedSubject(sim::AddressSpace* address_space, bool lock = false);
  ~AttachedSubject();
  AttachedSubject(const AttachedSubject&) = delete;
  AttachedSubject& operator=(const AttachedSubject&) = delete;

  const axptr_subject* operator->() const { return ChosenSubject(); }
};

template <typename T>
inline constexpr axptr_element kElement = {sizeof(T), alignof(T)};

// Returns whether the subject has `function` and, if the row has elements, accepts `element`. If
// not, ends the row, with the reason in the results.
template <typename Function>
bool Offers(benchmark::State& state, Function* function, axptr_element element = {1, 1}) {
  const axptr_subject& subject = *ChosenSubject();
  const bool takes = subject.takes_element == nullptr || subject.takes_element(element);
  if (function != nullptr && takes) return true;
  state.SkipWithError("not offered by the subject");
  return false;
}

}  // namespace bench

#endif  // BENCH_MEASURED_SUBJECT_H_
