// Where the machine writes down what happens. Written inside the signal handler too, so that it
// allocates nothing while an operation runs.
#ifndef SIM_MACHINE_EVENT_LOG_H_
#define SIM_MACHINE_EVENT_LOG_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "sim/machine/event.h"
#include "sim/machine/event_buffer.h"

namespace sim {

// Somebody who looks on. Called inside the signal handler too: the same rules.
class EventWatcher {
 public:
  virtual ~EventWatcher() = default;
  // `event` has just happened, and the code that made it happen is still on the stack.
  virtual void OnEvent(const Event& event) = 0;
};

class EventLog {
 public:
  // Nothing is recorded until the next BeginOperation.
  void Clear() {
    events_.Clear();
    room_ = 0;
    dropped_ = 0;
  }

  // Events are recorded from now on. To be called before each operation of a run.
  void BeginOperation() {
    events_.Reserve();
    room_ = std::min(max_events_, events_.capacity());
  }

  // The most events that are recorded between two Clears, EventBuffer::kMaxEvents if not set. More
  // are counted as dropped. Takes effect at the next BeginOperation.
  void set_max_events(size_t max_events) { max_events_ = max_events; }
  // How many events are recorded now, at most; 0 until BeginOperation.
  size_t room() const { return room_; }

  // `watcher` sees every event from now on, also those that do not fit; null: none.
  void set_watcher(EventWatcher* watcher) { watcher_ = watcher; }

  void Add(const Event& event) {
    if (watcher_ != nullptr) watcher_->OnEvent(event);
    if (events_.size() < room_) {
      events_.push_back(event);
    } else {
      ++dropped_;
    }
  }

  // `event` in the place of the last one, if that is of the same kind and index.
  void ReplaceLast(const Event& event) {
    if (events_.empty()) return;
    Event& last = events_.back();
    if (last.kind == event.kind && last.index == event.index) last = event;
  }

  const EventBuffer& events() const { return events_; }
  // Events since Clear that did not fit, or came before BeginOperation.
  uint64_t dropped() const { return dropped_; }

  // Exchanges the events for those of `other`, so that both keep their memory.
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
