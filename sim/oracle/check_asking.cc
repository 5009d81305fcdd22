#include "sim/oracle/check_asking.h"

#include <algorithm>
#include <optional>

#include "absl/container/inlined_vector.h"
#include "sim/scenario/named_bytes.h"

namespace sim {
namespace {

// axptr::MappingFlags::bits(): the permissions as in Perms, and this one.
constexpr uint8_t kUser = 8;

// The bytes for which checks were answered with yes.
class CheckedBytes {
 public:
  void Add(ByteRange range) {
    // Strings are checked page by page: those stay one range.
    if (last_.end >= range.start && last_.start <= range.start) {
      last_.end = std::max(last_.end, range.end);
      return;
    }
    if (last_.start < last_.end) older_.push_back(last_);
    last_ = range;
  }

  // Whether every byte of `wanted` is among them.
  bool Contain(ByteRange wanted) const {
    return last_.Contains(wanted) || wanted.start >= wanted.end || ContainInPieces(wanted);
  }

  // Whether any byte of `range` is among them.
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

// The rights with which the library itself touches user memory, in an attempt.
uint8_t RightsOfAttempt(Verb verb) {
  switch (InfoOf(verb).transfer) {
    case Transfer::kToUser:
    case Transfer::kZeros:
      return kPermWrite;
    case Transfer::kInside:
      return InfoOf(verb).user_rights;
    default:
      return kPermRead;
  }
}

// The bytes that an outcome of ok says were read or handed out, as far as the contract asks about
// them.
ByteRange RangeOfResult(const OpEvidence& evidence) {
  NamedBytes::Wide bytes = BytesOfResult(evidence.op, evidence.record.outcome.length);
  if (IsNullTerminated(evidence.op.verb) && !evidence.contract.asks_whole_elements) {
    bytes -= ElementSize(evidence.op.type) - 1;  // of the terminator, the first byte
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
        counts_are_exact_(evidence.contract.counts == Contract::Counts::kExact) {}

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
  static ByteRange RangeOf(const Event& event) { return ByteRange::Of(event.address, event.size); }

  void OnChecked(const Event& event, ByteRange range) {
    if (asks_ < Contract::Asks::kAreas) return;  // it need not ask, and may ask for anything
    if (!evidence_.expected.may_ask) {
      Rarely([&] { WrongOrder({.rule = Rule::kCheckedInVain, .address = range.start}, event); });
    }
    const auto wanted = static_cast<uint8_t>(needed_ | user_);
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
    if (counts_are_exact_ && !population_failed_ && checked_.Meet(range)) {
      Rarely([&] {
        WrongRange({.rule = Rule::kAskedAgain, .address = range.start, .got = range}, &event);
      });
    }
    just_checked_ = range;
    checked_.Add(range);
  }

  void OnPopulated(const Event& event, ByteRange range) {
    if (asks_ < Contract::Asks::kAreas) return;
    // What could not be populated as a whole is asked about page by page.
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
    const auto wanted = static_cast<uint8_t>(needed_ | user_);
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
    const Expectation& expected = evidence_.expected;
    if (!checked_.Contain(range)) {
      Rarely([&] {
        WrongRange({.rule = Rule::kAttemptUnchecked, .address = range.start, .got = range}, &event);
      });
    } else if (!ByteRange::Of(expected.touch_start, expected.touch_bytes).Contains(range)) {
      Rarely([&] {
        WrongRange({.rule = Rule::kAttemptElsewhere, .address = range.start, .got = range}, &event);
      });
    } else if (const uint8_t wanted = RightsOfAttempt(evidence_.op.verb);
               (event.access & wanted) != wanted ||
               (counts_are_exact_ && (event.access & ~wanted & kPermWrite) != 0)) {
      Rarely([&] {
        WrongRange({.rule = Rule::kAttemptFlags,
                    .address = range.start,
                    .wanted = value::PermissionFlags{wanted},
                    .got = value::PermissionFlags{event.access}},
                   &event);
      });
    }
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
