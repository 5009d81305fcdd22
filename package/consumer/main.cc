// A program that uses the library: reads a number from "user" memory, which is memory of the
// program itself here, and prints the library's version.
#include <cstddef>
#include <cstdint>
#include <cstdio>

#include "axptr/user_ptr.h"
#include "axptr/version.h"

#if __has_include("sim/subject/subject.h") || __has_include("fuzz/finding.h")
#error "the include path of the library has other folders of its repository"
#endif

namespace {

// Every address is user memory.
struct AddressSpace {
  bool check_region_access(axptr::VirtAddrRange, axptr::MappingFlags) { return true; }
  axptr::LinuxResult<void> populate_area(axptr::VirtAddrRange, axptr::MappingFlags) { return {}; }
};

struct Process {
  auto with_addr_space(auto&& function) {
    AddressSpace space;
    return function(space);
  }
};

}  // namespace

// In this program no access faults.
extern "C" bool axptr_platform_attempt(std::uintptr_t, std::size_t, unsigned, void (*body)(void*),
                                       void* argument) {
  body(argument);
  return true;
}

int main() {
  const std::uint32_t number = 7;
  const auto address = reinterpret_cast<std::uintptr_t>(&number);
  Process process;
  const auto read = axptr::UserConstPtr<std::uint32_t>(address).read(process);
  if (!read || *read != number) return 1;
  std::printf("%d.%d.%d\n", AXPTR_VERSION_MAJOR, AXPTR_VERSION_MINOR, AXPTR_VERSION_PATCH);
  return 0;
}
