#include "fuzz/check_harness.h"

#include <algorithm>
#include <type_traits>

#include "axptr/linux_error.h"
#include "axptr/user_ptr.h"
#include "sim/machine/check.h"
#include "sim/scenario/element_types.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/set_up.h"

namespace sim {
namespace {

using axptr::LinuxResult;
using axptr::MappingFlags;
using axptr::VirtAddr;
using axptr::VirtAddrRange;

bool IsCarriedOut(const Op& op) {
  if (op.race) return false;
  if (!IsAccess(op.verb)) return true;
  const VerbInfo& info = InfoOf(op.verb);
  return info.transfer == Transfer::kLend &&
         (info.extent == Extent::kElement || info.extent == Extent::kElements);
}

// A result as an outcome: `elements` of them at `first`, which is never looked through.
// `*is_elsewhere`: that is not op.address.
Outcome ToOutcome(const Op& op, const void* first, uint64_t elements, bool* is_elsewhere) {
  *is_elsewhere = reinterpret_cast<uint64_t>(first) != op.address;
  return Outcome::Ok(elements);
}

template <typename T>
Outcome ToOutcome(const Op& op, const LinuxResult<T*>& value, bool* is_elsewhere) {
  if (!value) return Outcome::Error(static_cast<int>(value.error()));
  return ToOutcome(op, *value, 1, is_elsewhere);
}

template <typename T>
Outcome ToOutcome(const Op& op, const LinuxResult<std::span<T>>& slice, bool* is_elsewhere) {
  if (!slice) return Outcome::Error(static_cast<int>(slice.error()));
  return ToOutcome(op, slice->data(), slice->size(), is_elsewhere);
}

Outcome ToOutcome(const LinuxResult<void>& set_up) {
  return set_up ? Outcome::Ok() : Outcome::Error(static_cast<int>(set_up.error()));
}

// Alike but for the fingerprint, which needs memory.
bool AreAlike(const Outcome& got, const Outcome& wanted) {
  return got.kind == wanted.kind && got.length == wanted.length && got.error == wanted.error;
}

MappingFlags NeededFlags(const Op& op) {
  const MappingFlags lent = MappingFlags::READ | MappingFlags::USER;
  return IsMutable(op.verb) ? lent | MappingFlags::WRITE : lent;
}

}  // namespace

// Passes questions on, and remembers them. An axptr::AddrSpace.
class CheckHarness::ObservedAddressSpace {
 public:
  ObservedAddressSpace(AddressSpace* address_space, Flaw flaw, Asked* asked)
      : address_space_(address_space), flaw_(flaw), asked_(asked) {}

  bool check_region_access(VirtAddrRange range, MappingFlags flags) {
    ++asked_->checks;
    asked_->range = range;
    asked_->flags = flags;
    if (flaw_ == Flaw::kFirstPageOnly) {
      const uint64_t page_end = range.start().align_down_4k().as_usize() + kPageBytes;
      range =
          *VirtAddrRange::from_start_end(range.start(), std::min(range.end(), VirtAddr(page_end)));
    }
    asked_->permitted = address_space_->check_region_access(range, flags);
    return asked_->permitted;
  }

  LinuxResult<void> populate_area(VirtAddrRange pages, MappingFlags flags) {
    const auto checked_pages = asked_->range.page_cover();
    asked_->populated_unchecked |= !asked_->permitted || pages.start() < checked_pages->start() ||
                                   pages.end() > checked_pages->end();
    const LinuxResult<void> result = address_space_->populate_area(pages, flags);
    if (!result) asked_->populate_error = static_cast<int>(result.error());
    return result;
  }

 private:
  AddressSpace* const address_space_;
  const Flaw flaw_;
  Asked* const asked_;
};

void CheckHarness::Run(std::span<const uint8_t> input) {
  DecodeScenarioInto(input, &scenario_);
  address_space_.Reset();
  frames_.SetFree(FramesOf(scenario_.machine));
  model_.Reset(scenario_.machine);
  for (size_t i = 0; i < scenario_.ops.size(); ++i) {
    Op& op = scenario_.ops[i];
    if (!IsCarriedOut(op)) continue;
    findings_.BeginOperation(scenario_, i);
    op.pattern.clear();  // zeros, which cost the model no time
    Asked asked;
    const Outcome got = IsAccess(op.verb) ? CallLibrary(op, &asked)
                                          : ToOutcome(ApplySetUp(op, address_space_, frames_));
    const Expectation& wanted = model_.Step(op);
    if (IsAccess(op.verb)) JudgeAsking(op, got, asked, wanted);
    JudgeResult(op, got, wanted);
    if (!findings_.verdict().ok()) Report(input);
  }
}

Outcome CheckHarness::CallLibrary(const Op& op, Asked* asked) {
  ObservedAddressSpace aspace(&address_space_, flaw_, asked);
  const axptr::NoLockNeeded provider(aspace);  // one thread, and no page faults
  return VisitElementType(op.type, [&]<typename T>(std::type_identity<T>) {
    const axptr::UserConstPtr<T> lent(op.address);
    const axptr::UserPtr<T> given(op.address);
    switch (op.verb) {
      case Verb::kConstGet:
        return ToOutcome(op, lent.get(provider), &asked->is_result_elsewhere);
      case Verb::kMutGet:
        return ToOutcome(op, given.get(provider), &asked->is_result_elsewhere);
      case Verb::kConstSlice:
        return ToOutcome(op, lent.get_as_slice(provider, op.length), &asked->is_result_elsewhere);
      case Verb::kMutSlice:
        return ToOutcome(op, given.get_as_slice(provider, op.length), &asked->is_result_elsewhere);
      default:
        SIM_CHECK(false);  // IsCarriedOut has let another one through
        return Outcome::NotRun();
    }
  });
}

void CheckHarness::JudgeAsking(const Op& op, const Outcome& got, const Asked& asked,
                               const Expectation& wanted) {
  if (asked.is_result_elsewhere) {
    findings_.Add(Rule::kAnotherPointer);
  }
  if (asked.populate_error != 0 && got != Outcome::Error(asked.populate_error)) {
    findings_.Add(Rule::kPopulationErrorLost, Outcome::Error(asked.populate_error), got);
  }
  if (asked.checks != wanted.checks) {
    findings_.Add(Rule::kOtherNumberOfChecks, value::Count{wanted.checks},
                  value::Count{asked.checks});
  }
  if (asked.populated_unchecked) {
    findings_.Add(Rule::kPopulatedOtherPages);
  }
  if (got.kind != Outcome::Kind::kOk || wanted.touch_bytes == 0) return;
  const VirtAddr start(wanted.touch_start);
  const VirtAddr end(wanted.touch_start + wanted.touch_bytes);
  if (asked.range.start() > start || asked.range.end() < end ||
      !asked.flags.contains(NeededFlags(op))) {
    const ByteRange asked_about = {asked.range.start().as_usize(), asked.range.end().as_usize()};
    findings_.Add(Rule::kCheckTooSmall,
                  value::RangeWithFlags{{start.as_usize(), end.as_usize()},
                                        {static_cast<uint8_t>(NeededFlags(op).bits())}},
                  value::RangeWithFlags{asked_about, {static_cast<uint8_t>(asked.flags.bits())}});
  }
}

void CheckHarness::JudgeResult(const Op& op, const Outcome& got, const Expectation& wanted) {
  if (!AreAlike(got, wanted.outcome)) {
    findings_.Add(Rule::kOutcome, wanted.outcome, got);
  }
  const uint64_t in_reach = PopulatedInReach(op);
  if (address_space_.populated_pages() != wanted.pages_populated ||
      in_reach != wanted.populated_in_reach) {
    findings_.Add(Rule::kPagesInReach,
                  value::PagesInReach{wanted.pages_populated, wanted.populated_in_reach},
                  value::PagesInReach{address_space_.populated_pages(), in_reach});
  }
  if (frames_.free() != wanted.frames_free) {
    findings_.Add(Rule::kFreeFrames, value::Count{wanted.frames_free},
                  value::Count{frames_.free()});
  }
}

uint64_t CheckHarness::PopulatedInReach(const Op& op) const {
  const uint64_t first = FirstPageInReach(op);
  return first == 0 ? 0 : address_space_.PopulatedNext64(first);
}

void CheckHarness::Report(std::span<const uint8_t> input) {
  DecodeScenarioInto(input, &scenario_);  // with the patterns of its fills
  ReportFindingAndAbort(scenario_, findings_.verdict());
}

}  // namespace sim
