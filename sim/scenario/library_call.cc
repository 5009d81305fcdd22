#include "sim/scenario/library_call.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "axptr/user_access.h"
#include "axptr/user_ptr.h"
#include "sim/machine/check.h"
#include "sim/machine/user_touch.h"
#include "sim/scenario/element_types.h"
#include "sim/scenario/kernel_copy.h"

namespace sim {
namespace {

// Writes the first and the last byte as they are.
void WriteBack(uint64_t address, uint64_t size) {
  if (size == 0) return;
  TouchByte(address, /*write=*/true);
  TouchByte(address + size - 1, /*write=*/true);
}

// Reads `size` bytes and, if `write_back`, writes the first and the last one back.
uint64_t UseBytes(uint64_t address, uint64_t size, bool write_back) {
  const uint64_t fingerprint = FingerprintUserMemory(address, size);
  if (write_back) WriteBack(address, size);
  return fingerprint;
}

// The same by a function that `access` runs: its reading declares user memory once more, as a
// kernel's helper would, so that what follows shows whether the outer flag is still set.
uint64_t UseUnderFlag(uint64_t address, uint64_t size, bool write_back) {
  const uint64_t fingerprint =
      axptr::access_user_memory([&] { return FingerprintUserMemory(address, size); });
  if (write_back) WriteBack(address, size);
  return fingerprint;
}

template <typename T>
uint64_t AddressOf(const T* pointer) {
  return reinterpret_cast<uint64_t>(pointer);
}

class Call {
 public:
  Call(const Op& op, Machine& machine, Races& races, KernelBuffer& buffer, Effects* effects)
      : op_(op), machine_(machine), races_(races), buffer_(buffer), effects_(effects) {}

  // `Pointer` is UserPtr<T> or UserConstPtr<T>.
  template <typename Pointer>
  Outcome Get() {
    const auto result = Pointer(op_.address).get(provider_);
    if (!result) return Failed(result.error());
    return Use(AddressOf(*result), sizeof(**result), 1);
  }

  template <typename Pointer>
  Outcome Slice() {
    return UseSpan(Pointer(op_.address).get_as_slice(provider_, op_.length));
  }

  template <typename Pointer>
  Outcome NullTerminated() {
    return UseSpan(Pointer(op_.address).get_as_null_terminated(provider_));
  }

  Outcome Str() {
    const auto result = axptr::UserConstPtr<char>(op_.address).get_as_str(provider_);
    if (!result) return Failed(result.error());
    return Use(AddressOf(result->data()), result->size(), result->size());
  }

  Outcome CopyStr() {
    const std::span<char> room = buffer_.Lend(std::min(op_.length, kMaxCopiedBytes));
    const auto result = axptr::UserConstPtr<char>(op_.address).copy_str(provider_, room);
    return TakeBackText(result, room, buffer_, effects_);
  }

  template <typename Pointer>
  Outcome Access() {
    const Pointer pointer(op_.address);
    const bool write_back = IsMutable(op_.verb);
    if (op_.is_single) {
      const auto result = pointer.access(provider_, [&](auto& value) {
        return IsRightPlace(AddressOf(&value))
                   ? UseUnderFlag(AddressOf(&value), sizeof(value), write_back)
                   : kEmptyFingerprint;
      });
      return result ? Outcome::Ok(1, *result) : Failed(result.error());
    }
    const auto result = pointer.access(provider_, op_.length, [&](auto elements) {
      return IsRightPlace(AddressOf(elements.data()))
                 ? UseBytes(AddressOf(elements.data()), elements.size_bytes(), write_back)
                 : kEmptyFingerprint;
    });
    return result ? Outcome::Ok(op_.length, *result) : Failed(result.error());
  }

 private:
  static Outcome Failed(axptr::LinuxError error) { return Outcome::Error(static_cast<int>(error)); }

  template <typename Result>
  Outcome UseSpan(const Result& result) {
    if (!result) return Failed(result.error());
    return Use(AddressOf(result->data()), result->size_bytes(), result->size());
  }

  // Whether `address`, which was handed out, is the one that was asked for. If not, notes that.
  bool IsRightPlace(uint64_t address) {
    if (address == op_.address) return true;
    effects_->pointer_error = Window::Contains(address) ? address - op_.address : kElsewhere;
    return false;
  }

  Outcome Use(uint64_t address, uint64_t size, uint64_t length) {
    races_.BeforeUse();
    if (!IsRightPlace(address)) return Outcome::Ok(length);
    if (size == 0) return Outcome::Ok(length);
    // Outside of the window lies the simulator's own memory: what a broken library hands out there
    // must not be touched to find out.
    if (!Window::ContainsRange(address, size)) {
      machine_.PanicAt(address, IsMutable(op_.verb), KernelBug::kFlagClear);
    }
    uint64_t fingerprint = 0;
    machine_.UseAsKernel(address, size,
                         [&] { fingerprint = UseBytes(address, size, IsMutable(op_.verb)); });
    return Outcome::Ok(length, fingerprint);
  }

  const Op& op_;
  Machine& machine_;
  Races& races_;
  KernelBuffer& buffer_;
  Effects* const effects_;
  Machine::Provider provider_ = machine_.provider();
};

// Calls `function` with UserPtr<T> or UserConstPtr<T>, as the verb says, as its type argument.
template <typename Function>
Outcome WithPointer(const Op& op, Function function) {
  return VisitElementType(op.type, [&]<typename T>(std::type_identity<T>) {
    return IsMutable(op.verb) ? function.template operator()<axptr::UserPtr<T>>()
                              : function.template operator()<axptr::UserConstPtr<T>>();
  });
}

}  // namespace

Outcome CallLibrary(const Op& op, Machine& machine, Races& races, KernelBuffer& buffer,
                    Effects* effects) {
  Call call(op, machine, races, buffer, effects);
  // Without a default: the compiler asks for a verb that is missing.
  switch (op.verb) {
    case Verb::kConstGet:
    case Verb::kMutGet:
      return WithPointer(op, [&]<typename Pointer>() { return call.Get<Pointer>(); });
    case Verb::kConstSlice:
    case Verb::kMutSlice:
      return WithPointer(op, [&]<typename Pointer>() { return call.Slice<Pointer>(); });
    case Verb::kConstCstr:
    case Verb::kMutCstr:
      return WithPointer(op, [&]<typename Pointer>() { return call.NullTerminated<Pointer>(); });
    case Verb::kConstAccess:
    case Verb::kMutAccess:
      return WithPointer(op, [&]<typename Pointer>() { return call.Access<Pointer>(); });
    case Verb::kConstStr:
      return call.Str();
    case Verb::kCopyStr:
      return call.CopyStr();
    case Verb::kMap:
    case Verb::kUnmap:
    case Verb::kProtect:
    case Verb::kFill:
    case Verb::kTruncate:
    case Verb::kFrames:
    case Verb::kUserLoad:
    case Verb::kUserStore:
    case Verb::kKernelLoad:
    case Verb::kKernelStore:
      break;
  }
  SIM_CHECK(false);
  return Outcome::NotRun();
}

}  // namespace sim
