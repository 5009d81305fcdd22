// The optional transfer hooks of a platform (platform.h) for x86-64: `rep movsb` and `rep stosb`.
// Each has a fixup in an exception table, as in a kernel: after an unresolved fault the hook
// returns the number of remaining bytes, which is in %rcx.
#ifndef AXPTR_TESTING_REP_MOVES_H_
#define AXPTR_TESTING_REP_MOVES_H_

#include <cstddef>
#include <cstdint>

// An entry of the exception table. Both fields are offsets from their own address, so that the
// table needs no relocation.
struct axptr_fixup {
  std::int32_t instruction;
  std::int32_t resume;
};

extern "C" {
// The linker's names for the ends of the section, of each program and shared object its own.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern const axptr_fixup __start_axptr_fixups[] __attribute__((visibility("hidden")));
extern const axptr_fixup __stop_axptr_fixups[] __attribute__((visibility("hidden")));
// NOLINTEND(bugprone-reserved-identifier)
}

// The instruction `name` at label 1; after a fault the code continues at 2, directly after it. With
// AXPTR_REP_MOVES_MISCOUNT it continues at 3, which counts one byte too many as left: for a test
// that must detect this.
#ifdef AXPTR_REP_MOVES_MISCOUNT
#define AXPTR_REP_BEHIND "jmp 2f\n3: incq %%rcx\n"
#define AXPTR_REP_RESUME "3b"
#else
#define AXPTR_REP_BEHIND ""
#define AXPTR_REP_RESUME "2b"
#endif
#define AXPTR_REP_WITH_FIXUP(name)     \
  "1: " name "\n" AXPTR_REP_BEHIND     \
  "2:\n"                               \
  ".pushsection axptr_fixups, \"a\"\n" \
  ".balign 4\n"                        \
  ".long 1b - ., " AXPTR_REP_RESUME    \
  " - .\n"                             \
  ".popsection\n"

namespace axptr {

// Functions of each translation unit, and not inlined: an entry must not name an instruction of a
// function that the linker drops, because another unit has it too.
[[maybe_unused, gnu::noinline]] static std::size_t rep_move(void* to, const void* from,
                                                            std::size_t size_bytes) {
  asm volatile(AXPTR_REP_WITH_FIXUP("rep movsb")
               : "+D"(to), "+S"(from), "+c"(size_bytes)
               :
               : "memory", "cc");
  return size_bytes;
}

[[maybe_unused, gnu::noinline]] static std::size_t rep_zero(void* to, std::size_t size_bytes) {
  asm volatile(AXPTR_REP_WITH_FIXUP("rep stosb")
               : "+D"(to), "+c"(size_bytes)
               : "a"(0)
               : "memory", "cc");
  return size_bytes;
}

// Half a platform: the transfer hooks. Each returns the number of bytes that it did not move.
struct RepMoves {
  static std::size_t copy_from_user(void* to, std::uintptr_t from, std::size_t size_bytes) {
    return rep_move(to, reinterpret_cast<const void*>(from), size_bytes);
  }
  static std::size_t copy_to_user(std::uintptr_t to, const void* from, std::size_t size_bytes) {
    return rep_move(reinterpret_cast<void*>(to), from, size_bytes);
  }
  static std::size_t zero_user(std::uintptr_t to, std::size_t size_bytes) {
    return rep_zero(reinterpret_cast<void*>(to), size_bytes);
  }

  // The fixup address for an unresolved fault of the instruction at `pc`; 0: there is no fixup.
  // Async-signal-safe.
  static std::uintptr_t find_fixup(std::uintptr_t pc) {
    for (const axptr_fixup* at = __start_axptr_fixups; at != __stop_axptr_fixups; ++at) {
      const auto instruction = reinterpret_cast<std::uintptr_t>(&at->instruction);
      if (instruction + static_cast<std::uintptr_t>(std::intptr_t{at->instruction}) != pc) continue;
      return reinterpret_cast<std::uintptr_t>(&at->resume) +
             static_cast<std::uintptr_t>(std::intptr_t{at->resume});
    }
    return 0;
  }
};

}  // namespace axptr

#endif  // AXPTR_TESTING_REP_MOVES_H_
