// Checking and population by themselves: the part of a scenario that needs no memory is carried out
// by the library on an address space without a window, and compared with the model. No system
// call, and hardly an allocation.
//
// What it carries out: map, unmap, protect, fill, frames, const.get, mut.get, const.slice,
// mut.slice. Other operations and races are left out, on both sides.
// What it compares: outcome and length, what the address space was asked, populated pages, free
// frames. Not contents: there are none.
#ifndef FUZZ_CHECK_HARNESS_H_
#define FUZZ_CHECK_HARNESS_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "axptr/mapping_flags.h"
#include "axptr/virt_addr.h"
#include "fuzz/finding.h"
#include "sim/machine/address_space.h"
#include "sim/machine/frames.h"
#include "sim/oracle/expectation.h"
#include "sim/oracle/model.h"
#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"
#include "sim/scenario/scenario.h"

namespace sim {

class CheckHarness {
 public:
  // A mistake in the address space, for a target that must fail.
  enum class Flaw : uint8_t {
    kNone,
    kFirstPageOnly,  // permission is looked up for the first page of a range
  };

  explicit CheckHarness(Flaw flaw = Flaw::kNone) : flaw_(flaw) {}

  // Runs the scenario that `input` stands for. At the first operation with a violation reports it
  // (finding.h) and aborts.
  void Run(std::span<const uint8_t> input);

 private:
  // What the library asked of the address space during one call.
  struct Asked {
    uint64_t checks = 0;
    axptr::VirtAddrRange range;  // of the last check
    axptr::MappingFlags flags;
    bool permitted = false;            // the answer to it
    bool populated_unchecked = false;  // pages other than those of `range`, or before the answer
    int populate_error = 0;            // an errno number
    bool is_result_elsewhere = false;  // than at the address that was asked for
  };
  class ObservedAddressSpace;

  Outcome CallLibrary(const Op& op, Asked* asked);
  void JudgeAsking(const Op& op, const Outcome& got, const Asked& asked, const Expectation& wanted);
  // The outcome, and the state afterwards.
  void JudgeResult(const Op& op, const Outcome& got, const Expectation& wanted);
  uint64_t PopulatedInReach(const Op& op) const;
  [[noreturn]] void Report(std::span<const uint8_t> input);

  const Flaw flaw_;
  Frames frames_;
  AddressSpace address_space_{&frames_};
  Model model_{MachineConfig()};
  Scenario scenario_;
  Findings findings_;
};

}  // namespace sim

#endif  // FUZZ_CHECK_HARNESS_H_
