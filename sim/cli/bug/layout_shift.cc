#include "sim/cli/bug/layout_shift.h"

#include <algorithm>
#include <optional>

#include "sim/scenario/named_bytes.h"

namespace sim {
namespace {

// The bytes of `op`'s range; 0 if it has none, or one that leaves the window.
uint64_t BytesOf(const Op& op) {
  const NamedBytes::Wide bytes = NamedBytes::Wide{op.length} * BytesPerLength(op);
  return bytes > kWindowEnd - op.address ? 0 : static_cast<uint64_t>(bytes);
}

// The number of bytes of `named` within the window, at least one.
uint64_t WithinWindow(const NamedBytes& named) {
  const NamedBytes::Wide room = kWindowEnd - named.start;
  return static_cast<uint64_t>(std::clamp<NamedBytes::Wide>(named.BoundedBytes(), 1, room));
}

constexpr uint64_t PageUp(uint64_t address) {
  return (address + kPageBytes - 1) & ~(kPageBytes - 1);
}

// All page borders at the ends of ranges in the scenario, ascending.
std::vector<uint64_t> Borders(const Scenario& scenario) {
  std::vector<uint64_t> borders = {kWindowStart};
  for (const Op& op : scenario.ops) {
    const std::optional<NamedBytes> named = BytesNamedBy(op);
    if (!named || !IsInWindow(op.address)) continue;
    borders.push_back(op.address & ~(kPageBytes - 1));
    borders.push_back(PageUp(op.address + WithinWindow(*named)));
  }
  std::sort(borders.begin(), borders.end());
  borders.erase(std::unique(borders.begin(), borders.end()), borders.end());
  return borders;
}

}  // namespace

std::vector<LayoutShift> ShiftsOf(const Scenario& scenario) {
  const std::vector<uint64_t> borders = Borders(scenario);
  std::vector<LayoutShift> shifts;
  for (size_t i = 1; i < borders.size(); ++i) {
    const uint64_t pages = (borders[i] - borders[i - 1]) / kPageBytes;
    for (const uint64_t left : {uint64_t{0}, uint64_t{1}, uint64_t{2}, pages / 2, pages - 1}) {
      if (left < pages) shifts.push_back({borders[i], (pages - left) * kPageBytes});
    }
  }
  std::sort(shifts.begin(), shifts.end(), [](const LayoutShift& a, const LayoutShift& b) {
    return a.bytes != b.bytes ? a.bytes > b.bytes : a.from < b.from;
  });
  return shifts;
}

Scenario Shifted(Scenario scenario, const LayoutShift& shift) {
  const auto moved = [&](uint64_t address) {
    return address >= shift.from && address <= kWindowEnd ? address - shift.bytes : address;
  };
  for (Op& op : scenario.ops) {
    if (!HasAddress(op.verb) || !IsInWindow(op.address)) continue;
    const uint64_t bytes = BytesOf(op);
    const uint64_t start = moved(op.address);
    if (bytes != 0) {
      const uint64_t end = moved(op.address + bytes);
      op.length = end > start ? (end - start) / BytesPerLength(op) : 0;
    }
    op.address = start;
  }
  return scenario;
}

}  // namespace sim
