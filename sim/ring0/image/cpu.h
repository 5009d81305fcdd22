// Processor instructions without a C++ equivalent.
#ifndef SIM_RING0_IMAGE_CPU_H_
#define SIM_RING0_IMAGE_CPU_H_

#include <cstdint>

#include "sim/ring0/replay/hardware.h"

namespace ring0 {

inline constexpr std::uint64_t kWriteProtect = 1 << 16;  // of CR0

inline std::uint64_t Flags() {
  std::uint64_t flags = 0;
  asm volatile("pushfq; popq %0" : "=r"(flags)::"memory");
  return flags;
}
inline bool IsUserOpen() { return (Flags() & kFlagAccess) != 0; }
inline void OpenUser() { asm volatile("stac" ::: "memory", "cc"); }
inline void CloseUser() { asm volatile("clac" ::: "memory", "cc"); }
inline void PutUserBack(bool open) { open ? OpenUser() : CloseUser(); }

inline void Out8(std::uint16_t port, std::uint8_t value) {
  asm volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}
inline void Out32(std::uint16_t port, std::uint32_t value) {
  asm volatile("outl %0, %1" ::"a"(value), "Nd"(port));
}
inline std::uint32_t In32(std::uint16_t port) {
  std::uint32_t value = 0;
  asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}
inline void WriteModelRegister(std::uint32_t number, std::uint64_t value) {
  asm volatile("wrmsr" ::"c"(number), "a"(static_cast<std::uint32_t>(value)),
               "d"(static_cast<std::uint32_t>(value >> 32)));
}
inline std::uint64_t FaultAddress() {
  std::uint64_t address = 0;
  asm volatile("mov %%cr2, %0" : "=r"(address));
  return address;
}
inline std::uint64_t Control0() {
  std::uint64_t value = 0;
  asm volatile("mov %%cr0, %0" : "=r"(value));
  return value;
}
inline void SetControl0(std::uint64_t value) { asm volatile("mov %0, %%cr0" ::"r"(value)); }
inline void SetControl4Bits(std::uint64_t bits) {
  std::uint64_t value = 0;
  asm volatile("mov %%cr4, %0" : "=r"(value));
  asm volatile("mov %0, %%cr4" ::"r"(value | bits));
}
inline void ForgetPage(std::uint64_t address) {
  asm volatile("invlpg (%0)" ::"r"(address) : "memory");
}
inline void ForgetAllPages() {
  std::uint64_t value = 0;
  asm volatile("mov %%cr3, %0; mov %0, %%cr3" : "=r"(value)::"memory");
}

// Waits for an interrupt. Interrupts are enabled only during the wait.
inline void WaitForInterrupt() { asm volatile("sti; hlt; cli" ::: "memory"); }
inline void Pause() { asm volatile("pause" ::: "memory"); }

}  // namespace ring0

#endif  // SIM_RING0_IMAGE_CPU_H_
