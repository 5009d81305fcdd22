#include "bench/scenario_files.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "sim/scenario/scenario_text.h"

namespace bench {

std::vector<ScenarioFile> ReadScenarios(const std::string& folder) {
  const std::filesystem::path path = std::filesystem::path(AXPTR_SOURCE_DIR) / "corpus" / folder;
  std::vector<ScenarioFile> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    if (entry.path().extension() != ".scn") continue;
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(stream), {});
    auto scenario = sim::ParseScenario(text, entry.path().string());
    if (!scenario.ok()) {
      std::fprintf(stderr, "%s\n", std::string(scenario.status().message()).c_str());
      std::exit(2);
    }
    files.push_back({entry.path().stem().string(), *std::move(scenario)});
  }
  if (files.empty()) {
    std::fprintf(stderr, "%s: no scenarios there\n", path.c_str());
    std::exit(2);
  }
  std::sort(files.begin(), files.end(),
            [](const ScenarioFile& a, const ScenarioFile& b) { return a.name < b.name; });
  return files;
}

}  // namespace bench
