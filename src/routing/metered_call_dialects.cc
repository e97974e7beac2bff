// What of a MeteredCall has to do with the caller's dialect and the target's.
#include <algorithm>

#include <fmt/format.h>

#include "routing/metered_call.h"
#include "routing/provider_wire.h"

namespace bailiwick::routing {
namespace {

UsageFields fields_of(const translation::Usage& usage, ProviderKind dialect) {
  auto bounded = [](std::optional<std::int64_t> count) {
    return count ? std::optional(std::min(*count, kMostReported)) : count;
  };
  UsageFields fields{.input = bounded(usage.input),
                     .output = bounded(usage.output),
                     .reasoning = usage.reasoning,
                     .cache_read = usage.cache_read,
                     .cache_creation = usage.cache_creation,
                     .cache_creation_hour = usage.cache_creation_hour};
  if (dialect == ProviderKind::kAnthropic && fields.input)
    *fields.input = std::max<std::int64_t>(*fields.input - usage.cache_read - usage.cache_creation, 0);
  return fields;
}

}  // namespace

Status MeteredCall::write_body(const Attempt& attempt) {
  auto bound = quote_.output_bound(held());
  if (!bound && quote_.guessed_most && attempt.budget == Attempt::Budget::kStrict)
    bound = quote_.output_tokens / quote_.choices;
  shortened_ = bound.has_value();
  if (bound) quote_.tell(*bound);
  TRY(request_body_, attempt.payload.body_for(*target_, bound));
  if (translated()) created_ = unix_seconds(attempt.clock.wall());
  return {};
}

/// Its body may quote a part of the key, and its status would tell the caller that the caller's token is bad.
std::unexpected<Error> MeteredCall::credential_refused() const {
  return fail(ErrorCode::kBadGateway, "upstream.credential",
              fmt::format("provider '{}' refused the tenant's key; check api_key in router.yaml",
                          target_->provider->name),
              fmt::format("status {}", status_));
}

bool MeteredCall::translated() const {
  return translates(endpoint_, target_->kind());
}

translation::AnswerContext MeteredCall::translation_context() const {
  return {.model = target_->model(),
          .request_id = request_id_,
          .created = created_,
          .estimated_input = meter_->habits().likely_input(quote_.estimated_input),
          .secrets = key_ ? secret_parts(target_->kind(), *key_) : std::array<std::string_view, 2>()};
}

Status MeteredCall::translate_body() {
  translation::Dialect from = spoken_by(target_->kind()), to = spoken_at(endpoint_);
  headers_.set("Content-Type", "application/json");
  if (status_ < 200 || status_ >= 300) {
    body_ = translation::translate_error(from, to, status_, body_, translation_context());
    return {};
  }
  TRY(body_, translation::translate_answer(from, to, body_, translation_context()));
  return {};
}

UsageFields MeteredCall::reported() const {
  if (!scanner_) return reported_;
  UsageFields fields = scanner_->usage();
  if (translator_ && translator_->usage())
    fields.merge(fields_of(*translator_->usage(), dialect_of(endpoint_)));
  return fields;
}

/// What to deliver of what was read; an empty read is the end.
std::string_view MeteredCall::take(std::string_view read) {
  if (!translator_) return read.empty() ? scanner_->rest() : scanner_->feed(read);
  translated_ = read.empty() ? translator_->finish() : translator_->feed(read);
  return scanner_->feed(translated_);
}

}  // namespace bailiwick::routing
