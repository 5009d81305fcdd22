// What the image reported, sorted by scenario.
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

// An access that was made in the middle of another one, and has come to an end.
struct RacedRecord {
  size_t events = 0;     // of the other one, that came before this record
  ImageReturn returned;  // result.index: of the access, in the scenario
};

// Of one operation.
struct OpRecords {
  std::vector<ring0::PackedEvent> events;
  std::vector<RacedRecord> raced;
  ImageReturn returned;
};

struct ScenarioRecords {
  uint32_t index = 0;
  std::vector<OpRecords> ops;           // those that ended
  std::optional<ring0::PackedEnd> end;  // nothing: the image ended in the middle of it
};

struct Records {
  std::optional<ring0::Probes> probes;
  std::vector<ScenarioRecords> scenarios;
  std::string compiler;                   // of the image: "g++ 12.2.0"
  std::optional<ring0::PackedBare> bare;  // where instructions are counted
  bool done = false;                      // the image says that it has run all
  bool full = false;                      // it says that it had no room for more
  std::string text;                       // what it said to people, and bytes that are no record
};

// Reads as far as there are whole records.
Records ReadRecords(std::string_view report);

}  // namespace sim

#endif  // SIM_RING0_HOST_RECORDS_H_
