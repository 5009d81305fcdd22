// The model of a kernel buffer that bytes are copied to.
#ifndef SIM_ORACLE_MODEL_COPIED_H_
#define SIM_ORACLE_MODEL_COPIED_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sim/oracle/model_arithmetic.h"
#include "sim/scenario/outcome.h"

namespace sim::model_internal {

// Appends the copied bytes to the buffer, from its start on, and records in `effects` the resulting
// state of the buffer of call `call`.
class Copied {
 public:
  Copied(uint64_t call, Effects* effects) : call_(call), effects_(effects) {}

  void Take(uint8_t byte) {
    const bool is_as_before = byte == UntouchedByte(call_, static_cast<int64_t>(bytes_));
    ++bytes_;
    fingerprint_ = Fnv::ExtendByte(fingerprint_, byte);
    if (is_as_before) return;  // not visible until a differing byte follows
    effects_->copied_bytes = bytes_;
    effects_->copied_fingerprint = fingerprint_;
  }

  // Takes each of `bytes` in order.
  void TakeAll(std::string_view bytes) {
    size_t changed = bytes.size();
    while (changed > 0 && static_cast<uint8_t>(bytes[changed - 1]) ==
                              UntouchedByte(call_, static_cast<int64_t>(bytes_ + changed - 1))) {
      --changed;
    }
    Extend(bytes.substr(0, changed));
    if (changed != 0) {
      effects_->copied_bytes = bytes_;
      effects_->copied_fingerprint = fingerprint_;
    }
    Extend(bytes.substr(changed));
  }

  // Number of all bytes taken, and their FNV-1a hash.
  uint64_t bytes() const { return bytes_; }
  uint64_t fingerprint() const { return fingerprint_; }

 private:
  void Extend(std::string_view bytes) {
    for (const char byte : bytes) {
      fingerprint_ = Fnv::ExtendByte(fingerprint_, static_cast<uint8_t>(byte));
    }
    bytes_ += bytes.size();
  }

  const uint64_t call_;
  Effects* const effects_;
  uint64_t bytes_ = 0;
  uint64_t fingerprint_ = Fnv::kEmpty;
};

}  // namespace sim::model_internal

#endif  // SIM_ORACLE_MODEL_COPIED_H_
