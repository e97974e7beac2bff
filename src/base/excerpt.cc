#include "base/excerpt.h"

#include <algorithm>

namespace bailiwick {
namespace {

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

}  // namespace

std::string excerpt(std::string_view text, std::size_t longest) {
  std::size_t size = std::min(text.size(), longest);
  if (size < text.size()) {
    while (size > 0 && continues_character(text[size])) --size;
  }
  std::string out(text.substr(0, size));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return size < text.size() ? out + "…" : out;
}

}  // namespace bailiwick
