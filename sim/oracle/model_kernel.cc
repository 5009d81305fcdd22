// What every verb of the model is made of: questions to the address space, touches, reads.
#include <algorithm>
#include <cerrno>

#include "sim/oracle/model.h"
#include "sim/oracle/model_arithmetic.h"

namespace sim {

using model_internal::Fnv;
using model_internal::PageCeiling;
using model_internal::PageFloor;

namespace {

// What x86 says of a page that is there: it has no way to forbid only loads, or only instructions.
bool HardwareAllows(const MemoryHistory::PageState& state, bool store) {
  if (!state.mapped || !state.present || state.kind == AreaKind::kKernel) return false;
  return store ? (state.perms & kPermWrite) != 0 && !state.shared : state.perms != 0;
}

}  // namespace

// Precondition: the frames suffice.
void Model::MakePresent(uint64_t start, uint64_t end) {
  const uint64_t pages = (end - start) / kPageBytes;
  const MemoryHistory::PageCount before = memory_.CountPages(start, end);
  free_ -= pages - before.Own();
  pages_.present += pages - before.present;
  pages_.shared -= before.shared;
  memory_.MakePresent(start, end);
}

Model::Touched Model::ReadAll(uint64_t start, uint64_t end, bool is_mutable, Toucher toucher,
                              uint64_t* fingerprint) {
  uint64_t same_until = 0;
  for (uint64_t at = start; at < end;) {
    const Touched touched = Touch(at, /*store=*/false, toucher, &same_until);
    if (touched != Touched::kDone) return touched;
    for (const uint64_t stop = std::min(end, same_until); at < stop;) {
      const MemoryHistory::ByteRun bytes = memory_.BytesAt(at);
      const uint64_t run_end = std::min(stop, bytes.end);
      *fingerprint = Fnv::Extend(*fingerprint, bytes, at, run_end);
      at = run_end;
    }
  }
  if (!is_mutable) return Touched::kDone;
  const Touched touched = Store(start, kFlippedInFirst, toucher, &same_until);
  if (touched != Touched::kDone) return touched;
  return Store(end - 1, kFlippedInLast, toucher, &same_until);
}

int Model::Ask(uint64_t start, uint64_t end, bool is_mutable, bool populate) {
  const Perms needed = is_mutable ? kPermRead | kPermWrite : kPermRead;
  const int error = AskUnderLock(start, end, needed, populate);
  AfterLock(1);
  return error;
}

int Model::AskUnderLock(uint64_t start, uint64_t end, Perms needed, bool populate) {
  const bool permitted = IsPermitted(start, end, needed);
  now_.may_ask = true;
  const uint64_t nth = ++now_.checks;
  if (!config_.lock) Fire(RacePoint::kCheck, nth);
  int error = permitted ? 0 : EFAULT;
  if (permitted && populate) {
    error = Populate(PageFloor(start), static_cast<uint64_t>(PageCeiling(end)),
                     (needed & kPermWrite) != 0);
  }
  return error;
}

void Model::AfterLock(uint64_t checks) {
  if (!config_.lock) return;
  // Another CPU waits for the lock, and gets it here.
  const uint64_t last = now_.checks;
  for (uint64_t nth = last - checks + 1; nth <= last; ++nth) Fire(RacePoint::kCheck, nth);
}

bool Model::IsPermitted(uint64_t start, uint64_t end, Perms needed) const {
  while (start < end) {
    const MemoryHistory::PageState state = memory_.StateAt(start);
    if (!state.mapped || state.kind == AreaKind::kKernel) return false;
    if ((state.perms & needed) != needed) return false;
    start = state.run_end;
  }
  return true;
}

int Model::Populate(uint64_t start, uint64_t end, bool store) {
  if (!memory_.AreAllMapped(start, end)) return EFAULT;
  while (start < end) {
    const MemoryHistory::PageState state = memory_.StateAt(start);
    const uint64_t stop = std::min(end, state.run_end);
    if (state.past_end) return EFAULT;
    if (!state.present || (store && state.shared)) {
      const uint64_t wanted = (stop - start) / kPageBytes;
      const uint64_t pages = std::min(wanted, free_);
      if (pages > 0) MakePresent(start, start + pages * kPageBytes);
      if (pages < wanted) return ENOMEM;
    }
    start = stop;
  }
  return 0;
}

Model::Touched Model::Touch(uint64_t address, bool store, Toucher toucher, uint64_t* same_until) {
  MemoryHistory::PageState state = memory_.StateAt(address);
  if (!HardwareAllows(state, store)) {
    if (toucher == Toucher::kBareCode) {
      now_.panic_address = address;
      return Touched::kPanic;
    }
    if (address < kWindowStart || address >= kWindowEnd) return Touched::kRefused;
    Fire(RacePoint::kFault, ++now_.faults);
    state = memory_.StateAt(address);
    if (!HardwareAllows(state, store)) {
      const Perms needed = store ? kPermWrite : kPermRead;
      const bool permitted = state.mapped && state.kind != AreaKind::kKernel && !state.past_end &&
                             (state.perms & needed) != 0;
      if (!permitted || free_ == 0) return Touched::kRefused;
      MakePresent(PageFloor(address), PageFloor(address) + kPageBytes);
      now_.populated_by_fault = true;
      state = memory_.StateAt(address);
    }
  }
  *same_until = state.run_end;
  return Touched::kDone;
}

Model::Touched Model::Store(uint64_t address, uint8_t flipped_bits, Toucher toucher,
                            uint64_t* same_until) {
  const Touched touched = Touch(address, /*store=*/true, toucher, same_until);
  if (touched == Touched::kDone) memory_.Flip(address, flipped_bits);
  return touched;
}

bool Model::Read(uint64_t address, Cursor* cursor) {
  if (NextLoadRace() <= address) {
    *cursor = Cursor();
    if (!FireLoads(address + 1)) return false;
  }
  if (address >= cursor->start && address < cursor->end) return true;
  uint64_t same_until = 0;
  if (Touch(address, /*store=*/false, Toucher::kAttempt, &same_until) != Touched::kDone) {
    return false;
  }
  cursor->bytes = memory_.BytesAt(address);
  cursor->start = address;
  cursor->end = std::min({same_until, cursor->bytes.end, NextLoadRace()});
  return true;
}

}  // namespace sim
