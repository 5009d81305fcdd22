// What came over the serial line, sorted by scenario.
#ifndef SIM_RING0_HOST_RECORDS_H_
#define SIM_RING0_HOST_RECORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/ring0/host/image_subject.h"
#include "sim/ring0/replay/packed.h"

namespace sim {

// Of one operation.
struct OpRecords {
  std::vector<ring0::PackedEvent> events;
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
  std::string text;                       // what it said to people, and bytes that are no record
};

// Reads as far as there are whole records.
Records ReadRecords(const std::string& serial);

}  // namespace sim

#endif  // SIM_RING0_HOST_RECORDS_H_
