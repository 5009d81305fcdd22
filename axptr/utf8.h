// Whether bytes are well-formed UTF-8 (Unicode 15, table 3-7).
//
// Each byte is loaded exactly once, in ascending order, also after an ill-formed byte: so the set
// of accessed pages does not depend on their content, and a byte that another CPU changes
// concurrently is seen with one value only.
#ifndef AXPTR_UTF8_H_
#define AXPTR_UTF8_H_

#include <cstddef>
#include <cstdint>

#include "axptr/scan.h"

namespace axptr {
namespace internal {

// An automaton whose state is a shift: the row of a byte holds, at the bit position of each state,
// the six bits of the state that follows. One load and one shift a byte, and no branch. A row has
// zero for a state in which the byte is not allowed: state 0 is the error state, which has no way
// out.
class Utf8Automaton {
 public:
  // A state; only the low six bits are significant.
  using State = std::uint64_t;

  static constexpr State kStateBits = 6;
  static constexpr State kAccept = kStateBits;  // between two code points

  consteval Utf8Automaton() {
    allow(kAccept, 0x00, 0x7f, kAccept);
    allow(kAccept, 0xc2, 0xdf, kTail1);  // C0 and C1 would be overlong
    allow(kAccept, 0xe0, 0xe0, kAfterE0);
    allow(kAccept, 0xe1, 0xec, kTail2);
    allow(kAccept, 0xed, 0xed, kAfterEd);
    allow(kAccept, 0xee, 0xef, kTail2);
    allow(kAccept, 0xf0, 0xf0, kAfterF0);
    allow(kAccept, 0xf1, 0xf3, kTail3);
    allow(kAccept, 0xf4, 0xf4, kAfterF4);
    allow(kTail1, 0x80, 0xbf, kAccept);
    allow(kTail2, 0x80, 0xbf, kTail1);
    allow(kTail3, 0x80, 0xbf, kTail2);
    allow(kAfterE0, 0xa0, 0xbf, kTail1);  // below: overlong
    allow(kAfterEd, 0x80, 0x9f, kTail1);  // above: surrogates
    allow(kAfterF0, 0x90, 0xbf, kTail2);  // below: overlong
    allow(kAfterF4, 0x80, 0x8f, kTail2);  // above: past U+10FFFF
  }

  static constexpr bool is_accepting(State state) { return (state & 63) == kAccept; }

  constexpr State after_byte(State state, std::uint8_t byte) const {
    return rows_[byte] >> (state & 63);
  }

  // After the eight bytes of a word, the first in its low bits.
  constexpr State after_word(State state, std::uint64_t word) const {
    if (is_accepting(state) && (word & kHighBits) == 0) return state;
    for (int shift = 0; shift < 64; shift += 8) {
      state = after_byte(state, static_cast<std::uint8_t>(word >> shift));
    }
    return state;
  }

  static constexpr std::uint64_t kHighBits = 0x8080808080808080;

 private:
  static constexpr State kTail1 = 2 * kStateBits;  // one continuation byte is to come; two; three
  static constexpr State kTail2 = 3 * kStateBits;
  static constexpr State kTail3 = 4 * kStateBits;
  static constexpr State kAfterE0 = 5 * kStateBits;
  static constexpr State kAfterEd = 6 * kStateBits;
  static constexpr State kAfterF0 = 7 * kStateBits;
  static constexpr State kAfterF4 = 8 * kStateBits;

  consteval void allow(State from, unsigned first, unsigned last, State to) {
    for (unsigned byte = first; byte <= last; ++byte) rows_[byte] |= to << from;
  }

  std::uint64_t rows_[256] = {};
};

inline constexpr Utf8Automaton kUtf8Automaton;

#ifdef __SSE2__
typedef std::uint64_t Utf8Words __attribute__((vector_size(16), may_alias));

[[gnu::always_inline]] inline Utf8Words load_utf8_words(const std::byte* at) {
  return *reinterpret_cast<const volatile Utf8Words*>(at);
}

// The path for a block that is not all ASCII. A separate function, so that the ASCII path stays
// short.
[[gnu::noinline]] inline Utf8Automaton::State utf8_after_words(Utf8Automaton::State state,
                                                               Utf8Words a, Utf8Words b,
                                                               Utf8Words c, Utf8Words d) {
  for (int turn = 0; turn < 4; ++turn) {
    state = kUtf8Automaton.after_word(kUtf8Automaton.after_word(state, a[0]), a[1]);
    a = b;
    b = c;
    c = d;
  }
  return state;
}

// 64 bytes, each loaded once.
struct Utf8Block {
  Utf8Words a, b, c, d;

  // The bitwise OR of its vectors: if all bytes are ASCII, no byte of it has its high bit set.
  [[gnu::always_inline]] Utf8Words any() const { return a | b | c | d; }
};

[[gnu::always_inline]] inline Utf8Block load_utf8_block(const std::byte* at) {
  return {load_utf8_words(at), load_utf8_words(at + 16), load_utf8_words(at + 32),
          load_utf8_words(at + 48)};
}

[[gnu::always_inline]] inline bool is_ascii(Utf8Words any) {
  typedef char Mask __attribute__((vector_size(16)));
  return __builtin_ia32_pmovmskb128((Mask)any) == 0;
}

// The state after the 64 bytes at `at`. Precondition: `at` is aligned to 16.
inline Utf8Automaton::State utf8_after_block(Utf8Automaton::State state, const std::byte* at) {
  const Utf8Block block = load_utf8_block(at);
  if (is_ascii(block.any()) && Utf8Automaton::is_accepting(state)) [[likely]] {
    return state;
  }
  return utf8_after_words(state, block.a, block.b, block.c, block.d);
}

// The state after two such blocks.
inline Utf8Automaton::State utf8_after_two_blocks(Utf8Automaton::State state, const std::byte* at) {
  const Utf8Block first = load_utf8_block(at);
  const Utf8Block second = load_utf8_block(at + 64);
  if (is_ascii(first.any() | second.any()) && Utf8Automaton::is_accepting(state)) [[likely]] {
    return state;
  }
  state = utf8_after_words(state, first.a, first.b, first.c, first.d);
  return utf8_after_words(state, second.a, second.b, second.c, second.d);
}
#else
inline Utf8Automaton::State utf8_after_block(Utf8Automaton::State state, const std::byte* at) {
  for (std::size_t offset = 0; offset < 64; offset += 4 * kWordSize) {
    const std::uint64_t a = load_once<std::uint64_t>(at + offset);
    const std::uint64_t b = load_once<std::uint64_t>(at + offset + kWordSize);
    const std::uint64_t c = load_once<std::uint64_t>(at + offset + 2 * kWordSize);
    const std::uint64_t d = load_once<std::uint64_t>(at + offset + 3 * kWordSize);
    const bool is_ascii = ((a | b | c | d) & Utf8Automaton::kHighBits) == 0;
    if (is_ascii && Utf8Automaton::is_accepting(state)) [[likely]] {
      continue;
    }
    state = kUtf8Automaton.after_word(state, a);
    state = kUtf8Automaton.after_word(state, b);
    state = kUtf8Automaton.after_word(state, c);
    state = kUtf8Automaton.after_word(state, d);
  }
  return state;
}

inline Utf8Automaton::State utf8_after_two_blocks(Utf8Automaton::State state, const std::byte* at) {
  return utf8_after_block(utf8_after_block(state, at), at + 64);
}
#endif

}  // namespace internal

// Whether the `length_bytes` bytes at `bytes` are well-formed UTF-8: no overlong form, no
// surrogate, nothing above U+10FFFF, nothing cut off at the end. An empty range is well-formed.
// Precondition: the bytes may be read; if they are user memory, under attempt_user_access.
inline bool is_utf8(const void* bytes, std::size_t length_bytes) {
  constexpr std::size_t kBlockSize = 64;
  constexpr std::size_t kBlockAlign = 16;
  const std::byte* at = static_cast<const std::byte*>(bytes);
  const std::byte* const end = at + length_bytes;
  internal::Utf8Automaton::State state = internal::Utf8Automaton::kAccept;
  const auto take_byte = [&] {
    state = internal::kUtf8Automaton.after_byte(state, internal::load_once<std::uint8_t>(at));
    ++at;
  };
  while (at != end && !internal::is_aligned_to(at, kBlockAlign)) take_byte();
  const std::byte* const pairs_end =
      at + internal::bytes_between(at, end) / (2 * kBlockSize) * (2 * kBlockSize);
  while (at != pairs_end) {
    state = internal::utf8_after_two_blocks(state, at);
    at += 2 * kBlockSize;
  }
  if (internal::bytes_between(at, end) >= kBlockSize) {
    state = internal::utf8_after_block(state, at);
    at += kBlockSize;
  }
  while (internal::bytes_between(at, end) >= internal::kWordSize) {
    state = internal::kUtf8Automaton.after_word(state, internal::load_once<std::uint64_t>(at));
    at += internal::kWordSize;
  }
  while (at != end) take_byte();
  return internal::Utf8Automaton::is_accepting(state);
}

}  // namespace axptr

#endif  // AXPTR_UTF8_H_
