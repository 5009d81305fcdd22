// Lets the n-th of something that a kernel cannot count on fail, once: what callers do about it is
// then theirs to show.
//
//   for (uint64_t nth = 1;; ++nth) {
//     machine.injector().Arm(Injector::Point::kFrame, nth);
//     ... an access ...
//     if (!machine.injector().fired()) break;  // it needs fewer than nth frames
//   }
#ifndef SIM_MACHINE_INJECTOR_H_
#define SIM_MACHINE_INJECTOR_H_

#include <cstdint>

namespace sim {

class Injector {
 public:
  enum class Point : uint8_t {
    kFrame,       // a page frame is taken: there is none
    kPopulation,  // populate_area, or the page-fault handler, is to bring pages in: ENOMEM
    kLock,        // the lock of the address space is asked for, and refused: EINTR
                  // (docs/decisions/0007-a-lock-that-is-refused.md)
  };

  // From now on the `nth` of `point` fails, counted from 1, and then no other.
  void Arm(Point point, uint64_t nth) {
    point_ = point;
    left_ = nth;
    fired_ = false;
  }
  void Disarm() { left_ = 0; }

  // Whether it has failed since it was armed.
  bool fired() const { return fired_; }

  // `point` is reached `count` times in a row, until one fails. Returns how often none did.
  uint64_t Allow(Point point, uint64_t count) {
    if (!FailsWithin(point, count)) {
      if (IsArmed(point)) left_ -= count;
      return count;
    }
    return Fire() - 1;
  }

  // `point` is reached once. Returns whether it fails.
  bool Fails(Point point) { return Allow(point, 1) == 0; }

  // `point` is to be reached `count` times, all or none. Returns whether one of them fails: then
  // that has happened.
  bool FailsAll(Point point, uint64_t count) {
    if (!FailsWithin(point, count)) return false;
    Fire();
    return true;
  }

 private:
  bool IsArmed(Point point) const { return left_ != 0 && point_ == point; }
  bool FailsWithin(Point point, uint64_t count) const { return IsArmed(point) && left_ <= count; }
  // Which one it was, from 1.
  uint64_t Fire() {
    const uint64_t nth = left_;
    left_ = 0;
    fired_ = true;
    return nth;
  }

  Point point_ = Point::kFrame;
  uint64_t left_ = 0;  // the failure is the so-manieth from now on; 0: there will be none
  bool fired_ = false;
};

}  // namespace sim

#endif  // SIM_MACHINE_INJECTOR_H_
