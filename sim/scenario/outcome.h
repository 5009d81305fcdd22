// What an operation came to. Plain integers only, like op.h.
#ifndef SIM_SCENARIO_OUTCOME_H_
#define SIM_SCENARIO_OUTCOME_H_

#include <cstdint>
#include <optional>

namespace sim {

// An Outcome::error of a subject that does not say which error it was.
inline constexpr int kSomeError = -1;

struct Outcome {
  enum class Kind : uint8_t {
    kOk,
    kError,       // the caller received `error`
    kPanic,       // the simulated kernel stopped here: a fault that its code must not have
    kArmed,       // a `race` line: its operation waits for the next access
    kNotRun,      // the kernel had stopped before
    kNotOffered,  // the subject has no function for it: it was left out
  };
  Kind kind = Kind::kNotRun;
  // Of kOk for a library access: the number of elements (a string: of bytes), and FNV-1a over all
  // bytes of the result, 64 bits. Of kError for a verb that says how much was done (ReportsDone):
  // the bytes before the error, as `length`. Else 0 and kEmptyFingerprint.
  uint64_t length = 0;
  uint64_t fingerprint = 0xcbf29ce484222325;
  int error = 0;  // of kError: an errno number, or kSomeError

  static Outcome Ok(uint64_t length = 0, uint64_t fingerprint = 0xcbf29ce484222325) {
    return {Kind::kOk, length, fingerprint, 0};
  }
  static Outcome Error(int error, uint64_t done = 0) {
    return {.kind = Kind::kError, .length = done, .error = error};
  }
  // Whether this is an error, and may be the number `errno_number`.
  bool IsError(int errno_number) const {
    return kind == Kind::kError && (error == errno_number || error == kSomeError);
  }
  // Whether this is `wanted`, as far as the subject says.
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

// Calls of the library are numbered by operation, from 0, and by how many calls they interrupt.
constexpr uint64_t CallNumber(uint64_t op_index, uint64_t depth) { return 2 * op_index + depth; }

// What byte `index` of the kernel's buffer of call `call` holds before the library copies to it;
// from -4096 on, since memory around the buffer looks alike. Each place and each call has another
// one. None is a byte of well-formed UTF-8, nor a terminator: what was not copied is hardly ever
// taken for what was.
constexpr uint8_t UntouchedByte(uint64_t call, int64_t index) {
  const auto place = static_cast<uint32_t>(4096 + index) + static_cast<uint32_t>(call * 193 % 256);
  return static_cast<uint8_t>(0xf8 | (place * 0x9e3779b1u) >> 29);
}

// An Effects::pointer_error: no distance, which would differ from one process to the next.
inline constexpr uint64_t kElsewhere = uint64_t{1} << 63;

// What a call of the library left behind of what is its caller's: bits of Effects::left_behind.
inline constexpr uint8_t kLeftErrno = 1;      // errno is another one
inline constexpr uint8_t kLeftDirection = 2;  // the direction flag is set (processor.h)
inline constexpr uint8_t kLeftRounding = 4;   // floating-point numbers are rounded otherwise
inline constexpr uint8_t kLeftAttempt = 8;    // an attempt is under way, or one too few
inline constexpr uint8_t kLeftOpen = 16;      // user access is open, and was not; or the reverse
inline constexpr uint8_t kLeftFlag = 32;      // the flag is set, and was not
inline constexpr int kLeftBehindBits = 6;

// What an access of the library did besides its outcome. Plain integers only, like op.h. That an
// access panicked leaves nothing to say of it: then all is as in Effects().
struct Effects {
  // How many bytes lie between the pointer that was handed out (to a function, for `access`) and
  // the right one: that to the address that was asked for, or of a copy, that to its buffer. Modulo
  // 2^64; of a copy that ended early, between the first byte that was not copied and what the
  // subject says that is. 0 too if nothing was handed out; kElsewhere if the pointer is not to user
  // memory, or not to the buffer or close to it.
  uint64_t pointer_error = 0;
  // Of a copy: the bytes of its buffer up to the last one that is not its UntouchedByte, and FNV-1a
  // over them, 64 bits.
  uint64_t copied_bytes = 0;
  uint64_t copied_fingerprint = 0xcbf29ce484222325;
  // Of a copy: the lowest byte outside its buffer that was written, as an index into the buffer,
  // such as -1. Nothing: none was.
  std::optional<int64_t> written_outside;
  // A byte of user memory that the library stored to, or changed, although it must not: one of
  // constant memory, or outside of what the access names. Nothing: none is known of.
  std::optional<uint64_t> stray_store;
  // Of an access that has to be one load or one store: where the library made one of a part of its
  // bytes only, or a second one. Nothing: none is known of.
  std::optional<uint64_t> torn_at;
  uint8_t left_behind = 0;

  friend bool operator==(const Effects&, const Effects&) = default;
};

}  // namespace sim

#endif  // SIM_SCENARIO_OUTCOME_H_
