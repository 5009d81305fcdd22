// What an operation came to. Plain integers only, like op.h.
#ifndef SIM_SCENARIO_OUTCOME_H_
#define SIM_SCENARIO_OUTCOME_H_

#include <cstdint>

namespace sim {

struct Outcome {
  enum class Kind : uint8_t {
    kOk,
    kError,   // the caller received `error`
    kPanic,   // the simulated kernel stopped here: a fault that its code must not have
    kArmed,   // a `race` line: its operation waits for the next access
    kNotRun,  // the kernel had stopped before
  };
  Kind kind = Kind::kNotRun;
  // Of kOk for a library access: the number of elements (a string: of bytes), and FNV-1a over all
  // bytes of the result, 64 bits. For other verbs 0 and kEmptyFingerprint.
  uint64_t length = 0;
  uint64_t fingerprint = 0xcbf29ce484222325;
  int error = 0;  // of kError: an errno number

  static Outcome Ok(uint64_t length = 0, uint64_t fingerprint = 0xcbf29ce484222325) {
    return {Kind::kOk, length, fingerprint, 0};
  }
  static Outcome Error(int error) { return {.kind = Kind::kError, .error = error}; }
  static Outcome Panic() { return {.kind = Kind::kPanic}; }
  static Outcome Armed() { return {.kind = Kind::kArmed}; }
  static Outcome NotRun() { return {.kind = Kind::kNotRun}; }

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

}  // namespace sim

#endif  // SIM_SCENARIO_OUTCOME_H_
