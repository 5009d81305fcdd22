#include "sim/cli/violation_json.h"

#include <string>

#include "absl/strings/str_format.h"
#include "sim/oracle/fault_names.h"
#include "sim/scenario/names.h"

namespace sim {
namespace {

using Json = nlohmann::ordered_json;

std::string Fnv(uint64_t fingerprint) { return absl::StrFormat("%016x", fingerprint); }

Json ErrorJson(const Outcome& outcome) {
  Json json = {{"outcome", "error"}, {"error", ErrnoName(outcome.error)}, {"errno", outcome.error}};
  if (outcome.length != 0) json["done"] = outcome.length;
  return json;
}

Json OutcomeJson(const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::kOk:
      return {{"outcome", "ok"}, {"length", outcome.length}, {"fnv", Fnv(outcome.fingerprint)}};
    case Outcome::Kind::kError:
      return ErrorJson(outcome);
    case Outcome::Kind::kPanic:
      return {{"outcome", "panic"}};
    case Outcome::Kind::kArmed:
      return {{"outcome", "armed"}};
    case Outcome::Kind::kNotRun:
      return {{"outcome", "not_run"}};
    case Outcome::Kind::kNotOffered:
      return {{"outcome", "not_offered"}};
  }
  return nullptr;
}

Json RangeJson(const ByteRange& range) {
  return {{"start", Hex(range.start)}, {"end", Hex(range.end)}};
}

Json PointerJson(uint64_t error) {
  if (error == kElsewhere) return {{"elsewhere", true}};
  return {{"elsewhere", false}, {"bytes_from_right", static_cast<int64_t>(error)}};
}

Json FaultJson(const value::Fault& fault) {
  return {{"fault", fault.address_known ? Json(Hex(fault.address)) : Json(nullptr)},
          {"result", std::string(FaultResultName(fault.disposition, fault.bug))}};
}

Json PagesJson(const value::Pages& pages) {
  return {{"pages_populated", pages.populated}, {"pages_shared", pages.shared}};
}

Json TouchJson(const value::Touch& touch) {
  return {{"touch", touch.is_store ? "store" : "load"},
          {"address", Hex(touch.address)},
          {"bytes", touch.size == 0 ? Json(nullptr) : Json(touch.size)},
          {"access_open", touch.access_open},
          {"flag", touch.flag},
          {"lock_held", touch.lock_held},
          {"in_attempt", touch.in_attempt}};
}

Json ValueJson(const ViolationValue& value) {
  return std::visit(
      ForEachType{
          [](value::None) { return Json(nullptr); },
          [](const Outcome& outcome) { return OutcomeJson(outcome); },
          [](const ByteRange& range) { return RangeJson(range); },
          [](const value::Address& place) { return Json{{"address", Hex(place.address)}}; },
          [](const value::Count& count) { return Json{{"count", count.count}}; },
          [](const value::PermissionFlags& flags) { return Json{{"flags", Hex(flags.bits)}}; },
          [](const value::BytesFrom& bytes) {
            return Json{{"bytes", bytes.bytes}, {"address", Hex(bytes.address)}};
          },
          [](const value::PointerError& pointer) { return PointerJson(pointer.error); },
          [](const value::ByteIndex& byte) { return Json{{"byte", byte.index}}; },
          [](const value::Contents& contents) {
            return Json{{"bytes", contents.bytes}, {"hash", Hex(contents.fingerprint)}};
          },
          [](const value::Fault& fault) { return FaultJson(fault); },
          [](const value::Flag& flag) { return Json{{"flag", flag.is_set}}; },
          [](const value::Cpu& cpu) { return Json{{"cpu", cpu.cpu}}; },
          [](const value::Pages& pages) { return PagesJson(pages); },
          [](const value::Frames& frames) {
            Json json = PagesJson(frames.pages);
            json["frames_free"] = frames.free;
            return json;
          },
          [](const value::Touch& touch) { return TouchJson(touch); },
          [](const value::LeftBehind& left) { return Json{{"left_behind", left.bits}}; }},
      value);
}

Json IndexJson(const std::optional<size_t>& index) { return index ? Json(*index) : Json(nullptr); }

}  // namespace

std::string Hex(uint64_t value) { return absl::StrFormat("0x%x", value); }

Json ViolationJson(const Violation& violation) {
  return {
      {"rule", std::string(RuleName(violation.rule))}, {"cpu", violation.cpu},
      {"event", IndexJson(violation.event)},           {"raced_by", IndexJson(violation.raced_by)},
      {"wanted", ValueJson(violation.wanted)},         {"got", ValueJson(violation.got)}};
}

}  // namespace sim
