// Physical memory of the image: pages for page tables and for user memory. Separately, the count of
// frames that the scenario has.
#ifndef SIM_RING0_MACHINE_FRAMES_H_
#define SIM_RING0_MACHINE_FRAMES_H_

#include <cstdint>

namespace ring0 {

inline constexpr std::uint64_t kPageBytes = 4096;
inline constexpr std::uint64_t kDirectMap = 0xffff'8000'0000'0000;

// The kernel's address of the physical page at `address`.
inline void* DirectMap(std::uint64_t address) {
  return reinterpret_cast<void*>(kDirectMap + address);
}

// Makes the pages of [start, end), physical addresses, the free pages. All other pages are no
// longer available.
void GivePages(std::uint64_t start, std::uint64_t end);
// Frees all pages that were taken.
void ForgetPages();
// A page of zeros. Ends the scenario (EndScenario) if no page is free.
std::uint64_t TakePage();
void GivePageBack(std::uint64_t page);
void CopyPage(std::uint64_t to, std::uint64_t from);

// The scenario's frames, as sim::Frames and sim::Injector count them.
struct Injector {
  std::uint64_t left[3] = {};  // frame, population, lock: the n-th from now fails; 0: none fails
  std::uint64_t failures = 0;

  // `point` is reached at most `count` times, until one fails. Returns the number of times before
  // the failure, or `count`.
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
  // `point` is reached `count` times as one step. Returns whether one of them fails; the failure is
  // then used up.
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
