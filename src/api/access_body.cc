#include "api/access_body.h"

#include <fmt/format.h>

#include "base/binding.h"

namespace bailiwick::api {
namespace {

using policy::AccessEntity;
using policy::AccessRequest;

/// Bytes. Every evaluation of a batch repeats the names in the ledger.
constexpr std::size_t kLongestName = 1024;

/// Notes every fault with its pointer.
class Reader {
 public:
  Reader(const json::object& body, const json::object* defaults, std::string_view pointer)
      : body_(body), defaults_(defaults), pointer_(pointer) {}

  /// With its id, unless that is what is looked for.
  AccessEntity entity(std::string_view name, LeftOut left_out, LeftOut id) {
    AccessEntity read;
    const json::object* given = member(name, Need::kRequired);
    if (!given) return read;
    read.type = text(*given, name, "type");
    if (left_out != id) read.id = text(*given, name, "id");
    read.properties = properties(*given, name);
    return read;
  }
  void action(AccessRequest& request) {
    const json::object* given = member("action", Need::kRequired);
    if (!given) return;
    request.action = text(*given, "action", "name");
    request.action_properties = properties(*given, "action");
  }
  const json::object* context() { return member("context", Need::kOptional); }

  std::vector<Problem>& problems() { return problems_; }

 private:
  enum class Need { kRequired, kOptional };

  /// Null when it is missing, or noted.
  const json::object* member(std::string_view name, Need need) {
    const json::value* given = body_.if_contains(name);
    if (!given && defaults_) given = defaults_->if_contains(name);
    if (!given) {
      if (need == Need::kRequired) note(fmt::format("/{}", name), "this is required");
      return nullptr;
    }
    if (!given->is_object()) note(fmt::format("/{}", name), "expected an object");
    return given->if_object();
  }
  std::string_view text(const json::object& object, std::string_view name, std::string_view key) {
    const json::value* given = object.if_contains(key);
    if (given && given->is_string() && given->get_string().size() > kLongestName) {
      note(fmt::format("/{}/{}", name, key), fmt::format("has more than {} bytes", kLongestName));
      return {};
    }
    if (!given || !given->is_string() || given->get_string().empty()) {
      note(fmt::format("/{}/{}", name, key),
           given ? "expected a string that is not empty" : "this is required");
      return {};
    }
    return given->get_string();
  }
  const json::object* properties(const json::object& object, std::string_view name) {
    const json::value* given = object.if_contains("properties");
    if (given && !given->is_object()) note(fmt::format("/{}/properties", name), "expected an object");
    return given ? given->if_object() : nullptr;
  }
  void note(const std::string& place, std::string message) {
    problems_.push_back({fmt::format("{}{}", pointer_, place), std::move(message)});
  }

  const json::object& body_;
  const json::object* defaults_;
  std::string_view pointer_;
  std::vector<Problem> problems_;
};

std::unexpected<Error> refuse(std::vector<Problem> problems) {
  Error error(ErrorCode::kInvalid, "access.request",
              fmt::format("{}: {}", problems.front().where, problems.front().message));
  error.problems = std::move(problems);
  return std::unexpected(std::move(error));
}
std::unexpected<Error> refuse(std::string place, std::string message) {
  return refuse({{std::move(place), std::move(message)}});
}

}  // namespace

Result<AccessRequest> read_access_request(const json::object& body, const json::object* defaults,
                                          LeftOut left_out, std::string_view pointer) {
  Reader reader(body, defaults, pointer);
  AccessRequest request;
  request.subject = reader.entity("subject", left_out, LeftOut::kSubjectId);
  if (left_out != LeftOut::kAction) reader.action(request);
  request.resource = reader.entity("resource", left_out, LeftOut::kResourceId);
  request.context = reader.context();
  if (!reader.problems().empty()) return refuse(std::move(reader.problems()));
  return request;
}

Result<AccessBatch> read_access_batch(const json::object& body) {
  AccessBatch batch;
  if (const json::value* given = body.if_contains("evaluations")) {
    if (!given->is_array()) return refuse("/evaluations", "expected a list");
    if (given->get_array().size() > kMaxEvaluations) {
      return refuse("/evaluations", fmt::format("send {} at most in one request", kMaxEvaluations));
    }
    batch.evaluations = &given->get_array();
  }
  const json::value* options = body.if_contains("options");
  if (!options) return batch;
  if (!options->is_object()) return refuse("/options", "expected an object");
  const json::value* semantic = options->get_object().if_contains("evaluations_semantic");
  if (!semantic) return batch;
  auto known = semantic->is_string() ? enum_from<EvaluationsSemantic>(semantic->get_string()) : std::nullopt;
  if (!known) {
    return refuse("/options/evaluations_semantic",
                  "expected execute_all, deny_on_first_deny or permit_on_first_permit");
  }
  batch.semantic = *known;
  return batch;
}

Result<AccessPage> read_access_page(const json::object& body) {
  AccessPage page;
  const json::value* given = body.if_contains("page");
  if (!given) return page;
  if (!given->is_object()) return refuse("/page", "expected an object");
  if (const json::value* token = given->get_object().if_contains("token")) {
    if (!token->is_string()) return refuse("/page/token", "expected a string");
    page.token = token->get_string();
  }
  const json::value* limit = given->get_object().if_contains("limit");
  if (!limit) return page;
  if (!limit->is_int64() || limit->get_int64() < 1)
    return refuse("/page/limit", "expected a number from 1 on");
  page.limit = std::min(page.limit, static_cast<std::size_t>(limit->get_int64()));
  return page;
}

}  // namespace bailiwick::api
