#include "sim/ring0/replay/calls.h"

#include "sim/ring0/image/cpu.h"
#include "sim/ring0/image/report.h"
#include "sim/ring0/machine/bare.h"
#include "sim/ring0/machine/guard.h"
#include "sim/ring0/machine/kernel.h"
#include "sim/ring0/machine/touches.h"
#include "sim/subject/subject.h"
#include "sim/subject/subject_access.h"
#include "sim/subject/subject_copying.h"

namespace ring0 {
namespace {

// Bits of sim::Effects::left_behind.
constexpr std::uint8_t kLeftDirection = 2;
constexpr std::uint8_t kLeftAttempt = 8;
constexpr std::uint8_t kLeftOpen = 16;
constexpr std::uint8_t kLeftFlag = 32;

constexpr std::uint8_t kGuardByte = 0xf9;
constexpr std::uint64_t kEmptyFingerprint = 0xcbf2'9ce4'8422'2325;
constexpr std::uint64_t kPrime = 0x100'0000'01b3;

// [0]: of a call, [1]: of a call in the middle of that call.
alignas(16) char g_segments[2][kMaxSegments * kSegmentBytes];

constexpr std::uint64_t Power(std::uint64_t base, int exponent) {
  std::uint64_t result = 1;
  for (; exponent > 0; --exponent) result *= base;
  return result;
}

using Word [[gnu::may_alias]] = std::uint64_t;

std::uint64_t AppendBytes(std::uint64_t hash, std::uint64_t from, std::uint64_t to) {
  for (; from != to; ++from) {
    hash = (hash ^ *reinterpret_cast<const volatile std::uint8_t*>(from)) * kPrime;
  }
  return hash;
}

// FNV-1a over user memory. Loads aligned words where possible, and each byte once.
std::uint64_t Fingerprint(std::uint64_t address, std::uint64_t size) {
  constexpr std::uint64_t kPrimeOfWord = Power(kPrime, 8);
  const std::uint64_t end = address + size;
  const std::uint64_t words = address + 7 - (address + 7) % 8;
  if (words - address >= size) return AppendBytes(kEmptyFingerprint, address, end);
  std::uint64_t hash = AppendBytes(kEmptyFingerprint, address, words);
  const std::uint64_t words_end = end - end % 8;
  for (address = words; address != words_end; address += 8) {
    std::uint64_t word = *reinterpret_cast<const volatile Word*>(address);
    if (word == 0) {
      hash *= kPrimeOfWord;
      continue;
    }
    for (int i = 0; i < 8; ++i, word >>= 8) hash = (hash ^ (word & 0xff)) * kPrime;
  }
  return AppendBytes(hash, words_end, end);
}

// The current call, for the functions that run inside it.
struct Call {
  const PackedOp& op;
  PackedResult* result;
  char* room = nullptr;

  axptr_element element() const { return {op.a[1], op.a[2]}; }
  std::uint64_t count() const { return op.a[3]; }
  unsigned rights() const { return static_cast<unsigned>(op.a[4]); }
  bool is_mutable() const { return (rights() & AXPTR_WRITE) != 0; }
  Function function() const { return static_cast<Function>(op.a[0]); }
};

std::uint64_t BytesOf(std::uint64_t count, std::uint64_t size) {
  std::uint64_t bytes = 0;
  return __builtin_mul_overflow(count, size, &bytes) ? UINT64_MAX : bytes;
}

void PanicUnlessInWindow(const Call& call, std::uint64_t address, std::uint64_t size) {
  if (!IsInWindow(address, size)) PanicAt(address, call.is_mutable(), KernelBug::kFlagClear);
}

void ChangeEnds(std::uint64_t address, std::uint64_t size) {
  TouchByte(address, true, kFlippedInFirst);
  TouchByte(address + size - 1, true, kFlippedInLast);
}

// Uses the lent memory. The user-access flag is clear, because no fault is expected.
void UseLent(const Call& call, const axptr_lent& lent, std::uint64_t element_size) {
  ReachPoint(Point::kUse);
  PackedResult& result = *call.result;
  result.values[0] = lent.start;
  result.values[1] = lent.count;
  const std::uint64_t size = BytesOf(lent.count, element_size);
  if (lent.start != call.op.address || size == 0) return;
  PanicUnlessInWindow(call, lent.start, size);
  UseAsKernel([&] {
    result.values[2] = Fingerprint(lent.start, size);
    if (call.is_mutable()) ChangeEnds(lent.start, size);
  });
  result.used = 1;
}

void NoteSwitchedAway(void* /*argument*/) {
  if (g_kernel.flag()) NoteMisuse(Misuse::kFlagSetSwitchedAway);
  if (IsUserOpen()) NoteMisuse(Misuse::kOpenSwitchedAway);
}

// Reads like a helper that declares the user access again inside an access.
std::uint64_t ReadUnderFlag(std::uint64_t address, std::uint64_t size) {
  struct Reading {
    std::uint64_t address;
    std::uint64_t size;
    std::uint64_t fingerprint;
  } reading = {address, size, kEmptyFingerprint};
  if (g_kernel.subject->with_faults_allowed == nullptr) return Fingerprint(address, size);
  g_kernel.subject->with_faults_allowed(
      [](void* argument) {
        auto* const what = static_cast<Reading*>(argument);
        what->fingerprint = Fingerprint(what->address, what->size);
      },
      &reading);
  return reading.fingerprint;
}

// The function that a subject calls inside an access.
std::uint64_t UseInside(void* argument, std::uint64_t start, std::size_t count) {
  if (g_kernel.counts) return *reinterpret_cast<const volatile std::uint8_t*>(start);
  ReachPoint(Point::kUse);
  const Call& call = *static_cast<Call*>(argument);
  call.result->values[1] = start;
  call.result->values[2] = 1;  // the function was called
  if (start != call.op.address) return kEmptyFingerprint;
  const std::uint64_t size = BytesOf(count, call.element().size);
  if (size == 0) return kEmptyFingerprint;
  PanicUnlessInWindow(call, start, size);
  const bool is_single = call.function() == Function::kAccessValue;
  const axptr_switching* const switching = g_kernel.subject->switching;
  if (is_single && switching != nullptr && switching->while_switched_away != nullptr) {
    if (g_kernel.bug == Bug::kFlagNotSaved) {
      NoteSwitchedAway(nullptr);
    } else {
      switching->while_switched_away(NoteSwitchedAway, nullptr);
    }
  }
  NoteUseInside(start, size, /*write=*/false);
  const std::uint64_t fingerprint =
      is_single ? ReadUnderFlag(start, size) : Fingerprint(start, size);
  if (!call.is_mutable()) return fingerprint;
  NoteUseInside(start, size, /*write=*/true);
  ChangeEnds(start, size);
  return fingerprint;
}

void SetMoved(const axptr_moved& moved, std::uint64_t* values) {
  values[0] = moved.done;
  values[1] = static_cast<std::uint64_t>(static_cast<std::int64_t>(moved.error));
  values[2] = moved.address;
}

// Moves the bytes of the segments in two halves. Between the halves the cursor moves to the end and
// back.
int CallIoVec(const Call& call, CallBytes* sent) {
  const axptr_copying& copying = *g_kernel.subject->copying;
  PackedResult& result = *call.result;
  axptr_io_cursor cursor = {};
  char* const storage = g_segments[g_kernel.depth];
  const int error =
      copying.fetch_io_vec(call.op.address, call.count(), storage, kMaxSegments, &cursor);
  if (error != 0) return error;
  NoteTouchMark(PackedTouches::Kind::kFetched);
  const std::uint64_t segments = call.count() < kMaxSegments ? call.count() : kMaxSegments;
  sent->table = storage;
  sent->table_size = segments * kSegmentBytes;
  result.values[0] = cursor.position;
  result.values[1] = cursor.remaining;
  const std::size_t half = call.op.bytes / 2;
  for (int part = 0; part < 2; ++part) {
    char* const room = call.room + (part == 0 ? 0 : half);
    const std::size_t size = part == 0 ? half : call.op.bytes - half;
    axptr_moved moved = {};
    if (call.function() == Function::kReadIoVec) {
      copying.read_io_vec(&cursor, room, size, &moved);
    } else {
      copying.write_io_vec(&cursor, room, size, &moved);
    }
    std::uint64_t* const values = result.values + 2 + 5 * part;
    SetMoved(moved, values);
    values[3] = cursor.position;
    values[4] = cursor.remaining;
    if (moved.error != 0 || part != 0) return 0;
    if (copying.advance_io_vec != nullptr && copying.revert_io_vec != nullptr) {
      const std::size_t left = cursor.remaining;
      copying.advance_io_vec(&cursor, left);
      copying.revert_io_vec(&cursor, left);
    }
  }
  return 0;
}

int CallAtomic(const Call& call) {
  const axptr_copying& copying = *g_kernel.subject->copying;
  const bool is_exchange = call.function() == Function::kRetryExchange;
  axptr_atomic word = {.operation = is_exchange ? AXPTR_ATOMIC_EXCHANGE
                                                : static_cast<axptr_atomic_operation>(call.count()),
                       .size = call.element().size,
                       .operand = call.op.a[4],
                       .expected = call.op.a[5],
                       .found = 0,
                       .exchanged = false};
  const int error = is_exchange ? copying.retry_exchange(call.op.address, &word, call.count())
                                : copying.atomic(call.op.address, &word);
  call.result->values[0] = word.found;
  call.result->values[1] = word.exchanged ? 1 : 0;
  return error;
}

// Calls a function without a buffer.
int CallLending(const Call& call, axptr_lent* lent) {
  const axptr_subject& subject = *g_kernel.subject;
  const std::uint64_t start = call.op.address;
  std::uint64_t* const values = call.result->values;
  auto* const argument = const_cast<Call*>(&call);
  switch (call.function()) {
    case Function::kLendValue:
      return subject.lend_value(start, call.element(), call.rights(), lent);
    case Function::kLendSlice:
      return subject.lend_slice(start, call.element(), call.count(), call.rights(), lent);
    case Function::kLendTerminated:
      return subject.lend_terminated(start, call.element(), call.rights(), lent);
    case Function::kLendText:
      return subject.lend_text(start, lent);
    case Function::kAccessValue:
      return subject.access_value(start, call.element(), call.rights(), UseInside, argument,
                                  values);
    default:
      return subject.access_slice(start, call.element(), call.count(), call.rights(), UseInside,
                                  argument, values);
  }
}

// Calls a function that sets an axptr_moved.
void CallMoving(const Call& call, axptr_moved* moved) {
  const axptr_subject& subject = *g_kernel.subject;
  const std::uint64_t start = call.op.address;
  const std::uint64_t size = call.op.bytes;
  switch (call.function()) {
    case Function::kCopyIn:
      return subject.copy_in(call.room, start, size, moved);
    case Function::kCopyOut:
      return subject.copy_out(start, call.room, size, moved);
    case Function::kZero:
      return subject.zero(start, call.count(), moved);
    case Function::kWriteValue:
      return subject.copying->write_value(start, call.room, call.element(), moved);
    case Function::kWriteUnaligned:
      return subject.copying->write_unaligned(start, call.room, call.element(), moved);
    case Function::kCopyUntilNul:
      return subject.copying->copy_until_nul(call.room, size, start, moved);
    case Function::kReadArray:
      return subject.copying->read_array(call.room, start, call.element(), call.count(), moved);
    case Function::kWriteArray:
      return subject.copying->write_array(start, call.room, call.element(), call.count(), moved);
    case Function::kZeroArray:
      return subject.copying->zero_array(start, call.element(), call.count(), moved);
    default:
      return subject.copying->write_text(start, call.room, size, call.count(), moved);
  }
}

// Calls a function that has a buffer and returns an error.
int CallCopying(const Call& call) {
  const axptr_subject& subject = *g_kernel.subject;
  const axptr_copying& copying = *subject.copying;
  const std::uint64_t start = call.op.address;
  const std::uint64_t size = call.op.bytes;
  std::uint64_t* const values = call.result->values;
  int error = 0;
  switch (call.function()) {
    case Function::kCopyText: {
      axptr_lent text = {};
      error = subject.copy_text(call.room, size, start, &text);
      values[0] = text.start - reinterpret_cast<std::uint64_t>(call.room);
      values[1] = text.count;
      return error;
    }
    case Function::kReadVersioned:
      return copying.read_versioned(call.room, start, call.count(), call.element(), call.op.a[5]);
    case Function::kWriteVersioned: {
      std::size_t written = 0;
      bool dropped = false;
      error = copying.write_versioned(start, call.count(), call.room, call.element(), call.op.a[5],
                                      &written, &dropped);
      values[0] = written;
      values[1] = dropped ? 1 : 0;
      return error;
    }
    case Function::kReadValue:
      return copying.read_value(call.room, start, call.element());
    case Function::kReadUnaligned:
      return copying.read_unaligned(call.room, start, call.element());
    case Function::kRetryReading:
      return copying.retry_reading(call.room, start, call.element(), call.count());
    case Function::kRetryWriting:
      return copying.retry_writing(start, call.room, call.element(), call.count());
    case Function::kStringLength: {
      std::size_t length = 0;
      error = copying.string_length(start, call.count(), &length);
      values[0] = length;
      return error;
    }
    default: {
      axptr_strings strings = {};
      error = copying.copy_strings(call.room, size, start, call.count(), &strings);
      values[0] = reinterpret_cast<std::uint64_t>(strings.bytes) -
                  reinterpret_cast<std::uint64_t>(call.room);
      values[1] = strings.size;
      values[2] = strings.count;
      return error;
    }
  }
}

// Calls the function, without the caller's use of the result.
int Dispatch(const Call& call, axptr_lent* lent, CallBytes* sent) {
  switch (call.function()) {
    case Function::kLendValue:
    case Function::kLendSlice:
    case Function::kLendTerminated:
    case Function::kLendText:
    case Function::kAccessValue:
    case Function::kAccessSlice:
      return CallLending(call, lent);
    case Function::kCopyIn:
    case Function::kCopyOut:
    case Function::kZero:
    case Function::kWriteValue:
    case Function::kWriteUnaligned:
    case Function::kCopyUntilNul:
    case Function::kWriteText:
    case Function::kReadArray:
    case Function::kWriteArray:
    case Function::kZeroArray: {
      axptr_moved moved = {};
      CallMoving(call, &moved);
      SetMoved(moved, call.result->values);
      return 0;
    }
    case Function::kReadIoVec:
    case Function::kWriteIoVec:
      return CallIoVec(call, sent);
    case Function::kAtomic:
    case Function::kRetryExchange:
      return CallAtomic(call);
    default:
      return CallCopying(call);
  }
}

// Repeats the call with the platform that does nothing. The first call has populated the memory.
void CountCall(const Call& call) {
  call.result->instructions[1] = TakeInstructions();
  PackedResult ignored;
  axptr_lent lent = {};
  CallBytes sent;
  g_kernel.subject->attach(&kBareServices);
  const Call again = {call.op, &ignored, call.room};
  Dispatch(again, &lent, &sent);
  g_kernel.subject->attach(&kServices);
  call.result->instructions[0] = TakeInstructions();
}

// The bytes before and after the room, at most a page on each side, which hold kGuardByte.
struct Guards {
  char* before;
  char* room;
  char* behind;
  char* end;
};

Guards GuardsOf(char* room, std::uint64_t size) {
  auto* const first = reinterpret_cast<char*>(BufferPages(g_kernel.depth));
  char* const last = first + kBufferPages * kPageBytes;
  char* const behind = room + size;
  const bool near_start = room - first <= static_cast<std::int64_t>(kPageBytes);
  const bool near_end = last - behind <= static_cast<std::int64_t>(kPageBytes);
  return {near_start ? first : room - kPageBytes, room, behind,
          near_end ? last : behind + kPageBytes};
}

// Places the room in the buffer's pages, and fills the room and the bytes next to it.
char* LendRoom(const PackedOp& op, const void* bytes) {
  auto* const pages = reinterpret_cast<char*>(BufferPages(g_kernel.depth));
  char* const room = op.buffer_at_end != 0 ? pages + (kBufferPages * kPageBytes - op.bytes) : pages;
  const Guards guards = GuardsOf(room, op.bytes);
  __builtin_memset(guards.before, kGuardByte, static_cast<std::size_t>(room - guards.before));
  __builtin_memset(guards.behind, kGuardByte, static_cast<std::size_t>(guards.end - guards.behind));
  __builtin_memcpy(room, bytes, op.bytes);
  g_kernel.buffer_start = reinterpret_cast<std::uint64_t>(room);
  return room;
}

// The first byte of [from, to) that does not hold kGuardByte; `to` if there is none.
const char* FirstWritten(const char* from, const char* to) {
  constexpr std::uint64_t kGuardWord = kGuardByte * std::uint64_t{0x0101'0101'0101'0101};
  while (to - from >= 8 && *reinterpret_cast<const Word*>(from) == kGuardWord) from += 8;
  while (from != to && static_cast<std::uint8_t>(*from) == kGuardByte) ++from;
  return from;
}

void NoteWrittenOutside(const PackedOp& op, char* room, PackedResult* result) {
  const Guards guards = GuardsOf(room, op.bytes);
  const char* at = FirstWritten(guards.before, room);
  if (at == room) at = FirstWritten(guards.behind, guards.end);
  if (at != guards.end) result->outside = at - room;
}

// The number of bytes at `room` up to the last of the `size` bytes that differs from `before`.
std::uint64_t ChangedBytes(const char* room, const char* before, std::uint64_t size) {
  const auto word = [](const char* bytes) {
    Word value = 0;
    __builtin_memcpy(&value, bytes, sizeof(value));
    return value;
  };
  while (size >= 8 && word(room + size - 8) == word(before + size - 8)) size -= 8;
  while (size != 0 && room[size - 1] == before[size - 1]) --size;
  return size;
}

}  // namespace

void SendResult(RecordTag tag, PackedResult* result, const CallBytes& sent) {
  SendTouches();
  result->bytes = sent.room_size;
  Send(tag, result, sizeof(*result), {sent.room, sent.room_size}, {sent.table, sent.table_size});
}

void MakeCall(const PackedOp& op, const void* bytes, PackedResult* result, CallBytes* sent) {
  Call call = {op, result, LendRoom(op, bytes)};
  const Frame* const innermost = g_kernel.innermost;
  const bool flag = g_kernel.flag();
  const bool open = IsUserOpen();
  axptr_lent lent = {};
  result->error = Dispatch(call, &lent, sent);
  if (g_kernel.counts) {
    CountCall(call);
    return;
  }
  if (Has(Misdeeds(), Misdeed::kDirection)) result->left_behind |= kLeftDirection;
  if (g_kernel.innermost != innermost) result->left_behind |= kLeftAttempt;
  const bool is_open = IsUserOpen() != open || Has(Misdeeds(), Misdeed::kAccess);
  if (is_open) result->left_behind |= kLeftOpen;
  if (g_kernel.flag() && !flag) result->left_behind |= kLeftFlag;
  g_kernel.buffer_start = 0;
  NoteWrittenOutside(op, call.room, result);
  sent->room = call.room;
  sent->room_size = ChangedBytes(call.room, static_cast<const char*>(bytes), op.bytes);
  if (result->error != 0) return;
  if (call.function() == Function::kLendText) {
    UseLent(call, lent, 1);
  } else if (call.function() <= Function::kLendTerminated) {
    UseLent(call, lent, call.element().size);
  }
}

}  // namespace ring0
