// Scenario to text. The counterpart, text to scenario, is scenario_text.cc.
#include "absl/strings/str_cat.h"
#include "sim/scenario/names.h"
#include "sim/scenario/scenario_text.h"

namespace sim {
namespace {

// Each function appends to `*text`; nothing is printed to a string of its own first.

// `before`, then the number in hexadecimal.
void AppendHex(absl::string_view before, uint64_t value, std::string* text) {
  absl::StrAppend(text, before, "0x", absl::Hex(value));
}

// `before`, then a number of elements or frames. Large numbers are printed in hexadecimal, because
// their bits matter.
void AppendCount(absl::string_view before, uint64_t value, std::string* text) {
  if (value > kMaxDecimalCount) return AppendHex(before, value, text);
  absl::StrAppend(text, before, value);
}

// The letter after the backslash of the escape of `c`; 0: the escape is \xHH.
char EscapeLetter(char c) {
  switch (c) {
    case '\0':
      return '0';
    case '\n':
      return 'n';
    case '\t':
      return 't';
    case '\\':
    case '"':
      return c;
    default:
      return 0;
  }
}

// At namespace scope, because AddressSanitizer copies a function-local array to the stack.
constexpr char kHexDigits[] = "0123456789abcdef";
constexpr size_t kEscapeBytes = 4;

// Writes `c` to `to`, in at most kEscapeBytes bytes of ASCII. Returns the end of these bytes.
char* WriteQuotedByte(char c, char* to) {
  const char letter = EscapeLetter(c);
  if (letter == 0 && c >= 0x20 && c < 0x7f) {
    *to++ = c;
    return to;
  }
  *to++ = '\\';
  if (letter != 0) {
    *to++ = letter;
    return to;
  }
  const auto byte = static_cast<uint8_t>(c);
  *to++ = 'x';
  *to++ = kHexDigits[byte >> 4];
  *to++ = kHexDigits[byte & 15];
  return to;
}

// A space, then `bytes` between quotes, in pure ASCII.
void AppendQuoted(const std::string& bytes, std::string* text) {
  text->append(" \"");
  const size_t start = text->size();
  text->resize(start + kEscapeBytes * bytes.size());
  char* end = text->data() + start;
  for (const char c : bytes) end = WriteQuotedByte(c, end);
  text->resize(static_cast<size_t>(end - text->data()));
  text->push_back('"');
}

// Whether to print the bytes as a table of io vectors: each entry is empty or names user memory.
bool IsIoTable(const std::string& bytes) {
  bool has_address = false;
  for (size_t at = 0; at + kSegmentBytes <= bytes.size(); at += kSegmentBytes) {
    const uint64_t base = PointerAt(bytes, at);
    const bool is_users = base >= kWindowStart - kPageBytes && base <= kWindowEnd;
    if (base != 0 && !is_users) return false;
    has_address = has_address || is_users;
  }
  return has_address && bytes.size() % kSegmentBytes == 0;
}

void AppendIoTable(const std::string& bytes, std::string* text) {
  text->append(" iov");
  for (size_t at = 0; at < bytes.size(); at += kSegmentBytes) {
    AppendHex(" ", PointerAt(bytes, at), text);
    AppendCount(" ", PointerAt(bytes, at + kPointerBytes), text);
  }
}

void AppendPattern(const Op& op, std::string* text) {
  if (op.length == op.pattern.size()) {
    if (IsIoTable(op.pattern)) return AppendIoTable(op.pattern, text);
    return AppendQuoted(op.pattern, text);
  }
  // An empty pattern with a length has no text form. Print a descriptive text instead.
  const uint8_t byte = op.pattern.empty() ? 0 : static_cast<uint8_t>(op.pattern[0]);
  AppendHex(" ", op.length, text);
  AppendHex(" ", byte, text);
}

void AppendAddresses(const std::string& pattern, std::string* text) {
  for (size_t at = 0; at + kPointerBytes <= pattern.size(); at += kPointerBytes) {
    AppendHex(" ", PointerAt(pattern, at), text);
  }
}

// A space and the argument; nothing for an argument that is left out.
void AppendArgument(Argument argument, const Op& op, std::string* text) {
  switch (argument) {
    case Argument::kType:
    case Argument::kWord:
      return absl::StrAppend(text, " ", ElementTypeName(op.type));
    case Argument::kAddress:
      return AppendHex(" ", op.address, text);
    case Argument::kPages:
    case Argument::kBytes:
    case Argument::kRoom:
    case Argument::kUserSize:
    case Argument::kBound:
    case Argument::kFileBytes:
    case Argument::kGrownBytes:
    case Argument::kOperand:
      return AppendHex(" ", op.length, text);
    case Argument::kSegments:
      return AppendCount(" ", op.segments, text);
    case Argument::kInjectPoint:
      return absl::StrAppend(text, " ", InjectPointName(op.inject_point));
    case Argument::kElements:
    case Argument::kLimit:
    case Argument::kNth:
    case Argument::kSpaceNumber:
      return AppendCount(" ", op.length, text);
    case Argument::kElementsOrOne:
      if (!op.is_single) AppendCount(" ", op.length, text);
      return;
    case Argument::kPattern:
      return AppendPattern(op, text);
    case Argument::kText:
      return AppendQuoted(op.pattern, text);
    case Argument::kAddresses:
      return AppendAddresses(op.pattern, text);
    case Argument::kStrings:
      return AppendCount(" ", op.max_strings, text);
    case Argument::kFrom:
      return AppendHex(" ", op.from, text);
    case Argument::kPerms:
      return absl::StrAppend(text, " ", PermsName(op.perms));
    case Argument::kKind:
      absl::StrAppend(text, " ", AreaKindName(op.kind));
      if (op.kind == AreaKind::kFile) AppendHex(":", op.file_bytes, text);
      return;
    case Argument::kFrames:
      if (op.is_max) return absl::StrAppend(text, " max");
      return AppendCount(" ", op.length, text);
  }
}

void AppendMachine(const MachineConfig& machine, std::string* text) {
  absl::StrAppend(text, "machine cpus=", machine.cpus);
  if (machine.frames) {
    AppendCount(" frames=", *machine.frames, text);
  } else {
    text->append(" frames=max");
  }
  absl::StrAppend(text, " lock=", machine.lock ? "on" : "off", machine.smap ? " smap=on" : "");
}

void AppendExpectation(const StatedExpectation& expectation, std::string* text) {
  switch (expectation.kind) {
    case StatedExpectation::Kind::kNone:
      return;
    case StatedExpectation::Kind::kOk:
      text->append("ok");
      if (expectation.length) AppendCount(" len=", *expectation.length, text);
      if (expectation.fingerprint) {
        absl::StrAppend(text, " fnv=", absl::Hex(*expectation.fingerprint, absl::kZeroPad16));
      }
      return;
    case StatedExpectation::Kind::kError:
      text->append(ErrnoName(expectation.error));
      if (expectation.length) AppendCount(" done=", *expectation.length, text);
      return;
    case StatedExpectation::Kind::kViolation:
      return absl::StrAppend(text, "violation ", ViolationName(expectation.violation));
    case StatedExpectation::Kind::kNever:
      text->append("never");
      return;
  }
}

void AppendOp(const Op& op, std::string* text) {
  if (op.cpu != 0) absl::StrAppend(text, "@", op.cpu, " ");
  if (op.race) {
    absl::StrAppend(text, "race ", RacePointName(op.race->point));
    AppendCount(" ", op.race->nth, text);
    text->push_back(' ');
  }
  absl::StrAppend(text, VerbName(op.verb));
  for (const Argument argument : InfoOf(op.verb).arguments) AppendArgument(argument, op, text);
  if (op.expect.kind == StatedExpectation::Kind::kNone) return;
  text->append(" => ");
  AppendExpectation(op.expect, text);
}

}  // namespace

std::string PrintMachine(const MachineConfig& machine) {
  std::string text;
  AppendMachine(machine, &text);
  return text;
}

std::string PrintExpectation(const StatedExpectation& expectation) {
  std::string text;
  AppendExpectation(expectation, &text);
  return text;
}

std::string PrintOp(const Op& op) {
  std::string text;
  AppendOp(op, &text);
  return text;
}

std::string PrintScenario(const Scenario& scenario) {
  constexpr size_t kUsualLineBytes = 64;
  std::string text;
  text.reserve(kUsualLineBytes * (scenario.ops.size() + 1));
  AppendMachine(scenario.machine, &text);
  text.push_back('\n');
  for (const Op& op : scenario.ops) {
    AppendOp(op, &text);
    text.push_back('\n');
  }
  return text;
}

std::string PrintOutcome(Verb verb, const Outcome& outcome) {
  if (outcome.kind == Outcome::Kind::kOk && !IsLibraryAccess(verb)) return "ok";
  std::string text = PrintOutcome(outcome);
  const bool is_left_out = outcome.kind == Outcome::Kind::kError && outcome.length == 0;
  if (is_left_out && ReportsDone(verb)) AppendCount(" done=", outcome.length, &text);
  return text;
}

std::string PrintOutcome(const Outcome& outcome) {
  std::string text = OutcomeKindName(outcome);
  if (outcome.kind == Outcome::Kind::kOk) {
    AppendCount(" len=", outcome.length, &text);
    absl::StrAppend(&text, " fnv=", absl::Hex(outcome.fingerprint, absl::kZeroPad16));
  }
  if (outcome.kind == Outcome::Kind::kError && outcome.length != 0) {
    AppendCount(" done=", outcome.length, &text);
  }
  return text;
}

}  // namespace sim
