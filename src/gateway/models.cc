#include "gateway/models.h"

namespace bailiwick::gateway {
namespace {

using edge::Call;
using edge::Reply;
using tenancy::Action;

struct Listed {
  std::string_view id;
  std::string_view owner;
};

json::value openai_list(const std::vector<Listed>& models, WallTime created) {
  json::array data;
  auto seconds = std::chrono::floor<std::chrono::seconds>(created).time_since_epoch().count();
  for (const Listed& model : models) {
    data.push_back(json::object{{"id", json::string(model.id)},
                                {"object", "model"},
                                {"created", seconds},
                                {"owned_by", json::string(model.owner)}});
  }
  return json::object{{"object", "list"}, {"data", std::move(data)}};
}

json::value anthropic_list(const std::vector<Listed>& models, WallTime created) {
  json::array data;
  for (const Listed& model : models) {
    data.push_back(json::object{{"type", "model"},
                                {"id", json::string(model.id)},
                                {"display_name", json::string(model.id)},
                                {"created_at", json::string(to_rfc3339(created))}});
  }
  json::object list{
      {"data", std::move(data)}, {"has_more", false}, {"first_id", nullptr}, {"last_id", nullptr}};
  if (!models.empty()) {
    list["first_id"] = json::string(models.front().id);
    list["last_id"] = json::string(models.back().id);
  }
  return list;
}

net::Task<Result<Reply>> list_models(routing::Router& router, Call<Action::kModelsList>& call) {
  auto plan = router.plan_of(call.snapshot, call.permit.scope());
  std::vector<Listed> models{{routing::kAutoModel, "bailiwick"}};
  for (const routing::PlannedTarget* target : plan->models()) {
    models.push_back(
        {target->model(), target->is_local() ? std::string_view("bailiwick") : target->provider_name()});
  }
  // A model exists for a tenant since the tenant's routes do.
  WallTime created = call.snapshot->lifecycle.created_at;
  bool anthropic = call.exchange.head().headers.find("anthropic-version").has_value();
  co_return Reply::json(200, anthropic ? anthropic_list(models, created) : openai_list(models, created));
}

}  // namespace

json::object model_list_schema() {
  json::object model{{"type", "object"},
                     {"required", json::array{"id"}},
                     {"properties", json::object{{"id", json::object{{"type", "string"}}},
                                                 {"owned_by", json::object{{"type", "string"}}},
                                                 {"display_name", json::object{{"type", "string"}}}}}};
  return {
      {"type", "object"},
      {"required", json::array{"data"}},
      {"properties", json::object{{"data", json::object{{"type", "array"}, {"items", std::move(model)}}}}}};
}

edge::Route models_route(routing::Router& router) {
  return edge::route<Action::kModelsList, edge::NoBody>(
      "GET", "/v1/models",
      {.summary =
           "The models that this tenant may name; in Anthropic's shape with an anthropic-version header",
       .tag = "models",
       .dialect = edge::Dialect::kOpenAi,
       .answer = model_list_schema},
      [&router](Call<Action::kModelsList>& call, edge::NoBody) { return list_models(router, call); });
}

}  // namespace bailiwick::gateway
