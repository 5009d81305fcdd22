#include "sim/machine/fetch_log.h"

#include <algorithm>

namespace sim {

void FetchLog::BeginAccess() {
  for (Loads* loads : {&of_attempt_, &of_access_}) {
    loads->ranges.clear();
    loads->again = {};
  }
}

void FetchLog::Add(uint64_t address, uint64_t size) {
  of_attempt_.Add({address, address + size});
  of_access_.Add({address, address + size});
}

void FetchLog::Loads::Add(Range range) {
  // Fast path: usually a load directly follows the previous one.
  if (!ranges.empty() && ranges.back().end == range.start) {
    ranges.back().end = range.end;
    return;
  }
  const auto first =
      std::lower_bound(ranges.begin(), ranges.end(), range.start,
                       [](const Range& before, uint64_t start) { return before.end < start; });
  auto last = first;
  for (; last != ranges.end() && last->start <= range.end; ++last) {
    const uint64_t start = std::max(last->start, range.start);
    const uint64_t end = std::min(last->end, range.end);
    if (start < end) {
      if (again.bytes == 0) again.address = start;
      again.bytes += end - start;
    }
  }
  if (first == last) {
    ranges.insert(first, range);
    return;
  }
  first->start = std::min(first->start, range.start);
  first->end = std::max((last - 1)->end, range.end);
  ranges.erase(first + 1, last);
}

}  // namespace sim
