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

void Model::TakeAway(const MemoryHistory::PageCount& gone) {
  free_ += gone.Own();
  pages_.present -= gone.present;
  pages_.shared -= gone.shared;
}

Outcome Model::Unmap(const Op& op) {
  if (!IsWholePagesOfWindow(op)) return Outcome::Error(EINVAL);
  const uint64_t end = op.address + op.length;
  TakeAway(memory_.CountPages(op.address, end));
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
  TakeAway(memory_.Evict(op.address, op.address + op.length));
  return Outcome::Ok();
}

Outcome Model::Share(const Op& op) {
  if (!IsWholePagesOfWindow(op)) return Outcome::Error(EINVAL);
  // The frames stay taken: the other process owns them.
  pages_.shared += memory_.Share(op.address, op.address + op.length);
  return Outcome::Ok();
}

Outcome Model::MapAgain(const Op& op) {
  if (!IsWholePagesOfWindow(op)) return Outcome::Error(EINVAL);
  const uint64_t end = op.address + op.length;
  if (memory_.IsAnyMapped(op.address, end)) return Outcome::Error(EEXIST);
  const Wide from_end = Wide{op.from} + op.length;
  if (op.from % kPageBytes != 0 || from_end > kWindowEnd) return Outcome::Error(EINVAL);
  const size_t mapping = memory_.StateAt(op.from).mapping;
  if (memory_.StateAt(op.from).file == 0) return Outcome::Error(EINVAL);
  for (uint64_t at = op.from; at < from_end; at = memory_.StateAt(at).run_end) {
    if (memory_.StateAt(at).mapping != mapping) return Outcome::Error(EINVAL);
  }
  if (alias_pages_ + op.length / kPageBytes > kMaxAliasPages) return Outcome::Error(ENOMEM);
  alias_pages_ += op.length / kPageBytes;
  memory_.MapAgain(op.address, end, op.perms, op.from);
  return Outcome::Ok();
}

Outcome Model::Grow(const Op& op) {
  const MemoryHistory::PageState& state = memory_.StateAt(op.address);
  const bool is_private = state.mapped && state.file == 0 && state.kind != AreaKind::kKernel;
  if (!is_private) return Outcome::Error(EINVAL);
  memory_.LetGrow(state.mapping, op.length);
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
  const uint64_t frames = memory_.FramesFor(first_page, page_end, /*store=*/true);
  if (!HasFrames(frames)) return Outcome::Error(ENOMEM);
  const uint64_t present = memory_.CountPages(first_page, page_end).present;
  const bool is_any_absent = present < (page_end - first_page) / kPageBytes;
  if (frames > 0 || is_any_absent) MakePresent(first_page, page_end);
  memory_.Write(op.address, static_cast<uint64_t>(end), op.pattern);
  return Outcome::Ok();
}

Outcome Model::Truncate(const Op& op) {
  const MemoryHistory::PageState state = memory_.StateAt(op.address);
  if (!state.mapped || state.file == 0) return Outcome::Error(EINVAL);
  TakeAway(memory_.Truncate(state.file, op.length));
  return Outcome::Ok();
}

Outcome Model::SetFrames(const Op& op) {
  free_ = std::min(FramesOf(op), kMachineFrames - pages_.Own() - other_space_.pages.Own());
  return Outcome::Ok();
}

}  // namespace sim
