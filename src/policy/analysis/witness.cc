#include "policy/analysis/witness.h"

#include <fmt/format.h>

#include "policy/cedar/extension_values.h"

namespace bailiwick::cedar::analysis {
namespace {

json::object uid_json(const Uid& uid) {
  return {{"type", json::string(uid.type)}, {"id", json::string(uid.id)}};
}

json::object call_json(std::string_view function, std::string argument) {
  return {{"__extn", json::object{{"fn", json::string(function)}, {"arg", std::move(argument)}}}};
}

json::value value_json(const Value& value);

json::object record_json(const RecordData* record) {
  json::object made;
  if (!record) return made;
  for (const Field& field : record->fields) made[field.name] = value_json(field.value);
  return made;
}

/// As an offset: a date has no form for years of more than four digits.
json::value datetime_json(std::int64_t milliseconds) {
  json::object duration = call_json("duration", fmt::format("{}ms", milliseconds));
  json::array arguments{call_json("datetime", "1970-01-01"), std::move(duration)};
  return json::object{{"__extn", json::object{{"fn", "offset"}, {"args", std::move(arguments)}}}};
}

json::value value_json(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kError:
      return nullptr;
    case ValueKind::kBool:
      return value.as_bool();
    case ValueKind::kLong:
      return value.as_number();
    case ValueKind::kString:
      return json::string(value.as_string());
    case ValueKind::kEntity:
      return json::object{{"__entity", uid_json(value.as_entity())}};
    case ValueKind::kSet: {
      json::array elements;
      for (const Value& element : value.as_set().elements) elements.push_back(value_json(element));
      return elements;
    }
    case ValueKind::kRecord:
      return record_json(&value.as_record());
    case ValueKind::kDecimal:
      return call_json("decimal", decimal_to_string(value.as_number()));
    case ValueKind::kIp:
      return call_json("ip", to_string(value.as_ip()));
    case ValueKind::kDatetime:
      return datetime_json(value.as_number());
    case ValueKind::kDuration:
      return call_json("duration", fmt::format("{}ms", value.as_number()));
  }
  return nullptr;
}

}  // namespace

Outcomes evaluate(const Witness& witness, const Program& program, std::uint32_t root, Scratch& scratch) {
  scratch.begin();
  Evaluator evaluator(program, witness.entities, witness.request, scratch);
  Value value = evaluator.evaluate(root);
  if (!value.is(ValueKind::kBool)) return kFails;
  return value.as_bool() ? kTrue : kFalse;
}

json::object to_json(const Witness& witness) {
  json::array entities;
  for (const Entity& entity : witness.entities.all()) {
    json::array parents;
    for (const Uid& parent : entity.ancestors) parents.push_back(uid_json(parent));
    json::object made{{"uid", uid_json(entity.uid)},
                      {"attrs", record_json(entity.attributes)},
                      {"parents", std::move(parents)}};
    if (entity.tags) made["tags"] = record_json(entity.tags);
    entities.push_back(std::move(made));
  }
  return {{"principal", uid_json(witness.request.principal)},
          {"action", uid_json(witness.request.action)},
          {"resource", uid_json(witness.request.resource)},
          {"context", record_json(witness.request.context)},
          {"entities", std::move(entities)}};
}

}  // namespace bailiwick::cedar::analysis
