#include "sim/cli/bug/simplicity.h"

#include <algorithm>
#include <bit>

namespace sim {
namespace {

// Digits of a hexadecimal number without the zeros at its end, then its size.
constexpr uint64_t NumberCost(uint64_t value) {
  if (value == 0) return 0;
  const auto trailing = static_cast<uint64_t>(std::countr_zero(value)) / 4 * 4;
  const auto width = static_cast<uint64_t>(std::bit_width(value));
  return (width - trailing + 3) / 4 * 8 + width;
}

constexpr uint64_t AddressCost(uint64_t address) {
  constexpr uint64_t kOutside = 40;
  if (IsInWindow(address)) return NumberCost(address - kWindowStart);
  // Numbers near the top of the address space count as round, like those near 0.
  return kOutside + std::min(NumberCost(address), NumberCost(-address) + 1);
}

constexpr uint64_t PermsCost(const Op& op) {
  if (!InfoOf(op.verb).arguments.Has(Argument::kPerms)) return 0;
  if (op.perms == (kPermRead | kPermWrite)) return 0;
  return op.perms == kPermRead ? 1 : 2 + static_cast<uint64_t>(std::popcount(op.perms));
}

uint64_t PatternCost(const std::string& pattern) {
  uint64_t cost = 0;
  for (const char c : pattern) cost += c == 0 ? 1 : c == 'a' ? 2 : c > 0 ? 3 : 4;
  return cost;
}

uint64_t OpCost(const Op& op) {
  uint64_t cost = AddressCost(op.address) + PermsCost(op) + PatternCost(op.pattern);
  cost += NumberCost(op.max_strings);
  cost += NumberCost(op.is_max ? FramesOf(op) : op.length);
  if (op.cpu != 0) cost += 4;
  if (op.race) cost += 8 + uint64_t{4} * op.race->nth;
  return cost + 2 * static_cast<uint64_t>(op.kind);
}

uint64_t MachineCost(const MachineConfig& machine) {
  uint64_t cost = 4 * static_cast<uint64_t>(machine.cpus - 1);
  if (machine.frames) cost += 8 + NumberCost(*machine.frames);
  return cost + (machine.lock ? 0 : 4) + (machine.smap ? 4 : 0);
}

constexpr uint64_t PageDown(uint64_t value) { return value & ~(kPageBytes - 1); }

}  // namespace

ScenarioCost CostOf(const Scenario& scenario) {
  ScenarioCost cost{.ops = scenario.ops.size(), .words = MachineCost(scenario.machine)};
  for (const Op& op : scenario.ops) {
    cost.words += OpCost(op);
    // Only chooses between numbers of the same form, so it may wrap.
    cost.values += (IsInWindow(op.address) ? op.address - kWindowStart : op.address) + op.length;
  }
  return cost;
}

std::vector<uint64_t> SimplerNumbers(uint64_t value, uint64_t unit) {
  const uint64_t page = std::max<uint64_t>(1, kPageBytes / unit);
  std::vector<uint64_t> numbers = {0, 1, 2, 3, 4, 8, page, page + 1, 2 * page, 2 * page + 1};
  if (value != 0) {
    const uint64_t lowest_digit = static_cast<uint64_t>(std::countr_zero(value)) / 4 * 4;
    numbers.insert(numbers.end(),
                   {std::bit_floor(value), value / 2, value / page * page,
                    value & ~(uint64_t{0xf} << lowest_digit), value - value % 16, value - 1,
                    value > page ? value - page : 0, PageDown(value), PageDown(value / 2)});
  }
  std::erase_if(numbers, [&](uint64_t number) { return NumberCost(number) > NumberCost(value); });
  return numbers;
}

std::vector<uint64_t> SimplerAddresses(uint64_t address) {
  std::vector<uint64_t> addresses;
  if (IsInWindow(address)) {
    for (const uint64_t offset : SimplerNumbers(address - kWindowStart)) {
      addresses.push_back(kWindowStart + offset);
    }
    const uint64_t up = PageDown(address) + kPageBytes;
    addresses.insert(addresses.end(), {up, up - 1, up - 2, up - 4, up - 8, up - 16});
  } else {
    for (const uint64_t number : SimplerNumbers(address)) addresses.push_back(number);
    for (const uint64_t number : SimplerNumbers(-address)) addresses.push_back(-number);
    addresses.push_back(kWindowStart);
  }
  return addresses;
}

std::vector<std::string> SimplerPatterns(const std::string& pattern) {
  const size_t size = pattern.size();
  std::vector<std::string> patterns;
  if (size == 0) return patterns;
  if (size > 1) {
    patterns = {pattern.substr(0, 1),     pattern.substr(size - 1), pattern.substr(0, size / 2),
                pattern.substr(size / 2), pattern.substr(1),        pattern.substr(0, size - 1)};
  }
  patterns.push_back(std::string(size, '\0'));
  patterns.push_back(std::string(size, 'a'));
  constexpr size_t kBytesTriedOneByOne = 32;
  for (size_t i = 0; i < std::min(size, kBytesTriedOneByOne); ++i) {
    for (const char simple : {'\0', 'a'}) {
      patterns.push_back(pattern);
      patterns.back()[i] = simple;
    }
  }
  return patterns;
}

}  // namespace sim
