#include "sim/scenario/names.h"

#include <array>
#include <cstddef>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "sim/scenario/outcome.h"

namespace sim {
namespace {

// The usage text of an argument; `others` are further forms; an empty string is no form.
struct ArgumentWords {
  absl::string_view word;
  std::array<absl::string_view, 2> others = {};
};

constexpr ArgumentWords WordsOf(Argument argument) {
  switch (argument) {
    case Argument::kType:
      return {"TYPE"};
    case Argument::kWord:
      return {"WORD"};
    case Argument::kOperand:
      return {"VALUE"};
    case Argument::kLimit:
      return {"LIMIT"};
    case Argument::kAddress:
      return {"ADDR"};
    case Argument::kPages:
    case Argument::kBytes:
    case Argument::kElements:
      return {"LEN"};
    case Argument::kElementsOrOne:
      return {"[LEN]"};
    case Argument::kRoom:
      return {"MAX"};
    case Argument::kSegments:
      return {"COUNT"};
    case Argument::kUserSize:
      return {"USIZE"};
    case Argument::kBound:
      return {"MAX"};
    case Argument::kFileBytes:
    case Argument::kGrownBytes:
      return {"BYTES"};
    case Argument::kPattern:
      return {"\"bytes\"", {"LEN BYTE", "iov BASE LEN ..."}};
    case Argument::kAddresses:
      return {"ADDR..."};
    case Argument::kStrings:
      return {"STRINGS"};
    case Argument::kText:
      return {"\"bytes\""};
    case Argument::kPerms:
      return {"PERMS"};
    case Argument::kKind:
      return {"KIND"};
    case Argument::kFrames:
      return {"N", {"max", ""}};
    case Argument::kInjectPoint:
      return {"POINT"};
    case Argument::kFrom:
      return {"FROM"};
    case Argument::kNth:
    case Argument::kSpaceNumber:
      return {"N"};
  }
  return {};
}

// In the order of its enum, like all tables in this file.
constexpr std::array<absl::string_view, kElementTypeCount> kElementTypes = {
    "u8", "u16", "u32", "u64", "u32x3", "u64x3", "b3", "b4096", "q4096", "q8192", "page"};

// The index is the set's bits.
constexpr std::array<absl::string_view, 8> kPerms = {"---", "r--", "-w-", "rw-",
                                                     "--x", "r-x", "-wx", "rwx"};

constexpr std::array<absl::string_view, kAreaKindCount> kAreaKinds = {"eager", "lazy",   "kernel",
                                                                      "cow",   "shared", "file"};

constexpr std::array<absl::string_view, kRacePointCount> kRacePoints = {"check", "fault", "use",
                                                                        "load"};

constexpr std::array<absl::string_view, kInjectPointCount> kInjectPoints = {"frame", "population",
                                                                            "lock"};

struct ErrnoInfo {
  int number;
  absl::string_view name;
};

// The errno numbers of Linux on x86-64, as literals: a host with other numbers must print the same
// text.
constexpr ErrnoInfo kErrnos[] = {
    {1, "EPERM"},         {2, "ENOENT"},    {3, "ESRCH"},       {4, "EINTR"},      {5, "EIO"},
    {6, "ENXIO"},         {7, "E2BIG"},     {8, "ENOEXEC"},     {9, "EBADF"},      {10, "ECHILD"},
    {11, "EAGAIN"},       {12, "ENOMEM"},   {13, "EACCES"},     {14, "EFAULT"},    {15, "ENOTBLK"},
    {16, "EBUSY"},        {17, "EEXIST"},   {18, "EXDEV"},      {19, "ENODEV"},    {20, "ENOTDIR"},
    {21, "EISDIR"},       {22, "EINVAL"},   {23, "ENFILE"},     {24, "EMFILE"},    {25, "ENOTTY"},
    {26, "ETXTBSY"},      {27, "EFBIG"},    {28, "ENOSPC"},     {29, "ESPIPE"},    {30, "EROFS"},
    {31, "EMLINK"},       {32, "EPIPE"},    {33, "EDOM"},       {34, "ERANGE"},    {35, "EDEADLK"},
    {36, "ENAMETOOLONG"}, {37, "ENOLCK"},   {38, "ENOSYS"},     {39, "ENOTEMPTY"}, {40, "ELOOP"},
    {71, "EPROTO"},       {74, "EBADMSG"},  {75, "EOVERFLOW"},  {84, "EILSEQ"},    {90, "EMSGSIZE"},
    {95, "EOPNOTSUPP"},   {105, "ENOBUFS"}, {110, "ETIMEDOUT"},
};

// From names to values.
template <typename Value>
using ValueByName = absl::flat_hash_map<absl::string_view, Value>;

template <typename Value>
std::optional<Value> Find(const ValueByName<Value>& values, absl::string_view name) {
  const auto found = values.find(name);
  if (found == values.end()) return std::nullopt;
  return found->second;
}

// The value whose name in `kNames` is `name`, if there is one.
template <typename Value, const auto& kNames>
std::optional<Value> FindIn(absl::string_view name) {
  static const auto& values = *new auto([] {
    ValueByName<Value> by_name;
    for (size_t i = 0; i < kNames.size(); ++i) by_name.emplace(kNames[i], static_cast<Value>(i));
    return by_name;
  }());
  return Find(values, name);
}

}  // namespace

absl::string_view VerbName(Verb verb) { return InfoOf(verb).name; }

std::optional<Verb> VerbFromName(absl::string_view name) {
  static const auto& verbs = *new auto([] {
    ValueByName<Verb> by_name;
    for (const VerbInfo& info : AllVerbs()) by_name.emplace(info.name, info.verb);
    return by_name;
  }());
  return Find(verbs, name);
}

std::vector<std::string> UsagesOf(Verb verb) {
  std::vector<std::string> usages(1);
  for (const Argument argument : InfoOf(verb).arguments) {
    const auto [word, others] = WordsOf(argument);
    if (!usages[0].empty()) usages[0] += ' ';
    for (const absl::string_view other : others) {
      if (!other.empty()) usages.push_back(absl::StrCat(usages[0], other));
    }
    absl::StrAppend(&usages[0], word);
  }
  if (usages[0].empty()) usages.clear();
  return usages;
}

absl::string_view ElementTypeName(ElementType type) {
  return kElementTypes[static_cast<size_t>(type)];
}

std::optional<ElementType> ElementTypeFromName(absl::string_view name) {
  return FindIn<ElementType, kElementTypes>(name);
}

std::optional<ElementType> WordFromName(absl::string_view name) {
  const std::optional<ElementType> type = ElementTypeFromName(name);
  return type == ElementType::kU32 || type == ElementType::kU64 ? type : std::nullopt;
}

absl::string_view PermsName(Perms perms) { return kPerms[perms]; }

std::optional<Perms> PermsFromName(absl::string_view name) { return FindIn<Perms, kPerms>(name); }

absl::string_view AreaKindName(AreaKind kind) { return kAreaKinds[static_cast<size_t>(kind)]; }

std::optional<AreaKind> AreaKindFromName(absl::string_view name) {
  return FindIn<AreaKind, kAreaKinds>(name);
}

absl::string_view RacePointName(RacePoint point) { return kRacePoints[static_cast<size_t>(point)]; }

std::optional<RacePoint> RacePointFromName(absl::string_view name) {
  return FindIn<RacePoint, kRacePoints>(name);
}

absl::string_view InjectPointName(InjectPoint point) {
  return kInjectPoints[static_cast<size_t>(point)];
}

std::optional<InjectPoint> InjectPointFromName(absl::string_view name) {
  return FindIn<InjectPoint, kInjectPoints>(name);
}

std::string ErrnoName(int error) {
  if (error == kSomeError) return "some error";
  for (const ErrnoInfo& info : kErrnos) {
    if (info.number == error) return std::string(info.name);
  }
  return absl::StrCat("errno ", error);
}

std::string OutcomeKindName(const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::kOk:
      return "ok";
    case Outcome::Kind::kError:
      return ErrnoName(outcome.error);
    case Outcome::Kind::kPanic:
      return "panic";
    case Outcome::Kind::kArmed:
      return "armed";
    case Outcome::Kind::kNotRun:
      return "not run";
    case Outcome::Kind::kNotOffered:
      return "not offered";
  }
  return "";
}

std::optional<int> ErrnoFromName(absl::string_view name) {
  static const auto& errnos = *new auto([] {
    ValueByName<int> by_name;
    for (const ErrnoInfo& info : kErrnos) by_name.emplace(info.name, info.number);
    return by_name;
  }());
  return Find(errnos, name);
}

}  // namespace sim
