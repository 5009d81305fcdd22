#include "fuzz/string_harness.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "axptr/linux_error.h"
#include "axptr/platform.h"
#include "axptr/user_access.h"
#include "axptr/user_ptr.h"
#include "sim/machine/check.h"
#include "sim/machine/user_touch.h"
#include "sim/machine/window.h"
#include "sim/oracle/check_effects.h"
#include "sim/scenario/element_types.h"
#include "sim/scenario/kernel_copy.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/set_up.h"

namespace sim {
namespace {

using axptr::LinuxResult;
using axptr::MappingFlags;
using axptr::VirtAddr;
using axptr::VirtAddrRange;

// Contents lie this close to the ends of the window only, so that the memory in use is bounded.
constexpr uint64_t kContentBytes = 1024 * kPageBytes;
constexpr uint64_t kMaxFillBytes = 64 * kPageBytes;

StringHarness* the_harness = nullptr;

// Makes an access of a string of any other one of the library: of arrays that are only read, text.
void MakeStringAccess(Op* op) {
  if (!IsLibraryAccess(op->verb) || IsNullTerminated(op->verb)) return;
  const bool is_value = InfoOf(op->verb).extent == Extent::kElement;
  const bool is_text = !IsMutable(op->verb) && !is_value;
  op->verb = IsMutable(op->verb) ? Verb::kMutCstr : is_text ? Verb::kConstStr : Verb::kConstCstr;
  op->length = 0;
  op->is_single = false;
  if (is_text) op->type = ElementType::kU8;
}

bool IsCarriedOut(const Op& op) {
  if (op.race) return false;
  switch (op.verb) {
    case Verb::kMap:
      // A machine with frames for all: here nothing is populated by faults.
      return op.length <= kMaxBinaryPages * kPageBytes &&
             (op.kind == AreaKind::kEager || op.kind == AreaKind::kLazy ||
              op.kind == AreaKind::kKernel || op.kind == AreaKind::kCow ||
              op.kind == AreaKind::kShared);
    case Verb::kFill:
      return op.length <= kMaxFillBytes && (op.address - kWindowStart <= kContentBytes ||
                                            kWindowEnd - op.address <= kContentBytes);
    case Verb::kUnmap:
    case Verb::kProtect:
      return true;
    default:
      return IsNullTerminated(op.verb);
  }
}

// The outcome of a string that is used where it lies, at `op.address` if all is right.
template <typename Result>
Outcome ToOutcome(const Op& op, const Result& result, Effects* effects) {
  if (!result) return Outcome::Error(static_cast<int>(result.error()));
  const uint64_t start = reinterpret_cast<uint64_t>(result->data());
  const uint64_t bytes = result->size() * sizeof(*result->data());
  // A wrong library's result may lie anywhere: it is looked at only where it should be.
  if (start != op.address) {
    effects->pointer_error = Window::Contains(start) ? start - op.address : kElsewhere;
    return Outcome::Ok(result->size());
  }
  if (bytes != 0 && !Window::ContainsRange(start, bytes)) return Outcome::NotRun();
  return Outcome::Ok(result->size(), FingerprintUserMemory(start, bytes));
}

}  // namespace

class StringHarness::ObservedAddressSpace {
 public:
  explicit ObservedAddressSpace(StringHarness* harness) : harness_(harness) {}

  bool check_region_access(VirtAddrRange range, MappingFlags flags) {
    NoteFlag();
    const bool permitted = harness_->address_space_.check_region_access(range, flags);
    if (!permitted || !flags.contains(MappingFlags::READ | MappingFlags::USER)) return permitted;
    VirtAddrRange& checked = harness_->checked_;
    const bool goes_on = !checked.is_empty() && checked.end() == range.start();
    checked = goes_on ? *VirtAddrRange::from_start_end(checked.start(), range.end()) : range;
    return true;
  }

  LinuxResult<void> populate_area(VirtAddrRange pages, MappingFlags flags) {
    NoteFlag();
    return harness_->address_space_.populate_area(pages, flags);
  }

 private:
  void NoteFlag() {
    if (axptr::is_accessing_user_memory()) {
      harness_->findings_.Add(Rule::kFlagSetOutside, value::Flag{false}, value::Flag{true});
    }
  }

  StringHarness* const harness_;
};

class StringHarness::Provider {
 public:
  explicit Provider(StringHarness* harness) : harness_(harness) {}

  template <typename Function>
  auto with_addr_space(Function&& function) {
    if (std::exchange(harness_->lock_held_, true)) {
      harness_->findings_.Add(Rule::kLockTakenTwice, value::None(), value::Cpu{});
    }
    ObservedAddressSpace aspace(harness_);
    auto result = std::forward<Function>(function)(aspace);
    harness_->lock_held_ = false;
    return result;
  }

 private:
  StringHarness* const harness_;
};

StringHarness::StringHarness() {
  SIM_CHECK(the_harness == nullptr);
  the_harness = this;
  void* const wanted = reinterpret_cast<void*>(Window::kStart);
  void* const memory =
      mmap(wanted, Window::kBytes, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (memory != wanted) AbortUnusable("no memory where the window of user addresses should be");
}

void StringHarness::Run(std::span<const uint8_t> input) {
  DecodeScenarioInto(input, &scenario_);
  for (Op& op : scenario_.ops) MakeStringAccess(&op);
  std::erase_if(scenario_.ops, [](const Op& op) { return !IsCarriedOut(op); });
  scenario_.machine.frames.reset();
  ForgetMemory(kWindowStart, kWindowEnd);
  address_space_.Reset();
  frames_.SetFree(FramesOf(scenario_.machine));
  model_.Reset(scenario_.machine);
  axptr::set_accessing_user_memory(false);
  for (size_t i = 0; i < scenario_.ops.size(); ++i) {
    const Op& op = scenario_.ops[i];
    findings_.BeginOperation(scenario_, i);
    Effects effects;
    const Outcome outcome = IsAccess(op.verb) ? CallLibrary(op, &effects) : SetUp(op);
    Judge(outcome, effects, model_.Step(op));
    if (!findings_.verdict().ok()) ReportFindingAndAbort(scenario_, findings_.verdict());
  }
}

Outcome StringHarness::SetUp(const Op& op) {
  const LinuxResult<void> result = ApplySetUp(op, address_space_, frames_);
  if (!result) return Outcome::Error(static_cast<int>(result.error()));
  if (op.verb == Verb::kFill) WriteMemory(op);
  if (op.verb == Verb::kUnmap) ForgetMemory(op.address, op.address + op.length);
  return Outcome::Ok();
}

Outcome StringHarness::CallLibrary(const Op& op, Effects* effects) {
  checked_ = VirtAddrRange();
  Provider provider(this);
  if (op.verb == Verb::kConstStr) {
    return ToOutcome(op, axptr::UserConstPtr<char>(op.address).get_as_str(provider), effects);
  }
  if (op.verb == Verb::kCopyStr) {
    const std::span<char> room = buffer_.Lend(std::min(op.length, kMaxCopiedBytes));
    const auto text = axptr::UserConstPtr<char>(op.address).copy_str(provider, room);
    return TakeBackText(text, room, buffer_, effects);
  }
  SIM_CHECK(op.verb == Verb::kConstCstr || op.verb == Verb::kMutCstr);
  return VisitElementType(op.type, [&]<typename T>(std::type_identity<T>) {
    return op.verb == Verb::kMutCstr
               ? ToOutcome(op, axptr::UserPtr<T>(op.address).get_as_null_terminated(provider),
                           effects)
               : ToOutcome(op, axptr::UserConstPtr<T>(op.address).get_as_null_terminated(provider),
                           effects);
  });
}

bool StringHarness::Attempt(uint64_t start, uint64_t size, void (*body)(void*), void* argument) {
  if (!axptr::is_accessing_user_memory()) {
    findings_.Add(Rule::kFlagClearAtBegin, value::Flag{true}, value::Flag{false});
  }
  if (lock_held_) findings_.Add(Rule::kLockHeldInAttempt, value::None(), value::Cpu{});
  const uint64_t checked_start = checked_.start().as_usize();
  if (start < checked_start || start - checked_start > checked_.size() ||
      size > checked_.end().as_usize() - start) {
    findings_.Add(Rule::kAttemptBeyondCheck, ByteRange{start, start + size},
                  ByteRange{checked_start, checked_.end().as_usize()});
  }
  // There is no memory outside of the window: its first byte would be an unresolved fault.
  if (!Window::ContainsRange(start, size)) return false;
  body(argument);
  return true;
}

void StringHarness::Judge(const Outcome& got, const Effects& effects, const Expectation& wanted) {
  if (axptr::is_accessing_user_memory()) {
    axptr::set_accessing_user_memory(false);
    findings_.Add(Rule::kFlagNotRestored, value::Flag{false}, value::Flag{true});
  }
  if (!wanted.Allows(got)) {
    findings_.Add(Rule::kOutcome, wanted.outcome, got);
  }
  if (effects == wanted.effects) return;
  for (const EffectsDifference& difference : DifferencesOf(wanted.effects, effects)) {
    findings_.Add(difference.rule, difference.wanted, difference.got);
  }
}

void StringHarness::WriteMemory(const Op& fill) {
  char* const memory = reinterpret_cast<char*>(fill.address);
  if (fill.pattern.size() == 1) {
    memset(memory, fill.pattern[0], fill.length);
  } else {
    memcpy(memory, fill.pattern.data(), fill.length);
  }
  written_.push_back(*VirtAddrRange::from_start_size(VirtAddr(fill.address), fill.length));
}

void StringHarness::ForgetMemory(uint64_t start, uint64_t end) {
  for (const VirtAddrRange& range : written_) {
    const uint64_t from = std::max(start, range.start().as_usize());
    const uint64_t to = std::min(end, range.end().as_usize());
    if (from < to) memset(reinterpret_cast<void*>(from), 0, to - from);
  }
  if (end - start == kWindowBytes) written_.clear();
}

}  // namespace sim

// In place of the simulated machine's own.
bool axptr_platform_attempt(std::uintptr_t start, std::size_t size_bytes, unsigned,
                            void (*body)(void* argument), void* argument) {
  return sim::the_harness->Attempt(start, size_bytes, body, argument);
}
