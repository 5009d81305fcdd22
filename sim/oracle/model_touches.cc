// The model of code that accesses user memory without the library.
#include <cerrno>

#include "sim/oracle/model.h"
#include "sim/oracle/model_arithmetic.h"
#include "sim/scenario/named_bytes.h"

namespace sim {

using model_internal::Wide;

Outcome Model::UserTouch(const Op& op) {
  const bool store = IsStore(op.verb);
  const Wide end = op.address + BytesNamedBy(op)->MostBytes();
  for (uint64_t at = op.address; at < end;) {
    uint64_t same_until = 0;
    const Touched touched = store && at == op.address
                                ? Store(at, kFlippedInFirst, Toucher::kUserCode, &same_until)
                                : Touch(at, store, Toucher::kUserCode, &same_until);
    if (touched != Touched::kDone) return Outcome::Error(EFAULT);
    at = same_until;
  }
  return Outcome::Ok();
}

Model::Touched Model::PreventAccess(uint64_t address, bool store) {
  if (!config_.smap) return Touched::kDone;
  uint64_t same_until = 0;
  now_.is_prevented = Touch(address, store, Toucher::kBareCode, &same_until) == Touched::kDone;
  return Panic(address);
}

Outcome Model::KernelTouch(const Op& op) {
  if (PreventAccess(op.address, IsStore(op.verb)) != Touched::kDone) return Outcome::Panic();
  uint64_t same_until = 0;
  const Touched touched = IsStore(op.verb)
                              ? Store(op.address, kFlippedInFirst, Toucher::kBareCode, &same_until)
                              : Touch(op.address, /*store=*/false, Toucher::kBareCode, &same_until);
  return touched == Touched::kDone ? Outcome::Ok() : Outcome::Panic();
}

}  // namespace sim
