// The model of failures that `inject` lines cause.
//
// If the counts of the contract are exact, the model counts for itself: the frames that it takes,
// the populations and locks of the library, and those of the fault handler, which are as many as
// the faults. (The oracle checks that the run had as many faults: the library may choose its loads,
// and with them its faults.) If the counts are free, the run tells how many failures were injected
// into an operation. For a system call this means one frame too few; the effect on an access is
// unknown.
#include "sim/oracle/model.h"

namespace sim {

Outcome Model::Inject(const Op& op) {
  inject_left_[static_cast<size_t>(op.inject_point)] = op.length;
  return Outcome::Ok();
}

bool Model::MayInject() const {
  return inject_left_[static_cast<size_t>(InjectPoint::kPopulation)] != 0 ||
         inject_left_[static_cast<size_t>(InjectPoint::kLock)] != 0;
}

bool Model::IsInjected(InjectPoint point) {
  uint64_t& left = inject_left_[static_cast<size_t>(point)];
  if (!CountsInjections() || left == 0) return false;
  --left;
  if (left != 0) return false;
  ++now_.injected;
  return true;
}

uint64_t Model::TakeFrames(uint64_t frames) {
  if (!CountsInjections() || inject_left_[static_cast<size_t>(InjectPoint::kFrame)] == 0) {
    return frames;
  }
  for (uint64_t taken = 0; taken < frames; ++taken) {
    if (IsInjected(InjectPoint::kFrame)) return taken;
  }
  return frames;
}

bool Model::HasFrames(uint64_t frames) {
  if (frames > free_) return false;
  if (CountsInjections()) return TakeFrames(frames) == frames;
  return frames == 0 || told_injected_ == 0;
}

}  // namespace sim
