#include "bench/results.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace bench {
namespace {

using nlohmann::json;

constexpr char kPeerLabel[] = "peer=";

absl::StatusOr<json> ReadJson(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is not JSON (cut off?)"));
  }
  if (!parsed.is_object() || !parsed.contains("benchmarks") || !parsed["benchmarks"].is_array()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": has no \"benchmarks\": not the output of a benchmark program"));
  }
  return parsed;
}

// The value at `key` if it is text; else nullopt.
std::string Text(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<double> Number(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

double Quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const double at = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - static_cast<double>(below)) * (values[above] - values[below]);
}

// The repetitions of a row as they come in.
struct Samples {
  std::string name = {};
  std::string peer = {};
  bool by_the_clock = false;
  double place = 0;  // in the program; interleaved rows come in any order
  std::vector<double> ns = {};
  std::vector<double> wall_ns = {};
  std::vector<double> bytes_per_second = {};
};

double NsOf(const std::string& unit) {
  if (unit == "us") return 1e3;
  if (unit == "ms") return 1e6;
  return unit == "s" ? 1e9 : 1;
}

// The name of a row without what google-benchmark appends.
std::string ShortName(const std::string& name) {
  for (const char* const addition : {"/real_time", "/manual_time", "/process_time"}) {
    const size_t at = name.find(addition);
    if (at != std::string::npos) return name.substr(0, at);
  }
  return name;
}

Row ToRow(const Samples& samples) {
  Row row;
  row.name = samples.name;
  row.peer = samples.peer;
  row.repetitions = static_cast<int>(samples.ns.size());
  row.wall_ns = Quantile(samples.wall_ns, 0.5);
  const std::vector<double>& times = samples.by_the_clock ? samples.wall_ns : samples.ns;
  row.ns = Quantile(times, 0.5);
  if (row.ns > 0) row.spread = (Quantile(times, 0.75) - Quantile(times, 0.25)) / row.ns;
  if (!samples.bytes_per_second.empty()) {
    row.bytes_per_second = Quantile(samples.bytes_per_second, 0.5);
  }
  return row;
}

void AddMachine(const json& context, Results* results) {
  for (const char* const key : {"cpu", "compiler", "kernel", "subject", "date"}) {
    const std::string value = Text(context, key);
    if (!value.empty()) results->machine.emplace_back(key, value);
  }
  if (const auto cpus = Number(context, "num_cpus")) {
    results->machine.emplace_back("CPUs", absl::StrCat(*cpus));
  }
  const auto load = context.find("load_avg");
  if (load != context.end() && load->is_array() && !load->empty() && (*load)[0].is_number()) {
    results->machine.emplace_back("load at the start", absl::StrCat((*load)[0].get<double>()));
  }
}

// Whether the row of `entry` ended itself, instead of being measured.
bool HasEndedItself(const json& entry) {
  const auto found = entry.find("error_occurred");
  return found != entry.end() && found->is_boolean() && found->get<bool>();
}

absl::StatusOr<Results> ToResults(const json& parsed, const std::string& path) {
  Results results;
  std::vector<Samples> all;
  std::map<std::string, size_t> index;
  for (const json& entry : parsed["benchmarks"]) {
    if (!entry.is_object()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": an entry is no object"));
    }
    if (Text(entry, "run_type") == "aggregate") continue;
    const std::string full_name = Text(entry, "run_name");
    if (HasEndedItself(entry)) {
      results.not_measured.insert(
          absl::StrCat(ShortName(full_name), ": ", Text(entry, "error_message")));
      continue;
    }
    const auto cpu = Number(entry, "cpu_time");
    const auto wall = Number(entry, "real_time");
    if (full_name.empty() || !cpu || !wall) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": an entry has no run_name, cpu_time or real_time"));
    }
    const std::string name = ShortName(full_name);
    const auto [at, is_new] = index.try_emplace(name, all.size());
    if (is_new) {
      all.push_back(
          {.name = name,
           .place = Number(entry, "family_index").value_or(static_cast<double>(all.size()))});
    }
    Samples& samples = all[at->second];
    samples.by_the_clock = name != full_name;
    const double unit = NsOf(Text(entry, "time_unit"));
    samples.ns.push_back(*cpu * unit);
    samples.wall_ns.push_back(*wall * unit);
    if (const auto rate = Number(entry, "bytes_per_second")) {
      samples.bytes_per_second.push_back(*rate);
    }
    const std::string label = Text(entry, "label");
    if (absl::StartsWith(label, kPeerLabel)) {
      samples.peer = ShortName(label.substr(sizeof(kPeerLabel) - 1));
    }
  }
  if (all.empty()) return absl::InvalidArgumentError(absl::StrCat(path, ": has no rows"));
  if (parsed.contains("context") && parsed["context"].is_object()) {
    AddMachine(parsed["context"], &results);
  }
  std::sort(all.begin(), all.end(),
            [](const Samples& a, const Samples& b) { return a.place < b.place; });
  for (const Samples& samples : all) results.rows.push_back(ToRow(samples));
  results.Index();
  for (Row& row : results.rows) {
    const Row* const peer = results.Find(row.peer);
    if (peer != nullptr && peer->ns > 0) row.ratio = row.ns / peer->ns;
  }
  return results;
}

}  // namespace

const Row* Results::Find(const std::string& name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &rows[found->second];
}

void Results::Index() {
  index_.clear();
  for (size_t i = 0; i < rows.size(); ++i) index_[rows[i].name] = i;
}

absl::StatusOr<Results> ReadResults(const std::string& path) {
  const absl::StatusOr<json> parsed = ReadJson(path);
  if (!parsed.ok()) return parsed.status();
  return ToResults(*parsed, path);
}

absl::Status WriteWithRatios(const std::string& path, const Results& results,
                             const std::string& output) {
  absl::StatusOr<json> parsed = ReadJson(path);
  if (!parsed.ok()) return parsed.status();
  for (json& entry : (*parsed)["benchmarks"]) {
    const Row* const row = results.Find(ShortName(Text(entry, "run_name")));
    if (row == nullptr || !row->ratio) continue;
    entry["peer"] = row->peer;
    entry["ratio"] = *row->ratio;
  }
  std::ofstream file(output, std::ios::binary);
  file << parsed->dump(1) << '\n';
  if (!file.flush()) return absl::UnavailableError(absl::StrCat(output, ": cannot be written"));
  return absl::OkStatus();
}

}  // namespace bench
