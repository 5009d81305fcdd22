// The frame of the HTML pages that programs of this tree write.
#ifndef SIM_PAGE_PAGE_H_
#define SIM_PAGE_PAGE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace sim {

// The style of all pages: page.css.
extern const char kPageStyle[];

// Escapes `text` for HTML text, and for HTML attributes in single or double quotes.
std::string EscapeHtml(absl::string_view text);

// A page without external files, with styles for light and dark screens and for paper. `title` is
// plain text, and also the heading; `body` is the HTML below the heading.
std::string PrintPage(absl::string_view title, absl::string_view body);

}  // namespace sim

#endif  // SIM_PAGE_PAGE_H_
