// The rows of a result file of the benchmark program (Google Benchmark's JSON).
#ifndef BENCH_RESULTS_H_
#define BENCH_RESULTS_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace bench {

struct Row {
  std::string name = {};  // without google-benchmark's additions such as /real_time/threads:2
  std::string peer = {};  // the row with which this one is compared; may be empty
  int repetitions = 0;
  double ns = 0;      // of one iteration, median; of CPU time, where the row does not say otherwise
  double spread = 0;  // of the middle half of the repetitions, as a share of the median
  double wall_ns = 0;                // median of the time on the clock
  double bytes_per_second = 0;       // median, 0 if the row has none
  std::optional<double> ratio = {};  // ns to that of the peer, if the peer was measured
};

struct Results {
  std::vector<std::pair<std::string, std::string>> machine;  // what, and its value
  std::vector<Row> rows;                                     // in the order of the program
  std::set<std::string> not_measured;                        // "ROW: why"

  const Row* Find(const std::string& name) const;
  void Index();

 private:
  std::map<std::string, size_t> index_;
};

// Reads the file at `path`. Errors: NOT_FOUND, or INVALID_ARGUMENT for what is not the output of a
// benchmark program; the message names the file and what is wrong with it.
absl::StatusOr<Results> ReadResults(const std::string& path);

// Writes the JSON of `path` to `output`, with "peer" and "ratio" in each row that has them.
absl::Status WriteWithRatios(const std::string& path, const Results& results,
                             const std::string& output);

}  // namespace bench

#endif  // BENCH_RESULTS_H_
