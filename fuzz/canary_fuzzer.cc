// The canary: check_fuzzer on a broken kernel, which checks only the first page of a range. The
// target must find this bug soon. If it does not, the fuzzing set-up is broken, and the absence of
// findings in the other targets means nothing.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "fuzz/scenario_harness.h"
#include "sim/machine/pageless_kernel.h"
#include "sim/machine/window.h"
#include "sim/scenario/kernel_scenarios.h"

namespace {

class FlawedKernel : public sim::PagelessKernel {
 public:
  static absl::StatusOr<std::unique_ptr<sim::Kernel>> Create() {
    return std::make_unique<FlawedKernel>();
  }

  // Ranges that leave the window are checked correctly, because their use is another violation.
  bool Check(uint64_t start, uint64_t size, axptr::MappingFlags flags) override {
    sim::Event event = NewQuestion(sim::EventKind::kChecked, start, size, flags);
    const bool is_allowed = IsAllowed(start, size, flags);
    const uint64_t to_page_end = sim::kPageBytes - start % sim::kPageBytes;
    is_wrong_ = !is_allowed && sim::Window::ContainsRange(start, size) &&
                IsAllowed(start, std::min(size, to_page_end), flags);
    event.ok = is_allowed || is_wrong_;
    Record(event);
    return event.ok;
  }

  // After a wrong result of Check, reports success and populates nothing. Then the access succeeds,
  // and the violation is always the same.
  int Populate(uint64_t start, uint64_t size, axptr::MappingFlags flags) override {
    return is_wrong_ ? 0 : PagelessKernel::Populate(start, size, flags);
  }

 private:
  bool IsAllowed(uint64_t start, uint64_t size, axptr::MappingFlags flags) {
    const auto range = axptr::VirtAddrRange::from_start_size(axptr::VirtAddr(start), size);
    return range && address_space_.check_region_access(*range, flags);
  }

  bool is_wrong_ = false;  // whether the last result of Check was wrong
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* const harness = new sim::ScenarioHarness({.make_kernel = FlawedKernel::Create});
  sim::Scenario& scenario = harness->Decode({data, size});
  sim::KeepWhatNeedsNoPages(&scenario);
  harness->Run(scenario);
  return 0;
}
