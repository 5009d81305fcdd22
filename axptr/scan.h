// The inner loops that find a terminator in checked user memory. They use neither address spaces
// nor flags, and do not recover from faults: their callers do.
//
// Invariants of every loop in this file:
// - It loads only bytes of the given elements: the byte after them may be on an unchecked page, the
//   byte before them may belong to another object.
// - It loads in ascending order of pages, since a load may be a page fault.
// - It loads each byte once and decides on the loaded value: another CPU may write the byte at any
//   time. Loads are volatile, so that the compiler neither repeats nor drops them, nor replaces the
//   loop by a library call.
// - It loads all bytes of each element before the terminator, also where the first byte already
//   differs from the terminator: a page of an element that was not loaded may not be present when
//   the caller accesses it.
#ifndef AXPTR_SCAN_H_
#define AXPTR_SCAN_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace axptr::internal {

// The code takes the lane order of a word from its bit order, which holds on little-endian
// machines.
static_assert(std::endian::native == std::endian::little);

// Loads the Unit at `at`, once. Precondition: `at` is aligned for it.
template <typename Unit>
[[gnu::always_inline]] inline Unit load_once(const std::byte* at) {
  using Aliased [[gnu::may_alias]] = Unit;
  return *reinterpret_cast<const volatile Aliased*>(at);
}

[[gnu::always_inline]] inline bool is_aligned_to(const std::byte* at, std::size_t align) {
  return (reinterpret_cast<std::uintptr_t>(at) & (align - 1)) == 0;
}

[[gnu::always_inline]] inline std::size_t bytes_between(const std::byte* from,
                                                        const std::byte* to) {
  return static_cast<std::size_t>(to - from);
}

inline constexpr std::size_t kWordSize = sizeof(std::uint64_t);

// A word with 1 in each lane.
template <typename Lane>
inline constexpr std::uint64_t kLaneOnes = ~std::uint64_t{0} / static_cast<Lane>(~Lane{0});

// Non-zero if a lane of `word` is zero; the lowest bit set is the highest of the first such lane.
// Higher bits can be false positives: the subtraction borrows from the lanes above.
template <typename Lane>
[[gnu::always_inline]] inline std::uint64_t zero_lane_bits(std::uint64_t word) {
  constexpr std::uint64_t kOnes = kLaneOnes<Lane>;
  constexpr std::uint64_t kHighs = kOnes << (8 * sizeof(Lane) - 1);
  return (word - kOnes) & ~word & kHighs;
}

// The number of lanes before the lowest bit of `bits`, a result of zero_lane_bits that is not zero.
// A multiplication counts them, because std::countr_zero compiles to a call of __ctzdi2 where the
// processor has no such instruction (riscv64 without Zbb).
template <typename Lane>
[[gnu::always_inline]] inline std::size_t lanes_before(std::uint64_t bits) {
  // All bits below the lowest bit, reduced to the lowest bit of its lane and of each lane before
  // it.
  const std::uint64_t counted = (bits - 1) & ~bits & kLaneOnes<Lane>;
  // The highest lane of the product is the sum of all lanes.
  return static_cast<std::size_t>(counted * kLaneOnes<Lane> >> (64 - 8 * sizeof(Lane))) - 1;
}

// A scan in progress. Invariant: no lane before `at` is zero.
template <typename Lane>
struct LaneScan {
  const std::byte* first;
  const std::byte* at;
  const std::byte* end;

  std::size_t left() const { return bytes_between(at, end); }
  std::size_t lanes_done() const { return bytes_between(first, at) / sizeof(Lane); }

  // Scans lane by lane until `at` is aligned to `align` bytes or at the end. Returns whether it
  // found a zero.
  [[gnu::always_inline]] bool lanes_until_aligned(std::size_t align) {
    while (at != end && !is_aligned_to(at, align)) {
      if (load_once<Lane>(at) == 0) return true;
      at += sizeof(Lane);
    }
    return false;
  }

  // Scans lane by lane to the first zero lane or the end.
  [[gnu::always_inline]] void lanes_until_end() {
    while (at != end && load_once<Lane>(at) != 0) at += sizeof(Lane);
  }

  // Scans one word. Precondition: `at` is aligned to a word, and a word is left.
  [[gnu::always_inline]] bool one_word() {
    const std::uint64_t bits = zero_lane_bits<Lane>(load_once<std::uint64_t>(at));
    if (bits == 0) {
      at += kWordSize;
      return false;
    }
    at += lanes_before<Lane>(bits) * sizeof(Lane);
    return true;
  }

  [[gnu::always_inline]] bool words_until_end() {
    while (left() >= kWordSize) {
      if (one_word()) return true;
    }
    return false;
  }

  // Four words a turn. Precondition: `at` is aligned to a word.
  [[gnu::always_inline]] bool word_blocks() {
    const std::byte* const blocks_end = at + left() / (4 * kWordSize) * (4 * kWordSize);
    while (at != blocks_end) {
      const std::uint64_t bits[] = {
          zero_lane_bits<Lane>(load_once<std::uint64_t>(at)),
          zero_lane_bits<Lane>(load_once<std::uint64_t>(at + kWordSize)),
          zero_lane_bits<Lane>(load_once<std::uint64_t>(at + 2 * kWordSize)),
          zero_lane_bits<Lane>(load_once<std::uint64_t>(at + 3 * kWordSize)),
      };
      if ((bits[0] | bits[1] | bits[2] | bits[3]) != 0) [[unlikely]] {
        std::size_t word = 0;
        while (bits[word] == 0) ++word;
        at += word * kWordSize + lanes_before<Lane>(bits[word]) * sizeof(Lane);
        return true;
      }
      at += 4 * kWordSize;
    }
    return false;
  }

#ifdef __SSE2__
  static constexpr std::size_t kVectorSize = 16;
  typedef std::uint8_t Bytes __attribute__((vector_size(16), may_alias));
  typedef char Mask __attribute__((vector_size(16)));

  [[gnu::always_inline]] static Bytes load_vector(const std::byte* at) {
    return *reinterpret_cast<const volatile Bytes*>(at);
  }

  // 0xff in the bytes of each zero part. SSE2 compares parts of at most 4 bytes, so an 8-byte lane
  // is compared as two halves.
  typedef std::conditional_t<sizeof(Lane) == 8, std::uint32_t, Lane> Part;
  typedef Part Parts __attribute__((vector_size(16)));
  [[gnu::always_inline]] static Bytes zero_parts(Bytes vector) {
    return (Bytes)((Parts)vector == Parts{});
  }
  // 0xff in the bytes of each lane whose parts are all zero.
  [[gnu::always_inline]] static Bytes whole_lanes(Bytes zeros) {
    if constexpr (sizeof(Lane) == 8) {
      const auto parts = (Parts)zeros;
      return (Bytes)(parts & __builtin_shufflevector(parts, parts, 1, 0, 3, 2));
    } else {
      return zeros;
    }
  }
  [[gnu::always_inline]] static Bytes zero_lanes(Bytes vector) {
    return whole_lanes(zero_parts(vector));
  }

  // A mask with one bit per byte of `vector`, whose bytes are 0x00 or 0xff.
  [[gnu::always_inline]] static std::uint64_t mask_bits(Bytes mask) {
    return static_cast<std::uint64_t>(
        static_cast<unsigned>(__builtin_ia32_pmovmskb128((Mask)mask)));
  }

  // Four vectors, each loaded once.
  struct Block {
    Bytes a, b, c, d;
  };
  static constexpr std::size_t kBlockSize = 4 * kVectorSize;

  [[gnu::always_inline]] static Block load_block(const std::byte* at) {
    return {load_vector(at), load_vector(at + kVectorSize), load_vector(at + 2 * kVectorSize),
            load_vector(at + 3 * kVectorSize)};
  }

  // A vector for may_have_zero. For byte lanes: the bytewise minimum, which is cheaper than
  // comparisons. For wider lanes, whose single bytes may be zero: 0xff in each part that is zero in
  // at least one of the vectors combined.
  [[gnu::always_inline]] static Bytes folded(Bytes a, Bytes b) {
    if constexpr (sizeof(Lane) == 1) {
      return a < b ? a : b;
    } else {
      return a | b;
    }
  }
  [[gnu::always_inline]] static Bytes summary(const Block& block) {
    if constexpr (sizeof(Lane) == 1) {
      return folded(folded(block.a, block.b), folded(block.c, block.d));
    } else {
      return folded(folded(zero_parts(block.a), zero_parts(block.b)),
                    folded(zero_parts(block.c), zero_parts(block.d)));
    }
  }
  // No false negatives. A false positive is possible only for 8-byte lanes whose two halves are
  // zero in different vectors; the caller rescans.
  [[gnu::always_inline]] static bool may_have_zero(Bytes summary) {
    return mask_bits(sizeof(Lane) == 1 ? zero_lanes(summary) : whole_lanes(summary)) != 0;
  }

  // Moves `at`, the start of the loaded block, to the block's first zero lane, or to its end if
  // there is none.
  [[gnu::always_inline]] bool find_in_block(const Block& block) {
    const std::uint64_t bits = mask_bits(zero_lanes(block.a)) |
                               mask_bits(zero_lanes(block.b)) << kVectorSize |
                               mask_bits(zero_lanes(block.c)) << 2 * kVectorSize |
                               mask_bits(zero_lanes(block.d)) << 3 * kVectorSize;
    at += bits == 0 ? kBlockSize : static_cast<std::size_t>(std::countr_zero(bits));
    return bits != 0;
  }

  // Scans two blocks per iteration, then single blocks. Precondition: `at` is aligned to a vector.
  [[gnu::always_inline]] bool vector_blocks() {
    const std::byte* const pairs_end = at + left() / (2 * kBlockSize) * (2 * kBlockSize);
    while (at != pairs_end) {
      const Block first_block = load_block(at);
      const Block second_block = load_block(at + kBlockSize);
      if (may_have_zero(folded(summary(first_block), summary(second_block)))) [[unlikely]] {
        if (find_in_block(first_block) || find_in_block(second_block)) return true;
        continue;
      }
      at += 2 * kBlockSize;
    }
    return left() >= kBlockSize && find_in_block(load_block(at));
  }
#endif

  // Scans from the start to the end, or to the first zero lane; leaves `at` there.
  [[gnu::always_inline]] void run() {
    if (lanes_until_aligned(kWordSize)) return;
#ifdef __SSE2__
    if (left() >= kWordSize && !is_aligned_to(at, kVectorSize) && one_word()) return;
    if (is_aligned_to(at, kVectorSize) && vector_blocks()) return;
#else
    if (word_blocks()) return;
#endif
    if (words_until_end()) return;
    lanes_until_end();
  }
};

// The number of lanes before the first zero lane; `count` if no lane is zero. Precondition: `first`
// is aligned to a Lane.
template <typename Lane>
std::size_t find_zero_lane(const void* first, std::size_t count) {
  const std::byte* const begin = static_cast<const std::byte*>(first);
  LaneScan<Lane> scan{.first = begin, .at = begin, .end = begin + count * sizeof(Lane)};
  scan.run();
  return scan.lanes_done();
}

// The number of elements of `size_bytes` bytes before the first whose bytes equal those at
// `terminator` (nullptr: are all zero); `count` if there is no such element. Preconditions: `first`
// and `terminator` are aligned to a Unit, and `size_bytes` is a multiple of it.
template <typename Unit>
std::size_t find_element(const void* first, std::size_t count, std::size_t size_bytes,
                         const void* terminator) {
  const std::byte* at = static_cast<const std::byte*>(first);
  const std::byte* const wanted = static_cast<const std::byte*>(terminator);
  for (std::size_t index = 0; index < count; ++index) {
    std::uint64_t difference = 0;
    for (std::size_t offset = 0; offset < size_bytes; offset += sizeof(Unit)) {
      const Unit unit = load_once<Unit>(at + offset);
      difference |= wanted == nullptr ? unit : unit ^ load_once<Unit>(wanted + offset);
    }
    if (difference == 0) return index;
    at += size_bytes;
  }
  return count;
}

template <std::size_t kSizeBytes>
using UnsignedOfSize = std::conditional_t<
    kSizeBytes == 8, std::uint64_t,
    std::conditional_t<kSizeBytes == 4, std::uint32_t,
                       std::conditional_t<kSizeBytes == 2, std::uint16_t, std::uint8_t>>>;

// T{}, for types whose T{} is not all zero bytes.
template <typename T>
inline constexpr T kTerminator{};

// Whether all bytes of T{} are zero, as far as is decided at compile time.
template <typename T>
consteval bool is_zero_terminated() {
  if constexpr (std::is_trivially_default_constructible_v<T>) {
    return true;
  } else if constexpr (sizeof(T) == 1 || sizeof(T) == 2 || sizeof(T) == 4 || sizeof(T) == 8) {
    return std::bit_cast<UnsignedOfSize<sizeof(T)>>(kTerminator<T>) == 0;
  } else {
    return false;
  }
}

// The number of elements at `first` before the one equal to T{}; `count` if none is. Precondition:
// `first` is aligned to T. All types of one size and alignment share the loop.
template <typename T>
std::size_t find_terminator(const void* first, std::size_t count) {
  constexpr bool kIsLane = sizeof(T) == alignof(T) && sizeof(T) <= kWordSize;
  constexpr std::size_t kUnitSize = alignof(T) < kWordSize ? alignof(T) : kWordSize;
  if constexpr (!is_zero_terminated<T>()) {
    return find_element<UnsignedOfSize<kUnitSize>>(first, count, sizeof(T), &kTerminator<T>);
  } else if constexpr (kIsLane) {
    return find_zero_lane<UnsignedOfSize<sizeof(T)>>(first, count);
  } else {
    return find_element<UnsignedOfSize<kUnitSize>>(first, count, sizeof(T), nullptr);
  }
}

}  // namespace axptr::internal

#endif  // AXPTR_SCAN_H_
