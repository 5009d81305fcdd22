// Physical memory of the image: pages for the tables and for user memory; and how many frames the
// scenario has, which is another number.
#ifndef SIM_RING0_MACHINE_FRAMES_H_
#define SIM_RING0_MACHINE_FRAMES_H_

#include <cstdint>

namespace ring0 {

inline constexpr std::uint64_t kPageBytes = 4096;
inline constexpr std::uint64_t kDirectMap = 0xffff'8000'0000'0000;

// The bytes of the physical page at `address`, as the kernel sees them.
inline void* DirectMap(std::uint64_t address) {
  return reinterpret_cast<void*>(kDirectMap + address);
}

// The pages of [start, end), physical addresses, are free from now on, and all others forgotten.
void GivePages(std::uint64_t start, std::uint64_t end);
// Everything that was taken is free again.
void ForgetPages();
// A page of zeros. Ends the scenario if there is none (EndScenario).
std::uint64_t TakePage();
void GivePageBack(std::uint64_t page);
void CopyPage(std::uint64_t to, std::uint64_t from);

// The scenario's frames, as sim::Frames and sim::Injector count them.
struct Injector {
  std::uint64_t left[3] = {};  // frame, population, lock: the n-th from now on fails; 0: none
  std::uint64_t failures = 0;

  // `point` is reached `count` times, until one fails. Returns how often none did.
  std::uint64_t Allow(unsigned point, std::uint64_t count) {
    if (!FailsWithin(point, count)) {
      if (left[point] != 0) left[point] -= count;
      return count;
    }
    const std::uint64_t nth = left[point];
    left[point] = 0;
    ++failures;
    return nth - 1;
  }
  bool Fails(unsigned point) { return Allow(point, 1) == 0; }
  // All or none of `count`: whether one of them fails, which then has happened.
  bool FailsAll(unsigned point, std::uint64_t count) {
    if (!FailsWithin(point, count)) return false;
    left[point] = 0;
    ++failures;
    return true;
  }

 private:
  bool FailsWithin(unsigned point, std::uint64_t count) const {
    return left[point] != 0 && left[point] <= count;
  }
};
inline constexpr unsigned kInjectFrame = 0;
inline constexpr unsigned kInjectPopulation = 1;
inline constexpr unsigned kInjectLock = 2;

struct Frames {
  static constexpr std::uint64_t kAll = std::uint64_t{1} << 18;

  std::uint64_t free = kAll;
  std::uint64_t held = 0;

  void SetFree(std::uint64_t frames) { free = frames < kAll - held ? frames : kAll - held; }
  bool Take(Injector& injector) {
    if (free == 0 || injector.Fails(kInjectFrame)) return false;
    --free;
    ++held;
    return true;
  }
  bool HasAll(std::uint64_t wanted, Injector& injector) const {
    return wanted <= free && !injector.FailsAll(kInjectFrame, wanted);
  }
};

}  // namespace ring0

#endif  // SIM_RING0_MACHINE_FRAMES_H_
