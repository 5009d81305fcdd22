// Copies from and to checked user memory, with the user-access flag set.
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "absl/strings/str_cat.h"
#include "axptr/user_ptr.h"
#include "bench/measured_subject.h"
#include "bench/row.h"
#include "bench/user_memory.h"
#include "sim/machine/check.h"

namespace bench {
namespace {

constexpr uint64_t kMostBytes = uint64_t{1} << 20;

class Memory {
 public:
  Memory() {
    memset(host_.bytes(), 1, kMostBytes);
    memset(kernel_.bytes(), 1, kMostBytes);
    process_.Map(kUserStart, kMostBytes);
  }
  auto provider() { return process_.provider(); }
  sim::AddressSpace& address_space() { return process_.address_space; }
  std::byte* user() { return host_.bytes(); }
  std::byte* kernel() { return kernel_.bytes(); }

 private:
  HostMemory host_{kMostBytes};
  HostMemory kernel_{kMostBytes, kKernelStart};
  Process process_;
};

// Bodies that the chosen subject calls with the flag set: they copy between user memory and
// `argument`.
uint64_t CopyOut(void* argument, uint64_t start, std::size_t size_bytes) {
  memcpy(argument, reinterpret_cast<const void*>(start), size_bytes);
  return 0;
}
uint64_t CopyIn(void* argument, uint64_t start, std::size_t size_bytes) {
  memcpy(reinterpret_cast<void*>(start), argument, size_bytes);
  return 0;
}
uint64_t LoadOneElement(void*, uint64_t start, std::size_t) {
  return *reinterpret_cast<const uint64_t*>(start);
}
uint64_t StoreOneElement(void* argument, uint64_t start, std::size_t) {
  *reinterpret_cast<uint64_t*>(start) = *static_cast<const uint64_t*>(argument);
  return 0;
}

using Body = uint64_t (*)(void* argument, uint64_t start, std::size_t count);

void SubjectOne(benchmark::State& state, unsigned rights, Body body) {
  Memory memory;
  const AttachedSubject subject(&memory.address_space());
  if (!Offers(state, subject->access_value, kElement<uint64_t>)) return;
  uint64_t stored = 0;
  uint64_t value = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(stored);
    benchmark::DoNotOptimize(
        subject->access_value(kUserStart, kElement<uint64_t>, rights, body, &stored, &value));
    benchmark::DoNotOptimize(value);
  }
}

void SubjectCopy(benchmark::State& state, uint64_t size_bytes, unsigned rights, Body body) {
  Memory memory;
  const AttachedSubject subject(&memory.address_space());
  if (!Offers(state, subject->access_slice, kElement<uint8_t>)) return;
  uint64_t value = 0;
  for (auto _ : state) {
    const int error = subject->access_slice(kUserStart, kElement<uint8_t>, size_bytes, rights, body,
                                            memory.kernel(), &value);
    SIM_CHECK(error == 0);
    benchmark::ClobberMemory();
  }
}

void SubjectSliceOut(benchmark::State& state, uint64_t size_bytes) {
  Memory memory;
  const AttachedSubject subject(&memory.address_space());
  if (!Offers(state, subject->lend_slice, kElement<uint8_t>)) return;
  axptr_lent from = {};
  for (auto _ : state) {
    const int error =
        subject->lend_slice(kUserStart, kElement<uint8_t>, size_bytes, AXPTR_READ, &from);
    SIM_CHECK(error == 0);
    memcpy(memory.kernel(), reinterpret_cast<const void*>(from.start), from.count);
    benchmark::ClobberMemory();
  }
}

void OneOut(benchmark::State& state) {
  if (ChosenSubject() != nullptr) return SubjectOne(state, AXPTR_READ, LoadOneElement);
  Memory memory;
  const axptr::UserConstPtr<uint64_t> pointer(kUserStart);
  for (auto _ : state) {
    const auto value = pointer.access(memory.provider(), [](const uint64_t& from) { return from; });
    benchmark::DoNotOptimize(*value);
  }
}

void OneIn(benchmark::State& state) {
  if (ChosenSubject() != nullptr) {
    return SubjectOne(state, AXPTR_READ | AXPTR_WRITE, StoreOneElement);
  }
  Memory memory;
  const axptr::UserPtr<uint64_t> pointer(kUserStart);
  uint64_t value = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(value);
    benchmark::DoNotOptimize(
        pointer.access(memory.provider(), [&](uint64_t& to) { to = value; }).has_value());
  }
}

void Memcpy(benchmark::State& state, uint64_t size_bytes) {
  Memory memory;
  std::byte* from = memory.user();
  for (auto _ : state) {
    benchmark::DoNotOptimize(from);
    memcpy(memory.kernel(), from, size_bytes);
    benchmark::ClobberMemory();
  }
}

void Out(benchmark::State& state, uint64_t size_bytes) {
  if (ChosenSubject() != nullptr) return SubjectCopy(state, size_bytes, AXPTR_READ, CopyOut);
  Memory memory;
  const axptr::UserConstPtr<uint8_t> pointer(kUserStart);
  for (auto _ : state) {
    const auto done = pointer.access(
        memory.provider(), size_bytes,
        [&](std::span<const uint8_t> from) { memcpy(memory.kernel(), from.data(), from.size()); });
    SIM_CHECK(done.has_value());
    benchmark::ClobberMemory();
  }
}

void In(benchmark::State& state, uint64_t size_bytes) {
  if (ChosenSubject() != nullptr) {
    return SubjectCopy(state, size_bytes, AXPTR_READ | AXPTR_WRITE, CopyIn);
  }
  Memory memory;
  const axptr::UserPtr<uint8_t> pointer(kUserStart);
  for (auto _ : state) {
    const auto done = pointer.access(memory.provider(), size_bytes, [&](std::span<uint8_t> to) {
      memcpy(to.data(), memory.kernel(), to.size());
    });
    SIM_CHECK(done.has_value());
    benchmark::ClobberMemory();
  }
}

// Without the flag and without recovery, as the original: an access to a page that was unmapped
// meanwhile is a kernel bug.
void SliceOut(benchmark::State& state, uint64_t size_bytes) {
  if (ChosenSubject() != nullptr) return SubjectSliceOut(state, size_bytes);
  Memory memory;
  const axptr::UserConstPtr<uint8_t> pointer(kUserStart);
  for (auto _ : state) {
    const auto from = pointer.get_as_slice(memory.provider(), size_bytes);
    memcpy(memory.kernel(), from->data(), from->size());
    benchmark::ClobberMemory();
  }
}

// The rows that measure the chosen subject; the rows of copying_benchmark.cc measure the library's
// variants.
enum class Transfer { kIn, kOut, kZero };

void SubjectTransfer(benchmark::State& state, uint64_t size_bytes, Transfer transfer) {
  Memory memory;
  const AttachedSubject subject(&memory.address_space());
  const bool offers = transfer == Transfer::kIn    ? Offers(state, subject->copy_in)
                      : transfer == Transfer::kOut ? Offers(state, subject->copy_out)
                                                   : Offers(state, subject->zero);
  if (!offers) return;
  axptr_moved moved = {};
  for (auto _ : state) {
    switch (transfer) {
      case Transfer::kIn:
        subject->copy_in(memory.kernel(), kUserStart, size_bytes, &moved);
        break;
      case Transfer::kOut:
        subject->copy_out(kUserStart, memory.kernel(), size_bytes, &moved);
        break;
      case Transfer::kZero:
        subject->zero(kUserStart, size_bytes, &moved);
        break;
    }
    SIM_CHECK(moved.error == 0 && moved.done == size_bytes);
    benchmark::ClobberMemory();
  }
}

void AddSubjectTransfers(uint64_t size) {
  struct {
    const char* name;
    Transfer transfer;
  } const kTransfers[] = {
      {"in", Transfer::kIn}, {"out", Transfer::kOut}, {"zero", Transfer::kZero}};
  for (const auto& each : kTransfers) {
    const Transfer transfer = each.transfer;
    AddRow(absl::StrCat("transfer/", each.name, "/", size), absl::StrCat("memcpy/", size),
           [=](benchmark::State& state) { SubjectTransfer(state, size, transfer); });
  }
}

}  // namespace

void AddCopyRows() {
  AddRow("access/one_out", "check/eager_const/middle/1", OneOut);
  AddRow("access/one_in", "check/eager_const/middle/1", OneIn);
  for (uint64_t size = 64; size <= kMostBytes; size *= 4) {
    const std::string peer = absl::StrCat("memcpy/", size);
    AddRow(peer, "load/one", [=](benchmark::State& state) { Memcpy(state, size); });
    AddRow(absl::StrCat("access/out/", size), peer,
           [=](benchmark::State& state) { Out(state, size); });
    AddRow(absl::StrCat("access/in/", size), peer,
           [=](benchmark::State& state) { In(state, size); });
    AddRow(absl::StrCat("slice_copy/out/", size), peer,
           [=](benchmark::State& state) { SliceOut(state, size); });
    if (ChosenSubject() != nullptr) AddSubjectTransfers(size);
  }
}

}  // namespace bench
