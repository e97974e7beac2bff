#include "base/binding.h"

#include <charconv>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "base/excerpt.h"

namespace bailiwick {
namespace {

/// A list that a person can work through, however many faults the input has.
constexpr std::size_t kMostProblems = 100;

template <class T>
bool parse_whole(std::string_view text, T& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

bool reads_as_other_type(const Node& node) {
  if (node.quoted) return false;
  double number = 0;
  return node.text == "true" || node.text == "false" ||
         (parse_whole(node.text, number) && std::isfinite(number));
}

bool in_range(BindContext& context, const Node& node, double value, const Rule& rule) {
  if (rule.min && value < *rule.min)
    return context.problem(node, fmt::format("must be at least {}", *rule.min)), false;
  if (rule.max && value > *rule.max)
    return context.problem(node, fmt::format("must be at most {}", *rule.max)), false;
  return true;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

void BindContext::problem(const Node& at, std::string message) {
  problem_at(at.line, at.column, std::move(message));
}

void BindContext::problem_at(int line, int column, std::string message) {
  if (problems_.size() > kMostProblems) return;
  if (problems_.size() == kMostProblems) message = "there are more faults; mend these first";
  std::string name = pointer_.empty() ? "" : pointer_.substr(1);
  if (line > 0) {
    std::string prefix = name.empty() ? "" : name + ": ";
    problems_.push_back({fmt::format("{}:{}:{}", file_, line, column), prefix + message});
  } else {
    problems_.push_back({pointer_.empty() ? "/" : pointer_, std::move(message)});
  }
}

std::size_t BindContext::push(std::string_view token) {
  std::size_t size = pointer_.size();
  pointer_ += '/';
  for (char c : excerpt(token)) {
    if (c == '~')
      pointer_ += "~0";
    else if (c == '/')
      pointer_ += "~1";
    else
      pointer_ += c;
  }
  return size;
}

bool read_scalar(BindContext& context, const Node& node, bool& out) {
  bool good =
      node.kind == Node::Kind::kScalar && !node.quoted && (node.text == "true" || node.text == "false");
  if (!good) return context.problem(node, "expected true or false"), false;
  out = node.text == "true";
  return true;
}

bool read_scalar(BindContext& context, const Node& node, std::int64_t& out, const Rule& rule) {
  if (node.kind != Node::Kind::kScalar || node.quoted || !parse_whole(node.text, out)) {
    return context.problem(node, "expected a whole number"), false;
  }
  return in_range(context, node, static_cast<double>(out), rule);
}

bool read_scalar(BindContext& context, const Node& node, double& out, const Rule& rule) {
  if (node.kind != Node::Kind::kScalar || node.quoted || !parse_whole(node.text, out) ||
      !std::isfinite(out)) {
    return context.problem(node, "expected a number"), false;
  }
  return in_range(context, node, out, rule);
}

bool read_scalar(BindContext& context, const Node& node, std::string& out, const Rule& rule) {
  if (node.kind != Node::Kind::kScalar) return context.problem(node, "expected text"), false;
  if (reads_as_other_type(node)) {
    return context.problem(node, "expected text; write it in quotes"),
           false;  // unrepeated: it may be a secret
  }
  if (node.text.size() > rule.max_length) {
    return context.problem(node, fmt::format("longer than {} bytes", rule.max_length)), false;
  }
  if (node.text.size() < rule.min_length) return context.problem(node, "may not be empty"), false;
  out = node.text;
  return true;
}

bool read_scalar(BindContext& context, const Node& node, PicoDollars& out) {
  if (node.kind != Node::Kind::kScalar) return context.problem(node, "expected an amount in USD"), false;
  auto amount = PicoDollars::parse(node.text);
  if (!amount) return context.problem(node, amount.error().message), false;
  out = *amount;
  return true;
}

bool read_scalar(BindContext& context, const Node& node, std::chrono::milliseconds& out) {
  if (node.kind != Node::Kind::kScalar)
    return context.problem(node, "expected a duration such as 90d"), false;
  auto duration = parse_duration(node.text);
  if (!duration) return context.problem(node, duration.error().message), false;
  out = *duration;
  return true;
}

json::object number_schema(std::string_view type, const Rule& rule) {
  json::object schema{{"type", json::string(type)}};
  if (rule.min) schema["minimum"] = *rule.min;
  if (rule.max) schema["maximum"] = *rule.max;
  return schema;
}

json::object string_schema(const Rule& rule) {
  json::object schema{{"type", "string"}, {"maxLength", rule.max_length}};
  if (rule.min_length > 0) schema["minLength"] = rule.min_length;
  return schema;
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, std::min<std::size_t>(3, word.size() / 3)) + 1;
  if (word.size() > 64) return best;
  for (const std::string& candidate : candidates) {
    std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) best = candidate, best_distance = distance;
  }
  return best;
}

std::string one_of(const std::vector<std::string>& words, std::string_view got) {
  std::string hint = nearest(got, words);
  return fmt::format("expected one of {}{}", fmt::join(words, ", "),
                     hint.empty() ? "" : fmt::format("; did you mean {}?", hint));
}

void FieldReader::missing(std::string_view key) {
  std::size_t mark = context_.push(key);
  context_.problem(node_, fmt::format("'{}' is required", key));
  context_.pop(mark);
}

void FieldReader::finish() {
  for (const Node::Entry& entry : node_.entries) {
    if (context_.problems().size() > kMostProblems) return;
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    std::string hint = nearest(entry.key, known_);
    std::string remedy = hint.empty() ? fmt::format("known keys: {}", fmt::join(known_, ", "))
                                      : fmt::format("did you mean '{}'?", hint);
    std::size_t mark = context_.push(entry.key);
    context_.problem_at(entry.line, entry.column, fmt::format("unknown key; {}", remedy));
    context_.pop(mark);
  }
}

json::object SchemaWriter::finish() {
  json::object schema{
      {"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties_)}};
  if (!required_.empty()) schema["required"] = std::move(required_);
  return schema;
}

}  // namespace bailiwick
