// What a checker looks at: one operation, what the machine wrote down about it, and what the model
// says of it.
#ifndef SIM_ORACLE_EVIDENCE_H_
#define SIM_ORACLE_EVIDENCE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/strings/string_view.h"
#include "sim/machine/event.h"
#include "sim/oracle/expectation.h"
#include "sim/oracle/violation.h"
#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/trace.h"

namespace sim {

struct OpEvidence {
  const Op& op;
  size_t index;  // of `op` in the scenario
  const OpRecord& record;
  std::span<const Event> events;
  const Expectation& expected;
  // Of all operations of the run, for what races left in theirs.
  std::span<const OpRecord> records;

  bool Panicked() const { return record.outcome.kind == Outcome::Kind::kPanic; }
  // The kernel stopped although nothing in the scenario asked for it, or the reverse: the rest of
  // the operation did not happen, so that the state it left says nothing more.
  bool PanicDiffers() const { return Panicked() != expected.PredictsPanic(); }
};

// Where violations go.
using Violations = std::vector<Violation>;

inline void Report(const OpEvidence& evidence, absl::string_view name, uint64_t address,
                   std::string wanted, std::string got, Violations* violations) {
  violations->push_back({.name = name,
                         .op_index = evidence.index,
                         .wanted = std::move(wanted),
                         .got = std::move(got),
                         .address = address});
}

// Calls `report()` out of line: the strings of a violation cost a checker nothing where there is
// none, not even room on its stack, which a sanitizer would clear for every operation.
template <typename Function>
ABSL_ATTRIBUTE_NOINLINE void Rarely(Function&& report) {
  report();
}

constexpr bool IsInWindow(uint64_t address) {
  return address >= kWindowStart && address < kWindowEnd;
}

// The addresses [start, end). An event's range that would wrap ends at the last address.
struct ByteRange {
  uint64_t start = 0;
  uint64_t end = 0;

  static constexpr ByteRange Of(uint64_t address, uint64_t size) {
    return {address, size > UINT64_MAX - address ? UINT64_MAX : address + size};
  }
  constexpr bool Contains(ByteRange other) const {
    return start <= other.start && other.end <= end;
  }
  constexpr bool Contains(uint64_t address) const { return start <= address && address < end; }
  // The whole pages around it.
  constexpr ByteRange Pages() const {
    const uint64_t past = end % kPageBytes == 0 ? 0 : kPageBytes - end % kPageBytes;
    return {start - start % kPageBytes, past > UINT64_MAX - end ? UINT64_MAX : end + past};
  }
};

}  // namespace sim

#endif  // SIM_ORACLE_EVIDENCE_H_
