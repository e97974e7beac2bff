#include "policy/cedar/est_expression.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "policy/cedar/extension.h"
#include "policy/cedar/lexer.h"
#include "policy/cedar/limits.h"
#include "policy/cedar/operators.h"

namespace bailiwick::cedar {
namespace {

class ExpressionReader {
 public:
  explicit ExpressionReader(JsonReader& json) : json_(json) {}

  /// Null and noted when it is no expression.
  ExprPtr read(const json::value& value) {
    const json::object* wrapper = json_.object(value);
    if (!wrapper) return nullptr;
    if (wrapper->size() != 1) return refused("an expression is an object of one key: its operator");
    const auto& [op, body] = *wrapper->begin();
    return json_.inside(op, [&] { return read_operator(op, body); });
  }

 private:
  ExprPtr refused(std::string message) { return json_.refuse(std::move(message)), nullptr; }

  ExprPtr make(Expr::Node node) {
    ExprPtr made = make_expression(std::move(node), {});
    return made->depth <= kMaxTreeDepth ? made : refused("this expression is too deep");
  }

  ExprPtr read_operator(std::string_view op, const json::value& body) {
    if (op == "Value") return read_value(body);
    if (op == "Var") return read_variable(body);
    if (op == "Set") return read_set(body);
    if (op == "Record") return read_record(body);
    if (op == "Slot") return refused("a slot stands only in the scope of a template");
    if (op == "!" || op == "neg" || op == "isEmpty") {
      ExprPtr operand = part(body, "arg");
      UnaryOp unary = op == "!" ? UnaryOp::kNot : op == "neg" ? UnaryOp::kNegate : UnaryOp::kIsEmpty;
      return operand ? make(Unary{unary, std::move(operand)}) : nullptr;
    }
    if (op == "&&" || op == "||") return read_logic(op == "&&" ? LogicOp::kAnd : LogicOp::kOr, body);
    if (op == "." || op == "has") return read_attribute(op, body);
    if (op == "is") return read_is(body);
    if (op == "like") return read_like(body);
    if (op == "if-then-else") {
      ExprPtr test = part(body, "if"), then = part(body, "then"), otherwise = part(body, "else");
      return test && then && otherwise ? make(Conditional{test, then, otherwise}) : nullptr;
    }
    const auto* binary = std::ranges::find(kBinaryOps, op, &BinaryOpInfo::sign);
    if (binary != kBinaryOps.end()) {
      ExprPtr left = part(body, "left"), right = part(body, "right");
      return left && right ? make(Binary{binary->op, left, right}) : nullptr;
    }
    return read_call(op, body);
  }

  ExprPtr part(const json::value& body, std::string_view key) {
    const json::object* parent = json_.object(body);
    const json::value* value = parent ? json_.required(*parent, key) : nullptr;
    return value ? json_.inside(key, [&] { return read(*value); }) : nullptr;
  }

  /// A pair whose left side is of the same kind continues its chain.
  ExprPtr read_logic(LogicOp op, const json::value& body) {
    ExprPtr left = part(body, "left"), right = part(body, "right");
    if (!left || !right) return nullptr;
    std::vector<ExprPtr> operands{left};
    if (const auto* chain = std::get_if<Logic>(&left->node); chain && chain->op == op)
      operands = chain->operands;
    operands.push_back(std::move(right));
    return make(Logic{op, std::move(operands)});
  }

  ExprPtr read_value(const json::value& value) {
    switch (value.kind()) {
      case json::kind::bool_:
        return make(Literal{value.get_bool()});
      case json::kind::int64:
        return make(Literal{value.get_int64()});
      case json::kind::string:
        return make(Literal{std::string(value.get_string())});
      case json::kind::array: {
        std::vector<ExprPtr> elements;
        for (const json::value& item : value.get_array()) {
          ExprPtr element = read_value(item);
          if (!element) return nullptr;
          elements.push_back(std::move(element));
        }
        return make(SetLiteral{std::move(elements)});
      }
      case json::kind::object:
        return read_object_value(value.get_object());
      default:
        return refused("a value is a boolean, a whole number, a string, a list or an object");
    }
  }

  ExprPtr read_object_value(const json::object& value) {
    if (value.size() == 1 && value.contains("__entity")) {
      auto uid = read_entity_json(json_, value);
      return uid ? make(Literal{std::move(*uid)}) : nullptr;
    }
    if (value.size() == 1 && value.contains("__extn")) {
      const json::object* call = json_.object(value.at("__extn"));
      const json::value* name = call ? json_.required(*call, "fn") : nullptr;
      const json::value* argument = call ? json_.required(*call, "arg") : nullptr;
      auto function = name ? json_.string(*name) : std::nullopt;
      ExprPtr read_argument = function && argument ? read_value(*argument) : nullptr;
      if (!read_argument) return nullptr;
      if (!extension_function(*function))
        return refused(fmt::format("there is no function `{}`", excerpt(*function)));
      return make(Call{std::move(*function), {std::move(read_argument)}});
    }
    RecordLiteral record;
    for (const auto& [key, item] : value) {
      ExprPtr field = json_.inside(key, [&] { return read_value(item); });
      if (!field) return nullptr;
      record.fields.emplace_back(std::string(key), std::move(field));
    }
    return make(std::move(record));
  }

  ExprPtr read_variable(const json::value& value) {
    auto name = json_.string(value);
    if (!name) return nullptr;
    const auto* found = std::ranges::find(kVariableNames, *name);
    if (found == kVariableNames.end()) return refused(fmt::format("`{}` is no variable", excerpt(*name)));
    return make(static_cast<Variable>(found - kVariableNames.begin()));
  }

  std::optional<std::vector<ExprPtr>> read_all(const json::value& value) {
    const json::array* items = json_.array(value);
    if (!items) return std::nullopt;
    std::vector<ExprPtr> all;
    for (std::size_t i = 0; i < items->size(); ++i) {
      ExprPtr item = json_.inside(i, [&] { return read((*items)[i]); });
      if (!item) return std::nullopt;
      all.push_back(std::move(item));
    }
    return all;
  }

  ExprPtr read_set(const json::value& value) {
    auto elements = read_all(value);
    return elements ? make(SetLiteral{std::move(*elements)}) : nullptr;
  }

  ExprPtr read_record(const json::value& value) {
    const json::object* fields = json_.object(value);
    if (!fields) return nullptr;
    RecordLiteral record;
    for (const auto& [key, item] : *fields) {
      ExprPtr field = json_.inside(key, [&] { return read(item); });
      if (!field) return nullptr;
      record.fields.emplace_back(std::string(key), std::move(field));
    }
    return make(std::move(record));
  }

  ExprPtr read_attribute(std::string_view op, const json::value& body) {
    ExprPtr object_read = part(body, "left");
    const json::value* attribute = object_read ? json_.required(body.get_object(), "attr") : nullptr;
    auto name = attribute ? json_.string(*attribute) : std::nullopt;
    if (!name) return nullptr;
    if (op == ".") return make(GetAttribute{std::move(object_read), std::move(*name)});
    return make(HasAttribute{std::move(object_read), {std::move(*name)}});
  }

  ExprPtr read_is(const json::value& body) {
    ExprPtr subject = part(body, "left");
    auto type = subject ? read_entity_type_json(json_, body.get_object()) : std::nullopt;
    if (!type) return nullptr;
    bool contained = body.get_object().contains("in");
    ExprPtr container = contained ? part(body, "in") : nullptr;
    if (contained && !container) return nullptr;
    return make(IsType{std::move(subject), std::move(*type), std::move(container)});
  }

  ExprPtr read_like(const json::value& body) {
    ExprPtr subject = part(body, "left");
    const json::value* pieces = subject ? json_.required(body.get_object(), "pattern") : nullptr;
    const json::array* items = pieces ? json_.array(*pieces) : nullptr;
    if (!items) return nullptr;
    Pattern pattern{{std::string()}};
    for (const json::value& item : *items) {
      const json::object* piece = item.if_object();
      const json::value* text = piece && piece->size() == 1 ? piece->if_contains("Literal") : nullptr;
      if (text && text->is_string()) {
        pattern.pieces.back() += std::string_view(text->get_string());
      } else if (item.is_string() && item.get_string() == "Wildcard") {
        pattern.pieces.emplace_back();
      } else {
        return refused("a pattern is a list of {\"Literal\": TEXT} and \"Wildcard\"");
      }
    }
    return make(Like{std::move(subject), std::move(pattern)});
  }

  ExprPtr read_call(std::string_view name, const json::value& body) {
    if (!extension_function(name))
      return refused(fmt::format("there is no operator or function `{}`", excerpt(name)));
    auto arguments = read_all(body);
    return arguments ? make(Call{std::string(name), std::move(*arguments)}) : nullptr;
  }

  JsonReader& json_;
};

}  // namespace

std::optional<EntityUid> read_entity_json(JsonReader& json_reader, const json::value& value) {
  const json::object* found = value.if_object();
  if (found && found->size() == 1 && found->contains("__entity")) found = found->at("__entity").if_object();
  const json::value* type = found ? found->if_contains("type") : nullptr;
  const json::value* id = found ? found->if_contains("id") : nullptr;
  if (type && id && found->size() == 2 && type->is_string() && id->is_string() &&
      is_name(type->get_string())) {
    return EntityUid{std::string(type->get_string()), std::string(id->get_string())};
  }
  json_reader.refuse("expected an entity: {\"type\": \"User\", \"id\": \"alice\"}");
  return std::nullopt;
}

std::optional<std::string> read_entity_type_json(JsonReader& json_reader, const json::object& parent) {
  const json::value* value = json_reader.required(parent, "entity_type");
  auto name = value ? json_reader.string(*value) : std::nullopt;
  if (name && is_name(*name)) return name;
  if (name) json_reader.refuse(fmt::format("`{}` is no entity type's name", excerpt(*name)));
  return std::nullopt;
}

ExprPtr read_expression_json(JsonReader& json_reader, const json::value& value) {
  return ExpressionReader(json_reader).read(value);
}

}  // namespace bailiwick::cedar
