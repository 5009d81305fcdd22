// The values of each quantity (sizes, counts) that a set of scenarios contains. Scenarios cannot
// find a bug that needs a larger value than all of them contain.
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

// The values of one quantity. The set of values is stored by powers of two: which of 1, 2-3, 4-7,
// ... contain a value.
class ReachedValues {
 public:
  void Add(uint64_t value);

  // The number of values added. If 0, least() and most() have no meaning.
  uint64_t count() const { return count_; }
  uint64_t least() const { return least_; }
  uint64_t most() const { return most_; }

  // Whether a value of 2^power .. 2^(power+1) - 1 was added. Precondition: power < 64.
  bool Has(int power) const { return (powers_ >> power & 1) != 0; }

  // The powers of two between the least and the most value that contain no value, such as "3-5, 9";
  // "none" if there are none. Zero is in no power.
  std::string Gaps() const;

  // The powers of two 2^i from the least to the most value for which not all of 2^i - 1, 2^i and
  // 2^i + 1 were added, as text of the same form. A bug that begins at such a size can stay
  // undetected if only one side of the size is tested.
  std::string OneSided() const;

 private:
  uint64_t count_ = 0;
  uint64_t least_ = UINT64_MAX;
  uint64_t most_ = 0;
  // Sets: bit i stands for the power of two 2^i.
  uint64_t powers_ = 0;  // 2^i .. 2^(i+1) - 1 contains a value
  uint64_t before_ = 0;  // 2^i - 1 was added; and so on
  uint64_t equal_ = 0;
  uint64_t after_ = 0;
};

// The quantities, each of scenarios, operations or accesses.
enum class Quantity : uint8_t {
  kOperations,
  kCpus,
  kFrames,
  kMaps,
  kAreaPages,
  kMappingsOfFile,
  kAccessBytes,
  kAccessElements,
  kPageOffset,
  kSegments,
  kStrings,
  kCallsUnderNoFault,
  kFilledBytes,
  kRacesOfOneAccess,
  kRaceNumber,
  kAccessesInside,
};
inline constexpr int kQuantityCount = static_cast<int>(Quantity::kAccessesInside) + 1;

// The quantity's name with its unit, such as "bytes of an access".
absl::string_view NameOf(Quantity quantity);

class Reach {
 public:
  // Adds the quantities of `scenario` and of its operations, including the operations that races
  // arm. Does not run the scenario.
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
  void AddFiles(const Scenario& scenario);
  void AddAccess(const Op& op);

  size_t scenarios_ = 0;
  std::array<ReachedValues, kQuantityCount> values_;
};

}  // namespace sim

#endif  // SIM_SCENARIO_REACH_H_
