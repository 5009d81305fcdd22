#include "sim/ring0/host/records.h"

#include <bit>
#include <cstring>
#include <string_view>

namespace sim {
namespace {

using ring0::RecordTag;

template <typename T>
T Read(std::string_view body) {
  T value;
  if (body.size() >= sizeof(T)) memcpy(&value, body.data(), sizeof(T));
  return value;
}

// What was sent, of what came over the line (replay/packed.h).
std::string Unfolded(std::string_view line) {
  std::string sent;
  sent.reserve(3 * line.size());
  while (!line.empty()) {
    const auto mask = static_cast<uint8_t>(line[0]);
    line.remove_prefix(1);
    if (static_cast<size_t>(std::popcount(mask)) > line.size()) break;
    for (int i = 0; i < 8; ++i) {
      const bool is_zero = (mask >> i & 1) == 0;
      sent.push_back(is_zero ? '\0' : line[0]);
      if (!is_zero) line.remove_prefix(1);
    }
  }
  return sent;
}

// Of a result: the buffer, then the table.
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

}  // namespace

Records ReadRecords(const std::string& serial) {
  Records records;
  std::vector<ring0::PackedEvent> events;
  const std::string sent = Unfolded(serial);
  std::string_view left = sent;
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
      events.clear();
      records.scenarios.emplace_back().index = Read<ring0::PackedScenario>(body).index;
    } else if (header.tag == RecordTag::kEvent) {
      events.push_back(Read<ring0::PackedEvent>(body));
    } else if (header.tag == RecordTag::kResult && in_scenario) {
      records.scenarios.back().ops.push_back({std::move(events), ReadReturn(body)});
      events.clear();
    } else if (header.tag == RecordTag::kEnd && in_scenario) {
      records.scenarios.back().end = Read<ring0::PackedEnd>(body);
    } else if (header.tag == RecordTag::kCompiler) {
      records.compiler = std::string(body);
    } else if (header.tag == RecordTag::kBare) {
      records.bare = Read<ring0::PackedBare>(body);
    } else if (header.tag == RecordTag::kDone) {
      records.done = true;
    }
  }
  return records;
}

}  // namespace sim
