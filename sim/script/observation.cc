#include "sim/script/observation.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace sim {
namespace {

using What = Observation::What;

constexpr absl::string_view kNames[] = {"event",
                                        "answer",
                                        "bytes",
                                        "survived",
                                        "misuses",
                                        "again.attempt",
                                        "again",
                                        "stray store",
                                        "torn",
                                        "written",
                                        "written.hash",
                                        "written.outside",
                                        "cpu",
                                        "flag",
                                        "user access open",
                                        "lock holder",
                                        "free frames",
                                        "populated pages",
                                        "shared pages",
                                        "injected failures",
                                        "page",
                                        "page bytes",
                                        "frames after reset"};
static_assert(std::size(kNames) == static_cast<size_t>(What::kFramesAfterReset) + 1);

constexpr absl::string_view kEventNames[] = {
    "LockTaken",    "LockReleased", "LockTakenTwice", "Checked", "Populated",
    "AttemptBegun", "AttemptEnded", "Fault",          "Raced",   "Misused"};

// The fields of an event as numbers, with their names. The table is the comparison and the print.
struct Field {
  absl::string_view name;
  uint64_t (*get)(const Event& event);
};
constexpr Field kFields[] = {
    {"cpu", [](const Event& e) { return uint64_t{e.cpu}; }},
    {"by_other", [](const Event& e) { return uint64_t{e.by_other}; }},
    {"flag", [](const Event& e) { return uint64_t{e.flag}; }},
    {"lock_held", [](const Event& e) { return uint64_t{e.lock_held}; }},
    {"ok", [](const Event& e) { return uint64_t{e.ok}; }},
    {"bus_error", [](const Event& e) { return uint64_t{e.bus_error}; }},
    {"address_known", [](const Event& e) { return uint64_t{e.address_known}; }},
    {"has_fixup", [](const Event& e) { return uint64_t{e.has_fixup}; }},
    {"without_flag", [](const Event& e) { return uint64_t{e.without_flag}; }},
    {"access", [](const Event& e) { return uint64_t{e.access}; }},
    {"disposition", [](const Event& e) { return static_cast<uint64_t>(e.disposition); }},
    {"bug", [](const Event& e) { return static_cast<uint64_t>(e.bug); }},
    {"error", [](const Event& e) { return static_cast<uint64_t>(e.error); }},
    {"address", [](const Event& e) { return e.address; }},
    {"size", [](const Event& e) { return e.size; }},
    {"index", [](const Event& e) { return e.index; }},
    {"fingerprint", [](const Event& e) { return e.fingerprint; }},
};

// Not judged: of a fault whose address the hardware does not report, whether it is a load or a
// store (docs/decisions/0079).
bool IsJudged(const Field& field, const Event& event) {
  return event.address_known || event.kind != EventKind::kFault || field.name != "access";
}

bool IsEqual(const Event& expected, const Event& recorded) {
  return expected.kind == recorded.kind &&
         std::all_of(std::begin(kFields), std::end(kFields), [&](const Field& field) {
           return field.get(expected) == field.get(recorded) || !IsJudged(field, expected);
         });
}

bool IsEqual(const Observation& a, const Observation& b) {
  if (a.what != b.what) return false;
  return a.what == What::kEvent ? IsEqual(a.event, b.event) : a.at == b.at && a.value == b.value;
}

}  // namespace

std::string PrintObservation(const Observation& observation) {
  if (observation.what != What::kEvent) {
    return absl::StrCat(kNames[static_cast<size_t>(observation.what)], " at=0x",
                        absl::Hex(observation.at), " value=0x", absl::Hex(observation.value));
  }
  std::string text(kEventNames[static_cast<size_t>(observation.event.kind)]);
  for (const Field& field : kFields) {
    absl::StrAppend(&text, " ", field.name, "=0x", absl::Hex(field.get(observation.event)));
  }
  return text;
}

std::optional<Difference> FirstDifference(const std::vector<Observation>& expected,
                                          const std::vector<Observation>& recorded) {
  const size_t both = std::min(expected.size(), recorded.size());
  for (size_t i = 0; i < both; ++i) {
    if (IsEqual(expected[i], recorded[i])) continue;
    return Difference{expected[i].step, PrintObservation(expected[i]),
                      PrintObservation(recorded[i])};
  }
  if (expected.size() > both) {
    return Difference{expected[both].step, PrintObservation(expected[both]), "nothing more"};
  }
  if (recorded.size() > both) {
    return Difference{recorded[both].step, "nothing more", PrintObservation(recorded[both])};
  }
  return std::nullopt;
}

}  // namespace sim
