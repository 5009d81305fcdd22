// What the machine does for a subject (sim/subject/subject.h).
#include <cerrno>
#include <cstdint>
#include <utility>

#include "sim/machine/check.h"
#include "sim/machine/machine.h"

namespace sim {
namespace {

// While the machine works for the subject, a fault is the machine's own, not the subject's.
class OwnWork {
 public:
  OwnWork() : frame_(InnermostPanicFrame()) {
    SIM_CHECK(frame_ != nullptr);
    was_touching_ = std::exchange(frame_->touching, false);
  }
  ~OwnWork() { frame_->touching = was_touching_; }
  OwnWork(const OwnWork&) = delete;
  OwnWork& operator=(const OwnWork&) = delete;

 private:
  RecoveryFrame* const frame_;
  bool was_touching_;
};

}  // namespace

struct Machine::Services {
  static Machine& machine() {
    SIM_CHECK(t_thread.machine != nullptr);
    return *t_thread.machine;
  }

  static int Lock() {
    const OwnWork own_work;
    machine().CountStep();
    if (machine().IsLockRefused()) return -EINTR;
    machine().TakeLock();
    return 0;
  }

  static void Unlock() {
    const OwnWork own_work;
    const bool is_held = machine().lock_.held_by(machine().current_cpu_);
    if (machine().config_.lock && !is_held) machine().PanicAt(0, false, KernelBug::kLockHeld);
    machine().ReleaseLock();
  }

  static bool Check(uint64_t start, uint64_t size, unsigned rights) {
    const OwnWork own_work;
    return ObservedAddressSpace(&machine())
        .Check(start, size, axptr::MappingFlags::from_bits_truncate(rights));
  }

  static int Populate(uint64_t start, uint64_t size, unsigned rights) {
    const OwnWork own_work;
    const auto populated =
        ObservedAddressSpace(&machine())
            .Populate(start, size, axptr::MappingFlags::from_bits_truncate(rights));
    return populated ? 0 : -static_cast<int>(populated.error());
  }

  static bool Attempt(uint64_t start, uint64_t size, unsigned rights, void (*body)(void*),
                      void* argument) {
    return machine().Attempt(start, size, static_cast<uint8_t>(rights), body, argument);
  }

  static constexpr axptr_machine kTable = {.abi = AXPTR_SUBJECT_ABI,
                                           .size_bytes = sizeof(axptr_machine),
                                           .lock = Lock,
                                           .unlock = Unlock,
                                           .check = Check,
                                           .populate = Populate,
                                           .attempt = Attempt};
};

const axptr_machine& Machine::services() { return Services::kTable; }

}  // namespace sim
