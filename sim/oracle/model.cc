#include "sim/oracle/model.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <new>
#include <utility>

namespace sim {

void Model::Reset(const MachineConfig& config, const Contract& contract) {
  contract_ = &contract;
  Reset(config);
}

void Model::Reset(const MachineConfig& config) {
  config_ = config;
  memory_.Clear();
  other_space_.memory.Clear();
  other_space_.pages = {};
  space_ = 0;
  space_of_cpu_ = {};
  free_ = FramesOf(config);
  pages_ = {};
  alias_pages_ = 0;
  inject_left_ = {};
  steps_ = 0;
  stopped_ = false;
  race_panicked_ = false;
  armed_.clear();
  raced_ops_.clear();
}

const Expectation& Model::Replay(const Op& op, std::span<const FiredRace> fired, const Outcome& got,
                                 uint64_t injected) {
  is_told_ = true;
  fired_ = fired;
  told_done_ = DoneToldBy(op, got);
  told_injected_ = injected;
  return Proceed(op);
}

const Expectation& Model::Step(const Op& op) {
  is_told_ = false;
  fired_ = {};
  told_done_.reset();
  told_injected_ = 0;
  return Proceed(op);
}

const Expectation& Model::Proceed(const Op& op) {
  // Constructed in place: with a sanitizer, each copy of a member is a call. Without parentheses,
  // which would zero the whole object first.
  std::destroy_at(&now_);
  ::new (&now_) Expectation;
  now_.early_bytes = contract_->early_bytes;
  current_ = &op;
  cpu_ = op.cpu;
  sleeps_at_.reset();
  task_space_ = space_of_cpu_[op.cpu];
  EnterSpace(task_space_);
  lock_held_ = false;
  panicked_ = false;
  now_.may_be_injected = MayInject();
  const size_t index = steps_++;
  if (stopped_) {
    now_.outcome = Outcome::NotRun();
  } else if (op.race) {
    armed_.push_back({&op, index});
    now_.outcome = Outcome::Armed();
  } else {
    now_.outcome = CarryOut(op);
    now_.may_be_injected = now_.may_be_injected || MayInject();
    if (IsAccess(op.verb)) {
      if (!CountsInjections() && told_injected_ != 0) now_.is_injection_open = true;
      if (!now_.PredictsPanic()) CarryOutMisplaced();
      WakeUp();
      armed_.clear();
      stopped_ = now_.PredictsPanic() || race_panicked_;
      if (race_panicked_) return at_panic_;
    }
  }
  NoteState(op);
  return now_;
}

// The table of verbs: the function of the model for each verb.
struct Model::VerbModel {
  Verb verb;
  Outcome (Model::*carry_out)(const Op& op);

  static constexpr size_t IndexOf(Verb verb) { return static_cast<size_t>(verb); }
  static constexpr bool HasEachVerb(std::span<const VerbModel> rows) {
    std::array<bool, kVerbCount> has = {};
    for (const VerbModel& row : rows) has[IndexOf(row.verb)] = true;
    return std::all_of(has.begin(), has.end(), [](bool has_row) { return has_row; });
  }
  // The rows, indexed by verb.
  static constexpr auto Table() {
    // clang-format off
    constexpr VerbModel kRows[] = {
        {Verb::kMap, &Model::Map},
        {Verb::kUnmap, &Model::Unmap},
        {Verb::kProtect, &Model::Protect},
        {Verb::kEvict, &Model::Evict},
        {Verb::kShare, &Model::Share},
        {Verb::kGrow, &Model::Grow},
        {Verb::kAlias, &Model::MapAgain},
        {Verb::kFill, &Model::Fill},
        {Verb::kPointers, &Model::Fill},
        {Verb::kTruncate, &Model::Truncate},
        {Verb::kFrames, &Model::SetFrames},
        {Verb::kInject, &Model::Inject},
        {Verb::kSleep, &Model::Sleep},
        {Verb::kSpace, &Model::Space},
        {Verb::kUserLoad, &Model::UserTouch},
        {Verb::kUserStore, &Model::UserTouch},
        {Verb::kKernelLoad, &Model::KernelTouch},
        {Verb::kKernelStore, &Model::KernelTouch},
        {Verb::kConstGet, &Model::Region},
        {Verb::kMutGet, &Model::Region},
        {Verb::kConstSlice, &Model::Region},
        {Verb::kMutSlice, &Model::Region},
        {Verb::kConstAccess, &Model::Region},
        {Verb::kMutAccess, &Model::Region},
        {Verb::kConstCstr, &Model::NullTerminated},
        {Verb::kMutCstr, &Model::NullTerminated},
        {Verb::kConstStr, &Model::NullTerminated},
        {Verb::kCopyStr, &Model::CopyString},
        {Verb::kStrLength, &Model::StringLength},
        {Verb::kCopyUntilNul, &Model::CopyUntilNul},
        {Verb::kWriteStr, &Model::WriteString},
        {Verb::kUserStrings, &Model::CopyStrings},
        {Verb::kCopyIn, &Model::CopyBytes},
        {Verb::kCopyOut, &Model::CopyOut},
        {Verb::kZeroUser, &Model::ZeroUser},
        {Verb::kReadArray, &Model::ReadArray},
        {Verb::kWriteArray, &Model::WriteArray},
        {Verb::kZeroArray, &Model::ZeroArray},
        {Verb::kReadVersioned, &Model::ReadVersioned},
        {Verb::kWriteVersioned, &Model::WriteVersioned},
        {Verb::kReadv, &Model::IoVec},
        {Verb::kWritev, &Model::IoVec},
        {Verb::kReadValue, &Model::ReadValue},
        {Verb::kReadUnaligned, &Model::ReadValue},
        {Verb::kWriteValue, &Model::WriteValue},
        {Verb::kWriteUnaligned, &Model::WriteValue},
        {Verb::kAtomicLoad, &Model::Atomic},
        {Verb::kAtomicStore, &Model::Atomic},
        {Verb::kAtomicExchange, &Model::Atomic},
        {Verb::kAtomicCompareExchange, &Model::Atomic},
        {Verb::kAtomicFetchAdd, &Model::Atomic},
        {Verb::kAtomicFetchOr, &Model::Atomic},
        {Verb::kAtomicFetchAnd, &Model::Atomic},
        {Verb::kAtomicFetchXor, &Model::Atomic},
        {Verb::kNoFaultRead, &Model::RetryReading},
        {Verb::kNoFaultWrite, &Model::RetryWriting},
        {Verb::kNoFaultExchange, &Model::RetryExchange},
    };
    // clang-format on
    static_assert(std::size(kRows) == kVerbCount && HasEachVerb(kRows), "a row for each verb");
    std::array<decltype(VerbModel::carry_out), kVerbCount> table = {};
    for (const VerbModel& row : kRows) table[IndexOf(row.verb)] = row.carry_out;
    return table;
  }
};

std::optional<uint64_t> Model::DoneToldBy(const Op& op, const Outcome& got) const {
  const bool is_told =
      contract_->early_bytes > 0 && ReportsDone(op.verb) && got.kind == Outcome::Kind::kError;
  return is_told ? std::optional(got.length) : std::nullopt;
}

Contract::Tail Model::TailOf(const Op& op) const {
  if (InfoOf(op.verb).transfer != Transfer::kToKernel) return Contract::Tail::kUntouched;
  const uint64_t size = ElementSize(op.type);
  const Extent extent = InfoOf(op.verb).extent;
  const bool is_plain = extent == Extent::kBytes || extent == Extent::kArray;
  const bool is_word = IsOfOneElement(op.verb) && !IsUnderNoFault(op.verb) &&
                       (size == 1 || size == 2 || size == 4 || size == 8);
  return is_plain || is_word ? contract_->tail : contract_->tail_of_others;
}

Outcome Model::CarryOut(const Op& op) {
  static constexpr auto kTable = VerbModel::Table();
  if (IsLibraryAccess(op.verb)) {
    now_.may_refuse_all = !ReportsDone(op.verb);
    now_.is_done_told = told_done_.has_value();
    now_.is_tail_open = TailOf(op) == Contract::Tail::kAnything;
    now_.is_buffer_open =
        now_.is_tail_open && (EndsInTerminator(op.verb) || FollowsPointers(op.verb));
  }
  const Outcome outcome = (this->*kTable[VerbModel::IndexOf(op.verb)])(op);
  if (IsAccess(op.verb) && outcome.kind == Outcome::Kind::kError && !AreCountsExact() &&
      memory_.HasGrowing()) {
    now_.is_extent_open = true;
  }
  return outcome;
}

void Model::EnterSpace(uint64_t space) {
  if (space == space_) return;
  std::swap(memory_, other_space_.memory);
  std::swap(pages_, other_space_.pages);
  space_ = space;
}

void Model::NoteState(const Op& op) {
  now_.frames_free = free_;
  now_.pages_populated = pages_.present + other_space_.pages.present;
  now_.pages_shared = pages_.shared + other_space_.pages.shared;
  now_.populated_in_reach = PresentInReach(op);
}

uint64_t Model::PresentInReach(const Op& op) const {
  const uint64_t first = FirstPageInReach(op);
  if (first == 0 || pages_.present == 0) return 0;
  const uint64_t end = std::min(first + kReachPages * kPageBytes, kWindowEnd);
  uint64_t bits = 0;
  for (uint64_t page = first; page < end;) {
    const MemoryHistory::PageState& state = memory_.StateAt(page);
    const uint64_t stop = std::min(end, state.run_end);
    const uint64_t pages = (stop - page) / kPageBytes;
    const uint64_t ones = pages == kReachPages ? UINT64_MAX : (uint64_t{1} << pages) - 1;
    if (state.present) bits |= ones << ((page - first) / kPageBytes);
    page = stop;
  }
  return bits;
}

}  // namespace sim
