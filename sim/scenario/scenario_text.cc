// Text to scenario. The counterpart, scenario to text, is scenario_print.cc.
//
// LineParser implements the grammar. Its base class LineReader reads words, numbers and strings,
// and reports mistakes in them.
#include "sim/scenario/scenario_text.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "sim/scenario/line_reader.h"
#include "sim/scenario/names.h"
#include "sim/scenario/violation_names.h"

namespace sim {
namespace {

constexpr absl::string_view kSomeVerbs = "a verb such as map, fill, const.get or race";
constexpr absl::string_view kSomeRacedVerbs = "a verb such as unmap, fill or user.load";
// Of a race line.
constexpr absl::string_view kRaceOutcome = "never, all that a race line may state of its outcome";
constexpr absl::string_view kSomeOutcomes = "ok, an error such as EFAULT, or violation NAME";

bool BeginsWith(const Word& word, char c) { return !word.text.empty() && word.text[0] == c; }

// "a, b, c" of the names of the values 0..count-1.
template <typename Value>
std::string AllNames(int count, absl::string_view (*name_of)(Value)) {
  std::string names;
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&names, i == 0 ? "" : ", ", name_of(static_cast<Value>(i)));
  }
  return names;
}

// "a violation: access.result, ..."
std::string KnownViolations() {
  return absl::StrCat("a violation: ", absl::StrJoin(kViolationNames, ", "));
}

class LineParser : public LineReader {
 public:
  using LineReader::LineReader;

  bool Machine(MachineConfig* machine);
  bool Operation(int cpus, Op* op);

 private:
  bool Type(Verb verb, ElementType* type) {
    static const std::string& types =
        *new std::string(absl::StrCat("a type: ", AllNames(kElementTypeCount, &ElementTypeName)));
    const Word word = Peek();
    if (!Name(&ElementTypeFromName, types, type)) return false;
    return TakesType(verb, *type) || Unexpected(word, "a struct: a type of at most a page");
  }
  bool Permissions(Perms* perms) {
    return Name(&PermsFromName, "permissions from --- to rwx", perms);
  }
  bool Kind(Op* op);
  bool Point(RacePoint* point) {
    static const std::string& points =
        *new std::string(absl::StrCat("a race point: ", AllNames(kRacePointCount, &RacePointName)));
    return Name(&RacePointFromName, points, point);
  }
  bool Address(uint64_t* address) { return Number("an address", address); }
  bool Length(Verb verb, uint64_t* bytes) {
    const Word word = Next();
    return NumberIn(word, word.text, "a length in bytes", bytes, MaxLength(verb));
  }

  // Parses a number of frames; nothing: max.
  bool FrameCount(const Word& word, absl::string_view text, std::optional<uint64_t>* frames) {
    frames->reset();
    if (text == "max") return true;
    return NumberIn(word, text, "a number of frames, or max", &frames->emplace());
  }

  // Keys of a `machine` line.
  enum class Key { kCpuCount, kFrameCount, kLock, kSmap };

  // `*seen` has bit 1 << key for each key of an earlier setting of the line.
  bool Setting(const Word& word, MachineConfig* machine, unsigned* seen);
  bool CpuCount(const Word& word, absl::string_view text, int* cpus);
  bool Cpu(int cpus, uint8_t* cpu);
  bool RaceAndVerb(Op* op);
  bool Arguments(Op* op);
  bool OneArgument(Argument argument, Op* op);
  bool InjectedPoint(InjectPoint* point);
  bool Pattern(Op* op);
  bool IoTable(Op* op);
  bool Text(std::string* text);
  bool Addresses(Op* op);
  bool Elements(const Op& op, uint64_t* length);
  bool AccessLength(Op* op);
  bool Expectation(bool is_race, StatedExpectation* expect);
  bool ExpectedOk(StatedExpectation* expect);
  bool ExpectedError(const Word& word, StatedExpectation* expect);
  bool Done(StatedExpectation* expect);
};

// Parses a kind's name; after the kind of a file, ":BYTES".
bool LineParser::Kind(Op* op) {
  constexpr absl::string_view kFilePrefix = "file:";
  const Word word = Next();
  if (absl::StartsWith(word.text, kFilePrefix)) {
    op->kind = AreaKind::kFile;
    return NumberIn(word, word.text.substr(kFilePrefix.size()),
                    "file:BYTES, a file's length in bytes", &op->file_bytes);
  }
  const std::optional<AreaKind> kind = AreaKindFromName(word.text);
  if (!kind || *kind == AreaKind::kFile) {
    return Unexpected(word,
                      absl::StrCat("a kind: ", AllNames(kAreaKindCount, &AreaKindName), ":BYTES"));
  }
  op->kind = *kind;
  return true;
}

bool LineParser::Setting(const Word& word, MachineConfig* machine, unsigned* seen) {
  constexpr absl::string_view kSettings = "cpus=N, frames=N, lock=on|off or smap=on|off, each once";
  static constexpr absl::string_view kKeys[] = {"cpus", "frames", "lock", "smap"};  // as in Key
  const size_t equals = word.text.find('=');
  if (equals == absl::string_view::npos) return Unexpected(word, kSettings);
  const absl::string_view value = word.text.substr(equals + 1);
  const auto* const found =
      std::find(std::begin(kKeys), std::end(kKeys), word.text.substr(0, equals));
  const auto key = static_cast<Key>(found - kKeys);
  const unsigned bit = 1u << (found - kKeys);
  if (found == std::end(kKeys) || (*seen & bit) != 0) return Unexpected(word, kSettings);
  *seen |= bit;
  if (key == Key::kFrameCount) return FrameCount(word, value, &machine->frames);
  if (key == Key::kCpuCount) return CpuCount(word, value, &machine->cpus);
  if (value != "on" && value != "off") return Unexpected(word, kSettings);
  (key == Key::kLock ? machine->lock : machine->smap) = value == "on";
  return true;
}

bool LineParser::CpuCount(const Word& word, absl::string_view text, int* cpus) {
  static const std::string& expected =
      *new std::string(absl::StrCat("a number of CPUs from 1 to ", kMaxCpus));
  uint64_t number = 0;
  if (!NumberIn(word, text, expected, &number)) return false;
  if (number < 1 || number > kMaxCpus) return Unexpected(word, expected);
  *cpus = static_cast<int>(number);
  return true;
}

// Parses a `machine` line. The word `machine` is not yet consumed.
bool LineParser::Machine(MachineConfig* machine) {
  Next();
  unsigned seen = 0;
  for (Word word = Next(); !word.text.empty(); word = Next()) {
    if (!Setting(word, machine, &seen)) return false;
  }
  return true;
}

bool LineParser::Cpu(int cpus, uint8_t* cpu) {
  const Word word = Peek();
  if (!BeginsWith(word, '@')) return true;
  Next();
  uint64_t number = 0;
  if (ReadNumber(word.text.substr(1), &number) != NumberMistake::kNone ||
      number >= static_cast<uint64_t>(cpus)) {
    return Unexpected(word, absl::StrCat("a CPU of this machine, @0 to @", cpus - 1));
  }
  *cpu = static_cast<uint8_t>(number);
  return true;
}

bool LineParser::RaceAndVerb(Op* op) {
  if (Peek().text != "race") return Name(&VerbFromName, kSomeVerbs, &op->verb);
  Next();
  Race race;
  if (!Point(&race.point)) return false;
  const Word word = Next();
  uint64_t nth = 0;
  constexpr uint64_t kMaxNth = std::numeric_limits<uint32_t>::max();
  const absl::string_view expected = "which time the point is reached, from 1";
  if (!NumberIn(word, word.text, expected, &nth, kMaxNth)) return false;
  if (nth == 0) return Unexpected(word, expected);
  race.nth = static_cast<uint32_t>(nth);
  op->race = race;
  return Name(&VerbFromName, kSomeRacedVerbs, &op->verb);
}

bool LineParser::OneArgument(Argument argument, Op* op) {
  switch (argument) {
    case Argument::kType:
      return Type(op->verb, &op->type);
    case Argument::kWord:
      return Name(&WordFromName, "a word: u32, u64", &op->type);
    case Argument::kAddress:
      return Address(&op->address);
    case Argument::kPages:
    case Argument::kBytes:
    case Argument::kRoom:
    case Argument::kUserSize:
    case Argument::kBound:
      return Length(op->verb, &op->length);
    case Argument::kSegments:
      return Number("a number of segments", &op->segments);
    case Argument::kFileBytes:
      return Number("a file's length in bytes", &op->length);
    case Argument::kFrom:
      return Number("an address of a mapped file", &op->from);
    case Argument::kGrownBytes:
      return Number("the most bytes of an area", &op->length);
    case Argument::kElements:
      return Elements(*op, &op->length);
    case Argument::kOperand:
      return Number("a value", &op->length);
    case Argument::kLimit: {
      const Word word = Next();
      return NumberIn(word, word.text, "a number of calls", &op->length, MaxLength(op->verb));
    }
    case Argument::kElementsOrOne:
      return AccessLength(op);
    case Argument::kPattern:
      return Pattern(op);
    case Argument::kText:
      return Text(&op->pattern);
    case Argument::kAddresses:
      return Addresses(op);
    case Argument::kStrings:
      return Number("a number of strings", &op->max_strings);
    case Argument::kPerms:
      return Permissions(&op->perms);
    case Argument::kKind:
      return Kind(op);
    case Argument::kInjectPoint:
      return InjectedPoint(&op->inject_point);
    case Argument::kSpaceNumber: {
      const Word word = Next();
      return NumberIn(word, word.text, "an address space: 0, 1", &op->length, MaxLength(op->verb));
    }
    case Argument::kNth:
      return Number("which time it fails, from 1", &op->length);
    case Argument::kFrames: {
      const Word word = Next();
      std::optional<uint64_t> frames;
      if (!FrameCount(word, word.text, &frames)) return false;
      op->is_max = !frames;
      op->length = frames.value_or(0);
      return true;
    }
  }
  return false;
}

bool LineParser::InjectedPoint(InjectPoint* point) {
  static const std::string& points =
      *new std::string(absl::StrCat("what fails: ", AllNames(kInjectPointCount, &InjectPointName)));
  return Name(&InjectPointFromName, points, point);
}

bool LineParser::Arguments(Op* op) {
  for (const Argument argument : InfoOf(op->verb).arguments) {
    if (!OneArgument(argument, op)) return false;
  }
  return true;
}

// Parses a length in elements of the type of `op`, which is already parsed.
bool LineParser::Elements(const Op& op, uint64_t* length) {
  const Word word = Peek();
  if (!Number("a length in elements", length)) return false;
  if (TakesLength(op.verb, op.type, *length)) return true;
  const uint64_t size = ElementSize(op.type);
  return Unexpected(word, absl::StrCat("a length in elements: at most ", kMaxCopiedBytes / size,
                                       ", or more than ", kMaxObjectBytes / size));
}

bool LineParser::AccessLength(Op* op) {
  const Word word = Peek();
  if (word.text.empty() || word.text == "=>") {
    op->is_single = true;
    return true;
  }
  return Number("a length in elements", &op->length);
}

bool LineParser::Pattern(Op* op) {
  if (BeginsWith(Peek(), '"')) {
    if (!String(kMaxFillBytes, &op->pattern)) return false;
    op->length = op->pattern.size();
    return true;
  }
  if (Peek().text == "iov") return IoTable(op);
  uint64_t byte = 0;
  if (!Number("a string, iov, or a length in bytes", &op->length)) return false;
  const Word word = Next();
  if (!NumberIn(word, word.text, "a byte", &byte, 0xff)) return false;
  op->pattern.assign(1, static_cast<char>(byte));
  return true;
}

// Parses `iov`, and then the base and the length of each io vector.
bool LineParser::IoTable(Op* op) {
  Next();
  do {
    uint64_t base = 0;
    uint64_t length = 0;
    if (!Address(&base) || !Number("a length in bytes", &length)) return false;
    AppendPointer(base, &op->pattern);
    AppendPointer(length, &op->pattern);
  } while (!Peek().text.empty() && Peek().text != "=>" && op->pattern.size() < kMaxFillBytes);
  op->length = op->pattern.size();
  return true;
}

bool LineParser::Text(std::string* text) {
  const Word word = Peek();
  if (!BeginsWith(word, '"')) return Unexpected(word, "a string");
  return String(kMaxCopiedBytes, text);
}

// Parses addresses to the end of the operation.
bool LineParser::Addresses(Op* op) {
  for (Word word = Peek(); !word.text.empty() && word.text != "=>"; word = Peek()) {
    uint64_t address = 0;
    if (op->pattern.size() == kMaxFillBytes) return Unexpected(word, "fewer addresses");
    if (!Address(&address)) return false;
    AppendPointer(address, &op->pattern);
  }
  op->length = op->pattern.size();
  return true;
}

bool LineParser::ExpectedOk(StatedExpectation* expect) {
  expect->kind = StatedExpectation::Kind::kOk;
  if (!absl::StartsWith(Peek().text, "len=")) return true;
  const Word length = Next();
  uint64_t number = 0;
  if (!NumberIn(length, length.text.substr(4), "len=N, a number of elements", &number))
    return false;
  expect->length = number;
  if (!absl::StartsWith(Peek().text, "fnv=")) return true;
  const Word fingerprint = Next();
  const absl::string_view digits = fingerprint.text.substr(4);
  if (ReadHexDigits(digits, &number) != NumberMistake::kNone) {
    return Unexpected(fingerprint, "fnv=H, 1 to 16 hexadecimal digits without 0x");
  }
  expect->fingerprint = number;
  return true;
}

// Parses `done=N`, or nothing.
bool LineParser::Done(StatedExpectation* expect) {
  if (!absl::StartsWith(Peek().text, "done=")) return true;
  const Word done = Next();
  uint64_t number = 0;
  if (!NumberIn(done, done.text.substr(5), "done=N, a number of bytes", &number)) return false;
  expect->length = number;
  return true;
}

// Parses an error's name, or `errno` and a number, and the bytes done before the error. `word` is
// the first word, already consumed.
bool LineParser::ExpectedError(const Word& word, StatedExpectation* expect) {
  expect->kind = StatedExpectation::Kind::kError;
  if (word.text != "errno") {
    const std::optional<int> error = ErrnoFromName(word.text);
    if (!error) return Unexpected(word, kSomeOutcomes);
    expect->error = *error;
    return Done(expect);
  }
  const Word number = Next();
  uint64_t error = 0;
  if (!NumberIn(number, number.text, "an error's number", &error, kMaxErrno)) return false;
  if (error == 0) return Unexpected(number, "an error's number, from 1");
  expect->error = static_cast<int>(error);
  return Done(expect);
}

// Parses the expectation after the arguments, to the end of the line.
bool LineParser::Expectation(bool is_race, StatedExpectation* expect) {
  if (Peek().text != "=>") {
    const Word rest = Peek();
    return rest.text.empty() || Unexpected(rest, "=> or the end of the line");
  }
  Next();
  const Word word = Next();
  if (is_race) {
    if (word.text != "never") return Unexpected(word, kRaceOutcome);
    expect->kind = StatedExpectation::Kind::kNever;
  } else if (word.text == "ok") {
    if (!ExpectedOk(expect)) return false;
  } else if (word.text == "violation") {
    const Word name = Next();
    const std::optional<ViolationKind> violation = ViolationFromName(name.text);
    if (!violation) return Unexpected(name, KnownViolations());
    expect->kind = StatedExpectation::Kind::kViolation;
    expect->violation = *violation;
  } else if (!ExpectedError(word, expect)) {
    return false;
  }
  const Word rest = Peek();
  return rest.text.empty() || Unexpected(rest, "the end of the line");
}

bool LineParser::Operation(int cpus, Op* op) {
  op->line = line_number();
  if (!Cpu(cpus, &op->cpu) || !RaceAndVerb(op) || !Arguments(op)) return false;
  return Expectation(op->race.has_value(), &op->expect);
}

}  // namespace

absl::StatusOr<Scenario> ParseScenario(absl::string_view text, absl::string_view file_name) {
  constexpr size_t kUsualLineBytes = 32;
  Scenario scenario;
  bool is_first = true;
  for (int line_number = 1; !text.empty(); ++line_number) {
    const size_t end = std::min(text.find('\n'), text.size());
    absl::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    absl::ConsumeSuffix(&line, "\r");
    LineParser parser(file_name, line_number, line);
    if (line.size() > kMaxLineBytes) {
      parser.Mistake(kMaxLineBytes + 1, "the line is too long",
                     absl::StrCat("at most ", kMaxLineBytes, " bytes"));
      return parser.status();
    }
    const Word word = parser.Peek();
    if (word.text.empty()) continue;
    if (word.text == "machine") {
      if (!is_first) {
        parser.Mistake(word.column, "machine after another line", "it on the first line only");
        return parser.status();
      }
      if (!parser.Machine(&scenario.machine)) return parser.status();
    } else {
      if (scenario.ops.size() == kMaxTextOps) {
        parser.Mistake(word.column, "too many operations",
                       absl::StrCat("at most ", kMaxTextOps, " in a scenario"));
        return parser.status();
      }
      if (scenario.ops.empty())
        scenario.ops.reserve((line.size() + text.size()) / kUsualLineBytes + 1);
      if (!parser.Operation(scenario.machine.cpus, &scenario.ops.emplace_back())) {
        return parser.status();
      }
    }
    is_first = false;
  }
  return scenario;
}

bool LooksLikeText(absl::string_view bytes) {
  for (const char c : bytes) {
    const bool is_control = static_cast<uint8_t>(c) < 0x20 || c == 0x7f;
    if (is_control && c != '\t' && c != '\n' && c != '\r') return false;
  }
  while (!bytes.empty()) {
    const size_t end = std::min(bytes.find('\n'), bytes.size());
    absl::string_view line = absl::StripAsciiWhitespace(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    if (line.empty() || line[0] == '#') continue;
    const absl::string_view word = line.substr(0, line.find_first_of(" \t#"));
    return word == "machine" || word == "race" || word[0] == '@' || VerbFromName(word).has_value();
  }
  return true;
}

}  // namespace sim
