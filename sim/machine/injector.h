// Makes the n-th operation of a kind that can fail in a kernel fail, once, to test how the callers
// handle the failure.
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
    kFrame,       // a page frame is taken: none is free
    kPopulation,  // populate_area, or the page-fault handler, populates pages: ENOMEM
    kLock,        // the lock of the address space is taken: refused with EINTR
                  // (docs/decisions/0007-a-lock-that-is-refused.md)
  };

  // Makes the `nth` next operation at `point` fail, counted from 1, and no later one; 0: none.
  void Arm(Point point, uint64_t nth) {
    Left(point) = nth;
    fired_ = false;
  }
  void Disarm() { left_.fill(0); }

  // Whether an operation failed since the last Arm; and the total number of failures.
  bool fired() const { return fired_; }
  uint64_t failures() const { return failures_; }

  // Counts `count` operations at `point`, up to the first that fails. Returns the number of
  // operations that succeeded.
  uint64_t Allow(Point point, uint64_t count) {
    if (!FailsWithin(point, count)) {
      if (Left(point) != 0) Left(point) -= count;
      return count;
    }
    return Fire(point) - 1;
  }

  // Counts one operation at `point`. Returns whether it fails.
  bool Fails(Point point) { return Allow(point, 1) == 0; }

  // Returns whether one of the next `count` operations at `point` would fail; if so, counts that
  // failure. Otherwise counts nothing.
  bool FailsAll(Point point, uint64_t count) {
    if (!FailsWithin(point, count)) return false;
    Fire(point);
    return true;
  }

 private:
  static constexpr size_t kPoints = 3;

  uint64_t& Left(Point point) { return left_[static_cast<size_t>(point)]; }
  bool FailsWithin(Point point, uint64_t count) { return Left(point) != 0 && Left(point) <= count; }
  // Records the failure. Returns the number of the failed operation, from 1.
  uint64_t Fire(Point point) {
    fired_ = true;
    ++failures_;
    return std::exchange(Left(point), 0);
  }

  // For each point, n: the n-th operation from now on fails; 0: none does.
  std::array<uint64_t, kPoints> left_ = {};
  bool fired_ = false;
  uint64_t failures_ = 0;
};

}  // namespace sim

#endif  // SIM_MACHINE_INJECTOR_H_
