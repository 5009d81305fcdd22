#include <cpuid.h>
#include <ucontext.h>

#include "sim/machine/processor.h"
#include "sim/machine/sanitizer.h"

namespace sim {
namespace {

constexpr greg_t kTrapStack = 12;
constexpr greg_t kTrapGeneralProtection = 13;
constexpr greg_t kErrorCodeWrite = 2;
#ifndef SEGV_PKUERR
#define SEGV_PKUERR 4
#endif
// The signal frame holds the registers in the format of XSAVE (Intel SDM 1, chapter 13): a bit for
// each component that is there, and the components at the offsets that CPUID reports.
constexpr size_t kComponentBits = 512;
constexpr unsigned kKeyRights = 9;  // the component with PKRU: two bits for each key
constexpr unsigned kXsaveLeaf = 0xd;
constinit uint32_t g_key_rights_offset = 0;  // 0: the processor has no PKRU
constexpr uint64_t kDirectionFlag = 1 << 10;
constexpr uint32_t kExceptionsSeen = 0x3f;  // of MXCSR

SIM_NO_SANITIZE greg_t Register(const void* context, int number) {
  return static_cast<const ucontext_t*>(context)->uc_mcontext.gregs[number];
}

}  // namespace

const char* WhatProcessorLacks() { return nullptr; }

SIM_NO_SANITIZE Fault ReadFault(int signal, const siginfo_t& info, const void* context) {
  const greg_t trap = Register(context, REG_TRAPNO);
  Fault fault;
  fault.signal = signal;
  // A non-canonical address raises a general-protection fault, which reports no address.
  fault.address_known = trap != kTrapGeneralProtection && trap != kTrapStack;
  fault.access_closed = signal == SIGSEGV && info.si_code == SEGV_PKUERR;
  fault.write = (Register(context, REG_ERR) & kErrorCodeWrite) != 0;
  fault.address = fault.address_known ? reinterpret_cast<uint64_t>(info.si_addr) : 0;
  fault.pc = ProgramCounterOf(context);
  return fault;
}

SIM_NO_SANITIZE uintptr_t ProgramCounterOf(const void* context) {
  return static_cast<uintptr_t>(Register(context, REG_RIP));
}

SIM_NO_SANITIZE uintptr_t StackPointerOf(const void* context) {
  return static_cast<uintptr_t>(Register(context, REG_RSP));
}

SIM_NO_SANITIZE uintptr_t FramePointerOf(const void* context) {
  return static_cast<uintptr_t>(Register(context, REG_RBP));
}

SIM_NO_SANITIZE void ContinueAt(void* context, uintptr_t address) {
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP] = static_cast<greg_t>(address);
}

bool CanSetKeyOfContext() {
  uint32_t size = 0;
  uint32_t offset = 0;
  uint32_t ecx = 0;
  uint32_t edx = 0;
  if (__get_cpuid_count(kXsaveLeaf, kKeyRights, &size, &offset, &ecx, &edx) == 0) return false;
  g_key_rights_offset = size == 0 ? 0 : offset;
  return g_key_rights_offset != 0;
}

SIM_NO_SANITIZE void SetKeyOfContext(void* context, int key, bool open) {
  auto* const frame =
      reinterpret_cast<uint8_t*>(static_cast<ucontext_t*>(context)->uc_mcontext.fpregs);
  auto* const components = reinterpret_cast<uint64_t*>(frame + kComponentBits);
  auto* const rights = reinterpret_cast<uint32_t*>(frame + g_key_rights_offset);
  // A component that is not there has its initial value: all rights.
  if ((*components >> kKeyRights & 1) == 0) *rights = 0;
  *components |= uint64_t{1} << kKeyRights;
  const auto shift = static_cast<unsigned>(2 * key);
  const uint32_t none = 3U << shift;
  *rights = open ? *rights & ~none : *rights | none;
}

SIM_NO_SANITIZE void FlipBits(uint64_t address, uint8_t bits) {
  auto* const byte = reinterpret_cast<volatile uint8_t*>(address);
  asm volatile("lock xorb %1, %0" : "+m"(*byte) : "iq"(bits) : "memory", "cc");
}

SIM_NO_SANITIZE bool TakeDirection() {
  if ((__builtin_ia32_readeflags_u64() & kDirectionFlag) == 0) return false;
  asm volatile("cld" ::: "cc");
  return true;
}

SIM_NO_SANITIZE uint64_t Rounding() {
  uint32_t mxcsr = 0;
  asm volatile("stmxcsr %0" : "=m"(mxcsr));
  return mxcsr & ~kExceptionsSeen;
}

SIM_NO_SANITIZE void SetRounding(uint64_t rounding) {
  const auto mxcsr = static_cast<uint32_t>(rounding);
  asm volatile("ldmxcsr %0" ::"m"(mxcsr));
}

}  // namespace sim
