// The machine's log of events. The signal handler writes to it too; therefore the log allocates
// nothing while an operation runs.
#ifndef SIM_MACHINE_EVENT_LOG_H_
#define SIM_MACHINE_EVENT_LOG_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "sim/machine/event.h"
#include "sim/machine/event_buffer.h"

namespace sim {

// Observes events as they are recorded. Also called inside the signal handler, whose rules apply
// (fault_inside.cc).
class EventWatcher {
 public:
  virtual ~EventWatcher() = default;
  // `event` has just happened, and the code that made it happen is still on the stack.
  virtual void OnEvent(const Event& event) = 0;
};

class EventLog {
 public:
  // Removes all events. Nothing is recorded until the next BeginOperation.
  void Clear() {
    events_.Clear();
    room_ = 0;
    dropped_ = 0;
  }

  // Starts recording. To be called before each operation of a run.
  void BeginOperation() {
    events_.Reserve();
    room_ = std::min(max_events_, events_.capacity());
  }

  // Sets the most events recorded between two Clears; default EventBuffer::kMaxEvents. Further
  // events are counted as dropped. Takes effect at the next BeginOperation.
  void set_max_events(size_t max_events) { max_events_ = max_events; }
  // The present limit on recorded events; 0 until BeginOperation.
  size_t room() const { return room_; }

  // Sets the watcher, which also receives the events that do not fit; null: none.
  void set_watcher(EventWatcher* watcher) { watcher_ = watcher; }

  void Add(const Event& event) {
    if (watcher_ != nullptr) watcher_->OnEvent(event);
    if (events_.size() < room_) {
      events_.push_back(event);
    } else {
      ++dropped_;
    }
  }

  // Replaces the last event that is no misuse by `event` if both have the same kind and index.
  // Misuses may follow the event that is replaced: they are recorded in the middle of raced
  // accesses.
  void ReplaceLast(const Event& event) {
    size_t end = events_.size();
    while (end != 0 && events_[end - 1].kind == EventKind::kMisused) --end;
    if (end == 0) return;
    Event& last = events_[end - 1];
    if (last.kind == event.kind && last.index == event.index) last = event;
  }

  const EventBuffer& events() const { return events_; }
  // The number of events since Clear that did not fit, or occurred before BeginOperation.
  uint64_t dropped() const { return dropped_; }

  // Exchanges the events with those of `other`; no memory is freed.
  void Swap(EventBuffer& other) { events_.Swap(other); }

 private:
  EventBuffer events_;
  size_t max_events_ = EventBuffer::kMaxEvents;
  size_t room_ = 0;  // 0: nothing is recorded
  uint64_t dropped_ = 0;
  EventWatcher* watcher_ = nullptr;
};

}  // namespace sim

#endif  // SIM_MACHINE_EVENT_LOG_H_
