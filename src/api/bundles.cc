#include "api/bundles.h"

#include <charconv>
#include <limits>

#include "api/bundle_views.h"
#include "api/dry_run.h"
#include "api/paging.h"
#include "net/blocking.h"

namespace bailiwick::api {
namespace {

using edge::Call;
using edge::NoBody;
using edge::Reply;
using tenancy::Action;

/// The text of files in JSON, where a quote or a line's end takes two bytes.
constexpr std::size_t kMaxPushBytes = 2 * snapshot::kMaxBundleBytes + crypto::kMaxEnvelopeBytes;

std::optional<std::int64_t> serial_in(std::string_view text) {
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

Result<std::int64_t> named_serial(std::string_view text) {
  if (auto serial = serial_in(text)) return *serial;
  return fail(ErrorCode::kInvalid, "revision.serial", "a revision is named by its serial, or `active`");
}

/// The serial that a page goes on below.
Result<std::int64_t> serial_of(const std::string& after) {
  if (after.empty()) return std::numeric_limits<std::int64_t>::max();
  if (auto serial = serial_in(after)) return *serial;
  return fail(ErrorCode::kInvalid, "page.token", "page_token is the next_page_token of another list");
}

struct Bundles {
  bundles::TenantRegistry& registry;

  static net::Task<Result<Reply>> list(Bundles self, Call<Action::kBundlesRead>& call, NoBody) {
    CO_TRY(Page page, page_of(call));
    CO_TRY(std::int64_t before, serial_of(page.after));
    auto work = [&] { return self.registry.revisions(call.permit, before, page.size); };
    CO_TRY(std::vector<bundles::RevisionRow> found, co_await call.loop().blocking.run(work));
    RevisionList view;
    for (const bundles::RevisionRow& row : found)
      view.revisions.push_back(view_of(row, call.snapshot->serial));
    bool more = static_cast<std::int64_t>(found.size()) == page.size && found.back().serial > 1;
    if (more) view.next_page_token = page_token(std::to_string(found.back().serial));
    co_return Reply::json(200, to_json_value(view));
  }

  static net::Task<Result<Reply>> get(Bundles self, Call<Action::kBundlesRead>& call, NoBody) {
    std::int64_t serial = call.snapshot->serial;
    if (std::string_view named = call.parameter("serial"); named != "active") {
      CO_TRY(serial, named_serial(named));
    }
    auto work = [&] { return self.registry.revision(call.permit, serial); };
    CO_TRY(bundles::RevisionRow found, co_await call.loop().blocking.run(work));
    co_return Reply::json(200, to_json_value(content_of(std::move(found), call.snapshot->serial)));
  }

  /// The body may be large, so it is read off the loop; what has more values than files and an envelope need
  /// is not taken apart.
  static net::Task<Result<Reply>> push(Bundles self, Call<Action::kBundlesPush>& call, edge::RawBody raw) {
    constexpr JsonRules kRules{.max_values = 4 * snapshot::kMaxBundleFiles};
    CO_TRY(bundles::Apply apply, apply_of(call));
    auto work = [&]() -> Result<bundles::Taken> {
      TRY(PushBody body, bind_json<PushBody>(raw.bytes, kRules));
      return self.registry.push(call.permit, std::move(body.files.files), text_of(body.envelope), apply);
    };
    CO_TRY(bundles::Taken taken, co_await call.loop().blocking.run(work));
    co_return Reply::json(200, to_json_value(activation_of(std::move(taken))));
  }

  static net::Task<Result<Reply>> activate(Bundles self, Call<Action::kBundlesActivate>& call,
                                           ActivateBody body) {
    CO_TRY(bundles::Apply apply, apply_of(call));
    auto work = [&] {
      return self.registry.activate(call.permit, body.serial, text_of(body.envelope), apply);
    };
    CO_TRY(bundles::Taken taken, co_await call.loop().blocking.run(work));
    co_return Reply::json(200, to_json_value(activation_of(std::move(taken))));
  }

  static net::Task<Result<Reply>> reload(Bundles self, Call<Action::kBundlesReload>& call, NoBody) {
    auto work = [&] { return self.registry.reload(call.permit); };
    CO_TRY(bundles::ReloadReport report, co_await call.loop().blocking.run(work));
    co_return Reply::json(200, to_json_value(report));
  }
};

}  // namespace

std::vector<edge::Route> bundle_routes(bundles::TenantRegistry& registry) {
  Bundles self{registry};
  return {
      edge::route<Action::kBundlesRead, NoBody>("GET", "/v1/tenants/{tenant}/bundles",
                                                {.summary = "List the revisions of a tenant's bundle",
                                                 .tag = "bundles",
                                                 .answer = edge::schema_of<RevisionList>,
                                                 .query = {kPageSizeQuery, kPageTokenQuery}},
                                                std::bind_front(Bundles::list, self)),
      edge::route<Action::kBundlesRead, NoBody>(
          "GET", "/v1/tenants/{tenant}/bundles/{serial}",
          {.summary = "One revision with its files: by serial, or `active`",
           .tag = "bundles",
           .answer = edge::schema_of<RevisionContent>},
          std::bind_front(Bundles::get, self)),
      edge::route<Action::kBundlesPush, edge::RawBody>(
          "POST", "/v1/tenants/{tenant}/bundles",
          {.summary = "Make these files the tenant's bundle, whole or not at all",
           .tag = "bundles",
           .body_limit = kMaxPushBytes,
           .body = edge::schema_of<PushBody>,
           .answer = edge::schema_of<ActivationView>,
           .query = {kDryRunQuery}},
          std::bind_front(Bundles::push, self)),
      edge::route<Action::kBundlesActivate, ActivateBody>(
          "POST", "/v1/tenants/{tenant}/bundles/activate",
          {.summary = "Make the content of an older revision hold again, as a new one",
           .tag = "bundles",
           .answer = edge::schema_of<ActivationView>,
           .query = {kDryRunQuery}},
          std::bind_front(Bundles::activate, self)),
      edge::route<Action::kBundlesReload, NoBody>(
          "POST", "/v1/bundles/reload",
          {.summary = "Read the folder of bundles again; each tenant whole or not at all",
           .tag = "bundles",
           .answer = edge::schema_of<bundles::ReloadReport>},
          std::bind_front(Bundles::reload, self)),
  };
}

}  // namespace bailiwick::api
