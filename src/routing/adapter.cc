#include "routing/adapter.h"

#include <array>

namespace bailiwick::routing {

const ProviderAdapter& adapter_for(ProviderKind kind) {
  BW_CHECK(kind != ProviderKind::kLocal);
  return kind == ProviderKind::kAnthropic ? detail::anthropic_adapter : detail::openai_adapter;
}

void copy_answer_headers(const net::Headers& from_upstream, net::Headers& to_caller) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kKept{{
      {"content-type", "Content-Type"},
      {"content-encoding", "Content-Encoding"},
      {"retry-after", "Retry-After"},
      {"retry-after-ms", "Retry-After-Ms"},
      {"openai-processing-ms", "openai-processing-ms"},
      {"openai-version", "openai-version"},
      {"x-request-id", "x-bailiwick-upstream-request-id"},
      {"request-id", "x-bailiwick-upstream-request-id"},
      {"x-amzn-requestid", "x-bailiwick-upstream-request-id"},
  }};
  for (const net::HeaderField& field : from_upstream) {
    for (auto [name, kept_as] : kKept) {
      if (net::equals_ignoring_case(field.name, name)) to_caller.add({kept_as, field.value});
    }
  }
}

namespace detail {

std::string content_text(const json::value* content) {
  if (content == nullptr) return {};
  if (const json::string* text = content->if_string()) return std::string(*text);
  std::string out;
  const json::array* parts = content->if_array();
  if (parts == nullptr) return out;
  for (const json::value& part : *parts) {
    const json::object* object = part.if_object();
    const json::value* text = object == nullptr ? nullptr : object->if_contains("text");
    if (text == nullptr || !text->is_string()) continue;
    if (!out.empty()) out += '\n';
    out.append(text->get_string().data(), text->get_string().size());
  }
  return out;
}

Result<std::vector<Message>> listed_messages(const json::object& request) {
  const json::value* list = request.if_contains("messages");
  if (list == nullptr || !list->is_array()) {
    return fail(ErrorCode::kInvalid, "body.invalid", "messages is a list of {role, content}");
  }
  std::vector<Message> out;
  for (const json::value& item : list->get_array()) {
    const json::object* message = item.if_object();
    if (message == nullptr) continue;
    const json::value* role = message->if_contains("role");
    out.push_back({role != nullptr && role->is_string() ? std::string(role->get_string()) : std::string(),
                   content_text(message->if_contains("content"))});
  }
  return out;
}

bool name_starts_with(std::string_view name, std::string_view lower_prefix) {
  return name.size() >= lower_prefix.size() &&
         net::equals_ignoring_case(name.substr(0, lower_prefix.size()), lower_prefix);
}

void append_event(std::string& out, std::string_view name, const json::value& data) {
  if (!name.empty()) out.append("event: ").append(name).append("\n");
  out.append("data: ").append(json::serialize(data)).append("\n\n");
}

}  // namespace detail
}  // namespace bailiwick::routing
