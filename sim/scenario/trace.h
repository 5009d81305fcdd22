// The record of a run of a scenario: for each operation its outcome, its events in order, and the
// state of the machine after the operation.
#ifndef SIM_SCENARIO_TRACE_H_
#define SIM_SCENARIO_TRACE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/machine/event.h"
#include "sim/machine/event_buffer.h"
#include "sim/machine/fetch_log.h"
#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"
#include "sim/scenario/subject_facts.h"

namespace sim {

// The result of a race's operation that happened in the access for which it was armed.
struct RaceRecord {
  Outcome outcome;            // kPanic: the kernel stopped in the operation
  Effects effects = {};       // of an access of the library
  uint64_t load_address = 0;  // of a race at a load: the address of the load
};

struct OpRecord {
  // User-provided, so that value-initialisation in a vector does not clear each record first.
  OpRecord() {}

  Outcome outcome;
  size_t first_event = 0;  // in Trace::events
  size_t event_count = 0;
  uint64_t events_dropped = 0;  // because the buffer was full. This operation and all later
                                // operations are then not judged: events say what races did
  Effects effects = {};         // of an access of the library
  uint64_t injected = 0;        // failures in the operation that `inject` lines caused
  // After the operation:
  bool flag = false;         // the user-access flag of the operation's CPU
  bool flag_before = false;  // the same, before the operation
  bool lock_held = false;    // by any CPU
  // Bit i: Misuse i happened in the operation and left an event.
  uint32_t misuses = 0;
  uint64_t frames_free = 0;
  uint64_t pages_populated = 0;  // of all areas
  uint64_t pages_shared = 0;     // of the populated pages: copy on write, not written yet
  // Bytes that the library loaded more than once, within one recoverable user access and within the
  // operation. Nothing if the build does not trace loads, or without
  // Runner::set_watch_fetches(true).
  FetchLog::Again again_in_attempt = {};
  FetchLog::Again again = {};
  // For a race line: set when the next access ends. Nothing: the operation of the race did not
  // happen.
  std::optional<RaceRecord> race = {};
  // For an access for which races were armed: how often the access reached each RacePoint.
  std::array<uint32_t, kRacePointCount> reached = {};
  uint64_t populated_in_reach = 0;  // bit i: the i-th page from FirstPageInReach(op) is populated
};

struct Trace {
  std::vector<OpRecord> ops;  // one for each operation of the scenario
  EventBuffer events;
  SubjectFacts subject;             // what the run can observe of its subject
  Unseen unseen;                    // of every operation
  uint64_t max_events = 0;          // the capacity of `events`
  uint64_t frames_after_reset = 0;  // free frames after all areas are unmapped

  // The events of the operation of `record`. Precondition: `record` is an element of `ops`.
  std::span<const Event> EventsOf(const OpRecord& record) const {
    return {events.data() + record.first_event, record.event_count};
  }
  std::span<const Event> EventsOf(size_t op_index) const { return EventsOf(ops[op_index]); }
};

}  // namespace sim

#endif  // SIM_SCENARIO_TRACE_H_
