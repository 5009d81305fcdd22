#include "sim/oracle/check_asking.h"

#include <algorithm>
#include <optional>

#include "absl/container/inlined_vector.h"
#include "sim/scenario/named_bytes.h"

namespace sim {
namespace {

// axptr::MappingFlags::bits(): the permissions as in Perms, and USER.
constexpr uint8_t kUser = 8;
// In the flags of an attempt: no fault is resolved.
constexpr uint8_t kNoFault = 16;

// The bytes that permission checks have permitted.
class CheckedBytes {
 public:
  void Add(ByteRange range) {
    // Strings are checked page by page; adjacent ranges are merged.
    if (last_.end >= range.start && last_.start <= range.start) {
      last_.end = std::max(last_.end, range.end);
      return;
    }
    if (last_.start < last_.end) older_.push_back(last_);
    last_ = range;
  }

  void Clear() {
    older_.clear();
    last_ = ByteRange();
  }

  // Whether all bytes of `wanted` are permitted.
  bool Contain(ByteRange wanted) const {
    return last_.Contains(wanted) || wanted.start >= wanted.end || ContainInPieces(wanted);
  }

  // Whether any byte of `range` is permitted.
  bool Meet(ByteRange range) const {
    const auto meets = [range](const ByteRange& other) {
      return range.start < other.end && other.start < range.end;
    };
    return meets(last_) || std::any_of(older_.begin(), older_.end(), meets);
  }

 private:
  bool ContainInPieces(ByteRange wanted) const {
    for (bool progress = true; progress && wanted.start < wanted.end;) {
      progress = false;
      const auto take = [&](const ByteRange& range) {
        if (!range.Contains(wanted.start)) return;
        wanted.start = range.end;
        progress = true;
      };
      take(last_);
      for (const ByteRange& range : older_) take(range);
    }
    return wanted.start >= wanted.end;
  }

  ByteRange last_;  // the newest
  absl::InlinedVector<ByteRange, 4> older_;
};

// The permissions that the library itself uses for user memory, in an attempt.
uint8_t RightsOfTouch(Verb verb) {
  switch (InfoOf(verb).transfer) {
    case Transfer::kToUser:
    case Transfer::kZeros:
      return kPermWrite;
    case Transfer::kInside:
    case Transfer::kAtomic:
      return InfoOf(verb).user_rights;
    default:
      return kPermRead;
  }
}

uint8_t RightsOfAttempt(Verb verb) {
  const uint8_t rights = RightsOfTouch(verb);
  return IsUnderNoFault(verb) ? static_cast<uint8_t>(rights | kNoFault) : rights;
}

// The bytes that a result of ok read or lent out, as far as the contract requires a check of
// them.
ByteRange RangeOfResult(const OpEvidence& evidence) {
  NamedBytes::Wide bytes = BytesOfResult(evidence.op, evidence.record.outcome.length);
  if (IsNullTerminated(evidence.op.verb) && !evidence.contract.asks_whole_elements) {
    bytes -= ElementSize(evidence.op.type) - 1;  // only the first byte of the terminator
  }
  return ByteRange::Of(evidence.op.address,
                       static_cast<uint64_t>(std::min<NamedBytes::Wide>(bytes, UINT64_MAX)));
}

class Checker {
 public:
  Checker(const OpEvidence& evidence, Violations* violations)
      : evidence_(evidence),
        violations_(violations),
        asks_(evidence.contract.asks),
        needed_(InfoOf(evidence.op.verb).user_rights),
        user_(evidence.contract.asks_for_user ? kUser : 0),
        counts_are_exact_(evidence.contract.counts == Contract::Counts::kExact &&
                          evidence.subject.counts_exactly) {}

  void Take(const Event& event) {
    switch (event.kind) {
      case EventKind::kChecked:
        OnChecked(event, RangeOf(event));
        break;
      case EventKind::kPopulated:
        OnPopulated(event, RangeOf(event));
        break;
      case EventKind::kLockTaken:
      case EventKind::kLockReleased:
        just_checked_.reset();
        break;
      case EventKind::kAttemptBegun:
        OnAttempt(event, RangeOf(event));
        break;
      case EventKind::kAttemptEnded:
        OnAttemptEnded(event, RangeOf(event));
        // After a fault under NoFault, the memory is checked again.
        if (!event.ok && IsUnderNoFault(evidence_.op.verb)) checked_.Clear();
        break;
      default:
        break;
    }
  }

  void OnResult(ByteRange range) {
    if (asks_ < Contract::Asks::kAreas || checked_.Contain(range)) return;
    Rarely([&] {
      WrongRange({.rule = Rule::kResultUnchecked, .address = range.start, .wanted = range},
                 nullptr);
    });
  }

 private:
  bool has_parts() const { return !evidence_.expected.parts.empty(); }

  // The unit of the range of an event: accessed bytes, or the pages around them.
  enum class Unit : uint8_t { kBytes, kPages };

  // The permissions of a part that contains `range`: of one that `access` suffices for, else of any
  // such part; those of a load if no part contains `range`.
  uint8_t RightsOfPart(ByteRange range, Unit unit, uint8_t access) const {
    std::optional<uint8_t> rights;
    for (const Expectation::Part& part : evidence_.expected.parts) {
      const ByteRange bytes = ByteRange::Of(part.start, part.bytes);
      if (!(unit == Unit::kPages ? bytes.Pages() : bytes).Contains(range)) continue;
      if (!rights || (access & *rights) != *rights) rights = part.rights;
    }
    return rights.value_or(kPermRead);
  }

  // The permissions that a check of `range`, or its population, must require, given that it
  // requires `access`.
  uint8_t RightsNeeded(ByteRange range, Unit unit, uint8_t access) const {
    return static_cast<uint8_t>((has_parts() ? RightsOfPart(range, unit, access) : needed_) |
                                user_);
  }

  uint8_t RightsOfAttemptOn(ByteRange range, uint8_t access) const {
    return has_parts() ? RightsOfPart(range, Unit::kBytes, access)
                       : RightsOfAttempt(evidence_.op.verb);
  }

  // Whether the operation may access all of `range`.
  bool IsExpected(ByteRange range) const {
    const Expectation& expected = evidence_.expected;
    if (!has_parts()) {
      return ByteRange::Of(expected.touch_start, expected.touch_bytes).Contains(range);
    }
    return std::any_of(expected.parts.begin(), expected.parts.end(),
                       [&](const Expectation::Part& part) {
                         return ByteRange::Of(part.start, part.bytes).Contains(range);
                       });
  }

  static ByteRange RangeOf(const Event& event) { return ByteRange::Of(event.address, event.size); }

  void OnChecked(const Event& event, ByteRange range) {
    if (asks_ < Contract::Asks::kAreas) return;  // checks are optional, with any permissions
    if (!evidence_.expected.may_ask) {
      Rarely([&] { WrongOrder({.rule = Rule::kCheckedInVain, .address = range.start}, event); });
    }
    const uint8_t wanted = RightsNeeded(range, Unit::kBytes, event.access);
    if ((event.access & wanted) != wanted) {
      Rarely([&] {
        WrongRange({.rule = Rule::kCheckFlags,
                    .address = range.start,
                    .wanted = value::PermissionFlags{wanted},
                    .got = value::PermissionFlags{event.access}},
                   &event);
      });
    }
    just_checked_.reset();
    if (!event.ok) return;
    const bool may_meet = population_failed_ || has_parts() || FollowsPointers(evidence_.op.verb);
    if (counts_are_exact_ && !may_meet && checked_.Meet(range)) {
      Rarely([&] {
        WrongRange({.rule = Rule::kAskedAgain, .address = range.start, .got = range}, &event);
      });
    }
    just_checked_ = range;
    checked_.Add(range);
  }

  void OnPopulated(const Event& event, ByteRange range) {
    if (asks_ < Contract::Asks::kAreas) return;
    // If the population of a range fails, the library checks it page by page.
    population_failed_ = population_failed_ || !event.ok;
    if (!just_checked_) {
      Rarely(
          [&] { WrongOrder({.rule = Rule::kPopulatedUnchecked, .address = range.start}, event); });
    } else if (!just_checked_->Pages().Contains(range)) {
      Rarely([&] {
        WrongOrder({.rule = Rule::kPopulatedElsewhere,
                    .address = range.start,
                    .wanted = just_checked_->Pages(),
                    .got = range},
                   event);
      });
    }
    const uint8_t wanted = RightsNeeded(range, Unit::kPages, event.access);
    if ((event.access & wanted) != wanted) {
      Rarely([&] {
        WrongRange({.rule = Rule::kPopulationFlags,
                    .address = range.start,
                    .wanted = value::PermissionFlags{wanted},
                    .got = value::PermissionFlags{event.access}},
                   &event);
      });
    }
  }

  void OnAttempt(const Event& event, ByteRange range) {
    if (range.start == range.end || asks_ < Contract::Asks::kAreas) return;
    if (!checked_.Contain(range)) {
      Rarely([&] {
        WrongRange({.rule = Rule::kAttemptUnchecked, .address = range.start, .got = range}, &event);
      });
    } else if (!IsExpected(range)) {
      Rarely([&] {
        WrongRange({.rule = Rule::kAttemptElsewhere, .address = range.start, .got = range}, &event);
      });
    } else if (const uint8_t wanted = RightsOfAttemptOn(range, event.access);
               (event.access & wanted) != wanted ||
               (counts_are_exact_ && (event.access & ~wanted & kPermWrite) != 0)) {
      Rarely([&] {
        WrongRange({.rule = Rule::kAttemptFlags,
                    .address = range.start,
                    .wanted = value::PermissionFlags{wanted},
                    .got = value::PermissionFlags{event.access}},
                   &event);
      });
    } else if (counts_are_exact_ && HasType(evidence_.op.verb) &&
               IsNullTerminated(evidence_.op.verb)) {
      OnScan(event, range);
    }
  }

  // The library reads whole elements.
  void OnScan(const Event& event, ByteRange range) {
    const uint64_t element = ElementSize(evidence_.op.type);
    const uint64_t start = evidence_.op.address;
    const uint64_t end = range.end - (range.end - start) % element;
    if (end == range.end && (range.start - start) % element == 0) return;
    Rarely([&] { IsWider(event, {range.start, end}, range); });
  }

  // If all bytes are moved, each completed attempt accessed all of its range, as far as accesses
  // are reported.
  void OnAttemptEnded(const Event& event, ByteRange range) {
    const uint64_t touched_to = event.fingerprint;
    if (touched_to == 0 || touched_to == range.end || !event.ok) return;
    const Verb verb = evidence_.op.verb;
    const bool moves_all = MovesBytes(verb) && !IsNullTerminated(verb) && !FollowsPointers(verb) &&
                           evidence_.record.outcome.kind == Outcome::Kind::kOk;
    if (!counts_are_exact_ || !moves_all) return;
    Rarely([&] { IsWider(event, {range.start, touched_to}, range); });
  }

  void IsWider(const Event& event, ByteRange needed, ByteRange range) {
    WrongRange(
        {.rule = Rule::kAttemptWider, .address = range.start, .wanted = needed, .got = range},
        &event);
  }

  void WrongOrder(const Violation& violation, const Event& event) {
    if (reported_order_) return;
    reported_order_ = true;
    Report(evidence_, violation, &event, violations_);
  }

  void WrongRange(const Violation& violation, const Event* event) {
    if (reported_range_) return;
    reported_range_ = true;
    Report(evidence_, violation, event, violations_);
  }

  const OpEvidence& evidence_;
  Violations* const violations_;
  const Contract::Asks asks_;
  const uint8_t needed_;
  const uint8_t user_;
  const bool counts_are_exact_;
  CheckedBytes checked_;
  std::optional<ByteRange> just_checked_;
  bool population_failed_ = false;
  bool reported_order_ = false;
  bool reported_range_ = false;
};

}  // namespace

void CheckAsking(const OpEvidence& evidence, Violations* violations) {
  if (!IsLibraryAccess(evidence.op.verb) || evidence.op.race) return;
  Checker checker(evidence, violations);
  for (const Event& event : evidence.events) checker.Take(event);
  const Outcome& outcome = evidence.record.outcome;
  if (outcome.kind != Outcome::Kind::kOk) return;
  const ByteRange result = RangeOfResult(evidence);
  if (result.start < result.end) checker.OnResult(result);
}

}  // namespace sim
