#include "api/bundle_views.h"

#include <fmt/format.h>

namespace bailiwick::api {
RevisionView view_of(const bundles::RevisionRow& row, std::int64_t active_serial) {
  return {.serial = row.serial,
          .revision = row.revision,
          .source = row.source,
          .created_at = to_rfc3339(row.created_at),
          .created_by = row.created_by,
          .active = row.serial == active_serial,
          .signature = {row.signature.empty() ? json::value(nullptr) : json::value(row.signature)}};
}

RevisionContent content_of(bundles::RevisionRow row, std::int64_t active_serial) {
  RevisionContent content{view_of(row, active_serial), std::move(row.files), {nullptr}};
  // Stored once verified, so it parses.
  if (!row.envelope.empty()) content.envelope.value = parse_json(row.envelope).value();
  return content;
}

ActivationView activation_of(bundles::Taken taken) {
  return {.tenant = taken.tenant->id().str(),
          .serial = taken.tenant->serial,
          .revision = taken.tenant->revision,
          .status = taken.tenant->lifecycle.status,
          .replay = std::move(taken.replay)};
}

std::optional<std::string> text_of(const Json& envelope) {
  if (envelope.value.is_null()) return std::nullopt;
  return json::serialize(envelope.value);
}

}  // namespace bailiwick::api

namespace bailiwick {

bool Binding<api::FileMap>::read(BindContext& context, const Node& node, api::FileMap& out, const Rule&) {
  if (node.kind != Node::Kind::kMapping)
    return context.problem(node, "expected a mapping of paths to contents"), false;
  if (node.entries.size() > snapshot::kMaxBundleFiles)
    return context.problem(node, fmt::format("a bundle has at most {} files", snapshot::kMaxBundleFiles)),
           false;
  std::size_t bytes = 0;
  bool good = true;
  for (const Node::Entry& entry : node.entries) {
    if (entry.key.size() > snapshot::kMaxBundlePath) {
      context.problem(node, fmt::format("a path has at most {} bytes", snapshot::kMaxBundlePath));
      return false;
    }
    std::size_t mark = context.push(entry.key);
    std::string& text = out.files[entry.key];
    good = read_scalar(context, entry.value, text, {.max_length = snapshot::kMaxBundleFileBytes}) && good;
    bytes += text.size();
    context.pop(mark);
  }
  if (bytes <= snapshot::kMaxBundleBytes) return good;
  context.problem(node,
                  fmt::format("the files of a bundle hold at most {} bytes", snapshot::kMaxBundleBytes));
  return false;
}

json::object Binding<api::FileMap>::schema(const Rule&) {
  return {{"type", "object"},
          {"additionalProperties",
           json::object{{"type", "string"}, {"maxLength", snapshot::kMaxBundleFileBytes}}},
          {"maxProperties", snapshot::kMaxBundleFiles}};
}

}  // namespace bailiwick
