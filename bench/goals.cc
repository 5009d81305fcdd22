#include "bench/goals.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace bench {
namespace {

using State = GoalResult::State;

constexpr char kLoad[] = "load/one";

// A run is noisy if the spread of its calibration rows is larger.
constexpr double kNoisySpread = 0.05;
// If the ratio of wall-clock time to CPU time is larger, other processes used the CPU during the
// run.
constexpr double kCrowded = 1.15;
// The difference of two runs of the same code, besides their spread, that is due to the layout of
// code and memory.
constexpr double kLeastChange = 0.05;
// The ratio up to which a goal "no dearer" is met.
constexpr double kEqual = 1.05;

std::string Short(double value) {
  if (value >= 100) return absl::StrFormat("%.0f", value);
  if (value >= 10) return absl::StrFormat("%.1f", value);
  return absl::StrFormat("%.2f", value);
}

class Table {
 public:
  explicit Table(const Results& results) : results_(results) {}

  // `row` costs at most `limit` times `peer`.
  void AtMost(std::string what, const std::string& row, const std::string& peer, double limit,
              const std::string& unit) {
    GoalResult goal{.what = std::move(what),
                    .wanted = absl::StrCat("at most ", Short(limit), " ", unit)};
    const Row* const a = results_.Find(row);
    const Row* const b = results_.Find(peer);
    if (a != nullptr && b != nullptr) {
      const double ratio = a->ns / b->ns;
      goal.measured = absl::StrCat(Short(ratio), " ", unit, " (", Short(a->ns), " ns)");
      Decide(ratio, limit, &goal);
    }
    goals_.push_back(goal);
  }

  // `row` costs at least `limit` times `peer`.
  void AtLeast(std::string what, const std::string& row, const std::string& peer, double limit) {
    GoalResult goal{.what = std::move(what), .wanted = absl::StrCat("at least ", limit, " times")};
    const Row* const a = results_.Find(row);
    const Row* const b = results_.Find(peer);
    if (a != nullptr && b != nullptr) {
      const double ratio = a->ns / b->ns;
      goal.measured =
          absl::StrCat(Short(ratio), " times (", Short(a->ns), " ns against ", Short(b->ns), ")");
      Decide(limit, ratio, &goal);
    }
    goals_.push_back(goal);
  }

  // `row` costs at most `factor` times `peer` and `plus_loads` loads more.
  void AtMostPlus(std::string what, const std::string& row, const std::string& peer, double factor,
                  double plus_loads) {
    GoalResult goal{.what = std::move(what)};
    goal.wanted = absl::StrCat("at most ", factor, " times");
    if (plus_loads > 0) absl::StrAppend(&goal.wanted, " + ", plus_loads, " loads");
    const Row* const a = results_.Find(row);
    const Row* const b = results_.Find(peer);
    const Row* const load = results_.Find(kLoad);
    if (a != nullptr && b != nullptr && load != nullptr) {
      goal.measured = absl::StrCat(Short(a->ns / b->ns), " times (", Short(a->ns), " ns against ",
                                   Short(b->ns), ")");
      if (plus_loads > 0) {
        absl::StrAppendFormat(&goal.measured, ", %.1f loads more",
                              (a->ns - factor * b->ns) / load->ns);
      }
      Decide(a->ns, factor * b->ns + plus_loads * load->ns, &goal);
    }
    goals_.push_back(goal);
  }

  // `row`, which handles a number of bytes, costs at most `limit` loads for each.
  void LoadsPerByte(std::string what, const std::string& row, double limit) {
    GoalResult goal{.what = std::move(what),
                    .wanted = absl::StrCat("at most ", limit, " loads a byte")};
    const Row* const found = results_.Find(row);
    const Row* const load = results_.Find(kLoad);
    if (found != nullptr && load != nullptr && found->bytes_per_second > 0) {
      const double loads = 1e9 / found->bytes_per_second / load->ns;
      goal.measured =
          absl::StrFormat("%.2f loads (%.1f GB/s)", loads, found->bytes_per_second / 1e9);
      Decide(loads, limit, &goal);
    }
    goals_.push_back(goal);
  }

  // The largest ratio of a check in a hole to a check in an area, over all numbers of areas.
  void HolesNoDearer() {
    GoalResult goal{.what = "EFAULT in a hole, any number of areas", .wanted = "no dearer than ok"};
    double worst = 0;
    uint64_t where = 0;
    for (uint64_t areas = 1; areas <= 65536; areas *= 4) {
      const Row* const hole = results_.Find(absl::StrCat("check/eager_const/hole/", areas));
      const Row* const hit = results_.Find(absl::StrCat("check/eager_const/random/", areas));
      if (hole == nullptr || hit == nullptr || hole->ns / hit->ns <= worst) continue;
      worst = hole->ns / hit->ns;
      where = areas;
    }
    if (where != 0) {
      goal.measured = absl::StrCat("at most ", Short(worst), " times (", where, " areas)");
      Decide(worst, kEqual, &goal);
    }
    goals_.push_back(goal);
  }

  void CostOfAPage() {
    constexpr double kLoadsAPage = 1;
    GoalResult goal{.what = "get_as_slice of 256 populated pages",
                    .wanted = "at most 1 load a page"};
    const Row* const one = results_.Find("slice/one_area/1");
    const Row* const many = results_.Find("slice/one_area/256");
    const Row* const load = results_.Find(kLoad);
    if (one != nullptr && many != nullptr && load != nullptr) {
      const double loads = std::max(0.0, (many->ns - one->ns) / 255 / load->ns);
      goal.measured = absl::StrFormat("%.3f loads a page (%.1f ns)", loads, many->ns);
      Decide(loads, kLoadsAPage, &goal);
    }
    goals_.push_back(goal);
  }

  std::vector<GoalResult> Take() { return std::move(goals_); }

 private:
  static void Decide(double value, double limit, GoalResult* goal) {
    goal->state = value <= limit ? State::kMet : State::kMissed;
    if (value > limit) goal->missed_by = absl::StrFormat("%.2f times", value / limit);
  }

  const Results& results_;
  std::vector<GoalResult> goals_;
};

void AddStringGoals(Table* table) {
  for (const char* const size : {"4096", "65536", "1048576"}) {
    table->AtMost(absl::StrCat("get_as_null_terminated, u8, ", size, " bytes"),
                  absl::StrCat("cstr/u8/", size), absl::StrCat("strlen/", size), 3, "strlen");
    table->AtMost(absl::StrCat("get_as_str, ASCII, ", size, " bytes"),
                  absl::StrCat("str/ascii/", size), absl::StrCat("strlen/", size), 4, "strlen");
  }
  for (const char* const bytes : {"two", "three", "four"}) {
    table->LoadsPerByte(absl::StrCat("get_as_str, ", bytes, "-byte characters, 4096 bytes"),
                        absl::StrCat("str/", bytes, "_bytes/4096"), 4);
  }
}

// The goals of copies by vectors, by words, and by a primitive of the platform.
void AddCopyingGoals(Table* table) {
  constexpr double kLoadsOfAValue = 20;
  constexpr double kLoadsOfAPage = 25;
  for (const char* const way : {"vectors", "words", "fast"}) {
    const auto row = [way](const std::string& family, const std::string& rest) {
      return absl::StrCat(family, "/", way, "/", rest);
    };
    const auto what = [way](const std::string& text) { return absl::StrCat(text, ", ", way); };
    for (const std::string direction : {"read", "write"}) {
      for (const std::string bytes : {"8", "24"}) {
        table->AtMostPlus(what(absl::StrCat(direction, " of ", bytes, " bytes, to a check")),
                          row("value", absl::StrCat(direction, "/", bytes)),
                          row("value", "check/8"), 1, kLoadsOfAValue);
      }
    }
    for (const std::string verb : {"read_into", "write_from", "zero"}) {
      const std::string peer = verb == "zero" ? "memset/" : "memcpy/";
      table->AtMostPlus(what(verb + " of 4 KiB"), row("copy", verb + "/4096"), peer + "4096", 1.2,
                        kLoadsOfAPage);
      table->AtMostPlus(what(verb + " of 1 MiB"), row("copy", verb + "/1048576"), peer + "1048576",
                        1.05, 0);
    }
    for (const std::string length : {"512", "4096"}) {
      for (const std::string verb : {"read_into", "write_from"}) {
        table->AtMostPlus(what(absl::StrCat("UserIoVec ", verb, ", 8 of ", length)),
                          row("segments", absl::StrCat(verb, "/8x", length)),
                          absl::StrCat("bare/segments/8x", length), kEqual, 0);
      }
    }
  }
}

}  // namespace

std::vector<GoalResult> EvaluateGoals(const Results& results) {
  Table table(results);
  const std::string one = "check/eager_const/middle/1";
  table.AtMost("get u64 and load, 1 area", one, kLoad, 12, "loads");
  table.AtMost("get u64 and load, 4096 areas, random", "flat/get/random/4096", kLoad, 60, "loads");
  table.AtLeast("the walk over a tree of 4096 areas, random", "check/tree_walk/random/4096",
                "check/eager_const/random/4096", 100);
  table.HolesNoDearer();
  table.CostOfAPage();
  AddStringGoals(&table);
  table.AtMostPlus("one value out, by access", "access/one_out", one, 1, 20);
  table.AtMostPlus("one value in, by access", "access/one_in", one, 1, 20);
  for (const char* const way : {"out", "in"}) {
    table.AtMostPlus(absl::StrCat("4 KiB ", way, ", by access, to memcpy"),
                     absl::StrCat("access/", way, "/4096"), "memcpy/4096", 1.2, 25);
    table.AtMostPlus(absl::StrCat("1 MiB ", way, ", by access, to memcpy"),
                     absl::StrCat("access/", way, "/1048576"), "memcpy/1048576", 1.05, 0);
  }
  AddCopyingGoals(&table);
  table.AtMost("one caught fault, least platform", "fault/library", "fault/bare_no_mask", 1.2,
               "bare guards");
  table.AtMost("one caught fault, simulated machine", "fault/machine", "fault/bare", 1.2,
               "bare guards");
  for (const char* const way :
       {"process_vm_readv", "write_to_pipe", "madv_populate_read", "mincore"}) {
    table.AtLeast(absl::StrCat(way, ", to a check"), absl::StrCat("host/", way),
                  "check/eager_const/middle/16", 20);
  }
  return table.Take();
}

std::vector<std::string> NoiseOf(const Results& results) {
  std::vector<std::string> reasons;
  for (const char* const name : {kLoad, "strlen/4096", "memcpy/4096"}) {
    const Row* const row = results.Find(name);
    if (row == nullptr) continue;
    if (row->spread > kNoisySpread) {
      reasons.push_back(absl::StrFormat("%s: repetitions differ by %.0f %% (limit %.0f %%)", name,
                                        row->spread * 100, kNoisySpread * 100));
    }
    if (row->wall_ns > row->ns * kCrowded) {
      reasons.push_back(
          absl::StrFormat("%s: had the CPU for %.0f %% of the time only (limit %.0f %%)", name,
                          row->ns / row->wall_ns * 100, 100 / kCrowded));
    }
  }
  return reasons;
}

std::vector<Change> ChangesBeyondNoise(const Results& before, const Results& after) {
  std::vector<Change> changes;
  const Row* const load_before = before.Find(kLoad);
  const Row* const load_after = after.Find(kLoad);
  if (load_before == nullptr || load_after == nullptr) return changes;
  for (const Row& row : after.rows) {
    const Row* const old = before.Find(row.name);
    if (old == nullptr || row.name == kLoad || old->ns <= 0 || row.ns <= 0) continue;
    Change change{.name = row.name,
                  .before = old->ns / load_before->ns,
                  .after = row.ns / load_after->ns,
                  .noise = kLeastChange + row.spread + old->spread + load_before->spread +
                           load_after->spread};
    if (std::abs(std::log(change.after / change.before)) > std::log1p(change.noise)) {
      changes.push_back(change);
    }
  }
  std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
    return a.after / a.before > b.after / b.before;
  });
  return changes;
}

}  // namespace bench
