// Macros for builds of the simulated machine with sanitizers.
#ifndef SIM_MACHINE_SANITIZER_H_
#define SIM_MACHINE_SANITIZER_H_

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SIM_WITH_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define SIM_WITH_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SIM_WITH_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define SIM_WITH_TSAN 1
#endif

// Disables instrumentation. For code that runs inside the signal handler, that a jump leaves
// without a return, or that touches user memory: an instrumented load faults at its shadow's
// address instead of its own.
#if defined(__clang__)
#define SIM_NO_SANITIZE \
  __attribute__((no_sanitize("address", "thread", "undefined", "coverage"), noinline))
#else
#define SIM_NO_SANITIZE \
  __attribute__((no_sanitize("address"), no_sanitize("thread"), no_sanitize("undefined"), noinline))
#endif

#endif  // SIM_MACHINE_SANITIZER_H_
