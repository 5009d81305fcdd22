// An example of a platform header (AXPTR_PLATFORM_HEADER) of a kernel for x86-64. axptr/README.md
// shows it, and freestanding_check.cc is compiled with it.
#ifndef AXPTR_TESTING_TASK_PLATFORM_H_
#define AXPTR_TESTING_TASK_PLATFORM_H_

// [README: hooks]
namespace axptr {

// The flag is a byte of the block that %gs addresses in kernel mode. That block belongs to the
// task, or is swapped with it. User access is RFLAGS.AC (SMAP).
struct Platform {
  static constexpr unsigned long kFlagOffset = 40;
  static constexpr unsigned long kAlignmentCheck = 1ul << 18;
  using UserAccessState = unsigned long;

  [[gnu::always_inline]] static bool is_accessing_user_memory() {
    bool flag;
    asm volatile("movb %%gs:%c1, %0" : "=q"(flag) : "i"(kFlagOffset) : "memory");
    return flag;
  }
  [[gnu::always_inline]] static void set_accessing_user_memory(bool flag) {
    asm volatile("movb %0, %%gs:%c1" : : "qi"(flag), "i"(kFlagOffset) : "memory");
  }
  [[gnu::always_inline]] static UserAccessState open_user_access() {
    unsigned long flags;
    asm volatile("pushfq; popq %0; stac" : "=r"(flags) : : "memory", "cc");
    return flags & kAlignmentCheck;
  }
  // For a switch of tasks in the middle of an access.
  [[gnu::always_inline]] static UserAccessState close_user_access() {
    unsigned long flags;
    asm volatile("pushfq; popq %0; clac" : "=r"(flags) : : "memory", "cc");
    return flags & kAlignmentCheck;
  }
  [[gnu::always_inline]] static void restore_user_access(UserAccessState earlier) {
    if (earlier != 0) {
      asm volatile("stac" : : : "memory", "cc");
    } else {
      asm volatile("clac" : : : "memory", "cc");
    }
  }
};

}  // namespace axptr
// [README: end]

#endif  // AXPTR_TESTING_TASK_PLATFORM_H_
