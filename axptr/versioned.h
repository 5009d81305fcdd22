// Structs that grow from one kernel version to the next, for a user and a kernel of different
// versions. The user passes the size of the struct in the user's version (`usize`). When the kernel
// reads the struct, fields that only the user's version has must be zero, and fields that only the
// kernel's version has become zero.
//
//   struct OpenHow { std::uint64_t flags, mode, resolve; };  // the first version had 24 bytes
//   AXPTR_USER_PLAIN(OpenHow, flags, mode, resolve);
//   const auto how = axptr::read_versioned<OpenHow, 24>(process, UserConstPtr<OpenHow>(arg),
//   usize);
//
// Each function has an overload for user memory and one for a span of kernel memory, for instance a
// bounce buffer.
#ifndef AXPTR_VERSIONED_H_
#define AXPTR_VERSIONED_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "axptr/addr_space.h"
#include "axptr/copied.h"
#include "axptr/copy_bytes.h"
#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/transfer.h"
#include "axptr/user_out_ptr.h"
#include "axptr/user_plain.h"
#include "axptr/user_ptr.h"
#include "axptr/user_value.h"
#include "axptr/virt_addr.h"

namespace axptr {
namespace internal {

template <typename T, std::size_t kFirstSize>
consteval void require_versioned() {
  require_user_value<T>();
  static_assert(kFirstSize >= 1 && kFirstSize <= sizeof(T),
                "axptr: the size of the first version of a struct is at least 1 byte and at most "
                "the size of this one");
  static_assert(sizeof(T) <= kPageSize4K, "axptr: a versioned struct is at most one page");
}

// Errors: EINVAL: less than the first version; E2BIG: more than a page.
inline LinuxResult<void> check_version_size(std::size_t size_bytes, std::size_t first_size) {
  if (size_bytes < first_size) return std::unexpected(LinuxError::kEinval);
  if (size_bytes > kPageSize4K) return std::unexpected(LinuxError::kE2big);
  return {};
}

// A direction of transfer_bytes that stores no data and records only whether any byte was not zero.
class UserToNonZero {
 public:
  UserToNonZero(VirtAddr user, std::uint64_t& bits)
      : user_(reinterpret_cast<const std::byte*>(user.as_usize())), bits_(&bits) {}

  std::uintptr_t start() const { return reinterpret_cast<std::uintptr_t>(user_); }
  template <typename Unit>
  [[gnu::always_inline]] void move(std::size_t offset) const {
    struct Halves {
      std::uint64_t first, second;
    };
    const Unit unit = load_once<Unit>(user_ + offset);
    if constexpr (sizeof(Unit) == sizeof(Halves)) {
      const auto halves = std::bit_cast<Halves>(unit);
      *bits_ |= halves.first | halves.second;
    } else {
      *bits_ |= unit;
    }
  }

 private:
  const std::byte* user_;
  std::uint64_t* bits_;
};

// The conversion of a struct of another version to a T: its bytes are stored in `raw`, and the
// bytes beyond the size of T are ORed into `tail_bits`.
template <typename T>
class VersionedCopy {
 public:
  // Zeroes the bytes of T after the first `size_bytes`: the fields that the other version does not
  // have.
  explicit VersionedCopy(std::size_t size_bytes) {
    if (size_bytes >= sizeof(T)) return;
    const VirtAddr missing(reinterpret_cast<std::uintptr_t>(raw_.bytes + size_bytes));
    Progress progress = missing.as_usize();
    transfer_bytes(ZeroToUser(missing), sizeof(T) - size_bytes, progress);
  }

  // Takes the bytes of `range`, which are `offset` bytes after the start of the struct.
  void take(VirtAddrRange range, std::size_t offset, Progress& progress) {
    const std::size_t known = offset < sizeof(T) ? sizeof(T) - offset : 0;
    const std::size_t count = range.size() < known ? range.size() : known;
    transfer_bytes(UserToKernel(range.start(), raw_.bytes + offset), count, progress);
    const VirtAddr tail(range.start().as_usize() + count);
    transfer_bytes(UserToNonZero(tail, tail_bits_), range.size() - count, progress);
  }

  // Errors: E2BIG: a byte that T does not have is not zero.
  LinuxResult<T> value() const {
    if (tail_bits_ != 0) return std::unexpected(LinuxError::kE2big);
    return std::bit_cast<T>(raw_);
  }

 private:
  RawBytes<T> raw_;
  std::uint64_t tail_bits_ = 0;
};

// Whether a byte of `value` after the first `size_bytes` is not zero.
template <typename T>
bool is_rest_nonzero(const T& value, std::size_t size_bytes) {
  const auto* const bytes = reinterpret_cast<const std::byte*>(&value);
  for (std::size_t at = size_bytes; at < sizeof(T); ++at) {
    if (bytes[at] != std::byte{0}) return true;
  }
  return false;
}

}  // namespace internal

// Reads a T from the struct of `usize` bytes at `user`. Fields that the struct does not have are
// zero. Each byte is loaded once, in ascending order. After an error there is no value.
// Errors, in the order of the checks: EINVAL: `usize` is less than kFirstSize; E2BIG: `usize` is
// more than a page (both: `provider` is not called); EFAULT, ENOMEM, EINTR: as
// UserConstPtr::read_into, for all `usize` bytes; E2BIG: a byte after the first sizeof(T) is not
// zero. Linux: copy_struct_from_user, which takes any alignment, and reads the tail before the
// struct.
template <typename T, std::size_t kFirstSize, internal::ProviderArgument P>
LinuxResult<T> read_versioned(P&& provider, UserConstPtr<T> user, std::size_t usize) {
  internal::require_versioned<T, kFirstSize>();
  const auto fits = internal::check_version_size(usize, kFirstSize);
  if (!fits) return std::unexpected(fits.error());
  if (!user.address().is_aligned(alignof(T))) return std::unexpected(LinuxError::kEfault);
  internal::VersionedCopy<T> copy(usize);
  const Copied copied = internal::move_checked(
      provider, user.address(), usize, MappingFlags::READ,
      [&](VirtAddrRange range, std::size_t offset) {
        return internal::attempt_transfer(
            range, MappingFlags::READ,
            [&](internal::Progress& progress) { copy.take(range, offset, progress); });
      });
  if (!copied.is_complete()) return std::unexpected(copied.error);
  return copy.value();
}

// The same from kernel memory, where the struct has source.size() bytes, of any alignment.
// Errors: EINVAL: less than kFirstSize bytes; E2BIG: more than a page, or a byte after the first
// sizeof(T) is not zero.
template <typename T, std::size_t kFirstSize>
LinuxResult<T> read_versioned(std::span<const std::byte> source) {
  internal::require_versioned<T, kFirstSize>();
  const auto fits = internal::check_version_size(source.size(), kFirstSize);
  if (!fits) return std::unexpected(fits.error());
  internal::VersionedCopy<T> copy(source.size());
  const VirtAddr start(reinterpret_cast<std::uintptr_t>(source.data()));
  internal::Progress progress = start.as_usize();
  copy.take(*VirtAddrRange::from_start_size(start, source.size()), 0, progress);
  return copy.value();
}

// The result of write_versioned.
struct VersionedWrite {
  std::size_t written = 0;       // bytes: all `usize` of them
  bool dropped_nonzero = false;  // a byte of the value that did not fit was not zero
};

// Writes `value` as the struct of `usize` bytes at `user`: its first bytes if `usize` is less than
// sizeof(T), else all of them and zeros. After an error a prefix may have been written.
// Errors, in the order of the checks: EINVAL: `usize` is less than kFirstSize; E2BIG: `usize` is
// more than a page (both: `provider` is not called); EFAULT, ENOMEM, EINTR: as
// UserOutPtr::write_from.
// Linux: copy_struct_to_user, which has no bound for `usize`.
template <typename T, std::size_t kFirstSize, internal::ProviderArgument P>
LinuxResult<VersionedWrite> write_versioned(P&& provider, UserOutPtr<T> user, std::size_t usize,
                                            const T& value) {
  internal::require_versioned<T, kFirstSize>();
  const auto fits = internal::check_version_size(usize, kFirstSize);
  if (!fits) return std::unexpected(fits.error());
  if (!user.address().is_aligned(alignof(T))) return std::unexpected(LinuxError::kEfault);
  const auto bytes = std::as_bytes(std::span(&value, 1));
  const std::size_t known = usize < sizeof(T) ? usize : sizeof(T);
  const Copied copied = internal::write_padded(provider, user.address(), bytes.first(known), usize,
                                               MappingFlags::WRITE);
  if (!copied.is_complete()) return std::unexpected(copied.error);
  return VersionedWrite{.written = usize,
                        .dropped_nonzero = internal::is_rest_nonzero(value, known)};
}

// The same to kernel memory, where the struct has destination.size() bytes and any alignment.
// Errors: EINVAL: less than kFirstSize bytes; E2BIG: more than a page. Nothing is written then.
template <typename T, std::size_t kFirstSize>
LinuxResult<VersionedWrite> write_versioned(std::span<std::byte> destination, const T& value) {
  internal::require_versioned<T, kFirstSize>();
  const std::size_t usize = destination.size();
  const auto fits = internal::check_version_size(usize, kFirstSize);
  if (!fits) return std::unexpected(fits.error());
  const std::size_t known = usize < sizeof(T) ? usize : sizeof(T);
  const VirtAddr start(reinterpret_cast<std::uintptr_t>(destination.data()));
  internal::Progress progress = start.as_usize();
  const auto* const bytes = reinterpret_cast<const std::byte*>(&value);
  internal::transfer_bytes(internal::KernelToUser(start, bytes), known, progress);
  internal::transfer_bytes(internal::ZeroToUser(VirtAddr(start.as_usize() + known)), usize - known,
                           progress);
  return VersionedWrite{.written = usize,
                        .dropped_nonzero = internal::is_rest_nonzero(value, known)};
}

}  // namespace axptr

#endif  // AXPTR_VERSIONED_H_
