#include "sim/ring0/image/serial.h"

#include "sim/ring0/image/cpu.h"

namespace ring0 {
namespace {

constexpr std::uint16_t kPort = 0x3f8;
constexpr std::uint16_t kExitPort = 0xf4;
constexpr std::uint8_t kTransmitterEmpty = 0x20;

// Bytes wait here until there are as many as the line takes at a time.
class Line {
 public:
  void Put(std::uint8_t byte) {
    bytes_[count_++] = byte;
    if (count_ == kFifoBytes) Flush();
  }
  void Flush() {
    while ((In8(kPort + 5) & kTransmitterEmpty) == 0) {
    }
    for (unsigned i = 0; i < count_; ++i) Out8(kPort, bytes_[i]);
    count_ = 0;
  }

 private:
  static constexpr unsigned kFifoBytes = 16;
  std::uint8_t bytes_[kFifoBytes] = {};
  unsigned count_ = 0;
};
constinit Line g_line;

// The bytes of a record, word by word: which bytes of it are not zero, and those.
class Words {
 public:
  void Append(const void* data, std::uint64_t size) {
    const auto* const bytes = static_cast<const std::uint8_t*>(data);
    for (std::uint64_t i = 0; i < size; ++i) {
      word_[count_++] = bytes[i];
      if (count_ == sizeof(word_)) Send();
    }
  }
  // What is missing of the last word is zero.
  void End() {
    if (count_ == 0) return;
    while (count_ < sizeof(word_)) word_[count_++] = 0;
    Send();
  }

 private:
  void Send() {
    unsigned mask = 0;
    for (unsigned i = 0; i < sizeof(word_); ++i) mask |= (word_[i] != 0 ? 1u : 0u) << i;
    g_line.Put(static_cast<std::uint8_t>(mask));
    for (const std::uint8_t byte : word_) {
      if (byte != 0) g_line.Put(byte);
    }
    count_ = 0;
  }

  std::uint8_t word_[8] = {};
  unsigned count_ = 0;
};

}  // namespace

void StartSerial() {
  Out8(kPort + 1, 0);     // no interrupts
  Out8(kPort + 3, 0x80);  // the divisor comes
  Out8(kPort + 0, 1);
  Out8(kPort + 1, 0);
  Out8(kPort + 3, 3);  // 8 bits, no parity, one stop bit
  Out8(kPort + 2, 1);  // with its FIFO
}

void Send(RecordTag tag, const void* data, std::uint64_t size, Part second, Part third) {
  const RecordHeader header = {.tag = tag, .bytes = size + second.size + third.size};
  Words words;
  words.Append(&header, sizeof(header));
  words.Append(data, size);
  words.Append(second.data, second.size);
  words.Append(third.data, third.size);
  words.End();
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
  g_line.Flush();
  Out32(kExitPort, static_cast<std::uint32_t>(code));
  for (;;) asm volatile("cli; hlt");
}

void Die(const char* text, std::uint64_t number) {
  Say(text, number);
  Exit(ExitCode::kBroken);
}

}  // namespace ring0
