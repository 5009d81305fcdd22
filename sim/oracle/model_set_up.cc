// The model of the set-up verbs: changes by the operating system.
#include <algorithm>
#include <cerrno>

#include "sim/oracle/model.h"
#include "sim/oracle/model_arithmetic.h"

namespace sim {

using model_internal::PageCeiling;
using model_internal::PageFloor;
using model_internal::Wide;

namespace {

bool IsWholePagesOfWindow(const Op& op) {
  return op.length != 0 && op.address % kPageBytes == 0 && op.length % kPageBytes == 0 &&
         op.address >= kWindowStart && Wide{op.address} + op.length <= kWindowEnd;
}

}  // namespace

Outcome Model::Map(const Op& op) {
  if (!IsWholePagesOfWindow(op)) return Outcome::Error(EINVAL);
  const uint64_t end = op.address + op.length;
  if (memory_.IsAnyMapped(op.address, end)) return Outcome::Error(EEXIST);
  const uint64_t pages = op.length / kPageBytes;
  const bool present = op.kind == AreaKind::kEager || op.kind == AreaKind::kCow;
  if (op.kind == AreaKind::kEager) {
    if (!HasFrames(pages)) return Outcome::Error(ENOMEM);
    free_ -= pages;
  }
  if (HasFile(op.kind)) {
    const uint64_t bytes = op.kind == AreaKind::kFile ? op.file_bytes : op.length;
    memory_.MapFile(op.address, end, op.perms, op.kind, bytes);
    return Outcome::Ok();
  }
  if (present) pages_.present += pages;
  if (op.kind == AreaKind::kCow) pages_.shared += pages;
  memory_.Map(op.address, end, op.perms, op.kind, present);
  return Outcome::Ok();
}

void Model::GiveBackPages(uint64_t start, uint64_t end) {
  const MemoryHistory::PageCount gone = memory_.CountPages(start, end);
  free_ += gone.Own();
  pages_.present -= gone.present;
  pages_.shared -= gone.shared;
}

Outcome Model::Unmap(const Op& op) {
  if (!IsWholePagesOfWindow(op)) return Outcome::Error(EINVAL);
  const uint64_t end = op.address + op.length;
  GiveBackPages(op.address, end);
  memory_.Unmap(op.address, end);
  return Outcome::Ok();
}

Outcome Model::Protect(const Op& op) {
  if (!IsWholePagesOfWindow(op)) return Outcome::Error(EINVAL);
  const uint64_t end = op.address + op.length;
  if (!memory_.AreAllMapped(op.address, end)) return Outcome::Error(ENOMEM);
  memory_.Protect(op.address, end, op.perms);
  return Outcome::Ok();
}

Outcome Model::Evict(const Op& op) {
  if (!IsWholePagesOfWindow(op)) return Outcome::Error(EINVAL);
  const uint64_t end = op.address + op.length;
  GiveBackPages(op.address, end);
  memory_.Evict(op.address, end);
  return Outcome::Ok();
}

Outcome Model::Share(const Op& op) {
  if (!IsWholePagesOfWindow(op)) return Outcome::Error(EINVAL);
  // The frames stay taken: the other process owns them.
  pages_.shared += memory_.Share(op.address, op.address + op.length);
  return Outcome::Ok();
}

Outcome Model::Fill(const Op& op) {
  if (op.length == 0) return Outcome::Ok();
  const Wide end = Wide{op.address} + op.length;
  if (end > kWindowEnd || !memory_.AreAllMapped(op.address, static_cast<uint64_t>(end))) {
    return Outcome::Error(ENOMEM);
  }
  if (memory_.IsAnyPastEnd(op.address, static_cast<uint64_t>(end))) return Outcome::Error(ENOMEM);
  const uint64_t first_page = PageFloor(op.address);
  const uint64_t page_end = static_cast<uint64_t>(PageCeiling(end));
  const uint64_t pages =
      (page_end - first_page) / kPageBytes - memory_.CountPages(first_page, page_end).Own();
  if (!HasFrames(pages)) return Outcome::Error(ENOMEM);
  if (pages > 0) MakePresent(first_page, page_end);
  memory_.Write(op.address, static_cast<uint64_t>(end), op.pattern);
  return Outcome::Ok();
}

Outcome Model::Truncate(const Op& op) {
  const MemoryHistory::PageState state = memory_.StateAt(op.address);
  if (!state.mapped || state.file == 0) return Outcome::Error(EINVAL);
  const uint64_t gone = memory_.Truncate(state.file, op.length);
  free_ += gone;
  pages_.present -= gone;
  return Outcome::Ok();
}

Outcome Model::SetFrames(const Op& op) {
  free_ = std::min(FramesOf(op), kMachineFrames - pages_.Own() - other_space_.pages.Own());
  return Outcome::Ok();
}

}  // namespace sim
