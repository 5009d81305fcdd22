// Scenario to text. The counterpart, text to scenario, is scenario_text.cc.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/scenario/names.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

std::string Hex(uint64_t value) { return absl::StrCat("0x", absl::Hex(value)); }

// A number of elements or frames. Large numbers are printed in hexadecimal, because their bits
// matter.
std::string Count(uint64_t value) {
  return value <= kMaxDecimalCount ? absl::StrCat(value) : Hex(value);
}

// `bytes` between quotes, in pure ASCII.
std::string Quoted(const std::string& bytes) {
  std::string text = "\"";
  for (const char c : bytes) {
    switch (c) {
      case '\0':
        text += "\\0";
        break;
      case '\n':
        text += "\\n";
        break;
      case '\t':
        text += "\\t";
        break;
      case '\\':
        text += "\\\\";
        break;
      case '"':
        text += "\\\"";
        break;
      default:
        if (c >= 0x20 && c < 0x7f) {
          text += c;
        } else {
          absl::StrAppendFormat(&text, "\\x%02x", static_cast<uint8_t>(c));
        }
    }
  }
  text += '"';
  return text;
}

uint64_t LittleEndian(const std::string& bytes, size_t at) {
  uint64_t number = 0;
  for (size_t i = 8; i > 0; --i) number = number << 8 | static_cast<uint8_t>(bytes[at + i - 1]);
  return number;
}

// Whether to print the bytes as a table of io vectors: each entry is empty or names user memory.
bool IsIoTable(const std::string& bytes) {
  bool has_address = false;
  for (size_t at = 0; at + kSegmentBytes <= bytes.size(); at += kSegmentBytes) {
    const uint64_t base = LittleEndian(bytes, at);
    const bool is_users = base >= kWindowStart - kPageBytes && base <= kWindowEnd;
    if (base != 0 && !is_users) return false;
    has_address = has_address || is_users;
  }
  return has_address && bytes.size() % kSegmentBytes == 0;
}

std::string IoTable(const std::string& bytes) {
  std::string text = "iov";
  for (size_t at = 0; at < bytes.size(); at += kSegmentBytes) {
    absl::StrAppend(&text, " ", Hex(LittleEndian(bytes, at)), " ",
                    Count(LittleEndian(bytes, at + 8)));
  }
  return text;
}

std::string Pattern(const Op& op) {
  if (op.length == op.pattern.size() && IsIoTable(op.pattern)) return IoTable(op.pattern);
  if (op.length == op.pattern.size()) return Quoted(op.pattern);
  // An empty pattern with a length has no text form. Print a descriptive text instead.
  const uint8_t byte = op.pattern.empty() ? 0 : static_cast<uint8_t>(op.pattern[0]);
  return absl::StrCat(Hex(op.length), " ", Hex(byte));
}

std::string Addresses(const std::string& pattern) {
  std::string text;
  for (size_t at = 0; at + kPointerBytes <= pattern.size(); at += kPointerBytes) {
    absl::StrAppend(&text, text.empty() ? "" : " ", Hex(PointerAt(pattern, at)));
  }
  return text;
}

// Empty for an argument that is left out.
std::string OneArgument(Argument argument, const Op& op) {
  switch (argument) {
    case Argument::kType:
    case Argument::kWord:
      return std::string(ElementTypeName(op.type));
    case Argument::kAddress:
      return Hex(op.address);
    case Argument::kPages:
    case Argument::kBytes:
    case Argument::kRoom:
    case Argument::kUserSize:
    case Argument::kBound:
    case Argument::kFileBytes:
    case Argument::kGrownBytes:
    case Argument::kOperand:
      return Hex(op.length);
    case Argument::kSegments:
      return Count(op.segments);
    case Argument::kInjectPoint:
      return std::string(InjectPointName(op.inject_point));
    case Argument::kElements:
    case Argument::kLimit:
    case Argument::kNth:
    case Argument::kSpaceNumber:
      return Count(op.length);
    case Argument::kElementsOrOne:
      return op.is_single ? "" : Count(op.length);
    case Argument::kPattern:
      return Pattern(op);
    case Argument::kText:
      return Quoted(op.pattern);
    case Argument::kAddresses:
      return Addresses(op.pattern);
    case Argument::kStrings:
      return Count(op.max_strings);
    case Argument::kFrom:
      return Hex(op.from);
    case Argument::kPerms:
      return std::string(PermsName(op.perms));
    case Argument::kKind:
      return absl::StrCat(AreaKindName(op.kind),
                          op.kind == AreaKind::kFile ? absl::StrCat(":", Hex(op.file_bytes)) : "");
    case Argument::kFrames:
      return op.is_max ? "max" : Count(op.length);
  }
  return "";
}

std::string Arguments(const Op& op) {
  std::string text;
  for (const Argument argument : InfoOf(op.verb).arguments) {
    const std::string word = OneArgument(argument, op);
    if (!word.empty()) absl::StrAppend(&text, " ", word);
  }
  return text;
}

}  // namespace

std::string PrintMachine(const MachineConfig& machine) {
  return absl::StrCat("machine cpus=", machine.cpus,
                      " frames=", machine.frames ? Count(*machine.frames) : "max",
                      " lock=", machine.lock ? "on" : "off", machine.smap ? " smap=on" : "");
}

std::string PrintExpectation(const StatedExpectation& expectation) {
  switch (expectation.kind) {
    case StatedExpectation::Kind::kNone:
      return "";
    case StatedExpectation::Kind::kOk: {
      std::string text = "ok";
      if (expectation.length) absl::StrAppend(&text, " len=", Count(*expectation.length));
      if (expectation.fingerprint) {
        absl::StrAppendFormat(&text, " fnv=%016x", *expectation.fingerprint);
      }
      return text;
    }
    case StatedExpectation::Kind::kError:
      return absl::StrCat(
          ErrnoName(expectation.error),
          expectation.length ? absl::StrCat(" done=", Count(*expectation.length)) : "");
    case StatedExpectation::Kind::kViolation:
      return absl::StrCat("violation ", ViolationName(expectation.violation));
    case StatedExpectation::Kind::kNever:
      return "never";
  }
  return "";
}

std::string PrintOp(const Op& op) {
  std::string text;
  if (op.cpu != 0) absl::StrAppend(&text, "@", op.cpu, " ");
  if (op.race) {
    absl::StrAppend(&text, "race ", RacePointName(op.race->point), " ", Count(op.race->nth), " ");
  }
  absl::StrAppend(&text, VerbName(op.verb), Arguments(op));
  if (op.expect.kind != StatedExpectation::Kind::kNone) {
    absl::StrAppend(&text, " => ", PrintExpectation(op.expect));
  }
  return text;
}

std::string PrintScenario(const Scenario& scenario) {
  std::string text = absl::StrCat(PrintMachine(scenario.machine), "\n");
  for (const Op& op : scenario.ops) absl::StrAppend(&text, PrintOp(op), "\n");
  return text;
}

std::string PrintOutcome(Verb verb, const Outcome& outcome) {
  if (outcome.kind == Outcome::Kind::kOk && !IsLibraryAccess(verb)) return "ok";
  if (outcome.kind == Outcome::Kind::kError && ReportsDone(verb)) {
    return absl::StrCat(ErrnoName(outcome.error), " done=", Count(outcome.length));
  }
  return PrintOutcome(outcome);
}

std::string PrintOutcome(const Outcome& outcome) {
  const std::string kind = OutcomeKindName(outcome);
  if (outcome.kind == Outcome::Kind::kOk) {
    return absl::StrFormat("%s len=%s fnv=%016x", kind, Count(outcome.length), outcome.fingerprint);
  }
  if (outcome.kind == Outcome::Kind::kError && outcome.length != 0) {
    return absl::StrCat(kind, " done=", Count(outcome.length));
  }
  return kind;
}

}  // namespace sim
