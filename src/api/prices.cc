#include "api/prices.h"

#include "base/files.h"
#include "net/blocking.h"

namespace bailiwick::api {
namespace {

using edge::Call;
using edge::Reply;
using tenancy::Action;

constexpr std::size_t kMaxFile = 64 << 20;

struct PriceView {
  std::string model;
  std::string provider;
  std::string mode;
  PicoDollars input;
  PicoDollars output;
};
template <class Visitor>
void describe(Visitor& v, PriceView& view) {
  v.required("model", view.model, "As callers name it.");
  v.required("provider", view.provider, "Whose model; empty when the file does not say.");
  v.required("mode", view.mode, "chat, embedding, …");
  v.required("input_usd_per_token", view.input, "Decimal.");
  v.required("output_usd_per_token", view.output, "Decimal.");
}
struct PriceList {
  std::vector<PriceView> prices;
};
template <class Visitor>
void describe(Visitor& v, PriceList& list) {
  v.required("prices", list.prices, "In order of model.");
}
struct UpdateView {
  std::int64_t models = 0;
};
template <class Visitor>
void describe(Visitor& v, UpdateView& view) {
  v.required("models", view.models, "How many have a price now.");
}

struct Prices {
  PriceShelf shelf;

  static net::Task<Result<Reply>> list(const Prices& self, Call<Action::kPricesRead>&, edge::NoBody) {
    auto book = self.shelf.book.load();
    PriceList list;
    for (const auto& [model, price] : book->models()) {
      list.prices.push_back(
          {model, price.provider, price.mode, price.input_per_token, price.output_per_token});
    }
    co_return Reply::json(200, to_json_value(list));
  }

  /// Checked whole, then on disk, then in use: a bad file changes nothing.
  static net::Task<Result<Reply>> update(const Prices& self, Call<Action::kPricesUpdate>& call,
                                         edge::RawBody body) {
    if (self.shelf.fixed_by_settings) {
      co_return fail(
          ErrorCode::kConflict, "prices.fixed",
          "the settings name the price file (`prices`); change that file and restart, or unset it");
    }
    auto work = [&]() -> Result<std::int64_t> {
      TRY(metering::PriceBook book, metering::PriceBook::parse(body.bytes));
      auto models = static_cast<std::int64_t>(book.size());
      if (call.query("dry_run") == "true") return models;
      CHECK_OK(write_file_atomically(self.shelf.file, body.bytes));
      self.shelf.book.store(std::make_shared<const metering::PriceBook>(std::move(book)));
      return models;
    };
    UpdateView view;
    CO_TRY(view.models, co_await call.loop().blocking.run(work));
    co_return Reply::json(200, to_json_value(view));
  }
};

json::object price_file_schema() {
  return {{"type", "object"}, {"additionalProperties", json::object{{"type", "object"}}}};
}

}  // namespace

std::vector<edge::Route> price_routes(PriceShelf shelf) {
  Prices self{std::move(shelf)};
  return {
      edge::route<Action::kPricesRead, edge::NoBody>(
          "GET", "/v1/prices",
          {.summary = "What models cost", .tag = "prices", .answer = edge::schema_of<PriceList>},
          std::bind_front(Prices::list, self)),
      edge::route<Action::kPricesUpdate, edge::RawBody>(
          "PUT", "/v1/prices",
          {.summary = "Replace the prices by a file in LiteLLM's format, whole",
           .tag = "prices",
           .body_limit = kMaxFile,
           .body = price_file_schema,
           .answer = edge::schema_of<UpdateView>,
           .query = {{"dry_run", "true: check everything, change nothing."}}},
          std::bind_front(Prices::update, self)),
  };
}

}  // namespace bailiwick::api
