// The cost of one access of a recorded program, and the share of the check in it.
//
// A trace is split at each change of its areas. First the stores of a piece run untimed; then its
// accesses run and are timed together, so that reading the clock does not affect them. So a page
// may be present earlier than in the recording, and a string may be the one that replaced it later.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "axptr/check_region.h"
#include "axptr/user_ptr.h"
#include "bench/baseline.h"
#include "bench/row.h"
#include "bench/scenario_files.h"
#include "bench/user_memory.h"
#include "sim/machine/check.h"
#include "sim/scenario/named_bytes.h"
#include "sim/scenario/set_up.h"

namespace bench {
namespace {

constexpr uint64_t kMemoryBytes = uint64_t{1} << 30;  // the largest trace spans 0.6 GiB
constexpr uint64_t kLongestSlice = uint64_t{1} << 20;

// Wall-clock time includes time in which other processes use the CPU, so the result is the minimum
// of a few runs.
constexpr int kPlays = 3;

// One access of the library, with its arguments computed in advance.
struct Access {
  uint64_t address = 0;
  uint64_t size_bytes = 0;  // of strings: of the recorded one, with its terminator
  bool is_mutable = false;
  bool is_text = false;
  bool is_array = false;
};

// Operations that change something, then accesses.
struct Piece {
  std::vector<const sim::Op*> changes;
  std::vector<Access> accesses;
};

// The access of an operation that lends out memory; nullopt for any other operation.
std::optional<Access> ToAccess(const sim::Op& op) {
  if (sim::InfoOf(op.verb).transfer != sim::Transfer::kLend) return std::nullopt;
  const bool is_string = sim::IsNullTerminated(op.verb);
  const sim::NamedBytes::Wide bytes = is_string
                                          ? sim::BytesOfResult(op, op.expect.length.value_or(0))
                                          : sim::BytesNamedBy(op)->MostBytes();
  return Access{.address = op.address,
                .size_bytes = static_cast<uint64_t>(bytes),
                .is_mutable = sim::IsMutable(op.verb),
                .is_text = op.verb == sim::Verb::kConstStr,
                .is_array = is_string && op.verb != sim::Verb::kConstStr};
}

bool ChangesAreas(sim::Verb verb) { return sim::InfoOf(verb).arguments.Has(sim::Argument::kPages); }

std::vector<Piece> Cut(const sim::Scenario& scenario) {
  std::vector<Piece> pieces(1);
  for (const sim::Op& op : scenario.ops) {
    if (const auto access = ToAccess(op)) {
      pieces.back().accesses.push_back(*access);
      continue;
    }
    if (ChangesAreas(op.verb) && !pieces.back().accesses.empty()) pieces.emplace_back();
    pieces.back().changes.push_back(&op);
  }
  return pieces;
}

enum class What { kCheck, kTreeWalk, kCheckAndUse };

class Player {
 public:
  explicit Player(const sim::Scenario& scenario)
      : memory_(kMemoryBytes),
        tree_(kUserStart, kMemoryBytes / kPageBytes),
        kernel_(kLongestSlice),
        pieces_(Cut(scenario)) {
    for (const Piece& piece : pieces_) accesses_ += piece.accesses.size();
  }

  uint64_t accesses() const { return accesses_; }

  // Plays the trace; returns the seconds that its accesses took.
  double Play(What what) {
    using Clock = std::chrono::steady_clock;
    process_.address_space.Reset();
    Clock::duration sum{};
    uint64_t clock_pairs = 0;
    for (const Piece& piece : pieces_) {
      for (const sim::Op* const op : piece.changes) Change(*op);
      if (what == What::kTreeWalk) tree_.SetAreas(ToTree(process_.address_space.areas()));
      const auto start = Clock::now();
      for (const Access& access : piece.accesses) Do(access, what);
      sum += Clock::now() - start;
      ++clock_pairs;
    }
    return std::chrono::duration<double>(sum).count() -
           static_cast<double>(clock_pairs) * ClockPairSeconds();
  }

 private:
  // The overhead of the clock: the difference of two consecutive clock readings.
  static double ClockPairSeconds() {
    using Clock = std::chrono::steady_clock;
    static const double seconds = [] {
      Clock::duration least = Clock::duration::max();
      for (int i = 0; i < 10000; ++i) {
        const auto start = Clock::now();
        least = std::min(least, Clock::duration(Clock::now() - start));
      }
      return std::chrono::duration<double>(least).count();
    }();
    return seconds;
  }

  void Change(const sim::Op& op) {
    if (!sim::IsAccess(op.verb)) {
      const auto done = ApplySetUp(op, process_.address_space, process_.frames, injector_);
      const bool is_written = op.verb == sim::Verb::kFill || op.verb == sim::Verb::kPointers;
      if (done && is_written) Write(op.address, op.length, op.pattern);
      return;
    }
    // user.load, user.store: the page was already present in the recorded program.
    const auto bytes = axptr::VirtAddrRange::from_start_size(axptr::VirtAddr(op.address),
                                                             op.length == 0 ? 1 : op.length);
    (void)process_.address_space.populate_area(*bytes->page_cover(), axptr::MappingFlags::READ);
  }

  static void Write(uint64_t address, uint64_t size, const std::string& pattern) {
    auto* const bytes = reinterpret_cast<char*>(address);
    for (uint64_t i = 0; i < size; ++i) bytes[i] = pattern[i % pattern.size()];
  }

  void Do(const Access& access, What what) {
    switch (what) {
      case What::kCheck:
        Check(process_.address_space, access);
        return;
      case What::kTreeWalk:
        Check(tree_, access);
        return;
      case What::kCheckAndUse:
        Use(access);
        return;
    }
  }

  template <typename A>
  static void Check(A& address_space, const Access& access) {
    using Flags = axptr::MappingFlags;
    const Flags flags = access.is_mutable ? Flags::READ | Flags::WRITE : Flags::READ;
    const auto checked = axptr::check_region(address_space, axptr::VirtAddr(access.address),
                                             axptr::Layout{.size_bytes = access.size_bytes}, flags);
    benchmark::DoNotOptimize(checked.has_value());
  }

  // Accesses the memory like a system call: copies it into the kernel. Mutable memory is read, too,
  // so that no string is overwritten; a copy costs the same in both directions.
  void Use(const Access& access) {
    if (access.is_text) {
      const axptr::UserConstPtr<char> pointer(access.address);
      const auto text = pointer.get_as_str(process_.provider());
      if (text) memcpy(kernel_.data(), text->data(), std::min(text->size(), kernel_.size()));
      return;
    }
    if (access.is_array) {
      const axptr::UserConstPtr<uint64_t> pointer(access.address);
      const auto words = pointer.get_as_null_terminated(process_.provider());
      if (words) memcpy(kernel_.data(), words->data(), words->size_bytes());
      return;
    }
    const auto copy = [&](std::span<const uint8_t> bytes) {
      memcpy(kernel_.data(), bytes.data(), std::min(bytes.size(), kernel_.size()));
    };
    if (access.is_mutable) {
      (void)axptr::UserPtr<uint8_t>(access.address)
          .access(process_.provider(), access.size_bytes, copy);
    } else {
      (void)axptr::UserConstPtr<uint8_t>(access.address)
          .access(process_.provider(), access.size_bytes, copy);
    }
  }

  HostMemory memory_;
  Process process_;
  sim::Injector injector_;
  TreeWalk tree_;
  std::vector<std::byte> kernel_;
  std::vector<Piece> pieces_;
  uint64_t accesses_ = 0;
};

// The time of a row is that of one access.
void PlayTrace(benchmark::State& state, const sim::Scenario& scenario, What what) {
  const auto player = std::make_unique<Player>(scenario);
  player->Play(What::kCheckAndUse);  // populates the pages of the host
  const auto batch = static_cast<int64_t>(player->accesses());
  while (state.KeepRunningBatch(batch)) {
    double least = player->Play(what);
    for (int i = 1; i < kPlays; ++i) least = std::min(least, player->Play(what));
    state.SetIterationTime(least);
  }
}

}  // namespace

void AddTraceRows() {
  for (const ScenarioFile& file : ReadScenarios("traces")) {
    const struct {
      const char* kind;
      const char* peer;
      What what;
    } kRows[] = {{"access", "", What::kCheckAndUse},
                 {"check", "access/", What::kCheck},
                 {"tree_walk", "access/", What::kTreeWalk}};
    for (const auto& [kind, peer, what] : kRows) {
      AddRow(absl::StrCat("trace/", kind, "/", file.name),
             *peer == '\0' ? "load/one" : absl::StrCat("trace/", peer, file.name),
             [scenario = file.scenario, what](benchmark::State& state) {
               PlayTrace(state, scenario, what);
             })
          ->UseManualTime();
    }
  }
}

}  // namespace bench
