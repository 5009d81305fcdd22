// The pages of files that are mapped at more than one place of the window, and the page whose
// memory all places of a file's page show: its home, which is one of them.
#ifndef SIM_MACHINE_ALIASES_H_
#define SIM_MACHINE_ALIASES_H_

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace sim {

class Aliases {
 public:
  bool empty() const { return homes_.empty(); }

  // The page whose memory `page` shows; `page` itself if it is mapped once, or is the home.
  uint64_t HomeOf(uint64_t page) const {
    const auto found = homes_.find(page);
    return found == homes_.end() ? page : found->second;
  }

  // Adds `page`, which is at no other place, as a place of the page whose home is `home`.
  void Add(uint64_t page, uint64_t home) {
    homes_.emplace(page, home);
    places_.emplace(home, page);
  }

  // Removes the place `page`. If it was the home of others, the lowest of them becomes their home,
  // and is the result.
  std::optional<uint64_t> Remove(uint64_t page);

  // The first page of [first, end) that has another place, or `end`.
  uint64_t Next(uint64_t first, uint64_t end) const {
    if (homes_.empty()) return end;
    const auto alias = homes_.lower_bound(first);
    const auto home = places_.lower_bound({first, 0});
    if (alias != homes_.end()) end = std::min(end, alias->first);
    if (home != places_.end()) end = std::min(end, home->first);
    return end;
  }

  // Calls `visit(place)` for each place of the page at `page`, `page` included.
  template <typename Visit>
  void EachPlace(uint64_t page, Visit visit) const {
    const uint64_t home = HomeOf(page);
    visit(home);
    for (auto at = places_.lower_bound({home, 0}); at != places_.end() && at->first == home; ++at) {
      visit(at->second);
    }
  }

  void Clear() {
    homes_.clear();
    places_.clear();
  }

 private:
  std::map<uint64_t, uint64_t> homes_;              // by place, of each place that is not a home
  std::set<std::pair<uint64_t, uint64_t>> places_;  // the same, as home and place
};

inline std::optional<uint64_t> Aliases::Remove(uint64_t page) {
  if (const auto found = homes_.find(page); found != homes_.end()) {
    places_.erase({found->second, page});
    homes_.erase(found);
    return std::nullopt;
  }
  const auto first = places_.lower_bound({page, 0});
  if (first == places_.end() || first->first != page) return std::nullopt;
  const uint64_t home = first->second;
  homes_.erase(home);
  for (auto at = places_.erase(first); at != places_.end() && at->first == page;) {
    homes_[at->second] = home;
    places_.emplace(home, at->second);
    at = places_.erase(at);
  }
  return home;
}

}  // namespace sim

#endif  // SIM_MACHINE_ALIASES_H_
