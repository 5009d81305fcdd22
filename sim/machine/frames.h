// The physical memory of the machine, as a count of frames: a populated page holds one frame,
// unless it is shared.
#ifndef SIM_MACHINE_FRAMES_H_
#define SIM_MACHINE_FRAMES_H_

#include <algorithm>
#include <cstdint>

#include "sim/machine/injector.h"

namespace sim {

class Frames {
 public:
  // 1 GiB of memory.
  static constexpr uint64_t kMachineFrames = uint64_t{1} << 18;

  uint64_t free() const { return free_; }

  // Sets how many frames are free; more than the machine has besides those that pages hold counts
  // as all of those.
  void SetFree(uint64_t frames) { free_ = std::min(frames, kMachineFrames - held_); }

  // Sets the injector of missing frames; null: none.
  void set_injector(Injector* injector) { injector_ = injector; }

  // Whether the next `wanted` frames will all be there when they are taken. Takes none.
  bool HasAll(uint64_t wanted) const {
    return wanted <= free_ &&
           (injector_ == nullptr || !injector_->FailsAll(Injector::Point::kFrame, wanted));
  }

  // Takes up to `wanted` frames and returns how many it took.
  uint64_t Take(uint64_t wanted) {
    uint64_t taken = std::min(wanted, free_);
    if (injector_ != nullptr) taken = injector_->Allow(Injector::Point::kFrame, taken);
    free_ -= taken;
    held_ += taken;
    return taken;
  }

  // Transfers `frames` frames that pages hold to another process.
  void GiveAway(uint64_t frames) { held_ -= frames; }

  void GiveBack(uint64_t frames) {
    free_ += frames;
    held_ -= frames;
  }

 private:
  uint64_t free_ = kMachineFrames;
  uint64_t held_ = 0;  // by pages; free_ + held_ <= kMachineFrames
  Injector* injector_ = nullptr;
};

}  // namespace sim

#endif  // SIM_MACHINE_FRAMES_H_
