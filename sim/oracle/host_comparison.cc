#include "sim/oracle/host_comparison.h"

#include <cerrno>
#include <numeric>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "axptr/mapping_flags.h"
#include "sim/machine/user_touch.h"
#include "sim/oracle/report.h"
#include "sim/scenario/named_bytes.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

using axptr::MappingFlags;

constexpr uint64_t kUserHalfEnd = 0x7ffffffff000;

struct Bytes {
  uint64_t start;
  uint64_t size;
};

bool IsComparable(Verb verb) {
  // The memory that a table names is unknown here.
  if (InfoOf(verb).extent == Extent::kTable) return false;
  const VerbClass verb_class = InfoOf(verb).verb_class;
  if (FollowsPointers(verb)) return false;
  return verb_class == VerbClass::kUser || verb_class == VerbClass::kLibrary;
}

// Whether the range cannot contain memory of the simulator's own process: it lies in the window, or
// at addresses that no process can use.
bool IsAskable(Bytes bytes) {
  if (bytes.size == 0) return bytes.start < kUserHalfEnd;
  if (bytes.size > UINT64_MAX - bytes.start) return false;
  return bytes.start >= kUserHalfEnd || bytes.start + bytes.size <= kPageBytes ||
         Window::ContainsRange(bytes.start, bytes.size);
}

// Whether the range contains user memory without the permission READ.
bool HasUnreadable(const AddressSpace& space, Bytes bytes) {
  for (const Area& area : space.areas()) {
    if (area.start < bytes.start + bytes.size && bytes.start < area.end &&
        area.flags.contains(MappingFlags::USER) && !area.flags.contains(MappingFlags::READ)) {
      return true;
    }
  }
  return false;
}

// Undoes the stores of a mutable access to the ends of `size` bytes, or redoes them. Precondition:
// no deferred mprotect() of the window is pending.
void InvertStores(Machine& machine, uint64_t start, uint64_t size) {
  if (size == 0) return;
  const uint64_t last = start + size - 1;
  // Not if a wrong library accepted memory that is not writable.
  for (const uint64_t at : {start, last}) {
    if (!machine.address_space().LetsThrough(at, MappingFlags::WRITE)) return;
  }
  TouchByte(start, /*write=*/true, kFlippedInFirst);
  TouchByte(last, /*write=*/true, kFlippedInLast);
}

// Whether the library permitted the access, whatever it reports about the contents.
bool IsLetThrough(const Outcome& outcome) {
  return outcome.kind == Outcome::Kind::kOk ||
         (outcome.kind == Outcome::Kind::kError && outcome.error == EILSEQ);
}

}  // namespace

uint64_t HostReport::compared() const {
  return both_permit + both_refuse + findings.size() +
         std::accumulate(std::begin(known), std::end(known), uint64_t{0});
}

void HostReport::Add(const HostReport& other) {
  both_permit += other.both_permit;
  both_refuse += other.both_refuse;
  for (int i = 0; i < kKnownDifferenceCount; ++i) known[i] += other.known[i];
  accesses_not_compared += other.accesses_not_compared;
}

std::string PrintHostReport(const Scenario& scenario, const HostReport& report) {
  std::string text =
      absl::StrCat("host kernel: ", report.compared(), " opinions: ", report.both_permit,
                   " both permit, ", report.both_refuse, " both refuse");
  for (int i = 0; i < kKnownDifferenceCount; ++i) {
    if (report.known[i] == 0) continue;
    absl::StrAppend(&text, ", ", report.known[i], " known to differ (", kKnownDifferenceNames[i],
                    ")");
  }
  absl::StrAppend(&text, ", ", report.findings.size(), " disagree; ", report.accesses_not_compared,
                  " accesses not compared\n");
  for (const HostFinding& finding : report.findings) {
    Op op = scenario.ops[finding.op_index];
    op.expect = {};
    absl::StrAppend(&text, PrintPlace(scenario, finding.op_index), ": ", PrintOp(op), ": host.",
                    kHostWitnessNames[static_cast<size_t>(finding.witness)], ": wanted ",
                    finding.wanted, ", got ", finding.got, "\n");
  }
  return text;
}

void HostComparison::Begin(const Scenario& scenario) {
  scenario_ = &scenario;
  race_is_armed_ = false;
  answers_.clear();
  report_ = {};
}

void HostComparison::BeforeOperation(size_t index, Machine& machine) {
  if (next_ != nullptr) next_->BeforeOperation(index, machine);
}

void HostComparison::AfterOperation(size_t index, Machine& machine, const Outcome& outcome) {
  const Op& op = scenario_->ops[index];
  if (op.race) {
    race_is_armed_ = true;
  } else if (IsAccess(op.verb)) {
    Answer answer;
    answer.op_index = index;
    const bool is_counted = IsNullTerminated(op.verb) && !host_->CountsElements();
    if (!race_is_armed_ && !is_counted && IsComparable(op.verb)) Ask(op, machine, outcome, &answer);
    race_is_armed_ = false;
  }
  if (next_ != nullptr) next_->AfterOperation(index, machine, outcome);
}

std::optional<uint64_t> HostComparison::CountBytes(const Op& op, Answer* answer) {
  NamedBytes::Wide bytes = BytesNamedBy(op)->MostBytes();
  if (IsNullTerminated(op.verb)) {
    if (Window::Contains(op.address)) {
      answer->length = host_->CountToTerminator(op.address, Window::kEnd, ElementSize(op.type));
    }
    bytes = BytesOfResult(op, answer->length.value_or(0));
  }
  if (bytes > UINT64_MAX) return std::nullopt;
  return static_cast<uint64_t>(bytes);
}

void HostComparison::Ask(const Op& op, Machine& machine, const Outcome& outcome, Answer* answer) {
  if (!machine.address_space().SynchroniseWindow()) return;
  const bool is_string = IsMutable(op.verb) && IsNullTerminated(op.verb);
  const bool is_stored = is_string && outcome.kind == Outcome::Kind::kOk && outcome.length != 0;
  const uint64_t bytes = is_stored ? outcome.length * ElementSize(op.type) : 0;
  InvertStores(machine, op.address, bytes);
  const absl::Cleanup store_again = [&] { InvertStores(machine, op.address, bytes); };
  const std::optional<uint64_t> size = CountBytes(op, answer);
  if (!size || *size > kMostBytes || !IsAskable({op.address, *size})) return;
  // Without a terminator that the host can reach, every witness fails.
  const bool has_end = !IsNullTerminated(op.verb) || answer->length.has_value();
  for (int i = 0; i < kHostWitnessCount; ++i) {
    const auto witness = static_cast<HostWitness>(i);
    answer->permits[i] = has_end && host_->Has(witness) &&
                         host_->Permits(witness, op.address, *size, IsStore(op.verb));
  }
  if (IsLibraryAccess(op.verb)) {
    const bool reads = (InfoOf(op.verb).user_rights & kPermRead) != 0;
    if (op.address % RequiredAlign(op) != 0) {
      answer->known = KnownDifference::kAlignment;
    } else if (reads && *size != 0 && HasUnreadable(machine.address_space(), {op.address, *size})) {
      answer->known = KnownDifference::kNoReadRights;
    }
  }
  answers_.push_back(*answer);
}

const HostReport& HostComparison::Compare(const Trace& trace) {
  uint64_t accesses = 0;
  for (size_t i = 0; i < trace.ops.size(); ++i) {
    accesses += IsAccess(scenario_->ops[i].verb) && !scenario_->ops[i].race &&
                trace.ops[i].outcome.kind != Outcome::Kind::kNotRun;
  }
  for (const Answer& answer : answers_) {
    const Outcome& outcome = trace.ops[answer.op_index].outcome;
    if (outcome.kind == Outcome::Kind::kPanic) continue;
    if (outcome.kind == Outcome::Kind::kNotOffered) continue;
    // The host has the lock and the frames that the scenario may deny the simulated kernel.
    if (trace.ops[answer.op_index].injected != 0) continue;
    // Errors of the caller's own arguments are invisible to the host.
    if (outcome.IsError(ENAMETOOLONG) || outcome.IsError(EINVAL)) continue;
    if (outcome.IsError(E2BIG) || outcome.IsError(EAGAIN)) continue;
    --accesses;
    for (int i = 0; i < kHostWitnessCount; ++i) {
      const auto witness = static_cast<HostWitness>(i);
      if (host_->Has(witness)) CompareWith(answer, witness, outcome);
    }
  }
  report_.accesses_not_compared = accesses;
  return report_;
}

void HostComparison::CompareWith(const Answer& answer, HostWitness witness,
                                 const Outcome& outcome) {
  const bool library = IsLetThrough(outcome);
  const bool host = answer.permits[static_cast<size_t>(witness)];
  const auto report = [&](std::string wanted) {
    const Verb verb = scenario_->ops[answer.op_index].verb;
    report_.findings.push_back(
        {answer.op_index, witness, std::move(wanted), PrintOutcome(verb, outcome)});
  };
  if (answer.known && library) {
    report(absl::StrCat("a refusal: ", kKnownDifferenceNames[static_cast<size_t>(*answer.known)]));
  } else if (answer.known && host) {
    ++report_.known[static_cast<size_t>(*answer.known)];
  } else if (library != host) {
    report(host ? "ok, as the host says" : "a refusal, as the host says");
  } else if (host && answer.length && outcome.kind == Outcome::Kind::kOk &&
             outcome.length != *answer.length) {
    report(absl::StrCat("len=", *answer.length, ", as the host reads"));
  } else {
    ++(host ? report_.both_permit : report_.both_refuse);
  }
}

}  // namespace sim
