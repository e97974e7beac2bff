#include "snapshot/tenant_declaration.h"

#include <algorithm>

namespace bailiwick::snapshot {

bool is_email(std::string_view text) {
  std::size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0 || text.find('@', at + 1) != std::string_view::npos)
    return false;
  std::string_view host = text.substr(at + 1);
  std::size_t dot = host.find('.');
  bool printable = std::ranges::none_of(text, [](unsigned char c) { return c <= ' ' || c == 0x7f; });
  return printable && dot != std::string_view::npos && dot > 0 && host.back() != '.';
}

bool is_time_zone_name(std::string_view text) {
  bool part_begins = true;
  for (char c : text) {
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    bool inner = (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '+';
    if (c == '/' ? part_begins : !letter && (part_begins || !inner)) return false;
    part_begins = c == '/';
  }
  return !part_begins && text.size() <= 63;
}

}  // namespace bailiwick::snapshot
