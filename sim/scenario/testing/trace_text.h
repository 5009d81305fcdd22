// A trace as text: outcomes, effects, events and states. Tests compare the texts of two runs.
#ifndef SIM_SCENARIO_TESTING_TRACE_TEXT_H_
#define SIM_SCENARIO_TESTING_TRACE_TEXT_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "sim/scenario/scenario_text.h"
#include "sim/scenario/trace.h"

namespace sim {

inline std::string PrintEffects(const Effects& effects) {
  return absl::StrCat(" pointer=", effects.pointer_error, " copied=", effects.copied_bytes, "/",
                      effects.copied_fingerprint, " outside=", effects.written_outside.value_or(0),
                      " stray=", effects.stray_store.value_or(0), " left=", effects.left_behind);
}

inline std::string PrintForComparison(const Event& event) {
  return absl::StrCat(" [", static_cast<int>(event.kind), " ", event.cpu, " ", event.flag,
                      event.lock_held, event.ok, " ", event.access, " ",
                      static_cast<int>(event.disposition), static_cast<int>(event.bug),
                      event.bus_error, " ", event.address, "+", event.size, " ", event.index, " ",
                      event.error, " ", event.fingerprint, "]");
}

// A line for each operation of `scenario`. `trace`: the trace of a run of `scenario`.
inline std::string PrintTrace(const Scenario& scenario, const Trace& trace) {
  std::string text;
  for (size_t i = 0; i < trace.ops.size(); ++i) {
    const OpRecord& record = trace.ops[i];
    absl::StrAppend(&text, PrintOutcome(scenario.ops[i].verb, record.outcome),
                    " flag=", record.flag, " lock=", record.lock_held, " free=", record.frames_free,
                    " populated=", record.pages_populated, "/", record.populated_in_reach,
                    PrintEffects(record.effects), " misuses=", record.misuses,
                    " dropped=", record.events_dropped);
    for (const Event& event : trace.EventsOf(i)) text += PrintForComparison(event);
    text += "\n";
  }
  absl::StrAppend(&text, "after reset ", trace.frames_after_reset, "\n");
  return text;
}

}  // namespace sim

#endif  // SIM_SCENARIO_TESTING_TRACE_TEXT_H_
