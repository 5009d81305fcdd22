#include "sim/scenario/testing/random_scenario.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace sim {
namespace {

constexpr uint64_t kArenaPages = 24;
constexpr uint64_t kMaxAreaPages = 8;
constexpr int kErrors[] = {12, 14, 17, 22, 36, 84, 3999};

class Generator {
 public:
  Generator(std::mt19937_64& random, const RandomScenarioOptions& options)
      : random_(random), options_(options) {}

  Scenario Run() {
    Scenario scenario;
    scenario.machine = Machine();
    const int count = 1 + Below(std::max(options_.max_ops, 1));
    const int set_up = Below(std::max(count / 2, 1) + 1);
    for (int i = 0; i < count; ++i) {
      if (i >= set_up && i + kOpsOfASleep <= count && OneIn(44)) {
        AddSleep(&scenario.ops);
        i += kOpsOfASleep - 1;
      } else if (i + 2 <= count && OneIn(40)) {
        AddMappedTwice(&scenario.ops);
        ++i;
      } else {
        scenario.ops.push_back(i < set_up ? SetUp() : Any());
      }
    }
    return scenario;
  }

  // A few areas, then an access with both verbs around it, then a look at what they left.
  Scenario RunPair(Verb first, Verb second) {
    Scenario scenario;
    scenario.machine = Machine();
    std::vector<Op>& ops = scenario.ops;
    for (int left = 2 + Below(2); left > 0; --left) ops.push_back(Of(Verb::kMap));
    for (const Verb verb : {Verb::kAlias, Verb::kFill}) {
      if (OneIn(2) && options_.swarm.Has(verb)) ops.push_back(Of(verb));
    }
    const Op access = Of(AnyOf(VerbClass::kLibrary));
    AddAround(access, first, &ops);
    AddAround(access, second, &ops);
    ops.push_back(access);
    Op look = Of(AnyOf(VerbClass::kLibrary));
    Aim(access, &look);
    ops.push_back(look);
    ops.push_back(Of(AnyOf(VerbClass::kLibrary)));
    return scenario;
  }

 private:
  struct Range {
    uint64_t start;
    uint64_t bytes;
  };

  MachineConfig Machine() {
    MachineConfig machine;
    machine.cpus = OneIn(2) ? 1 : 1 + Below(kMaxCpus);
    machine.lock = !OneIn(4);
    if (OneIn(3)) machine.frames = Below(24);
    machine.smap = options_.kernel_accesses &&
                   OneIn(16);  // rare: the use of lent memory ends the run with smap=on
    cpus_ = machine.cpus;
    return machine;
  }

  // 0..count-1. Not std::uniform_int_distribution: its results differ between libraries.
  int Below(int count) { return static_cast<int>(random_() % static_cast<uint64_t>(count)); }
  bool OneIn(int count) { return Below(count) == 0; }

  template <size_t kCount>
  auto OneOf(const auto (&values)[kCount]) {
    return values[Below(kCount)];
  }

  // Calls `draw` until `wanted` is true for its result, at most 41 times. Returns the last result.
  template <typename Draw, typename Wanted>
  auto Drawn(Draw draw, Wanted wanted) {
    auto value = draw();
    for (int left = 40; left > 0 && !wanted(value); --left) value = draw();
    return value;
  }

  // A random number, below `count`, of a form of lengths or of a place that is on in the swarm.
  int Form(int count) {
    return Drawn([&] { return Below(count); },
                 [&](int form) { return options_.swarm.HasForm(static_cast<unsigned>(form)); });
  }
  int Place(int count) {
    return Drawn([&] { return Below(count); },
                 [&](int place) { return options_.swarm.HasPlace(static_cast<unsigned>(place)); });
  }

  Op Start(Verb verb) {
    Op op;
    op.verb = verb;
    op.cpu = static_cast<uint8_t>(Below(cpus_));
    return op;
  }

  Op Any() {
    if (OneIn(3)) return SetUp();
    return Access();
  }

  Op Of(Verb verb) {
    Op op = Start(verb);
    SetArguments(&op);
    return op;
  }

  // Moves `op`, whose arguments are set, to the pages of `access`, in one of two calls.
  void Aim(const Op& access, Op* op) {
    const ArgumentList& arguments = InfoOf(op->verb).arguments;
    if (op->verb == Verb::kMap || !arguments.Has(Argument::kAddress) || OneIn(2)) return;
    const bool is_of_pages = arguments.Has(Argument::kPages);
    op->address = access.address;
    if (is_of_pages) op->address -= access.address % kPageBytes;
    if (is_of_pages && OneIn(3)) op->address += kPageBytes;
    if (is_of_pages && op->verb != Verb::kAlias) op->length = kPageBytes * (1 + Below(2));
  }

  // Adds `verb` before `access`: at once, at a point of the access, or while its task sleeps at a
  // point.
  void AddAround(const Op& access, Verb verb, std::vector<Op>* ops) {
    Op op = Of(verb);
    Aim(access, &op);
    const bool has_races = options_.races && options_.swarm.has_races();
    const int where = has_races ? Below(1 + 2 * kRacePointCount) : 0;
    if (where != 0) {
      const auto point = static_cast<RacePoint>((where - 1) % kRacePointCount);
      const bool is_asleep = where > kRacePointCount;
      op.race = Race{point, static_cast<uint32_t>(1 + Below(point == RacePoint::kLoad ? 9 : 2))};
      if (point == RacePoint::kFault && OneIn(2) && options_.swarm.Has(Verb::kEvict)) {
        Op evict = Of(Verb::kEvict);
        Aim(access, &evict);
        evict.race = Race{RacePoint::kCheck, 1};
        ops->push_back(evict);
      }
      if (is_asleep && options_.swarm.Has(Verb::kSleep)) {
        Op sleep = Start(Verb::kSleep);
        sleep.race = op.race;
        ops->push_back(sleep);
      }
    }
    ops->push_back(op);
  }

  uint64_t WildNumber() {
    switch (Below(6)) {
      case 0:
        return 0;
      case 1:
        return UINT64_MAX - Below(3);
      case 2:
        return (UINT64_MAX >> 1) + Below(3) - 1;
      case 3:
        return (uint64_t{1} << Below(64)) + Below(3) - 1;
      case 4:
        return -(kPageBytes * Below(4));
      default:
        return random_();
    }
  }

  uint64_t WildAddress() {
    constexpr uint64_t kEdges[] = {0,
                                   kPageBytes,
                                   kWindowStart,
                                   kWindowEnd,
                                   0x7ffffffff000,
                                   0x800000000000,
                                   0xffff800000000000};
    return OneIn(2) ? WildNumber() : OneOf(kEdges) + Below(17) - 8;
  }

  // A page of the arena, or one of the window's last pages.
  uint64_t Page() {
    if (OneIn(16)) return kWindowEnd - kPageBytes * (1 + Below(4));
    return kWindowStart + kPageBytes * Below(kArenaPages);
  }

  Range Area() {
    if (areas_.empty()) return {kWindowStart, kPageBytes};
    return areas_[Below(static_cast<int>(areas_.size()))];
  }

  // The pages of an area, of a part of an area, or across its edge; or an invalid range.
  Range PageRange() {
    if (OneIn(16)) return {WildAddress(), WildNumber()};
    const Range area = Area();
    const uint64_t skip = kPageBytes * Below(3);
    const uint64_t bytes = OneIn(3) ? area.bytes : kPageBytes * (1 + Below(3));
    return {area.start + (skip < area.bytes ? skip : 0), bytes};
  }

  void Map(Op* op) {
    constexpr Perms kPerms[] = {0, 1, 1, 2, 3, 3, 3, 3, 4, 5, 6, 7};
    constexpr AreaKind kKinds[] = {AreaKind::kEager, AreaKind::kEager,  AreaKind::kLazy,
                                   AreaKind::kLazy,  AreaKind::kCow,    AreaKind::kKernel,
                                   AreaKind::kFile,  AreaKind::kShared, AreaKind::kFile};
    op->perms = OneOf(kPerms);
    do {
      op->kind = OneOf(kKinds);
    } while (!options_.swarm.Has(op->kind));  // ends: at least one kind is on
    if (OneIn(24)) {
      op->address = WildAddress();
      op->length = kPageBytes * Below(4) + Below(2);
      return;
    }
    // Usually directly after another area, because boundaries between areas are interesting.
    const Range area = Area();
    op->address = areas_.empty() || OneIn(3) ? Page() : area.start + area.bytes;
    op->length = kPageBytes * (1 + Below(OneIn(4) ? kMaxAreaPages : 2));
    areas_.push_back({op->address, op->length});
    if (op->kind == AreaKind::kFile) op->file_bytes = FileLength(op->length);
    if (HasFile(op->kind)) file_areas_.push_back(areas_.back());
  }

  // A part of a mapped file once more, usually after all other areas, where nothing is mapped.
  void MapAgain(Op* op) {
    op->from = WildAddress();
    if (file_areas_.empty() || OneIn(16)) return;
    const Range file = file_areas_[Below(static_cast<int>(file_areas_.size()))];
    const uint64_t skip = kPageBytes * Below(3);
    op->from = file.start + (skip < file.bytes ? skip : 0);
    const uint64_t left = file.start + file.bytes - op->from;
    op->length = OneIn(3) ? kPageBytes * (1 + Below(2)) : left;
    const Range area = Area();
    uint64_t behind_all = kWindowStart;
    for (const Range& other : areas_) {
      if (other.start < kWindowEnd - kWindowBytes / 2) {
        behind_all = std::max(behind_all, other.start + other.bytes);
      }
    }
    op->address = OneIn(4) ? Page() : OneIn(4) ? area.start + area.bytes : behind_all;
    areas_.push_back({op->address, op->length});
    file_areas_.push_back(areas_.back());
  }

  // An area that maps a file, and a second mapping of the file on the same CPU.
  void AddMappedTwice(std::vector<Op>* ops) {
    const Swarm& swarm = options_.swarm;
    if (!swarm.Has(Verb::kAlias) || !swarm.Has(AreaKind::kFile)) {
      for (int i = 0; i < 2; ++i) ops->push_back(Any());
      return;
    }
    Op map = Start(Verb::kMap);
    Map(&map);
    const bool is_wild = areas_.empty() || areas_.back().start != map.address;
    if (!HasFile(map.kind) && !is_wild) {
      map.kind = AreaKind::kFile;
      map.file_bytes = FileLength(map.length);
      file_areas_.push_back(areas_.back());
    }
    Op alias = Start(Verb::kAlias);
    alias.cpu = map.cpu;
    SetArguments(&alias);
    ops->insert(ops->end(), {map, alias});
  }

  // The length of a file mapped by an area of `bytes` bytes: usually close to a page boundary.
  uint64_t FileLength(uint64_t bytes) {
    if (OneIn(16)) return WildNumber();
    const uint64_t pages = Below(static_cast<int>(bytes / kPageBytes) + 2);
    return pages * kPageBytes + (OneIn(2) ? Below(kPageBytes) : 0);
  }

  // A table of io vectors with arbitrary segments.
  void IoTable(Op* op) {
    op->address -= op->address % 8;
    for (int i = Below(6); i >= 0; --i) {
      const bool is_empty = OneIn(6);
      const uint64_t base = is_empty ? 0 : Address(1);
      const uint64_t length = is_empty ? 0 : OneIn(3) ? Length(base, 1) : Below(200);
      for (const uint64_t number : {base, length}) {
        for (int byte = 0; byte < 8; ++byte) {
          op->pattern.push_back(static_cast<char>(number >> (8 * byte)));
        }
      }
    }
    op->length = op->pattern.size();
    tables_.push_back({op->address, op->length});
  }

  void Pattern(Op* op) {
    if (OneIn(4)) return IoTable(op);
    if (OneIn(3)) {
      op->pattern.assign(1, static_cast<char>(Below(256)));
      op->length = OneIn(8) ? WildNumber() : Below(3 * kPageBytes);
      return;
    }
    constexpr const char* kPieces[] = {"abc",  "\xc3\xa9",     "\xe2\x82\xac", "\xf0\x9d\x84\x9e",
                                       "\x80", "\xed\xa0\x80", "\"\\#\n\t\r",  "=> ok"};
    const int pieces = Below(6);
    for (int i = 0; i < pieces; ++i) op->pattern += OneOf(kPieces);
    if (OneIn(4)) op->pattern.push_back(static_cast<char>(Below(256)));
    if (!OneIn(3)) op->pattern.append(1 + (OneIn(4) ? Below(24) : 0), '\0');
    op->length = op->pattern.size();
  }

  // A short text, usually with enough room, sometimes with a zero byte.
  void Text(Op* op) {
    op->pattern.assign(Below(60), static_cast<char>('a' + Below(26)));
    if (OneIn(3)) op->length = op->pattern.size() + Below(3);
    if (OneIn(6) && !op->pattern.empty()) {
      op->pattern[OneIn(2) ? op->pattern.size() - 1 : Below(static_cast<int>(op->pattern.size()))] =
          '\0';
    }
  }

  // Pointers, usually to areas, in an array that usually ends with a null pointer.
  void Pointers(Op* op) {
    if (!OneIn(6)) op->address &= ~(kPointerBytes - 1);
    for (int left = Below(5); left > 0; --left) AppendPointer(Address(1), &op->pattern);
    if (!OneIn(5)) AppendPointer(0, &op->pattern);
    op->length = op->pattern.size();
    pointer_arrays_.push_back(op->address);
  }

  // A random verb of `verb_class` that is on in the swarm, by weight. If all verbs of the class are
  // off: any verb of the class.
  Verb AnyOf(VerbClass verb_class) {
    const auto is_on = [&](const VerbInfo& info) {
      return info.verb_class == verb_class && options_.swarm.Has(info.verb);
    };
    const auto is_any = [&](const VerbInfo& info) { return info.verb_class == verb_class; };
    const auto& verbs = AllVerbs();
    if (std::any_of(std::begin(verbs), std::end(verbs), is_on)) return AnyVerb(is_on);
    return AnyVerb(is_any);
  }

  // A random verb for which `wanted` is true, by weight. Precondition: there is such a verb.
  template <typename Wanted>
  Verb AnyVerb(Wanted wanted) {
    int total = 0;
    for (const VerbInfo& info : AllVerbs()) {
      if (wanted(info)) total += std::max<int>(info.weight, 1);
    }
    int chosen = Below(total);
    for (const VerbInfo& info : AllVerbs()) {
      if (!wanted(info)) continue;
      chosen -= std::max<int>(info.weight, 1);
      if (chosen < 0) return info.verb;
    }
    return Verb::kFrames;  // never reached
  }

  Op SetUp() {
    Op op = Start(areas_.empty() ? Verb::kMap : AnyOf(VerbClass::kSetUp));
    SetArguments(&op);
    MaybeRace(3, &op);
    return op;
  }

  // Sets the fields of the verb's arguments. Precondition: only the verb and CPU of `op` are set.
  void SetArguments(Op* op) {
    if (op->verb == Verb::kMap) {
      Map(op);
      return;
    }
    const ArgumentList& arguments = InfoOf(op->verb).arguments;
    if (arguments.Has(Argument::kType)) {
      do {
        op->type = static_cast<ElementType>(Below(kElementTypeCount));
      } while (!TakesType(op->verb, op->type));
    }
    if (arguments.Has(Argument::kWord)) {
      op->type = OneIn(2) ? ElementType::kU32 : ElementType::kU64;
    }
    if (arguments.Has(Argument::kAddress)) {
      const uint64_t size = ElementSize(op->type);
      op->address = Address(OneIn(2) ? size : ElementAlign(op->type));
      if (FollowsPointers(op->verb) && !OneIn(4)) op->address &= ~(kPointerBytes - 1);
      if (FollowsPointers(op->verb) && !pointer_arrays_.empty() && OneIn(2)) {
        op->address = pointer_arrays_.back();
      }
    }
    for (const Argument argument : arguments) SetArgument(argument, op);
  }

  void Pages(Op* op) {
    const Range range = PageRange();
    op->address = range.start;
    op->length = range.bytes;
  }

  // Usually some pages more than the area has.
  void GrownBytes(Op* op) {
    const Range area = Area();
    if (!OneIn(8)) op->address = area.start + Below(static_cast<int>(area.bytes));
    op->length = OneIn(8) ? WildNumber() : area.bytes + kPageBytes * Below(6) + Below(2);
  }

  // Mostly an address in an area, and a length of a file for this area.
  void FileBytes(Op* op) {
    const Range area = Area();
    if (!OneIn(8)) op->address = area.start + Below(static_cast<int>(area.bytes));
    op->length = FileLength(area.bytes);
  }

  // Often the number of segments of a table that an earlier operation wrote, and its address.
  void Segments(Op* op) {
    op->segments = OneIn(8) ? WildNumber() : OneIn(16) ? 1023 + Below(3) : Below(6);
    if (tables_.empty() || OneIn(6)) return;
    const Range table = tables_[Below(static_cast<int>(tables_.size()))];
    op->address = table.start;
    if (!OneIn(4)) op->segments = table.bytes / kSegmentBytes;
  }

  // Mostly close to a size that the struct had or has, or to a page.
  void UserSize(Op* op) {
    const uint64_t sizes[] = {FirstSize(op->type), ElementSize(op->type), kPageBytes};
    op->length = OneIn(4) ? Length(op->address, 1) : OneOf(sizes) + Below(9) - 4;
  }

  void ElementsOrOne(Op* op) {
    op->is_single = OneIn(2);
    if (!op->is_single) op->length = Length(op->address, ElementSize(op->type));
  }

  void Kind(Op* op) {
    op->kind = Drawn([&] { return static_cast<AreaKind>(Below(kAreaKindCount)); },
                     [&](AreaKind kind) { return options_.swarm.Has(kind); });
    if (op->kind == AreaKind::kFile) op->file_bytes = FileLength(op->length);
  }

  void Frames(Op* op) {
    op->is_max = OneIn(4);
    if (!op->is_max) op->length = Below(12);
  }

  // Precondition: the type and address of `op` are set.
  void SetArgument(Argument argument, Op* op) {
    switch (argument) {
      case Argument::kType:
      case Argument::kWord:
      case Argument::kAddress:
        break;
      case Argument::kOperand:
        if (!OneIn(3)) op->length = OneIn(2) ? random_() : Below(4);
        break;
      case Argument::kLimit:
        op->length = Below(6);
        break;
      case Argument::kPages:
        Pages(op);
        break;
      case Argument::kBytes:
      case Argument::kRoom:
      case Argument::kBound:
      case Argument::kElements:
        op->length = NearestLength(op->verb, op->type, Length(op->address, ElementSize(op->type)));
        break;
      case Argument::kSegments:
        Segments(op);
        break;
      case Argument::kUserSize:
        UserSize(op);
        break;
      case Argument::kElementsOrOne:
        ElementsOrOne(op);
        break;
      case Argument::kFileBytes:
        FileBytes(op);
        break;
      case Argument::kGrownBytes:
        GrownBytes(op);
        break;
      case Argument::kPattern:
        Pattern(op);
        break;
      case Argument::kText:
        Text(op);
        break;
      case Argument::kAddresses:
        Pointers(op);
        break;
      case Argument::kStrings:
        op->max_strings = OneIn(16) ? WildNumber() : Below(5);
        break;
      case Argument::kFrom:
        MapAgain(op);
        break;
      case Argument::kPerms:
        op->perms = static_cast<Perms>(Below(8));
        break;
      case Argument::kKind:
        Kind(op);
        break;
      case Argument::kInjectPoint:
        op->inject_point = static_cast<InjectPoint>(Below(kInjectPointCount));
        break;
      case Argument::kSpaceNumber:
        op->length = OneIn(4) ? 1 : 0;  // most of the areas are in 0
        break;
      case Argument::kNth:
        op->length = OneIn(16) ? WildNumber() : Below(8);
        break;
      case Argument::kFrames:
        Frames(op);
        break;
    }
  }

  // An access whose task sleeps at some point of it, what happens meanwhile, and often a change
  // before, by which the access faults.
  static constexpr int kOpsOfASleep = 5;
  void AddSleep(std::vector<Op>* ops) {
    const Swarm& swarm = options_.swarm;
    if (!options_.races || !swarm.Has(Verb::kSleep) || !swarm.has_races()) {
      for (int i = 0; i < kOpsOfASleep; ++i) ops->push_back(Any());
      return;
    }
    const auto any_point = [&] {
      return OneIn(2) ? RacePoint::kFault : static_cast<RacePoint>(Below(kRacePointCount));
    };
    const RacePoint point = Drawn(any_point, [&](RacePoint drawn) { return swarm.Has(drawn); });
    const bool evicts = swarm.Has(Verb::kEvict) && swarm.Has(RacePoint::kCheck);
    Op evict = evicts ? Start(Verb::kEvict) : SetUp();
    if (evicts) {
      SetArguments(&evict);
      evict.race = Race{RacePoint::kCheck, 1};
    }
    Op sleep = Start(Verb::kSleep);
    sleep.race = Race{point, static_cast<uint32_t>(1 + Below(2))};
    Op other = Start(AnyOf(OneIn(3) ? VerbClass::kSetUp : VerbClass::kLibrary));
    SetArguments(&other);
    other.race = sleep.race;
    const bool changes_space = swarm.Has(Verb::kSpace);
    Op space = changes_space ? Start(Verb::kSpace) : SetUp();
    if (changes_space) {
      space.cpu = other.cpu;
      SetArguments(&space);
      space.race = sleep.race;
    }
    Op access = Start(AnyOf(VerbClass::kLibrary));
    SetArguments(&access);
    ops->insert(ops->end(), {evict, sleep, space, other, access});
  }

  void MaybeRace(int one_in, Op* op) {
    if (!options_.races || !OneIn(one_in) || !options_.swarm.has_races()) return;
    const uint32_t nth = OneIn(16) ? static_cast<uint32_t>(random_() | 1) : 1 + Below(3);
    const auto any_point = [&] { return static_cast<RacePoint>(Below(kRacePointCount)); };
    const auto is_on = [&](RacePoint point) { return options_.swarm.Has(point); };
    op->race = Race{Drawn(any_point, is_on), nth};
    // An access has many loads, so larger numbers are useful.
    if (op->race->point == RacePoint::kLoad) op->race->nth *= 1 + Below(40);
    if (op->race->nth == 0) op->race->nth = 1;
  }

  // Close to an edge of an area or of a page in it, in steps of `size`.
  uint64_t Address(uint64_t size) {
    if (OneIn(12)) return WildAddress();
    const Range area = Area();
    const uint64_t edges[] = {area.start, area.start, area.start + area.bytes,
                              area.start + kPageBytes * Below(4), Page()};
    return edges[Place(std::size(edges))] + size * (Below(9) - 4) + (OneIn(6) ? Below(8) : 0);
  }

  uint64_t Length(uint64_t address, uint64_t size) {
    const Range area = Area();
    switch (Form(8)) {
      case 0:
        return Below(3);
      case 1:
        return kPageBytes / size + Below(3) - 1;
      case 2:
        return (area.start + area.bytes - address) / size + Below(3) - 1;
      case 3:
        return (kPageBytes - address % kPageBytes) / size + Below(3) - 1;
      case 4:
        return (OneIn(2) ? UINT64_MAX : UINT64_MAX >> 1) / size + Below(5) - 2;
      case 5:
        return OneIn(4) ? WildNumber() : Below(5);
      default:
        return Below(64);
    }
  }

  Op Access() {
    const bool is_kernel = options_.kernel_accesses && OneIn(50);
    const VerbClass by_others = is_kernel ? VerbClass::kKernel : VerbClass::kUser;
    Op op = Start(AnyOf(is_kernel || OneIn(8) ? by_others : VerbClass::kLibrary));
    SetArguments(&op);
    MaybeRace(8, &op);
    if (options_.expectations && OneIn(2)) op.expect = Expectation(op.race.has_value());
    return op;
  }

  StatedExpectation Expectation(bool is_race) {
    constexpr ViolationKind kViolations[] = {ViolationKind::kAccessResult,
                                             ViolationKind::kFaultKernelBug,
                                             ViolationKind::kTimeUnbounded};
    StatedExpectation expect;
    if (is_race) {
      expect.kind = StatedExpectation::Kind::kNever;
      return expect;
    }
    switch (Below(4)) {
      case 0:
        expect.kind = StatedExpectation::Kind::kOk;
        break;
      case 1:
        expect.kind = StatedExpectation::Kind::kOk;
        expect.length = OneIn(4) ? WildNumber() : Below(100);
        if (OneIn(2)) expect.fingerprint = random_();
        break;
      case 2:
        expect.kind = StatedExpectation::Kind::kError;
        expect.error = OneOf(kErrors);
        if (OneIn(3)) expect.length = OneIn(4) ? WildNumber() : Below(100);
        break;
      default:
        expect.kind = StatedExpectation::Kind::kViolation;
        expect.violation = OneOf(kViolations);
    }
    return expect;
  }

  std::mt19937_64& random_;
  const RandomScenarioOptions options_;
  int cpus_ = 1;
  std::vector<Range> areas_;
  std::vector<Range> file_areas_;
  std::vector<Range> tables_;  // of io vectors
  std::vector<uint64_t> pointer_arrays_;
};

}  // namespace

Scenario RandomScenario(std::mt19937_64& random, const RandomScenarioOptions& options) {
  return Generator(random, options).Run();
}

Scenario RandomPair(std::mt19937_64& random, const RandomScenarioOptions& options, Verb first,
                    Verb second) {
  return Generator(random, options).RunPair(first, second);
}

}  // namespace sim
