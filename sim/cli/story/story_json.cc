#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "sim/cli/contract_json.h"
#include "sim/cli/race_json.h"
#include "sim/cli/story/steps.h"
#include "sim/cli/story/story_text.h"
#include "sim/cli/violation_json.h"
#include "sim/scenario/names.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

using Json = nlohmann::ordered_json;

Json AreasOf(const Snapshot& snapshot) {
  Json areas = Json::array();
  for (const AreaSnapshot& area : snapshot.areas) {
    areas.push_back({{"start", Hex(area.start)},
                     {"end", Hex(area.end)},
                     {"perms", std::string(PermsName(area.perms))},
                     {"kind", std::string(AreaKindName(area.kind))},
                     {"populated", snapshot.CountPopulated(area.start, area.end)}});
  }
  return areas;
}

Json EventsOf(const Story& story) {
  Json events = Json::array();
  for (const Event& event : story.events) {
    events.push_back({{"cpu", event.cpu},
                      {"flag", event.flag},
                      {"lock", event.lock_held},
                      {"what", PrintEvent(event, story.scenario)}});
  }
  return events;
}

Json StackOf(const Story& story) {
  Json frames = Json::array();
  for (const StackFrame& frame : story.stack) frames.push_back(frame.name);
  return frames;
}

}  // namespace

std::string PrintStoryJson(const Story& story, const StoryFrame& frame) {
  Json json = {
      {"file", frame.file},
      {"sentence", Sentence(story)},
      {"meaning", Meaning(story)},
      {"bug",
       {{"violation", story.bug.violation},
        {"operation", story.bug.operation},
        {"place", story.bug.place},
        {"difference", story.bug.difference}}},
      {"wanted", Wanted(story)},
      {"got", Got(story)},
      {"address", Hex(story.violation.address)},
      {"values", ViolationJson(story.violation)},
      {"original", {{"operations", frame.original_ops}, {"index", frame.original_op_index}}},
      {"scenario", PrintScenario(story.scenario)},
      {"index", story.op_index},
      {"areas", AreasOf(story.before)},
      {"frames_free", story.before.frames_free},
      {"touched", {{"start", Hex(story.touched.start)}, {"end", Hex(story.touched.end)}}},
      {"races", RacesJson(story.scenario, story.races)},
      {"events", EventsOf(story)},
      {"stack", StackOf(story)},
      {"gdb", frame.gdb},
      {"gtest", PrintTest(story, frame)}};
  AddContract(&json);
  return json.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace) + "\n";
}

}  // namespace sim
