// The model of a kernel buffer that bytes are copied to, or from.
#ifndef SIM_ORACLE_MODEL_COPIED_H_
#define SIM_ORACLE_MODEL_COPIED_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/oracle/model_arithmetic.h"
#include "sim/scenario/outcome.h"

namespace sim::model_internal {

// Records in `effects` the state of the buffer of call `call` that holds `bytes`, from its start
// on.
inline void NoteBuffer(uint64_t call, std::string_view bytes, Effects* effects) {
  // Not visible: bytes at the end that are as before.
  while (!bytes.empty() && static_cast<uint8_t>(bytes.back()) ==
                               UntouchedByte(call, static_cast<int64_t>(bytes.size() - 1))) {
    bytes.remove_suffix(1);
  }
  if (bytes.empty()) return;
  effects->copied_bytes = bytes.size();
  effects->copied_fingerprint = BufferHash(bytes);
}

// The bytes that are copied to the buffer of call `call`, from its start on. The destructor records
// in `effects` the resulting state of the buffer, so `effects` must be those of this call again
// when the call ends.
class Copied {
 public:
  // Where the bytes are: cleared here, and reused by later calls for its memory. No other Copied
  // uses `bytes` before this one is destroyed.
  Copied(uint64_t call, std::string* bytes, Effects* effects)
      : call_(call), bytes_(*bytes), effects_(effects) {
    bytes_.clear();
  }
  Copied(const Copied&) = delete;
  Copied& operator=(const Copied&) = delete;
  ~Copied() { NoteBuffer(call_, bytes_, effects_); }

  // The bytes so far. Callers may append to `bytes()`, and remove bytes from its end.
  std::string& bytes() { return bytes_; }
  std::string_view text() const { return bytes_; }
  uint64_t size() const { return bytes_.size(); }

  // FNV-1a of all bytes.
  uint64_t fingerprint() const { return Fnv::ExtendAll(Fnv::kEmpty, bytes_); }

 private:
  const uint64_t call_;
  std::string& bytes_;
  Effects* const effects_;
};

}  // namespace sim::model_internal

#endif  // SIM_ORACLE_MODEL_COPIED_H_
