#include "api/access_record.h"

#include <fmt/format.h>

#include "base/excerpt.h"
#include "crypto/hash.h"

namespace bailiwick::api {
namespace {

/// Bytes of canonical JSON: of one object that was given, and of all evaluations of a request that are kept
/// whole. A record of the ledger holds 1 MiB.
constexpr std::size_t kMaxKept = 2048;
constexpr std::size_t kMaxWhole = 256 << 10;

/// Writes members of an object in canonical order: its caller names them so.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_ += '{'; }

  void text(std::string_view key, std::string_view value) {
    name(key);
    append_json_string(out_, value);
  }
  void word(std::string_view key, std::string_view value) {
    name(key);
    out_ += value;
  }
  /// The object, or its hash under another name, or nothing when it is empty.
  void given(std::string_view key, const json::object* object) {
    if (!object || object->empty()) return;
    std::string canonical;
    append_canonical_json(canonical, *object);
    read_ += canonical.size();
    if (canonical.size() <= kMaxKept) return word(key, canonical);
    text(fmt::format("{}_sha256", key), crypto::to_hex(crypto::sha256(canonical)));
  }
  void entity(std::string_view key, const policy::AccessEntity& entity) {
    name(key);
    Members members(out_);
    if (!entity.id.empty()) members.text("id", entity.id);
    members.given("properties", entity.properties);
    members.text("type", entity.type);
    members.end();
    read_ += members.read_;
  }
  void action(const policy::AccessRequest& request) {
    if (request.action.empty()) return;
    name("action");
    Members members(out_);
    members.text("name", request.action);
    members.given("properties", request.action_properties);
    members.end();
    read_ += members.read_;
  }
  void end() { out_ += '}'; }
  std::size_t read() const { return read_; }

 private:
  void name(std::string_view key) {
    if (out_.back() != '{') out_ += ',';
    append_json_string(out_, key);
    out_ += ':';
  }

  std::string& out_;
  std::size_t read_ = 0;  // bytes of JSON that were given
};

}  // namespace

std::size_t AccessRecord::add(const policy::AccessRequest& request, const policy::AccessDecision& decision) {
  std::string whole;
  Members members(whole);
  members.action(request);
  members.given("context", request.context);
  members.word("decision", decision.allowed ? "true" : "false");
  if (!decision.policy.empty()) members.text("policy", decision.policy);
  members.entity("resource", request.resource);
  members.entity("subject", request.subject);
  members.end();
  if (!evaluations_.empty()) evaluations_ += ',';
  if (evaluations_.size() + whole.size() <= kMaxWhole) {
    evaluations_ += whole;
    return members.read();
  }
  Members hashed(evaluations_);
  hashed.word("decision", decision.allowed ? "true" : "false");
  if (!decision.policy.empty()) hashed.text("policy", decision.policy);
  hashed.text("sha256", crypto::to_hex(crypto::sha256(whole)));
  hashed.end();
  return members.read();
}

void AccessRecord::add_fault(std::string_view reason) {
  if (!evaluations_.empty()) evaluations_ += ',';
  Members members(evaluations_);
  members.word("decision", "false");
  members.text("fault", excerpt(reason));
  members.end();
}

void AccessRecord::write(ledger::Record& record, std::string_view revision) const {
  record.extra_text.reserve(evaluations_.size() + 64);
  Members members(record.extra_text);
  members.word("evaluations", "[");
  record.extra_text += evaluations_;
  record.extra_text += ']';
  members.text("revision", revision);
  members.end();
}

void record_search(ledger::Record& record, const policy::AccessRequest& request, std::size_t found) {
  std::string search;
  Members members(search);
  members.action(request);
  members.given("context", request.context);
  members.word("found", std::to_string(found));
  members.entity("resource", request.resource);
  members.entity("subject", request.subject);
  members.end();
  record.extra_text = fmt::format(R"({{"search":{}}})", search);
}

}  // namespace bailiwick::api
