#include "sim/ring0/host/records.h"

#include <cstring>
#include <string_view>
#include <utility>

namespace sim {
namespace {

using ring0::RecordTag;

template <typename T>
T Read(std::string_view body) {
  T value;
  if (body.size() >= sizeof(T)) memcpy(&value, body.data(), sizeof(T));
  return value;
}

// Reads a result: PackedResult, then the buffer, then the table.
ImageReturn ReadReturn(std::string_view body) {
  ImageReturn returned;
  returned.result = Read<ring0::PackedResult>(body);
  if (body.size() < sizeof(returned.result)) return returned;
  body.remove_prefix(sizeof(returned.result));
  returned.room = std::string(body.substr(0, returned.result.bytes));
  if (body.size() > returned.room.size()) {
    returned.table = std::string(body.substr(returned.room.size()));
  }
  return returned;
}

void ReadTouches(std::string_view body, std::vector<ring0::PackedTouches>* touches) {
  for (; body.size() >= sizeof(ring0::PackedTouches);
       body.remove_prefix(sizeof(ring0::PackedTouches))) {
    touches->push_back(Read<ring0::PackedTouches>(body));
  }
}

// Removes the touches at `depth` from `*touches`, and returns them.
std::vector<ring0::PackedTouches> TakeTouches(uint16_t depth,
                                              std::vector<ring0::PackedTouches>* touches) {
  std::vector<ring0::PackedTouches> taken;
  std::erase_if(*touches, [&](const ring0::PackedTouches& run) {
    if (run.depth == depth) taken.push_back(run);
    return run.depth == depth;
  });
  return taken;
}

}  // namespace

Records ReadRecords(std::string_view left) {
  Records records;
  OpRecords op;  // the current operation
  std::vector<ring0::PackedTouches> touches;
  while (left.size() >= sizeof(ring0::RecordHeader)) {
    const auto header = Read<ring0::RecordHeader>(left);
    if (header.magic != ring0::kRecordMagic) break;
    left.remove_prefix(sizeof(header));
    if (header.bytes > left.size() || ring0::Padded(header.bytes) > left.size()) break;
    const std::string_view body = left.substr(0, header.bytes);
    left.remove_prefix(ring0::Padded(header.bytes));
    const bool in_scenario = !records.scenarios.empty();
    if (header.tag == RecordTag::kText) {
      records.text.append(body);
    } else if (header.tag == RecordTag::kProbes) {
      records.probes = Read<ring0::Probes>(body);
    } else if (header.tag == RecordTag::kScenario) {
      op = {};
      touches.clear();
      records.scenarios.emplace_back().index = Read<ring0::PackedScenario>(body).index;
    } else if (header.tag == RecordTag::kEvent) {
      op.events.push_back(Read<ring0::PackedEvent>(body));
    } else if (header.tag == RecordTag::kRaced) {
      op.raced.push_back({op.events.size(), ReadReturn(body)});
      op.raced.back().returned.touches = TakeTouches(1, &touches);
    } else if (header.tag == RecordTag::kTouches) {
      ReadTouches(body, &touches);
    } else if (header.tag == RecordTag::kResult && in_scenario) {
      op.returned = ReadReturn(body);
      op.returned.touches = TakeTouches(0, &touches);
      touches.clear();
      records.scenarios.back().ops.push_back(std::exchange(op, {}));
    } else if (header.tag == RecordTag::kEnd && in_scenario) {
      records.scenarios.back().end = Read<ring0::PackedEnd>(body);
    } else if (header.tag == RecordTag::kCompiler) {
      records.compiler = std::string(body);
    } else if (header.tag == RecordTag::kBare) {
      records.bare = Read<ring0::PackedBare>(body);
    } else if (header.tag == RecordTag::kDone) {
      records.done = true;
    } else if (header.tag == RecordTag::kFull) {
      records.full = true;
    }
  }
  return records;
}

}  // namespace sim
