// Tests with the real signals of real accesses. On aarch64, where the signal frame does not tell a
// load from a store, also tests of the decoding of instructions.
#include "sim/machine/processor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <cstring>

#include "sim/machine/sanitizer.h"

namespace sim {
namespace {

constexpr size_t kPage = 4096;

sigjmp_buf g_after;
volatile bool g_retries = false;  // the handler lets the access through, and returns
uint8_t* g_pages = nullptr;
Fault g_fault;
uintptr_t g_stack = 0;
uintptr_t g_frame = 0;

SIM_NO_SANITIZE void OnSignal(int signal, siginfo_t* info, void* context) {
  g_fault = ReadFault(signal, *info, context);
  g_stack = StackPointerOf(context);
  g_frame = FramePointerOf(context);
  if (!g_retries) siglongjmp(g_after, 1);
  mprotect(g_pages, 2 * kPage, PROT_READ | PROT_WRITE);
  ContinueAt(context, g_fault.pc);
}

SIM_NO_SANITIZE void Load(uint64_t address) {
  static_cast<void>(*reinterpret_cast<const volatile uint8_t*>(address));
}
SIM_NO_SANITIZE void Store(uint64_t address) { *reinterpret_cast<volatile uint8_t*>(address) = 7; }
SIM_NO_SANITIZE void Flip(uint64_t address) { FlipBits(address, 0x81); }

// Two pages, and this test's handler of SIGSEGV and SIGBUS.
class ProcessorTest : public testing::Test {
 protected:
  ProcessorTest() {
    void* const memory =
        mmap(nullptr, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT_NE(memory, MAP_FAILED);
    g_pages = static_cast<uint8_t*>(memory);
    address_ = reinterpret_cast<uint64_t>(memory);
    struct sigaction action = {};
    action.sa_sigaction = OnSignal;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGSEGV, &action, &segv_);
    sigaction(SIGBUS, &action, &bus_);
  }
  ~ProcessorTest() override {
    sigaction(SIGSEGV, &segv_, nullptr);
    sigaction(SIGBUS, &bus_, nullptr);
    munmap(g_pages, 2 * kPage);
  }

  // Whether access(address) faults. If so, g_fault holds the fault.
  static bool Faults(void (*access)(uint64_t address), uint64_t address) {
    g_fault = Fault();
    g_retries = false;
    if (sigsetjmp(g_after, 1) != 0) return true;
    access(address);
    return false;
  }
  // Sets the protection of the second page.
  void Protect(int protection) { EXPECT_EQ(mprotect(g_pages + kPage, kPage, protection), 0); }

  uint64_t address_ = 0;

 private:
  struct sigaction segv_ = {};
  struct sigaction bus_ = {};
};

TEST_F(ProcessorTest, ReadsWhichByteFaultedAndWhetherItWasStored) {
  struct {
    void (*access)(uint64_t address);
    int protection;
    bool write;
  } const kCases[] = {
      {Load, PROT_NONE, false}, {Store, PROT_NONE, true}, {Store, PROT_READ, true},
      {Flip, PROT_NONE, true},  {Flip, PROT_READ, true},
  };
  for (const auto& access : kCases) {
    Protect(access.protection);
    const uint64_t at = address_ + kPage + 5;
    ASSERT_TRUE(Faults(access.access, at)) << &access - kCases;
    EXPECT_EQ(g_fault.signal, SIGSEGV);
    EXPECT_TRUE(g_fault.address_known);
    EXPECT_EQ(g_fault.address, at) << &access - kCases;
    EXPECT_EQ(g_fault.write, access.write) << &access - kCases;
    EXPECT_FALSE(g_fault.loads_first) << &access - kCases;
    EXPECT_FALSE(g_fault.access_closed);
    EXPECT_NE(g_fault.pc, 0u);
    EXPECT_EQ(g_fault.fixup, 0u);
  }
}

TEST_F(ProcessorTest, AnAddressInNoPageIsUnknown) {
  ASSERT_TRUE(Faults(Load, 0x0001550000000000));
#if defined(__x86_64__)
  EXPECT_FALSE(g_fault.address_known);
  EXPECT_EQ(g_fault.address, 0u);
#else
  // A real processor reports the address; an emulator on x86-64 cannot.
  EXPECT_EQ(g_fault.address, g_fault.address_known ? 0x0001550000000000 : 0);
#endif
}

TEST_F(ProcessorTest, TheInterruptedCodeContinues) {
  Protect(PROT_NONE);
  g_fault = Fault();
  g_retries = true;
  Store(address_ + kPage);
  EXPECT_EQ(g_pages[kPage], 7);
  EXPECT_TRUE(g_fault.write);
  const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  EXPECT_LT(g_stack, here);
  EXPECT_LT(here - g_stack, 64 * kPage);
  EXPECT_LE(g_frame, here);  // that of Store, or of this function
  EXPECT_GT(g_frame, g_stack - kPage);
}

TEST_F(ProcessorTest, FlipsTheBitsOfOneByte) {
  memset(g_pages, 0x55, 3);
  Flip(address_ + 1);
  EXPECT_THAT(std::vector<int>(g_pages, g_pages + 3), testing::ElementsAre(0x55, 0xd4, 0x55));
}

TEST(ProcessorStateTest, RoundingIsReadAndRestored) {
#if defined(__x86_64__)
  constexpr uint64_t kTowardsZero = 0x6000;
#else
  constexpr uint64_t kTowardsZero = 0xc00000;
#endif
  const uint64_t before = Rounding();
  SetRounding(before | kTowardsZero);
  EXPECT_EQ(Rounding(), before | kTowardsZero);
  SetRounding(before);
  EXPECT_EQ(Rounding(), before);
}

TEST(ProcessorStateTest, DirectionIsTakenOnce) {
  EXPECT_FALSE(TakeDirection());
#if defined(__x86_64__)
  asm volatile("std" ::: "cc");
  EXPECT_TRUE(TakeDirection());
#endif
  EXPECT_FALSE(TakeDirection());
}

TEST(ProcessorStateTest, ThisProcessorHasWhatIsNeeded) { EXPECT_EQ(WhatProcessorLacks(), nullptr); }

#if defined(__aarch64__)

// The machine code of one instruction, made by the assembler.
#define CODE(text)                  \
  [] {                              \
    const uint32_t* code = nullptr; \
    asm(".arch_extension lse\n\t"   \
        ".arch_extension rcpc\n\t"  \
        ".pushsection .rodata\n\t"  \
        ".balign 4\n"               \
        "1: " text                  \
        "\n\t"                      \
        ".popsection\n\t"           \
        "adrp %0, 1b\n\t"           \
        "add %0, %0, :lo12:1b"      \
        : "=r"(code));              \
    return code;                    \
  }()
#define LOAD(text) {text, CODE(text), false, false}
#define STORE(text) {text, CODE(text), true, false}
#define BOTH(text) {text, CODE(text), true, true}

// The fault of an instruction at `pc`, for a signal frame whose only records are `records`.
Fault FaultOf(const uint32_t* pc, int signal, int code, uint64_t address, uint32_t record = 0) {
  static ucontext_t context;
  context = {};
  context.uc_mcontext.pc = reinterpret_cast<uintptr_t>(pc);
  const _aarch64_ctx head = {record, 16};
  memcpy(context.uc_mcontext.__reserved, &head, sizeof(head));
  siginfo_t info = {};
  info.si_code = code;
  info.si_addr = reinterpret_cast<void*>(address);
  return ReadFault(signal, info, &context);
}

TEST(InstructionTest, IsALoadAStoreOrBoth) {
  struct {
    const char* text;
    const uint32_t* code;
    bool write;
    bool loads_first;
  } const kCases[] = {
      LOAD("ldr x0, [x1]"),
      STORE("str x0, [x1]"),
      LOAD("ldrb w0, [x1, 5]"),
      STORE("strb w0, [x1, 5]"),
      LOAD("ldrsw x0, [x1, 4]"),
      LOAD("ldrsh w0, [x1, x2]"),
      LOAD("ldr x0, [x1, x2, lsl 3]"),
      STORE("str x0, [x1, x2, lsl 3]"),
      LOAD("ldur x0, [x1, -3]"),
      STORE("stur x0, [x1, -3]"),
      LOAD("ldr w0, [x1], 4"),
      STORE("str w0, [x1], 4"),
      LOAD("ldr w0, [x1, 4]!"),
      STORE("str w0, [x1, 4]!"),
      LOAD("ldtr x0, [x1]"),
      STORE("sttr x0, [x1]"),
      LOAD("ldtrb w0, [x1]"),
      STORE("sttrh w0, [x1]"),
      LOAD("ldp x0, x2, [x1]"),
      STORE("stp x0, x2, [x1]"),
      LOAD("ldp w0, w2, [x1], 8"),
      STORE("stp w0, w2, [x1, 8]!"),
      LOAD("ldpsw x0, x2, [x1]"),
      LOAD("ldnp x0, x2, [x1]"),
      STORE("stnp x0, x2, [x1]"),
      LOAD("ldr q0, [x1]"),
      STORE("str q0, [x1]"),
      LOAD("ldr d0, [x1]"),
      STORE("str d0, [x1]"),
      LOAD("ldr b0, [x1, x2]"),
      STORE("str h0, [x1, x2]"),
      LOAD("ldr q0, [x1, x2]"),
      STORE("str q0, [x1, x2]"),
      LOAD("ldur q0, [x1, 1]"),
      STORE("stur q0, [x1, 1]"),
      LOAD("ldp q0, q2, [x1]"),
      STORE("stp q0, q2, [x1]"),
      LOAD("ld1 {v0.16b}, [x1]"),
      STORE("st1 {v0.16b}, [x1]"),
      LOAD("ld1 {v0.16b, v1.16b}, [x1], 32"),
      STORE("st1 {v0.16b, v1.16b}, [x1], 32"),
      LOAD("ld1 {v0.b}[3], [x1]"),
      STORE("st1 {v0.b}[3], [x1], 1"),
      LOAD("ld4 {v0.4s-v3.4s}, [x1]"),
      STORE("st4 {v0.4s-v3.4s}, [x1]"),
      LOAD("ld1r {v0.8b}, [x1]"),
      LOAD("ldxr x0, [x1]"),
      STORE("stxr w2, x0, [x1]"),
      LOAD("ldaxrb w0, [x1]"),
      STORE("stlxrh w2, w0, [x1]"),
      LOAD("ldxp x0, x2, [x1]"),
      STORE("stxp w3, x0, x2, [x1]"),
      LOAD("ldar x0, [x1]"),
      STORE("stlr x0, [x1]"),
      LOAD("ldapr x0, [x1]"),
      LOAD("ldaprb w0, [x1]"),
      LOAD("ldr x0, ."),
      BOTH("cas x0, x2, [x1]"),
      BOTH("casal w0, w2, [x1]"),
      BOTH("casab w0, w2, [x1]"),
      BOTH("casp x0, x1, x2, x3, [x4]"),
      BOTH("caspal w0, w1, w2, w3, [x4]"),
      BOTH("swp x0, x2, [x1]"),
      BOTH("swpal w0, w2, [x1]"),
      BOTH("swpb w0, wzr, [x1]"),
      BOTH("ldadd x0, x2, [x1]"),
      BOTH("ldaddal w0, w2, [x1]"),
      BOTH("ldclrh w0, w2, [x1]"),
      BOTH("ldeoral w0, w2, [x1]"),
      BOTH("ldset x0, x2, [x1]"),
      BOTH("ldumaxl x0, x2, [x1]"),
      BOTH("ldsmina x0, x2, [x1]"),
      STORE("stadd x0, [x1]"),
      STORE("steorb w0, [x1]"),
      STORE("stsetlh w0, [x1]"),
      STORE("dc zva, x0"),
      STORE("movk x0, 0x5500, lsl 32"),
      STORE("add x0, x0, x1"),
  };
  for (const auto& instruction : kCases) {
    const Fault fault = FaultOf(instruction.code, SIGSEGV, SEGV_MAPERR, 0x1000);
    EXPECT_EQ(fault.write, instruction.write) << instruction.text;
    EXPECT_EQ(fault.loads_first, instruction.loads_first) << instruction.text;
    EXPECT_EQ(fault.address, 0x1000u);
    EXPECT_EQ(fault.pc, reinterpret_cast<uintptr_t>(instruction.code));
  }
}

TEST(InstructionTest, AnInstructionThatCannotBeFetchedIsNotDecoded) {
  const Fault fault = FaultOf(reinterpret_cast<const uint32_t*>(16), SIGSEGV, SEGV_MAPERR, 16);
  EXPECT_FALSE(fault.write);
  EXPECT_EQ(fault.address, 16u);
}

TEST(InstructionTest, AddressZeroIsKnownWhereLinuxDescribesTheFault) {
  constexpr uint32_t kEsrMagic = 0x45535201;
  constexpr uint32_t kFpsimdMagic = 0x46508001;
  const uint32_t* const load = CODE("ldr x0, [x1]");
  EXPECT_TRUE(FaultOf(load, SIGSEGV, SEGV_MAPERR, 0, kEsrMagic).address_known);
  EXPECT_FALSE(FaultOf(load, SIGSEGV, SEGV_MAPERR, 0, kFpsimdMagic).address_known);
  EXPECT_FALSE(FaultOf(load, SIGSEGV, SEGV_MAPERR, 0).address_known);
}

TEST(InstructionTest, AMisalignedAccessIsNoFaultOfAPage) {
  const uint32_t* const add = CODE("ldadd x0, x2, [x1]");
  const Fault fault = FaultOf(add, SIGBUS, BUS_ADRALN, 0x1001);
  EXPECT_FALSE(fault.address_known);
  EXPECT_EQ(fault.address, 0u);
  EXPECT_TRUE(FaultOf(add, SIGBUS, BUS_ADRERR, 0x1000).address_known);
}

#endif  // defined(__aarch64__)

}  // namespace
}  // namespace sim
