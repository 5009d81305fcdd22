// The processor's tables, the hardware probes, and the pages of the image that are mapped apart
// from its code: the pages of ring 3 and the kernel's buffer.
#include <cstddef>

#include "sim/ring0/image/cpu.h"
#include "sim/ring0/machine/kernel.h"
#include "sim/ring0/machine/second.h"

extern "C" {
extern std::uint64_t boot_pml4[512];
extern std::uint64_t boot_gdt[];
extern char boot_stack_end[];
extern char trap_entries[];
extern char user_page[];
bool ring0_user_touch(ring0::Frame* frame, std::uint64_t address, std::uint64_t bits,
                      void* trap_stack);
}

namespace ring0 {
namespace {

constexpr std::uint64_t kImageBase = 0xffff'ffff'8000'0000;
constexpr std::uint64_t kUserPlace = 0x40'0000;  // as in image/entry.S
constexpr std::uint64_t kBufferPlace = 0xffff'9600'0000'0000;
constexpr unsigned kVectors = 32;
constexpr unsigned kDoneVector = 0x80;
constexpr std::uint64_t kEntryBytes = 16;

alignas(4096) std::uint64_t g_user_tables[3][512];
alignas(4096) std::uint64_t g_buffer_tables[3][512];
alignas(4096) char g_buffer[2][kBufferPages * kPageBytes];
constexpr unsigned kProcessors = 2;
alignas(16) char g_trap_stacks[kProcessors][65536];  // for double faults

struct [[gnu::packed]] Gate {
  std::uint16_t low;
  std::uint16_t selector;
  std::uint8_t stack;
  std::uint8_t type;
  std::uint16_t middle;
  std::uint32_t high;
  std::uint32_t zero;
};
alignas(16) Gate g_gates[256];

struct [[gnu::packed]] TaskState {
  std::uint32_t reserved0;
  std::uint64_t stacks[3];
  std::uint64_t reserved1;
  std::uint64_t interrupt_stacks[7];
  std::uint64_t reserved2;
  std::uint16_t reserved3;
  std::uint16_t port_map;
};
TaskState g_tasks[kProcessors];

// The thread-local variables of a processor's only thread end at the address in %fs. At this
// address is a pointer to itself, followed by the number of the processor.
struct alignas(64) ThreadBlock {
  char variables[64];
  void* self;
  std::uint64_t processor;
  char task[64];  // where %gs points: byte 40 is the flag of the only task
                  // (axptr/testing/task_platform.h)
};
static_assert(offsetof(ThreadBlock, processor) - offsetof(ThreadBlock, self) == 8);
ThreadBlock g_threads[kProcessors];
constexpr std::uint32_t kFsBase = 0xc000'0100;
constexpr std::uint32_t kGsBase = 0xc000'0101;
constexpr unsigned kFirstTask = 5;  // index in the GDT (image/boot.S)

std::uint64_t ThisProcessor() {
  std::uint64_t number = 0;
  asm("movq %%fs:8, %0" : "=r"(number));
  return number;
}

struct [[gnu::packed]] TablePointer {
  std::uint16_t limit;
  std::uint64_t base;
};

std::uint64_t AddressOf(const void* pointer) { return reinterpret_cast<std::uint64_t>(pointer); }
std::uint64_t Physical(const void* pointer) { return AddressOf(pointer) - kImageBase; }

void SetGate(unsigned vector, unsigned entry, std::uint8_t privilege, std::uint8_t stack) {
  const std::uint64_t code = AddressOf(trap_entries) + kEntryBytes * entry;
  g_gates[vector] = {.low = static_cast<std::uint16_t>(code),
                     .selector = 8,
                     .stack = stack,
                     .type = static_cast<std::uint8_t>(0x8e | privilege << 5),
                     .middle = static_cast<std::uint16_t>(code >> 16),
                     .high = static_cast<std::uint32_t>(code >> 32),
                     .zero = 0};
}

// Also maps `pages` pages of the image from `memory` on at `place`, by these tables.
void MapAt(std::uint64_t place, std::uint64_t (*tables)[512], const void* memory,
           std::uint64_t pages, std::uint64_t bits) {
  const std::uint64_t user = bits & 4;
  boot_pml4[place >> 39 & 511] = Physical(tables[0]) | 3 | user;
  tables[0][place >> 30 & 511] = Physical(tables[1]) | 3 | user;
  tables[1][place >> 21 & 511] = Physical(tables[2]) | 3 | user;
  for (std::uint64_t i = 0; i < pages; ++i) {
    tables[2][(place >> 12 & 511) + i] = (Physical(memory) + i * kPageBytes) | bits;
  }
}

// Whether `body` ran to its end without a fault.
template <typename Body>
bool Survives(Body body) {
  Frame frame;
  frame.kind = Frame::Kind::kProbe;
  return RunInFrame(&frame, body);
}

bool UserSurvives(std::uint64_t address, std::uint64_t bits) {
  Frame frame;
  frame.kind = Frame::Kind::kProbe;
  g_kernel.innermost = &frame;
  const bool done = ring0_user_touch(&frame, address, bits, UserTrapStack());
  g_kernel.innermost = nullptr;
  return done;
}

}  // namespace

std::uint64_t BufferPages(int depth) {
  return kBufferPlace + kPageBytes +
         static_cast<std::uint64_t>(depth) * (kBufferPages + 1) * kPageBytes;
}

void* UserTrapStack() {
  return reinterpret_cast<char*>(&g_tasks[ThisProcessor()]) + offsetof(TaskState, stacks);
}

void SetUpTraps() {
  for (unsigned vector = 0; vector < kVectors; ++vector) {
    SetGate(vector, vector, 0, vector == 8 ? 1 : 0);
  }
  SetGate(kDoneVector, kVectors, 3, 0);
  Out8(0x21, 0xff);  // masks all interrupts of the PIC, in case RFLAGS.IF is set
  Out8(0xa1, 0xff);
  SetGate(kWakeVector, kWakeEntry, 0, 0);
  SetGate(kFlushVector, kFlushEntry, 0, 0);
  MapAt(kUserPlace, g_user_tables, user_page, 1, /*present, user*/ 5);
  for (int depth = 0; depth < 2; ++depth) {
    MapAt(BufferPages(depth), g_buffer_tables, g_buffer[depth], kBufferPages,
          /*present, writable*/ 3);
  }
}

void SetUpProcessor(unsigned number) {
  ThreadBlock& thread = g_threads[number];
  thread.self = static_cast<void*>(&thread.self);
  thread.processor = number;
  WriteModelRegister(kFsBase, AddressOf(thread.self));
  WriteModelRegister(kGsBase, AddressOf(thread.task));
  const TablePointer gates = {sizeof(g_gates) - 1, AddressOf(g_gates)};
  asm volatile("lidt %0" ::"m"(gates));
  TaskState& task = g_tasks[number];
  task.interrupt_stacks[0] = AddressOf(g_trap_stacks[number]) + sizeof(g_trap_stacks[number]);
  task.port_map = sizeof(task);
  const std::uint64_t base = AddressOf(&task);
  const unsigned descriptor = kFirstTask + 2 * number;
  boot_gdt[descriptor] = (sizeof(task) - 1) | (base & 0xff'ffff) << 16 | std::uint64_t{0x89} << 40 |
                         (base >> 24 & 0xff) << 56;
  boot_gdt[descriptor + 1] = base >> 32;
  asm volatile("ltr %w0" ::"r"(8 * descriptor));
}

Probes ProbeHardware() {
  constexpr std::uint64_t kSmep = 1 << 20;
  constexpr std::uint64_t kSmap = 1 << 21;
  std::uint32_t a = 7;
  std::uint32_t b = 0;
  std::uint32_t c = 0;
  std::uint32_t d = 0;
  asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  Probes probes;
  if ((b >> 7 & 1) == 0 || (b >> 20 & 1) == 0)
    return probes;  // stac would be an invalid instruction
  probes.has_both = 1;
  SetControl4Bits(kSmep | kSmap);
  CloseUser();
  probes.smap = !Survives([] { TouchByte(kUserPlace, false, 0); });
  const bool loads = Survives([] {
    OpenUser();
    TouchByte(kUserPlace, false, 0);
  });
  CloseUser();
  probes.smap_ac = loads;
  probes.smep = !Survives([] { reinterpret_cast<void (*)()>(kUserPlace)(); });
  probes.wp = !Survives([] {
    OpenUser();
    TouchByte(kUserPlace, true, 0);
  });
  CloseUser();
  probes.user_mode = UserSurvives(kUserPlace, 256) && !UserSurvives(kUserPlace, 0) &&
                     !UserSurvives(AddressOf(g_buffer), 256);
  return probes;
}

}  // namespace ring0
