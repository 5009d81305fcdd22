#include "sim/scenario/scenario_layouts.h"

#include "sim/scenario/scenario.h"

namespace sim {
namespace {

constexpr Perms kR = kPermRead;
constexpr Perms kW = kPermWrite;
constexpr Perms kX = kPermExecute;
constexpr Perms kRw = kPermRead | kPermWrite;
constexpr AreaKind kEager = AreaKind::kEager;
constexpr AreaKind kLazy = AreaKind::kLazy;
constexpr AreaKind kKernel = AreaKind::kKernel;

constexpr LayoutStep Map(int page, int pages, Perms perms, AreaKind kind) {
  return {Verb::kMap, page, 0, pages * kPageBytes, perms, kind, '\0'};
}
constexpr LayoutStep Unmap(int page, int pages) {
  return {Verb::kUnmap, page, 0, pages * kPageBytes, 0, kEager, '\0'};
}
constexpr LayoutStep Protect(int page, int pages, Perms perms) {
  return {Verb::kProtect, page, 0, pages * kPageBytes, perms, kEager, '\0'};
}
constexpr LayoutStep Fill(int page, int offset, uint64_t bytes, char byte) {
  return {Verb::kFill, page, offset, bytes, 0, kEager, byte};
}

// One area of each kind.
constexpr LayoutStep kOneEager[] = {Map(0, 2, kRw, kEager)};
constexpr LayoutStep kOneLazy[] = {Map(0, 4, kRw, kLazy)};
// Adjacent areas that differ in permission, presence or the USER flag.
constexpr LayoutStep kReadOnlyAfter[] = {Map(0, 1, kRw, kEager), Map(1, 1, kR, kEager)};
constexpr LayoutStep kReadOnlyBefore[] = {Map(0, 1, kR, kLazy), Map(1, 1, kRw, kLazy)};
constexpr LayoutStep kHoleBetween[] = {Map(0, 2, kRw, kLazy), Map(3, 2, kR, kEager)};
constexpr LayoutStep kNoAccessBetween[] = {Map(0, 1, kRw, kEager), Map(1, 1, 0, kEager),
                                           Map(2, 1, kRw, kLazy)};
constexpr LayoutStep kKernelBetween[] = {Map(0, 1, kRw, kEager), Map(1, 1, kRw, kKernel),
                                         Map(2, 1, kRw, kEager), Fill(1, 0, kPageBytes, 'k')};
constexpr LayoutStep kWriteOnlyAndExecute[] = {Map(0, 1, kRw, kEager), Map(1, 1, kW, kEager),
                                               Map(2, 1, kX, kEager), Map(3, 1, kR | kX, kLazy)};
// Strings: without a terminator before a hole; with the terminator in the last byte; across a page
// boundary.
constexpr LayoutStep kEndlessString[] = {Map(0, 2, kRw, kEager), Fill(0, 0, 2 * kPageBytes, 'a')};
constexpr LayoutStep kStringToTheLastByte[] = {Map(0, 2, kRw, kLazy),
                                               Fill(0, 0, 2 * kPageBytes - 1, 'b')};
constexpr LayoutStep kStringIntoReadOnly[] = {Map(0, 1, kRw, kEager), Map(1, 1, kR, kLazy),
                                              Fill(0, 4000, 100, 'c')};
// The ends of the window.
constexpr LayoutStep kTopOfWindow[] = {Map(-2, 2, kRw, kEager)};
constexpr LayoutStep kBothEnds[] = {Map(0, 1, kRw, kLazy), Map(-1, 1, kR, kEager),
                                    Fill(-1, 0, kPageBytes, 'z')};
// Many areas; and areas that were one area before they were split.
constexpr LayoutStep kManyAreas[] = {Map(0, 1, kRw, kEager), Map(1, 1, kRw, kLazy),
                                     Map(2, 1, kRw, kEager), Map(3, 1, kR, kLazy),
                                     Map(4, 1, kRw, kEager), Map(5, 1, kRw, kLazy)};
constexpr LayoutStep kSplit[] = {Map(0, 8, kRw, kLazy), Protect(2, 2, kR), Unmap(5, 1),
                                 Protect(2, 1, kRw)};

}  // namespace

std::span<const LayoutStep> LayoutSteps(int number) {
  switch (number) {
    case 1:
      return kOneEager;
    case 2:
      return kOneLazy;
    case 3:
      return kReadOnlyAfter;
    case 4:
      return kReadOnlyBefore;
    case 5:
      return kHoleBetween;
    case 6:
      return kNoAccessBetween;
    case 7:
      return kKernelBetween;
    case 8:
      return kWriteOnlyAndExecute;
    case 9:
      return kEndlessString;
    case 10:
      return kStringToTheLastByte;
    case 11:
      return kStringIntoReadOnly;
    case 12:
      return kTopOfWindow;
    case 13:
      return kBothEnds;
    case 14:
      return kManyAreas;
    case 15:
      return kSplit;
    default:
      return {};
  }
}

void ClearOp(Op* op) {
  op->verb = Verb::kFrames;
  op->cpu = 0;
  op->type = ElementType::kU8;
  op->kind = AreaKind::kEager;
  op->perms = 0;
  op->file_bytes = 0;
  op->address = 0;
  op->from = 0;
  op->length = 0;
  op->segments = 0;
  op->max_strings = 0;
  op->is_single = false;
  op->is_max = false;
  op->inject_point = InjectPoint::kFrame;
  op->pattern.clear();
  op->race.reset();
  op->expect.kind = StatedExpectation::Kind::kNone;
  op->expect.length.reset();
  op->expect.fingerprint.reset();
  op->expect.error = 0;
  op->expect.violation = {};
  op->line = 0;
}

void SetOpFromStep(const LayoutStep& step, Op* op) {
  ClearOp(op);
  op->verb = step.verb;
  op->kind = step.kind;
  op->perms = step.perms;
  const uint64_t from = step.page < 0 ? kWindowEnd : kWindowStart;
  op->address =
      from + static_cast<int64_t>(step.page) * static_cast<int64_t>(kPageBytes) + step.offset;
  op->length = step.bytes;
  if (step.verb == Verb::kFill) op->pattern.assign(1, step.byte);
}

}  // namespace sim
