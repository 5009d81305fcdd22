// The permissions of memory: a set of READ, WRITE, EXECUTE, USER.
#ifndef AXPTR_MAPPING_FLAGS_H_
#define AXPTR_MAPPING_FLAGS_H_

#include <cstdint>

namespace axptr {

// A set of permissions: those that a mapping has, or those that an access needs. A value of one
// byte without invariants; every combination is a valid set.
class MappingFlags {
 public:
  static const MappingFlags READ;     // loads
  static const MappingFlags WRITE;    // stores
  static const MappingFlags EXECUTE;  // instruction fetches
  static const MappingFlags USER;     // belongs to user mode; without it, to the kernel

  constexpr MappingFlags() = default;  // the empty set

  // The set as bits (READ 1, WRITE 2, EXECUTE 4, USER 8), for a platform that stores or prints it.
  constexpr std::uint8_t bits() const { return bits_; }

  // The set with the bits `bits`; unknown bits are ignored.
  static constexpr MappingFlags from_bits_truncate(unsigned bits) {
    return MappingFlags(static_cast<std::uint8_t>(bits & kAllBits));
  }

  // Whether no flag is in this set.
  constexpr bool is_empty() const { return bits_ == 0; }

  // Whether every flag of `needed` is in this set.
  constexpr bool contains(MappingFlags needed) const {
    return (bits_ & needed.bits_) == needed.bits_;
  }

  // The flags of either set.
  friend constexpr MappingFlags operator|(MappingFlags a, MappingFlags b) {
    return MappingFlags(static_cast<std::uint8_t>(a.bits_ | b.bits_));
  }
  // The flags that both sets have.
  friend constexpr MappingFlags operator&(MappingFlags a, MappingFlags b) {
    return MappingFlags(static_cast<std::uint8_t>(a.bits_ & b.bits_));
  }
  // Whether both sets have the same flags.
  friend constexpr bool operator==(MappingFlags, MappingFlags) = default;

 private:
  static constexpr unsigned kAllBits = 0xf;
  constexpr explicit MappingFlags(std::uint8_t bits) : bits_(bits) {}

  std::uint8_t bits_ = 0;
};

inline constexpr MappingFlags MappingFlags::READ{1};
inline constexpr MappingFlags MappingFlags::WRITE{2};
inline constexpr MappingFlags MappingFlags::EXECUTE{4};
inline constexpr MappingFlags MappingFlags::USER{8};

}  // namespace axptr

#endif  // AXPTR_MAPPING_FLAGS_H_
