#include "api/explanation.h"

#include <charconv>

#include <fmt/format.h>

#include "api/explanation_view.h"
#include "base/excerpt.h"
#include "base/json_members.h"
#include "base/turns.h"
#include "net/blocking.h"

namespace bailiwick::api {
namespace {

using edge::Call;
using edge::NoBody;
using edge::Reply;
using tenancy::Action;
using tenancy::Permit;
using ExplainCall = Call<Action::kLedgerExplain>;

/// Records that a request id is looked for in.
constexpr std::uint64_t kSearched = 100'000;
/// Explanations at one time: each may read and compile bundles.
constexpr std::ptrdiff_t kAtOnce = 2;

Result<json::object> record_at(const ledger::ChainReader& chain, std::uint64_t sequence) {
  std::optional<Result<json::object>> found;
  CHECK_OK(chain.each(sequence, [&](const ledger::Entry& entry) {
    if (entry.sequence == sequence) found = ledger::read_record(entry);
    return false;
  }));
  if (found) return std::move(*found);
  return fail(ErrorCode::kNotFound, "record.not_found",
              fmt::format("there is no record {}; the last one is {}", sequence, chain.head().sequence));
}

/// The newest record of the request, lineage and other by-products aside.
Result<json::object> record_of_request(const ledger::ChainReader& chain, std::string_view request_id) {
  std::string mark = fmt::format(R"("request_id":"{}")", request_id);
  std::uint64_t head = chain.head().sequence;
  std::optional<json::object> found;
  CHECK_OK(chain.each(head > kSearched ? head - kSearched + 1 : 1, [&](const ledger::Entry& entry) {
    if (entry.payload.find(mark) == std::string_view::npos) return true;
    // What a caller sent may stand in a record and look like this; only a parser tells.
    auto record = ledger::read_record(entry);
    if (record && text_member(*record, "request_id") == request_id &&
        text_member(*record, "kind") == "request")
      found = std::move(*record);
    return true;
  }));
  if (found) return std::move(*found);
  return fail(ErrorCode::kNotFound, "record.not_found",
              fmt::format("none of the newest {} records is of the request '{}'; give the record's sequence, "
                          "which `bailiwick ledger tail` shows",
                          kSearched, excerpt(request_id)));
}

Result<json::object> find_record(const ledger::ChainReader& chain, std::string_view named) {
  std::uint64_t sequence = 0;
  auto [end, error] = std::from_chars(named.data(), named.data() + named.size(), sequence);
  bool is_number = end == named.data() + named.size() && error == std::errc();
  return is_number ? record_at(chain, sequence) : record_of_request(chain, named);
}

/// What keeps something from being decided again is part of the answer; what fails is not.
bool is_answer(const Error& error) {
  return error.code == ErrorCode::kConflict || error.code == ErrorCode::kNotFound;
}

DecidedView undecided(const Error& error, std::string policy_revision) {
  DecidedView view;
  view.why_not = error.message;
  view.policy_revision = std::move(policy_revision);
  return view;
}

/// By the rules that the record names.
Result<DecidedView> decide_then(const bundles::TenantRegistry& registry,
                                const Permit<Action::kLedgerExplain>& permit,
                                const identity::PastQuestion& past, const identity::DoorDecision& door,
                                std::string revision) {
  auto rules = [&]() -> Result<bundles::PastRules> {
    TRY(identity::PolicyRevision named, identity::PolicyRevision::parse(revision));
    return registry.past_rules(permit, named);
  }();
  if (!rules && !is_answer(rules.error())) return std::unexpected(std::move(rules.error()));
  if (!rules) return undecided(rules.error(), std::move(revision));
  policy::Question question = past.question();
  question.guardrails = rules->guardrails.get();
  question.rules = rules->rules.get();
  question.before = rules->before.get();
  if (question.before != nullptr) question.held_to = policy::HeldTo::kBoth;
  return decided_of(identity::explain(question), door, std::move(revision));
}

/// By the rules that hold now for who asked.
DecidedView decide_now(const snapshot::TenantSnapshot& tenant, const identity::PastQuestion& past,
                       const identity::DoorDecision& door) {
  policy::Question question = past.question();
  tenant.give_rules(question);
  identity::Explanation explained = identity::explain(question);
  std::string revision = explained.decision.policy_revision + tenant.revision_asked(question);
  return decided_of(explained, door, std::move(revision));
}

struct Explanations {
  const ledger::Ledger& ledger;
  const bundles::TenantRegistry& registry;
  identity::TokenService& tokens;
  std::shared_ptr<Turns> turns = std::make_shared<Turns>(kAtOnce);

  static net::Task<Result<Reply>> explain(Explanations self, ExplainCall& call, NoBody) {
    auto work = [&]() -> Result<ExplanationView> { return self.explanation_of(call); };
    CO_TRY(ExplanationView view, co_await call.loop().blocking.run(work));
    co_return Reply::json(200, to_json_value(view));
  }

  Result<ExplanationView> explanation_of(ExplainCall& call) const {
    Turns::Turn turn = turns->take();
    if (!turn) {
      return fail(ErrorCode::kUnavailable, "explanation.busy",
                  "other decisions are being explained; try again in a second");
    }
    auto chain = ledger.explaining_reader(call.permit);
    ExplanationView view;
    TRY(json::object record, find_record(*chain, call.parameter("record")));
    CHECK_OK(decide_again(call, record, view));
    CHECK_OK(evaluate_again(call, record, view));
    view.record.value = std::move(record);
    return view;
  }

  Status decide_again(const ExplainCall& call, const json::object& record, ExplanationView& view) const {
    std::string revision(text_member(record, "policy_revision"));
    auto past = tokens.asked_then(call.permit, record);
    view.asked_by = asked_by_of(record, past ? past->principal.get() : nullptr);
    auto door = identity::door_decision(record);
    if (!past || !door) {
      Error& error = past ? door.error() : past.error();
      if (!is_answer(error)) return std::unexpected(std::move(error));
      view.then = undecided(error, std::move(revision));
      view.now = undecided(error, "");
      return {};
    }
    if (!door->afterwards.empty())
      view.note = fmt::format("roles and rules allowed it; `{}` refused it afterwards", door->afterwards);
    TRY(view.then, decide_then(registry, call.permit, *past, *door, std::move(revision)));
    view.now = decide_now(*call.snapshot, *past, *door);
    return {};
  }

  Status evaluate_again(const ExplainCall& call, const json::object& record, ExplanationView& view) const {
    const json::object* kept = object_member(record, "extra");
    const json::value* evaluations = kept != nullptr ? kept->if_contains("evaluations") : nullptr;
    if (text_member(record, "action") != tenancy::name_of(Action::kAccessEvaluate) ||
        evaluations == nullptr || !evaluations->is_array())
      return {};
    auto past = registry.past_access(call.permit, text_member(*kept, "revision"));
    if (!past && !is_answer(past.error())) return std::unexpected(std::move(past.error()));
    std::string why_not = past ? "that revision has no policies for an application" : past.error().message;
    AccessReplay then(past ? past->get() : nullptr, why_not);
    AccessReplay now(call.snapshot->files->access.get(), "the tenant has no policies for an application now");
    for (const json::value& recorded : evaluations->get_array()) {
      if (!recorded.is_object()) continue;
      view.evaluations.push_back({.index = static_cast<std::int64_t>(view.evaluations.size()),
                                  .recorded = {recorded},
                                  .then = view_of(then.decide(recorded.get_object())),
                                  .now = view_of(now.decide(recorded.get_object()))});
    }
    return {};
  }
};

std::string record_resource(const net::RequestHead&, const edge::PathParameters& path) {
  return "record:" + path.find("record")->second;
}

}  // namespace

std::vector<edge::Route> explanation_routes(const ledger::Ledger& ledger,
                                            const bundles::TenantRegistry& registry,
                                            identity::TokenService& tokens) {
  Explanations self{ledger, registry, tokens};
  return {edge::route<Action::kLedgerExplain, NoBody>(
      "GET", "/v1/ledger/records/{record}/explanation",
      {.summary = "A recorded decision, decided again by the rules of then and of now, with its reasons",
       .tag = "ledger",
       .answer = edge::schema_of<ExplanationView>,
       .resource = record_resource},
      std::bind_front(Explanations::explain, self))};
}

}  // namespace bailiwick::api
