// What the machine does for a subject (sim/subject/subject.h).
#include <cerrno>
#include <cstdint>
#include <utility>

#include "sim/machine/check.h"
#include "sim/machine/machine.h"

namespace sim {

struct Machine::Services {
  static Machine& machine() {
    SIM_CHECK(t_thread.machine != nullptr);
    return *t_thread.machine;
  }

  // The machine, at work for the subject: a fault meanwhile is the machine's own.
  class Work {
   public:
    Work() : machine_(machine()), in_subject_(std::exchange(machine_.in_subject_, false)) {}
    ~Work() { machine_.in_subject_ = in_subject_; }
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    Machine* operator->() const { return &machine_; }
    Machine* get() const { return &machine_; }

   private:
    Machine& machine_;
    const bool in_subject_;
  };

  static int Lock() {
    const Work work;
    work->CountStep();
    if (work->IsLockRefused()) return -EINTR;
    work->TakeLock();
    return 0;
  }

  static void Unlock() {
    const Work work;
    const bool is_held = work->lock_.held_by(work->current_cpu_);
    if (work->config_.lock && !is_held) work->PanicAt(0, false, KernelBug::kLockFree);
    work->ReleaseLock();
  }

  static bool Check(uint64_t start, uint64_t size, unsigned rights) {
    const Work work;
    return ObservedAddressSpace(work.get())
        .Check(start, size, axptr::MappingFlags::from_bits_truncate(rights));
  }

  static int Populate(uint64_t start, uint64_t size, unsigned rights) {
    const Work work;
    const auto populated =
        ObservedAddressSpace(work.get())
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
