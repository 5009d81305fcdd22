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
  // Summarizes `events`. `cpu`: the CPU of the operation.
  [[gnu::always_inline]] EventSummary(std::span<const Event> events, uint8_t cpu) {
    for (const Event& event : events) {
      const uint32_t bit = Bit(event.kind);
      repeated_ |= kinds_ & bit;
      kinds_ |= bit;
      has_flag_ |= event.flag;
      if (event.cpu == cpu) ++of_cpu_[static_cast<size_t>(event.kind)];
    }
  }

  bool empty() const { return kinds_ == 0; }
  // Whether an event of this kind exists, of any CPU; whether more than one exists.
  bool Has(EventKind kind) const { return (kinds_ & Bit(kind)) != 0; }
  bool HasSeveral(EventKind kind) const { return (repeated_ & Bit(kind)) != 0; }
  // The number of events of this kind on the CPU of the operation.
  uint64_t CountOf(EventKind kind) const { return of_cpu_[static_cast<size_t>(kind)]; }
  // Whether the user-access flag was set at any event.
  bool HasFlag() const { return has_flag_; }

 private:
  static constexpr size_t kKinds = static_cast<size_t>(EventKind::kMisused) + 1;
  static constexpr uint32_t Bit(EventKind kind) { return 1u << static_cast<unsigned>(kind); }

  uint32_t kinds_ = 0;
  uint32_t repeated_ = 0;
  bool has_flag_ = false;
  std::array<uint32_t, kKinds> of_cpu_ = {};
};

}  // namespace sim

#endif  // SIM_ORACLE_EVENT_SUMMARY_H_
