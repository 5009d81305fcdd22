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
