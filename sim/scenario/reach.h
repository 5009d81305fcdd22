// What scenarios reach of each quantity that they have: a bug that begins at a size is invisible to
// scenarios that are all smaller.
#ifndef SIM_SCENARIO_REACH_H_
#define SIM_SCENARIO_REACH_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "absl/strings/string_view.h"
#include "sim/scenario/scenario.h"

namespace sim {

// Values of one quantity. The set of values is kept by powers of two: which of 0, 1, 2-3, 4-7, ...
// were there.
class ReachedValues {
 public:
  void Add(uint64_t value);

  // How many values were added; with none, the others mean nothing.
  uint64_t count() const { return count_; }
  uint64_t least() const { return least_; }
  uint64_t most() const { return most_; }

  // Whether a value of 2^power .. 2^(power+1) - 1 was added. Precondition: power < 64.
  bool Has(int power) const { return (powers_ >> power & 1) != 0; }

  // The powers of two between the least and the most value that no value lies in, such as "3-5, 9";
  // "none". Zero is in no power.
  std::string Gaps() const;

 private:
  uint64_t count_ = 0;
  uint64_t least_ = UINT64_MAX;
  uint64_t most_ = 0;
  uint64_t powers_ = 0;
};

// The quantities, each of scenarios, operations or accesses.
enum class Quantity : uint8_t {
  kOperations,
  kCpus,
  kFrames,
  kMaps,
  kAreaPages,
  kAccessBytes,
  kAccessElements,
  kPageOffset,
  kSegments,
  kStrings,
  kCallsUnderNoFault,
  kFilledBytes,
  kRacesOfOneAccess,
  kRaceNumber,
};
inline constexpr int kQuantityCount = static_cast<int>(Quantity::kRaceNumber) + 1;

// Its name with its unit, as in "bytes of an access".
absl::string_view NameOf(Quantity quantity);

class Reach {
 public:
  // Adds what `scenario` says, of its own operations; those that races arm included. Nothing is
  // run.
  void Add(const Scenario& scenario);

  size_t scenarios() const { return scenarios_; }
  const ReachedValues& of(Quantity quantity) const {
    return values_[static_cast<size_t>(quantity)];
  }

 private:
  void Note(Quantity quantity, uint64_t value) {
    values_[static_cast<size_t>(quantity)].Add(value);
  }
  void AddOp(const Op& op);
  void AddAccess(const Op& op);

  size_t scenarios_ = 0;
  std::array<ReachedValues, kQuantityCount> values_;
};

}  // namespace sim

#endif  // SIM_SCENARIO_REACH_H_
