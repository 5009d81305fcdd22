// The simulated machine: CPUs, memory, one process, and the kernel around the library.
//
// One host thread drives all simulated CPUs; SwitchTo says which of them the thread is. More host
// threads may make attempts beside it (HostThread), each a CPU of its own. Kernel code
// runs inside RunKernel, where a fault that kernel code must not have ends in a panic that the
// caller survives. Outside of it such a fault is a crash of the simulator.
#ifndef SIM_MACHINE_MACHINE_H_
#define SIM_MACHINE_MACHINE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "sim/machine/address_space.h"
#include "sim/machine/cpu.h"
#include "sim/machine/event_log.h"
#include "sim/machine/fault.h"
#include "sim/machine/fault_outside.h"
#include "sim/machine/frames.h"
#include "sim/machine/kernel_lock.h"
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
  // In the fault handler, before it looks at the address space. Runs inside the signal handler.
  virtual void BeforeFaultHandling() = 0;
};

class Machine {
 public:
  static constexpr int kMaxCpus = 8;

  struct Config {
    int cpus = 1;                              // 1..kMaxCpus
    uint64_t frames = Frames::kMachineFrames;  // free at the start
    bool lock = true;                          // whether the address space has a lock
  };

  // A machine for the calling thread, which alone may use it. Errors: those of Window::Reserve and
  // InstallFaultHandler.
  static absl::StatusOr<std::unique_ptr<Machine>> Create();
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // Everything as new: nothing mapped, all flags clear, CPU 0, the lock free, no events.
  void Reset(const Config& config);

  // From now on the thread is CPU `cpu`. Precondition: 0 <= cpu < config.cpus.
  void SwitchTo(int cpu);
  int current_cpu() const { return current_cpu_; }
  bool current_flag() const;

  AddressSpace& address_space() { return address_space_; }
  Frames& frames() { return frames_; }
  KernelLock& lock() { return lock_; }
  EventLog& event_log() { return event_log_; }
  const Config& config() const { return config_; }

  // An event of this moment on the current CPU, for the event log.
  Event NewEvent(EventKind kind) const;

  // `adversary` acts from now on, null: nobody.
  void set_adversary(Adversary* adversary) { adversary_ = adversary; }

  // Runs `body()` as kernel code. Returns false if the kernel panicked in it: then the body was
  // abandoned, and only Reset brings the machine back.
  template <typename Body>
  bool RunKernel(Body&& body);

  // Runs `body()` as kernel code that uses the `size` bytes of user memory at `start`, handed out
  // by the library, without having said so: a fault in it, at any address, is a kernel bug.
  // Precondition: inside RunKernel.
  template <typename Body>
  void UseAsKernel(uint64_t start, uint64_t size, Body&& body);

  // One byte's access of user code on the current CPU, to the page that holds `address`. Returns
  // whether it was possible. Any address.
  bool TouchAsUser(uint64_t address, bool write);
  // The same of kernel code that has not declared it: panics where it is not possible.
  void TouchAsKernel(uint64_t address, bool write);

  // axptr_platform_attempt.
  bool Attempt(uint64_t start, uint64_t size, uint8_t access, void (*body)(void*), void* argument);

  // The address space as the library meets it: behind the lock, and observed. An
  // axptr::AddrSpaceProvider.
  class Provider;
  Provider provider();

  // Ends the innermost RunKernel, because of a fault at `address` that the simulator noticed before
  // the hardware did.
  [[noreturn]] void PanicAt(uint64_t address, bool write, KernelBug bug);

  // Lets the calling thread, which is not the machine's own, make attempts while this lives: its
  // flag and its recovery frames are its own, and its faults are handled. It can do nothing else.
  class HostThread {
   public:
    explicit HostThread(Machine* machine);
    ~HostThread();
    HostThread(const HostThread&) = delete;
    HostThread& operator=(const HostThread&) = delete;

   private:
    AlternateStack alternate_stack_;
  };

  // What to do about a fault of this thread. Called inside the signal handler.
  FaultAction OnFault(const Fault& fault);

 private:
  class ObservedAddressSpace;

  explicit Machine(std::unique_ptr<Window> window);

  void Record(const Event& event) { event_log_.Add(event); }

  // Counts what a loop of the library cannot do without; whether it was done too often to end.
  bool IsStepTooMany();
  // Counts, and ends an access that does not end.
  void CountStep();
  void TakeLock();
  void ReleaseLock();
  void NoteCheck();

  FaultAction Decide(const Fault& fault);
  // Panics where one can be survived; else the fault is nobody's but the process's.
  FaultAction OnKernelBug(Event event, KernelBug bug);
  FaultAction HandleUserFault(const Fault& fault, RecoveryFrame* frame, Event event);
  // How often the faults of one frame may be handled before something is wrong.
  static uint64_t MaxRetries(const RecoveryFrame& frame);

  // Held by the host thread that looks at or changes the machine, for as long as no user memory is
  // touched: also inside the signal handler, where a thread never finds itself the holder.
  class Turn {
   public:
    explicit Turn(Machine* machine) : machine_(machine) {
      while (machine_->taken_.test_and_set(std::memory_order_acquire)) {
      }
    }
    ~Turn() { machine_->taken_.clear(std::memory_order_release); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Machine* machine_;
  };

  std::atomic_flag taken_;
  std::unique_ptr<Window> window_;
  Frames frames_;
  AddressSpace address_space_;
  KernelLock lock_;
  EventLog event_log_;
  Config config_;
  std::array<Cpu, kMaxCpus> cpus_;
  int current_cpu_ = 0;
  Adversary* adversary_ = nullptr;
  int checks_to_announce_ = 0;
  uint64_t steps_ = 0;  // of this RunKernel
  AlternateStack alternate_stack_;
};

// What the library sees of the address space while the lock is held. An axptr::AddrSpace.
class Machine::ObservedAddressSpace {
 public:
  explicit ObservedAddressSpace(Machine* machine) : machine_(machine) {}
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
    machine_->CountStep();
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

template <typename Body>
bool Machine::RunKernel(Body&& body) {
  steps_ = 0;
  RecoveryFrame frame;
  frame.kind = RecoveryFrame::Kind::kPanic;
  return RunInFrame(&frame, body);
}

template <typename Body>
void Machine::UseAsKernel(uint64_t start, uint64_t size, Body&& body) {
  address_space_.SettleWindowFor(start, size);
  RecoveryFrame* const frame = InnermostPanicFrame();
  frame->touching = true;
  std::forward<Body>(body)();
  frame->touching = false;
}

}  // namespace sim

#endif  // SIM_MACHINE_MACHINE_H_
