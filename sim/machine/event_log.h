// Where the machine writes down what happens. Written inside the signal handler too, so that it
// never allocates while an operation runs: what does not fit is counted.
#ifndef SIM_MACHINE_EVENT_LOG_H_
#define SIM_MACHINE_EVENT_LOG_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/machine/event.h"

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
  // Room for the events of one operation. The library's longest is a scan: six events a page.
  static constexpr size_t kMaxEventsPerOperation = 16384;

  void Clear() {
    events_.clear();
    dropped_ = 0;
  }

  // Makes room. To be called before each operation.
  void BeginOperation() {
    const size_t wanted = events_.size() + kMaxEventsPerOperation;
    if (events_.capacity() < wanted) events_.reserve(wanted * 2);
    end_ = wanted;
  }

  // `watcher` sees every event from now on, also those that do not fit; null: nobody.
  void set_watcher(EventWatcher* watcher) { watcher_ = watcher; }

  void Add(const Event& event) {
    if (watcher_ != nullptr) watcher_->OnEvent(event);
    if (events_.size() < end_) {
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

  const std::vector<Event>& events() const { return events_; }
  uint64_t dropped() const { return dropped_; }

  // Exchanges the events for those of `other`, so that both keep their memory.
  void Swap(std::vector<Event>& other) { events_.swap(other); }

 private:
  std::vector<Event> events_;
  size_t end_ = 0;
  uint64_t dropped_ = 0;
  EventWatcher* watcher_ = nullptr;
};

}  // namespace sim

#endif  // SIM_MACHINE_EVENT_LOG_H_
