#include "sim/scenario/stress/accessor.h"

#include <errno.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <random>
#include <span>

#include "sim/machine/user_touch.h"
#include "sim/scenario/stress/services.h"
#include "sim/scenario/verb.h"
#include "sim/subject/subject_copying.h"

namespace sim::stress {
namespace {

// Whether every byte of a copy from `offset` of the slot belongs to the slot.
bool IsOwn(Slot slot, uint64_t offset, std::span<const char> copy) {
  return std::all_of(copy.begin(), copy.end(),
                     [&](char byte) { return slot.MayHold(offset++, static_cast<uint8_t>(byte)); });
}

class SubjectAccessor final : public Accessor {
 public:
  SubjectAccessor(Machine* machine, const axptr_subject& subject, uint64_t seed)
      : machine_(machine), subject_(subject), thread_(machine), random_(seed) {
    UseThread(&thread_);
  }

  void Access(Counts* counts) override {
    counts_ = counts;
    const bool survived = thread_.RunKernel([this] { AccessAnything(); });
    counts_->wrong += !survived;
    counts_->wrong += subject_.faults_allowed();
  }

 private:
  static constexpr axptr_element kByte = {1, 1};
  static constexpr axptr_element kWord = {8, 8};
  static constexpr size_t kMaxCalls = 3;  // under NoFault
  static constexpr unsigned kReadWrite = AXPTR_READ | AXPTR_WRITE;

  // NOLINTNEXTLINE(readability-function-size): a case for each verb, and nothing else.
  void AccessAnything() {
    const Slot slot = {random_() % kSlots};
    const uint64_t offset = random_() % kSlotBytes;
    const uint64_t size = 1 + random_() % std::min<uint64_t>(kSlotBytes - offset, 2 * kPage);
    // No default, so that the compiler warns about a missing verb.
    switch (AnyVerb()) {
      case Verb::kConstGet:
        return LendValue(slot, offset - offset % 8, AXPTR_READ);
      case Verb::kMutGet:
        return LendValue(slot, offset - offset % 8, kReadWrite);
      case Verb::kConstSlice:
        return LendSlice(slot, offset, size, AXPTR_READ);
      case Verb::kMutSlice:
        return LendSlice(slot, offset, size, kReadWrite);
      case Verb::kConstCstr:
        return Scan(slot, offset, AXPTR_READ);
      case Verb::kMutCstr:
        return Scan(slot, offset, kReadWrite);
      case Verb::kConstStr:
        return ReadString(slot, offset);
      case Verb::kCopyStr:
        return CopyString(slot, offset, size);
      case Verb::kReadValue:
        return CopyValue(slot, offset - offset % 8, subject_.copying->read_value);
      case Verb::kReadUnaligned:
        return CopyValue(slot, offset, subject_.copying->read_unaligned);
      case Verb::kWriteValue:
        return WriteValue(slot, offset - offset % 8, subject_.copying->write_value);
      case Verb::kWriteUnaligned:
        return WriteValue(slot, offset, subject_.copying->write_unaligned);
      case Verb::kAtomicLoad:
      case Verb::kAtomicStore:
      case Verb::kAtomicExchange:
      case Verb::kAtomicCompareExchange:
      case Verb::kAtomicFetchAdd:
      case Verb::kAtomicFetchOr:
      case Verb::kAtomicFetchAnd:
      case Verb::kAtomicFetchXor:
        return MakeAtomic(slot, offset - offset % 8);
      case Verb::kNoFaultRead:
        return RetryReading(slot, offset - offset % 8);
      case Verb::kNoFaultWrite:
        return RetryWriting(slot, offset - offset % 8);
      case Verb::kNoFaultExchange:
        return RetryExchange(slot, offset - offset % 8);
      case Verb::kStrLength:
        return MeasureString(slot, offset, size);
      case Verb::kCopyUntilNul:
        return CopyUntilNul(slot, offset, size);
      case Verb::kWriteStr:
        return WriteString(slot, offset, size);
      case Verb::kUserStrings:
        return CopyStrings(slot, offset, size);
      case Verb::kCopyIn:
        return CopyBytes(slot, offset, size);
      case Verb::kCopyOut:
        return CopyMarks(slot, offset, size);
      case Verb::kZeroUser:
        return Zero(slot, offset, size);
      case Verb::kReadArray:
        return ReadArray(slot, offset - offset % 8, size);
      case Verb::kWriteArray:
        return WriteArray(slot, offset - offset % 8, size);
      case Verb::kZeroArray:
        return ZeroArray(slot, offset - offset % 8, size);
      case Verb::kReadVersioned:
        return ReadStruct(slot, StructOffset(offset));
      case Verb::kWriteVersioned:
        return WriteStruct(slot, StructOffset(offset));
      case Verb::kReadv:
        return MoveSegments(slot, size, /*reads=*/false);
      case Verb::kWritev:
        return MoveSegments(slot, size, /*reads=*/true);
      case Verb::kConstAccess:
        return size % 2 == 0 ? Read(slot, offset, size) : ReadValue(slot, offset - offset % 8);
      case Verb::kMutAccess:
        return Write(slot, offset, size);
      case Verb::kUserLoad:
        return TouchAsUser(slot.start() + offset, /*write=*/false);
      case Verb::kUserStore:
        return TouchAsUser(slot.start() + offset, /*write=*/true);
      case Verb::kKernelLoad:
      case Verb::kKernelStore:
      case Verb::kMap:
      case Verb::kUnmap:
      case Verb::kProtect:
      case Verb::kEvict:
      case Verb::kShare:
      case Verb::kGrow:
      case Verb::kAlias:
      case Verb::kFill:
      case Verb::kPointers:
      case Verb::kTruncate:
      case Verb::kFrames:
      case Verb::kInject:
      case Verb::kSleep:
      case Verb::kSpace:
        break;
    }
    ++counts_->wrong;  // AnyVerb never returns these
  }

  // A random verb of the library or of user code.
  Verb AnyVerb() {
    while (true) {
      const VerbInfo& info = AllVerbs()[random_() % std::size(AllVerbs())];
      const bool is_tried =
          info.verb_class == VerbClass::kLibrary || info.verb_class == VerbClass::kUser;
      if (is_tried) return info.verb;
    }
  }

  // Does not touch the lent memory, because another thread may have unmapped it already.
  void LendValue(Slot slot, uint64_t offset, unsigned rights) {
    const uint64_t start = slot.start() + offset;
    axptr_lent lent = {};
    const int error = subject_.lend_value(start, kWord, rights, &lent);
    Judge(error, lent.start == start);
  }

  void LendSlice(Slot slot, uint64_t offset, uint64_t size, unsigned rights) {
    const uint64_t start = slot.start() + offset;
    axptr_lent lent = {};
    const int error = subject_.lend_slice(start, kByte, size, rights, &lent);
    Judge(error, lent.start == start && lent.count == size);
  }

  // The only requirement is that this returns.
  void TouchAsUser(uint64_t address, bool write) {
    ++(machine_->TouchAsUser(address, write) ? counts_->ok : counts_->refused);
  }

  // Sometimes yields in the middle of an access, so that another thread runs during the access even
  // on a host with few processors.
  void Linger() {
    if (random_() % 4 == 0) sched_yield();
  }

  // `is_right`: whether the value of a successful result is right.
  void Judge(int error, bool is_right, bool was_begun = false) {
    if (error == 0) {
      ++(is_right ? counts_->ok : counts_->wrong);
      return;
    }
    const bool is_refusal = error == -EFAULT || error == -ENOMEM;
    ++(is_refusal ? counts_->refused : counts_->wrong);
    counts_->raced += was_begun;
  }

  // The argument of the body of an access.
  struct Use {
    SubjectAccessor* accessor;
    Slot slot;
    uint64_t offset;
    uint64_t size;
    uint64_t generation;
  };

  // Bodies of accesses. Result: the number of bytes that do not belong to the slot.
  static uint64_t ReadBody(void* argument, uint64_t /*start*/, size_t /*count*/) {
    const Use& use = *static_cast<const Use*>(argument);
    use.accessor->begun_ = true;
    const uint64_t half = use.size / 2;
    const uint64_t first = CountForeign(use.slot, use.offset, half);
    use.accessor->Linger();
    return first + CountForeign(use.slot, use.offset + half, use.size - half);
  }
  static uint64_t WriteBody(void* argument, uint64_t /*start*/, size_t /*count*/) {
    const Use& use = *static_cast<const Use*>(argument);
    use.accessor->begun_ = true;
    WriteMarks(use.slot, use.offset, use.size, use.generation);
    use.accessor->Linger();
    return CountForeign(use.slot, use.offset, use.size);
  }
  static uint64_t ReadValueBody(void* argument, uint64_t /*start*/, size_t /*count*/) {
    const Use& use = *static_cast<const Use*>(argument);
    use.accessor->begun_ = true;
    return CountForeign(use.slot, use.offset, use.size);
  }

  void Read(Slot slot, uint64_t offset, uint64_t size) {
    Use use = {this, slot, offset, size, 0};
    begun_ = false;
    uint64_t foreign = 0;
    const int error = subject_.access_slice(slot.start() + offset, kByte, size, AXPTR_READ,
                                            ReadBody, &use, &foreign);
    Judge(error, foreign == 0, begun_);
  }

  void Write(Slot slot, uint64_t offset, uint64_t size) {
    Use use = {this, slot, offset, size, random_()};
    begun_ = false;
    uint64_t foreign = 0;
    const int error = subject_.access_slice(slot.start() + offset, kByte, size, kReadWrite,
                                            WriteBody, &use, &foreign);
    Judge(error, foreign == 0, begun_);
  }

  void ReadValue(Slot slot, uint64_t offset) {
    Use use = {this, slot, offset, kWord.size, 0};
    begun_ = false;
    uint64_t foreign = 0;
    const int error = subject_.access_value(slot.start() + offset, kWord, AXPTR_READ, ReadValueBody,
                                            &use, &foreign);
    Judge(error, foreign == 0, begun_);
  }

  // The terminator of a text is fixed. In other slots a string ends at any byte that is not written
  // yet.
  bool IsLength(Slot slot, uint64_t offset, uint64_t length) const {
    if (slot.is_text() && offset <= kTextBytes) return length == kTextBytes - offset;
    return !slot.is_text() && offset + length < kSlotBytes;
  }

  void Scan(Slot slot, uint64_t offset, unsigned rights) {
    axptr_lent lent = {};
    const int error = subject_.lend_terminated(slot.start() + offset, kByte, rights, &lent);
    Judge(error, IsLength(slot, offset, lent.count));
  }

  void ReadString(Slot slot, uint64_t offset) {
    axptr_lent lent = {};
    const int error = subject_.lend_text(slot.start() + offset, &lent);
    Judge(error, IsLength(slot, offset, lent.count));
  }

  // Returns whether `error` means that the bound of `size` bytes is too small. The error is right
  // only for a string that may have `size` bytes or more.
  bool JudgeTooLong(int error, Slot slot, uint64_t offset, uint64_t size) {
    if (error != -ENAMETOOLONG) return false;
    const bool is_long = !slot.is_text() || offset > kTextBytes || size <= kTextBytes - offset;
    ++(is_long ? counts_->ok : counts_->wrong);
    return true;
  }

  void MeasureString(Slot slot, uint64_t offset, uint64_t bound) {
    size_t length = 0;
    const int error = subject_.copying->string_length(slot.start() + offset, bound, &length);
    if (JudgeTooLong(error, slot, offset, bound)) return;
    Judge(error, length < bound && IsLength(slot, offset, length));
  }

  void CopyUntilNul(Slot slot, uint64_t offset, uint64_t size) {
    axptr_moved moved = {};
    subject_.copying->copy_until_nul(copied_.data(), size, slot.start() + offset, &moved);
    const std::span<const char> done = std::span(copied_).first(std::min(moved.done, size));
    if (!IsOwn(slot, offset, done)) ++counts_->wrong;
    if (JudgeTooLong(moved.error, slot, offset, size)) return;
    Judge(moved.error, moved.done < size && IsLength(slot, offset, moved.done), moved.done != 0);
  }

  void CopyString(Slot slot, uint64_t offset, uint64_t size) {
    axptr_lent lent = {};
    const int error = subject_.copy_text(copied_.data(), size, slot.start() + offset, &lent);
    if (JudgeTooLong(error, slot, offset, size)) return;
    const std::span<const char> room = std::span(copied_).first(size);
    Judge(error, lent.start == reinterpret_cast<uint64_t>(copied_.data()) && lent.count < size &&
                     IsLength(slot, offset, lent.count) &&
                     IsOwn(slot, offset, room.first(lent.count)));
  }

  // The write must not move the terminator of a text.
  void WriteString(Slot slot, uint64_t offset, uint64_t size) {
    const uint64_t length = size - 1;
    if (slot.is_text()) offset = kTextBytes - length;
    const std::span<char> text = std::span(copied_).first(length);
    std::fill(text.begin(), text.end(), static_cast<char>(slot.Mark(random_())));
    axptr_moved moved = {};
    subject_.copying->write_text(slot.start() + offset, text.data(), length, size, &moved);
    JudgeMoved(moved, length, /*is_right=*/true);
  }

  // The slot's bytes are not addresses of the window. Zeros in the slot end the array, with no
  // strings.
  void CopyStrings(Slot slot, uint64_t offset, uint64_t size) {
    axptr_strings strings = {};
    const int error = subject_.copying->copy_strings(
        copied_.data(), size, slot.start() + offset - offset % kWord.size, 1 + size % 4, &strings);
    Judge(error, strings.count == 0 && strings.size == 0);
  }

  // The bytes copied before an error are also judged.
  void CopyBytes(Slot slot, uint64_t offset, uint64_t size) {
    axptr_moved moved = {};
    subject_.copy_in(copied_.data(), slot.start() + offset, size, &moved);
    const std::span<const char> room = std::span(copied_).first(size);
    JudgeMoved(moved, size, IsOwn(slot, offset, room.first(std::min(moved.done, size))));
  }

  void CopyMarks(Slot slot, uint64_t offset, uint64_t size) {
    const std::span<char> room = Marks(slot, offset, size);
    axptr_moved moved = {};
    subject_.copy_out(slot.start() + offset, room.data(), size, &moved);
    JudgeMoved(moved, size, /*is_right=*/true);
  }

  // `size` bytes that may be written at `offset` of the slot.
  std::span<char> Marks(Slot slot, uint64_t offset, uint64_t size) {
    const std::span<char> room = std::span(copied_).first(size);
    const uint64_t generation = random_();
    for (uint64_t i = 0; i < size; ++i) {
      const bool is_end = slot.is_text() && offset + i == kTextBytes;
      room[i] = is_end ? '\0' : static_cast<char>(slot.Mark(generation));
    }
    return room;
  }

  using Reading = int (*)(void* to, uint64_t start, axptr_element element);
  void CopyValue(Slot slot, uint64_t offset, Reading read) {
    offset = std::min(offset, kSlotBytes - kWord.size);
    const int error = read(copied_.data(), slot.start() + offset, kWord);
    Judge(error, IsOwn(slot, offset, std::span(copied_).first(kWord.size)));
  }

  // Makes an atomic operation after which the word holds only bytes of the slot.
  void MakeAtomic(Slot slot, uint64_t start_offset) {
#if defined(SIM_WITH_TSAN)
    // ThreadSanitizer performs the operation under an internal lock, which the jump out of a fault
    // does not release.
    return static_cast<void>(start_offset);
#endif
    constexpr axptr_atomic_operation kOperations[] = {
        AXPTR_ATOMIC_LOAD,      AXPTR_ATOMIC_STORE,           AXPTR_ATOMIC_EXCHANGE,
        AXPTR_ATOMIC_FETCH_ADD, AXPTR_ATOMIC_FETCH_OR,        AXPTR_ATOMIC_FETCH_XOR,
        AXPTR_ATOMIC_FETCH_AND, AXPTR_ATOMIC_COMPARE_EXCHANGE};
    axptr_atomic word = {};
    word.operation = kOperations[random_() % std::size(kOperations)];
    word.size = random_() % 2 == 0 ? 4 : 8;
    const uint64_t all = word.size == 4 ? UINT32_MAX : UINT64_MAX;
    uint64_t marks = 0;
    memcpy(&marks, Marks(slot, start_offset, word.size).data(), word.size);
    switch (word.operation) {
      case AXPTR_ATOMIC_STORE:
      case AXPTR_ATOMIC_EXCHANGE:
        word.operand = marks;
        break;
      case AXPTR_ATOMIC_COMPARE_EXCHANGE:
        word.expected = word.operand = marks;
        break;
      case AXPTR_ATOMIC_FETCH_AND:
        word.operand = all;
        break;
      default:
        break;
    }
    const int error = subject_.copying->atomic(slot.start() + start_offset, &word);
    const auto* const found = reinterpret_cast<const char*>(&word.found);
    const bool has_found = word.operation != AXPTR_ATOMIC_STORE;
    Judge(error, !has_found || IsOwn(slot, start_offset, std::span(found, word.size)));
  }

  void RetryReading(Slot slot, uint64_t offset) {
    const int error =
        subject_.copying->retry_reading(copied_.data(), slot.start() + offset, kWord, kMaxCalls);
    JudgeRetried(error, IsOwn(slot, offset, std::span(copied_).first(kWord.size)));
  }

  void RetryWriting(Slot slot, uint64_t offset) {
    const std::span<char> room = Marks(slot, offset, kWord.size);
    JudgeRetried(
        subject_.copying->retry_writing(slot.start() + offset, room.data(), kWord, kMaxCalls),
        /*is_right=*/true);
  }

  void RetryExchange(Slot slot, uint64_t offset) {
#if defined(SIM_WITH_TSAN)
    return static_cast<void>(offset);  // as in MakeAtomic
#endif
    axptr_atomic word = {};
    word.operation = AXPTR_ATOMIC_EXCHANGE;
    word.size = kWord.size;
    memcpy(&word.operand, Marks(slot, offset, word.size).data(), word.size);
    const int error = subject_.copying->retry_exchange(slot.start() + offset, &word, kMaxCalls);
    const auto* const found = reinterpret_cast<const char*>(&word.found);
    JudgeRetried(error, IsOwn(slot, offset, std::span(found, word.size)));
  }

  void JudgeRetried(int error, bool is_right) {
    Judge(error == -EAGAIN ? -EFAULT : error, is_right);
  }

  using Writing = void (*)(uint64_t start, const void* from, axptr_element element,
                           axptr_moved* moved);
  void WriteValue(Slot slot, uint64_t offset, Writing write) {
    offset = std::min(offset, kSlotBytes - kWord.size);
    const std::span<char> room = Marks(slot, offset, kWord.size);
    axptr_moved moved = {};
    write(slot.start() + offset, room.data(), kWord, &moved);
    JudgeMoved(moved, kWord.size, /*is_right=*/true);
  }

  // In a text, only the terminator may become zero.
  void Zero(Slot slot, uint64_t offset, uint64_t size) {
    if (slot.is_text()) {
      offset = kTextBytes;
      size = 1;
    }
    axptr_moved moved = {};
    subject_.zero(slot.start() + offset, size, &moved);
    JudgeMoved(moved, size, /*is_right=*/true);
  }

  // Arrays of words, of as many whole words as `size` bytes have.
  void ReadArray(Slot slot, uint64_t offset, uint64_t size) {
    axptr_moved moved = {};
    subject_.copying->read_array(copied_.data(), slot.start() + offset, kWord, size / kWord.size,
                                 &moved);
    const std::span<const char> room = std::span(copied_).first(size - size % kWord.size);
    JudgeMoved(moved, room.size(),
               IsOwn(slot, offset, room.first(std::min(moved.done, room.size()))));
  }

  void WriteArray(Slot slot, uint64_t offset, uint64_t size) {
    const std::span<char> room = Marks(slot, offset, size - size % kWord.size);
    axptr_moved moved = {};
    subject_.copying->write_array(slot.start() + offset, room.data(), kWord, size / kWord.size,
                                  &moved);
    JudgeMoved(moved, room.size(), /*is_right=*/true);
  }

  // Zeros nothing in a text.
  void ZeroArray(Slot slot, uint64_t offset, uint64_t size) {
    const uint64_t words = slot.is_text() ? 0 : size / kWord.size;
    axptr_moved moved = {};
    subject_.copying->zero_array(slot.start() + offset, kWord, words, &moved);
    JudgeMoved(moved, words * kWord.size, /*is_right=*/true);
  }

  static constexpr axptr_element kStruct = {4096, 8};
  static constexpr uint64_t kFirstSize = 16;

  // An aligned offset with room for the struct's first version in the slot.
  static uint64_t StructOffset(uint64_t offset) {
    return std::min(offset - offset % 8, kSlotBytes - kFirstSize);
  }

  // The size of the user's version of the struct: at least the first version's size, and less than
  // the kernel's.
  uint64_t StructBytes(uint64_t offset) {
    return std::min(kFirstSize + random_() % (kPage - kFirstSize), kSlotBytes - offset);
  }

  void ReadStruct(Slot slot, uint64_t offset) {
    const uint64_t usize = StructBytes(offset);
    const std::span<char> room = std::span(copied_).first(kStruct.size);
    const int error = subject_.copying->read_versioned(room.data(), slot.start() + offset, usize,
                                                       kStruct, kFirstSize);
    const std::span<char> rest = room.subspan(usize);
    const bool is_padded = std::all_of(rest.begin(), rest.end(), [](char c) { return c == 0; });
    Judge(error, is_padded && IsOwn(slot, offset, room.first(usize)));
  }

  void WriteStruct(Slot slot, uint64_t offset) {
    const uint64_t usize = StructBytes(offset);
    const std::span<char> room = std::span(copied_).first(kStruct.size);
    const uint64_t generation = random_();
    for (uint64_t i = 0; i < room.size(); ++i) {
      const bool is_end = slot.is_text() && offset + i == kTextBytes;
      room[i] = is_end ? '\0' : static_cast<char>(slot.Mark(generation));
    }
    size_t written = 0;
    bool dropped_nonzero = false;
    const int error = subject_.copying->write_versioned(
        slot.start() + offset, usize, room.data(), kStruct, kFirstSize, &written, &dropped_nonzero);
    Judge(error, written == usize && dropped_nonzero);
  }

  // Moves up to `size` bytes of the slot's segments, in two parts.
  void MoveSegments(Slot slot, uint64_t size, bool reads) {
    const axptr_copying& copying = *subject_.copying;
    std::array<uint64_t, 2 * SlotTable::kSegments> storage;
    axptr_io_cursor cursor = {};
    const int error = copying.fetch_io_vec(SlotTable::Start(slot), SlotTable::kSegments,
                                           storage.data(), SlotTable::kSegments, &cursor);
    const bool is_fetched = error == 0 && cursor.remaining == SlotTable::kBytes;
    if (!is_fetched) return Judge(error, /*is_right=*/false);
    const std::span<char> room = std::span(copied_).first(size);
    std::fill(room.begin(), room.end(), static_cast<char>(slot.Mark(random_())));
    const uint64_t wanted = std::min(size, SlotTable::kBytes);
    axptr_moved moved = {};
    for (const std::span<char> part : {room.first(size / 3), room.subspan(size / 3)}) {
      const uint64_t before = cursor.position;
      if (reads) {
        copying.read_io_vec(&cursor, part.data(), part.size(), &moved);
      } else {
        copying.write_io_vec(&cursor, part.data(), part.size(), &moved);
      }
      if (cursor.position != before + moved.done) ++counts_->wrong;
      if (moved.error != 0) break;
    }
    const bool is_own = SlotTable::IsOwn(slot, room.first(std::min(cursor.position, wanted)));
    if (!is_own) ++counts_->wrong;
    Judge(moved.error, cursor.position == wanted, cursor.position != 0);
  }

  // `is_right`: whether the moved bytes are right.
  void JudgeMoved(const axptr_moved& moved, uint64_t size, bool is_right) {
    if (!is_right || moved.done > size) ++counts_->wrong;
    Judge(moved.error, moved.done == size, moved.done != 0);
  }

  Machine* const machine_;
  const axptr_subject& subject_;
  Machine::HostThread thread_;
  std::mt19937_64 random_;
  Counts* counts_ = nullptr;
  std::array<char, 2 * kPage> copied_;
  volatile bool begun_ = false;  // the current access has passed its check
};

}  // namespace

std::unique_ptr<Accessor> MakeAccessor(Machine* machine, const axptr_subject& subject,
                                       uint64_t seed) {
  return std::make_unique<SubjectAccessor>(machine, subject, seed);
}

}  // namespace sim::stress
