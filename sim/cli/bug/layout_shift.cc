#include "sim/cli/bug/layout_shift.h"

#include <algorithm>

#include "sim/scenario/names.h"

namespace sim {
namespace {

constexpr bool IsInWindow(uint64_t address) {
  return address >= kWindowStart && address < kWindowEnd;
}

// The bytes of `op`'s range; 0 if it has none, or one that leaves the window.
uint64_t BytesOf(const Op& op) {
  const uint64_t unit = LengthUnit(op);
  if (unit == 0 || !IsInWindow(op.address)) return 0;
  return op.length > (kWindowEnd - op.address) / unit ? 0 : op.length * unit;
}

// How many bytes `op` names from its address on: at least one, and none beyond the window.
uint64_t NamedFrom(const Op& op) {
  uint64_t bytes = BytesOf(op);
  if (op.verb == Verb::kFill) bytes = op.length;
  if (LengthUnit(op) == 0 && IsLibraryAccess(op.verb)) bytes = ElementSize(op.type);
  return std::clamp<uint64_t>(bytes, 1, kWindowEnd - op.address);
}

constexpr uint64_t PageUp(uint64_t address) {
  return (address + kPageBytes - 1) & ~(kPageBytes - 1);
}

// Every page border that the scenario names, ascending.
std::vector<uint64_t> Borders(const Scenario& scenario) {
  std::vector<uint64_t> borders = {kWindowStart};
  for (const Op& op : scenario.ops) {
    if (op.verb == Verb::kFrames || !IsInWindow(op.address)) continue;
    borders.push_back(op.address & ~(kPageBytes - 1));
    borders.push_back(PageUp(op.address + NamedFrom(op)));
  }
  std::sort(borders.begin(), borders.end());
  borders.erase(std::unique(borders.begin(), borders.end()), borders.end());
  return borders;
}

}  // namespace

uint64_t LengthUnit(const Op& op) {
  switch (ArgumentFormOf(op.verb)) {
    case ArgumentForm::kRange:
    case ArgumentForm::kRangePerms:
    case ArgumentForm::kRangePermsKind:
      return 1;
    case ArgumentForm::kTypeAddressLength:
      return ElementSize(op.type);
    case ArgumentForm::kTypeAddressMaybeLength:
      return op.is_single ? 0 : ElementSize(op.type);
    case ArgumentForm::kFileLength:
    case ArgumentForm::kFill:
    case ArgumentForm::kFrames:
    case ArgumentForm::kAddress:
    case ArgumentForm::kTypeAddress:
      return 0;
  }
  return 0;
}

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
    if (op.verb == Verb::kFrames || !IsInWindow(op.address)) continue;
    const uint64_t bytes = BytesOf(op);
    const uint64_t start = moved(op.address);
    if (bytes != 0) {
      const uint64_t end = moved(op.address + bytes);
      op.length = end > start ? (end - start) / LengthUnit(op) : 0;
    }
    op.address = start;
  }
  return scenario;
}

}  // namespace sim
