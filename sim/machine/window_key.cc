#include "sim/machine/window_key.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

#include "sim/machine/check.h"
#include "sim/machine/processor.h"
#include "sim/machine/sanitizer.h"

namespace sim {

constinit int g_window_key = -1;

void TakeWindowKey() {
  SIM_CHECK(g_window_key < 0);
  const char* const wanted = getenv(kWindowKeyVariable);
  if (wanted != nullptr && strcmp(wanted, "off") == 0) return;
  if (!CanSetKeyOfContext()) return;
  g_window_key = pkey_alloc(0, 0);  // negative if the processor or the kernel has no keys
}

void FreeWindowKey() {
  if (g_window_key >= 0) pkey_free(g_window_key);
  g_window_key = -1;
}

SIM_NO_SANITIZE void UpdateWindowKey() {
  if (HardwareClosesWindow()) pkey_set(g_window_key, WindowIsOpen() ? 0 : PKEY_DISABLE_ACCESS);
}

}  // namespace sim
