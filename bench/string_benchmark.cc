// Null-terminated arrays and strings of 16 bytes to 1 MiB.
#include <wchar.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "axptr/user_ptr.h"
#include "bench/baseline.h"
#include "bench/measured_subject.h"
#include "bench/row.h"
#include "bench/user_memory.h"
#include "sim/machine/check.h"

namespace bench {
namespace {

constexpr uint64_t kLeastBytes = 16;
constexpr uint64_t kMostBytes = uint64_t{1} << 20;

// User memory that begins with `size_bytes` bytes of `text`, repeated, then zeros.
class Text {
 public:
  explicit Text(uint64_t size_bytes, std::string_view text = "x")
      : memory_(kMostBytes + 2 * kPageBytes) {
    SIM_CHECK(size_bytes % text.size() == 0);
    for (uint64_t at = 0; at < size_bytes; at += text.size()) {
      memcpy(memory_.bytes() + at, text.data(), text.size());
    }
    process_.Map(kUserStart, kMostBytes + 2 * kPageBytes);
  }

  sim::AddressSpace& address_space() { return process_.address_space; }
  auto provider() { return process_.provider(); }
  const char* chars() { return reinterpret_cast<const char*>(memory_.bytes()); }

 private:
  HostMemory memory_;
  Process process_;
};

void CountBytes(benchmark::State& state, uint64_t size_bytes) {
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * size_bytes));
}

template <typename T>
void SubjectNullTerminated(benchmark::State& state, uint64_t size_bytes) {
  Text text(size_bytes);
  const AttachedSubject subject(&text.address_space());
  if (!Offers(state, subject->lend_terminated, kElement<T>)) return;
  axptr_lent lent = {};
  for (auto _ : state) {
    const int error = subject->lend_terminated(kUserStart, kElement<T>, AXPTR_READ, &lent);
    SIM_CHECK(error == 0 && lent.count * sizeof(T) == size_bytes);
  }
  CountBytes(state, size_bytes);
}

template <typename T>
void NullTerminated(benchmark::State& state, uint64_t size_bytes) {
  if (ChosenSubject() != nullptr) return SubjectNullTerminated<T>(state, size_bytes);
  Text text(size_bytes);
  const axptr::UserConstPtr<T> pointer(kUserStart);
  for (auto _ : state) {
    const auto result = pointer.get_as_null_terminated(text.provider());
    SIM_CHECK(result->size_bytes() == size_bytes);
  }
  CountBytes(state, size_bytes);
}

template <typename T>
void ElementByElement(benchmark::State& state, uint64_t size_bytes) {
  Text text(size_bytes);
  for (auto _ : state) {
    const auto length = LengthElementByElement<T>(text.address_space(), kUserStart);
    SIM_CHECK(*length == size_bytes / sizeof(T));
  }
  CountBytes(state, size_bytes);
}

void SubjectStr(benchmark::State& state, uint64_t size_bytes, std::string_view unit) {
  Text text(size_bytes, unit);
  const AttachedSubject subject(&text.address_space());
  if (!Offers(state, subject->lend_text)) return;
  axptr_lent lent = {};
  for (auto _ : state) {
    SIM_CHECK(subject->lend_text(kUserStart, &lent) == 0 && lent.count == size_bytes);
  }
  CountBytes(state, size_bytes);
}

void Str(benchmark::State& state, uint64_t size_bytes, std::string_view unit) {
  if (ChosenSubject() != nullptr) return SubjectStr(state, size_bytes, unit);
  Text text(size_bytes, unit);
  const axptr::UserConstPtr<char> pointer(kUserStart);
  for (auto _ : state) {
    SIM_CHECK(pointer.get_as_str(text.provider())->size() == size_bytes);
  }
  CountBytes(state, size_bytes);
}

// A peer: `length(chars)` must be the size.
template <typename Length>
void AddPeer(const std::string& name, uint64_t size_bytes, Length length) {
  AddRow(name, "load/one", [=](benchmark::State& state) {
    Text text(size_bytes);
    const char* chars = text.chars();
    for (auto _ : state) {
      benchmark::DoNotOptimize(chars);
      SIM_CHECK(length(chars) == size_bytes);
    }
    CountBytes(state, size_bytes);
  });
}

template <typename T>
void AddType(const std::string& type, const std::string& peer, uint64_t size_bytes) {
  AddRow(absl::StrCat("cstr/", type, "/", size_bytes), absl::StrCat(peer, size_bytes),
         [=](benchmark::State& state) { NullTerminated<T>(state, size_bytes); });
}

template <typename T>
void AddElements(const std::string& type, uint64_t size_bytes) {
  AddRow(absl::StrCat("elements/", type, "/", size_bytes), absl::StrCat("strlen/", size_bytes),
         [=](benchmark::State& state) { ElementByElement<T>(state, size_bytes); });
}

}  // namespace

void AddStringRows() {
  for (uint64_t size = kLeastBytes; size <= kMostBytes; size *= 4) {
    AddPeer(absl::StrCat("strlen/", size), size, [](const char* chars) { return strlen(chars); });
    AddPeer(absl::StrCat("strnlen/", size), size,
            [](const char* chars) { return strnlen(chars, kMostBytes + 1); });
    AddPeer(absl::StrCat("wcslen/", size), size, [](const char* chars) {
      return sizeof(wchar_t) * wcslen(reinterpret_cast<const wchar_t*>(chars));
    });
    AddType<uint8_t>("u8", "strlen/", size);
    AddType<uint16_t>("u16", "elements/u16/", size);
    AddType<uint32_t>("u32", "wcslen/", size);
    AddType<uint64_t>("u64", "elements/u64/", size);
    AddElements<uint8_t>("u8", size);
    AddElements<uint16_t>("u16", size);
    AddElements<uint64_t>("u64", size);
    struct {
      const char* name;
      std::string_view unit;
    } const kTexts[] = {
        {"ascii", "x"}, {"two_bytes", "\xc3\xa9"}, {"four_bytes", "\xf0\x9f\x98\x80"}};
    for (const auto& [name, unit] : kTexts) {
      AddRow(absl::StrCat("str/", name, "/", size), absl::StrCat("strlen/", size),
             [=](benchmark::State& state) { Str(state, size, unit); });
    }
    // Three bytes to a character: the nearest size below.
    AddRow(absl::StrCat("str/three_bytes/", size), absl::StrCat("strlen/", size),
           [=](benchmark::State& state) { Str(state, size / 3 * 3, "\xe2\x82\xac"); });
  }
}

}  // namespace bench
