// Makes seeds for fuzzing engines: scenario texts in the binary form.
//
//   encode_seeds OUTPUT FOLDER...
//
// Writes to the existing folder OUTPUT a file FOLDER-NAME for each NAME.scn in each FOLDER. Exit
// status: 0 all files are written; 2 a file cannot be read, parsed, encoded or written: standard
// error names the file.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sim/scenario/scenario_bytes.h"
#include "sim/scenario/scenario_text.h"

namespace {

absl::StatusOr<std::string> Encode(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file.good()) return absl::UnavailableError("cannot be read");
  const absl::StatusOr<sim::Scenario> scenario = sim::ParseScenario(text, path.string());
  return scenario.ok() ? sim::EncodeScenario(*scenario) : scenario.status();
}

bool Write(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  file.close();
  return file.good();
}

// Returns false after an error, which was printed.
bool EncodeFolder(const std::filesystem::path& folder, const std::filesystem::path& output) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".scn") continue;
    const absl::StatusOr<std::string> bytes = Encode(entry.path());
    const std::string name = folder.filename().string() + "-" + entry.path().stem().string();
    if (!bytes.ok() || !Write(output / name, *bytes)) {
      fprintf(stderr, "%s: %s\n", entry.path().c_str(),
              bytes.ok() ? "its seed cannot be written"
                         : std::string(bytes.status().message()).c_str());
      return false;
    }
  }
  if (error) fprintf(stderr, "%s: %s\n", folder.c_str(), error.message().c_str());
  return !error;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: encode_seeds OUTPUT FOLDER...\n");
    return 2;
  }
  for (int i = 2; i < argc; ++i) {
    if (!EncodeFolder(argv[i], argv[1])) return 2;
  }
  return 0;
}
