// Calls the function of the code under test (sim/subject) that the verb of an operation names.
#ifndef SIM_SCENARIO_SUBJECT_CALL_H_
#define SIM_SCENARIO_SUBJECT_CALL_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/functional/function_ref.h"
#include "sim/machine/kernel.h"
#include "sim/machine/kernel_buffer.h"
#include "sim/machine/store_watch.h"
#include "sim/scenario/kernel_copy.h"
#include "sim/scenario/library_call.h"
#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"
#include "sim/subject/subject.h"
#include "sim/subject/subject_access.h"

namespace sim {

// Makes the call of one operation, once. Preconditions of all functions: the subject offers the
// function that they call (IsOffered), and the preconditions of CallLibrary.
class SubjectCall {
 public:
  SubjectCall(const axptr_subject& subject, const Op& op, Kernel& kernel, KernelBuffer& buffer,
              Effects* effects)
      : subject_(subject),
        op_(op),
        kernel_(kernel),
        buffer_(buffer),
        effects_(effects),
        watch_(kernel.store_watch()) {}

  // User memory that the subject returns a pointer to, and the kernel's use of it
  // (subject_call_lend.cc).
  Outcome Get();
  Outcome Slice();
  Outcome NullTerminated();
  Outcome Str();
  Outcome Access();

  // Strings that are copied or measured (subject_call_text.cc).
  Outcome CopyStr();
  Outcome StrLength();
  Outcome CopyUntilNul();
  Outcome WriteStr();
  Outcome UserStrings();

  // Bytes that are moved (subject_call_copy.cc).
  Outcome CopyIn();
  Outcome CopyOut();
  Outcome Zero();
  Outcome ReadArray();
  Outcome WriteArray();
  Outcome ZeroArray();
  Outcome ReadVersioned();
  Outcome WriteVersioned();
  Outcome IoVec();

  // One value (subject_call_value.cc).
  Outcome ReadValue();
  Outcome WriteValue();
  Outcome Atomic();
  Outcome RetryReading();
  Outcome RetryWriting();
  Outcome RetryExchange();

 private:
  // Runs `function`, which calls the subject and returns the subject's error. Stores to user memory
  // are watched, and Effects::left_behind is set.
  template <typename Function>
  int Run(Function function) {
    int error = 0;
    RunWatched([&] { error = function(); });
    return error;
  }
  void RunWatched(absl::FunctionRef<void()> function);

  // From now on the subject may also store to `segments`. Some of the segments are watched.
  void WatchAlso(std::span<const StoreWatch::Bytes> segments);

  // The memory that the operation names, cut off at the last address.
  StoreWatch::Range WatchedRange() const;

  // A room of the kernel's buffer that holds the bytes to copy to the user.
  std::span<char> LendLetters(uint64_t size);

  // The number of bytes that the operation moves, or the most calls of an operation under NoFault.
  uint64_t Size() const { return std::min(op_.length, MaxLength(op_.verb)); }

  // The size of the kernel's array, in bytes; 0: it is larger than any object, so there is none.
  uint64_t ArrayBytes() const {
    const bool is_object = op_.length <= kMaxObjectBytes / element_.size;
    return is_object ? op_.length * element_.size : 0;
  }

  // Calls the subject to move Size() bytes: by `exact`, which sets an axptr_moved, or by
  // `counting`, which returns the number of bytes that were not moved.
  template <typename Exact, typename Counting>
  MovedBytes Move(bool is_exact, Exact exact, Counting counting) {
    if (is_exact) return MoveExactly(exact);
    axptr_moved moved = {};
    Run([&] {
      moved.done = Size() - counting();
      moved.error = moved.done == Size() ? 0 : -kSomeError;
      moved.address = op_.address + moved.done;
      return 0;
    });
    return MovedBytesOf(moved);
  }

  template <typename Exact>
  MovedBytes MoveExactly(Exact exact) {
    axptr_moved moved = {};
    Run([&] {
      exact(&moved);
      return 0;
    });
    return MovedBytesOf(moved);
  }

  MovedBytes MovedBytesOf(const axptr_moved& moved) const;

  // `lend`: a call of the subject that returns a pointer to memory of elements of `element_size`
  // bytes.
  template <typename Function>
  Outcome Lend(uint64_t element_size, Function lend);

  // Whether `address`, which the subject returned, is the requested address. If not, sets
  // Effects::pointer_error.
  bool IsRightPlace(uint64_t address);
  // Panics if the memory is not in the window. Memory outside the window belongs to the simulator
  // and must not be touched, even if a broken library returns a pointer to it.
  void PanicUnlessInWindow(uint64_t address, uint64_t size);
  Outcome Use(uint64_t address, uint64_t size, uint64_t length);
  void Store(uint64_t address, uint8_t flipped_bits);
  // Uses the memory as a kernel does: reads all bytes, and changes the first and the last byte if
  // the access is mutable. `read` reads the bytes and returns their fingerprint.
  template <typename Read>
  uint64_t UseBytes(uint64_t address, uint64_t size, Read read);

  // Switches this CPU to another task and back.
  void SwitchAway();
  // The function that a subject calls inside an access. `argument`: a SubjectCall.
  static uint64_t UseInside(void* argument, uint64_t start, size_t count);

  const axptr_subject& subject_;
  const Op& op_;
  Kernel& kernel_;
  KernelBuffer& buffer_;
  Effects* const effects_;
  StoreWatch* const watch_;  // null: stores are not watched
  bool is_inside_ = false;   // the kernel uses the memory inside the call
  const axptr_element element_ = ElementOf(op_);
  const unsigned rights_ = IsMutable(op_.verb) ? AXPTR_READ | AXPTR_WRITE : AXPTR_READ;
};

}  // namespace sim

#endif  // SIM_SCENARIO_SUBJECT_CALL_H_
