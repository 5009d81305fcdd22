// The model of structs of several versions: a struct is a string of bytes, truncated or zero-filled
// to a size.
#include <cerrno>
#include <string>

#include "sim/oracle/model.h"
#include "sim/oracle/model_copied.h"
#include "sim/scenario/struct_bytes.h"

namespace sim {

using model_internal::Copied;

Outcome Model::CheckVersion(const Op& op) const {
  if (op.length < FirstSize(op.type)) return Outcome::Error(EINVAL);
  if (op.length > kPageBytes) return Outcome::Error(E2BIG);
  const bool is_aligned = op.address % ElementAlign(op.type) == 0;
  return is_aligned || !contract_->checks_alignment ? Outcome::Ok() : Outcome::Error(EFAULT);
}

Outcome Model::ReadVersioned(const Op& op) {
  const Outcome checked = CheckVersion(op);
  if (checked.kind != Outcome::Kind::kOk) return checked;
  std::string bytes;
  const Outcome loaded = LoadBytes(op.address, op.length, &bytes);
  const uint64_t size = ElementSize(op.type);
  if (loaded.kind == Outcome::Kind::kError) {
    // Linux checks the tail before it loads the struct.
    const bool may_know_tail = contract_->counts == Contract::Counts::kAny && op.length > size;
    if (may_know_tail) now_.also_errors.push_back(E2BIG);
    return Outcome::Error(loaded.error);
  }
  if (loaded.kind != Outcome::Kind::kOk) return loaded;
  if (bytes.find_first_not_of('\0', size) != std::string::npos) return Outcome::Error(E2BIG);
  bytes.resize(size);
  Copied value = BufferOfCall();
  value.bytes() = bytes;
  return Outcome::Ok(op.length, value.fingerprint());
}

Outcome Model::WriteVersioned(const Op& op) {
  std::string bytes(ElementSize(op.type), '\0');
  FillStruct(op, bytes);
  model_internal::NoteBuffer(CurrentCall(), bytes, &now_.effects);
  const Outcome checked = CheckVersion(op);
  if (checked.kind != Outcome::Kind::kOk) return checked;
  const bool is_dropped = bytes.find_last_not_of('\0') + 1 > op.length;
  bytes.resize(op.length);
  const Outcome stored = StoreBytes(op.address, Stored::Bytes(bytes));
  if (stored.kind == Outcome::Kind::kError) {
    // Linux stores the zeros after the struct first.
    if (contract_->counts == Contract::Counts::kAny) now_.is_state_open = true;
    return Outcome::Error(stored.error);
  }
  return stored.kind == Outcome::Kind::kOk ? Outcome::Ok(op.length, is_dropped ? 1 : 0) : stored;
}

}  // namespace sim
