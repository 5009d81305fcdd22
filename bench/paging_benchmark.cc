// Population of pages: by a check, and one by one by page faults.
//
// Each iteration maps the pages and unmaps them again, in the library's rows and in the rows of
// peers: the time covers mapping, population and unmapping.
#include <sys/mman.h>

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "axptr/user_access.h"
#include "axptr/user_ptr.h"
#include "bench/row.h"
#include "bench/user_memory.h"
#include "sim/machine/check.h"
#include "sim/machine/machine.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

namespace bench {
namespace {

void TouchPages(uint64_t start, uint64_t pages) {
  for (uint64_t page = 0; page < pages; ++page) {
    benchmark::DoNotOptimize(*reinterpret_cast<const volatile uint8_t*>(start + page * kPageBytes));
  }
}

void CheckPages(sim::AddressSpace& address_space, uint64_t pages) {
  const auto slice = axptr::UserConstPtr<uint8_t>(kUserStart)
                         .get_as_slice(axptr::NoLockNeeded(address_space), pages * kPageBytes);
  SIM_CHECK(slice.has_value());
}

// The address space without the machine: the cost of a population that only updates its records.
void PopulateWithoutMemory(benchmark::State& state, uint64_t pages) {
  Process process;
  for (auto _ : state) {
    process.Map(kUserStart, pages * kPageBytes, sim::Backing::kLazy);
    CheckPages(process.address_space, pages);
    SIM_CHECK(process.address_space.Unmap(kUserStart, pages * kPageBytes).has_value());
  }
}

// `bring_in(address_space)` on the simulated machine, each time for lazy pages.
template <typename BringIn>
void OnMachine(benchmark::State& state, uint64_t pages, BringIn bring_in) {
  auto machine = sim::Machine::Create();
  SIM_CHECK(machine.ok());
  (*machine)->Reset({});
  sim::AddressSpace& address_space = (*machine)->address_space();
  for (auto _ : state) {
    SIM_CHECK(address_space.Map(kUserStart, pages * kPageBytes, kUserReadWrite, sim::Backing::kLazy)
                  .has_value());
    SIM_CHECK((*machine)->RunKernel([&] { bring_in(address_space); }));
    SIM_CHECK(address_space.Unmap(kUserStart, pages * kPageBytes).has_value());
  }
}

void PopulateOnMachine(benchmark::State& state, uint64_t pages) {
  OnMachine(state, pages, [=](sim::AddressSpace& address_space) {
    CheckPages(address_space, pages);
    address_space.SettleWindow();
    TouchPages(kUserStart, pages);
  });
}

void FaultOnMachine(benchmark::State& state, uint64_t pages) {
  const auto range =
      axptr::VirtAddrRange::from_start_size(axptr::VirtAddr(kUserStart), pages * kPageBytes);
  OnMachine(state, pages, [&](sim::AddressSpace&) {
    const auto read = axptr::attempt_user_access(*range, axptr::MappingFlags::READ,
                                                 [&] { TouchPages(kUserStart, pages); });
    SIM_CHECK(read.has_value());
  });
}

// The host's memory management, for the same operations on the same pages.
void OnHost(benchmark::State& state, uint64_t pages, bool populate) {
  for (auto _ : state) {
    HostMemory memory(pages * kPageBytes);
    if (populate) {
      SIM_CHECK(madvise(memory.bytes(), pages * kPageBytes, MADV_POPULATE_READ) == 0);
    }
    TouchPages(kUserStart, pages);
  }
}

}  // namespace

void AddPagingRows() {
  for (const uint64_t pages : {1, 16, 256}) {
    const std::string host_populate = absl::StrCat("paging/host_populate/", pages);
    const std::string host_fault = absl::StrCat("paging/host_fault/", pages);
    AddRow(host_populate, "load/one", [=](benchmark::State& state) { OnHost(state, pages, true); });
    AddRow(host_fault, "load/one", [=](benchmark::State& state) { OnHost(state, pages, false); });
    AddRow(absl::StrCat("paging/populate_without_memory/", pages), host_populate,
           [=](benchmark::State& state) { PopulateWithoutMemory(state, pages); });
    AddRow(absl::StrCat("paging/populate/", pages), host_populate,
           [=](benchmark::State& state) { PopulateOnMachine(state, pages); });
    AddRow(absl::StrCat("paging/fault/", pages), host_fault,
           [=](benchmark::State& state) { FaultOnMachine(state, pages); });
  }
}

}  // namespace bench
