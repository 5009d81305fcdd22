// A story as text: what `axsim explain` prints.
#ifndef SIM_CLI_STORY_STORY_TEXT_H_
#define SIM_CLI_STORY_STORY_TEXT_H_

#include <cstddef>
#include <string>

#include "sim/cli/story/picture.h"
#include "sim/cli/story/story.h"
#include "sim/cli/subject_choice.h"

namespace sim {

// Data for the printers that is not in the story.
struct StoryFrame {
  std::string file;              // the given scenario
  size_t original_ops = 0;       // operations it had
  size_t original_op_index = 0;  // its failing one
  std::string gdb;               // the command that stops there in gdb
  std::string reduction;         // the effect of minimising: "minimised: 12 -> 2 operations"
  SubjectChoice choice = {};     // of the run: the test runs the same
};

// In this order: the bug in a sentence, the scenario, the address space, the steps, the stack, the
// debugger, a test.
std::string PrintStory(const Story& story, const StoryFrame& frame, const Colors& colors);

// The same as one JSON object on one line.
std::string PrintStoryJson(const Story& story, const StoryFrame& frame);

// The same as a self-contained HTML page: an SVG of the address space, and a timeline of CPUs,
// operations and events. With styles for light, dark and print.
std::string PrintStoryHtml(const Story& story, const StoryFrame& frame);

// The wanted and the actual value of the violation, in words.
std::string Wanted(const Story& story);
std::string Got(const Story& story);

// "access.result is broken in `const.get u8 0x550000000000` (operation 2 of 2): wanted EFAULT, ..."
std::string Sentence(const Story& story);

// The meaning of the violation, one sentence.
std::string Meaning(const Story& story);

// The source of a test that fails as long as the bug exists.
std::string PrintTest(const Story& story, const StoryFrame& frame);

// "0  axptr::check_region()": a line a frame.
std::string PrintStack(const Story& story);

// The title of the stack, with the event to which it belongs.
std::string StackTitle(const Story& story);

}  // namespace sim

#endif  // SIM_CLI_STORY_STORY_TEXT_H_
