// The required and the actual value of a violation; violation_text.h prints them. Values own no
// memory, so that copying a violation does not allocate.
#ifndef SIM_ORACLE_VIOLATION_VALUE_H_
#define SIM_ORACLE_VIOLATION_VALUE_H_

#include <cstdint>
#include <variant>

#include "sim/machine/event.h"
#include "sim/oracle/byte_range.h"
#include "sim/scenario/outcome.h"

namespace sim {

namespace value {

// The rule itself is the whole message: no number and no outcome to add.
using None = std::monostate;

struct Address {
  uint64_t address = 0;
  friend bool operator==(const Address&, const Address&) = default;
};

// A number of events, checks or frames.
struct Count {
  uint64_t count = 0;
  friend bool operator==(const Count&, const Count&) = default;
};

// axptr::MappingFlags::bits().
struct PermissionFlags {
  uint8_t bits = 0;
  friend bool operator==(const PermissionFlags&, const PermissionFlags&) = default;
};

// `bytes` bytes, not necessarily adjacent; the first is at `address`.
struct BytesFrom {
  uint64_t bytes = 0;
  uint64_t address = 0;
  friend bool operator==(const BytesFrom&, const BytesFrom&) = default;
};

// Effects::pointer_error: bytes modulo 2^64 from the right pointer, or kElsewhere.
struct PointerError {
  uint64_t error = 0;
  friend bool operator==(const PointerError&, const PointerError&) = default;
};

// An index into a buffer of the kernel; negative before its start.
struct ByteIndex {
  int64_t index = 0;
  friend bool operator==(const ByteIndex&, const ByteIndex&) = default;
};

// Contents of a kernel buffer: number of bytes copied to it, and their HashOfBuffer.
struct Contents {
  uint64_t bytes = 0;
  uint64_t fingerprint = 0;
  friend bool operator==(const Contents&, const Contents&) = default;
};

struct Fault {
  uint64_t address = 0;  // if known
  bool address_known = true;
  FaultDisposition disposition = FaultDisposition::kResolved;
  KernelBug bug = KernelBug::kNone;  // of kKernelBug: the reason
  friend bool operator==(const Fault&, const Fault&) = default;
};

// The user-access flag.
struct Flag {
  bool is_set = false;
  friend bool operator==(const Flag&, const Flag&) = default;
};

struct Cpu {
  uint8_t cpu = 0;
  friend bool operator==(const Cpu&, const Cpu&) = default;
};

struct Pages {
  uint64_t populated = 0;
  uint64_t shared = 0;  // the shared ones among those
  friend bool operator==(const Pages&, const Pages&) = default;
};

struct Frames {
  uint64_t free = 0;
  Pages pages;
  friend bool operator==(const Frames&, const Frames&) = default;
};

// An access to user memory, and the state of the CPU at that time.
struct Touch {
  uint64_t address = 0;
  uint64_t size = 0;  // bytes; 0: a fault reported the access, and faults do not report sizes
  bool is_store = false;
  bool access_open = false;
  bool flag = false;
  bool lock_held = false;
  bool in_attempt = false;
  friend bool operator==(const Touch&, const Touch&) = default;
};

// Bits of Effects::left_behind.
struct LeftBehind {
  uint8_t bits = 0;
  friend bool operator==(const LeftBehind&, const LeftBehind&) = default;
};

}  // namespace value

using ViolationValue =
    std::variant<value::None, Outcome, ByteRange, value::Address, value::Count,
                 value::PermissionFlags, value::BytesFrom, value::PointerError, value::ByteIndex,
                 value::Contents, value::Fault, value::Flag, value::Cpu, value::Pages,
                 value::Frames, value::Touch, value::LeftBehind>;

// Overload set for std::visit with one function for each type.
template <typename... Functions>
struct ForEachType : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
ForEachType(Functions...) -> ForEachType<Functions...>;

}  // namespace sim

#endif  // SIM_ORACLE_VIOLATION_VALUE_H_
