// Implements axptr/platform.h with the machine, and gives the machine access to the library's flag.
// Linked into each program that calls the library directly (not through a subject), and into no
// other: only these programs need axptr_platform_attempt.
#include "axptr/platform.h"
#include "axptr/user_access.h"
#include "sim/machine/check.h"
#include "sim/machine/fault.h"
#include "sim/machine/machine.h"
#include "sim/machine/subject_flag.h"

namespace {

// Registers the flag before main.
[[maybe_unused]] const bool g_has_flag = [] {
  sim::SetFlagOfProgram({axptr::is_accessing_user_memory, axptr::set_accessing_user_memory});
  return true;
}();

}  // namespace

bool axptr_platform_attempt(std::uintptr_t start, std::size_t size_bytes, unsigned access_bits,
                            void (*body)(void* argument), void* argument) {
  SIM_CHECK(sim::t_thread.machine != nullptr);
  return sim::t_thread.machine->Attempt(start, size_bytes, static_cast<uint8_t>(access_bits), body,
                                        argument);
}
