// The simulated machine: CPUs, memory, one process, and the kernel around the library.
//
// One host thread runs all simulated CPUs; SwitchTo selects the current CPU. Additional host
// threads may access and change user memory concurrently (HostThread); each of them is a CPU of its
// own. Kernel code runs inside RunKernel: there, a forbidden fault panics the simulated kernel, and
// RunKernel returns false. Outside RunKernel, a forbidden fault crashes the simulator.
#ifndef SIM_MACHINE_MACHINE_H_
#define SIM_MACHINE_MACHINE_H_

#include <sched.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "sim/machine/address_space.h"
#include "sim/machine/fault.h"
#include "sim/machine/fault_outside.h"
#include "sim/machine/fetch_log.h"
#include "sim/machine/frames.h"
#include "sim/machine/kernel.h"
#include "sim/machine/recovery.h"
#include "sim/machine/window.h"

namespace sim {

// Models another CPU that acts in the middle of an access. Its changes to the address space cause
// no events of their own.
class Adversary {
 public:
  virtual ~Adversary() = default;
  // Called after a permission check, as soon as the address-space lock is free.
  virtual void AfterCheck() = 0;
  // Called in the fault handler for a fault at `address`, before the handler queries the address
  // space. Runs inside the signal handler, where a further fault is possible.
  virtual void BeforeFaultHandling(uint64_t address) = 0;
  // Called before the library loads from `address`, which is in the window. Only in builds that
  // trace loads (load_trace.h).
  virtual void BeforeLoad([[maybe_unused]] uint64_t address) {}
  // Called before the memory is used: the library has returned success, or is about to call a
  // function of its caller.
  virtual void BeforeUse() {}
};

class Machine : public Kernel {
 public:
  // Creates a machine. Only the calling thread may use it. Errors: those of Window::Reserve and
  // InstallFaultHandler.
  static absl::StatusOr<std::unique_ptr<Machine>> Create();
  ~Machine() override;

  void Reset(const Config& config) override;

  // Bracket a change that another CPU makes in the middle of an access of this thread. The limits
  // on steps and on handled faults of the access start anew from here, and the change is not
  // counted as a store of the access.
  void BeginInterference();
  void EndInterference();

  // Sets the adversary; null disables interference.
  void set_adversary(Adversary* adversary) { adversary_ = adversary; }

  bool RunKernel(absl::FunctionRef<void()> body) override;

  // Runs `body()` on CPU `cpu`, in the middle of an access of the current CPU. Only kernel bugs are
  // recorded as events, and the adversary is disabled. Precondition: inside RunKernel; 0 <= cpu <
  // config.cpus; `cpu` is not the current CPU, unless the access sleeps.
  template <typename Body>
  void RunOnOtherCpu(int cpu, Body&& body);

  // Puts the task of the access under way to sleep, at any point of the access, also inside the
  // fault handler. Runs `meanwhile()`, in which RunOnOtherCpu runs other tasks, also on the current
  // CPU. Then the task resumes on CPU `cpu`, in its own address space, with its own user-access
  // flag and user access. If it holds the lock, it holds it there. Precondition: inside RunKernel;
  // 0 <= cpu < config.cpus; no access is raced against the one under way.
  void Sleep(int cpu, absl::FunctionRef<void()> meanwhile);

  // Runs `body()` as a nested call by the caller of the subject, in the middle of the call under
  // way. The user-access flag, user access and the recovery frames keep their state. Only kernel
  // bugs are recorded as events, and the adversary is disabled. Precondition: inside RunKernel, and
  // not inside another RunNested or RunOnOtherCpu.
  template <typename Body>
  void RunNested(Body&& body);

  void BeforeUse() override {
    if (adversary_ != nullptr) adversary_->BeforeUse();
  }
  void UseAsKernel(uint64_t start, uint64_t size, bool write,
                   absl::FunctionRef<void()> body) override;

  // Accesses the byte at `address` as user code on the current CPU; a store inverts `flipped_bits`
  // of the byte. `address` may have any value. Returns whether the access succeeded.
  bool TouchAsUser(uint64_t address, bool write, uint8_t flipped_bits = 0);
  // Accesses the byte at `address` as kernel code outside any recoverable user access: panics if
  // the access is not possible.
  void TouchAsKernel(uint64_t address, bool write, uint8_t flipped_bits = 0);

  void RunSubject(absl::FunctionRef<void()> body) override;
  StoreWatch* store_watch() override { return &store_watches_[is_interrupting_ ? 1 : 0]; }
  int Lock() override;
  void Unlock() override;
  bool Check(uint64_t start, uint64_t size, axptr::MappingFlags flags) override;
  int Populate(uint64_t start, uint64_t size, axptr::MappingFlags flags) override;
  // Begins a recoverable user access (an "attempt"). Also implements axptr_platform_attempt.
  bool Attempt(uint64_t start, uint64_t size, uint8_t access, void (*body)(void*),
               void* argument) override;

  // The address space as the library uses it: behind the lock, with each call recorded as an event.
  // An axptr::AddrSpaceProvider.
  class Provider;
  Provider provider();

  // Makes the calling host thread a CPU for the lifetime of this object. The thread is not the
  // machine's own thread. It has its own user-access flag and recovery frames, and its faults are
  // handled. It may call TouchAsUser, begin attempts, and call the functions below, in parallel
  // with other such threads. Meanwhile the machine's own thread must not use the machine otherwise.
  class HostThread {
   public:
    explicit HostThread(Machine* machine);
    ~HostThread();
    HostThread(const HostThread&) = delete;
    HostThread& operator=(const HostThread&) = delete;

    // As the members of Machine. The provider holds the machine's spin lock during the call, and
    // records no events.
    class Provider;
    Provider provider();
    template <typename Body>
    bool RunKernel(Body&& body);

    // Runs `change(address_space)` under the spin lock, and then carries out the deferred mprotect
    // flush: after the return, no processor permits an access that the change forbids. Before it
    // unmaps pages, `change` must remove their permissions and call SettleWindow, as a kernel
    // flushes a page from the TLBs of all processors before it frees the frame.
    template <typename Change>
    void ChangeMappings(Change&& change);

   private:
    Machine* const machine_;
    AlternateStack alternate_stack_;
    UnblockedFaultSignals unblocked_fault_signals_;
  };

  // Decides how a fault of this thread is handled. Called inside the signal handler.
  FaultAction OnFault(const Fault& fault);
  // The library is about to load from `address`, which is in the window.
  void OnLoad(uint64_t address, uint64_t size) {
    store_watches_[is_interrupting_ ? 1 : 0].NoteLoad(address, size);
    JudgeTouch(&RecoveryFrame::loaded_to, address, size);
    if (fetch_log_ != nullptr || adversary_ != nullptr) OnWatchedLoad(address, size);
  }
  // The library is about to store to `address`, which is in the window.
  void OnStore(uint64_t address, uint64_t size) {
    JudgeTouch(&RecoveryFrame::stored_to, address, size);
    store_watch()->NoteStore(address, size);
  }
  void NoteUseInside(uint64_t address, uint64_t size, bool write) override;
  // Records loads of user memory in `fetch_log`; null disables recording. Reset() clears it.
  void set_fetch_log(FetchLog* fetch_log) { fetch_log_ = fetch_log; }

 private:
  class ObservedAddressSpace;
  class WorkForSubject;

  // The state of an interrupted access. Resume() restores it.
  struct Suspended {
    RecoveryFrame* panic_frame;
    bool touching;
    bool in_subject;
    int checks_to_announce;
    Adversary* adversary;
    FetchLog* fetch_log;
    const KernelBuffer* buffer;
    RecoveryFrame* innermost;
  };
  // Bracket an access that runs in the middle of the access under way.
  Suspended Suspend();
  void Resume(const Suspended& suspended);
  // Discards the nested call if an attempt of the interrupted access was abandoned while the nested
  // call was under way: the jump abandoned the nested call too.
  void ForgetNestedIfGone();

  void CountAnew();

  explicit Machine(std::unique_ptr<Window> window);

  void ReleaseLock();
  void NoteCheck();

  class Turn;
  // Implements the rules of axptr/platform.h. `event` describes the state at the fault.
  FaultAction Decide(const Fault& fault, const Event& event, Turn* turn);
  // Handles a fault for which IsExpected() is true.
  FaultAction DecideExpected(const Fault& fault, const Event& event, Turn* turn);
  // Panics the simulated kernel inside RunKernel. Outside RunKernel, the fault crashes the process
  // (kNotOurs).
  FaultAction OnKernelBug(Event event, KernelBug bug);
  // Handles demand paging and copy on write, and their failures. `holder` is the recovery frame
  // that counts the retries. An unresolved fault without a fixup abandons `holder`, unless `holder`
  // is a panic frame.
  FaultAction HandleUserFault(const Fault& fault, RecoveryFrame* holder, Event event, Turn* turn);
  // Records the touch of closed user memory that the hardware has refused (window_key.h).
  FaultAction OnClosedTouch(const Fault& fault);
  FaultAction Unresolved(const Fault& fault, RecoveryFrame* holder, Event event);
  // Resumes the subject at its fixup, if the fixup lies in the subject's code. `holder` counts the
  // resumptions.
  FaultAction ResumeAtFixup(const Fault& fault, RecoveryFrame* holder, Event event);
  // Checks a touch of user memory by the subject, and records a misuse if one of these conditions
  // does not hold: user access is open, the user-access flag is set, this CPU does not hold the
  // lock, the bytes lie in the range of the innermost attempt, they follow the bytes that the
  // attempt touched before, and the touch is aligned. `touched_to` is the member of the frame that
  // holds the end of the last touch of this kind (load or store).
  void JudgeTouch(uint64_t RecoveryFrame::* touched_to, uint64_t address, uint64_t size) {
    RecoveryFrame* const frame = t_thread.innermost;
    if (frame != nullptr && MayTouch(*frame, address, size) && address >= frame->*touched_to &&
        IsAligned(address, size)) {
      frame->*touched_to = address + size;
    } else {
      OnMisusedTouch(touched_to, address, size);
    }
  }
  bool MayTouch(const RecoveryFrame& frame, uint64_t address, uint64_t size) const {
    return t_thread.access_open && frame.kind == RecoveryFrame::Kind::kAttempt &&
           address - frame.start < frame.size && size <= frame.size - (address - frame.start) &&
           !lock_.held_by(current_cpu_) && FaultsAllowed();
  }
  // Whether `address` is a multiple of the largest power of two that divides `size`: of `size`
  // itself, for the sizes that a compiler reports.
  static constexpr bool IsAligned(uint64_t address, uint64_t size) {
    return (address & ~size & (size - 1)) == 0;
  }
  void OnMisusedTouch(uint64_t RecoveryFrame::* touched_to, uint64_t address, uint64_t size);
  // Handles a load while a fetch log or an adversary is set.
  void OnWatchedLoad(uint64_t address, uint64_t size);
  // Lets the adversary act in the fault handler, for a fault at `address`.
  void Interrupt(uint64_t address, Turn* turn);
  // The most faults that may be handled for one frame: two for each page of an attempt's range and
  // for two pages more, and 64 to spare; outside attempts, two for each frame of the machine. More
  // faults than that are a kernel bug.
  static uint64_t MaxRetries(const RecoveryFrame& frame);

  // Spin lock over all Machine state, between host threads. Never held while user memory is
  // accessed; hence a thread that enters the fault handler never holds it.
  class Turn {
   public:
    explicit Turn(Machine* machine) : machine_(machine) { Take(); }
    ~Turn() { Release(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    void Take() {
      // The holder may be preempted: yield the processor to it.
      while (machine_->taken_.test_and_set(std::memory_order_acquire)) sched_yield();
      t_thread.has_turn = true;
    }
    void Release() {
      t_thread.has_turn = false;
      machine_->taken_.clear(std::memory_order_release);
    }

   private:
    Machine* machine_;
  };

  std::atomic_flag taken_;
  std::unique_ptr<Window> window_;
  Adversary* adversary_ = nullptr;
  FetchLog* fetch_log_ = nullptr;
  std::array<StoreWatch, 2> store_watches_;  // of an access, and of an access in the middle of it
  bool is_interrupting_ = false;             // an access in the middle of another one is under way
  bool is_asleep_ = false;  // the task of the access sleeps; its address space may be hidden
  std::optional<Suspended> nested_in_;  // the access that RunNested interrupts
  // Whether the subject's own code runs. False while the machine executes a service for the
  // subject, or acts as another CPU.
  bool in_subject_ = false;
  int checks_to_announce_ = 0;
  AlternateStack alternate_stack_;
  UnblockedFaultSignals unblocked_fault_signals_;
};

// The address space that the library receives while the lock is held. An axptr::AddrSpace.
class Machine::ObservedAddressSpace {
 public:
  explicit ObservedAddressSpace(Machine* machine) : machine_(machine) {}

  // Answers a check of any range (Kernel::AnswerCheck).
  bool Check(uint64_t start, uint64_t size, axptr::MappingFlags flags);
  axptr::LinuxResult<void> Populate(uint64_t start, uint64_t size, axptr::MappingFlags flags);

  bool check_region_access(axptr::VirtAddrRange range, axptr::MappingFlags flags);
  axptr::LinuxResult<void> populate_area(axptr::VirtAddrRange pages, axptr::MappingFlags flags);

 private:
  Machine* machine_;
};

class Machine::Provider {
 public:
  explicit Provider(Machine* machine) : machine_(machine) {}

  template <typename Function>
  auto with_addr_space(Function&& function) {
    using Result = std::invoke_result_t<Function&, ObservedAddressSpace&>;
    machine_->CountStep();
    if constexpr (std::is_constructible_v<Result, std::unexpected<axptr::LinuxError>>) {
      if (machine_->IsLockRefused()) return Result(std::unexpected(axptr::LinuxError::kEintr));
    }
    machine_->TakeLock();
    ObservedAddressSpace aspace(machine_);
    auto result = std::forward<Function>(function)(aspace);
    machine_->ReleaseLock();
    return result;
  }

 private:
  Machine* machine_;
};

inline Machine::Provider Machine::provider() { return Provider(this); }

class Machine::HostThread::Provider {
 public:
  explicit Provider(Machine* machine) : machine_(machine) {}

  template <typename Function>
  auto with_addr_space(Function&& function) {
    const Turn turn(machine_);
    return std::forward<Function>(function)(machine_->address_space_);
  }

 private:
  Machine* machine_;
};

inline Machine::HostThread::Provider Machine::HostThread::provider() { return Provider(machine_); }

template <typename Body>
bool Machine::HostThread::RunKernel(Body&& body) {
  // A constant limit: other threads change the number of pages concurrently.
  constexpr uint64_t kMaxSteps = 4 * Frames::kMachineFrames;
  return RunUntilPanic(kMaxSteps, body);
}

template <typename Change>
void Machine::HostThread::ChangeMappings(Change&& change) {
  const Turn turn(machine_);
  std::forward<Change>(change)(machine_->address_space_);
  machine_->address_space_.SettleWindow();
}

inline Machine::Suspended Machine::Suspend() {
  RecoveryFrame* const panic_frame = InnermostPanicFrame();
  const Suspended suspended = {.panic_frame = panic_frame,
                               .touching = std::exchange(panic_frame->touching, false),
                               .in_subject = std::exchange(in_subject_, false),
                               .checks_to_announce = std::exchange(checks_to_announce_, 0),
                               .adversary = std::exchange(adversary_, nullptr),
                               .fetch_log = std::exchange(fetch_log_, nullptr),
                               .buffer = std::exchange(buffer_, nullptr),
                               .innermost = t_thread.innermost};
  quiet_ = true;
  is_interrupting_ = true;
  return suspended;
}

inline void Machine::Resume(const Suspended& suspended) {
  is_interrupting_ = false;
  quiet_ = false;
  buffer_ = suspended.buffer;
  fetch_log_ = suspended.fetch_log;
  adversary_ = suspended.adversary;
  checks_to_announce_ = suspended.checks_to_announce;
  in_subject_ = suspended.in_subject;
  suspended.panic_frame->touching = suspended.touching;
}

template <typename Body>
void Machine::RunOnOtherCpu(int cpu, Body&& body) {
  const int interrupted = current_cpu_;
  const Suspended suspended = Suspend();
  // The recovery frames of the interrupted CPU do not belong to this CPU.
  t_thread.innermost = suspended.panic_frame;
  by_other_ = true;
  SwitchTo(cpu);
  std::forward<Body>(body)();
  SwitchTo(interrupted);
  by_other_ = false;
  t_thread.innermost = suspended.innermost;
  Resume(suspended);
}

template <typename Body>
void Machine::RunNested(Body&& body) {
  nested_in_ = Suspend();
  was_open_ = t_thread.access_open;
  std::forward<Body>(body)();
  was_open_ = false;
  Resume(*nested_in_);
  nested_in_.reset();
}

}  // namespace sim

#endif  // SIM_MACHINE_MACHINE_H_
