// One command of axsim, as an entry of the table in commands.cc.
#ifndef SIM_CLI_COMMAND_H_
#define SIM_CLI_COMMAND_H_

#include <map>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace sim {

struct Option {
  absl::string_view name;     // without the dashes
  absl::string_view value;    // "" if it takes none; "text|json": one of these; else what it is
  absl::string_view meaning;  // one sentence; the default, if there is one
};

// The option whose values are facets (sim/oracle/facet.h): help lists them.
inline constexpr absl::string_view kRequireOption = "require";

// The parsed arguments after the command's name.
class Arguments {
 public:
  std::vector<std::string> files;

  bool Has(absl::string_view option) const { return options_.contains(std::string(option)); }
  std::string Get(absl::string_view option, absl::string_view otherwise = "") const {
    const auto found = options_.find(std::string(option));
    return found == options_.end() ? std::string(otherwise) : found->second;
  }
  bool IsJson() const { return Get("format") == "json"; }
  void Set(absl::string_view option, absl::string_view value) {
    options_[std::string(option)] = std::string(value);
  }

 private:
  std::map<std::string, std::string> options_;
};

struct Command {
  absl::string_view name;
  absl::string_view arguments;  // as a usage line shows them
  absl::string_view summary;    // one line
  absl::string_view example;    // whole lines, each with its newline
  size_t min_files = 0;
  size_t max_files = 0;  // SIZE_MAX: any number
  std::span<const Option> options;
  int (*run)(const Arguments& arguments) = nullptr;  // result: a status of exit_status.h
};

}  // namespace sim

#endif  // SIM_CLI_COMMAND_H_
