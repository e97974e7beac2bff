#include "policy/cedar/text.h"

#include <fmt/format.h>

namespace bailiwick::cedar {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void append_utf8(std::string& out, unsigned long code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

/// Reads the escape after a backslash, appends what it stands for, and moves past it. Returns the fault.
class EscapeReader {
 public:
  EscapeReader(std::string_view body, std::size_t& at, std::string& out) : body_(body), at_(at), out_(out) {}

  std::string read() {
    if (at_ >= body_.size()) return "a backslash ends the string";
    char c = body_[at_++];
    switch (c) {
      case 'n':
        out_ += '\n';
        return {};
      case 'r':
        out_ += '\r';
        return {};
      case 't':
        out_ += '\t';
        return {};
      case '0':
        out_ += '\0';
        return {};
      case '\\':
      case '"':
      case '\'':
        out_ += c;
        return {};
      case 'x':
        return read_byte();
      case 'u':
        return read_code_point();
      default:
        return fmt::format("`\\{}` is no escape; write a backslash as `\\\\`", c);
    }
  }

 private:
  std::string read_byte() {
    int high = at_ < body_.size() ? hex_value(body_[at_]) : -1;
    int low = at_ + 1 < body_.size() ? hex_value(body_[at_ + 1]) : -1;
    if (high < 0 || low < 0) return "`\\x` takes two hexadecimal digits";
    if (high > 7) return "`\\x` reaches to 7f; write others as `\\u{…}`";
    out_ += static_cast<char>(high * 16 + low);
    at_ += 2;
    return {};
  }
  std::string read_code_point() {
    static constexpr std::string_view kForm = "`\\u` takes one to six hexadecimal digits in braces";
    if (at_ >= body_.size() || body_[at_] != '{') return std::string(kForm);
    unsigned long code = 0;
    int digits = 0;
    for (++at_; at_ < body_.size() && body_[at_] != '}'; ++at_) {
      if (body_[at_] == '_' && digits > 0) continue;
      int value = hex_value(body_[at_]);
      if (value < 0 || ++digits > 6) return std::string(kForm);
      code = code * 16 + static_cast<unsigned long>(value);
    }
    if (at_ >= body_.size() || digits == 0) return std::string(kForm);
    ++at_;
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return "`\\u{…}` names no character";
    append_utf8(out_, code);
    return {};
  }

  std::string_view body_;
  std::size_t& at_;
  std::string& out_;
};

void append_escaped(std::string& out, std::string_view text) {
  for (char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\0':
        out += "\\0";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
          out += fmt::format("\\u{{{:x}}}", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
}

}  // namespace

Unescaped unescape(std::string_view body) {
  std::string out;
  for (std::size_t at = 0; at < body.size();) {
    char c = body[at++];
    if (c == '\r') return {std::nullopt, "a carriage return must be written as `\\r`"};
    if (c != '\\') {
      out += c;
    } else if (std::string fault = EscapeReader(body, at, out).read(); !fault.empty()) {
      return {std::nullopt, std::move(fault)};
    }
  }
  return {std::move(out), {}};
}

UnescapedPattern unescape_pattern(std::string_view body) {
  Pattern pattern{{std::string()}};
  for (std::size_t at = 0; at < body.size();) {
    char c = body[at++];
    std::string& piece = pattern.pieces.back();
    if (c == '*') {
      pattern.pieces.emplace_back();
    } else if (c != '\\') {
      piece += c;
    } else if (at < body.size() && body[at] == '*') {
      piece += body[at++];
    } else if (std::string fault = EscapeReader(body, at, piece).read(); !fault.empty()) {
      return {std::nullopt, std::move(fault)};
    }
  }
  return {std::move(pattern), {}};
}

bool Pattern::matches(std::string_view text) const {
  if (pieces.empty()) return text.empty();
  if (pieces.size() == 1) return text == pieces.front();
  const std::string& last = pieces.back();
  if (text.size() < pieces.front().size() + last.size()) return false;
  if (!text.starts_with(pieces.front()) || !text.ends_with(last)) return false;
  std::string_view middle =
      text.substr(pieces.front().size(), text.size() - pieces.front().size() - last.size());
  for (std::size_t i = 1; i + 1 < pieces.size(); ++i) {
    std::size_t found = middle.find(pieces[i]);
    if (found == std::string_view::npos) return false;
    middle.remove_prefix(found + pieces[i].size());
  }
  return true;
}

std::uint64_t Pattern::cost(std::string_view text) const {
  std::size_t longest = 0;
  for (std::size_t i = 1; i + 1 < pieces.size(); ++i) longest = std::max(longest, pieces[i].size());
  return longest == 0 ? text.size() / 16 : text.size() / 8 * (1 + longest / 32);
}

std::string to_literal(std::string_view text) {
  std::string out = "\"";
  append_escaped(out, text);
  return out + '"';
}

std::string to_literal(const Pattern& pattern) {
  std::string out = "\"";
  for (std::size_t i = 0; i < pattern.pieces.size(); ++i) {
    if (i > 0) out += '*';
    std::string piece;
    append_escaped(piece, pattern.pieces[i]);
    for (char c : piece) {
      if (c == '*') out += '\\';
      out += c;
    }
  }
  return out + '"';
}

}  // namespace bailiwick::cedar
