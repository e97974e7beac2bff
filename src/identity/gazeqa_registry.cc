#include "identity/gazeqa_registry.h"

#include <set>

#include <fmt/format.h>

#include "base/binding.h"
#include "base/files.h"

namespace bailiwick::identity {
namespace {

constexpr std::size_t kMaxFile = 4 << 20;

struct Entry {
  std::string organization;
  tenancy::TenantId organization_slug;
  std::string actor_role;
  std::optional<std::vector<std::string>> scopes;
};

template <class Visitor>
void describe(Visitor& v, Entry& entry) {
  v.field("organization", entry.organization, "Display name of the organisation.");
  v.required("organization_slug", entry.organization_slug, "The tenant.");
  v.field("actor_role", entry.actor_role, "qa_runner, qa_viewer or admin; another one is a viewer.");
  v.field("scopes", entry.scopes,
          "runs:create, runs:read, runs:events, runs:*, evaluations:judge or *; absent = the role's.");
}

tenancy::Role role_of(std::string_view name) {
  if (name == "qa_runner") return tenancy::Role::kOperator;
  if (name == "admin") return tenancy::Role::kAdmin;
  return tenancy::Role::kViewer;
}

std::vector<std::string> default_scopes(tenancy::Role role) {
  if (role == tenancy::Role::kViewer) return {"runs:read", "runs:events"};
  return {"runs:create", "runs:read", "runs:events", "evaluations:judge"};
}

std::string rfc3339_of(std::filesystem::file_time_type time) {
  auto system = std::chrono::file_clock::to_sys(time);
  return to_rfc3339(std::chrono::time_point_cast<std::chrono::microseconds>(system));
}

}  // namespace

Result<std::vector<TokenPtr>> parse_gazeqa_registry(std::string_view json_text, const TokenTable& table,
                                                    WallTime now) {
  auto parsed = parse_json_object(json_text);
  // The parser's own message may quote a key, and here the keys are credentials.
  if (!parsed)
    return fail(ErrorCode::kInvalid, "registry.invalid",
                "the GazeQA token registry is not a JSON map of distinct tokens: "
                R"({"TOKEN": {"organization_slug": …, "actor_role": …}})");
  const json::object& root = *parsed;
  BindContext context("");
  std::vector<TokenPtr> tokens;
  for (const auto& member : root) {
    // Named by position: the key is the credential itself.
    std::size_t mark = context.push(std::to_string(tokens.size()));
    Entry entry;
    std::string_view secret = member.key();
    if (secret.size() < 8) context.problem(Node{}, "a token has fewer than 8 characters");
    Binding<Entry>::read(context, to_node(member.value()), entry, Rule{});
    context.pop(mark);
    auto principal = std::make_shared<tenancy::Principal>();
    tenancy::Role role = role_of(entry.actor_role);
    auto token = std::make_shared<Token>();
    token->hash = table.hash(secret);
    token->id = "tok_gazeqa_" + crypto::to_hex(std::span(token->hash).first(6));
    principal->subject = "token:" + token->id;
    principal->tenant = entry.organization_slug;
    principal->bindings.push_back({.role = role, .program = {}, .name_space = {}});
    principal->scopes = entry.scopes && !entry.scopes->empty() ? *entry.scopes : default_scopes(role);
    token->name = entry.organization;
    token->principal = std::move(principal);
    token->created_at = now;
    token->source = TokenSource::kRegistry;
    tokens.push_back(std::move(token));
  }
  if (context.problems().empty()) return tokens;
  Error error(ErrorCode::kInvalid, "registry.invalid", "the GazeQA token registry is not valid");
  error.problems = context.take();
  return std::unexpected(std::move(error));
}

Status GazeqaRegistry::refresh() {
  std::vector<std::filesystem::file_time_type> times;
  for (const std::filesystem::path& file : files_) {
    std::error_code gone;
    times.push_back(std::filesystem::last_write_time(file, gone));
    if (gone) {
      return fail(ErrorCode::kUnavailable, "registry.unreadable",
                  "the GazeQA token registry cannot be read; its tokens stay until it can, {} in the file "
                  "ends them all",
                  fmt::format("{}: {}", file.string(), gone.message()));
    }
  }
  if (loaded_ && times == read_at_) return {};
  TRY(std::vector<TokenPtr> tokens, read(times));
  table_.replace(TokenSource::kRegistry, tokens);
  read_at_ = std::move(times);
  loaded_ = true;
  return {};
}

/// The tokens of all sources.
Result<std::vector<TokenPtr>> GazeqaRegistry::read(
    std::span<const std::filesystem::file_time_type> times) const {
  std::vector<TokenPtr> tokens;
  if (!inline_json_.empty()) {
    TRY(tokens, parse_gazeqa_registry(inline_json_, table_, clock_.wall()));
  }
  for (std::size_t i = 0; i < files_.size(); ++i) {
    TRY(std::string text, read_file(files_[i], kMaxFile));
    auto more = parse_gazeqa_registry(text, table_, clock_.wall());
    if (!more) {
      more.error().detail = fmt::format("{} of {}", files_[i].string(), rfc3339_of(times[i]));
      return more;
    }
    tokens.insert(tokens.end(), more->begin(), more->end());
  }
  std::set<crypto::Digest> distinct;
  for (const TokenPtr& token : tokens) distinct.insert(token->hash);
  if (distinct.size() != tokens.size()) {
    return fail(ErrorCode::kInvalid, "registry.invalid",
                "a GazeQA token stands in two places; keep it in one, so that it has one meaning");
  }
  return tokens;
}

}  // namespace bailiwick::identity
