// Page tables of the example kernel that no processor uses: some addresses are present, and the
// queries are recorded.
#ifndef AXPTR_TESTING_EXAMPLE_PAGE_TABLES_H_
#define AXPTR_TESTING_EXAMPLE_PAGE_TABLES_H_

#include <cstddef>
#include <cstdint>

#include "axptr/testing/example_kernel.h"

// Included once in a program.
// NOLINTBEGIN(misc-definitions-in-headers)
namespace kernel {

// For the test of the page-fault handler.
std::size_t pages_brought_in = 0;
bool flag_while_bringing_in = false;

bool PageTables::covers(std::uintptr_t start, std::size_t size_bytes, unsigned) const {
  return start >= 0x1000 && start < 0x8000 && size_bytes <= 0x1000;
}
bool PageTables::bring_in(std::uintptr_t page, unsigned) {
  ++pages_brought_in;
  flag_while_bringing_in = axptr::is_accessing_user_memory();
  return page >= 0x1000 && page < 0x7000;
}

}  // namespace kernel
// NOLINTEND(misc-definitions-in-headers)

#endif  // AXPTR_TESTING_EXAMPLE_PAGE_TABLES_H_
