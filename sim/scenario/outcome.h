// The outcome of an operation. Plain integers only, like op.h.
#ifndef SIM_SCENARIO_OUTCOME_H_
#define SIM_SCENARIO_OUTCOME_H_

#include <cstdint>
#include <optional>

namespace sim {

// The Outcome::error of a subject that reports an error without its number.
inline constexpr int kSomeError = -1;

struct Outcome {
  enum class Kind : uint8_t {
    kOk,
    kError,   // the caller received `error`
    kPanic,   // the simulated kernel stopped in the operation: a fault that kernel code must not
              // cause
    kArmed,   // a `race` line: its operation is armed for the next access
    kNotRun,  // the kernel had stopped before the operation
    kNotOffered,  // the subject has no function for the operation, which was skipped
  };
  Kind kind = Kind::kNotRun;
  // kOk of a library access: `length` is the number of elements (of a string: of bytes), and
  // `fingerprint` is the 64-bit FNV-1a of all bytes of the result. kError of a verb for which
  // ReportsDone holds: `length` is the number of bytes moved before the error. Else 0 and
  // kEmptyFingerprint.
  uint64_t length = 0;
  uint64_t fingerprint = 0xcbf29ce484222325;
  int error = 0;  // of kError: an errno number, or kSomeError

  static Outcome Ok(uint64_t length = 0, uint64_t fingerprint = 0xcbf29ce484222325) {
    return {Kind::kOk, length, fingerprint, 0};
  }
  static Outcome Error(int error, uint64_t done = 0) {
    return {.kind = Kind::kError, .length = done, .error = error};
  }
  // Whether this is an error whose number is `errno_number` or not reported (kSomeError).
  bool IsError(int errno_number) const {
    return kind == Kind::kError && (error == errno_number || error == kSomeError);
  }
  // Whether this equals `wanted`. An error of kSomeError equals an error of any number.
  bool Fulfils(const Outcome& wanted) const {
    if (kind != Kind::kError || wanted.kind != Kind::kError) return *this == wanted;
    return IsError(wanted.error) && length == wanted.length;
  }
  static Outcome Panic() { return {.kind = Kind::kPanic}; }
  static Outcome Armed() { return {.kind = Kind::kArmed}; }
  static Outcome NotOffered() { return {.kind = Kind::kNotOffered}; }
  static Outcome NotRun() { return {.kind = Kind::kNotRun}; }

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// The number of a call of the library. `op_index` counts from 0. `depth` is the number of calls
// that the call interrupts, 0 or 1.
constexpr uint64_t CallNumber(uint64_t op_index, uint64_t depth) { return 2 * op_index + depth; }

// The value of byte `index` of the kernel's buffer of call `call` before the library copies to the
// buffer. `index` starts at -4096, because the memory around the buffer is filled by the same rule.
// The value depends on the index and the call. No value is a terminator or occurs in well-formed
// UTF-8, so that a byte that was not copied is rarely mistaken for a copied byte.
constexpr uint8_t UntouchedByte(uint64_t call, int64_t index) {
  const auto place = static_cast<uint32_t>(4096 + index) + static_cast<uint32_t>(call * 193 % 256);
  return static_cast<uint8_t>(0xf8 | (place * 0x9e3779b1u) >> 29);
}

// A value of Effects::pointer_error in place of a distance that would differ between processes.
inline constexpr uint64_t kElsewhere = uint64_t{1} << 63;

// State of the caller that a call of the library failed to restore: bits of Effects::left_behind.
inline constexpr uint8_t kLeftErrno = 1;      // errno changed
inline constexpr uint8_t kLeftDirection = 2;  // the direction flag is set (processor.h)
inline constexpr uint8_t kLeftRounding = 4;   // the floating-point rounding mode changed
inline constexpr uint8_t kLeftAttempt =
    8;  // the innermost recoverable user access is not the one from before the call
inline constexpr uint8_t kLeftOpen = 16;  // user access was opened or closed
inline constexpr uint8_t kLeftFlag =
    32;  // the user-access flag was clear before the call and is set after the call
inline constexpr int kLeftBehindBits = 6;

// What an access of the library did besides its outcome. Plain integers only, like op.h. After a
// panic all fields have the values of Effects().
struct Effects {
  // The distance in bytes, modulo 2^64, between the pointer that the library returned (for
  // `access`: passed to the function) and the right pointer. The right pointer is the requested
  // address, or for a copy the copy's buffer. For a copy that ended early: the distance between the
  // first byte that was not copied and the subject's report of that byte. 0 if the library returned
  // no pointer; kElsewhere if the pointer is outside user memory, or neither in nor close to the
  // buffer.
  uint64_t pointer_error = 0;
  // For a copy: the number of bytes of the buffer up to the last byte that differs from its
  // UntouchedByte, and a hash of these bytes: HashOfBuffer (sim/machine/buffer_hash.h).
  uint64_t copied_bytes = 0;
  uint64_t copied_fingerprint = 0xcbf29ce484222325;
  // For a copy: the lowest byte outside the buffer that was written, as an index into the buffer,
  // such as -1. Nothing: no such byte was written.
  std::optional<int64_t> written_outside;
  // A byte of user memory that the library stored to or changed although it must not: a byte of
  // constant memory, or a byte outside the memory that the access names. Nothing: no such store was
  // detected.
  std::optional<uint64_t> stray_store;
  // For an access that must be one load or one store: the address where the library loaded or
  // stored only a part of the bytes, or accessed the memory a second time. Nothing: no such access
  // was detected.
  std::optional<uint64_t> torn_at;
  uint8_t left_behind = 0;

  friend bool operator==(const Effects&, const Effects&) = default;
};

}  // namespace sim

#endif  // SIM_SCENARIO_OUTCOME_H_
