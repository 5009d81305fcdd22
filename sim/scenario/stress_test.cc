// Real threads on real processors: some map, unmap, protect, fill and truncate, others access the
// very same memory through a subject and as user code. Required: bounded time, no crash, no wrong
// result, nothing left behind.
//
// The subjects are those that are linked in, one after the other. Of a foreign one it is not known
// whether several threads may call it at the same time.
//
// Every byte of memory names its owner, so that any byte that an access reads can be judged
// although the order of the threads is unknown. AXPTR_STRESS_SECONDS: how long, all subjects
// together (6).
#include <errno.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "axptr/linux_error.h"
#include "axptr/mapping_flags.h"
#include "axptr/platform.h"
#include "axptr/virt_addr.h"
#include "gtest/gtest.h"
#include "sim/machine/machine.h"
#include "sim/machine/sanitizer.h"
#include "sim/machine/subject_flag.h"
#include "sim/machine/testing/dies_of.h"
#include "sim/machine/user_touch.h"
#include "sim/scenario/verb.h"
#include "sim/subject/subjects.h"

namespace sim {
namespace {

using axptr::MappingFlags;

constexpr uint64_t kPage = Window::kPageBytes;
constexpr uint64_t kSlots = 8;
constexpr uint64_t kSlotPages = 4;
constexpr uint64_t kSlotBytes = kSlotPages * kPage;
constexpr uint64_t kFrames = 24;  // too few for all of them
// Of text, the bytes before the terminator; behind it there is more of the same.
constexpr uint64_t kTextBytes = 3 * kPage - 5;
constexpr uint64_t kMaxRest = 400;  // pauses of the processor, some 20 ns each
constexpr MappingFlags kUser = MappingFlags::USER;
constexpr MappingFlags kR = kUser | MappingFlags::READ;
constexpr MappingFlags kRW = kR | MappingFlags::WRITE;

// A range of the window where one mapping comes and goes, with a hole on either side.
struct Slot {
  uint64_t index = 0;

  uint64_t start() const { return Window::kStart + (1 + index * (kSlotPages + 1)) * kPage; }
  // Whether it is never seen without its text; else it holds zeros until it is written.
  bool is_text() const { return index % 2 == 0; }
  Backing backing() const {
    constexpr Backing kBackings[kSlots] = {Backing::kEager, Backing::kLazy,  Backing::kLazy,
                                           Backing::kCow,   Backing::kEager, Backing::kFile,
                                           Backing::kLazy,  Backing::kFile};
    return kBackings[index];
  }
  // What its text is made of, in either of two generations, or what is written into it. ASCII, and
  // of no other slot.
  uint8_t Mark(uint64_t generation) const {
    return static_cast<uint8_t>(0x30 + 2 * index + generation % 2);
  }
  bool MayHold(uint64_t offset, uint8_t byte) const {
    if (is_text() && offset == kTextBytes) return byte == 0;
    return byte == Mark(0) || byte == Mark(1) || (!is_text() && byte == 0);
  }
};

// How many of the `size` bytes at `offset` of the slot are none of its own.
SIM_NO_SANITIZE uint64_t CountForeign(Slot slot, uint64_t offset, uint64_t size) {
  uint64_t foreign = 0;
  for (uint64_t i = offset; i < offset + size; ++i) {
    foreign += !slot.MayHold(i, *reinterpret_cast<const volatile uint8_t*>(slot.start() + i));
  }
  return foreign;
}

SIM_NO_SANITIZE void WriteMarks(Slot slot, uint64_t offset, uint64_t size, uint64_t generation) {
  for (uint64_t i = offset; i < offset + size; ++i) {
    if (slot.is_text() && i == kTextBytes) continue;
    *reinterpret_cast<volatile uint8_t*>(slot.start() + i) = slot.Mark(generation);
  }
}

struct Counts {
  uint64_t changes = 0;
  uint64_t ok = 0;
  uint64_t refused = 0;  // EFAULT or ENOMEM
  uint64_t raced = 0;    // of those: the check had said yes, then the memory went away
  uint64_t wrong = 0;    // anything else

  void Add(const Counts& other) {
    changes += other.changes;
    ok += other.ok;
    refused += other.refused;
    raced += other.raced;
    wrong += other.wrong;
  }
};

// What the machine offers to a subject that several threads call. The lock of the address space is
// `taken`; the machine's own keeps single questions and changes apart, and the fault handler takes
// that one only.
namespace services {

std::atomic_flag taken;
thread_local Machine::HostThread* t_host_thread = nullptr;

int Lock() {
  while (taken.test_and_set(std::memory_order_acquire)) sched_yield();
  return 0;
}

void Unlock() { taken.clear(std::memory_order_release); }

axptr::VirtAddrRange RangeOf(uint64_t start, uint64_t size) {
  const auto range = axptr::VirtAddrRange::from_start_size(axptr::VirtAddr(start), size);
  EXPECT_TRUE(range.has_value()) << "asked about a range that wraps around";
  return range.value_or(axptr::VirtAddrRange());
}

bool Check(uint64_t start, uint64_t size, unsigned rights) {
  return t_host_thread->provider().with_addr_space([&](AddressSpace& space) {
    return space.check_region_access(RangeOf(start, size),
                                     MappingFlags::from_bits_truncate(rights));
  });
}

int Populate(uint64_t start, uint64_t size, unsigned rights) {
  return t_host_thread->provider().with_addr_space([&](AddressSpace& space) {
    const auto populated =
        space.populate_area(RangeOf(start, size), MappingFlags::from_bits_truncate(rights));
    return populated ? 0 : -static_cast<int>(populated.error());
  });
}

constexpr axptr_machine kTable = {.abi = AXPTR_SUBJECT_ABI,
                                  .size_bytes = sizeof(axptr_machine),
                                  .lock = Lock,
                                  .unlock = Unlock,
                                  .check = Check,
                                  .populate = Populate,
                                  .attempt = axptr_platform_attempt,
                                  .user_access = nullptr};

}  // namespace services

class Mapper {
 public:
  Mapper(Machine* machine, uint64_t seed) : thread_(machine), random_(seed) {}

  // `mapped`: which slots are; belongs to whoever has the lock.
  void Change(std::vector<bool>* mapped, Counts* counts) {
    const Slot slot = {random_() % kSlots};
    const uint64_t what = random_();
    services::Lock();
    thread_.ChangeMappings([&](AddressSpace& space) {
      if (!(*mapped)[slot.index]) {
        (*mapped)[slot.index] = Map(space, slot);
      } else if (what % 4 == 0) {
        Unmap(space, slot);
        (*mapped)[slot.index] = false;
      } else if (what % 4 == 1 && slot.is_text()) {
        static_cast<void>(space.Fill(slot.start(), kSlotBytes, Text(slot)));
      } else if (what % 4 == 1 && slot.backing() == Backing::kFile) {
        Truncate(space, slot);
      } else {
        Protect(space, slot);
      }
    });
    services::Unlock();
    ++counts->changes;
    Rest();
  }

 private:
  // Some microseconds without the lock: whoever takes it again at once keeps all others from it,
  // and so from being in the middle of an access when the next change comes.
  void Rest() {
    for (uint64_t i = random_() % kMaxRest; i > 0; --i) __builtin_ia32_pause();
  }

  // Whether there were frames for it.
  bool Map(AddressSpace& space, Slot slot) {
    const MappingFlags flags = random_() % 3 == 0 ? kR : kRW;
    if (slot.backing() == Backing::kFile) {
      return space.MapFile(slot.start(), kSlotBytes, flags, FileBytes()).has_value();
    }
    if (!space.Map(slot.start(), kSlotBytes, flags, slot.backing())) return false;
    if (!slot.is_text() || space.Fill(slot.start(), kSlotBytes, Text(slot))) return true;
    Unmap(space, slot);
    return false;
  }

  // Of a file: on a page, in the middle of one, or more than is mapped.
  uint64_t FileBytes() {
    return random_() % 2 == 0 ? random_() % 6 * kPage : random_() % kSlotBytes;
  }

  void TakeRights(AddressSpace& space, Slot slot) {
    EXPECT_TRUE(space.Protect(slot.start(), kSlotBytes, MappingFlags()));
    space.SettleWindow();
  }

  void Truncate(AddressSpace& space, Slot slot) {
    TakeRights(space, slot);
    EXPECT_TRUE(space.Truncate(slot.start() + random_() % kSlotBytes, FileBytes()));
    EXPECT_TRUE(space.Protect(slot.start(), kSlotBytes, kRW));
  }

  void Unmap(AddressSpace& space, Slot slot) {
    TakeRights(space, slot);
    EXPECT_TRUE(space.Unmap(slot.start(), kSlotBytes));
  }

  void Protect(AddressSpace& space, Slot slot) {
    const MappingFlags kFlags[] = {MappingFlags(), kR, kRW, kRW};
    const uint64_t first = random_() % kSlotPages;
    const uint64_t pages = 1 + random_() % (kSlotPages - first);
    EXPECT_TRUE(space.Protect(slot.start() + first * kPage, pages * kPage, kFlags[random_() % 4]));
  }

  std::span<const uint8_t> Text(Slot slot) {
    text_.assign(kSlotBytes, slot.Mark(random_()));
    text_[kTextBytes] = 0;
    return text_;
  }

  Machine::HostThread thread_;
  std::mt19937_64 random_;
  std::vector<uint8_t> text_;
};

class Accessor {
 public:
  Accessor(Machine* machine, const axptr_subject& subject, uint64_t seed)
      : machine_(machine), subject_(subject), thread_(machine), random_(seed) {
    services::t_host_thread = &thread_;
  }

  void Access(Counts* counts) {
    counts_ = counts;
    const bool survived = thread_.RunKernel([this] { AccessAnything(); });
    counts_->wrong += !survived;
    counts_->wrong += subject_.faults_allowed();
  }

 private:
  static constexpr axptr_element kByte = {1, 1};
  static constexpr axptr_element kWord = {8, 8};
  static constexpr unsigned kReadWrite = AXPTR_READ | AXPTR_WRITE;

  void AccessAnything() {
    const Slot slot = {random_() % kSlots};
    const uint64_t offset = random_() % kSlotBytes;
    const uint64_t size = 1 + random_() % std::min<uint64_t>(kSlotBytes - offset, 2 * kPage);
    // Without a default: the compiler asks for a verb that is missing.
    switch (AnyVerb()) {
      case Verb::kConstGet:
        return LendValue(slot, offset - offset % 8, AXPTR_READ);
      case Verb::kMutGet:
        return LendValue(slot, offset - offset % 8, kReadWrite);
      case Verb::kConstSlice:
        return LendSlice(slot, offset, size, AXPTR_READ);
      case Verb::kMutSlice:
        return LendSlice(slot, offset, size, kReadWrite);
      case Verb::kConstCstr:
        return Scan(slot, offset, AXPTR_READ);
      case Verb::kMutCstr:
        return Scan(slot, offset, kReadWrite);
      case Verb::kConstStr:
        return ReadString(slot, offset);
      case Verb::kCopyStr:
        return CopyString(slot, offset, size);
      case Verb::kCopyIn:
        return CopyBytes(slot, offset, size);
      case Verb::kCopyOut:
        return CopyMarks(slot, offset, size);
      case Verb::kZeroUser:
        return Zero(slot, offset, size);
      case Verb::kConstAccess:
        return size % 2 == 0 ? Read(slot, offset, size) : ReadValue(slot, offset - offset % 8);
      case Verb::kMutAccess:
        return Write(slot, offset, size);
      case Verb::kUserLoad:
        return TouchAsUser(slot.start() + offset, /*write=*/false);
      case Verb::kUserStore:
        return TouchAsUser(slot.start() + offset, /*write=*/true);
      case Verb::kKernelLoad:
      case Verb::kKernelStore:
      case Verb::kMap:
      case Verb::kUnmap:
      case Verb::kProtect:
      case Verb::kFill:
      case Verb::kTruncate:
      case Verb::kFrames:
        break;
    }
    ++counts_->wrong;  // AnyVerb gives none of these
  }

  // A verb of the library or of user code.
  Verb AnyVerb() {
    while (true) {
      const VerbInfo& info = AllVerbs()[random_() % std::size(AllVerbs())];
      const bool is_tried =
          info.verb_class == VerbClass::kLibrary || info.verb_class == VerbClass::kUser;
      if (is_tried) return info.verb;
    }
  }

  // What is handed out may be gone already, so that it is not touched here.
  void LendValue(Slot slot, uint64_t offset, unsigned rights) {
    const uint64_t start = slot.start() + offset;
    axptr_lent lent = {};
    const int error = subject_.lend_value(start, kWord, rights, &lent);
    Judge(error, lent.start == start);
  }

  void LendSlice(Slot slot, uint64_t offset, uint64_t size, unsigned rights) {
    const uint64_t start = slot.start() + offset;
    axptr_lent lent = {};
    const int error = subject_.lend_slice(start, kByte, size, rights, &lent);
    Judge(error, lent.start == start && lent.count == size);
  }

  // The only promise is that this comes back.
  void TouchAsUser(uint64_t address, bool write) {
    ++(machine_->TouchAsUser(address, write) ? counts_->ok : counts_->refused);
  }

  // Somewhere in an access: now and then lets another thread run, so that one does also on a host
  // that has no processor to spare.
  void Linger() {
    if (random_() % 4 == 0) sched_yield();
  }

  // `is_right`: whether the value of a good result is.
  void Judge(int error, bool is_right, bool was_begun = false) {
    if (error == 0) {
      ++(is_right ? counts_->ok : counts_->wrong);
      return;
    }
    const bool is_refusal = error == -EFAULT || error == -ENOMEM;
    ++(is_refusal ? counts_->refused : counts_->wrong);
    counts_->raced += was_begun;
  }

  // What the body of an access, which is called with `argument`, sees of it.
  struct Use {
    Accessor* accessor;
    Slot slot;
    uint64_t offset;
    uint64_t size;
    uint64_t generation;
  };

  // Bodies of accesses: how many bytes are none of the slot's own.
  static uint64_t ReadBody(void* argument, uint64_t /*start*/, size_t /*count*/) {
    const Use& use = *static_cast<const Use*>(argument);
    use.accessor->begun_ = true;
    const uint64_t half = use.size / 2;
    const uint64_t first = CountForeign(use.slot, use.offset, half);
    use.accessor->Linger();
    return first + CountForeign(use.slot, use.offset + half, use.size - half);
  }
  static uint64_t WriteBody(void* argument, uint64_t /*start*/, size_t /*count*/) {
    const Use& use = *static_cast<const Use*>(argument);
    use.accessor->begun_ = true;
    WriteMarks(use.slot, use.offset, use.size, use.generation);
    use.accessor->Linger();
    return CountForeign(use.slot, use.offset, use.size);
  }
  static uint64_t ReadValueBody(void* argument, uint64_t /*start*/, size_t /*count*/) {
    const Use& use = *static_cast<const Use*>(argument);
    use.accessor->begun_ = true;
    return CountForeign(use.slot, use.offset, use.size);
  }

  void Read(Slot slot, uint64_t offset, uint64_t size) {
    Use use = {this, slot, offset, size, 0};
    begun_ = false;
    uint64_t foreign = 0;
    const int error = subject_.access_slice(slot.start() + offset, kByte, size, AXPTR_READ,
                                            ReadBody, &use, &foreign);
    Judge(error, foreign == 0, begun_);
  }

  void Write(Slot slot, uint64_t offset, uint64_t size) {
    Use use = {this, slot, offset, size, random_()};
    begun_ = false;
    uint64_t foreign = 0;
    const int error = subject_.access_slice(slot.start() + offset, kByte, size, kReadWrite,
                                            WriteBody, &use, &foreign);
    Judge(error, foreign == 0, begun_);
  }

  void ReadValue(Slot slot, uint64_t offset) {
    Use use = {this, slot, offset, kWord.size, 0};
    begun_ = false;
    uint64_t foreign = 0;
    const int error = subject_.access_value(slot.start() + offset, kWord, AXPTR_READ, ReadValueBody,
                                            &use, &foreign);
    Judge(error, foreign == 0, begun_);
  }

  // Text always ends at the same place; other slots wherever nobody has written.
  bool IsLength(Slot slot, uint64_t offset, uint64_t length) const {
    if (slot.is_text() && offset <= kTextBytes) return length == kTextBytes - offset;
    return !slot.is_text() && offset + length < kSlotBytes;
  }

  void Scan(Slot slot, uint64_t offset, unsigned rights) {
    axptr_lent lent = {};
    const int error = subject_.lend_terminated(slot.start() + offset, kByte, rights, &lent);
    Judge(error, IsLength(slot, offset, lent.count));
  }

  void ReadString(Slot slot, uint64_t offset) {
    axptr_lent lent = {};
    const int error = subject_.lend_text(slot.start() + offset, &lent);
    Judge(error, IsLength(slot, offset, lent.count));
  }

  // A buffer of `size` bytes is too small only for a string that may be as long as that.
  void CopyString(Slot slot, uint64_t offset, uint64_t size) {
    axptr_lent lent = {};
    const int error = subject_.copy_text(copied_.data(), size, slot.start() + offset, &lent);
    if (error == -ENAMETOOLONG) {
      const bool is_long = !slot.is_text() || offset > kTextBytes || size <= kTextBytes - offset;
      ++(is_long ? counts_->ok : counts_->wrong);
      return;
    }
    const std::span<const char> room = std::span(copied_).first(size);
    Judge(error, lent.start == reinterpret_cast<uint64_t>(copied_.data()) && lent.count < size &&
                     IsLength(slot, offset, lent.count) &&
                     IsOwn(slot, offset, room.first(lent.count)));
  }

  // What was copied before an error is a part of the whole.
  void CopyBytes(Slot slot, uint64_t offset, uint64_t size) {
    axptr_moved moved = {};
    subject_.copy_in(copied_.data(), slot.start() + offset, size, &moved);
    const std::span<const char> room = std::span(copied_).first(size);
    JudgeMoved(moved, size, IsOwn(slot, offset, room.first(std::min(moved.done, size))));
  }

  void CopyMarks(Slot slot, uint64_t offset, uint64_t size) {
    const std::span<char> room = std::span(copied_).first(size);
    const uint64_t generation = random_();
    for (uint64_t i = 0; i < size; ++i) {
      const bool is_end = slot.is_text() && offset + i == kTextBytes;
      room[i] = is_end ? '\0' : static_cast<char>(slot.Mark(generation));
    }
    axptr_moved moved = {};
    subject_.copy_out(slot.start() + offset, room.data(), size, &moved);
    JudgeMoved(moved, size, /*is_right=*/true);
  }

  // Of a text only the terminator may be zero.
  void Zero(Slot slot, uint64_t offset, uint64_t size) {
    if (slot.is_text()) {
      offset = kTextBytes;
      size = 1;
    }
    axptr_moved moved = {};
    subject_.zero(slot.start() + offset, size, &moved);
    JudgeMoved(moved, size, /*is_right=*/true);
  }

  // `is_right`: whether the bytes moved are.
  void JudgeMoved(const axptr_moved& moved, uint64_t size, bool is_right) {
    if (!is_right || moved.done > size) ++counts_->wrong;
    Judge(moved.error, moved.done == size, moved.done != 0);
  }

  // Whether every byte of a copy from `offset` of the slot is one of the slot's own.
  static bool IsOwn(Slot slot, uint64_t offset, std::span<const char> copy) {
    return std::all_of(copy.begin(), copy.end(), [&](char byte) {
      return slot.MayHold(offset++, static_cast<uint8_t>(byte));
    });
  }

  Machine* const machine_;
  const axptr_subject& subject_;
  Machine::HostThread thread_;
  std::mt19937_64 random_;
  Counts* counts_ = nullptr;
  std::array<char, 2 * kPage> copied_;
  volatile bool begun_ = false;  // the access that is under way has passed its check
};

// Of one subject.
std::chrono::duration<double> Duration() {
  const char* const seconds = std::getenv("AXPTR_STRESS_SECONDS");
  const double all = seconds == nullptr ? 6 : std::atof(seconds);
  return std::chrono::duration<double>(all / static_cast<double>(LinkedSubjects().size()));
}

class StressTest : public testing::TestWithParam<size_t> {
 protected:
  void SetUp() override {
    auto machine = Machine::Create();
    ASSERT_TRUE(machine.ok()) << machine.status();
    machine_ = *std::move(machine);
    UseFlagOf(&subject());
    subject().attach(&services::kTable);
    machine_->Reset({.frames = kFrames});
  }
  void TearDown() override { UseFlagOf(nullptr); }

  static const axptr_subject& subject() { return *LinkedSubjects()[GetParam()]; }

  // Runs so many of each at the same time until the time is over.
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
        Accessor accessor(machine_.get(), subject(), i);
        while (!stop_) accessor.Access(&counts[i]);
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
  std::vector<bool> mapped_ = std::vector<bool>(kSlots);  // whoever has the lock's
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

// A library that touches memory with the lock held would wait in the handler for itself.
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
}  // namespace sim
