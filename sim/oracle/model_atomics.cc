// The model of atomic operations on a word of user memory.
//
// The arithmetic uses digits: the digits of a word are its bytes, the lowest first.
#include <cerrno>
#include <string>

#include "sim/oracle/model.h"
#include "sim/oracle/model_arithmetic.h"
#include "sim/scenario/named_bytes.h"

namespace sim {

using model_internal::Fnv;

namespace {

constexpr unsigned kDigit = 256;

std::string DigitsOf(uint64_t number, uint64_t size) {
  std::string digits;
  for (; digits.size() < size; number /= kDigit) {
    digits.push_back(static_cast<char>(number % kDigit));
  }
  return digits;
}

std::string Sum(const std::string& a, const std::string& b) {
  std::string sum;
  unsigned carry = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    carry += static_cast<uint8_t>(a[i]) + static_cast<uint8_t>(b[i]);
    sum.push_back(static_cast<char>(carry % kDigit));
    carry /= kDigit;
  }
  return sum;
}

// The bits common to `a` and `b`, computed from each digit as a sum of powers of two.
std::string Common(const std::string& a, const std::string& b) {
  std::string common;
  for (size_t i = 0; i < a.size(); ++i) {
    unsigned digit = 0;
    for (unsigned power = 1; power < kDigit; power *= 2) {
      const bool in_a = static_cast<uint8_t>(a[i]) / power % 2 == 1;
      const bool in_b = static_cast<uint8_t>(b[i]) / power % 2 == 1;
      if (in_a && in_b) digit += power;
    }
    common.push_back(static_cast<char>(digit));
  }
  return common;
}

// a - b, digit by digit. Precondition: no digit of `b` is larger.
std::string Difference(const std::string& a, const std::string& b) {
  std::string difference;
  for (size_t i = 0; i < a.size(); ++i) difference.push_back(static_cast<char>(a[i] - b[i]));
  return difference;
}

// The operand, of `size` bytes. For an exchange under NoFault, the bytes are those that copy_out
// copies.
std::string OperandOf(const Op& op, uint64_t size) {
  if (!IsUnderNoFault(op.verb)) return DigitsOf(op.length, size);
  std::string letters;
  for (uint64_t i = 0; i < size; ++i) letters.push_back(static_cast<char>(ByteCopiedOut(op, i)));
  return letters;
}

// The value of the word afterwards.
std::string Result(const Op& op, const std::string& found) {
  const std::string operand = OperandOf(op, found.size());
  const std::string common = Common(found, operand);
  const std::string all(found.size(), '\xff');
  switch (op.verb) {
    case Verb::kAtomicStore:
    case Verb::kAtomicExchange:
    case Verb::kNoFaultExchange:
      return operand;
    case Verb::kAtomicCompareExchange:
      return found == operand ? Difference(all, operand) : found;
    case Verb::kAtomicFetchAdd:
      return Sum(found, operand);
    case Verb::kAtomicFetchAnd:
      return common;
    case Verb::kAtomicFetchOr:
      return Sum(found, Difference(operand, common));
    case Verb::kAtomicFetchXor:
      return Sum(Difference(found, common), Difference(operand, common));
    default:
      return found;
  }
}

// Whether the word is loaded before it is stored to. On x86-64 most verbs are one instruction,
// whose fault is that of a store; the others are a load, then a compare-exchange. On aarch64 each
// verb is a load and a store; one instruction that does both faults as a load.
bool IsLoadedFirst(Verb verb) {
#if defined(__aarch64__)
  return verb != Verb::kAtomicStore;
#else
  return verb == Verb::kAtomicFetchOr || verb == Verb::kAtomicFetchAnd ||
         verb == Verb::kAtomicFetchXor;
#endif
}

}  // namespace

Outcome Model::Atomic(const Op& op) {
  const auto size = static_cast<uint64_t>(BytesNamedBy(op)->MostBytes());
  if (!contract_->checks_alignment && op.address % RequiredAlign(op) != 0) {
    // Every contract rejects what is not a word; the library chooses the error.
    now_.also_errors.push_back(EINVAL);
    return Outcome::Error(EFAULT);
  }
  const Outcome asked = AskAboutValue(op, size, InfoOf(op.verb).user_rights);
  if (asked.kind != Outcome::Kind::kOk) return asked;
  BeginAttempt();
  return TouchWord(op) ? ChangeWord(op) : Unreadable();
}

Outcome Model::ChangeWord(const Op& op) {
  const auto size = static_cast<uint64_t>(BytesNamedBy(op)->MostBytes());
  std::string found;
  uint64_t fingerprint = Fnv::kEmpty;
  for (uint64_t at = op.address; at < op.address + size; ++at) {
    const uint8_t byte = memory_.BytesAt(at).At(at);
    found.push_back(static_cast<char>(byte));
    fingerprint = Fnv::ExtendByte(fingerprint, byte);
  }
  const std::string result = Result(op, found);
  if (result != found) memory_.Write(op.address, op.address + size, result);
  if (op.verb == Verb::kAtomicStore) return Outcome::Ok(1);
  const bool is_refused =
      op.verb == Verb::kAtomicCompareExchange && found != DigitsOf(op.length, size);
  return Outcome::Ok(is_refused ? 0 : 1, fingerprint);
}

bool Model::TouchWord(const Op& op) {
  if (op.verb == Verb::kAtomicLoad) {
    Cursor cursor;
    return Read(op.address, &cursor);
  }
  uint64_t same_until = 0;
  if (IsLoadedFirst(op.verb) &&
      Touch(op.address, /*store=*/false, Toucher::kAttempt, &same_until) != Touched::kDone) {
    return false;
  }
  return Touch(op.address, /*store=*/true, Toucher::kAttempt, &same_until) == Touched::kDone;
}

}  // namespace sim
