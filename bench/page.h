// The report of a run as one self-contained HTML file.
#ifndef BENCH_PAGE_H_
#define BENCH_PAGE_H_

#include <string>
#include <vector>

#include "bench/goals.h"
#include "bench/results.h"

namespace bench {

std::string MakePage(const Results& results, const std::vector<GoalResult>& goals,
                     const std::vector<std::string>& noise);

}  // namespace bench

#endif  // BENCH_PAGE_H_
