#include "routing/route_plan.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace bailiwick::routing {
namespace {

std::string_view api_name(Speakers speakers) {
  switch (speakers) {
    case Speakers::kOpenAiChat:
      return "OpenAI's chat completions";
    case Speakers::kOpenAiEmbeddings:
      return "OpenAI's embeddings";
    case Speakers::kAnthropicMessages:
    case Speakers::kAnthropicCount:
      return "Anthropic's messages";
    case Speakers::kAny:
      break;
  }
  return "any API";
}

std::unexpected<Error> no_route(std::string_view model, Speakers speakers) {
  return fail(
      ErrorCode::kInvalid, "no_route",
      fmt::format(
          "no provider of this tenant's routes speaks {} for '{}'; add one to router.yaml or use the API "
          "that its provider speaks",
          api_name(speakers), model));
}

/// An embedding model never stands in for a chat model, nor the other way round.
bool has_fallbacks(Speakers speakers) {
  return speakers != Speakers::kOpenAiEmbeddings;
}

}  // namespace

bool speaks(const PlannedTarget& target, Speakers speakers) {
  switch (speakers) {
    case Speakers::kOpenAiEmbeddings:
      return target.kind() == ProviderKind::kOpenAi || target.kind() == ProviderKind::kAzure;
    case Speakers::kAnthropicCount:
      return target.kind() == ProviderKind::kAnthropic;
    case Speakers::kOpenAiChat:
    case Speakers::kAnthropicMessages:
    case Speakers::kAny:
      return true;
  }
  return false;
}

Candidates& Candidates::add(std::span<const PlannedTarget> targets, Part part) {
  for (const PlannedTarget& target : targets) {
    if (!speaks(target, speakers_) || targets_.size() == kMost) continue;
    targets_.push_back(&target);
    if (part == Part::kSplit) ++split_;
  }
  return *this;
}

MonoTime soonest(std::span<const PlannedTarget* const> targets) {
  MonoTime at = MonoTime::max();
  for (const PlannedTarget* target : targets) at = std::min(at, target->ready_at());
  return at;
}

PlannedProvider::PlannedProvider(std::string provider_name, const snapshot::Provider& declared,
                                 std::shared_ptr<CircuitBreaker> known_breaker)
    : name(std::move(provider_name)),
      kind(declared.kind),
      origin(net::Origin::parse(declared.base_url)),
      timeout(declared.timeout),
      api_version(declared.api_version),
      key(declared.api_key ? std::make_unique<Secret>(*declared.api_key) : nullptr),
      facts(snapshot::facts_of(declared)),
      breaker(std::move(known_breaker)) {}

namespace {

metering::ModelPrice ceiling_price(const snapshot::CeilingPrice& declared) {
  auto per_token = [](PicoDollars per_million) {
    return PicoDollars(per_million.pico() / 1'000'000 + (per_million.pico() % 1'000'000 != 0 ? 1 : 0));
  };
  metering::ModelPrice price;
  price.input_per_token = per_token(declared.input_per_million_usd);
  price.output_per_token = per_token(declared.output_per_million_usd);
  return price;
}

/// The platform may have written the default port, and who wrote the base URL a dot or capitals.
std::shared_ptr<metering::FairQueue> shared_queue(metering::SharedUpstreams& upstreams, net::Origin origin,
                                                  std::string_view alone) {
  for (char& c : origin.host) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (origin.host.ends_with('.')) origin.host.pop_back();
  std::string authority = origin.authority();
  if (auto queue = upstreams.find(authority, alone)) return queue;
  return upstreams.find(fmt::format("{}:{}", authority, origin.port), alone);
}

}  // namespace

RoutePlan::RoutePlan(snapshot::SnapshotPtr snapshot, std::string_view program,
                     std::shared_ptr<const metering::PriceBook> prices, std::shared_ptr<RouteMemory> memory)
    : snapshot_(std::move(snapshot)),
      program_(program),
      config_(snapshot_->files->settings_of(program).router),
      prices_(std::move(prices)),
      memory_(std::move(memory)),
      share_{.flow = snapshot_->meter.get(),
             .tier = static_cast<std::size_t>(snapshot_->tenant.plan),
             .weight = snapshot_->weight} {
  const auto& unknown = config_.budget.unknown_price;
  // A ceiling of nothing would let calls pass every budget.
  if (unknown && unknown->input_per_million_usd > PicoDollars() &&
      unknown->output_per_million_usd > PicoDollars())
    ceiling_ = ceiling_price(*config_.budget.unknown_price);
  const snapshot::Routing& routing = config_.routing;
  if (routing.split) {
    for (const snapshot::SplitTarget& target : routing.split->targets) add(chain_, target, target.weight);
    split_ = chain_.size();
  } else {
    add(chain_, routing.primary);
  }
  if (routing.fallback) add(chain_, *routing.fallback);
  for (const snapshot::RouteTarget& target : routing.fallbacks) add(chain_, target);
  if (routing.embeddings) add(embeddings_, *routing.embeddings);
  for (const snapshot::RouteTarget& target : routing.additional_models) add(additional_, target);
}

void RoutePlan::add(Targets& targets, const snapshot::RouteTarget& declared, std::int64_t weight) {
  PlannedTarget target{.declared = &declared, .weight = weight};
  if (declared.provider != "local") {
    target.provider = provider(declared.provider);
    if (target.provider == nullptr) return;  // an entry of kind `local` under another name, or none at all
    if (prices_) target.price = prices_->find(declared.provider, declared.model);
    if (target.price == nullptr && ceiling_) target.price = &*ceiling_;
    target.health = memory_->health(declared.provider, address_of(declared.provider), declared.model);
  }
  targets.push_back(target);
}

PlannedProvider* RoutePlan::provider(const std::string& name) {
  for (const auto& known : providers_) {
    if (known->name == name) return known.get();
  }
  auto declared = config_.providers.find(name);
  if (declared == config_.providers.end() || declared->second.kind == ProviderKind::kLocal) return nullptr;
  auto breaker = memory_->breaker(name, declared->second.base_url);
  PlannedProvider& planned =
      *providers_.emplace_back(std::make_unique<PlannedProvider>(name, declared->second, std::move(breaker)));
  if (snapshot_->upstreams && planned.origin) {
    bool alone = snapshot_->tenant.isolation.compute;
    planned.queue = shared_queue(*snapshot_->upstreams, *planned.origin,
                                 alone ? snapshot_->id().view() : std::string_view());
  }
  return &planned;
}

const std::string& RoutePlan::address_of(const std::string& provider) const {
  return config_.providers.find(provider)->second.base_url;
}

Result<Candidates> RoutePlan::resolve_auto(Speakers speakers, Start start) const {
  bool embeds = speakers == Speakers::kOpenAiEmbeddings;
  auto can = [speakers](const PlannedTarget& target) { return speaks(target, speakers); };
  if (std::ranges::none_of(embeds ? embeddings_ : chain_, can)) return no_route(kAutoModel, speakers);
  Candidates out(speakers);
  if (embeds) return out.add(embeddings_);
  if (start == Start::kFallback && std::ranges::any_of(fallbacks(), can)) return out.add(fallbacks());
  if (split_ > 0) return out.add(split(), Candidates::Part::kSplit).add(fallbacks());
  return out.add(chain_);
}

/// A model of a split may stand at several of its providers; the others of the split are other models.
Candidates RoutePlan::resolve_split(std::string_view model, Speakers speakers) const {
  Candidates out(speakers);
  for (std::size_t i = 0; i < split_; ++i) {
    if (chain_[i].model() == model) out.add(split().subspan(i, 1), Candidates::Part::kSplit);
  }
  return out.add(fallbacks());
}

bool RoutePlan::speaks_at_all(Speakers speakers) const {
  auto can = [speakers](const PlannedTarget& target) { return speaks(target, speakers); };
  return std::ranges::any_of(chain_, can) || std::ranges::any_of(embeddings_, can) ||
         std::ranges::any_of(additional_, can);
}

Result<Candidates> RoutePlan::resolve(std::string_view model, Speakers speakers, Start start) const {
  if (model == kAutoModel) return resolve_auto(speakers, start);
  bool known = false;
  for (const Targets* pool : {&chain_, &embeddings_, &additional_}) {
    std::span<const PlannedTarget> targets = *pool;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (targets[i].model() != model) continue;
      known = true;
      if (!speaks(targets[i], speakers)) continue;
      bool falls_back = pool == &chain_ && has_fallbacks(speakers);
      if (!falls_back) return Candidates(speakers).add(targets.subspan(i, 1));
      bool first_choice = i < std::max<std::size_t>(split_, 1);
      if (first_choice && start == Start::kFallback) return resolve_auto(speakers, start);
      return i < split_ ? resolve_split(model, speakers) : Candidates(speakers).add(targets.subspan(i));
    }
  }
  // Without any target that speaks the caller's dialect no name would help; say that rather than "unknown".
  if (known || !speaks_at_all(speakers)) return no_route(model, speakers);
  return fail(
      ErrorCode::kNotFound, "model_not_found",
      fmt::format("the model '{}' is not among this tenant's routes; GET /v1/models lists them", model));
}

std::vector<const PlannedTarget*> RoutePlan::targets() const {
  std::vector<const PlannedTarget*> out;
  for (const Targets* pool : {&chain_, &embeddings_, &additional_}) {
    for (const PlannedTarget& target : *pool) out.push_back(&target);
  }
  return out;
}

std::vector<const PlannedTarget*> RoutePlan::models() const {
  std::vector<const PlannedTarget*> out;
  for (const PlannedTarget* target : targets()) {
    auto same = [&](const PlannedTarget* other) { return other->model() == target->model(); };
    if (std::ranges::none_of(out, same)) out.push_back(target);
  }
  return out;
}

}  // namespace bailiwick::routing
