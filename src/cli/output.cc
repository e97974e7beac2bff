#include "cli/output.h"

#include <ostream>

#include <fmt/format.h>

#include "base/document.h"

namespace bailiwick::cli {
namespace {

const json::value* lookup(const json::value& value, std::string_view dotted) {
  const json::value* at = &value;
  while (at != nullptr && !dotted.empty()) {
    std::size_t dot = dotted.find('.');
    at = at->is_object() ? at->get_object().if_contains(dotted.substr(0, dot)) : nullptr;
    dotted = dot == std::string_view::npos ? std::string_view() : dotted.substr(dot + 1);
  }
  return at;
}

/// `a, b` for words; JSON for what is deeper.
std::string list_text(const json::array& list) {
  std::string text;
  for (const json::value& item : list) {
    if (!item.is_string()) return json::serialize(list);
    text += (text.empty() ? "" : ", ") + std::string(item.get_string());
  }
  return text;
}

std::string cell(const json::value* value) {
  if (value == nullptr || value->is_null()) return "-";
  std::string text = value->is_string()   ? std::string(value->get_string())
                     : value->is_double() ? fmt::format("{}", value->get_double())
                     : value->is_array()  ? list_text(value->get_array())
                                          : json::serialize(*value);
  return text.empty() ? "-" : shown(text);
}

std::size_t width(std::string_view text) {
  std::size_t count = 0;
  for (char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return count;
}

/// Every leaf of a nested object with its dotted key. What a nested object does not say is left out.
void flatten(const json::object& object, const std::string& prefix,
             std::vector<std::pair<std::string, std::string>>& lines) {
  for (const auto& member : object) {
    std::string key = prefix + std::string(member.key());
    if (const json::object* inner = member.value().if_object(); inner != nullptr && !inner->empty()) {
      flatten(*inner, key + ".", lines);
      continue;
    }
    std::string text = member.value().is_object() ? "-" : cell(&member.value());
    if (prefix.empty() || text != "-") lines.emplace_back(std::move(key), std::move(text));
  }
}

void print_padded(std::ostream& out, const std::string& text, std::size_t to) {
  out << text << std::string(to > width(text) ? to - width(text) : 0, ' ');
}

}  // namespace

std::string shown(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return out;
}

void print_value(const Context& context, const json::value& value) {
  if (context.format == Format::kYaml)
    *context.out << to_yaml(value);
  else
    *context.out << pretty_json(value) << '\n';
}

void print_rows(const Context& context, const json::value& whole, const json::array& rows,
                const std::vector<Column>& columns) {
  if (context.format != Format::kTable) return print_value(context, whole);
  std::vector<std::vector<std::string>> cells(1);
  for (const Column& column : columns) cells[0].push_back(column.heading);
  for (const json::value& row : rows) {
    cells.emplace_back();
    for (const Column& column : columns) cells.back().push_back(cell(lookup(row, column.key)));
  }
  std::vector<std::size_t> widths(columns.size());
  for (const auto& line : cells) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width(line[i]));
  }
  for (const auto& line : cells) {
    for (std::size_t i = 0; i < line.size(); ++i)
      print_padded(*context.out, line[i], i + 1 < line.size() ? widths[i] + 2 : 0);
    *context.out << '\n';
  }
}

void print_object(const Context& context, const json::value& value) {
  if (context.format != Format::kTable || !value.is_object()) return print_value(context, value);
  std::vector<std::pair<std::string, std::string>> lines;
  flatten(value.get_object(), "", lines);
  std::size_t widest = 0;
  for (const auto& [key, text] : lines) widest = std::max(widest, width(key));
  for (const auto& [key, text] : lines) {
    print_padded(*context.out, key, widest + 2);
    *context.out << text << '\n';
  }
}

Progress::Progress(const Context& context, std::string label, std::size_t total)
    : context_(context), label_(std::move(label)), total_(total) {
  draw();
}

Progress::~Progress() {
  if (context_.terminal_err) *context_.err << '\n';
}

void Progress::advance(std::size_t by) {
  done_ += by;
  draw();
}

void Progress::draw() {
  if (!context_.terminal_err) return;
  std::size_t permille = total_ == 0 ? 1000 : done_ * 1000 / total_;
  if (permille == drawn_permille_) return;
  drawn_permille_ = permille;
  constexpr std::size_t kBar = 30;
  std::size_t filled = permille * kBar / 1000;
  *context_.err << fmt::format("\r{} [{}{}] {}/{}", label_, std::string(filled, '#'),
                               std::string(kBar - filled, '.'), done_, total_)
                << std::flush;
}

}  // namespace bailiwick::cli
