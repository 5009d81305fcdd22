#include "sim/ring0/host/image_subject.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "sim/subject/subject_copying.h"

namespace sim {
namespace {

using ring0::Function;

// The destination of calls of the image's subject.
struct Channel {
  ImageCall* call = nullptr;              // not null: calls are recorded here
  const ImageReturn* returned = nullptr;  // not null: calls return this
  int part = 0;                           // index of the part, of a transfer in two parts
  size_t first_part = 0;                  // the bytes of the first part
  StoreWatch* watch = nullptr;
  size_t touches = 0;  // the number of touches already reported to `watch`
};
Channel g_channel;

const ImageReturn& Returned() {
  static const ImageReturn nothing;
  return g_channel.returned != nullptr ? *g_channel.returned : nothing;
}
const uint64_t* Values() { return Returned().result.values; }

struct Room {
  void* data = nullptr;
  size_t size = 0;
};

Room RoomOf(const void* data, size_t size) { return {const_cast<void*>(data), size}; }

// Copies the image's buffer after the call, from byte `from` on, to the room.
void TakeRoom(Room room, size_t from) {
  const std::string& bytes = Returned().room;
  if (from >= bytes.size()) return;
  memcpy(room.data, bytes.data() + from, std::min(room.size, bytes.size() - from));
}

// Reports the touches up to the next mark of kind `mark`, or to the end, to the watch.
void TellTouches(ring0::PackedTouches::Kind mark) {
  using Kind = ring0::PackedTouches::Kind;
  if (g_channel.watch == nullptr) return;
  const std::vector<ring0::PackedTouches>& touches = Returned().touches;
  while (g_channel.touches < touches.size()) {
    const ring0::PackedTouches& run = touches[g_channel.touches++];
    if (run.kind == mark) return;
    if (run.kind == Kind::kAttempt) g_channel.watch->BeginAttempt();
    // Two reports suffice for a run: its first touch, and the adjacent rest as one touch.
    const uint64_t rest = run.size * (run.count - 1);
    if (run.kind == Kind::kLoads) {
      g_channel.watch->NoteLoad(run.address, run.size);
      if (rest != 0) g_channel.watch->NoteLoad(run.address + run.size, rest);
    } else if (run.kind == Kind::kStores) {
      g_channel.watch->NoteStore(run.address, run.size);
      if (rest != 0) g_channel.watch->NoteStore(run.address + run.size, rest);
    }
  }
}

// Records the call, or returns the buffer and the error of the image's call.
int Call(Function function, uint64_t start, axptr_element element, uint64_t count, Room room = {},
         uint64_t rights = 0, uint64_t more = 0) {
  if (g_channel.call != nullptr) {
    ring0::PackedOp& op = g_channel.call->op;
    op.kind = ring0::OpKind::kCall;
    op.address = start;
    const uint64_t arguments[] = {
        static_cast<uint64_t>(function), element.size, element.align, count, rights, more};
    std::copy(std::begin(arguments), std::end(arguments), op.a);
    g_channel.call->bytes.assign(static_cast<const char*>(room.data), room.size);
    return 0;
  }
  TakeRoom(room, 0);
  TellTouches(ring0::PackedTouches::Kind::kFetched);
  return Returned().result.error;
}

constexpr axptr_element kBytes = {1, 1};

void SetMoved(const uint64_t* values, axptr_moved* moved) {
  *moved = {values[0], static_cast<int>(static_cast<int64_t>(values[1])), values[2]};
}

int Lend(Function function, uint64_t start, axptr_element element, uint64_t count, unsigned rights,
         axptr_lent* lent) {
  const int error = Call(function, start, element, count, {}, rights);
  *lent = {Values()[0], Values()[1]};
  return error;
}
int LendValue(uint64_t start, axptr_element element, unsigned rights, axptr_lent* lent) {
  return Lend(Function::kLendValue, start, element, 1, rights, lent);
}
int LendSlice(uint64_t start, axptr_element element, size_t count, unsigned rights,
              axptr_lent* lent) {
  return Lend(Function::kLendSlice, start, element, count, rights, lent);
}
int LendTerminated(uint64_t start, axptr_element element, unsigned rights, axptr_lent* lent) {
  return Lend(Function::kLendTerminated, start, element, 0, rights, lent);
}
int LendText(uint64_t start, axptr_lent* lent) {
  return Lend(Function::kLendText, start, kBytes, 0, AXPTR_READ, lent);
}

int CopyText(char* to, size_t room, uint64_t start, axptr_lent* lent) {
  const int error = Call(Function::kCopyText, start, kBytes, 0, {to, room});
  *lent = {reinterpret_cast<uint64_t>(to) + Values()[0], Values()[1]};
  return error;
}

using Body = uint64_t (*)(void* argument, uint64_t start, size_t count);

int Access(Function function, uint64_t start, axptr_element element, size_t count, unsigned rights,
           uint64_t* value) {
  const int error = Call(function, start, element, count, {}, rights);
  if (error == 0) *value = Values()[0];
  return error;
}
int AccessValue(uint64_t start, axptr_element element, unsigned rights, Body /*body*/,
                void* /*argument*/, uint64_t* value) {
  return Access(Function::kAccessValue, start, element, 1, rights, value);
}
int AccessSlice(uint64_t start, axptr_element element, size_t count, unsigned rights, Body /*body*/,
                void* /*argument*/, uint64_t* value) {
  return Access(Function::kAccessSlice, start, element, count, rights, value);
}

void CopyIn(void* to, uint64_t start, size_t size, axptr_moved* moved) {
  Call(Function::kCopyIn, start, kBytes, 0, {to, size});
  SetMoved(Values(), moved);
}
void CopyOut(uint64_t start, const void* from, size_t size, axptr_moved* moved) {
  Call(Function::kCopyOut, start, kBytes, 0, RoomOf(from, size));
  SetMoved(Values(), moved);
}
void Zero(uint64_t start, size_t size, axptr_moved* moved) {
  Call(Function::kZero, start, kBytes, size);
  SetMoved(Values(), moved);
}

int ReadVersioned(void* to, uint64_t start, size_t usize, axptr_element element,
                  size_t first_size) {
  return Call(Function::kReadVersioned, start, element, usize, {to, element.size}, 0, first_size);
}
int WriteVersioned(uint64_t start, size_t usize, const void* from, axptr_element element,
                   size_t first_size, size_t* written, bool* dropped_nonzero) {
  const int error = Call(Function::kWriteVersioned, start, element, usize,
                         RoomOf(from, element.size), 0, first_size);
  *written = Values()[0];
  *dropped_nonzero = Values()[1] != 0;
  return error;
}

int FetchIoVec(uint64_t table, size_t count, void* storage, size_t room, axptr_io_cursor* cursor) {
  const int error = Call(Function::kReadIoVec, table, kBytes, count);
  g_channel.part = 0;
  cursor->position = Values()[0];
  cursor->remaining = Values()[1];
  const std::string& segments = Returned().table;
  memcpy(storage, segments.data(), std::min(segments.size(), room * ring0::kSegmentBytes));
  return error;
}
void MoveIoVec(Function function, axptr_io_cursor* cursor, Room room, axptr_moved* moved) {
  const int part = g_channel.part++;
  if (g_channel.call != nullptr) {
    g_channel.call->op.a[0] = static_cast<uint64_t>(function);
    g_channel.call->bytes.append(static_cast<const char*>(room.data), room.size);
    return;
  }
  TellTouches(ring0::PackedTouches::Kind::kFetched);
  TakeRoom(room, part == 0 ? 0 : g_channel.first_part);
  g_channel.first_part = room.size;
  const uint64_t* const values = Values() + 2 + 5 * part;
  SetMoved(values, moved);
  cursor->position = values[3];
  cursor->remaining = values[4];
}
void ReadIoVec(axptr_io_cursor* cursor, void* to, size_t size, axptr_moved* moved) {
  MoveIoVec(Function::kReadIoVec, cursor, {to, size}, moved);
}
void WriteIoVec(axptr_io_cursor* cursor, const void* from, size_t size, axptr_moved* moved) {
  MoveIoVec(Function::kWriteIoVec, cursor, RoomOf(from, size), moved);
}
// Does nothing: the image itself moves the cursor to the end and back.
void LeavePlace(axptr_io_cursor* /*cursor*/, size_t /*size*/) {}

int ReadValue(void* to, uint64_t start, axptr_element element) {
  return Call(Function::kReadValue, start, element, 0, {to, element.size});
}
int ReadUnaligned(void* to, uint64_t start, axptr_element element) {
  return Call(Function::kReadUnaligned, start, element, 0, {to, element.size});
}
void WriteValue(uint64_t start, const void* from, axptr_element element, axptr_moved* moved) {
  Call(Function::kWriteValue, start, element, 0, RoomOf(from, element.size));
  SetMoved(Values(), moved);
}
void WriteUnaligned(uint64_t start, const void* from, axptr_element element, axptr_moved* moved) {
  Call(Function::kWriteUnaligned, start, element, 0, RoomOf(from, element.size));
  SetMoved(Values(), moved);
}

int AtomicOn(Function function, uint64_t start, axptr_atomic* word, uint64_t count) {
  const axptr_element element = {word->size, word->size};
  const int error = Call(function, start, element, count, {}, word->operand, word->expected);
  word->found = Values()[0];
  word->exchanged = Values()[1] != 0;
  return error;
}
int Atomic(uint64_t start, axptr_atomic* word) {
  return AtomicOn(Function::kAtomic, start, word, word->operation);
}
int RetryExchange(uint64_t start, axptr_atomic* word, size_t limit) {
  return AtomicOn(Function::kRetryExchange, start, word, limit);
}
int RetryReading(void* to, uint64_t start, axptr_element element, size_t limit) {
  return Call(Function::kRetryReading, start, element, limit, {to, element.size});
}
int RetryWriting(uint64_t start, const void* from, axptr_element element, size_t limit) {
  return Call(Function::kRetryWriting, start, element, limit, RoomOf(from, element.size));
}

int StringLength(uint64_t start, size_t bound, size_t* length) {
  const int error = Call(Function::kStringLength, start, kBytes, bound);
  *length = Values()[0];
  return error;
}
void CopyUntilNul(char* to, size_t room, uint64_t start, axptr_moved* moved) {
  Call(Function::kCopyUntilNul, start, kBytes, 0, {to, room});
  SetMoved(Values(), moved);
}
void WriteText(uint64_t start, const char* text, size_t size, size_t room, axptr_moved* moved) {
  Call(Function::kWriteText, start, kBytes, room, RoomOf(text, size));
  SetMoved(Values(), moved);
}
int CopyStrings(char* to, size_t room, uint64_t table, size_t max_strings, axptr_strings* strings) {
  const int error = Call(Function::kCopyStrings, table, kBytes, max_strings, {to, room});
  *strings = {to + Values()[0], Values()[1], Values()[2]};
  return error;
}

// The size of an array in bytes; 0: it is larger than any object, so the caller has no room for it.
size_t ArrayBytes(axptr_element element, size_t count) {
  return count <= PTRDIFF_MAX / element.size ? count * element.size : 0;
}
void ReadArray(void* to, uint64_t start, axptr_element element, size_t count, axptr_moved* moved) {
  Call(Function::kReadArray, start, element, count, {to, ArrayBytes(element, count)});
  SetMoved(Values(), moved);
}
void WriteArray(uint64_t start, const void* from, axptr_element element, size_t count,
                axptr_moved* moved) {
  Call(Function::kWriteArray, start, element, count, RoomOf(from, ArrayBytes(element, count)));
  SetMoved(Values(), moved);
}
void ZeroArray(uint64_t start, axptr_element element, size_t count, axptr_moved* moved) {
  Call(Function::kZeroArray, start, element, count);
  SetMoved(Values(), moved);
}

// Replaces a function of `real` by `ours`, if `real` has the function.
template <typename F>
void Put(F* place, F ours) {
  if (*place != nullptr) *place = ours;
}

// Fails to compile if a function is added that is not replaced here: it would run on the host.
static_assert(sizeof(axptr_copying) == 8 + 22 * sizeof(void (*)()));

axptr_copying CopyingOf(const axptr_copying& real) {
  axptr_copying copying = real;
  Put(&copying.read_versioned, &ReadVersioned);
  Put(&copying.write_versioned, &WriteVersioned);
  Put(&copying.fetch_io_vec, &FetchIoVec);
  Put(&copying.read_io_vec, &ReadIoVec);
  Put(&copying.write_io_vec, &WriteIoVec);
  Put(&copying.advance_io_vec, &LeavePlace);
  Put(&copying.revert_io_vec, &LeavePlace);
  Put(&copying.read_value, &ReadValue);
  Put(&copying.read_unaligned, &ReadUnaligned);
  Put(&copying.write_value, &WriteValue);
  Put(&copying.write_unaligned, &WriteUnaligned);
  Put(&copying.atomic, &Atomic);
  Put(&copying.retry_reading, &RetryReading);
  Put(&copying.retry_writing, &RetryWriting);
  Put(&copying.retry_exchange, &RetryExchange);
  Put(&copying.string_length, &StringLength);
  Put(&copying.copy_until_nul, &CopyUntilNul);
  Put(&copying.write_text, &WriteText);
  Put(&copying.copy_strings, &CopyStrings);
  Put(&copying.read_array, &ReadArray);
  Put(&copying.write_array, &WriteArray);
  Put(&copying.zero_array, &ZeroArray);
  return copying;
}

}  // namespace

const axptr_subject& ImageSubject(const axptr_subject& real) {
  static axptr_subject subject;
  static axptr_copying copying;
  subject = real;
  Put(&subject.lend_value, &LendValue);
  Put(&subject.lend_slice, &LendSlice);
  Put(&subject.lend_terminated, &LendTerminated);
  Put(&subject.lend_text, &LendText);
  Put(&subject.copy_text, &CopyText);
  Put(&subject.access_value, &AccessValue);
  Put(&subject.access_slice, &AccessSlice);
  Put(&subject.copy_in, &CopyIn);
  Put(&subject.copy_out, &CopyOut);
  Put(&subject.zero, &Zero);
  if (real.copying != nullptr) {
    copying = CopyingOf(*real.copying);
    subject.copying = &copying;
  }
  return subject;
}

void NoteImageCalls(ImageCall* call) { g_channel = {.call = call}; }

void ReplayImageCalls(const ImageReturn* returned, StoreWatch* watch) {
  g_channel = {.returned = returned, .watch = watch};
}

}  // namespace sim
