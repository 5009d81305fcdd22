// What a run of a scenario left behind: for each operation its outcome, the events on the way, and
// the state of the machine after it.
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

// What became of the operation of a `race` line that happened in the access it was armed for.
struct RaceRecord {
  Outcome outcome;            // kPanic: the kernel stopped in it
  Effects effects = {};       // of an access of the library: what else it did
  uint64_t load_address = 0;  // if it happened at a load: the address that is loaded
};

struct OpRecord {
  // Of the program's own, so that a list does not make zeros of each record before it is made.
  OpRecord() {}

  Outcome outcome;
  size_t first_event = 0;  // in Trace::events
  size_t event_count = 0;
  uint64_t events_dropped = 0;  // for want of room: then this operation, and all after it, cannot
                                // be judged, because events say what races did
  Effects effects = {};         // of an access of the library
  uint64_t injected = 0;        // failures that `inject` lines brought about in it
  // After the operation:
  bool flag = false;         // the flag of its CPU
  bool flag_before = false;  // and before the operation
  bool lock_held = false;    // by any CPU
  // Bit i: Misuse i happened in it, and left an event.
  uint32_t misuses = 0;
  uint64_t frames_free = 0;
  uint64_t pages_populated = 0;  // of all areas
  uint64_t pages_shared = 0;     // of those: copy on write, and not written yet
  // Bytes that the library loaded more than once; nothing in a build that does not trace loads, or
  // if the runner was not asked to watch.
  FetchLog::Again again_in_attempt = {};
  FetchLog::Again again = {};
  // Of a race line, once the next access is over. Nothing: it did not happen.
  std::optional<RaceRecord> race = {};
  // Of an access for which races were armed: how often it reached each RacePoint.
  std::array<uint32_t, kRacePointCount> reached = {};
  uint64_t populated_in_reach = 0;  // bit i: the i-th page from FirstPageInReach(op) is populated
};

struct Trace {
  std::vector<OpRecord> ops;  // one for each operation of the scenario
  EventBuffer events;
  SubjectFacts subject;             // what of its subject the run could see
  Unseen unseen;                    // of every operation
  uint64_t max_events = 0;          // for more there was no room
  uint64_t frames_after_reset = 0;  // free frames once every area is gone

  // Those that the operation of `record` left, one of `ops`.
  std::span<const Event> EventsOf(const OpRecord& record) const {
    return {events.data() + record.first_event, record.event_count};
  }
  std::span<const Event> EventsOf(size_t op_index) const { return EventsOf(ops[op_index]); }
};

}  // namespace sim

#endif  // SIM_SCENARIO_TRACE_H_
