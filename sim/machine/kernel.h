// A simulated kernel, as far as a run of a scenario and the call of a subject need it: an address
// space behind a lock, CPUs that take turns on one thread, and a log of what happens. Each subclass
// implements access to memory: Machine (machine.h) has real page faults, and sees everything.
// PagelessKernel and FlatKernel make no system call, run faster, and see less.
#ifndef SIM_MACHINE_KERNEL_H_
#define SIM_MACHINE_KERNEL_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "sim/machine/address_space.h"
#include "sim/machine/check.h"
#include "sim/machine/cpu.h"
#include "sim/machine/event.h"
#include "sim/machine/event_log.h"
#include "sim/machine/fault.h"
#include "sim/machine/frames.h"
#include "sim/machine/injector.h"
#include "sim/machine/kernel_buffer.h"
#include "sim/machine/kernel_lock.h"
#include "sim/machine/recovery.h"
#include "sim/machine/store_watch.h"
#include "sim/machine/subject_flag.h"
#include "sim/subject/subject.h"

namespace sim {

class Kernel {
 public:
  static constexpr int kMaxCpus = 8;

  struct Config {
    int cpus = 1;                              // 1..kMaxCpus
    uint64_t frames = Frames::kMachineFrames;  // free at the start
    bool lock = true;                          // whether the address space has a lock
    bool smap = false;  // whether a touch by kernel code with user access closed faults
  };

  virtual ~Kernel();
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  // Everything as new: nothing mapped, all flags clear, CPU 0, the lock free, no events.
  virtual void Reset(const Config& config);

  // From now on the thread is CPU `cpu`. Precondition: 0 <= cpu < config.cpus.
  void SwitchTo(int cpu) {
    SIM_CHECK(0 <= cpu && cpu < config_.cpus);
    if (cpu == current_cpu_) return;
    cpus_[static_cast<size_t>(current_cpu_)] = {FaultsAllowed(), t_thread.access_open};
    current_cpu_ = cpu;
    AllowFaults(cpus_[static_cast<size_t>(cpu)].flag);
    t_thread.access_open = cpus_[static_cast<size_t>(cpu)].access_open;
  }
  int current_cpu() const { return current_cpu_; }
  bool current_flag() const { return FaultsAllowed(); }

  AddressSpace& address_space() { return address_space_; }
  Frames& frames() { return frames_; }
  KernelLock& lock() { return lock_; }
  EventLog& event_log() { return event_log_; }
  // What is to fail. Nothing after a Reset.
  Injector& injector() { return injector_; }
  const Config& config() const { return config_; }

  // What this kernel cannot see, so that it is not in its log, nor in its state.
  virtual Unseen unseen() const { return {}; }

  // An event of this moment on the current CPU, for the event log.
  Event NewEvent(EventKind kind) const;

  // What the kernel of the calling thread offers to a subject.
  static const axptr_machine& services();

  // Those services. Precondition: inside RunSubject; each may panic.
  virtual int Lock();
  virtual void Unlock();
  virtual bool Check(uint64_t start, uint64_t size, axptr::MappingFlags flags);
  virtual int Populate(uint64_t start, uint64_t size, axptr::MappingFlags flags);
  // `access`: MappingFlags::bits().
  virtual bool Attempt(uint64_t start, uint64_t size, uint8_t access, void (*body)(void*),
                       void* argument) = 0;
  bool OpenUserAccess();
  void RestoreUserAccess(bool earlier);

  // Whether the subject calls these two. If not, its attempts open user memory.
  void set_subject_opens(bool opens) { subject_opens_ = opens; }

  // Bit i: Misuse i happened in the current or last RunKernel, and left an event.
  uint32_t misuses() const { return misuses_; }

  // The task that runs was switched away, and has not come back: it has nothing open.
  void NoteSwitchedAway();

  // The caller of the subject is about to touch [address, address + size) inside an access.
  virtual void NoteUseInside(uint64_t /*address*/, uint64_t /*size*/, bool /*write*/) {}

  // Runs `body()` as kernel code. Returns false if the kernel panicked in it: then the body was
  // abandoned, and only Reset brings the kernel back.
  virtual bool RunKernel(absl::FunctionRef<void()> body);

  // Runs `body()`, which calls the subject: a fault in it, at any address, is the subject's. What
  // the subject asks of the kernel meanwhile is the kernel's own again. Precondition: inside
  // RunKernel.
  virtual void RunSubject(absl::FunctionRef<void()> body) { body(); }

  // The kernel's buffer of the call of the subject that is under way on the current CPU; null: no
  // call is. A touch of the pages without access beside it is a bug of the subject.
  void set_buffer(const KernelBuffer* buffer) { buffer_ = buffer; }

  // What watches the stores of the subject on the current CPU; null: nothing does.
  virtual StoreWatch* store_watch() { return nullptr; }

  // The subject has said ok, and what it handed out is about to be used; or it has called a
  // function of its caller, which is about to use the memory.
  virtual void BeforeUse() {}

  // Kernel code that is not the subject's is about to touch the byte at `address`, without having
  // said so. With config.smap and user access closed, that is a fault and a kernel bug
  // (KernelBug::kAccessPrevented), as the processor makes it of a page that it would let through;
  // other pages are left to the touch itself. `write`: it stores there. Precondition: inside
  // RunKernel.
  void PreventAccess(uint64_t address, bool write) {
    if (config_.smap && !t_thread.access_open) StopIfPrevented(address, write);
  }

  // Runs `body()` as kernel code that uses the `size` bytes of user memory at `start`, handed out
  // by the subject, without having said so: a fault in it, at any address, is a kernel bug. A
  // kernel without memory does not run it. `write`: whether it writes there. Precondition: inside
  // RunKernel, and PreventAccess was called.
  virtual void UseAsKernel(uint64_t start, uint64_t size, bool write,
                           absl::FunctionRef<void()> body) = 0;

  // Ends the innermost RunKernel, because of a fault at `address` that the simulator noticed before
  // the hardware did.
  [[noreturn]] void PanicAt(uint64_t address, bool write, KernelBug bug);

  // Ends the innermost RunKernel without an event of its own.
  [[noreturn]] void Abandon();

 protected:
  // The kernel of the calling thread, which has no other one. `window`: of the address space.
  explicit Kernel(Window* window);

  void Record(const Event& event) {
    if (!quiet_ || event.disposition == FaultDisposition::kKernelBug) event_log_.Add(event);
  }

  // Runs `body` until it ends or panics, on whichever thread, which may make so many steps
  // (IsStepTooMany).
  static bool RunUntilPanic(uint64_t max_steps, absl::FunctionRef<void()> body);
  // The most steps that an access can need from now on without interference of another CPU. A scan
  // makes two for each page of its array, and each of those pages is present, or needs a frame to
  // become so.
  uint64_t StepsToTheEnd() const;
  // Counts what a loop of the library cannot do without; whether it was done too often to end.
  static bool IsStepTooMany() { return ++t_thread.steps > t_thread.max_steps; }
  // Counts, and ends an access that does not end.
  void CountStep();

  // Whether this is the time that the lock is not to be had.
  bool IsLockRefused() {
    return config_.lock && !lock_.held_by(current_cpu_) && injector_.Fails(Injector::Point::kLock);
  }
  // Both do nothing where the address space has no lock.
  void TakeLock();
  void LetGoOfLock();

  // A question of the subject, before it is answered.
  Event NewQuestion(EventKind kind, uint64_t start, uint64_t size, axptr::MappingFlags flags);
  // Records `event`, of a moment when `misuse` happens, unless it did before in this operation.
  void NoteMisuse(Misuse misuse, Event event);
  void NoteMisuse(Misuse misuse) { NoteMisuse(misuse, NewEvent(EventKind::kMisused)); }
  // Answers questions about any numbers, and records them. A range that wraps around, or a
  // population of parts of pages, is answered with no, or EFAULT, and recorded as any other: the
  // oracle judges what was asked. An injected failure is answered with ENOMEM.
  bool AnswerCheck(uint64_t start, uint64_t size, axptr::MappingFlags flags);
  axptr::LinuxResult<void> AnswerPopulation(uint64_t start, uint64_t size,
                                            axptr::MappingFlags flags);

  // PreventAccess, where user access is closed.
  void StopIfPrevented(uint64_t address, bool write);

  Injector injector_;
  Frames frames_;
  AddressSpace address_space_;
  KernelLock lock_;
  EventLog event_log_;
  Config config_;
  std::array<Cpu, kMaxCpus> cpus_;
  int current_cpu_ = 0;
  const KernelBuffer* buffer_ = nullptr;
  bool quiet_ = false;  // events are not recorded
  bool subject_opens_ = false;
  // User access was open already when the call of the subject began that is under way: it is one in
  // the middle of an access of the same CPU.
  bool was_open_ = false;
  uint32_t misuses_ = 0;
};

}  // namespace sim

#endif  // SIM_MACHINE_KERNEL_H_
