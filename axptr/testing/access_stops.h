// Injects a fault at any access to user memory. clang reports the accesses of a file that is
// compiled with -fsanitize-coverage=trace-loads,trace-stores. For one thread.
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

// Starts recording the accesses to [first, first + size_bytes). The `nth` of them (from 1) is an
// unresolved page fault and has no effect.
void stop_at_access(std::uintptr_t first, std::size_t size_bytes, std::size_t nth);

// Stops recording. Returns the accesses in order; the one that faulted is the last.
std::span<const Access> accesses();

}  // namespace axptr::testing

#endif  // AXPTR_TESTING_ACCESS_STOPS_H_
