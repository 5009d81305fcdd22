#include "sim/ring0/replay/operations.h"

#include <cstdint>

#include "sim/ring0/image/report.h"
#include "sim/ring0/machine/kernel.h"

namespace ring0 {
namespace {

// An access of user code to each page of [address, address + size). A store changes the first byte.
int TouchPagesAsUser(std::uint64_t address, std::uint64_t size, bool write) {
  std::uint8_t flipped = write ? kFlippedInFirst : 0;
  while (size != 0) {
    const bool leaves_nothing =
        flipped == 0 && IsInWindow(address) && g_kernel.memory.LetsThrough(address, write);
    if (!leaves_nothing && !TouchAsUser(address, write, flipped)) return -kBadAddress;
    flipped = 0;
    const std::uint64_t to_page_end = kPageBytes - address % kPageBytes;
    if (size <= to_page_end) break;
    address += to_page_end;
    size -= to_page_end;
  }
  return 0;
}

// A touch by kernel code outside of the library.
void TouchAsKernel(std::uint64_t address, bool write) {
  if (!IsInWindow(address)) PanicAt(address, write, KernelBug::kFlagClear);
  UseAsKernel([&] { TouchByte(address, write, kFlippedInFirst); });
}

}  // namespace

bool IsAccess(const PackedOp& op) {
  return op.kind == OpKind::kUserTouch || op.kind == OpKind::kKernelTouch ||
         op.kind == OpKind::kCall;
}

int SetUp(const PackedOp& op, const void* bytes) {
  AddressSpace& memory = g_kernel.memory;
  const auto rights = static_cast<unsigned>(op.a[0]);
  switch (op.kind) {
    case OpKind::kMap:
      return memory.Map(op.address, op.length, rights, static_cast<Backing>(op.a[1]), op.a[2]);
    case OpKind::kTruncate:
      return memory.Truncate(op.address, op.length);
    case OpKind::kUnmap:
      return memory.Unmap(op.address, op.length);
    case OpKind::kProtect:
      return memory.Protect(op.address, op.length, rights);
    case OpKind::kEvict:
      return memory.Evict(op.address, op.length);
    case OpKind::kShare:
      return memory.Share(op.address, op.length);
    case OpKind::kAlias:
      return memory.MapAgain(op.address, op.length, rights, op.a[1]);
    case OpKind::kGrow:
      return memory.Grow(op.address, op.length);
    case OpKind::kFill:
      return memory.Fill(op.address, op.length, bytes, op.bytes);
    case OpKind::kFrames:
      memory.frames.SetFree(op.length);
      return 0;
    case OpKind::kInject:
      memory.injector.left[op.a[0]] = op.length;
      return 0;
    default:
      Die("unknown operation", static_cast<std::uint64_t>(op.kind));
  }
}

void MakeAccess(const PackedOp& op, const void* bytes, PackedResult* result, CallBytes* sent) {
  if (op.kind == OpKind::kUserTouch) {
    result->error = TouchPagesAsUser(op.address, op.length, op.a[0] != 0);
  } else if (op.kind == OpKind::kKernelTouch) {
    TouchAsKernel(op.address, op.a[0] != 0);
  } else {
    MakeCall(op, bytes, result, sent);
  }
}

}  // namespace ring0
