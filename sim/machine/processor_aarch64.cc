#include <sys/auxv.h>
#include <ucontext.h>

#include "sim/machine/processor.h"
#include "sim/machine/sanitizer.h"

namespace sim {
namespace {

// A class of instructions: those whose bits under `mask` equal `bits`.
struct Encoding {
  uint32_t mask;
  uint32_t bits;
};

// In most of these encodings, bit 22 distinguishes the load (1) from the store (0).
constexpr Encoding kStores[] = {
    {0xbe400000, 0x0c000000},  // st1 to st4
    {0x3f400000, 0x08000000},  // stxr, stlxr, stxp, stlr, stllr
    {0x3a400000, 0x28000000},  // stp, stnp
    {0x3bc00000, 0x39000000},  // str with an offset
    {0xffc00000, 0x3d800000},  // the same of 16 bytes
    {0x3be00000, 0x38000000},  // stur, sttr, str that moves its base
    {0xffe00000, 0x3c800000},  // the same of 16 bytes
    {0x3be00c00, 0x38200800},  // str with a register for an offset
    {0xffe00c00, 0x3ca00800},  // the same of 16 bytes
    {0x3fe00c00, 0x19000000},  // stlur
};
// Loads and stores. The only other instruction that accesses memory is dc zva, which zeroes a line
// and counts as a write; for dc zva, qemu-user 7.2 reports the pc of an earlier instruction.
constexpr Encoding kLoadOrStore = {0x0a000000, 0x08000000};
constexpr Encoding kLoadStores[] = {
    {0x3f200c00, 0x38200000},  // swp, ldadd, ldclr, ldeor, ldset, ...
    {0x3fa07c00, 0x08a07c00},  // cas
    {0xbfa07c00, 0x08207c00},  // casp
};
// Instructions that match kLoadStores but are not both: ldapr is a load; stadd and its kind have no
// result, and count as stores. FlipBits uses the latter.
constexpr Encoding kLdapr = {0x3ffffc00, 0x38bfc000};
constexpr Encoding kStadd = {0x3fa08c1f, 0x3820001f};  // stadd, stclr, steor, stset, ...

constexpr uint32_t kEsrMagic = 0x45535201;  // of Linux's esr_context

SIM_NO_SANITIZE bool Is(uint32_t instruction, const Encoding& encoding) {
  return (instruction & encoding.mask) == encoding.bits;
}

template <size_t count>
SIM_NO_SANITIZE bool IsAny(uint32_t instruction, const Encoding (&encodings)[count]) {
  for (const Encoding& encoding : encodings) {
    if (Is(instruction, encoding)) return true;
  }
  return false;
}

SIM_NO_SANITIZE const mcontext_t& MachineOf(const void* context) {
  return static_cast<const ucontext_t*>(context)->uc_mcontext;
}

// Whether the frame has Linux's ESR record of the fault. qemu-user 7.2 writes no such record, and
// reports address 0 for every address that its host processor rejects.
SIM_NO_SANITIZE bool IsDescribed(const mcontext_t& machine) {
  const unsigned char* at = machine.__reserved;
  const unsigned char* const end = at + sizeof(machine.__reserved);
  while (static_cast<size_t>(end - at) >= sizeof(_aarch64_ctx)) {
    _aarch64_ctx record;
    __builtin_memcpy(&record, at, sizeof(record));
    if (record.magic == kEsrMagic) return true;
    if (record.magic == 0 || record.size == 0 || record.size > static_cast<size_t>(end - at)) break;
    at += record.size;
  }
  return false;
}

}  // namespace

const char* WhatProcessorLacks() {
  // FlipBits needs them. Present in processors since Armv8.1.
  return (getauxval(AT_HWCAP) & HWCAP_ATOMICS) != 0 ? nullptr : "atomic instructions (FEAT_LSE)";
}

SIM_NO_SANITIZE Fault ReadFault(int signal, const siginfo_t& info, const void* context) {
  Fault fault;
  fault.signal = signal;
  fault.pc = ProgramCounterOf(context);
  fault.address = reinterpret_cast<uint64_t>(info.si_addr);
  const bool misaligned = signal == SIGBUS && info.si_code == BUS_ADRALN;
  fault.address_known = !misaligned && (fault.address != 0 || IsDescribed(MachineOf(context)));
  if (!fault.address_known) fault.address = 0;
  // A fault of the instruction fetch: the instruction cannot be read.
  if (reinterpret_cast<uint64_t>(info.si_addr) == fault.pc) return fault;
  const uint32_t instruction = *reinterpret_cast<const uint32_t*>(fault.pc);
  const bool is_store_alone = Is(instruction, kStadd);
  fault.loads_first =
      IsAny(instruction, kLoadStores) && !is_store_alone && !Is(instruction, kLdapr);
  fault.write = fault.loads_first || is_store_alone || IsAny(instruction, kStores) ||
                !Is(instruction, kLoadOrStore);
  return fault;
}

SIM_NO_SANITIZE uintptr_t ProgramCounterOf(const void* context) { return MachineOf(context).pc; }

SIM_NO_SANITIZE uintptr_t StackPointerOf(const void* context) { return MachineOf(context).sp; }

SIM_NO_SANITIZE uintptr_t FramePointerOf(const void* context) {
  return MachineOf(context).regs[29];
}

SIM_NO_SANITIZE void ContinueAt(void* context, uintptr_t address) {
  static_cast<ucontext_t*>(context)->uc_mcontext.pc = address;
}

// Permission overlays, the protection keys of this processor, are not supported.
bool CanSetKeyOfContext() { return false; }

SIM_NO_SANITIZE void SetKeyOfContext(void* /*context*/, int /*key*/, bool /*open*/) {}

SIM_NO_SANITIZE void FlipBits(uint64_t address, uint8_t bits) {
  asm volatile(
      ".arch_extension lse\n\t"
      "steorb %w0, [%1]"
      :
      : "r"(uint32_t{bits}), "r"(address)
      : "memory");
}

SIM_NO_SANITIZE bool TakeDirection() { return false; }

SIM_NO_SANITIZE uint64_t Rounding() {
  uint64_t fpcr = 0;
  asm volatile("mrs %0, fpcr" : "=r"(fpcr));
  return fpcr;
}

SIM_NO_SANITIZE void SetRounding(uint64_t rounding) {
  asm volatile("msr fpcr, %0" ::"r"(rounding));
}

}  // namespace sim
