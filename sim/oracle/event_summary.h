// Summary of the events of one operation, computed in one pass, so that a checker can skip the
// events if none of their kind exists.
#ifndef SIM_ORACLE_EVENT_SUMMARY_H_
#define SIM_ORACLE_EVENT_SUMMARY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "sim/machine/event.h"

namespace sim {

class EventSummary {
 public:
  [[gnu::always_inline]] explicit EventSummary(std::span<const Event> events) {
    for (const Event& event : events) {
      const uint32_t bit = Bit(event.kind);
      repeated_ |= kinds_ & bit;
      kinds_ |= bit;
      has_flag_ |= event.flag;
      if (!event.by_other) ++own_[static_cast<size_t>(event.kind)];
    }
  }

  bool empty() const { return kinds_ == 0; }
  // Whether an event of this kind exists, also by a raced access; whether more than one exists.
  bool Has(EventKind kind) const { return (kinds_ & Bit(kind)) != 0; }
  bool HasSeveral(EventKind kind) const { return (repeated_ & Bit(kind)) != 0; }
  // The number of events of this kind that the access of the operation left.
  uint64_t CountOf(EventKind kind) const { return own_[static_cast<size_t>(kind)]; }
  // Whether the user-access flag was set at any event.
  bool HasFlag() const { return has_flag_; }

 private:
  static constexpr size_t kKinds = static_cast<size_t>(EventKind::kMisused) + 1;
  static constexpr uint32_t Bit(EventKind kind) { return 1u << static_cast<unsigned>(kind); }

  uint32_t kinds_ = 0;
  uint32_t repeated_ = 0;
  bool has_flag_ = false;
  std::array<uint32_t, kKinds> own_ = {};
};

}  // namespace sim

#endif  // SIM_ORACLE_EVENT_SUMMARY_H_
