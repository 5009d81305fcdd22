// Which bytes of user memory an access loads more than once: between two loads another CPU can
// change them, so that what was found out about the first says nothing of the second.
#ifndef SIM_MACHINE_FETCH_LOG_H_
#define SIM_MACHINE_FETCH_LOG_H_

#include <cstdint>
#include <vector>

namespace sim {

class FetchLog {
 public:
  // Bytes that were loaded again: how many in all, and where they begin.
  struct Again {
    uint64_t bytes = 0;
    uint64_t address = 0;
    friend bool operator==(const Again&, const Again&) = default;
  };

  // To be called when an access begins, and for each attempt in it.
  void BeginAccess();
  void BeginAttempt() { of_attempt_.ranges.clear(); }

  // A load of [address, address + size), which does not wrap.
  void Add(uint64_t address, uint64_t size);

  // Within one attempt, and within the access as a whole.
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
