// The address space of a story as lines of text, at most 80 columns wide.
#ifndef SIM_CLI_STORY_PICTURE_H_
#define SIM_CLI_STORY_PICTURE_H_

#include <string>

#include "sim/cli/story/story.h"

namespace sim {

// Terminal styles for parts of a text; adds no escape codes if `on` is false.
class Colors {
 public:
  explicit Colors(bool on) : on_(on) {}
  std::string Bad(const std::string& text) const { return Wrap("1;31", text); }
  std::string Good(const std::string& text) const { return Wrap("32", text); }
  std::string Heading(const std::string& text) const { return Wrap("1", text); }
  std::string Quiet(const std::string& text) const { return Wrap("2", text); }

 private:
  std::string Wrap(const char* code, const std::string& text) const {
    return on_ ? "\033[" + std::string(code) + "m" + text + "\033[0m" : text;
  }

  const bool on_;
};

// A line for each area, hole and place outside the window. Below each of them that the operation
// accesses, a line marks the accessed pages and the faults. A legend of the used symbols follows.
std::string PrintPicture(const Story& story, const Colors& colors);

// "64 pages", "1 page".
std::string PageCount(uint64_t bytes);

// The memory that the failing operation accesses, in words: "8 bytes, from 4 bytes before a page
// ends".
std::string PrintTouched(const Story& story);

}  // namespace sim

#endif  // SIM_CLI_STORY_PICTURE_H_
