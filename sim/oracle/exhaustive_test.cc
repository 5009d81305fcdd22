// The library, as each of its subjects, against the model, for all small cases: every layout of up
// to three pages, every element type, both kinds of pointer, and all starts and lengths near a
// boundary. Results and populated pages must agree. User memory is not accessed, so the machine has
// none.
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "axptr/mapping_flags.h"
#include "axptr/virt_addr.h"
#include "gmock/gmock.h"
#include "sim/machine/address_space.h"
#include "sim/machine/frames.h"
#include "sim/oracle/model.h"
#include "sim/scenario/names.h"
#include "sim/scenario/scenario_text.h"
#include "sim/subject/subjects.h"

namespace sim {
namespace {

// The pages are away from the edges of the window, so there is a hole on both sides.
constexpr uint64_t kBase = kWindowStart + 16 * kPageBytes;
constexpr uint64_t kMaxPages = 3;
// In each shard; there is one shard for every element type.
constexpr uint64_t kMinCases = 20'000;
static_assert(kMinCases * kElementTypeCount >= 200'000);

struct PageKind {
  bool mapped = false;
  Perms perms = 0;
  AreaKind kind = AreaKind::kLazy;
};

constexpr std::array<PageKind, 11> kPageKinds = [] {
  constexpr Perms kPerms[] = {0, kPermRead, kPermRead | kPermWrite, kPermWrite,
                              kPermRead | kPermExecute};
  std::array<PageKind, 11> kinds;
  size_t next = 1;  // index 0 is the hole
  for (const Perms perms : kPerms) {
    for (const AreaKind kind : {AreaKind::kEager, AreaKind::kLazy}) {
      kinds[next++] = {true, perms, kind};
    }
  }
  return kinds;
}();

using Layout = std::vector<PageKind>;

std::vector<Layout> LayoutsOf(uint64_t pages) {
  std::vector<Layout> layouts = {{}};
  for (uint64_t page = 0; page < pages; ++page) {
    std::vector<Layout> longer;
    for (const Layout& layout : layouts) {
      for (const PageKind& kind : kPageKinds) {
        longer.push_back(layout);
        longer.back().push_back(kind);
      }
    }
    layouts = std::move(longer);
  }
  return layouts;
}

// The same machine for the library and for the model.
class Pair {
 public:
  Pair() : space_(&frames_), model_(MachineConfig()) {}

  // `frames`: the number of free frames after everything is mapped.
  void Build(const Layout& layout, uint64_t frames) {
    layout_ = &layout;
    free_ = frames;
    Rebuild();
  }

  // Carries out `op` on both. `call(space)` carries out `op` by the library, and returns an errno
  // number or 0.
  template <typename Call>
  void Compare(const Op& op, Call&& call) {
    const int library = call(space_);
    const Expectation expected = model_.Step(op);
    ASSERT_NE(expected.outcome.kind, Outcome::Kind::kPanic) << Text(op);
    ASSERT_EQ(library, expected.outcome.error) << Text(op);
    ASSERT_EQ(space_.populated_pages(), expected.pages_populated) << Text(op);
    ASSERT_EQ(frames_.free(), expected.frames_free) << Text(op);
    if (expected.pages_populated == populated_) return;
    ASSERT_EQ(PopulatedInReach(op), expected.populated_in_reach) << Text(op);
    Rebuild();
  }

 private:
  void Rebuild() {
    space_.Reset();
    frames_.SetFree(kMachineFrames);
    model_.Reset(MachineConfig());
    for (size_t page = 0; page < layout_->size(); ++page) {
      if ((*layout_)[page].mapped) Map(kBase + page * kPageBytes, (*layout_)[page]);
    }
    frames_.SetFree(free_);
    Op op;
    op.verb = Verb::kFrames;
    op.length = free_;
    populated_ = model_.Step(op).pages_populated;
  }

  void Map(uint64_t address, const PageKind& kind) {
    const auto flags =
        axptr::MappingFlags::from_bits_truncate(kind.perms) | axptr::MappingFlags::USER;
    const Backing backing = kind.kind == AreaKind::kEager ? Backing::kEager : Backing::kLazy;
    EXPECT_TRUE(space_.Map(address, kPageBytes, flags, backing).has_value());
    Op op;
    op.verb = Verb::kMap;
    op.address = address;
    op.length = kPageBytes;
    op.perms = kind.perms;
    op.kind = kind.kind;
    EXPECT_EQ(model_.Step(op).outcome, Outcome::Ok());
  }

  uint64_t PopulatedInReach(const Op& op) const {
    uint64_t bits = 0;
    for (uint64_t i = 0; i < kReachPages; ++i) {
      const uint64_t address = FirstPageInReach(op) + i * kPageBytes;
      if (space_.IsPopulated(address)) bits |= uint64_t{1} << i;
    }
    return bits;
  }

  std::string Text(const Op& op) const {
    std::string text = absl::StrCat(PrintOp(op), " with ", free_, " frames on");
    for (const PageKind& page : *layout_) {
      absl::StrAppend(&text, " ", page.mapped ? PermsName(page.perms) : "hole", " ",
                      page.mapped ? AreaKindName(page.kind) : "");
    }
    return text;
  }

  Frames frames_;
  AddressSpace space_;
  Model model_;
  const Layout* layout_ = nullptr;
  uint64_t free_ = 0;
  uint64_t populated_ = 0;
};

void SortAndDropRepeated(std::vector<uint64_t>* values) {
  std::sort(values->begin(), values->end());
  values->erase(std::unique(values->begin(), values->end()), values->end());
}

// Offsets around each page edge: by bytes, by alignment and by elements.
std::vector<uint64_t> StartsFor(ElementType type, uint64_t pages) {
  const uint64_t size = ElementSize(type);
  const uint64_t align = ElementAlign(type);
  std::vector<uint64_t> starts;
  for (uint64_t page = 0; page <= pages; ++page) {
    const uint64_t edge = kBase + page * kPageBytes;
    for (const uint64_t step : {uint64_t{1}, align, size}) {
      starts.insert(starts.end(), {edge - step, edge, edge + step});
    }
    starts.push_back(edge - size + align);
  }
  SortAndDropRepeated(&starts);
  return starts;
}

// Lengths that end around each page edge, given `start`, and around each possible overflow.
std::vector<uint64_t> LengthsFor(ElementType type, uint64_t start) {
  const uint64_t size = ElementSize(type);
  const uint64_t to_page_end = (kPageBytes - start % kPageBytes) / size;
  std::vector<uint64_t> lengths = {0, 1, 2};
  for (const uint64_t pages : {0, 1, 2}) {
    const uint64_t to_edge = to_page_end + pages * kPageBytes / size;
    lengths.insert(lengths.end(), {to_edge, to_edge + 1});
  }
  lengths.insert(lengths.end(), {2 * kPageBytes / size, SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / size,
                                 SIZE_MAX / size + 1, PTRDIFF_MAX / size, PTRDIFF_MAX / size + 1,
                                 (SIZE_MAX - start) / size, (SIZE_MAX - start) / size + 1});
  SortAndDropRepeated(&lengths);
  return lengths;
}

// A machine that consists of an address space only: no lock, and no user memory.
class BareMachine {
 public:
  static const axptr_machine& Of(AddressSpace* space) {
    space_ = space;
    return kTable;
  }

 private:
  static axptr::VirtAddrRange Range(uint64_t start, uint64_t size) {
    return *axptr::VirtAddrRange::from_start_size(axptr::VirtAddr(start), size);
  }
  static bool Check(uint64_t start, uint64_t size, unsigned rights) {
    return space_->check_region_access(Range(start, size),
                                       axptr::MappingFlags::from_bits_truncate(rights));
  }
  static int Populate(uint64_t start, uint64_t size, unsigned rights) {
    const auto populated =
        space_->populate_area(Range(start, size), axptr::MappingFlags::from_bits_truncate(rights));
    return populated ? 0 : -static_cast<int>(populated.error());
  }
  static constexpr axptr_machine kTable = {.abi = AXPTR_SUBJECT_ABI,
                                           .size_bytes = sizeof(axptr_machine),
                                           .lock = [] { return 0; },
                                           .unlock = [] {},
                                           .check = Check,
                                           .populate = Populate,
                                           .attempt = nullptr,
                                           .user_access = nullptr};
  static inline AddressSpace* space_ = nullptr;
};

// Tries all starts and lengths. Returns the number of cases.
uint64_t CompareAll(const axptr_subject& subject, ElementType type, bool is_mutable,
                    const Layout& layout, Pair* pair) {
  const axptr_element element = {ElementSize(type), ElementAlign(type)};
  const unsigned rights = is_mutable ? AXPTR_READ | AXPTR_WRITE : AXPTR_READ;
  axptr_lent lent = {};
  uint64_t cases = 0;
  Op op;
  op.type = type;
  for (const uint64_t start : StartsFor(type, layout.size())) {
    op.address = start;
    op.verb = is_mutable ? Verb::kMutGet : Verb::kConstGet;
    op.length = 0;
    pair->Compare(op, [&](AddressSpace& space) {
      subject.attach(&BareMachine::Of(&space));
      return -subject.lend_value(start, element, rights, &lent);
    });
    ++cases;
    op.verb = is_mutable ? Verb::kMutSlice : Verb::kConstSlice;
    for (const uint64_t length : LengthsFor(type, start)) {
      op.length = length;
      pair->Compare(op, [&](AddressSpace& space) {
        subject.attach(&BareMachine::Of(&space));
        return -subject.lend_slice(start, element, length, rights, &lent);
      });
      ++cases;
    }
    if (testing::Test::HasFatalFailure()) break;
  }
  return cases;
}

class ExhaustiveTest : public testing::TestWithParam<std::tuple<int, size_t>> {};

TEST_P(ExhaustiveTest, LibraryAndModelAgree) {
  const auto type = static_cast<ElementType>(std::get<0>(GetParam()));
  const axptr_subject& subject = *LinkedSubjects()[std::get<1>(GetParam())];
  Pair pair;
  uint64_t cases = 0;
  for (uint64_t pages = 1; pages <= kMaxPages; ++pages) {
    const std::vector<Layout> layouts = LayoutsOf(pages);
    for (size_t i = 0; i < layouts.size(); ++i) {
      // Enough frames for everything, and too few frames as well (for one in seven of the many
      // large layouts).
      for (const uint64_t frames : {kMachineFrames, uint64_t{1}}) {
        if (frames == 1 && pages == kMaxPages && i % 7 != 0) continue;
        pair.Build(layouts[i], frames);
        for (const bool is_mutable : {false, true}) {
          cases += CompareAll(subject, type, is_mutable, layouts[i], &pair);
        }
        if (HasFatalFailure()) return;
      }
    }
  }
  EXPECT_GE(cases, kMinCases);
  RecordProperty("cases", std::to_string(cases));
}

INSTANTIATE_TEST_SUITE_P(EveryType, ExhaustiveTest,
                         testing::Combine(testing::Range(0, kElementTypeCount),
                                          testing::Range(size_t{0}, LinkedSubjects().size())),
                         [](const testing::TestParamInfo<std::tuple<int, size_t>>& param) {
                           const auto type = static_cast<ElementType>(std::get<0>(param.param));
                           return absl::StrCat(ElementTypeName(type), "_",
                                               LinkedSubjects()[std::get<1>(param.param)]->name);
                         });

}  // namespace
}  // namespace sim
