// Real threads on real processors: some map, unmap, protect, fill and truncate, others access the
// very same memory through the library and as user code. Matrix 85 and 88: bounded time, no crash,
// no wrong result, nothing left behind.
//
// Every byte of memory says to whom it belongs, so that whatever an access reads can be judged
// although nobody knows who came first. AXPTR_STRESS_SECONDS: how long (3).
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

#include "axptr/user_access.h"
#include "axptr/user_ptr.h"
#include "gtest/gtest.h"
#include "sim/machine/machine.h"
#include "sim/machine/sanitizer.h"
#include "sim/machine/testing/dies_of.h"
#include "sim/machine/user_touch.h"
#include "sim/scenario/verb.h"

namespace sim {
namespace {

using axptr::LinuxError;
using axptr::MappingFlags;
using axptr::UserConstPtr;
using axptr::UserPtr;

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

class Mapper {
 public:
  Mapper(Machine* machine, uint64_t seed) : thread_(machine), random_(seed) {}

  // `mapped`: which slots are; belongs to whoever has the lock.
  void Change(std::vector<bool>* mapped, Counts* counts) {
    const Slot slot = {random_() % kSlots};
    const uint64_t what = random_();
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
  Accessor(Machine* machine, uint64_t seed) : machine_(machine), thread_(machine), random_(seed) {}

  void Access(Counts* counts) {
    counts_ = counts;
    const bool survived = thread_.RunKernel([this] { AccessAnything(); });
    counts_->wrong += !survived;
    counts_->wrong += axptr::is_accessing_user_memory();
  }

 private:
  void AccessAnything() {
    const Slot slot = {random_() % kSlots};
    const uint64_t offset = random_() % kSlotBytes;
    const uint64_t size = 1 + random_() % std::min<uint64_t>(kSlotBytes - offset, 2 * kPage);
    // Without a default: the compiler asks for a verb that is missing.
    switch (AnyVerb()) {
      case Verb::kConstGet:
        return Lend(UserConstPtr<uint64_t>(slot.start() + offset - offset % 8).get(provider_));
      case Verb::kMutGet:
        return Lend(UserPtr<uint64_t>(slot.start() + offset - offset % 8).get(provider_));
      case Verb::kConstSlice:
        return Lend(UserConstPtr<uint8_t>(slot.start() + offset).get_as_slice(provider_, size));
      case Verb::kMutSlice:
        return Lend(UserPtr<uint8_t>(slot.start() + offset).get_as_slice(provider_, size));
      case Verb::kConstCstr:
        return Scan<UserConstPtr<uint8_t>>(slot, offset);
      case Verb::kMutCstr:
        return Scan<UserPtr<uint8_t>>(slot, offset);
      case Verb::kConstStr:
        return ReadString(slot, offset);
      case Verb::kCopyStr:
        return CopyString(slot, offset, size);
      case Verb::kCopyIn:
        return CopyBytes(slot, offset, size);
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
  template <typename Result>
  void Lend(const Result& result) {
    Judge(result, /*is_right=*/true);
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

  // `is_right`: whether the value of a good `result` is.
  template <typename Result>
  void Judge(const Result& result, bool is_right, bool was_begun = false) {
    if (result) {
      ++(is_right ? counts_->ok : counts_->wrong);
      return;
    }
    const LinuxError error = result.error();
    const bool is_refusal = error == LinuxError::kEfault || error == LinuxError::kEnomem;
    ++(is_refusal ? counts_->refused : counts_->wrong);
    counts_->raced += was_begun;
  }

  void Read(Slot slot, uint64_t offset, uint64_t size) {
    begun_ = false;
    const auto foreign = UserConstPtr<uint8_t>(slot.start() + offset)
                             .access(provider_, size, [&](std::span<const uint8_t>) {
                               begun_ = true;
                               const uint64_t half = size / 2;
                               const uint64_t first = CountForeign(slot, offset, half);
                               Linger();
                               return first + CountForeign(slot, offset + half, size - half);
                             });
    Judge(foreign, foreign == uint64_t{0}, begun_);
  }

  void Write(Slot slot, uint64_t offset, uint64_t size) {
    begun_ = false;
    const uint64_t generation = random_();
    const auto foreign =
        UserPtr<uint8_t>(slot.start() + offset).access(provider_, size, [&](std::span<uint8_t>) {
          begun_ = true;
          WriteMarks(slot, offset, size, generation);
          Linger();
          return CountForeign(slot, offset, size);
        });
    Judge(foreign, foreign == uint64_t{0}, begun_);
  }

  void ReadValue(Slot slot, uint64_t offset) {
    begun_ = false;
    const auto foreign =
        UserConstPtr<uint64_t>(slot.start() + offset).access(provider_, [&](const uint64_t&) {
          begun_ = true;
          return CountForeign(slot, offset, sizeof(uint64_t));
        });
    Judge(foreign, foreign == uint64_t{0}, begun_);
  }

  // Text always ends at the same place; other slots wherever nobody has written.
  bool IsLength(Slot slot, uint64_t offset, uint64_t length) const {
    if (slot.is_text() && offset <= kTextBytes) return length == kTextBytes - offset;
    return !slot.is_text() && offset + length < kSlotBytes;
  }

  template <typename Pointer>
  void Scan(Slot slot, uint64_t offset) {
    const auto found = Pointer(slot.start() + offset).get_as_null_terminated(provider_);
    Judge(found, found && IsLength(slot, offset, found->size()));
  }

  void ReadString(Slot slot, uint64_t offset) {
    const auto found = UserConstPtr<char>(slot.start() + offset).get_as_str(provider_);
    Judge(found, found && IsLength(slot, offset, found->size()));
  }

  // A buffer of `size` bytes is too small only for a string that may be as long as that.
  void CopyString(Slot slot, uint64_t offset, uint64_t size) {
    const std::span<char> room = std::span(copied_).first(size);
    const auto copied = UserConstPtr<char>(slot.start() + offset).copy_str(provider_, room);
    if (!copied && copied.error() == LinuxError::kEnametoolong) {
      const bool is_long = !slot.is_text() || offset > kTextBytes || size <= kTextBytes - offset;
      ++(is_long ? counts_->ok : counts_->wrong);
      return;
    }
    Judge(copied, copied && IsLength(slot, offset, copied->size()) && IsOwn(slot, offset, *copied));
  }

  // What was copied before an error is a part of the whole.
  void CopyBytes(Slot slot, uint64_t offset, uint64_t size) {
    const std::span<char> room = std::span(copied_).first(size);
    const axptr::Copied copied = UserConstPtr<std::byte>(slot.start() + offset)
                                     .read_into(provider_, std::as_writable_bytes(room));
    const bool is_right = copied.done <= size && IsOwn(slot, offset, room.first(copied.done));
    if (!is_right) ++counts_->wrong;
    Judge(copied.whole(), is_right && copied.done == size, copied.done != 0);
  }

  // Whether every byte of a copy from `offset` of the slot is one of the slot's own.
  static bool IsOwn(Slot slot, uint64_t offset, std::span<const char> copy) {
    return std::all_of(copy.begin(), copy.end(), [&](char byte) {
      return slot.MayHold(offset++, static_cast<uint8_t>(byte));
    });
  }

  Machine* const machine_;
  Machine::HostThread thread_;
  Machine::HostThread::Provider provider_ = thread_.provider();
  std::mt19937_64 random_;
  Counts* counts_ = nullptr;
  std::array<char, 2 * kPage> copied_;
  volatile bool begun_ = false;  // the access that is under way has passed its check
};

std::chrono::duration<double> Duration() {
  const char* const seconds = std::getenv("AXPTR_STRESS_SECONDS");
  return std::chrono::duration<double>(seconds == nullptr ? 3 : std::atof(seconds));
}

class StressTest : public testing::Test {
 protected:
  void SetUp() override {
    auto machine = Machine::Create();
    ASSERT_TRUE(machine.ok()) << machine.status();
    machine_ = *std::move(machine);
    machine_->Reset({.frames = kFrames});
  }

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
        Accessor accessor(machine_.get(), i);
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

TEST_F(StressTest, MappersAgainstAccessors) {
  const Counts counts = Run(/*mappers=*/2, /*accessors=*/4);
  EXPECT_EQ(counts.wrong, 0u);
  EXPECT_GT(counts.changes, 1000u);
  EXPECT_GT(counts.ok, 1000u);
  EXPECT_GT(counts.refused, 1000u);
  EXPECT_GT(counts.raced, 0u) << "no access was ever caught in the middle";
  ExpectNothingLeft();
}

// A library that touches memory with the lock held would wait in the handler for itself.
using StressDeathTest = StressTest;

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
