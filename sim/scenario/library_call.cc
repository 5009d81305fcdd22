#include "sim/scenario/library_call.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <iterator>
#include <optional>
#include <span>

#include "axptr/linux_error.h"
#include "sim/machine/check.h"
#include "sim/machine/load_trace.h"
#include "sim/machine/user_touch.h"
#include "sim/scenario/io_vec_call.h"
#include "sim/scenario/kernel_copy.h"
#include "sim/scenario/left_behind.h"
#include "sim/scenario/named_bytes.h"
#include "sim/subject/subject_access.h"
#include "sim/subject/subject_copying.h"

namespace sim {
namespace {

constexpr uint64_t kFingerprintPrime = 0x100000001b3;  // of FNV-1a, 64 bits

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

// Precondition: an atomic verb.
axptr_atomic_operation AtomicOperation(Verb verb) {
  switch (verb) {
    case Verb::kAtomicStore:
      return AXPTR_ATOMIC_STORE;
    case Verb::kAtomicExchange:
      return AXPTR_ATOMIC_EXCHANGE;
    case Verb::kAtomicCompareExchange:
      return AXPTR_ATOMIC_COMPARE_EXCHANGE;
    case Verb::kAtomicFetchAdd:
      return AXPTR_ATOMIC_FETCH_ADD;
    case Verb::kAtomicFetchOr:
      return AXPTR_ATOMIC_FETCH_OR;
    case Verb::kAtomicFetchAnd:
      return AXPTR_ATOMIC_FETCH_AND;
    case Verb::kAtomicFetchXor:
      return AXPTR_ATOMIC_FETCH_XOR;
    default:
      return AXPTR_ATOMIC_LOAD;
  }
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

  Outcome StrLength() {
    size_t length = 0;
    const int error =
        Run([&] { return subject_.copying->string_length(op_.address, op_.length, &length); });
    return error != 0 ? Outcome::Error(-error) : Outcome::Ok(length);
  }

  Outcome CopyUntilNul() {
    const std::span<char> room = buffer_.Lend(Size());
    const MovedBytes moved = MoveExactly([&](axptr_moved* to) {
      subject_.copying->copy_until_nul(room.data(), room.size(), op_.address, to);
    });
    return TakeBackBytes(moved, room, buffer_, effects_);
  }

  Outcome WriteStr() {
    const std::span<char> text = buffer_.Lend(op_.pattern.size());
    std::copy(op_.pattern.begin(), op_.pattern.end(), text.begin());
    const MovedBytes moved = MoveExactly([&](axptr_moved* to) {
      subject_.copying->write_text(op_.address, text.data(), text.size(), op_.length, to);
    });
    return TakeBackSource(moved, buffer_, effects_);
  }

  Outcome UserStrings() {
    const std::span<char> room = buffer_.Lend(Size());
    axptr_strings strings = {};
    const int error = Run([&] {
      return subject_.copying->copy_strings(room.data(), room.size(), op_.address, op_.max_strings,
                                            &strings);
    });
    return TakeBackStrings(-error, strings, room, buffer_, effects_);
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
    const std::span<char> room = LendLetters(Size());
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

  Outcome ReadVersioned() {
    const std::span<char> room = buffer_.Lend(element_.size);
    const int error = Run([&] {
      return subject_.copying->read_versioned(room.data(), op_.address, op_.length, element_,
                                              FirstSize(op_.type));
    });
    return TakeBackValue(-error, op_.length, room, buffer_, effects_);
  }

  Outcome WriteVersioned() {
    const std::span<char> room = buffer_.Lend(element_.size);
    for (size_t i = 0; i < room.size(); ++i) room[i] = static_cast<char>(ByteOfStruct(op_, i));
    size_t written = 0;
    bool dropped_nonzero = false;
    const int error = Run([&] {
      return subject_.copying->write_versioned(op_.address, op_.length, room.data(), element_,
                                               FirstSize(op_.type), &written, &dropped_nonzero);
    });
    TakeBackSource({}, buffer_, effects_);
    return error != 0 ? Outcome::Error(-error) : Outcome::Ok(written, dropped_nonzero ? 1 : 0);
  }

  Outcome IoVec() {
    const bool reads = op_.verb == Verb::kWritev;
    const std::span<char> room = reads ? buffer_.Lend(Size()) : LendLetters(Size());
    IoVecCall io_vec(*subject_.copying);
    MovedBytes moved;
    const int error = Run([&] {
      const int fetched = io_vec.Fetch(op_.address, op_.segments);
      if (fetched != 0) return fetched;
      if (!reads) WatchAlso(io_vec.Segments());
      moved = io_vec.Move(reads, room);
      return 0;
    });
    if (error != 0) moved = {.error = -error};
    const uint64_t fingerprint =
        reads ? FingerprintOfRoom(room, moved.done) : Outcome().fingerprint;
    const Outcome outcome = TakeBackSource(moved, buffer_, effects_);
    if (outcome.kind != Outcome::Kind::kOk) return outcome;
    return Outcome::Ok(moved.done, (fingerprint ^ io_vec.remaining()) * kFingerprintPrime);
  }

  Outcome ReadValue() {
    const auto read =
        AtAnyAddress() ? subject_.copying->read_unaligned : subject_.copying->read_value;
    const std::span<char> room = buffer_.Lend(element_.size);
    const int error = Run([&] { return read(room.data(), op_.address, element_); });
    return TakeBackValue(-error, 1, room, buffer_, effects_);
  }

  Outcome WriteValue() {
    const auto write =
        AtAnyAddress() ? subject_.copying->write_unaligned : subject_.copying->write_value;
    const std::span<char> room = LendLetters(element_.size);
    axptr_moved moved = {};
    Run([&] {
      write(op_.address, room.data(), element_, &moved);
      return 0;
    });
    return TakeBackValueSource(MovedBytesOf(moved), element_.size, buffer_, effects_);
  }

  Outcome Atomic() {
    axptr_atomic word = {.operation = AtomicOperation(op_.verb),
                         .size = element_.size,
                         .operand = ValueOfWord(op_.length),
                         .expected = 0,
                         .found = 0,
                         .exchanged = false};
    if (op_.verb == Verb::kAtomicCompareExchange) {
      word.expected = word.operand;
      word.operand = ValueOfWord(~op_.length);
    }
    const int error = Run([&] { return subject_.copying->atomic(op_.address, &word); });
    if (error != 0) return Outcome::Error(-error);
    if (op_.verb == Verb::kAtomicStore) return Outcome::Ok(1);
    const bool is_refused = op_.verb == Verb::kAtomicCompareExchange && !word.exchanged;
    return Outcome::Ok(is_refused ? 0 : 1, FingerprintOf(word));
  }

  Outcome RetryReading() {
    const std::span<char> room = buffer_.Lend(element_.size);
    const int error = Run([&] {
      return subject_.copying->retry_reading(room.data(), op_.address, element_, Size());
    });
    return TakeBackValue(-error, 1, room, buffer_, effects_);
  }

  Outcome RetryWriting() {
    const std::span<char> room = LendLetters(element_.size);
    const int error = Run([&] {
      return subject_.copying->retry_writing(op_.address, room.data(), element_, Size());
    });
    const MovedBytes moved = {.done = element_.size, .error = -error};
    const Outcome outcome = TakeBackValueSource(moved, element_.size, buffer_, effects_);
    return error == 0 ? outcome : Outcome::Error(-error);
  }

  Outcome RetryExchange() {
    axptr_atomic word = {.operation = AXPTR_ATOMIC_EXCHANGE,
                         .size = element_.size,
                         .operand = 0,
                         .expected = 0,
                         .found = 0,
                         .exchanged = false};
    for (size_t i = word.size; i-- > 0;) word.operand = word.operand << 8 | ByteCopiedOut(op_, i);
    const int error =
        Run([&] { return subject_.copying->retry_exchange(op_.address, &word, Size()); });
    return error != 0 ? Outcome::Error(-error) : Outcome::Ok(1, FingerprintOf(word));
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
    if (watch_ == nullptr) return error;
    const std::optional<uint64_t> stray_store = watch_->End();
    if (!effects_->stray_store) effects_->stray_store = stray_store;
    effects_->torn_at = watch_->torn_at();
    return error;
  }

  // From now on the subject may store to `segments` as well, of which some are watched.
  void WatchAlso(std::span<const StoreWatch::Bytes> segments) {
    if (watch_ == nullptr) return;
    effects_->stray_store = watch_->End();
    StoreWatch::Range range = WatchedRange();
    range.storable = 0;
    range.also_storable = segments;
    if (!segments.empty()) {
      range.start = segments.front().start;
      range.size = std::min(segments.front().size, UINT64_MAX - range.start);
    }
    watch_->Begin(range);
  }

  // A room with the bytes that a copy to the user is of.
  std::span<char> LendLetters(uint64_t size) {
    const std::span<char> room = buffer_.Lend(size);
    FillCopiedOut(op_, room);
    return room;
  }

  // Of what the word held before.
  static uint64_t FingerprintOf(const axptr_atomic& word) {
    return FingerprintUserMemory(reinterpret_cast<uint64_t>(&word.found), word.size);
  }

  // `value`, as far as the word holds it.
  uint64_t ValueOfWord(uint64_t value) const {
    return element_.size == sizeof(value) ? value : value & UINT32_MAX;
  }

  bool AtAnyAddress() const { return InfoOf(op_.verb).extent == Extent::kElementAnywhere; }

  // The bytes of an operation that moves bytes, or the most calls of one under NoFault.
  uint64_t Size() const { return std::min(op_.length, MaxLength(op_.verb)); }

  // Calls the subject to move Size() bytes: by `exact`, which sets what was moved, or by
  // `counting`, which returns how many bytes were not.
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

  MovedBytes MovedBytesOf(const axptr_moved& moved) const {
    return {moved.done, -moved.error, moved.address - op_.address - moved.done};
  }

  // The memory that the operation names, as far as there are addresses.
  StoreWatch::Range WatchedRange() const {
    const NamedBytes named = *BytesNamedBy(op_);
    const auto clip = [&](NamedBytes::Wide bytes) {
      return static_cast<uint64_t>(std::min<NamedBytes::Wide>(bytes, UINT64_MAX - named.start));
    };
    const bool is_table = InfoOf(op_.verb).extent == Extent::kTable;  // which is only read
    const bool may_change = ChangesBytes(op_.verb);
    // Code that moves bytes to user memory is assembly or memcpy, whose stores are not reported.
    const bool is_reported = StoresAreTraced() && subject_.reports_stores;
    return {.start = named.start,
            .size = clip(named.BoundedBytes()),
            .storable = IsMutable(op_.verb) && !is_table ? clip(named.MostBytes()) : 0,
            .may_change = may_change,
            .is_compared = may_change || !is_reported,
            .is_one_access = IsOneAccess(op_)};
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

// The same of a function of subject_copying.h.
template <auto kFunction>
bool HasCopying(const axptr_subject& subject, const Op&) {
  return subject.copying != nullptr && subject.copying->*kFunction != nullptr;
}

// The same, where an operation calls two of them.
template <auto kFirst, auto kSecond>
bool HasBothOfCopying(const axptr_subject& subject, const Op& op) {
  return HasCopying<kFirst>(subject, op) && HasCopying<kSecond>(subject, op);
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
using C = axptr_copying;

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
    {Verb::kCopyUntilNul, HasCopying<&C::copy_until_nul>, &Call::CopyUntilNul},
    {Verb::kStrLength, HasCopying<&C::string_length>, &Call::StrLength},
    {Verb::kCopyIn, HasOneOf<&S::copy_in, &S::copy_from_user>, &Call::CopyIn},
    {Verb::kCopyOut, HasOneOf<&S::copy_out, &S::copy_to_user>, &Call::CopyOut},
    {Verb::kZeroUser, HasOneOf<&S::zero, &S::clear_user>, &Call::Zero},
    {Verb::kReadVersioned, HasCopying<&C::read_versioned>, &Call::ReadVersioned},
    {Verb::kWriteVersioned, HasCopying<&C::write_versioned>, &Call::WriteVersioned},
    {Verb::kReadv, HasBothOfCopying<&C::fetch_io_vec, &C::write_io_vec>, &Call::IoVec},
    {Verb::kWritev, HasBothOfCopying<&C::fetch_io_vec, &C::read_io_vec>, &Call::IoVec},
    {Verb::kReadValue, HasCopying<&C::read_value>, &Call::ReadValue},
    {Verb::kReadUnaligned, HasCopying<&C::read_unaligned>, &Call::ReadValue},
    {Verb::kWriteValue, HasCopying<&C::write_value>, &Call::WriteValue},
    {Verb::kWriteUnaligned, HasCopying<&C::write_unaligned>, &Call::WriteValue},
    {Verb::kAtomicLoad, HasCopying<&C::atomic>, &Call::Atomic},
    {Verb::kAtomicStore, HasCopying<&C::atomic>, &Call::Atomic},
    {Verb::kAtomicExchange, HasCopying<&C::atomic>, &Call::Atomic},
    {Verb::kAtomicCompareExchange, HasCopying<&C::atomic>, &Call::Atomic},
    {Verb::kAtomicFetchAdd, HasCopying<&C::atomic>, &Call::Atomic},
    {Verb::kAtomicFetchOr, HasCopying<&C::atomic>, &Call::Atomic},
    {Verb::kAtomicFetchAnd, HasCopying<&C::atomic>, &Call::Atomic},
    {Verb::kAtomicFetchXor, HasCopying<&C::atomic>, &Call::Atomic},
    {Verb::kNoFaultRead, HasCopying<&C::retry_reading>, &Call::RetryReading},
    {Verb::kNoFaultWrite, HasCopying<&C::retry_writing>, &Call::RetryWriting},
    {Verb::kNoFaultExchange, HasCopying<&C::retry_exchange>, &Call::RetryExchange},
    {Verb::kWriteStr, HasCopying<&C::write_text>, &Call::WriteStr},
    {Verb::kUserStrings, HasCopying<&C::copy_strings>, &Call::UserStrings},
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
