// The contents of fills and texts, by shape: text, well-formed and ill-formed UTF-8, zeros, any
// bytes.
#include <algorithm>
#include <array>
#include <iterator>
#include <string>

#include "sim/scenario/scenario_shapes.h"

namespace sim {
namespace {

constexpr uint64_t kMaxPatternPages = 16;  // of a fill of one byte, from a shape

// A short deterministic stream of bytes.
class Stream {
 public:
  explicit Stream(uint64_t seed) : state_(seed) {}
  uint8_t Next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint8_t>(state_ >> 56);
  }

 private:
  uint64_t state_;
};

struct Piece {
  uint8_t size;
  char bytes[5];
};

// UTF-8: first well-formed sequences, from the edges of each length; then ill-formed sequences.
constexpr int kGoodPieceCount = 12;
constexpr Piece kPieces[] = {
    {1, "a"},
    {1, "\x7f"},
    {2, "\xc2\x80"},
    {2, "\xdf\xbf"},
    {3, "\xe0\xa0\x80"},
    {3, "\xed\x9f\xbf"},
    {3, "\xee\x80\x80"},
    {3, "\xef\xbf\xbf"},
    {4, "\xf0\x90\x80\x80"},
    {4, "\xf4\x8f\xbf\xbf"},
    {2, "\xc3\xa9"},
    {3, "\xe2\x82\xac"},
    // A lone continuation; overlong forms; a surrogate; above U+10FFFF; never a first byte;
    // truncated after 1, 2 and 3 bytes.
    {1, "\x80"},
    {2, "\xc0\x80"},
    {2, "\xc1\xbf"},
    {3, "\xe0\x80\x80"},
    {3, "\xed\xa0\x80"},
    {4, "\xf0\x8f\xbf\xbf"},
    {4, "\xf4\x90\x80\x80"},
    {1, "\xf8"},
    {1, "\xc2"},
    {2, "\xe2\x82"},
    {3, "\xf0\x9d\x84"},
    {1, "\xff"},
};
constexpr int kBadPieceCount = static_cast<int>(std::size(kPieces)) - kGoodPieceCount;

void AppendGoodPieces(std::string* pattern, size_t count, Stream* stream) {
  for (size_t i = 0; i < count; ++i) {
    const Piece& piece = kPieces[stream->Next() % kGoodPieceCount];
    pattern->append(piece.bytes, piece.size);
  }
}

void AppendText(std::string* pattern, size_t count, Stream* stream) {
  for (size_t i = 0; i < count; ++i) {
    pattern->push_back(static_cast<char>('a' + stream->Next() % 26));
  }
}

void AppendBytes(std::string* pattern, size_t count, Stream* stream) {
  for (size_t i = 0; i < count; ++i) pattern->push_back(static_cast<char>(stream->Next()));
}

constexpr uint64_t kMaxShapedText = kMaxBinaryFillBytes;

constexpr auto kLetters = [] {
  std::array<char, kMaxShapedText> letters = {};
  for (size_t i = 0; i < letters.size(); ++i) letters[i] = static_cast<char>('a' + i % 25);
  return letters;
}();

// Sets `*text` to `count` letters, at most kMaxShapedText.
void SetLetters(uint64_t count, std::string* text) {
  text->assign(kLetters.data(), std::min(count, kMaxShapedText));
}

}  // namespace

void FillIoTable(Op* op, uint8_t which, uint8_t count_byte, uint8_t seed, const History& history) {
  Stream stream(uint64_t{seed} << 16 | uint64_t{count_byte} << 8 | which);
  stream.Next();
  op->pattern.clear();
  for (int i = count_byte & 7; i >= 0; --i) {
    const History::Range area = history.Area(stream.Next() & 3);
    const uint64_t bases[] = {
        area.start, area.start + kPageBytes, area.end, op->address, area.start, area.start,
        0,          area.end - kPageBytes};
    const uint64_t base = bases[stream.Next() & 7];
    const uint8_t shift = stream.Next();
    const uint64_t lengths[] = {0, 1, kPageBytes, shift & 15u};
    const uint8_t length = stream.Next();
    AppendPointer((shift & 0x80) != 0 ? base + (shift & 31) : base - (shift & 31), &op->pattern);
    AppendPointer((length & 0xc0) != 0 ? length & 63 : lengths[length & 3], &op->pattern);
  }
  op->length = op->pattern.size();
}

void TextFromShape(const Op& op, uint8_t byte, std::string* text) {
  const uint64_t few = byte >> 3 & 15;
  const uint64_t longest = op.length == 0 ? 0 : op.length - 1;
  switch (byte & 7) {
    case 1:  // the longest text that fits, or slightly shorter
    case 2:
      return SetLetters(std::min(longest, kMaxShapedText) - std::min(longest, few / 4), text);
    case 3:  // too long
      return SetLetters(op.length + few, text);
    case 4:  // the terminator is at the end of the page, or after the end
      return SetLetters(kPageBytes - op.address % kPageBytes + few - 1, text);
    case 5:  // a zero byte as the last one
      SetLetters(std::min(longest, few + 1), text);
      if (!text->empty()) text->back() = '\0';
      return;
    case 6:  // a zero byte in the middle
      SetLetters(few, text);
      text->push_back('\0');
      text->append(kLetters.data(), few);
      return;
    case 7:
      text->assign(few, static_cast<char>(0x80 + byte));
      return;
    default:
      return SetLetters(few, text);
  }
}

// Each pointer is the address of an earlier operation, or a few bytes after it.
void PointersFromShape(Op* op, uint8_t form, uint8_t which, uint8_t count_byte,
                       const History& history) {
  op->pattern.clear();
  for (unsigned i = 0; i < form; ++i) {
    const unsigned earlier = (count_byte & 7) + i * (count_byte >> 3 & 3);
    AppendPointer(history.Earlier(earlier).start + i * (count_byte >> 5), &op->pattern);
  }
  if (which != 15) AppendPointer(0, &op->pattern);
  op->length = op->pattern.size();
}

void FillFromShape(Op* op, uint8_t form, uint8_t which, uint8_t count_byte, uint8_t seed,
                   const History& history) {
  const size_t count = 1 + (count_byte & 31);
  Stream stream(uint64_t{seed} << 16 | uint64_t{count_byte} << 8 | which);
  stream.Next();
  std::string& pattern = op->pattern;
  pattern.clear();
  switch (form) {
    case 7:
    case 8:
    case 9: {
      pattern.push_back(form == 9 ? '\0' : static_cast<char>('A' + which));
      const uint64_t to_page_end = kPageBytes - op->address % kPageBytes;
      const uint64_t to_area_end = history.Area(which).end - op->address;
      const uint64_t wanted = form == 8 ? to_area_end : to_page_end + (which & 3) * kPageBytes;
      op->length = std::min(wanted, kMaxPatternPages * kPageBytes);
      return;
    }
    case 1:
      AppendText(&pattern, count, &stream);
      break;
    case 2:
    case 3:
      AppendGoodPieces(&pattern, count, &stream);
      break;
    case 4:
    case 13:
      AppendBytes(&pattern, count, &stream);
      break;
    case 5:
      AppendBytes(&pattern, count, &stream);
      break;
    case 6:
      pattern.append(count, '\0');
      break;
    case 10:
    case 11: {
      AppendGoodPieces(&pattern, count & 7, &stream);
      const Piece& bad = kPieces[kGoodPieceCount + stream.Next() % kBadPieceCount];
      pattern.append(bad.bytes, bad.size);
      if (form == 11) AppendText(&pattern, count & 3, &stream);
      break;
    }
    default:
      AppendText(&pattern, count, &stream);
      break;
  }
  // The end of a string: one NUL, or as many as the widest element has bytes.
  if (form == 0 || form == 2 || form == 10 || form == 11 || form == 12) pattern.push_back('\0');
  if (form == 5) pattern.append(24, '\0');
  op->length = pattern.size();
}

}  // namespace sim
