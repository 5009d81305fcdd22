// Strings and null-terminated arrays by themselves: the scans and the UTF-8 check of the library,
// over real memory that needs no page fault, compared with the model. No system call.
//
// All of the window's memory can be read and written all the time; what a scenario maps is known to
// the address space only. So that a read without permission shows, each attempt is compared with
// what was checked before.
//
// What it carries out: map, unmap, protect, fill (near the ends of the window), and the accesses
// const.cstr, mut.cstr, const.str and copy_str. Other accesses of the library become one of those,
// so that an input has many. Races, `frames` and the rest are left out, on both sides. What it
// compares: outcome, length and fingerprint; the pointer that is handed out, and what is written to
// the kernel's buffer; the flag; the lock; what was asked and touched. Not
// population, which takes faults.
#ifndef FUZZ_STRING_HARNESS_H_
#define FUZZ_STRING_HARNESS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "axptr/virt_addr.h"
#include "fuzz/finding.h"
#include "sim/machine/address_space.h"
#include "sim/machine/frames.h"
#include "sim/machine/kernel_buffer.h"
#include "sim/oracle/expectation.h"
#include "sim/oracle/model.h"
#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"
#include "sim/scenario/scenario.h"

namespace sim {

class StringHarness {
 public:
  // Makes the memory. The only one of its kind in the process, and then stays for ever.
  StringHarness();

  // Runs the scenario that `input` stands for. At the first operation with a violation reports it
  // (finding.h) and aborts.
  void Run(std::span<const uint8_t> input);

  // axptr_platform_attempt.
  bool Attempt(uint64_t start, uint64_t size, void (*body)(void*), void* argument);

 private:
  class Provider;
  class ObservedAddressSpace;

  Outcome SetUp(const Op& op);
  Outcome CallLibrary(const Op& op, Effects* effects);
  void Judge(const Outcome& got, const Effects& effects, const Expectation& wanted);
  void WriteMemory(const Op& fill);
  // What a kernel does with a mutable string of `size` bytes: changes the first byte and the last.
  void StoreEnds(uint64_t start, uint64_t size);
  // Zeros in [start, end), as new memory has, where something was written.
  void ForgetMemory(uint64_t start, uint64_t end);

  Frames frames_;
  AddressSpace address_space_{&frames_};
  Model model_{MachineConfig()};
  Scenario scenario_;
  Findings findings_;
  KernelBuffer buffer_;
  std::vector<axptr::VirtAddrRange> written_;
  // Of the access under way: the pages that a check let through, which a scan asks for in order.
  axptr::VirtAddrRange checked_;
  bool lock_held_ = false;
};

}  // namespace sim

#endif  // FUZZ_STRING_HARNESS_H_
