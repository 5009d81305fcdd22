// The binary form of a scenario, which fuzzers mutate. Format versions 1, 2 and 3.
//
// Every byte string is a valid scenario, including the empty string. Values are encoded as shapes
// ("one element before the end of that area") instead of numbers, so that most mutations of a byte
// result in another interesting scenario. A value without a shape is written as an 8-byte literal,
// so that every text scenario within the limits below has a binary form.
//
// HEADER, 8 bytes; missing bytes are read as 0:
//   0  version. 3 is written. 0 and 1 are read as 1, 3 as 3, every other value as 2; never changes
//   1  bits 0-2: CPUs - 1; bit 3: lock=off
//   2  bits 0-3: layout preset (scenario_layouts.h): the first operations
//   3  frames: 0..127 max; 128..191 the low 3 bits; 192..254 that minus 192; 255 the next 8 bytes
//   4  content seed, for the bytes that fills write
//   5  version 3: bits 0-6: the level (binary_format.h). At a level that does not exist yet there
//      are no operations, so that no finding depends on the later meaning of the level. Bit 7:
//      smap=on. No level that existed before that setting had this bit
//   6-7  not used
// OPERATIONS, 8 bytes each, at most kMaxBinaryOps together with the preset's. An incomplete last
// operation is ignored, and so are all bytes after the last operation:
//   0  opcode: verb, and whether it is a race. Version 3: the verb's number, or as a race 255 minus
//      the number; the opcodes between repeat verbs and races by their weights (verb.h)
//   1  bits 0-2: CPU, modulo CPUs; bits 3-4: race point; bits 5-7: nth - 1, or 7: a literal
//   2  what is injected, modulo 3; or type (bits 0-3); or permissions (bits 0-3) and kind
//      (bits 4-7; version 1: 4-6); or a number of segments (255: a literal), or of strings, or a
//      text
//   3  address: bits 0-3 base, bits 4-5 unit, bits 6-7 which of the bases of that name
//   4  address: how many units from there
//   5  length, fill, frames or number: bits 0-3 form, bits 4-7 which
//   6  length, fill, frames or number: how many
//   7  address: which of the earlier addresses or areas, of the pages, of the far edges
// After an operation its literals, 8 bytes each, little-endian, in this order: nth (its low 32
// bits; 0 is read as 1), address, length or number of frames, or the bytes of a fill, padded to a
// multiple of 8, or pointers; then a file's length, or the bytes of a text, padded likewise, or a
// number of strings or of segments. The verb determines which of these fields an operation has
// (in version 3: by its arguments in the table of verbs). The tables of each field are in
// scenario_shapes.h. They never change within a version, so that the meaning of a committed file
// never changes (scenario_bytes_golden_test.cc checks each, byte by byte). Version 1 has no
// truncate, no shared and file areas, no races at loads, and races of set-up verbs only. In
// versions 1 and 2 const.access and mut.access have no length of 2^64 - 1: this value means no
// length.
//
// LIMITS bound the time and memory of one execution for all inputs. Decoding never exceeds the
// limits; encoding refuses a scenario that does:
//   - at most kMaxBinaryOps operations, and kMaxBinaryFillBytes in the string of a fill;
//   - if all areas that are mapped during the run (by maps that could succeed) have more than
//     kMaxBinaryPages pages in all, at most kFewFrames frames at the start and from each `frames`
//     line. Therefore a lazy area may be as large as the window, and an access may cover all of it;
//   - cow areas need no frames; they have at most kMaxBinaryPages pages in all. If they would have
//     more, decoding makes each of them lazy;
//   - a buffer of the kernel has at most kMaxCopiedBytes: a larger length decodes to this value.
// Without literals, a map has at most kMaxShapedPages, except lazy areas up to the window's end.
// Expectations and line numbers are not in the bytes.
#ifndef SIM_SCENARIO_SCENARIO_BYTES_H_
#define SIM_SCENARIO_SCENARIO_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "sim/scenario/scenario.h"

namespace sim {

inline constexpr uint8_t kBinaryVersion = 3;  // that is written
inline constexpr size_t kMaxBinaryOps = 64;
inline constexpr size_t kMaxBinaryFillBytes = 1024;
inline constexpr uint64_t kMaxBinaryPages = 1024;  // 4 MiB
inline constexpr uint64_t kMaxShapedPages = 64;
inline constexpr uint64_t kFewFrames = 64;

// The version of a byte string whose first byte is `first_byte`. Never changes: the meaning of a
// file must not change when a version is added.
constexpr int BinaryVersionOf(uint8_t first_byte) {
  if (first_byte <= 1) return 1;
  return first_byte == 3 ? 3 : 2;
}

// The scenario that `bytes` stand for. Cannot fail.
Scenario DecodeScenario(std::span<const uint8_t> bytes);

// Like DecodeScenario, into `*scenario`, whose previous value is overwritten. Reuses the memory of
// `*scenario`, so that a fuzz target that keeps one Scenario rarely allocates.
void DecodeScenarioInto(std::span<const uint8_t> bytes, Scenario* scenario);

// Bytes that decode to `scenario` without its expectations and line numbers. A value that has a
// shape is written as the shape, so that mutations of the bytes result in interesting scenarios.
// Errors: InvalidArgumentError for a scenario beyond the limits above, or with a value that has no
//   text (scenario_text.h); the message names the operation, from 1.
absl::StatusOr<std::string> EncodeScenario(const Scenario& scenario);

// `scenario` without expectations and line numbers, as encoding and decoding return it.
Scenario WithoutExpectations(Scenario scenario);

}  // namespace sim

#endif  // SIM_SCENARIO_SCENARIO_BYTES_H_
