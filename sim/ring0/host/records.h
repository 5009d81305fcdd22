// The records of the image, grouped by scenario.
#ifndef SIM_RING0_HOST_RECORDS_H_
#define SIM_RING0_HOST_RECORDS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/ring0/host/image_subject.h"
#include "sim/ring0/replay/packed.h"

namespace sim {

// A finished access that was made in the middle of another access.
struct RacedRecord {
  size_t events = 0;     // of the interrupted access: the number of its events before this record
  ImageReturn returned;  // result.index: index of the inner access in the scenario
};

// The records of one operation.
struct OpRecords {
  std::vector<ring0::PackedEvent> events;
  std::vector<RacedRecord> raced;
  ImageReturn returned;
};

struct ScenarioRecords {
  uint32_t index = 0;
  std::vector<OpRecords> ops;           // operations that ended
  std::optional<ring0::PackedEnd> end;  // nothing: the image ended during the scenario
};

struct Records {
  std::optional<ring0::Probes> probes;
  std::vector<ScenarioRecords> scenarios;
  std::string compiler;                   // of the image: "g++ 12.2.0"
  std::optional<ring0::PackedBare> bare;  // if instructions are counted
  bool done = false;                      // the image reported that all scenarios ended
  bool full = false;                      // the image reported that it had no more room
  std::string text;                       // texts for people, and bytes that are not a record
};

// Reads all complete records from the start of `report`.
Records ReadRecords(std::string_view report);

}  // namespace sim

#endif  // SIM_RING0_HOST_RECORDS_H_
