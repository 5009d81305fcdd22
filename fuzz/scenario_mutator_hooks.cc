// The mutator of scenario_mutator.h as engines with libFuzzer's interface call it. An engine
// without that never calls what is here, and needs nothing of it: LLVMFuzzerMutate is a weak
// reference.
//
// AXPTR_CUSTOM_MUTATOR=0 in the environment: the engine's own mutators only. AXPTR_SWARM: what is
// switched on (swarm_turns.h).
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

// Of a hundred calls, those that the engine's own mutators get; and of those of the crossover,
// which an engine with hooks for both calls every other time, those that are taken. Both as
// measured (docs/fuzzing.md): more splicing of what is small keeps it from growing.
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

// What the next mutation may choose. The first seed of the process is that of its choices.
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

// Carries one of the mutations out that are on. After some that could not be, any.
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
  // Whoever mutates a scenario by itself, without an engine, has no bytes mutated.
  const bool has_engine = LLVMFuzzerMutate != nullptr;
  if (has_engine && (IsSwitchedOff() || OfHundred(choice) < kEngineShare)) {
    return LLVMFuzzerMutate(data, size, max_size);
  }
  // Half of the mutations may choose everything.
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
  // 0: the engine takes another of its mutators.
  if (IsSwitchedOff() || OfHundred(random) >= kSpliceShare) return 0;
  const sim::OpSlots spliced =
      sim::SpliceOps(sim::SplitOps({data1, size1}), sim::SplitOps({data2, size2}), random);
  return Write(sim::JoinOps(spliced, max_out_size), out);
}
