// Reads the words of one line of scenario text and reports mistakes in them.
//
// Each step either consumes what it reads and returns true, or records a mistake and returns false.
// After a mistake only status() may be called.
#ifndef SIM_SCENARIO_LINE_READER_H_
#define SIM_SCENARIO_LINE_READER_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace sim {

struct Word {
  absl::string_view text;  // empty: the end of the line, or the start of a comment
  size_t column = 1;
};

enum class NumberMistake { kNone, kNotANumber, kTooLarge };

// Reads all of `text` as a number: decimal, or hexadecimal after 0x.
NumberMistake ReadNumber(absl::string_view text, uint64_t* number);

// Reads all of `digits` as a hexadecimal number without 0x.
NumberMistake ReadHexDigits(absl::string_view digits, uint64_t* number);

class LineReader {
 public:
  // `line` has no line end. `line` and `file_name` must outlive the reader.
  LineReader(absl::string_view file_name, int line_number, absl::string_view line)
      : file_name_(file_name), line_number_(line_number), line_(line) {}

  // Both return the next word. Next also consumes the word.
  Word Peek() {
    if (!is_peeked_) Scan();
    return peeked_;
  }
  Word Next() {
    const Word word = Peek();
    position_ += word.text.size();
    is_peeked_ = false;
    return word;
  }

  // InvalidArgumentError("file:line:column: what; expected what") of the first mistake.
  const absl::Status& status() const { return status_; }
  int line_number() const { return line_number_; }

  // Both record a mistake and return false. For Unexpected, `word` itself is the mistake.
  bool Mistake(size_t column, absl::string_view what, absl::string_view expected);
  bool Unexpected(const Word& word, absl::string_view expected);

  // Read a number; `expected` describes the number in a mistake. NumberIn: `text` is the number's
  // part of `word`.
  bool Number(absl::string_view expected, uint64_t* number);
  bool NumberIn(const Word& word, absl::string_view text, absl::string_view expected,
                uint64_t* number, uint64_t max = std::numeric_limits<uint64_t>::max());

  // A word that names a value.
  template <typename Value>
  bool Name(std::optional<Value> (*from_name)(absl::string_view), absl::string_view expected,
            Value* value) {
    const Word word = Next();
    const std::optional<Value> found = from_name(word.text);
    if (!found) return Unexpected(word, expected);
    *value = *found;
    return true;
  }

  // Reads a string of at most `max_bytes` bytes, from its opening quote to its closing quote.
  // Precondition: Peek() begins with a quote.
  bool String(size_t max_bytes, std::string* bytes);

 private:
  // Finds the next word, and moves to its first byte.
  void Scan();
  bool Escape(char* byte);

  const absl::string_view file_name_;
  const int line_number_;
  const absl::string_view line_;
  size_t position_ = 0;
  bool is_peeked_ = false;
  Word peeked_;  // the word at position_, if is_peeked_
  absl::Status status_;
};

}  // namespace sim

#endif  // SIM_SCENARIO_LINE_READER_H_
