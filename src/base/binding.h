// Binding: one description of a structure, read twice: once to fill it from a Document, once to print its
// JSON Schema. A structure describes itself with a free function beside it:
//
//   template <class Visitor> void describe(Visitor& v, Budget& budget) {
//     v.field("monthly_limit_usd", budget.monthly, "Hard limit of a calendar month.");
//     v.required("action", budget.action, "What happens at the threshold.");
//   }
//
// Filling reports every fault at once, each with its place; a key that is not described is a fault. Types
// that can be bound: bool, std::int64_t, double, std::string, PicoDollars, milliseconds (as `90d`),
// std::optional, std::vector, std::map<std::string, T>, enums with `enum_names`, types with `parse_text`,
// Json, described structs.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/document.h"
#include "base/money.h"

namespace bailiwick {

/// Limits of one field. What is not given is not checked.
struct Rule {
  std::optional<double> min;
  std::optional<double> max;
  std::size_t max_length = 4096;  ///< bytes of a string, items of a list
  std::size_t min_length = 0;
};

/// Free-form value kept as it is.
struct Json {
  json::value value;
};

/// Where the filling stands and what it found wrong.
class BindContext {
 public:
  explicit BindContext(std::string file) : file_(std::move(file)) {}
  void problem(const Node& at, std::string message);
  void problem_at(int line, int column, std::string message);
  std::size_t push(std::string_view token);
  void pop(std::size_t size) { pointer_.resize(size); }
  const std::vector<Problem>& problems() const { return problems_; }
  std::vector<Problem> take() { return std::move(problems_); }

 private:
  std::string file_;
  std::string pointer_;
  std::vector<Problem> problems_;
};

/// Specialise for a type of your own: `static bool read(BindContext&, const Node&, T&, const Rule&)` and
/// `static json::object schema(const Rule&)`.
template <class T>
struct Binding;

bool read_scalar(BindContext& context, const Node& node, bool& out);
bool read_scalar(BindContext& context, const Node& node, std::int64_t& out, const Rule& rule);
bool read_scalar(BindContext& context, const Node& node, double& out, const Rule& rule);
bool read_scalar(BindContext& context, const Node& node, std::string& out, const Rule& rule);
bool read_scalar(BindContext& context, const Node& node, PicoDollars& out);
bool read_scalar(BindContext& context, const Node& node, std::chrono::milliseconds& out);
json::object number_schema(std::string_view type, const Rule& rule);
json::object string_schema(const Rule& rule);
/// The candidate nearest to `word`, or empty when none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

template <>
struct Binding<bool> {
  static bool read(BindContext& c, const Node& n, bool& out, const Rule&) { return read_scalar(c, n, out); }
  static json::object schema(const Rule&) { return {{"type", "boolean"}}; }
};
template <>
struct Binding<std::int64_t> {
  static bool read(BindContext& c, const Node& n, std::int64_t& out, const Rule& r) {
    return read_scalar(c, n, out, r);
  }
  static json::object schema(const Rule& r) { return number_schema("integer", r); }
};
template <>
struct Binding<double> {
  static bool read(BindContext& c, const Node& n, double& out, const Rule& r) {
    return read_scalar(c, n, out, r);
  }
  static json::object schema(const Rule& r) { return number_schema("number", r); }
};
template <>
struct Binding<std::string> {
  static bool read(BindContext& c, const Node& n, std::string& out, const Rule& r) {
    return read_scalar(c, n, out, r);
  }
  static json::object schema(const Rule& r) { return string_schema(r); }
};
/// A number or a decimal string of USD.
template <>
struct Binding<PicoDollars> {
  static bool read(BindContext& c, const Node& n, PicoDollars& out, const Rule&) {
    return read_scalar(c, n, out);
  }
  static json::object schema(const Rule&) {
    return {{"type", json::array{"number", "string"}}, {"minimum", 0}, {"maximum", 9000000}};
  }
};
template <>
struct Binding<std::chrono::milliseconds> {
  static bool read(BindContext& c, const Node& n, std::chrono::milliseconds& out, const Rule&) {
    return read_scalar(c, n, out);
  }
  static json::object schema(const Rule&) {
    return {{"type", "string"}, {"pattern", "^[0-9]+(ms|s|m|h|d)$"}};
  }
};
template <>
struct Binding<Json> {
  static bool read(BindContext&, const Node& n, Json& out, const Rule&) {
    return out.value = to_json(n), true;
  }
  static json::object schema(const Rule&) { return {}; }
};

template <class T>
struct Binding<std::optional<T>> {
  static bool read(BindContext& c, const Node& n, std::optional<T>& out, const Rule& r) {
    if (n.kind == Node::Kind::kNull) return out.reset(), true;
    return Binding<T>::read(c, n, out.emplace(), r);
  }
  static json::object schema(const Rule& r) {
    return {{"anyOf", json::array{Binding<T>::schema(r), json::object{{"type", "null"}}}}};
  }
};

template <class T>
struct Binding<std::vector<T>> {
  static bool read(BindContext& c, const Node& n, std::vector<T>& out, const Rule& r) {
    out.clear();
    if (n.kind == Node::Kind::kNull) return true;
    if (n.kind != Node::Kind::kSequence) return c.problem(n, "expected a list"), false;
    if (n.items.size() > r.max_length || n.items.size() < r.min_length) {
      return c.problem(n, "expected " + std::to_string(r.min_length) + " to " + std::to_string(r.max_length) +
                              " items"),
             false;
    }
    bool ok = true;
    for (std::size_t i = 0; i < n.items.size(); ++i) {
      std::size_t mark = c.push(std::to_string(i));
      T item{};
      if (Binding<T>::read(c, n.items[i], item, Rule{}))
        out.push_back(std::move(item));
      else
        ok = false;
      c.pop(mark);
    }
    return ok;
  }
  static json::object schema(const Rule& r) {
    json::object out{{"type", "array"}, {"items", Binding<T>::schema(Rule{})}, {"maxItems", r.max_length}};
    if (r.min_length > 0) out["minItems"] = r.min_length;
    return out;
  }
};

template <class T>
struct Binding<std::map<std::string, T>> {
  static bool read(BindContext& c, const Node& n, std::map<std::string, T>& out, const Rule& r) {
    out.clear();
    if (n.kind == Node::Kind::kNull) return true;
    if (n.kind != Node::Kind::kMapping) return c.problem(n, "expected a mapping"), false;
    if (n.entries.size() > r.max_length) return c.problem(n, "too many entries"), false;
    bool ok = true;
    for (const Node::Entry& entry : n.entries) {
      std::size_t mark = c.push(entry.key);
      T item{};
      if (Binding<T>::read(c, entry.value, item, Rule{}))
        out.emplace(entry.key, std::move(item));
      else
        ok = false;
      c.pop(mark);
    }
    return ok;
  }
  static json::object schema(const Rule& r) {
    return {{"type", "object"},
            {"additionalProperties", Binding<T>::schema(Rule{})},
            {"maxProperties", r.max_length}};
  }
};

/// Enums: `constexpr std::string_view enum_names(E)` cannot list, so the enum gives a table:
/// `constexpr std::array<std::pair<std::string_view, E>, N> enum_table(E)`, found by argument-dependent
/// lookup.
template <class E>
concept BoundEnum = std::is_enum_v<E> && requires(E e) { enum_table(e); };

template <BoundEnum E>
std::string_view name_of(E value) {
  for (const auto& [name, member] : enum_table(value)) {
    if (member == value) return name;
  }
  return "";
}
template <BoundEnum E>
std::optional<E> enum_from(std::string_view name) {
  for (const auto& [known, member] : enum_table(E{})) {
    if (known == name) return member;
  }
  return std::nullopt;
}
template <BoundEnum E>
std::vector<std::string> enum_words() {
  std::vector<std::string> words;
  for (const auto& [name, member] : enum_table(E{})) words.emplace_back(name);
  return words;
}
std::string one_of(const std::vector<std::string>& words, std::string_view got);

template <BoundEnum E>
struct Binding<E> {
  static bool read(BindContext& c, const Node& n, E& out, const Rule&) {
    std::optional<E> value = n.kind == Node::Kind::kScalar ? enum_from<E>(n.text) : std::nullopt;
    if (!value) return c.problem(n, one_of(enum_words<E>(), n.text)), false;
    out = *value;
    return true;
  }
  static json::object schema(const Rule&) {
    json::array words;
    for (const std::string& word : enum_words<E>()) words.emplace_back(word);
    return {{"type", "string"}, {"enum", std::move(words)}};
  }
};

/// Types that parse themselves: `static Result<T> T::parse(std::string_view)` and `static json::object
/// T::schema()`.
template <class T>
concept ParsedText = requires(std::string_view text) {
  { T::parse(text) } -> std::same_as<Result<T>>;
  { T::schema() } -> std::same_as<json::object>;
};

template <ParsedText T>
struct Binding<T> {
  static bool read(BindContext& c, const Node& n, T& out, const Rule&) {
    std::string text;
    if (!read_scalar(c, n, text, Rule{})) return false;
    auto parsed = T::parse(text);
    if (!parsed) return c.problem(n, parsed.error().message), false;
    out = std::move(*parsed);
    return true;
  }
  static json::object schema(const Rule&) { return T::schema(); }
};

/// Fills one mapping. Fields are visited in the order they are described.
class FieldReader {
 public:
  FieldReader(BindContext& context, const Node& node) : context_(context), node_(node) {}

  /// May be absent; the member keeps its default.
  template <class T>
  void field(std::string_view key, T& member, std::string_view /*doc*/, const Rule& rule = {}) {
    known_.emplace_back(key);
    const Node* value = node_.find(key);
    if (value == nullptr) return;
    std::size_t mark = context_.push(key);
    Binding<T>::read(context_, *value, member, rule);
    context_.pop(mark);
  }
  template <class T>
  void required(std::string_view key, T& member, std::string_view doc, const Rule& rule = {}) {
    field(key, member, doc, rule);
    if (node_.find(key) == nullptr) missing(key);
  }
  /// A rule across fields; call after them.
  void require(bool condition, std::string message) {
    if (!condition) context_.problem(node_, std::move(message));
  }
  /// Whether the document speaks of `key`: a default and the same value written out are told apart by this.
  bool given(std::string_view key) const { return node_.find(key) != nullptr; }
  /// Reports keys that nothing described.
  void finish();

 private:
  void missing(std::string_view key);
  BindContext& context_;
  const Node& node_;
  std::vector<std::string> known_;
};

/// Prints the JSON Schema (2020-12, within the draft-7 subset) of one mapping.
class SchemaWriter {
 public:
  template <class T>
  void field(std::string_view key, T&, std::string_view doc, const Rule& rule = {}) {
    json::object schema = Binding<T>::schema(rule);
    schema["description"] = json::string(doc);
    properties_[key] = std::move(schema);
  }
  template <class T>
  void required(std::string_view key, T& member, std::string_view doc, const Rule& rule = {}) {
    field(key, member, doc, rule);
    required_.emplace_back(json::string(key));
  }
  void require(bool, std::string) {}
  bool given(std::string_view) const { return false; }
  json::object finish();

 private:
  json::object properties_;
  json::array required_;
};

template <class T>
concept Described = requires(FieldReader& reader, T& value) { describe(reader, value); };

template <Described T>
struct Binding<T> {
  static bool read(BindContext& c, const Node& n, T& out, const Rule&) {
    if (n.kind != Node::Kind::kMapping) return c.problem(n, "expected a mapping"), false;
    std::size_t before = c.problems().size();
    FieldReader reader(c, n);
    describe(reader, out);
    reader.finish();
    return c.problems().size() == before;
  }
  static json::object schema(const Rule&) {
    T value{};
    SchemaWriter writer;
    describe(writer, value);
    return writer.finish();
  }
};

/// A problem is also part of answers.
template <class Visitor>
void describe(Visitor& v, Problem& problem) {
  v.required("where", problem.where, "file:line:column, or a JSON pointer.");
  v.required("message", problem.message, "What is wrong and how to mend it.");
}

/// Fills a T from a tree. Errors: kInvalid `reason` with every problem.
template <class T>
Result<T> bind_document(const Node& node, std::string_view file,
                        std::string_view reason = "document.invalid") {
  BindContext context{std::string(file)};
  T value{};
  Binding<T>::read(context, node, value, Rule{});
  if (context.problems().empty()) return value;
  Error error(ErrorCode::kInvalid, reason, context.problems().front().message);
  error.problems = context.take();
  return std::unexpected(std::move(error));
}

/// Fills a T from a JSON body; problems name JSON pointers.
template <class T>
Result<T> bind_json(std::string_view body, const JsonRules& rules = {}) {
  TRY(json::object object, parse_json_object(body, {}, rules));
  return bind_document<T>(to_node(object), "", "body.invalid");
}

}  // namespace bailiwick
