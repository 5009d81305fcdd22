// Reads the words of one line of scenario text, and says what is wrong with them.
//
// Its steps each either consume what they read and return true, or record the mistake that they met
// and return false; after a mistake the reader is of no more use but for status().
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
  absl::string_view text;  // empty: the line, or what is no comment of it, ends here
  size_t column = 1;
};

enum class NumberMistake { kNone, kNotANumber, kTooLarge };

// Reads all of `text` as a number: decimal, or hexadecimal after 0x.
NumberMistake ReadNumber(absl::string_view text, uint64_t* number);

class LineReader {
 public:
  // `line` is without its line end; it and `file_name` must outlive the reader.
  LineReader(absl::string_view file_name, int line_number, absl::string_view line)
      : file_name_(file_name), line_number_(line_number), line_(line) {}

  // The next word, and the next word consumed.
  Word Peek();
  Word Next();

  // InvalidArgumentError("file:line:column: what; expected what") of the first mistake.
  const absl::Status& status() const { return status_; }
  int line_number() const { return line_number_; }

  // Each of these records a mistake and returns false. Unexpected: `word` itself is the mistake.
  bool Mistake(size_t column, absl::string_view what, absl::string_view expected);
  bool Unexpected(const Word& word, absl::string_view expected);

  // A number, which means what `expected` says. NumberIn: `text` is the part of `word` with it.
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

  // A string of at most `max_bytes`, from its opening quote to its closing one.
  // Precondition: Peek() begins with a quote.
  bool String(size_t max_bytes, std::string* bytes);

 private:
  bool Escape(char* byte);

  const absl::string_view file_name_;
  const int line_number_;
  const absl::string_view line_;
  size_t position_ = 0;
  absl::Status status_;
};

}  // namespace sim

#endif  // SIM_SCENARIO_LINE_READER_H_
