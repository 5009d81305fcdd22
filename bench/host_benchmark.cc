// The methods by which a Linux process can check whether memory is mapped: the alternatives to a
// check by the library.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "bench/row.h"
#include "bench/user_memory.h"
#include "sim/machine/check.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

namespace bench {
namespace {

constexpr char kPeer[] = "check/eager_const/middle/16";

void ProcessVmReadv(benchmark::State& state) {
  HostMemory memory(kPageBytes);
  uint64_t value = 0;
  const iovec local = {&value, sizeof(value)};
  const iovec remote = {memory.bytes(), sizeof(value)};
  const pid_t self = getpid();
  for (auto _ : state) {
    SIM_CHECK(process_vm_readv(self, &local, 1, &remote, 1, 0) == sizeof(value));
  }
}

void WriteToPipe(benchmark::State& state) {
  HostMemory memory(kPageBytes);
  int ends[2];
  SIM_CHECK(pipe2(ends, O_CLOEXEC) == 0);
  constexpr int kBatch = 4096;  // of eight bytes: half of what a pipe holds
  char drain[kBatch * sizeof(uint64_t)];
  while (state.KeepRunningBatch(kBatch)) {
    for (int i = 0; i < kBatch; ++i) {
      SIM_CHECK(write(ends[1], memory.bytes(), sizeof(uint64_t)) == sizeof(uint64_t));
    }
    SIM_CHECK(read(ends[0], drain, sizeof(drain)) == sizeof(drain));
  }
  close(ends[0]);
  close(ends[1]);
}

void PopulateRead(benchmark::State& state) {
  HostMemory memory(kPageBytes);
  for (auto _ : state) {
    SIM_CHECK(madvise(memory.bytes(), kPageBytes, MADV_POPULATE_READ) == 0);
  }
}

void Mincore(benchmark::State& state) {
  HostMemory memory(kPageBytes);
  unsigned char present = 0;
  for (auto _ : state) SIM_CHECK(mincore(memory.bytes(), kPageBytes, &present) == 0);
}

}  // namespace

void AddHostRows() {
  AddRow("host/process_vm_readv", kPeer, ProcessVmReadv);
  AddRow("host/write_to_pipe", kPeer, WriteToPipe);
  AddRow("host/madv_populate_read", kPeer, PopulateRead);
  AddRow("host/mincore", kPeer, Mincore);
}

}  // namespace bench
