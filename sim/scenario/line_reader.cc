#include "sim/scenario/line_reader.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

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

}  // namespace

NumberMistake ReadNumber(absl::string_view text, uint64_t* number) {
  const bool is_hex = absl::ConsumePrefix(&text, "0x");
  const uint64_t base = is_hex ? 16 : 10;
  if (text.empty()) return NumberMistake::kNotANumber;
  uint64_t value = 0;
  bool too_large = false;
  for (const char c : text) {
    if (is_hex ? !absl::ascii_isxdigit(c) : !absl::ascii_isdigit(c)) {
      return NumberMistake::kNotANumber;
    }
    const uint64_t digit = absl::ascii_isdigit(c) ? c - '0' : absl::ascii_tolower(c) - 'a' + 10;
    too_large |= __builtin_mul_overflow(value, base, &value);
    too_large |= __builtin_add_overflow(value, digit, &value);
  }
  *number = value;
  return too_large ? NumberMistake::kTooLarge : NumberMistake::kNone;
}

Word LineReader::Peek() {
  while (position_ < line_.size() && IsBlank(line_[position_])) ++position_;
  size_t end = position_;
  while (end < line_.size() && !IsBlank(line_[end]) && line_[end] != '#') ++end;
  return {line_.substr(position_, end - position_), position_ + 1};
}

Word LineReader::Next() {
  const Word word = Peek();
  position_ += word.text.size();
  return word;
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
  ++position_;
  while (position_ < line_.size() && line_[position_] != '"') {
    char byte = line_[position_];
    if (bytes->size() == max_bytes) {
      return Mistake(opening_column, "the string is too long",
                     absl::StrCat("at most ", max_bytes, " bytes"));
    }
    if (byte == '\\') {
      if (!Escape(&byte)) return false;
    } else if (absl::ascii_iscntrl(byte) && byte != '\t') {
      return Mistake(position_ + 1, "a raw control character in a string",
                     absl::StrFormat("\\x%02x", byte));
    } else {
      ++position_;
    }
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
      if (rest.size() < 4 ||
          ReadNumber(absl::StrCat("0x", rest.substr(2, 2)), &value) != NumberMistake::kNone) {
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
