#include "sim/cli/bug/minimize.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "sim/cli/bug/layout_shift.h"
#include "sim/cli/bug/simplicity.h"
#include "sim/scenario/named_bytes.h"
#include "sim/scenario/scenario_bytes.h"

namespace sim {
namespace {

// With more operations, only pairs of neighbours are removed.
constexpr size_t kMaxOpsForAllPairs = 64;
// With more operations, no operation is moved.
constexpr size_t kMaxOpsForMoves = 12;

// One fill with the effect of both fills; nullopt if they do not make one short string.
std::optional<Op> MergedFill(const Op& first, const Op& second) {
  constexpr uint64_t kMaxMergedBytes = 64;
  if (first.verb != Verb::kFill || second.verb != Verb::kFill || first.race || second.race) {
    return std::nullopt;
  }
  if (first.length > kMaxMergedBytes || second.length > kMaxMergedBytes || first.pattern.empty() ||
      second.pattern.empty()) {
    return std::nullopt;
  }
  const uint64_t start = std::min(first.address, second.address);
  const uint64_t end = std::max(first.address + first.length, second.address + second.length);
  const bool is_one = second.address <= first.address + first.length &&
                      first.address <= second.address + second.length;
  if (!is_one || end < start || end - start > kMaxMergedBytes) return std::nullopt;
  Op merged = first;
  merged.address = start;
  merged.length = end - start;
  merged.pattern.assign(merged.length, '\0');
  for (const Op* op : {&first, &second}) {
    for (uint64_t i = 0; i < op->length; ++i) {
      merged.pattern[op->address - start + i] = op->pattern[i % op->pattern.size()];
    }
  }
  return merged;
}

class Minimizer {
 public:
  Minimizer(const Scenario& scenario, const BugIdentity& bug,
            absl::FunctionRef<std::optional<BugIdentity>(const Scenario&)> find_bug,
            const MinimizeOptions& options)
      : bug_(bug),
        find_bug_(find_bug),
        options_(options),
        deadline_(absl::Now() + options.limit),
        current_(WithoutExpectations(scenario)),
        cost_(CostOf(current_)) {}

  Minimized Run() {
    const Scenario original = current_;
    RemoveChunks();
    ScenarioCost before;
    do {
      before = cost_;
      RemoveEach();
      PushTogether();
      SimplifyMachine();
      SimplifyOps();
      MoveInStep();
      MergeMaps();
      MergeFills();
      RemovePairs();
      RemoveWithFrames();
      RemoveAndMove();
    } while (cost_ < before && !over_);
    if (options_.progress) options_.progress(runs_, current_.ops.size());
    return {current_, runs_, !(current_ == original), !over_};
  }

 private:
  // Accepts `candidate` if it is simpler and shows the same bug; returns whether it was accepted.
  bool Try(Scenario candidate) {
    const ScenarioCost cost = CostOf(candidate);
    if (over_ || !(cost < cost_)) return false;
    if (absl::Now() > deadline_) {
      over_ = true;
      return false;
    }
    if (options_.progress && runs_ % 64 == 0) options_.progress(runs_, current_.ops.size());
    ++runs_;
    const std::optional<BugIdentity> found = find_bug_(candidate);
    if (!found || *found != bug_) return false;
    current_ = std::move(candidate);
    cost_ = cost;
    return true;
  }

  // Calls Try for the scenario with one operation changed by `change`.
  template <typename Change>
  bool TryOp(size_t index, Change change) {
    Scenario candidate = current_;
    change(candidate.ops[index]);
    return Try(std::move(candidate));
  }

  bool TryWithout(size_t first, size_t count) {
    Scenario candidate = current_;
    const auto begin = candidate.ops.begin() + static_cast<ptrdiff_t>(first);
    candidate.ops.erase(begin, begin + static_cast<ptrdiff_t>(count));
    return Try(std::move(candidate));
  }

  // Removes halves, quarters, ...: this reduces a scenario of a thousand operations in a few runs.
  void RemoveChunks() {
    for (size_t chunk = current_.ops.size() / 2; chunk > 1; chunk /= 2) {
      for (size_t end = current_.ops.size(); end > 0;) {
        const size_t first = end > chunk ? end - chunk : 0;
        TryWithout(first, std::min(chunk, end));
        end = first;
      }
    }
  }

  void RemoveEach() {
    for (size_t i = current_.ops.size(); i-- > 0;) TryWithout(i, 1);
  }

  bool TryWithoutPair(size_t i, size_t j) {
    Scenario candidate = current_;
    candidate.ops.erase(candidate.ops.begin() + static_cast<ptrdiff_t>(j));
    candidate.ops.erase(candidate.ops.begin() + static_cast<ptrdiff_t>(i));
    return Try(std::move(candidate));
  }

  void RemovePairs() {
    for (size_t i = 0; i < current_.ops.size(); ++i) {
      for (size_t j = i + 1; j < current_.ops.size(); ++j) {
        if (j > i + 1 && current_.ops.size() > kMaxOpsForAllPairs) break;
        if (!TryWithoutPair(i, j)) continue;
        j = i;  // start again: the operations have moved
      }
    }
  }

  // Replaces two adjacent mappings by one.
  void MergeMaps() {
    for (size_t i = 0; i < current_.ops.size(); ++i) {
      for (size_t j = 0; j < current_.ops.size(); ++j) {
        const Op& a = current_.ops[std::min(i, current_.ops.size() - 1)];
        const Op& b = current_.ops[j];
        if (i == j || a.verb != Verb::kMap || b.verb != Verb::kMap || a.race || b.race) continue;
        if (a.address + a.length != b.address) continue;
        Scenario candidate = current_;
        candidate.ops[i].length += b.length;
        candidate.ops.erase(candidate.ops.begin() + static_cast<ptrdiff_t>(j));
        if (Try(std::move(candidate))) return;  // the next round continues
      }
    }
  }

  // Replaces two strings that overlap or are adjacent by one.
  void MergeFills() {
    for (size_t i = 0; i < current_.ops.size(); ++i) {
      for (size_t j = i + 1; j < current_.ops.size(); ++j) {
        const std::optional<Op> merged = MergedFill(current_.ops[i], current_.ops[j]);
        if (!merged) continue;
        Scenario candidate = current_;
        candidate.ops[i] = *merged;
        candidate.ops.erase(candidate.ops.begin() + static_cast<ptrdiff_t>(j));
        if (Try(std::move(candidate))) return;  // the next round continues
      }
    }
  }

  // Removes an operation that only took frames, and reduces the number of frames by as many.
  void RemoveWithFrames() {
    if (!current_.machine.frames) return;
    for (size_t i = current_.ops.size(); i-- > 0;) {
      for (const uint64_t less : {uint64_t{1}, uint64_t{2}, *current_.machine.frames}) {
        Scenario candidate = current_;
        if (i >= candidate.ops.size() || less > *candidate.machine.frames) continue;
        candidate.ops.erase(candidate.ops.begin() + static_cast<ptrdiff_t>(i));
        *candidate.machine.frames -= less;
        Try(std::move(candidate));
      }
    }
  }

  // Removes one operation, and moves another one to the place of a third one.
  void RemoveAndMove() {
    if (current_.ops.size() > kMaxOpsForMoves) return;
    for (size_t i = 0; i < current_.ops.size(); ++i) {
      for (size_t j = 0; j < current_.ops.size(); ++j) {
        for (size_t k = 0; k < current_.ops.size(); ++k) {
          const bool moves = i != j && j != k && HasAddress(current_.ops[j].verb) &&
                             current_.ops[j].address != current_.ops[k].address;
          if (!moves) continue;
          Scenario candidate = current_;
          candidate.ops[j].address = current_.ops[k].address;
          candidate.ops.erase(candidate.ops.begin() + static_cast<ptrdiff_t>(i));
          if (Try(std::move(candidate))) return;  // the next round continues
        }
      }
    }
  }

  void PushTogether() {
    for (bool again = true; again && !over_;) {
      again = false;
      for (const LayoutShift& shift : ShiftsOf(current_)) {
        if (!Try(Shifted(current_, shift))) continue;
        again = true;
        break;
      }
    }
  }

  template <typename Change>
  bool TryAll(Change change) {
    Scenario candidate = current_;
    change(candidate);
    return Try(std::move(candidate));
  }

  void SimplifyMachine() {
    TryAll([](Scenario& s) {
      s.machine.cpus = 1;
      for (Op& op : s.ops) op.cpu = 0;
    });
    TryAll([](Scenario& s) {
      uint8_t last = 0;
      for (const Op& op : s.ops) last = std::max(last, op.cpu);
      s.machine.cpus = last + 1;
    });
    TryAll([](Scenario& s) { s.machine.lock = true; });
    TryAll([](Scenario& s) { s.machine.smap = false; });
    TryAll([](Scenario& s) { s.machine.frames.reset(); });
    if (!current_.machine.frames) return;
    for (const uint64_t frames : SimplerNumbers(*current_.machine.frames)) {
      TryAll([frames](Scenario& s) { s.machine.frames = frames; });
    }
  }

  void SimplifyOps() {
    for (size_t i = current_.ops.size(); i-- > 0 && !over_;) SimplifyOp(i);
  }

  void SimplifyOp(size_t i) {
    TryOp(i, [](Op& op) { op.cpu = 0; });
    if (current_.ops[i].race) {
      TryOp(i, [](Op& op) { op.race.reset(); });
      TryOp(i, [](Op& op) {
        if (op.race) op.race->nth = 1;
      });
      TryOp(i, [](Op& op) {
        if (op.race && op.race->nth > 1) --op.race->nth;
      });
    }
    const ArgumentList& arguments = InfoOf(current_.ops[i].verb).arguments;
    if (arguments.Has(Argument::kKind)) {
      TryOp(i, [](Op& op) { op.kind = AreaKind::kEager; });
      TryOp(i, [](Op& op) { op.kind = AreaKind::kLazy; });
    }
    if (arguments.Has(Argument::kPerms)) {
      TryOp(i, [](Op& op) { op.perms = kPermRead | kPermWrite; });
      TryOp(i, [](Op& op) { op.perms = kPermRead; });
      TryOp(i, [](Op& op) { op.perms = 0; });
    }
    SimplifyRange(i);
    if (arguments.Has(Argument::kPattern)) SimplifyFill(i);
    if (arguments.Has(Argument::kAddresses)) SimplifyPointers(i);
    if (arguments.Has(Argument::kStrings)) {
      for (const uint64_t strings : SimplerNumbers(current_.ops[i].max_strings)) {
        TryOp(i, [&](Op& op) { op.max_strings = strings; });
      }
    }
    if (arguments.Has(Argument::kText)) {
      for (const std::string& text : SimplerPatterns(current_.ops[i].pattern)) {
        TryOp(i, [&](Op& op) { op.pattern = text; });
      }
    }
  }

  void SimplifyRange(size_t i) {
    const Op op = current_.ops[i];
    const uint64_t unit = BytesPerLength(op);
    if (HasAddress(op.verb)) {
      for (const uint64_t address : SimplerAddresses(op.address)) {
        TryOp(i, [&](Op& changed) { changed.address = address; });
        // Also changes only the start of the range, and keeps its end.
        const uint64_t bytes = op.address - address;
        if (unit == 0 || bytes % unit != 0) continue;
        const uint64_t length = op.length + bytes / unit;
        if (!TakesLength(op.verb, op.type, length)) continue;
        TryOp(i, [&](Op& changed) {
          changed.address = address;
          changed.length = length;
        });
      }
    }
    const ArgumentList& arguments = InfoOf(op.verb).arguments;
    const bool has_pattern =
        arguments.Has(Argument::kPattern) || arguments.Has(Argument::kAddresses);
    const uint64_t now = op.is_max ? FramesOf(op) : op.length;
    if (has_pattern || now == 0) return;
    for (const uint64_t length : SimplerNumbers(now, std::max<uint64_t>(unit, 1))) {
      if (!TakesLength(op.verb, op.type, length)) continue;
      TryOp(i, [&](Op& changed) {
        changed.length = length;
        changed.is_max = false;
      });
    }
  }

  // Removes a pointer, or replaces it by a null pointer.
  void SimplifyPointers(size_t i) {
    for (size_t at = current_.ops[i].pattern.size(); at >= kPointerBytes; at -= kPointerBytes) {
      TryOp(i, [&](Op& op) {
        if (at > op.pattern.size()) return;
        op.pattern.erase(at - kPointerBytes, kPointerBytes);
        op.length = op.pattern.size();
      });
      TryOp(i, [&](Op& op) {
        if (at > op.pattern.size()) return;
        op.pattern.replace(at - kPointerBytes, kPointerBytes, kPointerBytes, '\0');
      });
    }
  }

  void SimplifyFill(size_t i) {
    for (const std::string& pattern : SimplerPatterns(current_.ops[i].pattern)) {
      TryOp(i, [&](Op& op) {
        if (op.length == op.pattern.size()) op.length = pattern.size();
        op.pattern = pattern.size() == op.length ? pattern : pattern.substr(0, 1);
      });
    }
    // A string that repeats one byte has a short form, in which the length is a number.
    TryOp(i, [](Op& op) {
      if (!op.pattern.empty()) op.pattern.resize(1);
    });
    if (current_.ops[i].pattern.size() != 1) return;
    for (const uint64_t length : SimplerNumbers(current_.ops[i].length)) {
      if (length != 0) TryOp(i, [&](Op& op) { op.length = length; });
    }
  }

  // Moves an address that several operations have in all of them together.
  void MoveInStep() {
    std::vector<uint64_t> addresses;
    for (const Op& op : current_.ops) {
      if (HasAddress(op.verb)) addresses.push_back(op.address);
    }
    std::sort(addresses.begin(), addresses.end());
    addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
    for (const uint64_t from : addresses) {
      for (const uint64_t to : SimplerAddresses(from)) {
        TryAll([&](Scenario& s) {
          for (Op& op : s.ops) {
            if (HasAddress(op.verb) && op.address == from) op.address = to;
          }
        });
      }
    }
  }

  const BugIdentity& bug_;
  const absl::FunctionRef<std::optional<BugIdentity>(const Scenario&)> find_bug_;
  const MinimizeOptions& options_;
  const absl::Time deadline_;
  Scenario current_;
  ScenarioCost cost_;
  size_t runs_ = 0;
  bool over_ = false;
};

}  // namespace

Minimized Minimize(const Scenario& scenario, const BugIdentity& bug,
                   absl::FunctionRef<std::optional<BugIdentity>(const Scenario&)> find_bug,
                   const MinimizeOptions& options) {
  return Minimizer(scenario, bug, find_bug, options).Run();
}

}  // namespace sim
