#include "sim/scenario/library_call.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <iterator>
#include <span>

#include "axptr/linux_error.h"
#include "sim/machine/check.h"
#include "sim/machine/load_trace.h"
#include "sim/machine/user_touch.h"
#include "sim/scenario/kernel_copy.h"
#include "sim/scenario/left_behind.h"
#include "sim/scenario/named_bytes.h"
#include "sim/subject/subject_access.h"

namespace sim {
namespace {

static_assert(AXPTR_READ == kPermRead && AXPTR_WRITE == kPermWrite);

// Reads `size` bytes as a function does that `access_value` runs: it declares user memory once
// more, as a kernel's helper would, so that what follows shows whether the outer flag is still set.
uint64_t ReadUnderFlag(const axptr_subject& subject, uint64_t address, uint64_t size) {
  if (subject.with_faults_allowed == nullptr) return FingerprintUserMemory(address, size);
  struct Reading {
    uint64_t address;
    uint64_t size;
    uint64_t fingerprint = kEmptyFingerprint;
  } reading = {address, size};
  subject.with_faults_allowed(
      [](void* argument) {
        auto* const what = static_cast<Reading*>(argument);
        what->fingerprint = FingerprintUserMemory(what->address, what->size);
      },
      &reading);
  return reading.fingerprint;
}

// The bytes of `count` elements; more than there are if they are that many.
uint64_t BytesOf(uint64_t count, uint64_t element_size) {
  uint64_t bytes = 0;
  return __builtin_mul_overflow(count, element_size, &bytes) ? UINT64_MAX : bytes;
}

class Call {
 public:
  Call(const axptr_subject& subject, const Op& op, Kernel& kernel, KernelBuffer& buffer,
       Effects* effects)
      : subject_(subject),
        op_(op),
        kernel_(kernel),
        buffer_(buffer),
        effects_(effects),
        watch_(kernel.store_watch()) {}

  Outcome Get() {
    return Lend(element_.size, [&](axptr_lent* lent) {
      return subject_.lend_value(op_.address, element_, rights_, lent);
    });
  }

  Outcome Slice() {
    return Lend(element_.size, [&](axptr_lent* lent) {
      return subject_.lend_slice(op_.address, element_, op_.length, rights_, lent);
    });
  }

  Outcome NullTerminated() {
    return Lend(element_.size, [&](axptr_lent* lent) {
      return subject_.lend_terminated(op_.address, element_, rights_, lent);
    });
  }

  Outcome Str() {
    return Lend(1, [&](axptr_lent* lent) { return subject_.lend_text(op_.address, lent); });
  }

  Outcome CopyStr() {
    const std::span<char> room = buffer_.Lend(std::min(op_.length, kMaxCopiedBytes));
    axptr_lent text = {};
    const int error =
        Run([&] { return subject_.copy_text(room.data(), room.size(), op_.address, &text); });
    axptr::LinuxResult<std::span<const char>> result =
        std::span<const char>(reinterpret_cast<const char*>(text.start), text.count);
    if (error != 0) result = std::unexpected(static_cast<axptr::LinuxError>(-error));
    return TakeBackText(result, room, buffer_, effects_);
  }

  Outcome CopyIn() {
    const std::span<char> room = buffer_.Lend(Size());
    const MovedBytes moved = Move(
        subject_.copy_in != nullptr,
        [&](axptr_moved* to) { subject_.copy_in(room.data(), op_.address, room.size(), to); },
        [&] { return subject_.copy_from_user(room.data(), op_.address, room.size()); });
    return TakeBackBytes(moved, room, buffer_, effects_);
  }

  Outcome CopyOut() {
    const std::span<char> room = buffer_.Lend(Size());
    for (size_t i = 0; i < room.size(); ++i) room[i] = static_cast<char>(ByteCopiedOut(op_, i));
    const MovedBytes moved = Move(
        subject_.copy_out != nullptr,
        [&](axptr_moved* to) { subject_.copy_out(op_.address, room.data(), room.size(), to); },
        [&] { return subject_.copy_to_user(op_.address, room.data(), room.size()); });
    return TakeBackSource(moved, buffer_, effects_);
  }

  Outcome Zero() {
    const MovedBytes moved = Move(
        subject_.zero != nullptr, [&](axptr_moved* to) { subject_.zero(op_.address, Size(), to); },
        [&] { return subject_.clear_user(op_.address, Size()); });
    return OutcomeOfMoved(moved, effects_);
  }

  Outcome Access() {
    uint64_t value = kEmptyFingerprint;
    const int error = Run([&] {
      return op_.is_single
                 ? subject_.access_value(op_.address, element_, rights_, &UseInside, this, &value)
                 : subject_.access_slice(op_.address, element_, op_.length, rights_, &UseInside,
                                         this, &value);
    });
    return error != 0 ? Outcome::Error(-error) : Outcome::Ok(op_.is_single ? 1 : op_.length, value);
  }

 private:
  template <typename Function>
  int Run(Function function) {
    int error = 0;
    if (watch_ != nullptr) watch_->Begin(WatchedRange());
    kernel_.set_buffer(&buffer_);
    CallerState before;
    kernel_.RunSubject([&] { error = function(); });
    effects_->left_behind = before.LeftBehind();
    kernel_.set_buffer(nullptr);
    if (watch_ != nullptr) effects_->stray_store = watch_->End();
    return error;
  }

  // The bytes of an operation that moves bytes.
  uint64_t Size() const { return std::min(op_.length, MaxLength(op_.verb)); }

  // Calls the subject to move Size() bytes: by `exact`, which sets what was moved, or by
  // `counting`, which returns how many bytes were not.
  template <typename Exact, typename Counting>
  MovedBytes Move(bool is_exact, Exact exact, Counting counting) {
    axptr_moved moved = {};
    Run([&] {
      if (is_exact) {
        exact(&moved);
        return 0;
      }
      moved.done = Size() - counting();
      moved.error = moved.done == Size() ? 0 : -kSomeError;
      moved.address = op_.address + moved.done;
      return 0;
    });
    return {moved.done, -moved.error, moved.address - op_.address - moved.done};
  }

  // The memory that the operation names, as far as there are addresses.
  StoreWatch::Range WatchedRange() const {
    const NamedBytes named = *BytesNamedBy(op_);
    const auto clip = [&](NamedBytes::Wide bytes) {
      return static_cast<uint64_t>(std::min<NamedBytes::Wide>(bytes, UINT64_MAX - named.start));
    };
    const bool may_change = MovesBytes(op_.verb) && IsStore(op_.verb);
    // Code that moves bytes to user memory is assembly or memcpy, whose stores are not reported.
    const bool is_reported = StoresAreTraced() && subject_.reports_stores;
    return {.start = named.start,
            .size = clip(named.BoundedBytes()),
            .storable = IsMutable(op_.verb) ? clip(named.MostBytes()) : 0,
            .may_change = may_change,
            .is_compared = may_change || !is_reported};
  }

  void Store(uint64_t address, uint8_t flipped_bits) {
    TouchByte(address, /*write=*/true, flipped_bits);
    if (watch_ != nullptr) watch_->NoteOwnStore(address, flipped_bits);
  }

  // What a kernel does with the memory: reads all of it, and changes the first and the last byte if
  // it may. `read`: returns the fingerprint.
  template <typename Read>
  uint64_t UseBytes(uint64_t address, uint64_t size, Read read) {
    const uint64_t fingerprint = read(address, size);
    if (!IsMutable(op_.verb)) return fingerprint;
    if (is_inside_) kernel_.NoteUseInside(address, size, /*write=*/true);
    Store(address, kFlippedInFirst);
    Store(address + size - 1, kFlippedInLast);
    return fingerprint;
  }

  // `lend`: a call of the subject that hands memory out, in elements of `element_size` bytes.
  template <typename Function>
  Outcome Lend(uint64_t element_size, Function lend) {
    axptr_lent lent = {};
    const int error = Run([&] { return lend(&lent); });
    if (error != 0) return Outcome::Error(-error);
    return Use(lent.start, BytesOf(lent.count, element_size), lent.count);
  }

  // Whether `address`, which was handed out, is the one that was asked for. If not, notes that.
  bool IsRightPlace(uint64_t address) {
    if (address == op_.address) return true;
    effects_->pointer_error = Window::Contains(address) ? address - op_.address : kElsewhere;
    return false;
  }

  // Outside of the window lies the simulator's own memory: what a broken library hands out there
  // must not be touched to find out.
  void PanicUnlessInWindow(uint64_t address, uint64_t size) {
    if (Window::ContainsRange(address, size)) return;
    kernel_.PanicAt(address, IsMutable(op_.verb), KernelBug::kFlagClear);
  }

  Outcome Use(uint64_t address, uint64_t size, uint64_t length) {
    kernel_.BeforeUse();
    if (!IsRightPlace(address)) return Outcome::Ok(length);
    if (size == 0) return Outcome::Ok(length);
    PanicUnlessInWindow(address, size);
    uint64_t fingerprint = 0;
    kernel_.UseAsKernel(address, size, IsMutable(op_.verb),
                        [&] { fingerprint = UseBytes(address, size, FingerprintUserMemory); });
    return Outcome::Ok(length, fingerprint);
  }

  // Another task runs on this CPU, and then this one again.
  void SwitchAway() {
    const axptr_switching* const switching = subject_.switching;
    if (switching == nullptr || switching->while_switched_away == nullptr) return;
    switching->while_switched_away(
        [](void* kernel) { static_cast<Kernel*>(kernel)->NoteSwitchedAway(); }, &kernel_);
  }

  // What a subject runs inside an access. `argument`: a Call.
  static uint64_t UseInside(void* argument, uint64_t start, size_t count) {
    auto& call = *static_cast<Call*>(argument);
    if (!call.IsRightPlace(start)) return kEmptyFingerprint;
    const uint64_t size = BytesOf(count, call.element_.size);
    if (size == 0) return kEmptyFingerprint;
    call.PanicUnlessInWindow(start, size);
    if (call.op_.is_single) call.SwitchAway();
    call.kernel_.NoteUseInside(start, size, /*write=*/false);
    call.is_inside_ = true;
    if (!call.op_.is_single) return call.UseBytes(start, size, FingerprintUserMemory);
    return call.UseBytes(start, size, [&](uint64_t address, uint64_t bytes) {
      return ReadUnderFlag(call.subject_, address, bytes);
    });
  }

  const axptr_subject& subject_;
  const Op& op_;
  Kernel& kernel_;
  KernelBuffer& buffer_;
  Effects* const effects_;
  StoreWatch* const watch_;  // null: stores are not watched
  bool is_inside_ = false;   // the memory is used inside the call
  const axptr_element element_ = ElementOf(op_);
  const unsigned rights_ = IsMutable(op_.verb) ? AXPTR_READ | AXPTR_WRITE : AXPTR_READ;
};

// Whether a subject has the function that an operation calls.
template <auto kFunction>
bool Has(const axptr_subject& subject, const Op&) {
  return subject.*kFunction != nullptr;
}

// The same, where an operation of one value calls another function than one of several.
template <auto kOfOne, auto kOfSeveral>
bool HasForCount(const axptr_subject& subject, const Op& op) {
  return op.is_single ? Has<kOfOne>(subject, op) : Has<kOfSeveral>(subject, op);
}

// The same, where either of two functions will do.
template <auto kFirst, auto kSecond>
bool HasOneOf(const axptr_subject& subject, const Op& op) {
  return Has<kFirst>(subject, op) || Has<kSecond>(subject, op);
}

// What a verb of the library needs of a subject, and how that is called.
struct SubjectCall {
  Verb verb;
  bool (*is_offered)(const axptr_subject& subject, const Op& op);
  Outcome (Call::*make)();
};

using S = axptr_subject;

// A row for each verb of the library.
constexpr SubjectCall kSubjectCalls[] = {
    {Verb::kConstGet, Has<&S::lend_value>, &Call::Get},
    {Verb::kMutGet, Has<&S::lend_value>, &Call::Get},
    {Verb::kConstSlice, Has<&S::lend_slice>, &Call::Slice},
    {Verb::kMutSlice, Has<&S::lend_slice>, &Call::Slice},
    {Verb::kConstCstr, Has<&S::lend_terminated>, &Call::NullTerminated},
    {Verb::kMutCstr, Has<&S::lend_terminated>, &Call::NullTerminated},
    {Verb::kConstStr, Has<&S::lend_text>, &Call::Str},
    {Verb::kCopyStr, Has<&S::copy_text>, &Call::CopyStr},
    {Verb::kCopyIn, HasOneOf<&S::copy_in, &S::copy_from_user>, &Call::CopyIn},
    {Verb::kCopyOut, HasOneOf<&S::copy_out, &S::copy_to_user>, &Call::CopyOut},
    {Verb::kZeroUser, HasOneOf<&S::zero, &S::clear_user>, &Call::Zero},
    {Verb::kConstAccess, HasForCount<&S::access_value, &S::access_slice>, &Call::Access},
    {Verb::kMutAccess, HasForCount<&S::access_value, &S::access_slice>, &Call::Access},
};

// The rows by verb; empty for a verb that calls no subject.
constexpr std::array<SubjectCall, kVerbCount> kByVerb = [] {
  std::array<SubjectCall, kVerbCount> by_verb = {};
  for (const SubjectCall& row : kSubjectCalls) by_verb[static_cast<size_t>(row.verb)] = row;
  return by_verb;
}();

constexpr const SubjectCall& CallOf(Verb verb) { return kByVerb[static_cast<size_t>(verb)]; }

static_assert(std::all_of(std::begin(AllVerbs()), std::end(AllVerbs()),
                          [](const VerbInfo& info) {
                            return (CallOf(info.verb).make != nullptr) ==
                                   IsLibraryAccess(info.verb);
                          }),
              "a row of kSubjectCalls for each verb of the library, and for no other");

}  // namespace

axptr_element ElementOf(const Op& op) { return {ElementSize(op.type), ElementAlign(op.type)}; }

bool IsOffered(const Op& op, const axptr_subject& subject) {
  if (!IsLibraryAccess(op.verb)) return true;
  const bool takes_element =
      !HasType(op.verb) || subject.takes_element == nullptr || subject.takes_element(ElementOf(op));
  return takes_element && CallOf(op.verb).is_offered(subject, op);
}

Outcome CallLibrary(const axptr_subject& subject, const Op& op, Kernel& kernel,
                    KernelBuffer& buffer, Effects* effects) {
  SIM_CHECK(IsLibraryAccess(op.verb));
  Call call(subject, op, kernel, buffer, effects);
  return (call.*CallOf(op.verb).make)();
}

}  // namespace sim
