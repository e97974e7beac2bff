// Bundle revisions as the API shows and takes them.
#pragma once

#include "base/printing.h"
#include "bundles/registry.h"

namespace bailiwick::api {

/// Path → content, as a request brings it: no file is above 1 MiB, and no more than a bundle may have.
struct FileMap {
  snapshot::FileTexts files;
};

struct RevisionView {
  std::int64_t serial = 0;
  std::string revision;
  bundles::RevisionSource source = bundles::RevisionSource::kApi;
  std::string created_at;
  std::string created_by;
  bool active = false;
  Json signature;
};
template <class Visitor>
void describe(Visitor& v, RevisionView& view) {
  v.required("serial", view.serial, "Of the activation; only grows.");
  v.required("revision", view.revision, "Name of the content: equal files, equal revision.");
  v.required("source", view.source, "Where it came from.");
  v.required("created_at", view.created_at, "RFC 3339.");
  v.required("created_by", view.created_by, "Who changed it.");
  v.required("active", view.active, "Whether it holds now.");
  v.required("signature", view.signature,
             "What was signed and by whom: serial, version, author, signers; null = unsigned.");
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

struct RevisionContent : RevisionView {
  std::map<std::string, std::string> files;
  Json envelope;
};
template <class Visitor>
void describe(Visitor& v, RevisionContent& content) {
  describe(v, static_cast<RevisionView&>(content));
  v.required("files", content.files, "Path → content.");
  v.required("envelope", content.envelope, "The DSSE envelope that signs them; null = unsigned.");
}

struct PushBody {
  FileMap files;
  Json envelope;
};
template <class Visitor>
void describe(Visitor& v, PushBody& body) {
  v.required("files", body.files, "Path → content, of every file of the bundle.");
  v.field("envelope", body.envelope, "The DSSE envelope that signs them; absent = unsigned.");
}

struct ActivateBody {
  std::int64_t serial = 0;
  Json envelope;
};
template <class Visitor>
void describe(Visitor& v, ActivateBody& body) {
  v.required("serial", body.serial, "Of the older revision whose content is to hold again.", {.min = 1});
  v.field("envelope", body.envelope,
          "A DSSE envelope that signs that content with a higher serial; absent = unsigned.");
}

struct ActivationView {
  std::string tenant;
  std::int64_t serial = 0;
  std::string revision;
  snapshot::TenantStatus status = snapshot::TenantStatus::kActive;
  bundles::Replay replay;
};
template <class Visitor>
void describe(Visitor& v, ActivationView& view) {
  v.required("tenant", view.tenant, "Whose.");
  v.required("serial", view.serial, "Of the activation.");
  v.required("revision", view.revision, "Name of the content.");
  v.required("status", view.status, "Of the tenant, which a bundle does not change.");
  v.required("replay", view.replay,
             "Recorded decisions, made again under it; nothing when it was active already.");
}

RevisionView view_of(const bundles::RevisionRow& row, std::int64_t active_serial);
RevisionContent content_of(bundles::RevisionRow row, std::int64_t active_serial);
ActivationView activation_of(bundles::Taken taken);
/// The envelope of a request as its text; nothing when there is none.
std::optional<std::string> text_of(const Json& envelope);

}  // namespace bailiwick::api

template <>
struct bailiwick::Binding<bailiwick::api::FileMap> {
  static bool read(BindContext& context, const Node& node, api::FileMap& out, const Rule& rule);
  static json::object schema(const Rule& rule);
};
