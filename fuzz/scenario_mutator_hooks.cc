// The mutator of scenario_mutator.h behind libFuzzer's interface for custom mutators. Engines
// without this interface never call these functions; LLVMFuzzerMutate is a weak reference, so such
// engines link without defining it.
//
// The environment variable AXPTR_CUSTOM_MUTATOR=0 leaves mutation to the engine's own mutators.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>

#include "absl/strings/string_view.h"
#include "fuzz/scenario_mutator.h"

extern "C" __attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t* data, size_t size,
                                                         size_t max_size);

namespace {

// Per cent of the calls of the mutator that go to the engine's own mutators, and per cent of the
// calls of the crossover that are not declined. An engine with both hooks calls the crossover every
// other time. Both values were measured (docs/fuzzing.md): more splicing of small inputs keeps the
// inputs from growing.
constexpr unsigned kEngineShare = 75;
constexpr unsigned kSpliceShare = 10;

unsigned OfHundred(std::minstd_rand& random) { return random() / 256 % 100; }

bool IsSwitchedOff() {
  static const bool is_off = [] {
    const char* const value = getenv("AXPTR_CUSTOM_MUTATOR");
    return value != nullptr && absl::string_view(value) == "0";
  }();
  return is_off;
}

size_t Write(const sim::Bytes& bytes, uint8_t* data) {
  std::copy(bytes.begin(), bytes.end(), data);
  return bytes.size();
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  std::minstd_rand random(seed);
  // Without an engine (in unit tests) there is no LLVMFuzzerMutate: always mutate by operations.
  const bool has_engine = LLVMFuzzerMutate != nullptr;
  if (has_engine && (IsSwitchedOff() || OfHundred(random) < kEngineShare)) {
    return LLVMFuzzerMutate(data, size, max_size);
  }
  sim::OpSlots parts = sim::SplitOps({data, size});
  sim::OpMutation mutation;
  do {
    mutation = static_cast<sim::OpMutation>(random() / 256 % sim::kOpMutationCount);
  } while (!sim::MutateOps(mutation, random, &parts));
  return Write(sim::JoinOps(parts, max_size), data);
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* data1, size_t size1,
                                            const uint8_t* data2, size_t size2, uint8_t* out,
                                            size_t max_out_size, unsigned seed) {
  std::minstd_rand random(seed);
  // The result 0 makes the engine use another of its mutators.
  if (IsSwitchedOff() || OfHundred(random) >= kSpliceShare) return 0;
  const sim::OpSlots spliced =
      sim::SpliceOps(sim::SplitOps({data1, size1}), sim::SplitOps({data2, size2}), random);
  return Write(sim::JoinOps(spliced, max_out_size), out);
}
