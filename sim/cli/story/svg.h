// The drawings of the page that `axsim explain --html` writes. Colours are the page's CSS classes,
// so that they follow light, dark and paper.
#ifndef SIM_CLI_STORY_SVG_H_
#define SIM_CLI_STORY_SVG_H_

#include <string>

#include "sim/cli/story/story.h"

namespace sim {

// The address space just before the failing operation: a row an area, a cell a page.
std::string AddressMapSvg(const Story& story);

// A timeline from top to bottom: a lane for each CPU, and a dot for each operation. The events of
// the failing operation are below its dot, with one bar while the flag is set and one while the
// lock is held.
std::string TimelineSvg(const Story& story);

}  // namespace sim

#endif  // SIM_CLI_STORY_SVG_H_
