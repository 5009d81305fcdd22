// is_utf8 against a decoder that computes code points. Compiled twice: with vectors, and without.
#include "axptr/utf8.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "axptr/testing/guarded_pages.h"
#include "axptr/virt_addr.h"
#include "gtest/gtest.h"

namespace axptr {
namespace {

using testing::GuardedPages;

// Decodes one code point and checks whether the number is a valid code point for that length.
bool decodes(const std::uint8_t* bytes, std::size_t length) {
  std::size_t at = 0;
  while (at < length) {
    const std::uint32_t lead = bytes[at++];
    if (lead < 0x80) continue;
    int tail = 0;
    std::uint32_t code_point = 0;
    if (lead >> 5 == 0b110) {
      tail = 1;
      code_point = lead & 0x1f;
    } else if (lead >> 4 == 0b1110) {
      tail = 2;
      code_point = lead & 0x0f;
    } else if (lead >> 3 == 0b11110) {
      tail = 3;
      code_point = lead & 0x07;
    } else {
      return false;
    }
    for (int i = 0; i < tail; ++i) {
      if (at == length || bytes[at] >> 6 != 0b10) return false;
      code_point = code_point << 6 | (bytes[at++] & 0x3fu);
    }
    const std::uint32_t smallest = tail == 1 ? 0x80 : tail == 2 ? 0x800 : 0x10000;
    if (code_point < smallest || code_point > 0x10ffff) return false;
    if (code_point >= 0xd800 && code_point <= 0xdfff) return false;
  }
  return true;
}

TEST(Utf8, TheEmptyTextIsWellFormed) { EXPECT_TRUE(is_utf8("", 0)); }

TEST(Utf8, EverySequenceOfUpToThreeBytesIsJudgedAsByTheDecoder) {
  std::uint8_t bytes[3];
  for (unsigned a = 0; a < 256; ++a) {
    bytes[0] = static_cast<std::uint8_t>(a);
    ASSERT_EQ(is_utf8(bytes, 1), decodes(bytes, 1)) << a;
    for (unsigned b = 0; b < 256; ++b) {
      bytes[1] = static_cast<std::uint8_t>(b);
      ASSERT_EQ(is_utf8(bytes, 2), decodes(bytes, 2)) << a << ' ' << b;
      for (unsigned c = 0; c < 256; ++c) {
        bytes[2] = static_cast<std::uint8_t>(c);
        ASSERT_EQ(is_utf8(bytes, 3), decodes(bytes, 3)) << a << ' ' << b << ' ' << c;
      }
    }
  }
}

TEST(Utf8, EveryFourByteLeadIsJudgedAsByTheDecoder) {
  const std::uint8_t edges[] = {0x00, 0x41, 0x7f, 0x80, 0x81, 0x8f, 0x90,
                                0xa0, 0xbe, 0xbf, 0xc0, 0xc2, 0xe0, 0xff};
  std::uint8_t bytes[4];
  for (unsigned a = 0xe0; a < 256; ++a) {
    bytes[0] = static_cast<std::uint8_t>(a);
    for (unsigned b = 0; b < 256; ++b) {
      bytes[1] = static_cast<std::uint8_t>(b);
      for (const std::uint8_t c : edges) {
        bytes[2] = c;
        for (const std::uint8_t d : edges) {
          bytes[3] = d;
          ASSERT_EQ(is_utf8(bytes, 4), decodes(bytes, 4))
              << std::hex << a << ' ' << b << ' ' << +c << ' ' << +d;
        }
      }
    }
  }
}

TEST(Utf8, EveryCodePointIsWellFormed) {
  for (std::uint32_t point = 0; point <= 0x10ffff; ++point) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    std::uint8_t bytes[4];
    std::size_t length = 0;
    if (point < 0x80) {
      bytes[length++] = static_cast<std::uint8_t>(point);
    } else if (point < 0x800) {
      bytes[length++] = static_cast<std::uint8_t>(0xc0 | point >> 6);
    } else if (point < 0x10000) {
      bytes[length++] = static_cast<std::uint8_t>(0xe0 | point >> 12);
    } else {
      bytes[length++] = static_cast<std::uint8_t>(0xf0 | point >> 18);
      bytes[length++] = static_cast<std::uint8_t>(0x80 | (point >> 12 & 0x3f));
    }
    if (point >= 0x800) bytes[length++] = static_cast<std::uint8_t>(0x80 | (point >> 6 & 0x3f));
    if (point >= 0x80) bytes[length++] = static_cast<std::uint8_t>(0x80 | (point & 0x3f));
    ASSERT_TRUE(is_utf8(bytes, length)) << std::hex << point;
    ASSERT_EQ(is_utf8(bytes, length - 1), length == 1) << std::hex << point;
  }
}

struct Sample {
  std::string bytes;
  bool is_well_formed;
};

const std::vector<Sample>& samples() {
  static const auto& samples = *new std::vector<Sample>{
      {"\xc2\x80", true},
      {"\xdf\xbf", true},
      {"\xe0\xa0\x80", true},
      {"\xed\x9f\xbf", true},
      {"\xee\x80\x80", true},
      {"\xef\xbf\xbf", true},
      {"\xf0\x90\x80\x80", true},
      {"\xf4\x8f\xbf\xbf", true},
      {"\xf0\x9f\x98\x80", true},
      {std::string("\0", 1), true},
      {"\x80", false},
      {"\xbf", false},
      {"\xc0\x80", false},
      {"\xc1\xbf", false},
      {"\xe0\x80\x80", false},
      {"\xe0\x9f\xbf", false},
      {"\xed\xa0\x80", false},
      {"\xed\xbf\xbf", false},
      {"\xf0\x80\x80\x80", false},
      {"\xf0\x8f\xbf\xbf", false},
      {"\xf4\x90\x80\x80", false},
      {"\xf5\x80\x80\x80", false},
      {"\xff", false},
      {"\xfe", false},
      {"\xc2", false},
      {"\xe1\x80", false},
      {"\xf1\x80\x80", false},
      {"\xc2\xc2\x80", false},
      {"\xe1\x80\xc2\x80", false},
      {"\xf1\x80\x80\x41", false},
  };
  return samples;
}

// Each sample at every position of a word, a vector and a block, up to the inaccessible page after
// it, so also truncated by the end; surrounded by ASCII, and by non-ASCII text.
TEST(Utf8, ASampleIsJudgedTheSameWhereverItStands) {
  const GuardedPages pages(1);
  for (const Sample& sample : samples()) {
    ASSERT_EQ(
        decodes(reinterpret_cast<const std::uint8_t*>(sample.bytes.data()), sample.bytes.size()),
        sample.is_well_formed);
    for (const std::string filler : {"a", "\xc3\xa9"}) {
      for (std::size_t before = 0; before < 90; ++before) {
        for (const std::size_t after : {0, 1, 2, 7, 8, 15, 16, 63, 64, 70}) {
          std::string text;
          while (text.size() < before) text += filler;
          text += sample.bytes;
          for (std::size_t i = 0; i < after; ++i) text += filler;
          std::uint8_t* const start = pages.end() - text.size();
          std::copy(text.begin(), text.end(), start);
          ASSERT_EQ(is_utf8(start, text.size()), sample.is_well_formed)
              << before << " before, " << after << " after";
          ASSERT_EQ(is_utf8(start + 1, text.size() - 1), decodes(start + 1, text.size() - 1));
        }
      }
    }
  }
}

// ASCII may not complete or skip a character, however long it is and wherever it starts.
TEST(Utf8, AsciiBetweenTheBytesOfACharacterIsIllFormed) {
  const GuardedPages pages(1);
  for (const std::string character : {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    for (std::size_t cut = 1; cut < character.size(); ++cut) {
      for (std::size_t before = 0; before <= 130; ++before) {
        for (const std::size_t ascii : {1, 7, 8, 15, 16, 31, 32, 63, 64, 65, 127, 128, 129, 192}) {
          const std::string text = std::string(before, 'a') + character.substr(0, cut) +
                                   std::string(ascii, 'b') + character.substr(cut);
          // Aligned to a block, and ending with the page.
          ASSERT_LE(text.size() + 64, kPageSize4K);
          std::uint8_t* const aligned = pages.end() - kPageSize4K;
          std::uint8_t* const last = pages.end() - text.size();
          for (std::uint8_t* const start : {aligned, last}) {
            std::copy(text.begin(), text.end(), start);
            ASSERT_FALSE(is_utf8(start, text.size()))
                << before << " before, " << cut << " of " << character.size() << ", " << ascii;
          }
        }
      }
    }
  }
}

TEST(Utf8, TextIsJudgedAsByTheDecoderWhereverItIsCut) {
  const GuardedPages pages(1);
  std::string text;
  while (text.size() < 200) text += "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
  for (std::size_t offset = 0; offset < 70; ++offset) {
    for (std::size_t length = 0; length <= text.size() - offset; ++length) {
      std::uint8_t* const start = pages.end() - length;
      std::copy_n(text.data() + offset, length, start);
      ASSERT_EQ(is_utf8(start, length), decodes(start, length)) << offset << '+' << length;
    }
  }
}

}  // namespace
}  // namespace axptr
