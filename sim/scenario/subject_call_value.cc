#include <cstddef>
#include <cstdint>
#include <span>

#include "sim/machine/user_touch.h"
#include "sim/scenario/subject_call.h"
#include "sim/subject/subject_copying.h"

namespace sim {
namespace {

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

// `value` truncated to a word of `size` bytes.
uint64_t ValueOfWord(uint64_t value, size_t size) {
  return size == sizeof(value) ? value : value & UINT32_MAX;
}

// Fingerprint of the old value of the word. A value with bits above the word was no value of the
// word: its fingerprint covers all of its bytes, so that it differs from that of each word.
uint64_t FingerprintOf(const axptr_atomic& word) {
  const bool fits = ValueOfWord(word.found, word.size) == word.found;
  return FingerprintUserMemory(reinterpret_cast<uint64_t>(&word.found),
                               fits ? word.size : sizeof(word.found));
}

bool AtAnyAddress(const Op& op) { return InfoOf(op.verb).extent == Extent::kElementAnywhere; }

}  // namespace

Outcome SubjectCall::ReadValue() {
  const auto read =
      AtAnyAddress(op_) ? subject_.copying->read_unaligned : subject_.copying->read_value;
  const std::span<char> room = buffer_.Lend(element_.size);
  const int error = Run([&] { return read(room.data(), op_.address, element_); });
  return TakeBackValue(-error, 1, room, buffer_, effects_);
}

Outcome SubjectCall::WriteValue() {
  const auto write =
      AtAnyAddress(op_) ? subject_.copying->write_unaligned : subject_.copying->write_value;
  const std::span<char> room = LendLetters(element_.size);
  axptr_moved moved = {};
  Run([&] {
    write(op_.address, room.data(), element_, &moved);
    return 0;
  });
  return TakeBackValueSource(MovedBytesOf(moved), element_.size, buffer_, effects_);
}

Outcome SubjectCall::Atomic() {
  axptr_atomic word = {.operation = AtomicOperation(op_.verb),
                       .size = element_.size,
                       .operand = ValueOfWord(op_.length, element_.size),
                       .expected = 0,
                       .found = 0,
                       .exchanged = false};
  if (op_.verb == Verb::kAtomicCompareExchange) {
    word.expected = word.operand;
    word.operand = ValueOfWord(~op_.length, element_.size);
  }
  const int error = Run([&] { return subject_.copying->atomic(op_.address, &word); });
  if (error != 0) return Outcome::Error(-error);
  if (op_.verb == Verb::kAtomicStore) return Outcome::Ok(1);
  const bool is_refused = op_.verb == Verb::kAtomicCompareExchange && !word.exchanged;
  return Outcome::Ok(is_refused ? 0 : 1, FingerprintOf(word));
}

Outcome SubjectCall::RetryReading() {
  const std::span<char> room = buffer_.Lend(element_.size);
  const int error = Run(
      [&] { return subject_.copying->retry_reading(room.data(), op_.address, element_, Size()); });
  return TakeBackValue(-error, 1, room, buffer_, effects_);
}

Outcome SubjectCall::RetryWriting() {
  const std::span<char> room = LendLetters(element_.size);
  const int error = Run(
      [&] { return subject_.copying->retry_writing(op_.address, room.data(), element_, Size()); });
  const MovedBytes moved = {.done = element_.size, .error = -error};
  const Outcome outcome = TakeBackValueSource(moved, element_.size, buffer_, effects_);
  return error == 0 ? outcome : Outcome::Error(-error);
}

Outcome SubjectCall::RetryExchange() {
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

}  // namespace sim
