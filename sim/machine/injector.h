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

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace sim {

class Injector {
 public:
  enum class Point : uint8_t {
    kFrame,       // a page frame is taken: there is none
    kPopulation,  // populate_area, or the page-fault handler, is to bring pages in: ENOMEM
    kLock,        // the lock of the address space is asked for, and refused: EINTR
                  // (docs/decisions/0007-a-lock-that-is-refused.md)
  };

  // From now on the `nth` of `point` fails, counted from 1, and then no other; 0: none.
  void Arm(Point point, uint64_t nth) {
    Left(point) = nth;
    fired_ = false;
  }
  void Disarm() { left_.fill(0); }

  // Whether one has failed since the last Arm; and how many have failed.
  bool fired() const { return fired_; }
  uint64_t failures() const { return failures_; }

  // `point` is reached `count` times in a row, until one fails. Returns how often none did.
  uint64_t Allow(Point point, uint64_t count) {
    if (!FailsWithin(point, count)) {
      if (Left(point) != 0) Left(point) -= count;
      return count;
    }
    return Fire(point) - 1;
  }

  // `point` is reached once. Returns whether it fails.
  bool Fails(Point point) { return Allow(point, 1) == 0; }

  // `point` is to be reached `count` times, all or none. Returns whether one of them fails: then
  // that has happened.
  bool FailsAll(Point point, uint64_t count) {
    if (!FailsWithin(point, count)) return false;
    Fire(point);
    return true;
  }

 private:
  static constexpr size_t kPoints = 3;

  uint64_t& Left(Point point) { return left_[static_cast<size_t>(point)]; }
  bool FailsWithin(Point point, uint64_t count) { return Left(point) != 0 && Left(point) <= count; }
  // Which one it was, from 1.
  uint64_t Fire(Point point) {
    fired_ = true;
    ++failures_;
    return std::exchange(Left(point), 0);
  }

  // By point: the failure is the n-th from now on; 0: there will be none.
  std::array<uint64_t, kPoints> left_ = {};
  bool fired_ = false;
  uint64_t failures_ = 0;
};

}  // namespace sim

#endif  // SIM_MACHINE_INJECTOR_H_
