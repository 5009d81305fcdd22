#include "sim/ring0/image/report.h"

#include "sim/ring0/image/cpu.h"

namespace ring0 {
namespace {

constexpr std::uint64_t kDirectMapOfReport = 0xffff'8000'0000'0000;  // as boot.S has it

constexpr std::uint16_t kExitPort = 0xf4;
constexpr std::uint16_t kConfigAddress = 0xcf8;
constexpr std::uint16_t kConfigData = 0xcfc;

// The ivshmem device: its slot on the PCI bus (host/emulator.cc), its configuration registers, and
// the address assigned to its memory.
constexpr std::uint32_t kDevice = 0x8000'0000 | kReportSlot << 11;
constexpr std::uint32_t kIdentity = 0x1110'1af4;
constexpr std::uint32_t kCommand = 0x04;
constexpr std::uint32_t kMemoryPlace = 0x18;  // and 0x1c: the upper half
constexpr std::uint32_t kMemoryOn = 2;
constexpr std::uint64_t kPlace = 0xc000'0000;

constinit ReportHead* g_head = nullptr;

std::uint32_t ReadConfig(std::uint32_t place) {
  Out32(kConfigAddress, kDevice | place);
  return In32(kConfigData);
}
void WriteConfig(std::uint32_t place, std::uint32_t value) {
  Out32(kConfigAddress, kDevice | place);
  Out32(kConfigData, value);
}

// Appends bytes, and returns the address after them.
char* Append(char* to, const void* from, std::uint64_t size) {
  __builtin_memcpy(to, from, size);
  return to + size;
}

}  // namespace

void StartReport() {
  if (ReadConfig(0) != kIdentity) Exit(ExitCode::kBroken);
  WriteConfig(kMemoryPlace, static_cast<std::uint32_t>(kPlace));
  WriteConfig(kMemoryPlace + 4, 0);
  WriteConfig(kCommand, kMemoryOn);
  g_head = reinterpret_cast<ReportHead*>(kDirectMapOfReport + kPlace);
  *g_head = {};
}

bool IsReportNearlyFull() { return g_head->bytes > kReportBytes / 2; }

void Send(RecordTag tag, const void* data, std::uint64_t size, Part second, Part third) {
  const RecordHeader header = {.tag = tag, .bytes = size + second.size + third.size};
  const std::uint64_t bytes = sizeof(header) + Padded(header.bytes);
  if (kReportBytes - sizeof(*g_head) - g_head->bytes < bytes) Exit(ExitCode::kBroken);
  char* to = reinterpret_cast<char*>(g_head + 1) + g_head->bytes;
  to = Append(to, &header, sizeof(header));
  to = Append(to, data, size);
  to = Append(to, second.data, second.size);
  Append(to, third.data, third.size);
  g_head->bytes += bytes;
}

void Say(const char* text, std::uint64_t number) {
  char line[120];
  std::uint64_t length = 0;
  while (text[length] != 0 && length < 96) {
    line[length] = text[length];
    ++length;
  }
  line[length++] = ' ';
  for (int shift = 60; shift >= 0; shift -= 4) {
    line[length++] = "0123456789abcdef"[number >> shift & 15];
  }
  line[length++] = '\n';
  Send(RecordTag::kText, line, length);
}

void Exit(ExitCode code) {
  Out32(kExitPort, static_cast<std::uint32_t>(code));
  for (;;) asm volatile("cli; hlt");
}

void Die(const char* text, std::uint64_t number) {
  Say(text, number);
  Exit(ExitCode::kBroken);
}

}  // namespace ring0
