// The frame of the pages that axsim writes.
#ifndef SIM_CLI_STORY_PAGE_H_
#define SIM_CLI_STORY_PAGE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace sim {

// A page of HTML that needs nothing else: light, dark and on paper. `title` is plain text, also the
// heading; `body` is the HTML that stands below it.
std::string PrintPage(absl::string_view title, absl::string_view body);

}  // namespace sim

#endif  // SIM_CLI_STORY_PAGE_H_
