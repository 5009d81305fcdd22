#include "sim/page/page.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace sim {

std::string EscapeHtml(absl::string_view text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

std::string PrintPage(absl::string_view title, absl::string_view body) {
  const std::string escaped = EscapeHtml(title);
  return absl::StrCat(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
      escaped, "</title>\n<style>", kPageStyle, "</style>\n</head>\n<body>\n<h1>", escaped,
      "</h1>\n", body, "</body>\n</html>\n");
}

}  // namespace sim
