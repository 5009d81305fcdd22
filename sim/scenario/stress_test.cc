// Real threads on real processors: some change the address space (Mapper), others access the same
// memory through a subject and as user code. Required: bounded time, no crash, no wrong result,
// restored state.
//
// Tests all linked subjects, one after the other. Foreign subjects are excluded, because it is
// unknown whether several threads may call them at the same time.
//
// AXPTR_STRESS_SECONDS: the run time for all subjects together, in seconds (default 6).
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "gtest/gtest.h"
#include "sim/machine/check.h"
#include "sim/machine/machine.h"
#include "sim/machine/subject_flag.h"
#include "sim/machine/testing/dies_of.h"
#include "sim/machine/user_touch.h"
#include "sim/scenario/stress/accessor.h"
#include "sim/scenario/stress/mapper.h"
#include "sim/scenario/stress/services.h"
#include "sim/scenario/stress/slot.h"
#include "sim/subject/subjects.h"

namespace sim::stress {
namespace {

constexpr uint64_t kFrames = 24;  // too few for all slots at the same time

// The run time of one subject.
std::chrono::duration<double> Duration() {
  const char* const seconds = std::getenv("AXPTR_STRESS_SECONDS");
  double all = 6;
  if (seconds != nullptr) SIM_CHECK(absl::SimpleAtod(seconds, &all));
  return std::chrono::duration<double>(all / static_cast<double>(LinkedSubjects().size()));
}

class StressTest : public testing::TestWithParam<size_t> {
 protected:
  void SetUp() override {
    auto machine = Machine::Create();
    ASSERT_TRUE(machine.ok()) << machine.status();
    machine_ = *std::move(machine);
    UseFlagOf(&subject());
    subject().attach(&Services());
    machine_->Reset({.frames = kFrames});
    SlotTable::MapAll(machine_->address_space());
    machine_->address_space().SettleWindow();
  }
  void TearDown() override { UseFlagOf(nullptr); }

  static const axptr_subject& subject() { return *LinkedSubjects()[GetParam()]; }

  // Runs `mappers` mappers and `accessors` accessors at the same time until the time is over.
  Counts Run(uint64_t mappers, uint64_t accessors) {
    std::vector<Counts> counts(mappers + accessors);
    std::vector<std::thread> threads;
    for (uint64_t i = 0; i < mappers; ++i) {
      threads.emplace_back([&, i] {
        Mapper mapper(machine_.get(), i);
        while (!stop_) mapper.Change(&mapped_, &counts[i]);
      });
    }
    for (uint64_t i = mappers; i < mappers + accessors; ++i) {
      threads.emplace_back([&, i] {
        const std::unique_ptr<Accessor> accessor = MakeAccessor(machine_.get(), subject(), i);
        while (!stop_) accessor->Access(&counts[i]);
      });
    }
    std::this_thread::sleep_for(Duration());
    stop_ = true;
    for (std::thread& thread : threads) thread.join();
    Counts all;
    for (const Counts& one : counts) all.Add(one);
    printf("changes %lu, accesses: ok %lu, refused %lu (of them %lu under way), wrong %lu\n",
           all.changes, all.ok, all.refused, all.raced, all.wrong);
    return all;
  }

  void ExpectNothingLeft() {
    AddressSpace& space = machine_->address_space();
    EXPECT_FALSE(machine_->lock().held());
    EXPECT_FALSE(machine_->current_flag());
    EXPECT_EQ(machine_->frames().free() + space.populated_pages() - space.shared_pages(), kFrames);
    space.Reset();
    EXPECT_EQ(machine_->frames().free(), kFrames);
    EXPECT_EQ(space.populated_pages(), 0u);
    space.SettleWindow();
    for (uint64_t page = 0; page < kSlots * (kSlotPages + 1) + 1; ++page) {
      EXPECT_FALSE(machine_->TouchAsUser(Window::kStart + page * kPage, false)) << page;
    }
  }

  std::unique_ptr<Machine> machine_;
  std::vector<bool> mapped_ = std::vector<bool>(kSlots);  // protected by the lock
  std::atomic<bool> stop_ = false;
};

TEST_P(StressTest, MappersAgainstAccessors) {
  const Counts counts = Run(/*mappers=*/2, /*accessors=*/4);
  EXPECT_EQ(counts.wrong, 0u);
  EXPECT_GT(counts.changes, 1000u);
  EXPECT_GT(counts.ok, 1000u);
  EXPECT_GT(counts.refused, 1000u);
  EXPECT_GT(counts.raced, 0u) << "no access was ever caught in the middle";
  ExpectNothingLeft();
}

INSTANTIATE_TEST_SUITE_P(EverySubject, StressTest,
                         testing::Range(size_t{0}, LinkedSubjects().size()),
                         [](const testing::TestParamInfo<size_t>& param) {
                           return std::string(LinkedSubjects()[param.param]->name);
                         });

// A library that touches memory with the lock held would deadlock in the fault handler.
class StressDeathTest : public testing::Test {
 protected:
  void SetUp() override {
    auto machine = Machine::Create();
    ASSERT_TRUE(machine.ok()) << machine.status();
    machine_ = *std::move(machine);
    machine_->Reset({.frames = kFrames});
  }

  std::unique_ptr<Machine> machine_;
};

TEST_F(StressDeathTest, FaultUnderTheLockIsACrashAndNoHang) {
  const auto fault_under_the_lock = [this] {
    Machine::HostThread thread(machine_.get());
    static_cast<void>(thread.RunKernel([&] {
      thread.provider().with_addr_space([](AddressSpace&) {
        TouchByte(Window::kStart, /*write=*/false);
        return 0;
      });
    }));
  };
  EXPECT_DIES_OF(std::thread(fault_under_the_lock).join(), SIGSEGV);
}

}  // namespace
}  // namespace sim::stress
