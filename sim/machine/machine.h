// The simulated machine: CPUs, memory, one process, and the kernel around the library.
//
// One host thread drives all simulated CPUs; SwitchTo says which of them the thread is. More host
// threads may access and change memory beside it (HostThread), each a CPU of its own. Kernel code
// runs inside RunKernel, where a fault that kernel code must not have ends in a panic that the
// caller survives. Outside of it such a fault is a crash of the simulator.
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

// Another CPU's chance to do something in the middle of an access. What it does to the address
// space happens without events.
class Adversary {
 public:
  virtual ~Adversary() = default;
  // After a permission check, as soon as the lock is free.
  virtual void AfterCheck() = 0;
  // In the fault handler, before it looks at the address space about a fault at `address`. Runs
  // inside the signal handler, where another fault may come.
  virtual void BeforeFaultHandling(uint64_t address) = 0;
  // Before the library loads from `address`, which is in the window. In builds that trace loads
  // (load_trace.h).
  virtual void BeforeLoad([[maybe_unused]] uint64_t address) {}
  // The library has said ok, or calls a function of its caller, and the memory is about to be used.
  virtual void BeforeUse() {}
};

class Machine : public Kernel {
 public:
  // A machine for the calling thread, which alone may use it. Errors: those of Window::Reserve and
  // InstallFaultHandler.
  static absl::StatusOr<std::unique_ptr<Machine>> Create();
  ~Machine() override;

  void Reset(const Config& config) override;

  // Another CPU is about to change something in the middle of an access of this thread, and has
  // done so: what the access may need until it ends, in steps and in handled faults, counts anew
  // from here, and what was changed is no store of the access.
  void BeginInterference();
  void EndInterference();

  // `adversary` acts from now on; null: no interference.
  void set_adversary(Adversary* adversary) { adversary_ = adversary; }

  bool RunKernel(absl::FunctionRef<void()> body) override;

  // Runs `body()` as what another CPU does in the middle of an access of the current one: without
  // events, but for a kernel bug, and without an adversary. Precondition: inside RunKernel;
  // 0 <= cpu < config.cpus, and it is not the current one.
  template <typename Body>
  void RunOnOtherCpu(int cpu, Body&& body);

  // Runs `body()` as the caller of the subject that makes another call in the middle of the one
  // under way: with the flag, user access and the way back as they are, without events, but for a
  // kernel bug, and without an adversary. Precondition: inside RunKernel, and not inside another
  // RunNested or RunOnOtherCpu.
  template <typename Body>
  void RunNested(Body&& body);

  void BeforeUse() override {
    if (adversary_ != nullptr) adversary_->BeforeUse();
  }
  void UseAsKernel(uint64_t start, uint64_t size, bool write,
                   absl::FunctionRef<void()> body) override;

  // An access of user code on the current CPU to the byte at `address`; a store inverts
  // `flipped_bits` of it. Returns whether it was possible. Any address.
  bool TouchAsUser(uint64_t address, bool write, uint8_t flipped_bits = 0);
  // The same of kernel code that has not declared it: panics where it is not possible.
  void TouchAsKernel(uint64_t address, bool write, uint8_t flipped_bits = 0);

  void RunSubject(absl::FunctionRef<void()> body) override;
  StoreWatch* store_watch() override { return &store_watches_[is_interrupting_ ? 1 : 0]; }
  int Lock() override;
  void Unlock() override;
  bool Check(uint64_t start, uint64_t size, axptr::MappingFlags flags) override;
  int Populate(uint64_t start, uint64_t size, axptr::MappingFlags flags) override;
  // Also axptr_platform_attempt.
  bool Attempt(uint64_t start, uint64_t size, uint8_t access, void (*body)(void*),
               void* argument) override;

  // The address space as the library meets it: behind the lock, and observed. An
  // axptr::AddrSpaceProvider.
  class Provider;
  Provider provider();

  // Makes the calling thread, which is not the machine's own, a CPU while this lives: its flag and
  // its recovery frames are its own, and its faults are handled. What it may do is TouchAsUser, to
  // make attempts, and the functions below; all of it truly at the same time as other such threads.
  // Meanwhile the machine's own thread does nothing else with the machine.
  class HostThread {
   public:
    explicit HostThread(Machine* machine);
    ~HostThread();
    HostThread(const HostThread&) = delete;
    HostThread& operator=(const HostThread&) = delete;

    // As those of the machine. The address space is locked for real, and not observed.
    class Provider;
    Provider provider();
    template <typename Body>
    bool RunKernel(Body&& body);

    // Runs `change(address_space)` under the lock. When it returns, no processor lets through what
    // was taken away. Before pages are unmapped, their rights are to be taken and SettleWindow be
    // called, as a kernel flushes a page from all processors before it gives the frame away.
    template <typename Change>
    void ChangeMappings(Change&& change);

   private:
    Machine* const machine_;
    AlternateStack alternate_stack_;
    UnblockedFaultSignals unblocked_fault_signals_;
  };

  // What to do about a fault of this thread. Called inside the signal handler.
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

  // What an access needs again that was interrupted by another one.
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
  // Another access begins in the middle of the one under way; and is over.
  Suspended Suspend();
  void Resume(const Suspended& suspended);
  // An attempt of the interrupted access was abandoned, perhaps, while a nested one was under way:
  // that one is then gone with it.
  void ForgetNestedIfGone();

  void CountAnew();

  explicit Machine(std::unique_ptr<Window> window);

  void ReleaseLock();
  void NoteCheck();

  class Turn;
  // The rules of axptr/platform.h. `event`: of the fault, as it was found.
  FaultAction Decide(const Fault& fault, const Event& event, Turn* turn);
  // Of a fault that IsExpected.
  FaultAction DecideExpected(const Fault& fault, const Event& event, Turn* turn);
  // Panics inside RunKernel. Outside of it, the fault is a crash of the process (kNotOurs).
  FaultAction OnKernelBug(Event event, KernelBug bug);
  // Demand paging, copy on write, and what follows from it. `holder`: the frame that counts the
  // retries, and is abandoned by an unresolved fault that has no fixup, unless it is one of a
  // panic.
  FaultAction HandleUserFault(const Fault& fault, RecoveryFrame* holder, Event event, Turn* turn);
  FaultAction Unresolved(const Fault& fault, RecoveryFrame* holder, Event event);
  // Lets the subject go on at its fixup, if that lies in the subject. `holder`: counts how often.
  FaultAction ResumeAtFixup(const Fault& fault, RecoveryFrame* holder, Event event);
  // Notes a touch of user memory by the subject at which something does not hold: user access is
  // open, the flag set, the lock free; the bytes lie in the innermost attempt, behind those that it
  // touched before. `touched_to`: where the frame notes touches of this sort.
  void JudgeTouch(uint64_t RecoveryFrame::* touched_to, uint64_t address, uint64_t size) {
    RecoveryFrame* const frame = t_thread.innermost;
    if (frame != nullptr && MayTouch(*frame, address, size) && address >= frame->*touched_to) {
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
  void OnMisusedTouch(uint64_t RecoveryFrame::* touched_to, uint64_t address, uint64_t size);
  // A load, where a fetch log or an adversary is set.
  void OnWatchedLoad(uint64_t address, uint64_t size);
  // Lets the adversary act in the fault handler, for a fault at `address`.
  void Interrupt(uint64_t address, Turn* turn);
  // How often the faults of one frame may be handled before something is wrong.
  static uint64_t MaxRetries(const RecoveryFrame& frame);

  // Held by the host thread that looks at or changes the machine, for as long as no user memory is
  // touched: also inside the signal handler, where a thread never finds itself the holder.
  class Turn {
   public:
    explicit Turn(Machine* machine) : machine_(machine) { Take(); }
    ~Turn() { Release(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    void Take() {
      // Who has it may wait for a processor.
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
  std::array<StoreWatch, 2> store_watches_;  // of an access, and of one in the middle of it
  bool is_interrupting_ = false;             // the latter is under way
  std::optional<Suspended> nested_in_;       // what RunNested interrupts
  // The subject's own code runs. False while the machine does what the subject asks of it, or acts
  // as another CPU.
  bool in_subject_ = false;
  int checks_to_announce_ = 0;
  AlternateStack alternate_stack_;
  UnblockedFaultSignals unblocked_fault_signals_;
};

// What the library sees of the address space while the lock is held. An axptr::AddrSpace.
class Machine::ObservedAddressSpace {
 public:
  explicit ObservedAddressSpace(Machine* machine) : machine_(machine) {}

  // A question about any numbers (Kernel::AnswerCheck).
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
  // Other threads change how many pages there are.
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
  // The way back of the interrupted CPU is none of this one's.
  t_thread.innermost = suspended.panic_frame;
  SwitchTo(cpu);
  std::forward<Body>(body)();
  SwitchTo(interrupted);
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
