// The visible text of HTML, for readers.h.
#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.h"
#include "retrieval/readers.h"
#include "retrieval/unicode.h"

namespace bailiwick::retrieval {
namespace {

struct Entity {
  std::string_view name;
  char32_t value;
};
constexpr std::array kEntities = std::to_array<Entity>({
    {"AElig", 0xC6},    {"Auml", 0xC4},    {"Eacute", 0xC9},  {"Ouml", 0xD6},    {"Uuml", 0xDC},
    {"aacute", 0xE1},   {"aelig", 0xE6},   {"agrave", 0xE0},  {"amp", '&'},      {"apos", '\''},
    {"aring", 0xE5},    {"auml", 0xE4},    {"bull", 0x2022},  {"ccedil", 0xE7},  {"cent", 0xA2},
    {"copy", 0xA9},     {"deg", 0xB0},     {"eacute", 0xE9},  {"ecirc", 0xEA},   {"egrave", 0xE8},
    {"euml", 0xEB},     {"euro", 0x20AC},  {"frac12", 0xBD},  {"ge", 0x2265},    {"gt", '>'},
    {"hellip", 0x2026}, {"iacute", 0xED},  {"laquo", 0xAB},   {"ldquo", 0x201C}, {"le", 0x2264},
    {"lsquo", 0x2018},  {"lt", '<'},       {"mdash", 0x2014}, {"micro", 0xB5},   {"middot", 0xB7},
    {"nbsp", ' '},      {"ndash", 0x2013}, {"ntilde", 0xF1},  {"oacute", 0xF3},  {"ocirc", 0xF4},
    {"oslash", 0xF8},   {"ouml", 0xF6},    {"para", 0xB6},    {"plusmn", 0xB1},  {"pound", 0xA3},
    {"quot", '"'},      {"raquo", 0xBB},   {"rdquo", 0x201D}, {"reg", 0xAE},     {"rsquo", 0x2019},
    {"sect", 0xA7},     {"shy", 0xAD},     {"szlig", 0xDF},   {"times", 0xD7},   {"trade", 0x2122},
    {"uacute", 0xFA},   {"uuml", 0xFC},    {"yen", 0xA5},
});
static_assert(std::ranges::is_sorted(kEntities, {}, &Entity::name), "searched by halves");

/// Elements whose content is not for reading.
constexpr std::array kHidden =
    std::to_array<std::string_view>({"script", "style", "template", "noscript", "svg"});
/// Elements that begin a new line.
constexpr std::array kBlocks = std::to_array<std::string_view>({
    "address",    "article", "aside", "blockquote", "br",  "dd", "div", "dl",  "dt",
    "figcaption", "footer",  "form",  "h1",         "h2",  "h3", "h4",  "h5",  "h6",
    "header",     "hr",      "li",    "main",       "nav", "ol", "p",   "pre", "section",
    "table",      "td",      "th",    "title",      "tr",  "ul",
});

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

/// The character that `&…;` at `at` means and the bytes it takes; no bytes when it means none.
CodePoint entity_at(std::string_view html, std::size_t at) {
  constexpr std::size_t kLongest = 12;
  std::size_t end = html.substr(at, kLongest).find(';');
  if (end == std::string_view::npos || end < 2) return {.value = 0, .bytes = 0};
  std::string_view name = html.substr(at + 1, end - 1);
  if (name[0] == '#') {
    bool hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
    name.remove_prefix(hex ? 2 : 1);
    std::uint32_t value = 0;
    auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), value, hex ? 16 : 10);
    if (error != std::errc() || stop != name.data() + name.size()) return {.value = 0, .bytes = 0};
    bool control = value < 32 && value != '\n' && value != '\t';
    return {.value = control ? U' ' : static_cast<char32_t>(value), .bytes = end + 1};
  }
  auto found = std::ranges::lower_bound(kEntities, name, {}, &Entity::name);
  if (found == kEntities.end() || found->name != name) return {.value = 0, .bytes = 0};
  return {.value = found->value, .bytes = end + 1};
}

/// One past the `>` of the tag at `at`, quoted attributes respected.
std::size_t tag_end(std::string_view html, std::size_t at) {
  char quote = 0;
  for (; at < html.size(); ++at) {
    char c = html[at];
    if (quote != 0)
      quote = c == quote ? '\0' : quote;
    else if (c == '"' || c == '\'')
      quote = c;
    else if (c == '>')
      return at + 1;
  }
  return html.size();
}

std::string tag_name(std::string_view html, std::size_t at) {
  std::string name;
  while (at < html.size() && is_letter_or_digit(html[at])) {
    name += static_cast<char>(lower_case(static_cast<unsigned char>(html[at++])));
  }
  return name;
}

/// Where `</name` begins after `at`, in any case; the end when it never does.
std::size_t closing_tag(std::string_view html, std::size_t at, std::string_view name) {
  while ((at = html.find("</", at)) != std::string_view::npos) {
    if (tag_name(html, at + 2) == name) return at;
    at += 2;
  }
  return html.size();
}

/// Text as it appears: spaces collapsed, at most one blank line between blocks.
class Page {
 public:
  void add(char32_t c) {
    if (c < 0x80 && is_space(static_cast<char>(c))) {
      space_ = true;
      return;
    }
    if (lines_ > 0 && !text_.empty())
      text_.append(std::min<std::size_t>(lines_, 2), '\n');
    else if (space_ && !text_.empty())
      text_ += ' ';
    lines_ = 0;
    space_ = false;
    append_utf8(text_, c);
  }
  void break_line() { lines_ += 1; }
  std::string take() { return std::exchange(text_, {}); }

 private:
  std::string text_;
  std::size_t lines_ = 0;
  bool space_ = false;
};

class HtmlReader {
 public:
  explicit HtmlReader(std::string_view html) : html_(html) {}

  HtmlText read() {
    while (at_ < html_.size()) {
      if (html_[at_] == '<' && read_markup()) continue;
      CodePoint point = html_[at_] == '&' ? entity_at(html_, at_) : CodePoint{.value = 0, .bytes = 0};
      if (point.bytes == 0) point = code_point_at(html_, at_);
      at_ += point.bytes;
      if (point.value != 0xAD) (in_title_ ? title_ : page_).add(point.value);  // a soft hyphen is not there
    }
    return {.title = title_.take(), .text = page_.take()};
  }

 private:
  /// False when this `<` is just a character.
  bool read_markup() {
    std::string_view rest = html_.substr(at_);
    if (rest.starts_with("<!--")) return skip_to(html_.find("-->", at_ + 4), 3);
    if (rest.starts_with("<!") || rest.starts_with("<?")) return at_ = tag_end(html_, at_), true;
    bool closing = rest.starts_with("</");
    std::string name = tag_name(html_, at_ + (closing ? 2 : 1));
    if (name.empty()) return false;
    std::size_t end = tag_end(html_, at_);
    if (name == "title") in_title_ = !closing && title_seen_++ == 0;
    if (contains(kBlocks, name)) page_.break_line();
    at_ = !closing && contains(kHidden, name) && html_[end - 1] == '>' ? closing_tag(html_, end, name) : end;
    return true;
  }
  bool skip_to(std::size_t found, std::size_t bytes) {
    at_ = found == std::string_view::npos ? html_.size() : found + bytes;
    return true;
  }

  std::string_view html_;
  std::size_t at_ = 0;
  Page page_, title_;
  bool in_title_ = false;
  int title_seen_ = 0;
};

}  // namespace

HtmlText text_of_html(std::string_view html) {
  return HtmlReader(html).read();
}

}  // namespace bailiwick::retrieval
