#include "api/openapi.h"

#include <set>

#include <fmt/format.h>

namespace bailiwick::api {
namespace {

using edge::Dialect;
using edge::Route;

json::object text_schema() {
  return {{"type", "string"}};
}

json::object reference(std::string_view name) {
  return {{"$ref", json::string(fmt::format("#/components/schemas/{}", name))}};
}

std::string_view error_schema(Dialect dialect) {
  switch (dialect) {
    case Dialect::kProblem:
      return "Problem";
    case Dialect::kOpenAi:
      return "OpenAiError";
    case Dialect::kAnthropic:
      return "AnthropicError";
  }
  return "Problem";
}

json::object content(std::string_view media_type, json::object schema) {
  return {{media_type, json::object{{"schema", std::move(schema)}}}};
}

/// `POST /v1/tenants/{tenant}/suspend` → `post_v1_tenants_tenant_suspend`.
std::string operation_id(const Route& route) {
  std::string id;
  for (char c : route.method) id += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (char c : route.pattern) {
    bool word = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (word)
      id += c;
    else if (id.back() != '_')
      id += '_';
  }
  while (id.back() == '_') id.pop_back();
  return id;
}

json::array parameters_of(const Route& route) {
  json::array parameters;
  std::string_view rest = route.pattern;
  for (std::size_t open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
    std::size_t close = rest.find('}', open);
    parameters.push_back(json::object{{"name", json::string(rest.substr(open + 1, close - open - 1))},
                                      {"in", "path"},
                                      {"required", true},
                                      {"schema", text_schema()}});
    rest.remove_prefix(close + 1);
  }
  for (auto [name, meaning] : route.doc.query) {
    parameters.push_back(json::object{{"name", json::string(name)},
                                      {"in", "query"},
                                      {"description", json::string(meaning)},
                                      {"schema", text_schema()}});
  }
  return parameters;
}

json::object answers_of(const Route& route) {
  json::object good{{"description", "Success."}};
  bool streams = route.doc.answer == nullptr && route.doc.answer_media_type != "application/json";
  if (route.doc.answer != nullptr) {
    good["content"] = content(route.doc.answer_media_type, route.doc.answer());
  } else {
    good["content"] = content(route.doc.answer_media_type, streams ? text_schema() : json::object{});
  }
  bool problem = route.doc.dialect == Dialect::kProblem;
  for (std::string_view media_type : {route.doc.stream_media_type, route.doc.table_media_type}) {
    if (!media_type.empty())
      good["content"].as_object()[media_type] = json::object{{"schema", text_schema()}};
  }
  json::object failure{{"description", "What went wrong, where, and the remedy."},
                       {"content", content(problem ? "application/problem+json" : "application/json",
                                           reference(error_schema(route.doc.dialect)))}};
  json::object answers;
  answers[std::to_string(route.doc.success)] = std::move(good);
  answers["4XX"] = failure;
  answers["5XX"] = std::move(failure);
  return answers;
}

json::object operation_of(const Route& route) {
  json::object operation{{"operationId", json::string(operation_id(route))},
                         {"summary", json::string(route.doc.summary)},
                         {"tags", json::array{json::string(route.doc.tag)}}};
  if (route.action)
    operation["description"] = json::string(fmt::format("Action `{}`.", tenancy::name_of(*route.action)));
  else
    operation["security"] = json::array{};
  if (json::array parameters = parameters_of(route); !parameters.empty())
    operation["parameters"] = std::move(parameters);
  bool raw_body = route.doc.body == nullptr && route.doc.media_type != "application/json";
  if (route.doc.body != nullptr || raw_body) {
    json::object schema = route.doc.body != nullptr ? route.doc.body() : text_schema();
    operation["requestBody"] =
        json::object{{"required", true}, {"content", content(route.doc.media_type, std::move(schema))}};
  }
  operation["responses"] = answers_of(route);
  return operation;
}

json::object error_schemas() {
  json::object text = text_schema();
  json::object fault{{"type", "object"},
                     {"properties", json::object{{"pointer", text}, {"detail", text}}},
                     {"required", json::array{"pointer", "detail"}}};
  json::object problem{
      {"type", "object"},
      {"description", "RFC 9457."},
      {"properties", json::object{{"type", text},
                                  {"title", text},
                                  {"status", json::object{{"type", "integer"}}},
                                  {"code", text},
                                  {"detail", text},
                                  {"request_id", text},
                                  {"errors", json::object{{"type", "array"}, {"items", std::move(fault)}}}}},
      {"required", json::array{"type", "title", "status", "code", "detail"}}};
  json::object nullable{{"type", json::array{"string", "null"}}};
  json::object openai{
      {"type", "object"},
      {"properties", json::object{{"error", json::object{{"type", "object"},
                                                         {"properties", json::object{{"message", text},
                                                                                     {"type", text},
                                                                                     {"param", nullable},
                                                                                     {"code", nullable}}},
                                                         {"required", json::array{"message", "type"}}}}}},
      {"required", json::array{"error"}}};
  json::object anthropic{
      {"type", "object"},
      {"properties",
       json::object{{"type", json::object{{"const", "error"}}},
                    {"error", json::object{{"type", "object"},
                                           {"properties", json::object{{"type", text}, {"message", text}}},
                                           {"required", json::array{"type", "message"}}}},
                    {"request_id", nullable}}},
      {"required", json::array{"type", "error"}}};
  return {{"Problem", std::move(problem)},
          {"OpenAiError", std::move(openai)},
          {"AnthropicError", std::move(anthropic)}};
}

}  // namespace

json::object openapi_document(const std::vector<Route>& routes) {
  json::object paths;
  std::set<std::string> tags;
  for (const Route& route : routes) {
    json::value& path = paths[route.pattern];
    if (path.is_null()) path.emplace_object();
    std::string method;
    for (char c : route.method) method += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    path.as_object()[method] = operation_of(route);
    tags.emplace(route.doc.tag);
  }
  json::array tag_list;
  for (const std::string& tag : tags) tag_list.push_back(json::object{{"name", json::string(tag)}});
  json::object bearer{
      {"type", "http"}, {"scheme", "bearer"}, {"description", "A tenant's or the admin's token."}};
  json::object key{
      {"type", "apiKey"}, {"in", "header"}, {"name", "x-api-key"}, {"description", "The same token."}};
  return {
      {"openapi", "3.1.0"},
      {"info", json::object{{"title", "Bailiwick"},
                            {"version", BAILIWICK_VERSION},
                            {"description", "One installation, many tenants' AI work, complete separation."},
                            {"license", json::object{{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
      {"servers", json::array{json::object{{"url", "/"}}}},
      {"tags", std::move(tag_list)},
      {"security",
       json::array{json::object{{"bearer", json::array{}}}, json::object{{"key", json::array{}}}}},
      {"paths", std::move(paths)},
      {"components",
       json::object{{"securitySchemes", json::object{{"bearer", std::move(bearer)}, {"key", std::move(key)}}},
                    {"schemas", error_schemas()}}},
  };
}

}  // namespace bailiwick::api
