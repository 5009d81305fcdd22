// axptr/platform.h as this machine implements it.
#include "axptr/platform.h"
#include "sim/machine/check.h"
#include "sim/machine/fault.h"
#include "sim/machine/machine.h"

bool axptr_platform_attempt(std::uintptr_t start, std::size_t size_bytes, unsigned access_bits,
                            void (*body)(void* argument), void* argument) {
  SIM_CHECK(sim::t_thread.machine != nullptr);
  return sim::t_thread.machine->Attempt(start, size_bytes, static_cast<uint8_t>(access_bits), body,
                                        argument);
}
