// The services of a kernel for a subject (sim/subject/subject.h): the function table, and the
// implementation of class Machine.
#include <cerrno>
#include <cstdint>
#include <utility>

#include "sim/machine/check.h"
#include "sim/machine/kernel.h"
#include "sim/machine/machine.h"
#include "sim/machine/window_key.h"
#include "sim/subject/subject_access.h"

namespace sim {
namespace {

Kernel& CurrentKernel() {
  SIM_CHECK(t_thread.kernel != nullptr);
  return *t_thread.kernel;
}

axptr::MappingFlags FlagsOf(unsigned rights) {
  return axptr::MappingFlags::from_bits_truncate(rights);
}

constexpr axptr_user_access kUserAccess = {
    .size_bytes = sizeof(axptr_user_access),
    .open = [] { return CurrentKernel().OpenUserAccess(); },
    .restore = [](bool earlier) { CurrentKernel().RestoreUserAccess(earlier); },
};

constexpr axptr_machine kServices = {
    .abi = AXPTR_SUBJECT_ABI,
    .size_bytes = sizeof(axptr_machine),
    .lock = [] { return CurrentKernel().Lock(); },
    .unlock = [] { CurrentKernel().Unlock(); },
    .check = [](uint64_t start, uint64_t size,
                unsigned rights) { return CurrentKernel().Check(start, size, FlagsOf(rights)); },
    .populate =
        [](uint64_t start, uint64_t size, unsigned rights) {
          return CurrentKernel().Populate(start, size, FlagsOf(rights));
        },
    .attempt =
        [](uint64_t start, uint64_t size, unsigned rights, void (*body)(void*), void* argument) {
          return CurrentKernel().Attempt(start, size, static_cast<uint8_t>(rights), body, argument);
        },
    .user_access = &kUserAccess,
};

}  // namespace

const axptr_machine& Kernel::services() { return kServices; }

// Scope in which the machine executes a service for the subject: a fault in it is attributed to the
// machine.
class Machine::WorkForSubject {
 public:
  explicit WorkForSubject(Machine* machine)
      : machine_(machine), in_subject_(std::exchange(machine->in_subject_, false)) {}
  ~WorkForSubject() { machine_->in_subject_ = in_subject_; }
  WorkForSubject(const WorkForSubject&) = delete;
  WorkForSubject& operator=(const WorkForSubject&) = delete;

 private:
  Machine* const machine_;
  const bool in_subject_;
};

void Machine::RunSubject(absl::FunctionRef<void()> body) {
  in_subject_ = true;
  {
    const WindowScope scope(subject_opens() ? WindowMode::kFollowsAccess : WindowMode::kOpen);
    body();
  }
  in_subject_ = false;
}

int Machine::Lock() {
  const WorkForSubject work(this);
  CountStep();
  if (IsLockRefused()) return -EINTR;
  TakeLock();
  return 0;
}

void Machine::Unlock() {
  const WorkForSubject work(this);
  if (config_.lock && !lock_.held_by(current_cpu_)) PanicAt(0, false, KernelBug::kLockFree);
  ReleaseLock();
}

bool Machine::Check(uint64_t start, uint64_t size, axptr::MappingFlags flags) {
  const WorkForSubject work(this);
  return ObservedAddressSpace(this).Check(start, size, flags);
}

int Machine::Populate(uint64_t start, uint64_t size, axptr::MappingFlags flags) {
  const WorkForSubject work(this);
  const auto populated = ObservedAddressSpace(this).Populate(start, size, flags);
  return populated ? 0 : -static_cast<int>(populated.error());
}

}  // namespace sim
