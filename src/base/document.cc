#include "base/document.h"

#include <charconv>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <yaml.h>

namespace bailiwick {
namespace {

constexpr std::size_t kMaxBytes = 1 << 20;
constexpr int kMaxLevels = 32;

/// Owns libyaml's parser and its current event.
class Events {
 public:
  explicit Events(std::string_view text) {
    BW_CHECK(yaml_parser_initialize(&parser_) != 0);
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  ~Events() {
    release();
    yaml_parser_delete(&parser_);
  }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  bool next() {
    release();
    held_ = yaml_parser_parse(&parser_, &event_) != 0;
    return held_;
  }
  const yaml_event_t& event() const { return event_; }
  const yaml_parser_t& parser() const { return parser_; }

 private:
  void release() {
    if (held_) yaml_event_delete(&event_);
    held_ = false;
  }
  yaml_parser_t parser_{};
  yaml_event_t event_{};
  bool held_ = false;
};

class TreeBuilder {
 public:
  TreeBuilder(std::string_view text, std::string_view file) : events_(text), file_(file) {}

  Result<Node> build() {
    CHECK_OK(expect(YAML_STREAM_START_EVENT));
    CHECK_OK(advance());
    if (events_.event().type == YAML_STREAM_END_EVENT) return Node{.line = 1, .column = 1};
    CHECK_OK(advance());
    TRY(Node root, node(0));
    CHECK_OK(advance());  // the document's end
    CHECK_OK(advance());
    if (events_.event().type != YAML_STREAM_END_EVENT) {
      return problem(events_.event().start_mark, "a second document begins here; keep one per file");
    }
    return root;
  }

 private:
  std::unexpected<Error> problem(const yaml_mark_t& mark, std::string message) const {
    Error error(ErrorCode::kInvalid, "yaml.malformed", message);
    error.problems.push_back(
        {fmt::format("{}:{}:{}", file_, mark.line + 1, mark.column + 1), std::move(message)});
    return std::unexpected(std::move(error));
  }

  Status advance() {
    if (events_.next()) return {};
    const yaml_parser_t& parser = events_.parser();
    const char* why = parser.problem != nullptr ? parser.problem : "not YAML";
    return problem(parser.error == YAML_READER_ERROR ? yaml_mark_t{} : parser.problem_mark, why);
  }

  Status expect(yaml_event_type_t type) {
    CHECK_OK(advance());
    if (events_.event().type != type) return problem(events_.event().start_mark, "not a YAML stream");
    return {};
  }

  /// Builds the node that begins at the current event.
  Result<Node> node(int depth) {
    const yaml_event_t& event = events_.event();
    yaml_mark_t mark = event.start_mark;
    if (depth > kMaxLevels) return problem(mark, fmt::format("nested deeper than {} levels", kMaxLevels));
    Node out{.line = static_cast<int>(mark.line) + 1, .column = static_cast<int>(mark.column) + 1};
    switch (event.type) {
      case YAML_SCALAR_EVENT:
        return scalar(event, std::move(out));
      case YAML_SEQUENCE_START_EVENT:
        return sequence(event, std::move(out), depth);
      case YAML_MAPPING_START_EVENT:
        return mapping(event, std::move(out), depth);
      case YAML_ALIAS_EVENT:
        return problem(mark, "aliases (*name) are not accepted; write the value out");
      default:
        return problem(mark, "a value is missing here");
    }
  }

  Status plain_of(const yaml_char_t* anchor, const yaml_char_t* tag, const yaml_mark_t& mark) const {
    if (anchor != nullptr) return problem(mark, "anchors (&name) are not accepted; write the value out");
    if (tag != nullptr) return problem(mark, "tags (!name) are not accepted; remove it");
    return {};
  }

  Result<Node> scalar(const yaml_event_t& event, Node out) {
    const auto& data = event.data.scalar;
    CHECK_OK(plain_of(data.anchor, data.tag, event.start_mark));
    out.text.assign(reinterpret_cast<const char*>(data.value), data.length);
    if (out.text.find('\0') != std::string::npos) return problem(event.start_mark, "NUL is not accepted");
    out.quoted = data.style != YAML_PLAIN_SCALAR_STYLE;
    bool null = !out.quoted && (out.text.empty() || out.text == "~" || out.text == "null");
    out.kind = null ? Node::Kind::kNull : Node::Kind::kScalar;
    return out;
  }

  Result<Node> sequence(const yaml_event_t& event, Node out, int depth) {
    CHECK_OK(plain_of(event.data.sequence_start.anchor, event.data.sequence_start.tag, event.start_mark));
    out.kind = Node::Kind::kSequence;
    while (true) {
      CHECK_OK(advance());
      if (events_.event().type == YAML_SEQUENCE_END_EVENT) return out;
      TRY(Node item, node(depth + 1));
      out.items.push_back(std::move(item));
    }
  }

  Result<Node> mapping(const yaml_event_t& event, Node out, int depth) {
    CHECK_OK(plain_of(event.data.mapping_start.anchor, event.data.mapping_start.tag, event.start_mark));
    out.kind = Node::Kind::kMapping;
    std::set<std::string> seen;
    while (true) {
      CHECK_OK(advance());
      if (events_.event().type == YAML_MAPPING_END_EVENT) return out;
      yaml_mark_t mark = events_.event().start_mark;
      TRY(Node key, node(depth + 1));
      if (key.kind != Node::Kind::kScalar) return problem(mark, "keys must be plain text");
      if (key.text == "<<" && !key.quoted) return problem(mark, "merge keys (<<) are not accepted");
      if (!seen.insert(key.text).second) {
        return problem(mark, fmt::format("the key '{}' stands twice; keep one", key.text));
      }
      CHECK_OK(advance());
      TRY(Node value, node(depth + 1));
      out.entries.push_back({std::move(key.text), static_cast<int>(mark.line) + 1,
                             static_cast<int>(mark.column) + 1, std::move(value)});
    }
  }

  Events events_;
  std::string file_;
};

bool looks_numeric(std::string_view text) {
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(number);
}

void write_yaml(std::string& out, const json::value& value, std::size_t indent, bool after_dash);

void write_scalar(std::string& out, const json::value& value) {
  if (!value.is_string()) {
    out += canonical_json(value);
    return;
  }
  std::string_view text = value.get_string();
  // The plain form is kept for words that cannot be read as anything else; all others are quoted as JSON.
  bool plain = !text.empty() &&
               text.find_first_not_of(
                   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                   "_-./ ") == std::string_view::npos &&
               text.front() != '-' && text.front() != ' ' && text.front() != '.' && text.back() != ' ' &&
               !looks_numeric(text) && text != "true" && text != "false" && text != "null";
  if (plain)
    out += text;
  else
    append_json_string(out, text);
}

void write_entry_value(std::string& out, const json::value& value, std::size_t indent) {
  bool nested =
      (value.is_object() && !value.get_object().empty()) || (value.is_array() && !value.get_array().empty());
  out += nested ? "\n" : " ";
  write_yaml(out, value, indent, false);
}

void write_yaml(std::string& out, const json::value& value, std::size_t indent, bool after_dash) {
  if (const json::object* object = value.if_object(); object != nullptr && !object->empty()) {
    bool first = after_dash;
    for (const auto& member : *object) {
      if (!first) out.append(indent, ' ');
      first = false;
      write_scalar(out, json::value(json::string(member.key())));
      out += ':';
      write_entry_value(out, member.value(), indent + 2);
    }
  } else if (const json::array* array = value.if_array(); array != nullptr && !array->empty()) {
    bool first = after_dash;
    for (const json::value& item : *array) {
      if (!first) out.append(indent, ' ');
      first = false;
      out += "- ";
      write_yaml(out, item, indent + 2, true);
    }
  } else {
    if (value.is_object())
      out += "{}";
    else if (value.is_array())
      out += "[]";
    else
      write_scalar(out, value);
    out += '\n';
  }
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

Result<Node> parse_yaml(std::string_view text, std::string_view file) {
  if (text.size() > kMaxBytes) {
    Error error(ErrorCode::kInvalid, "yaml.too_large", "larger than 1 MiB");
    error.problems.push_back({fmt::format("{}:1:1", file), "larger than 1 MiB; split the file"});
    return std::unexpected(std::move(error));
  }
  return TreeBuilder(text, file).build();
}

Node to_node(const json::value& value) {
  Node node;
  if (const json::object* object = value.if_object()) {
    node.kind = Node::Kind::kMapping;
    for (const auto& member : *object)
      node.entries.push_back({std::string(member.key()), 0, 0, to_node(member.value())});
  } else if (const json::array* array = value.if_array()) {
    node.kind = Node::Kind::kSequence;
    for (const json::value& item : *array) node.items.push_back(to_node(item));
  } else if (const json::string* text = value.if_string()) {
    node.kind = Node::Kind::kScalar;
    node.text = *text;
    node.quoted = true;
  } else if (!value.is_null()) {
    node.kind = Node::Kind::kScalar;
    node.text = canonical_json(value);
  }
  return node;
}

json::value to_json(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return nullptr;
    case Node::Kind::kSequence: {
      json::array out;
      for (const Node& item : node.items) out.push_back(to_json(item));
      return out;
    }
    case Node::Kind::kMapping: {
      json::object out;
      for (const Node::Entry& entry : node.entries) out.emplace(entry.key, to_json(entry.value));
      return out;
    }
    case Node::Kind::kScalar:
      break;
  }
  if (!node.quoted) {
    if (node.text == "true") return true;
    if (node.text == "false") return false;
    std::int64_t whole = 0;
    const char* last = node.text.data() + node.text.size();
    if (auto [end, error] = std::from_chars(node.text.data(), last, whole);
        error == std::errc() && end == last) {
      return whole;
    }
    double real = 0;
    if (auto [end, error] = std::from_chars(node.text.data(), last, real);
        error == std::errc() && end == last && std::isfinite(real)) {
      return real;
    }
  }
  return json::string(node.text);
}

std::string to_yaml(const json::value& value) {
  std::string out;
  write_yaml(out, value, 0, false);
  return out;
}

}  // namespace bailiwick
