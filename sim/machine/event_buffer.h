// A list of events that can grow inside the signal handler: the address space is reserved once, and
// the host allocates its pages as events are written.
#ifndef SIM_MACHINE_EVENT_BUFFER_H_
#define SIM_MACHINE_EVENT_BUFFER_H_

#include <sys/mman.h>

#include <cstddef>
#include <utility>

#include "sim/machine/check.h"
#include "sim/machine/event.h"
#include "sim/machine/sanitizer.h"

namespace sim {

class EventBuffer {
 public:
  // The capacity in events (768 MiB). A scan of all frames of the machine (1 GiB) records at most 8
  // events per page, 2,097,152 in all: 8 such scans fit in one run.
  static constexpr size_t kMaxEvents = size_t{1} << 24;

  EventBuffer() = default;
  ~EventBuffer() {
    if (events_ != nullptr) munmap(events_, capacity_ * sizeof(Event));
  }
  EventBuffer(const EventBuffer& other) {
    for (const Event& event : other) push_back(event);
  }
  EventBuffer(EventBuffer&& other) noexcept { Swap(other); }
  EventBuffer& operator=(EventBuffer other) noexcept {
    Swap(other);
    return *this;
  }
  void Swap(EventBuffer& other) noexcept {
    std::swap(events_, other.events_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  // Reserves the address space, once. To be called outside the signal handler. On a host with
  // strict memory overcommit, which may refuse the full size, the capacity is smaller.
  void Reserve() {
    if (events_ == nullptr) ReserveNow();
  }

  // The number of events that fit; 0 before Reserve.
  size_t capacity() const { return capacity_; }

  // Adds `event` at the end. Precondition: size() < capacity(), or nothing is reserved yet.
  // Allocates nothing once the address space is reserved. Not sanitized: a sanitizer would turn
  // each copy of an event into a call.
  SIM_NO_SANITIZE void push_back(const Event& event) {
    Reserve();
    SIM_CHECK(size_ < capacity_);
    events_[size_] = event;
    ++size_;
  }

  // Removes all events. Frees the memory of a very long list (more than kKeptEvents).
  void Clear() {
    if (size_ > kKeptEvents) madvise(events_, capacity_ * sizeof(Event), MADV_DONTNEED);
    size_ = 0;
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const Event* data() const { return events_; }
  const Event* begin() const { return events_; }
  const Event* end() const { return events_ + size_; }
  const Event& operator[](size_t index) const { return events_[index]; }
  Event& operator[](size_t index) { return events_[index]; }
  const Event& back() const { return events_[size_ - 1]; }

 private:
  static constexpr size_t kKeptEvents = size_t{1} << 18;

  [[gnu::noinline]] void ReserveNow() {
    void* memory = MAP_FAILED;
    for (size_t events = kMaxEvents; memory == MAP_FAILED; events /= 2) {
      SIM_CHECK(events != 0);
      capacity_ = events;
      memory = mmap(nullptr, events * sizeof(Event), PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    }
    events_ = static_cast<Event*>(memory);
  }

  Event* events_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace sim

#endif  // SIM_MACHINE_EVENT_BUFFER_H_
