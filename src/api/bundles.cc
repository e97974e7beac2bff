#include "api/bundles.h"

#include <charconv>
#include <limits>

#include "api/paging.h"
#include "base/printing.h"
#include "net/blocking.h"

namespace bailiwick::api {
namespace {

using edge::Call;
using edge::NoBody;
using edge::Reply;
using tenancy::Action;

struct RevisionView {
  std::int64_t serial = 0;
  std::string revision;
  bundles::RevisionSource source = bundles::RevisionSource::kApi;
  std::string created_at;
  std::string created_by;
  bool active = false;
};
template <class Visitor>
void describe(Visitor& v, RevisionView& view) {
  v.required("serial", view.serial, "Of the activation; only grows.");
  v.required("revision", view.revision, "Name of the content: equal files, equal revision.");
  v.required("source", view.source, "Where it came from.");
  v.required("created_at", view.created_at, "RFC 3339.");
  v.required("created_by", view.created_by, "Who changed it.");
  v.required("active", view.active, "Whether it holds now.");
}

struct RevisionList {
  std::vector<RevisionView> revisions;
  std::string next_page_token;
};
template <class Visitor>
void describe(Visitor& v, RevisionList& list) {
  v.required("revisions", list.revisions, "Newest first.");
  v.required("next_page_token", list.next_page_token, "Empty at the end.");
}

/// The serial that a page goes on below.
Result<std::int64_t> serial_of(const std::string& after) {
  std::int64_t serial = std::numeric_limits<std::int64_t>::max();
  if (after.empty()) return serial;
  auto [end, error] = std::from_chars(after.data(), after.data() + after.size(), serial);
  if (error == std::errc() && end == after.data() + after.size()) return serial;
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
    for (const bundles::RevisionRow& row : found) {
      view.revisions.push_back({.serial = row.serial,
                                .revision = row.revision,
                                .source = row.source,
                                .created_at = to_rfc3339(row.created_at),
                                .created_by = row.created_by,
                                .active = row.serial == call.snapshot->serial});
    }
    bool more = static_cast<std::int64_t>(found.size()) == page.size && found.back().serial > 1;
    if (more) view.next_page_token = page_token(std::to_string(found.back().serial));
    co_return Reply::json(200, to_json_value(view));
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
      edge::route<Action::kBundlesReload, NoBody>(
          "POST", "/v1/bundles/reload",
          {.summary = "Read the folder of bundles again; each tenant whole or not at all",
           .tag = "bundles",
           .answer = edge::schema_of<bundles::ReloadReport>},
          std::bind_front(Bundles::reload, self)),
  };
}

}  // namespace bailiwick::api
