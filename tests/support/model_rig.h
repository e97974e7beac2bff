// ModelRig: a tenant with routes, prices and budgets, and a router to call its models with.
#pragma once

#include <optional>

#include "net/blocking.h"
#include "net/client.h"
#include "net/spawn.h"
#include "routing/router.h"
#include "support/fake_upstream.h"
#include "support/permit_maker.h"
#include "support/tenant_settings.h"

namespace bailiwick::testing_support {

/// Remembers the last grant of each window.
class GrantLog final : public metering::SliceJournal {
 public:
  Status grant(std::string_view, std::string_view window, PicoDollars granted) override {
    grants[std::string(window)] = granted;
    return {};
  }
  void alert(const metering::BudgetAlert& alert) override { alerts.push_back(alert.percent); }
  std::map<std::string, PicoDollars> grants;
  std::vector<int> alerts;
};

/// Repeats the question.
class EchoModel final : public routing::LocalModel {
 public:
  net::Task<Result<std::string>> answer(const routing::LocalQuestion& question) override {
    co_return "echo: " + std::string(question.last_user_text());
  }
};

class ModelRig {
 public:
  /// Prices are round: `big` costs 10 µ$ in and 20 µ$ out per token, `small` a tenth of that.
  static constexpr std::string_view kPrices = R"({
    "big": {"mode": "chat", "input_cost_per_token": 1e-05, "output_cost_per_token": 2e-05, "max_output_tokens": 1000},
    "small": {"mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06, "max_output_tokens": 1000},
    "embed": {"mode": "embedding", "input_cost_per_token": 1e-07}
  })";

  explicit ModelRig(snapshot::RouterConfig config, metering::Limits limits = {}) {
    prices.store(std::make_shared<const metering::PriceBook>(metering::PriceBook::parse(kPrices).value()));
    auto draft = std::make_shared<snapshot::TenantSnapshot>();
    draft->tenant.id = tenancy::TenantId::parse("acme-corp").value();
    settings_of(*draft).router = std::move(config);
    draft->meter = metering::TenantMeter::create("acme-corp", std::move(limits), journal, clock).value();
    tenant = std::move(draft);
  }

  static snapshot::Provider openai(const FakeUpstream& upstream) {
    snapshot::Provider provider;
    provider.kind = snapshot::ProviderKind::kOpenAi;
    provider.base_url = upstream.url() + "/v1";
    return provider;
  }
  static snapshot::Provider anthropic(const FakeUpstream& upstream) {
    snapshot::Provider provider;
    provider.kind = snapshot::ProviderKind::kAnthropic;
    provider.base_url = upstream.url();
    return provider;
  }
  static snapshot::Provider provider(snapshot::ProviderKind kind, std::string base_url) {
    snapshot::Provider provider;
    provider.kind = kind;
    provider.base_url = std::move(base_url);
    return provider;
  }
  static snapshot::RouteTarget target(std::string provider, std::string model) {
    snapshot::RouteTarget out;
    out.provider = std::move(provider);
    out.model = std::move(model);
    return out;
  }

  /// A call, and everything that came of it.
  struct Outcome {
    Status status;  ///< the error, when no target answered
    int http_status = 0;
    net::Headers headers;
    std::string text;  ///< whole body, or all pieces joined
    std::vector<std::string> pieces;
    routing::Piece::Kind last = routing::Piece::Kind::kLast;
    std::string model;
    PicoDollars cost;
    metering::TokenUsage usage;
    ledger::Record record;
  };

  /// How many pieces of a stream the caller stays for.
  static constexpr int kToTheEnd = 1 << 20;

  Outcome chat(std::string body, net::Headers headers = {}, int stays_for = kToTheEnd) {
    return call(routing::Endpoint::kChatCompletions, std::move(body), std::move(headers), stays_for);
  }
  Outcome call(routing::Endpoint endpoint, std::string body, net::Headers headers = {},
               int stays_for = kToTheEnd) {
    return run(play(endpoint, std::move(body), std::move(headers), stays_for));
  }

  net::Task<Outcome> play(routing::Endpoint endpoint, std::string body, net::Headers headers, int stays_for) {
    auto permit = testing_support::permit<tenancy::Action::kModelsChat>("acme-corp");
    Outcome out;
    out.record.request_id = "req_1";
    routing::CallRequest request{endpoint, body, headers};
    auto begun = co_await router.call(permit, tenant, loop, request, out.record);
    if (!begun) {
      out.status = std::unexpected(begun.error());
      co_return out;
    }
    routing::MeteredCall& model_call = **begun;
    out.http_status = model_call.status();
    out.headers = model_call.headers();
    out.model = model_call.target().model();
    if (!model_call.streams()) out.text = model_call.body();
    while (model_call.streams() && static_cast<int>(out.pieces.size()) < stays_for) {
      routing::Piece piece = co_await model_call.next();
      out.last = piece.kind;
      if (!piece.bytes.empty()) out.pieces.emplace_back(piece.bytes);
      out.text += piece.bytes;
      if (piece.kind != routing::Piece::Kind::kMore) break;
    }
    model_call.abandon();
    co_await model_call.drain();
    out.cost = model_call.cost();
    out.usage = model_call.usage();
    co_return out;
  }

  template <class T>
  T run(net::Task<T> task) {
    std::optional<T> result;
    net::spawn(io, std::move(task), [&](net::Outcome<T> outcome) {
      if (!outcome) std::rethrow_exception(outcome.error());
      result.emplace(std::move(*outcome));
      io.stop();
    });
    io.restart();
    io.run();
    return std::move(result.value());
  }

  PicoDollars spent() const { return tenant->meter->view().windows.at(0).spent; }

  ManualClock clock{*parse_rfc3339("2026-11-25T12:00:00Z")};
  GrantLog journal;
  Published<metering::PriceBook> prices;
  snapshot::SnapshotPtr tenant;
  EchoModel local;
  Metrics metrics;
  routing::Router router{prices, local, metrics, clock};
  net::asio::io_context io;
  net::Client client{io};
  net::BlockingPool blocking{1};
  net::Loop loop{io, client, blocking};
};

}  // namespace bailiwick::testing_support
