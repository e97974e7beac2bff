// Usage and invoices over HTTP: exact, in pages and as tables, of the own tenant alone.
#include "api/usage.h"

#include "storage/sqlite/sqlite_store.h"
#include "support/permit_maker.h"
#include "support/served_edge.h"
#include "support/temp_folder.h"

namespace bailiwick::api {
namespace {

using tenancy::Action, tenancy::Role;
using testing_support::Answer, testing_support::ServedEdge;

constexpr std::string_view kRating = R"(
rules:
  - {name: input, metric: input_tokens, when: {model: "gpt-*"}, included: 10, per: 1000, tiers: [{price: 1.25}]}
  - {metric: model_cost, markup_percent: 20}
  - {metric: requests, when: {operation: models.chat}, tiers: [{price: 0.5}]}
monthly_fee: 49
)";

class UsageApiTest : public testing::Test {
 protected:
  void SetUp() override {
    for (std::string_view tenant : {"acme-corp", "beta-inc"}) rig_.tenant(tenant);
    rate("acme-corp");
    rig_.credential("viewer", "acme-corp", Role::kViewer);
    rig_.credential("beta", "beta-inc", Role::kOwner);
    rig_.credential("root", "", Role::kPlatformAdmin);
    rig_.credential("part", "acme-corp", {testing_support::GateRig::in_program(Role::kOwner, "blue")});
    for (int i = 0; i < 3; ++i) chat("acme-corp", "2026-11-25T11:00:00Z", "gpt-4o", 100);
    chat("acme-corp", "2026-11-24T11:00:00Z", "=gpt", 7);
    chat("acme-corp", "2026-10-31T23:59:59Z", "gpt-4o", 5000);
    chat("beta-inc", "2026-11-25T11:00:00Z", "canary-of-beta", 9999);
    rig_.serve(usage_routes(rollups_));
  }

  /// Gives the tenant rating rules.
  void rate(std::string_view tenant) {
    auto priced = std::make_shared<snapshot::TenantSnapshot>(*rig_.tenants.find(tenant));
    priced->tenant.billing.account = "ACME-1";
    priced->tenant.billing.rating =
        bind_document<metering::Rating>(parse_yaml(kRating, "r").value(), "r").value();
    rig_.tenants.put(std::move(priced));
  }
  void chat(std::string_view tenant, std::string_view time, std::string_view model, std::int64_t tokens) {
    ledger::Record record;
    record.time = parse_rfc3339(time).value();
    record.principal = "token:tok_1";
    record.program = "blue";
    record.action = "models.chat";
    record.decision = "allow";
    record.status = 200;
    record.provider = "cloud";
    record.model = model;
    record.input_tokens = tokens;
    record.output_tokens = 1;
    record.cost = PicoDollars(tokens * 10'000'000'000);
    ASSERT_TRUE(rig_.ledger.append(testing_support::permit<Action::kModelsChat>(tenant), {&record, 1}));
  }
  json::object report(std::string_view query, std::string_view credential = "viewer") {
    Answer answer = rig_.call(credential, "GET", "/v1/usage" + std::string(query));
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json();
  }
  /// `day model tokens` of each row, as far as it is grouped by them.
  static std::string lines(const json::object& report) {
    std::string text;
    for (const json::value& row : report.at("rows").as_array()) {
      for (const char* key : {"day", "model"}) {
        if (!row.at(key).is_null()) text += std::string(row.at(key).as_string()) + " ";
      }
      text += json::serialize(row.at("input_tokens")) + "\n";
    }
    return text;
  }

  testing_support::TempFolder folder_;
  ServedEdge rig_;
  std::unique_ptr<storage::TenantStore> store_ =
      storage::open_sqlite_tenant_store(
          {.folder = folder_.path(), .migrations = ledger::usage_store::migrations()})
          .value();
  ledger::UsageRollups rollups_{*store_, rig_.ledger, [](const tenancy::TenantId& tenant) {
                                  return testing_support::permit<Action::kLedgerRead>(tenant.view());
                                }};
};

TEST_F(UsageApiTest, TheMonthSoFarIsOneRowWithoutMore) {
  json::object body = report("");
  EXPECT_EQ(body.at("from"), json::value("2026-11-01"));
  EXPECT_EQ(body.at("to"), json::value("2026-11-25"));
  ASSERT_EQ(body.at("rows").as_array().size(), 1u);
  const json::object& total = body.at("total").as_object();
  EXPECT_EQ(total.at("requests"), json::value(4));
  EXPECT_EQ(total.at("input_tokens"), json::value(307));
  EXPECT_EQ(total.at("cost_usd"), json::value("3.07"));
  EXPECT_EQ(body.at("through_sequence"), json::value(5));
  EXPECT_EQ(body.at("rows").at(0).at("model"), json::value());
  EXPECT_TRUE(body.at("now").as_object().contains("budgets"));
  EXPECT_EQ(report("").at("through_sequence"), json::value(6))
      << "the question before stands in the ledger too";
}

TEST_F(UsageApiTest, RowsAreGroupedInOrder) {
  EXPECT_EQ(lines(report("?group_by=day,model&from=2026-11-24&to=2026-11-25")),
            "2026-11-24 =gpt 7\n2026-11-25 gpt-4o 300\n");
  EXPECT_EQ(lines(report("?group_by=model&from=2026-10&to=2026-10")), "gpt-4o 5000\n");
  EXPECT_EQ(report("?group_by=hour&from=2026-11-24&to=2026-11-24").at("rows").at(0).at("hour"),
            json::value("2026-11-24T11:00+00:00"));
}

TEST_F(UsageApiTest, PagesFollowEachOther) {
  const std::string query = "?group_by=day,model,operation&from=2026-10&to=2026-11-24&page_size=1";
  json::object first = report(query);
  EXPECT_EQ(lines(first), "2026-10-31 gpt-4o 5000\n");
  EXPECT_EQ(first.at("total").at("input_tokens"), json::value(5007)) << "the total is of every page";
  std::string token(first.at("next_page_token").as_string());
  json::object second = report(query + "&page_token=" + token);
  EXPECT_EQ(lines(second), "2026-11-24 =gpt 7\n");
  EXPECT_EQ(second.at("next_page_token"), json::value(""));
  EXPECT_EQ(rig_.call("viewer", "GET", "/v1/usage?group_by=day&page_token=" + token).code(), "page.token");
}

TEST_F(UsageApiTest, ATableIsHadByAcceptOrByFormat) {
  const std::string path = "/v1/usage?group_by=model&from=2026-10&to=2026-11-24";
  Answer table = rig_.call("viewer", "GET", path + "&format=csv");
  EXPECT_EQ(table.header("Content-Type"), "text/csv; charset=utf-8; header=present");
  EXPECT_EQ(table.header("Content-Disposition"),
            "attachment; filename=\"usage-acme-corp-2026-10-01-2026-11-24.csv\"");
  EXPECT_EQ(table.body,
            "model,requests,denied,errors,input_tokens,output_tokens,documents,bytes,cost_usd\r\n"
            "'=gpt,1,0,0,7,1,0,0,0.07\r\n"
            "gpt-4o,1,0,0,5000,1,0,0,50\r\n");
  EXPECT_EQ(rig_.call("viewer", "GET", path, "", "Accept: text/csv\r\n").body, table.body);
  EXPECT_EQ(rig_.call("viewer", "GET", path, "", "Accept: application/json, text/csv\r\n").body.front(), '{');
  EXPECT_EQ(rig_.call("viewer", "GET", path + "&format=json", "", "Accept: text/csv\r\n").body.front(), '{');
  EXPECT_EQ(rig_.call("viewer", "GET", path + "&format=xml").code(), "query.format");
}

TEST_F(UsageApiTest, BadQuestionsAreRefusedWithTheirRemedy) {
  for (auto [query, code] : {std::pair{"?from=yesterday", "days.malformed"},
                             {"?from=2026-11-20&to=2026-11-19", "query.range"},
                             {"?group_by=day,month", "query.group_by"},
                             {"?group_by=model,model", "query.group_by"},
                             {"?group_by=tenant", "query.group_by"},
                             {"?page_size=0", "page.size"}}) {
    Answer answer = rig_.call("viewer", "GET", "/v1/usage" + std::string(query));
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_EQ(answer.code(), code) << query;
  }
}

// Numbers are management: the platform admin reads them of every tenant, a tenant its own, a part of it none.
TEST_F(UsageApiTest, WhoMayRead) {
  EXPECT_EQ(report("?tenant=acme-corp", "root").at("total").at("input_tokens"), json::value(307));
  EXPECT_EQ(rig_.call("root", "GET", "/v1/tenants/beta-inc/usage/report").status, 200);
  EXPECT_EQ(rig_.call("root", "GET", "/v1/usage").code(), "tenant.missing");
  EXPECT_EQ(rig_.call("viewer", "GET", "/v1/tenants/beta-inc/usage/report").code(), "tenant.mismatch");
  EXPECT_EQ(rig_.call("viewer", "GET", "/v1/tenants/beta-inc/invoices/2026-11").code(), "tenant.mismatch");
  EXPECT_EQ(rig_.call("part", "GET", "/v1/usage").status, 403);
  EXPECT_EQ(rig_.call("viewer", "GET", "/v1/usage?group_by=model&from=2026-10").body.find("canary"),
            std::string::npos);
  EXPECT_NE(lines(report("?group_by=model", "beta")).find("canary-of-beta 9999\n"), std::string::npos);
}

TEST_F(UsageApiTest, AnInvoiceIsTheMonthUnderTheRules) {
  Answer answer = rig_.call("viewer", "GET", "/v1/invoices/2026-11");
  ASSERT_EQ(answer.status, 200) << answer.body;
  json::object invoice = answer.json();
  EXPECT_EQ(invoice.at("final"), json::value(false));
  EXPECT_EQ(invoice.at("revision"), json::value("rev"));
  EXPECT_EQ(invoice.at("account"), json::value("ACME-1"));
  EXPECT_EQ(invoice.at("usage").at("input_tokens"), json::value(307));
  std::string text;
  for (const json::value& line : invoice.at("lines").as_array()) {
    text += std::string(line.at("name").as_string()) + " " + std::string(line.at("quantity").as_string()) +
            " " + std::string(line.at("exact_usd").as_string()) + " " +
            std::string(line.at("amount_usd").as_string()) + "\n";
  }
  EXPECT_EQ(text,
            "input 300 0.3625 0.36\n"
            "model_cost 3.07 3.684 3.68\n"
            "requests 4 2 2.00\n"
            "monthly_fee 1 49 49.00\n");
  EXPECT_EQ(invoice.at("total_usd"), json::value("55.04"));
  EXPECT_EQ(rig_.call("root", "GET", "/v1/tenants/acme-corp/invoices/2026-11").json().at("total_usd"),
            json::value("55.04"));
}

TEST_F(UsageApiTest, AnInvoiceIsFinalOnceTheMonthIsOver) {
  auto final = [&](std::string_view month) {
    return rig_.call("viewer", "GET", "/v1/invoices/" + std::string(month)).json().at("final").as_bool();
  };
  EXPECT_TRUE(final("2026-10"));
  rig_.clock.jump_wall(parse_rfc3339("2026-12-01T00:00:59Z").value() - rig_.clock.wall());
  EXPECT_FALSE(final("2026-11")) << "its last records may be a moment late";
  rig_.clock.jump_wall(std::chrono::seconds(1));
  EXPECT_TRUE(final("2026-11"));
}

TEST_F(UsageApiTest, AnInvoiceIsATableToo) {
  Answer table = rig_.call("viewer", "GET", "/v1/invoices/2026-10", "", "Accept: text/csv\r\n");
  EXPECT_EQ(table.body,
            "tenant,account,cost_center,month,final,revision,line,metric,quantity,included,per,exact_usd,"
            "amount_usd\r\n"
            "acme-corp,ACME-1,,2026-10,true,rev,input,input_tokens,5000,10,1000,6.2375,6.24\r\n"
            "acme-corp,ACME-1,,2026-10,true,rev,model_cost,model_cost,50,0,1,60,60.00\r\n"
            "acme-corp,ACME-1,,2026-10,true,rev,requests,requests,1,0,1,0.5,0.50\r\n"
            "acme-corp,ACME-1,,2026-10,true,rev,monthly_fee,monthly_fee,1,0,1,49,49.00\r\n");
}

TEST_F(UsageApiTest, WithoutPricesOrAMonthThereIsNoInvoice) {
  EXPECT_EQ(rig_.call("beta", "GET", "/v1/invoices/2026-11").code(), "invoice.no_rating");
  EXPECT_EQ(rig_.call("viewer", "GET", "/v1/invoices/november").code(), "month.malformed");
  EXPECT_EQ(rig_.call("viewer", "GET", "/v1/invoices/2026-13").code(), "month.malformed");
}

}  // namespace
}  // namespace bailiwick::api
