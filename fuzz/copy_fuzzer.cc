// Transfers between the kernel and user memory: any address and length, any permissions, and pages
// that are mapped and unmapped during a transfer. Runs on the whole machine, because the other
// kernels have no page faults. Each access of the library is changed to a transfer of bytes. Each
// input runs on both linked subjects; AXPTR_SUBJECT selects one subject instead.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "fuzz/scenario_harness.h"

namespace sim {
namespace {

constexpr uint64_t kMostMade = kPageBytes + 16;  // bytes; can cross two page boundaries

// Whether the library itself copies bytes between the kernel and user memory, as the verb's row
// says.
bool Moves(const VerbInfo& info) {
  return info.verb_class == VerbClass::kLibrary && info.transfer != Transfer::kLend &&
         info.transfer != Transfer::kInside;
}

// The transfers whose arguments every access has. Other transfers occur only if the input has them.
std::vector<const VerbInfo*> TakersOfAnyAccess() {
  std::vector<const VerbInfo*> takers;
  for (const VerbInfo& info : AllVerbs()) {
    const bool takes = std::all_of(info.arguments.begin(), info.arguments.end(), [](Argument a) {
      return a == Argument::kAddress || a == Argument::kType || a == Argument::kBytes ||
             a == Argument::kRoom || a == Argument::kElements;
    });
    if (Moves(info) && takes) takers.push_back(&info);
  }
  return takers;
}

// The length of a transfer by `to` that is made from an access of `elements` elements of `size`
// bytes; 0 if `to` takes no length.
uint64_t LengthOf(const VerbInfo& to, uint64_t elements, uint64_t size) {
  if (to.arguments.Has(Argument::kElements)) return elements % (kMostMade / size + 2);
  const bool takes_bytes = to.arguments.Has(Argument::kBytes) || to.arguments.Has(Argument::kRoom);
  return takes_bytes ? elements * size % (kMostMade + 1) : 0;
}

// Changes `op` to a transfer if it is another access of the library.
void MakeTransfer(Op* op) {
  static const auto* const takers = new std::vector(TakersOfAnyAccess());
  if (!IsLibraryAccess(op->verb) || Moves(InfoOf(op->verb))) return;
  const uint64_t elements = op->is_single || op->length == 0 ? 1 : op->length;
  const VerbInfo& to = *(*takers)[(static_cast<size_t>(op->verb) + elements) % takers->size()];
  op->length = LengthOf(to, elements, ElementSize(op->type));
  if (!to.arguments.Has(Argument::kType)) op->type = ElementType::kU8;
  op->verb = to.verb;
  op->is_single = false;
}

}  // namespace
}  // namespace sim

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* const harness = new sim::ScenarioHarness({.subject = "each", .watch_fetches = true});
  sim::Scenario& scenario = harness->Decode({data, size});
  for (sim::Op& op : scenario.ops) sim::MakeTransfer(&op);
  harness->RunOnEach(scenario);
  return 0;
}
