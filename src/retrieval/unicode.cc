#include "retrieval/unicode.h"

#include <array>

namespace bailiwick::retrieval {
namespace {

constexpr CodePoint kMalformed{.value = 0xFFFD, .bytes = 1};

struct Range {
  char32_t first, last;
};

constexpr bool within(char32_t value, Range range) {
  return value >= range.first && value <= range.last;
}

/// Beyond ASCII, what separates words: punctuation, spaces, symbols, surrogates, specials.
constexpr std::array kSeparators = std::to_array<Range>({
    {0x80, 0xA9},     {0xAB, 0xB4},     {0xB6, 0xB9},     {0xBB, 0xBF},       {0xD7, 0xD7},
    {0xF7, 0xF7},     {0x2C2, 0x2C5},   {0x37E, 0x37E},   {0x387, 0x387},     {0x55A, 0x55F},
    {0x589, 0x58F},   {0x5BE, 0x5BE},   {0x60C, 0x60D},   {0x61B, 0x61F},     {0x66A, 0x66D},
    {0x6D4, 0x6D4},   {0x964, 0x965},   {0x2000, 0x206F}, {0x20A0, 0x20CF},   {0x2190, 0x2BFF},
    {0x2E00, 0x2E7F}, {0x3000, 0x3004}, {0x3008, 0x3020}, {0x30FB, 0x30FB},   {0xD800, 0xF8FF},
    {0xFE10, 0xFE1F}, {0xFE30, 0xFE6F}, {0xFEFF, 0xFEFF}, {0xFF01, 0xFF0F},   {0xFF1A, 0xFF20},
    {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65}, {0xFFE0, 0xFFFF}, {0x1F000, 0x1FAFF},
});

}  // namespace

CodePoint code_point_at(std::string_view text, std::size_t at) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  unsigned char first = byte(0);
  if (first < 0x80) return {.value = first, .bytes = 1};
  std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + bytes > text.size()) return kMalformed;
  char32_t value = first & (0x7F >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return kMalformed;
    value = value << 6 | (byte(i) & 0x3F);
  }
  constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[bytes] || value > 0x10FFFF || within(value, {0xD800, 0xDFFF})) return kMalformed;
  return {.value = value, .bytes = bytes};
}

void append_utf8(std::string& out, char32_t value) {
  auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
  if (value > 0x10FFFF || within(value, {0xD800, 0xDFFF})) value = 0xFFFD;
  if (value < 0x80) {
    put(value);
  } else if (value < 0x800) {
    put(0xC0 | value >> 6), put(0x80 | (value & 0x3F));
  } else if (value < 0x10000) {
    put(0xE0 | value >> 12), put(0x80 | (value >> 6 & 0x3F)), put(0x80 | (value & 0x3F));
  } else {
    put(0xF0 | value >> 18), put(0x80 | (value >> 12 & 0x3F)), put(0x80 | (value >> 6 & 0x3F));
    put(0x80 | (value & 0x3F));
  }
}

bool is_valid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    CodePoint point = code_point_at(text, at);
    if (point.bytes == 1 && point.value == kMalformed.value) return false;
    at += point.bytes;
  }
  return true;
}

char32_t lower_case(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  if (c < 0x100) return within(c, {0xC0, 0xDE}) && c != 0xD7 ? c + 32 : c;
  auto even_is_upper = [&] { return c % 2 == 0 ? c + 1 : c; };
  auto odd_is_upper = [&] { return c % 2 == 1 ? c + 1 : c; };
  if (c < 0x180) {  // Latin Extended-A: pairs, but for a few
    if (c == 0x130) return 'i';
    if (c == 0x178) return 0xFF;
    if (c == 0x131 || c == 0x138 || c == 0x149 || c == 0x17F) return c;
    return within(c, {0x139, 0x148}) || within(c, {0x179, 0x17E}) ? odd_is_upper() : even_is_upper();
  }
  if (within(c, {0x386, 0x3C2})) {  // Greek
    if (c == 0x386) return 0x3AC;
    if (within(c, {0x388, 0x38A})) return c + 37;
    if (c == 0x38C) return 0x3CC;
    if (c == 0x38E || c == 0x38F) return c + 63;
    if (c == 0x3C2) return 0x3C3;  // a final sigma is a sigma
    return within(c, {0x391, 0x3AB}) && c != 0x3A2 ? c + 32 : c;
  }
  if (within(c, {0x400, 0x40F})) return c + 80;  // Cyrillic
  if (within(c, {0x410, 0x42F})) return c + 32;
  if (within(c, {0x460, 0x481}) || within(c, {0x48A, 0x4BF}) || within(c, {0x4D0, 0x52F}))
    return even_is_upper();
  if (within(c, {0x531, 0x556})) return c + 48;  // Armenian
  if (within(c, {0x1E00, 0x1E95}) || within(c, {0x1EA0, 0x1EFF})) return even_is_upper();
  if (within(c, {0xFF21, 0xFF3A})) return c + 32;  // full-width Latin
  return c;
}

bool is_upper_case(char32_t value) {
  return lower_case(value) != value && value != 0x3C2;
}

bool is_word_character(char32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  for (const Range& range : kSeparators) {
    if (c < range.first) return true;
    if (c <= range.last) return false;
  }
  return true;
}

bool is_ideograph(char32_t c) {
  return within(c, {0x3040, 0x30FF}) || within(c, {0x3400, 0x9FFF}) || within(c, {0xF900, 0xFAFF}) ||
         within(c, {0x20000, 0x3FFFF});
}

}  // namespace bailiwick::retrieval
