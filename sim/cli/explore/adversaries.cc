#include "sim/cli/explore/adversaries.h"

#include <algorithm>

#include "sim/oracle/byte_range.h"
#include "sim/scenario/named_bytes.h"

namespace sim {
namespace {

constexpr uint64_t kEndPages = 3;  // pages at each end of a long range that get adversaries
// Neither a terminator nor a byte of well-formed text.
constexpr char kOtherByte = '\xfe';

// The bytes that the access may touch, within the window.
ByteRange RangeOf(const Op& op, const Outcome& outcome) {
  const NamedBytes named = *BytesNamedBy(op);
  NamedBytes::Wide bytes = named.BoundedBytes();
  if (!named.is_bounded && outcome.kind == Outcome::Kind::kOk) {
    bytes = BytesOfResult(op, outcome.length);
  }
  const NamedBytes::Wide room = kWindowEnd - std::min(op.address, kWindowEnd);
  return {op.address, op.address + static_cast<uint64_t>(std::min(bytes, room))};
}

// Whether the scenario maps a file at `address`. May return true for other memory: a truncation
// there changes nothing.
bool MayHaveFile(const Scenario& scenario, size_t index, uint64_t address) {
  return std::any_of(scenario.ops.begin(), scenario.ops.begin() + static_cast<ptrdiff_t>(index),
                     [address](const Op& op) {
                       return op.verb == Verb::kMap && HasFile(op.kind) &&
                              address - op.address < op.length;
                     });
}

// The address at which `address` is mapped once more by what the scenario maps before `index`;
// 0: none.
uint64_t OtherPlace(const Scenario& scenario, size_t index, uint64_t address) {
  for (size_t i = index; i-- > 0;) {
    const Op& op = scenario.ops[i];
    if (op.verb != Verb::kAlias) continue;
    if (address - op.address < op.length) return op.from + (address - op.address);
    if (address - op.from < op.length) return op.address + (address - op.from);
  }
  return 0;
}

class Adversaries {
 public:
  explicit Adversaries(uint8_t cpu) : cpu_(cpu) {}

  Op& Add(Verb verb, uint64_t address, uint64_t length) {
    Op& op = ops_.emplace_back();
    op.verb = verb;
    op.cpu = cpu_;
    op.address = address;
    op.length = length;
    return op;
  }

  void AddFill(uint64_t start, uint64_t end, char byte) {
    Add(Verb::kFill, start, end - start).pattern.assign(1, byte);
  }

  // Adds adversaries that change the page at `page`. The access uses the bytes `used`.
  void AddPage(uint64_t page, ByteRange used) {
    Add(Verb::kUnmap, page, kPageBytes);
    Add(Verb::kProtect, page, kPageBytes).perms = kPermRead;
    Add(Verb::kProtect, page, kPageBytes).perms = 0;
    Add(Verb::kEvict, page, kPageBytes);
    Add(Verb::kShare, page, kPageBytes);
    Add(Verb::kUserStore, page, 1);  // two CPUs on one page
    const uint64_t start = std::max(page, used.start);
    const uint64_t end = std::min(page + kPageBytes, used.end);
    if (start >= end) return;
    AddFill(start, end, kOtherByte);
    AddFill(start, end, '\0');
    if (end - start > 1) AddFill(start + (end - start) / 2, start + (end - start) / 2 + 1, '\0');
  }

  // The task sleeps, and resumes on this CPU.
  void AddSleep() { Add(Verb::kSleep, 0, 0); }

  // Changes the page at `page` through the other mapping of its file, which has the page at
  // `other`.
  void AddOtherPlace(uint64_t page, uint64_t other, ByteRange used) {
    Add(Verb::kEvict, other, kPageBytes);
    Add(Verb::kUserStore, other, 1);
    const uint64_t start = std::max(page, used.start);
    const uint64_t end = std::min(page + kPageBytes, used.end);
    if (start < end) AddFill(start - page + other, end - page + other, kOtherByte);
  }

  // Adds the access itself, as a nested call of the same caller. If it cannot nest at a point,
  // another CPU makes the call.
  void AddOwn(const Op& access) {
    Op& op = ops_.emplace_back(access);
    op.race.reset();
    op.expect = {};
  }

  std::vector<Op> Take() { return std::move(ops_); }

 private:
  const uint8_t cpu_;
  std::vector<Op> ops_;
};

}  // namespace

std::vector<Op> WhileItSleeps(const Op& access, uint64_t space) {
  Adversaries adversaries(AdversaryCpu(access));
  adversaries.AddSleep();
  adversaries.Add(Verb::kSpace, 0, space).cpu = access.cpu;
  adversaries.AddOwn(access);
  return adversaries.Take();
}

uint8_t AdversaryCpu(const Op& access) { return access.cpu == 0 ? 1 : 0; }

std::vector<Op> StandardAdversaries(const Scenario& scenario, size_t index, const Outcome& outcome,
                                    uint64_t* pages_left_out) {
  if (pages_left_out != nullptr) *pages_left_out = 0;
  const Op& access = scenario.ops[index];
  Adversaries adversaries(AdversaryCpu(access));
  adversaries.Add(Verb::kFrames, 0, 0);
  adversaries.AddSleep();
  if (access.address < kWindowStart || access.address >= kWindowEnd) return adversaries.Take();
  const ByteRange used = RangeOf(access, outcome);
  const uint64_t first = used.start - used.start % kPageBytes;
  // Includes the page after the last one.
  const uint64_t end =
      std::min((used.end + kPageBytes - 1) / kPageBytes * kPageBytes + kPageBytes, kWindowEnd);
  const uint64_t pages = (end - first) / kPageBytes;
  if (pages_left_out != nullptr) *pages_left_out = pages - std::min(pages, 2 * kEndPages);
  for (uint64_t i = 0; i < pages; ++i) {
    if (i == kEndPages && pages > 2 * kEndPages) i = pages - kEndPages;
    const uint64_t page = first + i * kPageBytes;
    adversaries.AddPage(page, used);
    const uint64_t other = OtherPlace(scenario, index, page);
    if (other != 0) adversaries.AddOtherPlace(page, other, used);
    if (other != 0 || MayHaveFile(scenario, index, page)) {
      adversaries.Add(Verb::kTruncate, page, 0);
    }
  }
  adversaries.Add(Verb::kUnmap, first, end - first);
  // The area in which the access ends may come down to where it begins.
  adversaries.Add(Verb::kGrow, used.end - 1, kWindowBytes);
  if (InfoOf(access.verb).transfer == Transfer::kInside) adversaries.AddOwn(access);
  return adversaries.Take();
}

}  // namespace sim
