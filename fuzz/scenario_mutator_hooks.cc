// The mutator of scenario_mutator.h behind libFuzzer's interface for custom mutators. Engines
// without this interface never call these functions; LLVMFuzzerMutate is a weak reference, so such
// engines link without defining it.
//
// The environment variable AXPTR_CUSTOM_MUTATOR=0 leaves mutation to the engine's own mutators.
// The environment variable AXPTR_SWARM selects what the mutator may choose (swarm_turns.h).
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fuzz/scenario_mutator.h"
#include "fuzz/swarm_turns.h"

extern "C" __attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t* data, size_t size,
                                                         size_t max_size);

namespace {

// Per cent of the calls of the mutator that go to the engine's own mutators, and per cent of the
// calls of the crossover that are not declined. An engine with both hooks calls the crossover every
// other time. Both values were measured (docs/fuzzing.md): more splicing of small inputs keeps the
// inputs from growing.
constexpr unsigned kEngineShare = 75;
constexpr unsigned kSpliceShare = 10;

unsigned OfHundred(sim::Random& random) { return random() / 256 % 100; }

bool IsSwitchedOff() {
  static const bool is_off = [] {
    const char* const value = getenv("AXPTR_CUSTOM_MUTATOR");
    return value != nullptr && absl::string_view(value) == "0";
  }();
  return is_off;
}

// The swarm of the next mutation. The first seed of the process is the number of the first choice.
const sim::Swarm& NextSwarm(unsigned seed) {
  static auto* const turns = [seed] {
    absl::StatusOr<sim::SwarmTurns> made = sim::SwarmTurns::Of(getenv("AXPTR_SWARM"), seed);
    if (!made.ok()) {
      fprintf(stderr, "%s\n", std::string(made.status().message()).c_str());
      _Exit(2);
    }
    return new sim::SwarmTurns(*made);
  }();
  const sim::Swarm& swarm = turns->Next();
  const std::optional<std::string> news = turns->News();
  if (news) fprintf(stderr, "%s\n", news->c_str());
  return swarm;
}

// Applies a random mutation that is on in the swarm. After 50 tries: any mutation that applies.
static_assert(sim::kOpMutationCount <= sim::Swarm::kNumbers, "each mutation has its own number");
void Mutate(sim::Random& random, sim::OpSlots* parts) {
  for (int tries = 0;; ++tries) {
    const unsigned step = random() / 256 % sim::kOpMutationCount;
    if (tries < 50 && !random.swarm().HasStep(step)) continue;
    if (sim::MutateOps(static_cast<sim::OpMutation>(step), random, parts)) return;
  }
}

size_t Write(const sim::Bytes& bytes, uint8_t* data) {
  std::copy(bytes.begin(), bytes.end(), data);
  return bytes.size();
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  sim::Random choice(seed);
  // Without an engine (in unit tests) there is no LLVMFuzzerMutate: always mutate by operations.
  const bool has_engine = LLVMFuzzerMutate != nullptr;
  if (has_engine && (IsSwitchedOff() || OfHundred(choice) < kEngineShare)) {
    return LLVMFuzzerMutate(data, size, max_size);
  }
  // In half of the mutations everything is on.
  const sim::Swarm& swarm = NextSwarm(seed);
  sim::Random random(choice(), choice() / 256 % 2 == 0 ? sim::Swarm() : swarm);
  sim::OpSlots parts = sim::SplitOps({data, size});
  Mutate(random, &parts);
  return Write(sim::JoinOps(parts, max_size), data);
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* data1, size_t size1,
                                            const uint8_t* data2, size_t size2, uint8_t* out,
                                            size_t max_out_size, unsigned seed) {
  sim::Random random(seed);
  // The result 0 makes the engine use another of its mutators.
  if (IsSwitchedOff() || OfHundred(random) >= kSpliceShare) return 0;
  const sim::OpSlots spliced =
      sim::SpliceOps(sim::SplitOps({data1, size1}), sim::SplitOps({data2, size2}), random);
  return Write(sim::JoinOps(spliced, max_out_size), out);
}
