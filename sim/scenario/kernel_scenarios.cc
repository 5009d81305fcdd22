#include "sim/scenario/kernel_scenarios.h"

#include <vector>

#include "sim/scenario/scenario_bytes.h"

namespace sim {
namespace {

constexpr uint64_t kContentBytes = 1024 * kPageBytes;  // from an end of the window
constexpr uint64_t kMaxFlatFillBytes = 64 * kPageBytes;

bool NeedsNoPages(const Op& op) {
  if (op.race) return false;
  if (!IsAccess(op.verb)) return true;
  return IsPopulatedFirst(op.verb) && InfoOf(op.verb).transfer == Transfer::kLend;
}

// Replaces any access of the library by an access of a string. An access of an array that is only
// read becomes an access of a text.
void MakeStringAccess(Op* op) {
  if (!IsLibraryAccess(op->verb) || EndsInTerminator(op->verb)) return;
  const bool is_value = InfoOf(op->verb).extent == Extent::kElement;
  const bool is_text = !IsMutable(op->verb) && !is_value;
  op->verb = IsMutable(op->verb) ? Verb::kMutCstr : is_text ? Verb::kConstStr : Verb::kConstCstr;
  op->length = 0;
  op->max_strings = 0;
  op->pattern.clear();
  op->is_single = false;
  if (is_text) op->type = ElementType::kU8;
}

// Whether a fill may write bytes there. The host's memory for these bytes is not released.
bool IsNearAnEnd(uint64_t address) {
  return address - kWindowStart <= kContentBytes || kWindowEnd - address <= kContentBytes;
}

bool RunsOnFlatMemory(const Op& op) {
  if (op.race) return false;
  switch (op.verb) {
    case Verb::kMap:
      return op.length <= kMaxBinaryPages * kPageBytes && op.kind != AreaKind::kFile;
    case Verb::kFill:
    case Verb::kPointers:
      return op.length <= kMaxFlatFillBytes && IsNearAnEnd(op.address);
    case Verb::kUnmap:
    case Verb::kProtect:
      return true;
    default:
      return IsNullTerminated(op.verb) || (EndsInTerminator(op.verb) && IsNearAnEnd(op.address));
  }
}

}  // namespace

void KeepWhatNeedsNoPages(Scenario* scenario) {
  std::erase_if(scenario->ops, [](const Op& op) { return !NeedsNoPages(op); });
  for (Op& op : scenario->ops) {
    if (op.verb == Verb::kFill) op.pattern.assign(1, '\0');
  }
}

void KeepStringsOnFlatMemory(Scenario* scenario) {
  for (Op& op : scenario->ops) MakeStringAccess(&op);
  std::erase_if(scenario->ops, [](const Op& op) { return !RunsOnFlatMemory(op); });
  scenario->machine.frames.reset();
}

}  // namespace sim
