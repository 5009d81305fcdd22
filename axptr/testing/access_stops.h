// Faults at any access of user memory, as clang reports them from a file that is compiled with
// -fsanitize-coverage=trace-loads,trace-stores. One thread.
#ifndef AXPTR_TESTING_ACCESS_STOPS_H_
#define AXPTR_TESTING_ACCESS_STOPS_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace axptr::testing {

struct Access {
  std::uintptr_t address;
  std::size_t size_bytes;
  bool is_store;
};

// From here on accesses of [first, first + size_bytes) are recorded, and the `nth` of them (from 1)
// is an unresolved page fault: it does not happen.
void stop_at_access(std::uintptr_t first, std::size_t size_bytes, std::size_t nth);

// Ends that. Returns the accesses in their order, the one that faulted last.
std::span<const Access> accesses();

}  // namespace axptr::testing

#endif  // AXPTR_TESTING_ACCESS_STOPS_H_
