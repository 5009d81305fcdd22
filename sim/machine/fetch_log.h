// Records which bytes of user memory an access loads more than once (double fetch): another CPU can
// change the bytes between two loads, so that a check of the first value does not hold for the
// second.
#ifndef SIM_MACHINE_FETCH_LOG_H_
#define SIM_MACHINE_FETCH_LOG_H_

#include <cstdint>
#include <vector>

namespace sim {

class FetchLog {
 public:
  // Bytes that were loaded more than once: their total number, and the address of the first.
  struct Again {
    uint64_t bytes = 0;
    uint64_t address = 0;
    friend bool operator==(const Again&, const Again&) = default;
  };

  // To be called at the begin of an access, and at the begin of each attempt in it.
  void BeginAccess();
  void BeginAttempt() { of_attempt_.ranges.clear(); }

  // Records a load of [address, address + size). Precondition: the range does not wrap.
  void Add(uint64_t address, uint64_t size);

  // Repeated loads within one attempt, and within the whole access.
  const Again& again_in_attempt() const { return of_attempt_.again; }
  const Again& again() const { return of_access_.again; }

 private:
  struct Range {
    uint64_t start;
    uint64_t end;
  };
  struct Loads {
    std::vector<Range> ranges;  // ascending, neither overlapping nor adjacent
    Again again;

    void Add(Range range);
  };

  Loads of_attempt_;  // `again` is of all attempts of the access
  Loads of_access_;
};

}  // namespace sim

#endif  // SIM_MACHINE_FETCH_LOG_H_
