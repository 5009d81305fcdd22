// The address space of a story as rows of cells, for the text picture and the HTML page.
#ifndef SIM_CLI_STORY_ADDRESS_MAP_H_
#define SIM_CLI_STORY_ADDRESS_MAP_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/cli/story/story.h"

namespace sim {

// One page, or several.
struct MapCell {
  enum class State : uint8_t {
    kUnpopulated,
    kPopulated,
    kPartly,         // of several pages: some are populated
    kPopulatedByOp,  // by the failing operation
    kTakenAway,      // populated before the failing operation, and not after it
    kNothing,        // not mapped
  };
  State state = State::kNothing;
  bool touched = false;  // the failing operation accesses it
  bool faulted = false;
};

struct MapRow {
  enum class Kind : uint8_t { kArea, kHole, kOutside, kLeftOut };
  Kind kind = Kind::kHole;
  uint64_t start = 0;
  uint64_t end = 0;   // kOutside: the last address of all stands for 2^64
  AreaSnapshot area;  // of kArea
  uint64_t pages_per_cell = 1;
  std::vector<MapCell> cells;  // of kArea, kHole
  size_t rows_left_out = 0;    // of kLeftOut
  bool IsTouched() const;
};

inline constexpr size_t kMaxMapCells = 24;
inline constexpr size_t kMaxMapRows = 24;

// In ascending order. If there are too many rows, those far from the failing operation are omitted.
std::vector<MapRow> DrawMap(const Story& story);

}  // namespace sim

#endif  // SIM_CLI_STORY_ADDRESS_MAP_H_
