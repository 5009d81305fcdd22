#include "sim/cli/conform/error_pairs.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "sim/cli/conform/accesses.h"
#include "sim/cli/conform/layout.h"
#include "sim/oracle/byte_range.h"

namespace sim {
namespace {

// One call in memory that is mapped, permitted and populated, and what causes change of it. The
// changes happen in the order of the members.
struct Draft {
  const Shape& shape;
  ByteRange range;  // the memory of the call
  Op call;
  std::vector<Op> contents = {};
  std::vector<Op> pages = {};
  std::vector<Op> failures = {};  // of frames, populations and locks
  std::vector<Op> races = {};

  bool IsOver(Extent extent) const { return InfoOf(call.verb).extent == extent; }
  // Whether the memory of the call is a table of io vectors or an array of pointers.
  bool HasEntries() const {
    return !shape.is_behind && (IsOver(Extent::kTable) || IsOver(Extent::kPointers));
  }
  ByteRange FirstPage() const {
    return {PagesDown(range.start), PagesDown(range.start) + kPageBytes};
  }
  ByteRange LastPage() const { return {PagesUp(range.end) - kPageBytes, PagesUp(range.end)}; }
};

Op OnPages(Verb verb, ByteRange pages) {
  Op op;
  op.verb = verb;
  op.address = pages.start;
  op.length = pages.end - pages.start;
  return op;
}

bool HasTwoPages(const Draft& draft) {
  return draft.range.start < draft.range.end && draft.FirstPage().start != draft.LastPage().start;
}

// ---- The address and the quantities of the call.

bool Misaligned(Draft* draft) {
  const bool is_aligned = ElementAlign(draft->call.type) > 1 || draft->IsOver(Extent::kTable) ||
                          draft->IsOver(Extent::kPointers);
  if (!is_aligned || draft->IsOver(Extent::kElementAnywhere)) return false;
  ++draft->call.address;
  return true;
}

// Sets the first quantity of the call to `value`, or to the most that it can be.
bool SetFirst(uint64_t value, Draft* draft) {
  for (const Argument argument : InfoOf(draft->call.verb).arguments) {
    Op changed = draft->call;
    if (!SetQuantity(argument, 1, &changed)) continue;
    const uint64_t most = argument == Argument::kSegments || argument == Argument::kStrings
                              ? value
                              : std::min(value, MaxLength(changed.verb));
    return SetQuantity(argument, most, &draft->call);
  }
  return false;
}

bool FirstHuge(Draft* draft) { return SetFirst(UINT64_MAX, draft); }
bool FirstIsZero(Draft* draft) { return SetFirst(0, draft); }

// The memory contains more than the call accepts: one string more, or some bytes.
bool OverLimit(bool is_first, Draft* draft) {
  bool is_next = !is_first;
  for (const Argument argument : InfoOf(draft->call.verb).arguments) {
    const uint64_t limit = LimitOf(argument, draft->call);
    if (limit == 0 || std::exchange(is_next, false)) continue;
    // The limit counts the null pointer at the end, too.
    const bool is_of_strings = argument == Argument::kStrings;
    if (is_of_strings && limit < 2) return false;
    return SetQuantity(argument, is_of_strings ? limit - 2 : limit / 4, &draft->call);
  }
  return false;
}
bool OverFirstLimit(Draft* draft) { return OverLimit(true, draft); }
bool OverSecondLimit(Draft* draft) { return OverLimit(false, draft); }

bool StructTooSmall(Draft* draft) {
  if (!draft->IsOver(Extent::kStruct)) return false;
  draft->call.length = FirstSize(draft->call.type) - 1;
  return true;
}
bool StructTooLarge(Draft* draft) {
  if (!draft->IsOver(Extent::kStruct)) return false;
  draft->call.length = kMaxStructBytes + 1;
  return true;
}

bool SetCalls(uint64_t calls, Draft* draft) {
  if (!InfoOf(draft->call.verb).arguments.Has(Argument::kLimit)) return false;
  draft->call.length = calls;
  return true;
}
bool NoCalls(Draft* draft) { return SetCalls(0, draft); }
bool OneCall(Draft* draft) { return SetCalls(1, draft); }

bool ZeroInText(Draft* draft) {
  if (draft->call.pattern.empty()) return false;
  draft->call.pattern.back() = '\0';
  return true;
}

// ---- The contents of the memory.

bool SetEntry(bool is_first, uint64_t address, uint64_t length, Draft* draft) {
  if (!draft->HasEntries()) return false;
  const bool is_table = draft->IsOver(Extent::kTable);
  // The last pointer is null.
  const uint64_t entries = draft->shape.count - (is_table ? 0 : 1);
  if (draft->shape.count == 0 || entries < (is_first ? 1 : 2)) return false;
  std::string bytes;
  AppendPointer(address, &bytes);
  if (is_table) AppendPointer(length, &bytes);
  const uint64_t index = is_first ? 0 : entries - 1;
  draft->contents.push_back(FillOp(draft->range.start + index * bytes.size(), bytes));
  return true;
}

// Nothing is mapped in the first two pages of the address space.
constexpr uint64_t kNullPage = kPageBytes;
constexpr uint64_t kAllOfATransfer = 0x7ffff000;  // by one transfer (Linux: MAX_RW_COUNT)
constexpr uint64_t kLastBytes = UINT64_MAX - 7;

bool FirstEntryGone(Draft* draft) { return SetEntry(true, kNullPage, 8, draft); }
bool LastEntryGone(Draft* draft) { return SetEntry(false, kNullPage, 8, draft); }
bool FirstEntryWraps(Draft* draft) { return SetEntry(true, kLastBytes, 16, draft); }
bool LastEntryWraps(Draft* draft) { return SetEntry(false, kLastBytes, 16, draft); }
bool IsTable(const Draft& draft) { return draft.IsOver(Extent::kTable); }
bool FirstEntryTooLong(Draft* draft) {
  return IsTable(*draft) && SetEntry(true, kEdge, uint64_t{1} << 63, draft);
}
bool LastEntryTooLong(Draft* draft) {
  return IsTable(*draft) && SetEntry(false, kEdge, uint64_t{1} << 63, draft);
}
// The bytes of the entries after it are beyond what one transfer moves. No error by itself.
bool FirstEntryIsAll(Draft* draft) {
  return IsTable(*draft) && SetEntry(true, kEdge, kAllOfATransfer, draft);
}

// A byte that no UTF-8 text has.
bool NotUtf8(bool is_first, Draft* draft) {
  if (!IsText(draft->call.verb) || draft->shape.bytes < 2) return false;
  const uint64_t index = is_first ? 0 : draft->shape.bytes - 2;
  draft->contents.push_back(FillOp(draft->range.start + index, "\xff"));
  return true;
}
bool FirstNotUtf8(Draft* draft) { return NotUtf8(true, draft); }
bool LastNotUtf8(Draft* draft) { return NotUtf8(false, draft); }

// ---- The pages.

bool FirstPageGone(Draft* draft) {
  draft->pages.push_back(OnPages(Verb::kUnmap, draft->FirstPage()));
  return true;
}
bool LastPageGone(Draft* draft) {
  if (!HasTwoPages(*draft)) return false;
  draft->pages.push_back(OnPages(Verb::kUnmap, draft->LastPage()));
  return true;
}

bool Protect(ByteRange page, Draft* draft) {
  draft->pages.push_back(OnPages(Verb::kProtect, page));
  return true;
}
bool FirstPageClosed(Draft* draft) { return Protect(draft->FirstPage(), draft); }
bool LastPageClosed(Draft* draft) {
  return HasTwoPages(*draft) && Protect(draft->LastPage(), draft);
}

bool BehindFile(ByteRange page, Draft* draft) {
  draft->pages.push_back(OnPages(Verb::kUnmap, page));
  draft->pages.push_back(MapOp(page.start, kPageBytes, kPermRead | kPermWrite, AreaKind::kFile));
  return true;
}
bool FirstPageBehindFile(Draft* draft) { return BehindFile(draft->FirstPage(), draft); }
bool LastPageBehindFile(Draft* draft) {
  return HasTwoPages(*draft) && BehindFile(draft->LastPage(), draft);
}

// ---- What fails on the way.

bool WithoutFrames(ByteRange pages, Draft* draft) {
  draft->contents.push_back(OnPages(Verb::kEvict, pages));
  Op frames;
  frames.verb = Verb::kFrames;
  draft->failures.push_back(frames);
  return true;
}
bool FirstPageWithoutFrame(Draft* draft) { return WithoutFrames(draft->FirstPage(), draft); }
bool LastPageWithoutFrame(Draft* draft) {
  return HasTwoPages(*draft) && WithoutFrames(draft->LastPage(), draft);
}

bool Inject(InjectPoint point, uint64_t nth, Draft* draft) {
  Op inject;
  inject.verb = Verb::kInject;
  inject.inject_point = point;
  inject.length = nth;
  draft->failures.push_back(inject);
  return true;
}
bool LockRefused(Draft* draft) { return Inject(InjectPoint::kLock, 1, draft); }
bool SecondLockRefused(Draft* draft) { return Inject(InjectPoint::kLock, 2, draft); }
bool PopulationFails(Draft* draft) { return Inject(InjectPoint::kPopulation, 1, draft); }

bool Meanwhile(ByteRange page, Draft* draft) {
  Op& op = draft->races.emplace_back(OnPages(Verb::kUnmap, page));
  op.cpu = 1;
  op.race = Race{.point = RacePoint::kCheck, .nth = 1};
  return true;
}
bool FirstPageGoneMeanwhile(Draft* draft) { return Meanwhile(draft->FirstPage(), draft); }
bool LastPageGoneMeanwhile(Draft* draft) {
  return HasTwoPages(*draft) && Meanwhile(draft->LastPage(), draft);
}

// ---- The table.

// Changes the draft so that the call has this cause of an error. Returns false, without a change,
// if the call cannot have it. Some causes are none for some functions, which then must not fail.
using Apply = bool (*)(Draft* draft);

constexpr struct {
  absl::string_view name;
  Apply apply;
} kCauses[] = {
    {"misaligned", Misaligned},
    {"first_huge", FirstHuge},
    {"first_is_zero", FirstIsZero},
    {"over_first_limit", OverFirstLimit},
    {"over_second_limit", OverSecondLimit},
    {"struct_too_small", StructTooSmall},
    {"struct_too_large", StructTooLarge},
    {"no_calls", NoCalls},
    {"one_call", OneCall},
    {"zero_in_text", ZeroInText},
    {"first_entry_gone", FirstEntryGone},
    {"last_entry_gone", LastEntryGone},
    {"first_entry_wraps", FirstEntryWraps},
    {"last_entry_wraps", LastEntryWraps},
    {"first_entry_too_long", FirstEntryTooLong},
    {"last_entry_too_long", LastEntryTooLong},
    {"first_entry_is_all", FirstEntryIsAll},
    {"first_not_utf8", FirstNotUtf8},
    {"last_not_utf8", LastNotUtf8},
    {"first_page_gone", FirstPageGone},
    {"last_page_gone", LastPageGone},
    {"first_page_closed", FirstPageClosed},
    {"last_page_closed", LastPageClosed},
    {"first_page_behind_file", FirstPageBehindFile},
    {"last_page_behind_file", LastPageBehindFile},
    {"first_page_without_frame", FirstPageWithoutFrame},
    {"last_page_without_frame", LastPageWithoutFrame},
    {"lock_refused", LockRefused},
    {"second_lock_refused", SecondLockRefused},
    {"population_fails", PopulationFails},
    {"first_page_gone_meanwhile", FirstPageGoneMeanwhile},
    {"last_page_gone_meanwhile", LastPageGoneMeanwhile},
};

constexpr auto kCauseNames = [] {
  std::array<absl::string_view, std::size(kCauses)> names;
  for (size_t i = 0; i < names.size(); ++i) names[i] = kCauses[i].name;
  return names;
}();

// Small sizes, one of several pages, and one of more pages than a transfer checks at once.
constexpr uint64_t kSizesOfPairs[] = {16, 24, 48, 2 * kPageBytes + 16, kMaxCopiedBytes};

// The scenario of `draft`. `set_up`: the operations before the call.
Scenario Assemble(std::vector<Op> set_up, Draft draft) {
  Scenario scenario;
  scenario.ops = std::move(set_up);
  for (std::vector<Op>* const part :
       {&draft.contents, &draft.pages, &draft.failures, &draft.races}) {
    std::move(part->begin(), part->end(), std::back_inserter(scenario.ops));
  }
  if (!draft.races.empty()) scenario.machine.cpus = 2;
  scenario.ops.push_back(std::move(draft.call));
  return scenario;
}

// Calls use(set_up, draft) for each memory that is tried.
template <typename Use>
void ForEachDraft(Verb verb, Use use) {
  for (const Shape& shape : ShapesOf(verb, kSizesOfPairs)) {
    // Half of the memory is on the next page, but its units stay aligned.
    const uint64_t unit = std::max<uint64_t>(8, ElementAlign(shape.type));
    const uint64_t before = std::max(unit, shape.bytes / 2 / unit * unit);
    const Place place = PlaceAtEdge(shape.bytes, before, /*ordinary_first=*/true);
    std::vector<Op> set_up = LayOut(verb, shape, place, kMore).ops;
    Draft draft{.shape = shape, .range = place.range, .call = set_up.back()};
    set_up.pop_back();
    use(set_up, draft);
  }
}

void MakePair(Apply first, Apply second, Verb verb, TrialSink sink) {
  ForEachDraft(verb, [&](const std::vector<Op>& set_up, Draft draft) {
    if (!first(&draft) || !second(&draft)) return;
    Try(Assemble(set_up, std::move(draft)), sink);
  });
}

Apply Find(absl::string_view name) {
  return std::ranges::find(kCauses, name, [](const auto& row) { return row.name; })->apply;
}

}  // namespace

std::span<const absl::string_view> ErrorCauses() { return kCauseNames; }

void MakeErrorPairs(Verb verb, TrialSink sink) {
  for (size_t second = 1; second < std::size(kCauses); ++second) {
    for (size_t first = 0; first < second; ++first) {
      MakePair(kCauses[first].apply, kCauses[second].apply, verb, sink);
    }
  }
}

void MakeErrorPair(absl::string_view first, absl::string_view second, Verb verb, TrialSink sink) {
  MakePair(Find(first), Find(second), verb, sink);
}

}  // namespace sim
