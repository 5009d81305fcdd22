// The frame of the pages of HTML that programs here write.
#ifndef SIM_PAGE_PAGE_H_
#define SIM_PAGE_PAGE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace sim {

// The style of all pages: page.css.
extern const char kPageStyle[];

// `text` for text and attributes of HTML, in single or double quotes.
std::string EscapeHtml(absl::string_view text);

// A page that needs nothing else: light, dark and on paper. `title` is plain text, also the
// heading; `body` is the HTML that stands below it.
std::string PrintPage(absl::string_view title, absl::string_view body);

}  // namespace sim

#endif  // SIM_PAGE_PAGE_H_
