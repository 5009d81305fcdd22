#include "sim/scenario/line_reader.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace sim {
namespace {

// `text` between quotes, in pure ASCII, truncated if long.
std::string Shown(absl::string_view text) {
  constexpr size_t kMaxShownBytes = 40;
  const bool cut = text.size() > kMaxShownBytes;
  return absl::StrCat("\"", absl::CHexEscape(text.substr(0, kMaxShownBytes)), cut ? "..." : "",
                      "\"");
}

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// Whether `c` stands for itself between quotes.
bool IsPlain(char c) {
  const bool is_control = (static_cast<uint8_t>(c) < 0x20 && c != '\t') || c == '\x7f';
  return !is_control && c != '"' && c != '\\';
}

// The value of a hexadecimal digit; 16 if `c` is none.
constexpr unsigned DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

// Reads all of `digits` as a number in `base`, which is 10 or 16.
NumberMistake ReadDigits(absl::string_view digits, unsigned base, uint64_t* number) {
  if (digits.empty()) return NumberMistake::kNotANumber;
  uint64_t value = 0;
  bool too_large = false;
  for (const char c : digits) {
    const unsigned digit = DigitOf(c);
    if (digit >= base) return NumberMistake::kNotANumber;
    too_large |= __builtin_mul_overflow(value, base, &value);
    too_large |= __builtin_add_overflow(value, digit, &value);
  }
  *number = value;
  return too_large ? NumberMistake::kTooLarge : NumberMistake::kNone;
}

}  // namespace

NumberMistake ReadNumber(absl::string_view text, uint64_t* number) {
  const bool is_hex = text.size() >= 2 && text[0] == '0' && text[1] == 'x';
  if (!is_hex) return ReadDigits(text, 10, number);
  return ReadDigits(text.substr(2), 16, number);
}

NumberMistake ReadHexDigits(absl::string_view digits, uint64_t* number) {
  return ReadDigits(digits, 16, number);
}

void LineReader::Scan() {
  const char* const end = line_.data() + line_.size();
  const char* word = line_.data() + position_;
  while (word != end && IsBlank(*word)) ++word;
  const char* after = word;
  while (after != end && !IsBlank(*after) && *after != '#') ++after;
  position_ = static_cast<size_t>(word - line_.data());
  peeked_ = {absl::string_view(word, static_cast<size_t>(after - word)), position_ + 1};
  is_peeked_ = true;
}

bool LineReader::Mistake(size_t column, absl::string_view what, absl::string_view expected) {
  status_ = absl::InvalidArgumentError(absl::StrCat(file_name_, ":", line_number_, ":", column,
                                                    ": ", what, "; expected ", expected));
  return false;
}

bool LineReader::Unexpected(const Word& word, absl::string_view expected) {
  if (word.text.empty()) return Mistake(word.column, "the line ends here", expected);
  return Mistake(word.column, absl::StrCat("unexpected ", Shown(word.text)), expected);
}

bool LineReader::Number(absl::string_view expected, uint64_t* number) {
  const Word word = Next();
  return NumberIn(word, word.text, expected, number);
}

bool LineReader::NumberIn(const Word& word, absl::string_view text, absl::string_view expected,
                          uint64_t* number, uint64_t max) {
  switch (ReadNumber(text, number)) {
    case NumberMistake::kNotANumber:
      return Unexpected(word, absl::StrCat(expected, ", in decimal or 0x-hexadecimal"));
    case NumberMistake::kTooLarge:
      return Mistake(word.column, absl::StrCat("the number ", Shown(text), " needs over 64 bits"),
                     expected);
    case NumberMistake::kNone:
      break;
  }
  if (*number <= max) return true;
  return Mistake(word.column, absl::StrCat("the number ", *number, " is too large"),
                 absl::StrCat(expected, ", at most ", max));
}

bool LineReader::String(size_t max_bytes, std::string* bytes) {
  const size_t opening_column = position_ + 1;
  is_peeked_ = false;
  ++position_;
  while (position_ < line_.size() && line_[position_] != '"') {
    const absl::string_view rest = line_.substr(position_, max_bytes - bytes->size());
    if (rest.empty()) {
      return Mistake(opening_column, "the string is too long",
                     absl::StrCat("at most ", max_bytes, " bytes"));
    }
    const auto plain_end = std::find_if_not(rest.begin(), rest.end(), IsPlain);
    const size_t plain = static_cast<size_t>(plain_end - rest.begin());
    bytes->append(rest.data(), plain);
    position_ += plain;
    if (plain_end == rest.end() || *plain_end == '"') continue;
    if (*plain_end != '\\') {
      return Mistake(position_ + 1, "a raw control character in a string",
                     absl::StrFormat("\\x%02x", *plain_end));
    }
    char byte = 0;
    if (!Escape(&byte)) return false;
    bytes->push_back(byte);
  }
  if (position_ == line_.size()) {
    return Mistake(opening_column, "the string has no end", "a \" after it");
  }
  ++position_;
  return true;
}

bool LineReader::Escape(char* byte) {
  const absl::string_view rest = line_.substr(position_);
  const char letter = rest.size() < 2 ? ' ' : rest[1];
  switch (letter) {
    case '0':
      *byte = '\0';
      break;
    case 'n':
      *byte = '\n';
      break;
    case 't':
      *byte = '\t';
      break;
    case '\\':
      *byte = '\\';
      break;
    case '"':
      *byte = '"';
      break;
    case 'x': {
      uint64_t value = 0;
      if (rest.size() < 4 || ReadHexDigits(rest.substr(2, 2), &value) != NumberMistake::kNone) {
        return Mistake(position_ + 1, "\\x without its digits", "two hexadecimal digits");
      }
      *byte = static_cast<char>(value);
      position_ += 4;
      return true;
    }
    default:
      return Mistake(position_ + 1, "an unknown escape", "\\0, \\n, \\t, \\\\, \\\" or \\xHH");
  }
  position_ += 2;
  return true;
}

}  // namespace sim
