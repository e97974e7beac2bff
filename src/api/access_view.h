// Bodies and answers of the Authorization API, as OpenAPI shows them.
#pragma once

#include "api/access_body.h"
#include "base/printing.h"

namespace bailiwick::api {

struct EntityView {
  std::string type, id;
  std::map<std::string, Json> properties;
};
template <class Visitor>
void describe(Visitor& v, EntityView& view) {
  v.required("type", view.type, "An entity type of the tenant's schema.");
  v.required("id", view.id, "Its id.");
  v.field("properties", view.properties, "Attributes that the tenant's entities.json does not declare.");
}
/// Of what is looked for.
struct TypeView {
  std::string type;
};
template <class Visitor>
void describe(Visitor& v, TypeView& view) {
  v.required("type", view.type, "An entity type of the tenant's schema.");
}
struct AccessActionView {
  std::string name;
  std::map<std::string, Json> properties;
};
template <class Visitor>
void describe(Visitor& v, AccessActionView& view) {
  v.required("name", view.name, "An action of the tenant's schema.");
  v.field("properties", view.properties, "`context.action`, where the schema declares it.");
}
constexpr std::string_view kContextDoc = "What the action's context in the schema declares.";

struct EvaluationBody {
  EntityView subject;
  AccessActionView action;
  EntityView resource;
  std::map<std::string, Json> context;
};
template <class Visitor>
void describe(Visitor& v, EvaluationBody& body) {
  v.required("subject", body.subject, "Who.");
  v.required("action", body.action, "What is done.");
  v.required("resource", body.resource, "On what.");
  v.field("context", body.context, kContextDoc);
}
struct EvaluationsOptions {
  EvaluationsSemantic evaluations_semantic = EvaluationsSemantic::kExecuteAll;
};
template <class Visitor>
void describe(Visitor& v, EvaluationsOptions& options) {
  v.field("evaluations_semantic", options.evaluations_semantic, "When the batch ends; default execute_all.");
}
struct EvaluationsBody {
  EntityView subject;
  AccessActionView action;
  EntityView resource;
  std::map<std::string, Json> context;
  std::vector<Json> evaluations;
  EvaluationsOptions options;
};
template <class Visitor>
void describe(Visitor& v, EvaluationsBody& body) {
  v.field("subject", body.subject, "Where an evaluation has none.");
  v.field("action", body.action, "Where an evaluation has none.");
  v.field("resource", body.resource, "Where an evaluation has none.");
  v.field("context", body.context, "Where an evaluation has none.");
  v.field("evaluations", body.evaluations, "Evaluations; none: the body is one itself.",
          {.max_length = kMaxEvaluations});
  v.field("options", body.options, "When the batch ends.");
}

/// `policy` that decided: its @id, or its place; `reason` of a denial: its policy's @reason and @remedy, or
/// what was wrong.
using EvaluationContext = std::map<std::string, std::string>;
struct EvaluationView {
  bool decision = false;
  EvaluationContext context;
};
template <class Visitor>
void describe(Visitor& v, EvaluationView& view) {
  v.required("decision", view.decision, "true: allowed.");
  v.required("context", view.context, "`policy` that decided; `reason` of a denial.");
}
/// A body without evaluations is answered like one evaluation.
struct AnyEvaluations {
  std::vector<EvaluationView> evaluations;
  bool decision = false;
  EvaluationContext context;
};
template <class Visitor>
void describe(Visitor& v, AnyEvaluations& view) {
  v.field("evaluations", view.evaluations, "In the order of the request.");
  v.field("decision", view.decision, "Of a body without evaluations.");
  v.field("context", view.context, "Of a body without evaluations.");
}

struct PageBody {
  std::string token;
  std::int64_t limit = 1000;
};
template <class Visitor>
void describe(Visitor& v, PageBody& page) {
  v.field("token", page.token, "next_token of the page before.");
  v.field("limit", page.limit, "Results at most; default and no more than 1000.", {.min = 1});
}
struct SearchSubjectBody {
  TypeView subject;
  AccessActionView action;
  EntityView resource;
  std::map<std::string, Json> context;
  PageBody page;
};
template <class Visitor>
void describe(Visitor& v, SearchSubjectBody& body) {
  v.required("subject", body.subject, "Of which type; an id is not read.");
  v.required("action", body.action, "What is done.");
  v.required("resource", body.resource, "On what.");
  v.field("context", body.context, kContextDoc);
  v.field("page", body.page, "Which part.");
}
struct SearchResourceBody {
  EntityView subject;
  AccessActionView action;
  TypeView resource;
  std::map<std::string, Json> context;
  PageBody page;
};
template <class Visitor>
void describe(Visitor& v, SearchResourceBody& body) {
  v.required("subject", body.subject, "Who.");
  v.required("action", body.action, "What is done.");
  v.required("resource", body.resource, "Of which type; an id is not read.");
  v.field("context", body.context, kContextDoc);
  v.field("page", body.page, "Which part.");
}
struct SearchActionBody {
  EntityView subject;
  EntityView resource;
  std::map<std::string, Json> context;
  PageBody page;
};
template <class Visitor>
void describe(Visitor& v, SearchActionBody& body) {
  v.required("subject", body.subject, "Who.");
  v.required("resource", body.resource, "On what.");
  v.field("context", body.context, kContextDoc);
  v.field("page", body.page, "Which part.");
}

struct PageView {
  std::string next_token;
  std::int64_t count = 0;
};
template <class Visitor>
void describe(Visitor& v, PageView& page) {
  v.required("next_token", page.next_token, "Empty at the end.");
  v.required("count", page.count, "Results on this page.");
}
struct EntityResult {
  std::string type, id;
};
template <class Visitor>
void describe(Visitor& v, EntityResult& view) {
  v.required("type", view.type, "As the request wrote it.");
  v.required("id", view.id, "Declared in the tenant's entities.json.");
}
struct EntityResults {
  PageView page;
  std::vector<EntityResult> results;
};
template <class Visitor>
void describe(Visitor& v, EntityResults& view) {
  v.required("page", view.page, "Where to go on.");
  v.required("results", view.results, "In the order of declaration.");
}
struct ActionResult {
  std::string name;
};
template <class Visitor>
void describe(Visitor& v, ActionResult& view) {
  v.required("name", view.name, "An action of the tenant's schema.");
}
struct ActionResults {
  PageView page;
  std::vector<ActionResult> results;
};
template <class Visitor>
void describe(Visitor& v, ActionResults& view) {
  v.required("page", view.page, "Where to go on.");
  v.required("results", view.results, "In the order of declaration.");
}

struct ConfigurationView {
  std::string policy_decision_point;
  std::string access_evaluation_endpoint, access_evaluations_endpoint;
  std::string search_subject_endpoint, search_resource_endpoint, search_action_endpoint;
};
template <class Visitor>
void describe(Visitor& v, ConfigurationView& view) {
  v.required("policy_decision_point", view.policy_decision_point, "Base URL.");
  v.required("access_evaluation_endpoint", view.access_evaluation_endpoint, "One evaluation.");
  v.required("access_evaluations_endpoint", view.access_evaluations_endpoint, "Many at once.");
  v.required("search_subject_endpoint", view.search_subject_endpoint, "Who may?");
  v.required("search_resource_endpoint", view.search_resource_endpoint, "On what?");
  v.required("search_action_endpoint", view.search_action_endpoint, "Which actions?");
}

}  // namespace bailiwick::api
