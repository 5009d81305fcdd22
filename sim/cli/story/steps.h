// Describes the events of an operation in words.
#ifndef SIM_CLI_STORY_STEPS_H_
#define SIM_CLI_STORY_STEPS_H_

#include <string>

#include "sim/cli/story/picture.h"
#include "sim/cli/story/story.h"
#include "sim/machine/event.h"
#include "sim/scenario/scenario.h"

namespace sim {

// "check [0x550000000000, 0x550000000001) READ|USER: yes". `scenario`: the source of the race lines
// that the text can name.
std::string PrintEvent(const Event& event, const Scenario& scenario);

// A line for each event: number, F if the flag is set, L if the lock is held, what happened; "<--"
// after the event that shows the bug best. The middle of a long list is omitted.
std::string PrintSteps(const Story& story, const Colors& colors);

}  // namespace sim

#endif  // SIM_CLI_STORY_STEPS_H_
