// The parts of a simulated kernel that the run of a scenario and the call of a subject need: an
// address space behind a lock, CPUs that alternate on one thread, and an event log. Each subclass
// implements access to memory. Machine (machine.h) has real page faults and observes every event.
// PagelessKernel and FlatKernel make no system call and run faster, and observe less (Unseen).
#ifndef SIM_MACHINE_KERNEL_H_
#define SIM_MACHINE_KERNEL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

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
#include "sim/machine/window_key.h"
#include "sim/subject/subject.h"
#include "sim/subject/subject_access.h"

namespace sim {

class Kernel {
 public:
  static constexpr int kMaxCpus = 8;
  static constexpr int kSpaces = 2;

  struct Config {
    int cpus = 1;                              // 1..kMaxCpus
    uint64_t frames = Frames::kMachineFrames;  // free at the start
    bool lock = true;                          // whether the address space has a lock
    bool smap = false;  // whether a touch by kernel code with user access closed faults
  };

  virtual ~Kernel();
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  // Restores the initial state: nothing mapped, all flags clear, CPU 0, the lock free, no events.
  virtual void Reset(const Config& config);

  // Makes `cpu` the current CPU. Precondition: 0 <= cpu < config.cpus.
  void SwitchTo(int cpu) {
    SIM_CHECK(0 <= cpu && cpu < config_.cpus);
    if (cpu == current_cpu_) return;
    cpus_[static_cast<size_t>(current_cpu_)] = {FaultsAllowed(), t_thread.access_open, space_};
    current_cpu_ = cpu;
    EnterSpace(cpus_[static_cast<size_t>(cpu)].space);
    AllowFaults(cpus_[static_cast<size_t>(cpu)].flag);
    ExchangeUserAccess(cpus_[static_cast<size_t>(cpu)].access_open);
  }
  int current_cpu() const { return current_cpu_; }
  bool current_flag() const { return FaultsAllowed(); }

  // The address space in which the current CPU runs. All address spaces share the frames, the lock
  // and the range of addresses.
  AddressSpace& address_space() { return address_space_; }
  // Lets `cpu` run in address space `space` from now on. Precondition: 0 <= cpu < config.cpus; 0 <=
  // space < kSpaces.
  void SetSpace(int cpu, int space) {
    SIM_CHECK(0 <= space && space < kSpaces);
    cpus_[static_cast<size_t>(cpu)].space = space;
    if (cpu == current_cpu_) EnterSpace(space);
  }
  // Runs `body()` in the address space of `cpu`, on the current CPU.
  void InSpaceOf(int cpu, absl::FunctionRef<void()> body);
  // Removes the areas of every address space. Each CPU runs in address space 0 afterwards.
  void ResetSpaces();
  Frames& frames() { return frames_; }
  KernelLock& lock() { return lock_; }
  EventLog& event_log() { return event_log_; }
  // Injects failures. Reset() disarms it.
  Injector& injector() { return injector_; }
  const Config& config() const { return config_; }

  // What this kernel cannot observe: it is neither in the event log nor in the kernel's state.
  virtual Unseen unseen() const { return {}; }

  // Returns an event that describes the present state of the current CPU.
  Event NewEvent(EventKind kind) const;

  // The services that the kernel of the calling thread offers to a subject.
  static const axptr_machine& services();

  // The implementation of services(). Precondition: inside RunSubject. Each function may panic.
  virtual int Lock();
  virtual void Unlock();
  virtual bool Check(uint64_t start, uint64_t size, axptr::MappingFlags flags);
  virtual int Populate(uint64_t start, uint64_t size, axptr::MappingFlags flags);
  // `access`: MappingFlags::bits().
  virtual bool Attempt(uint64_t start, uint64_t size, uint8_t access, void (*body)(void*),
                       void* argument) = 0;
  bool OpenUserAccess();
  void RestoreUserAccess(bool earlier);

  // Sets how the subject opens user access and switches tasks; null: it does neither, and each
  // attempt opens user access.
  void set_switching(const axptr_switching* switching) { switching_ = switching; }

  // Bit i is set if Misuse i was recorded in the current or last RunKernel.
  uint32_t misuses() const { return misuses_; }

  // Whether the subject saves and restores the user access of a task (while_switched_away).
  bool SubjectSwitchesTasks() const {
    return switching_ != nullptr && switching_->while_switched_away != nullptr;
  }
  // Switches the current task away, runs `meanwhile()`, and lets the task resume. User access and
  // the flag are saved and restored by the subject, or by the kernel if the subject does not.
  // Checks before and after `meanwhile()` that the flag is clear and user access is closed.
  // `meanwhile` may change the current CPU: the task resumes on that one.
  void SwitchTaskAway(absl::FunctionRef<void()> meanwhile);

  // The caller of the subject is about to touch [address, address + size) inside an access.
  virtual void NoteUseInside(uint64_t /*address*/, uint64_t /*size*/, bool /*write*/) {}

  // Runs `body()` as kernel code. Returns false if the simulated kernel panicked: `body` was
  // abandoned, and the kernel is unusable until Reset().
  virtual bool RunKernel(absl::FunctionRef<void()> body);

  // Runs `body()`, which calls the subject. A fault in `body`, at any address, is attributed to the
  // subject, except while a service of the kernel runs. Precondition: inside RunKernel.
  virtual void RunSubject(absl::FunctionRef<void()> body) { body(); }

  // Sets the kernel buffer of the subject's call on the current CPU; null: no call is under way. A
  // touch of the inaccessible pages next to the buffer is a bug of the subject.
  void set_buffer(const KernelBuffer* buffer) { buffer_ = buffer; }

  // The watch of the subject's stores on the current CPU; null: stores are not watched.
  virtual StoreWatch* store_watch() { return nullptr; }

  // Called before user memory is used: the subject has returned success and the caller is about to
  // use the memory that it lent, or the subject has called a function of its caller.
  virtual void BeforeUse() {}

  // To be called before kernel code other than the subject touches the byte at `address` outside
  // any recoverable user access. With config.smap and user access closed, the touch of an
  // accessible page is a fault and a kernel bug (KernelBug::kAccessPrevented), as on a processor
  // with SMAP; on any other page the touch itself faults. `write`: the touch is a store.
  // Precondition: inside RunKernel.
  void PreventAccess(uint64_t address, bool write) {
    if (config_.smap && !t_thread.access_open) StopIfPrevented(address, write);
  }

  // Runs `body()` as kernel code that uses the `size` bytes of user memory at `start`, which the
  // subject lent, outside any recoverable user access: a fault in `body`, at any address, is a
  // kernel bug. A kernel without memory does not run `body`. `write`: `body` stores there.
  // Precondition: inside RunKernel, and PreventAccess was called.
  virtual void UseAsKernel(uint64_t start, uint64_t size, bool write,
                           absl::FunctionRef<void()> body) = 0;

  // Ends the innermost RunKernel with a kernel bug at `address`, for an access that the simulator
  // rejects before the processor faults.
  [[noreturn]] void PanicAt(uint64_t address, bool write, KernelBug bug);

  // Ends the innermost RunKernel without an event of its own.
  [[noreturn]] void Abandon();

 protected:
  // Makes this the kernel of the calling thread. `window` belongs to the address space.
  // Precondition: the thread has no other kernel.
  explicit Kernel(Window* window);

  void Record(const Event& event) {
    if (!quiet_ || event.disposition == FaultDisposition::kKernelBug) event_log_.Add(event);
  }

  // Runs `body` until it returns or panics, on the calling host thread, with at most `max_steps`
  // steps (IsStepTooMany).
  static bool RunUntilPanic(uint64_t max_steps, absl::FunctionRef<void()> body);
  // Upper bound on the remaining steps of an access without interference by another CPU: four for
  // each populated page of any address space and for each free frame, and 64 to spare. A scan
  // takes two steps per page of its array, and each page is populated or needs a free frame.
  uint64_t StepsToTheEnd() const;
  // Counts a step: an action that every loop of the library has to repeat. Returns whether the
  // limit is exceeded, i.e. the access does not end.
  static bool IsStepTooMany() { return ++t_thread.steps > t_thread.max_steps; }
  // Counts a step, and panics if the access does not end.
  void CountStep();

  // Whether the injector refuses this acquisition of the lock.
  bool IsLockRefused() {
    return config_.lock && !lock_.held_by(current_cpu_) && injector_.Fails(Injector::Point::kLock);
  }
  // Both functions do nothing if the address space has no lock.
  void TakeLock();
  void LetGoOfLock();

  // The event of a check or population by the subject, without its result.
  Event NewQuestion(EventKind kind, uint64_t start, uint64_t size, axptr::MappingFlags flags);
  // Records `event` for `misuse`, unless this operation has recorded `misuse` already.
  void NoteMisuse(Misuse misuse, Event event);
  void NoteMisuse(Misuse misuse) { NoteMisuse(misuse, NewEvent(EventKind::kMisused)); }
  // Answer a check or population of any range, and record the answer. A range that wraps around, or
  // a population that is not page-aligned, gets the result false or EFAULT, and is recorded like
  // any other: the oracle judges the arguments. An injected failure gets ENOMEM.
  bool AnswerCheck(uint64_t start, uint64_t size, axptr::MappingFlags flags);
  axptr::LinuxResult<void> AnswerPopulation(uint64_t start, uint64_t size,
                                            axptr::MappingFlags flags);

  // Checks, while the current task is switched away, that the user-access flag is clear and user
  // access is closed.
  void NoteSwitchedAway();

  bool subject_opens() const { return switching_ != nullptr; }

  // Makes address space `space` that of address_space().
  void EnterSpace(int space) {
    if (space != space_) ExchangeSpaces();
  }
  void ExchangeSpaces();

  // PreventAccess, where user access is closed.
  void StopIfPrevented(uint64_t address, bool write);

  Injector injector_;
  Frames frames_;
  AddressSpace address_space_;
  std::unique_ptr<AddressSpace> other_space_;  // null until it is needed
  int space_ = 0;                              // the number of address_space_
  KernelLock lock_;
  EventLog event_log_;
  Config config_;
  std::array<Cpu, kMaxCpus> cpus_;
  int current_cpu_ = 0;
  const KernelBuffer* buffer_ = nullptr;
  bool quiet_ = false;     // events are not recorded
  bool by_other_ = false;  // an access that is raced against another one is under way
  const axptr_switching* switching_ = nullptr;
  // Whether user access was already open at the start of the subject's call under way: the call is
  // nested in an access of the same CPU.
  bool was_open_ = false;
  uint32_t misuses_ = 0;
};

}  // namespace sim

#endif  // SIM_MACHINE_KERNEL_H_
