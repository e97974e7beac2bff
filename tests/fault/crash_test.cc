// The server is killed at random moments under load, again and again. Every answer that a client saw must
// have its record, the chain must verify, no budget may be passed, and a restart must be quick.
// BAILIWICK_CRASH_ROUNDS sets how often it is killed (default 20); the two loads share them.
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "base/clock.h"
#include "base/money.h"
#include "base/mutex.h"
#include "ledger/verify.h"
#include "support/fake_upstream.h"
#include "support/server_process.h"

namespace bailiwick {
namespace {

using std::chrono::milliseconds;
using testing_support::FakeUpstream, testing_support::ServerProcess, testing_support::WholeAnswer;

int rounds_of_each_load() {
  const char* wanted = std::getenv("BAILIWICK_CRASH_ROUNDS");
  return std::max(1, (wanted != nullptr ? std::atoi(wanted) : 20) / 2);
}

std::string_view text_at(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  return found != nullptr ? std::string_view(found->as_string()) : std::string_view();
}

PicoDollars money_at(const json::object& object, std::string_view key) {
  std::string_view text = text_at(object, key);
  return text.empty() ? PicoDollars() : PicoDollars::parse(text).value();
}

/// What the ledger tells, read as it grows.
struct Told {
  std::set<std::string> requests;
  PicoDollars cost;
  std::map<std::string, PicoDollars> granted;  ///< the last grant of each window
  std::uint64_t entries = 0;
};

class CrashTest : public testing::Test {
 protected:
  static constexpr int kClients = 3;
  /// One call of one client: its id when the answer arrived whole and was good.
  using OneCall = std::function<bool(const std::string& id)>;

  void make_tenant() {
    WholeAnswer made =
        server_.call(server_.admin_token(), "POST", "/v1/tenants", R"({"id":"acme-corp","name":"Acme"})");
    ASSERT_EQ(made.status, 201);
    token_ = server_.make_token("acme-corp", "owner");
  }

  /// Loads the server from several clients, kills it somewhere in between, and starts it again.
  void crash(const OneCall& call) {
    std::atomic<bool> stop = false;
    std::vector<std::jthread> clients;
    for (int client = 0; client < kClients; ++client) {
      clients.emplace_back([this, &stop, &call, client] { load(stop, call, client); });
    }
    std::this_thread::sleep_for(milliseconds(20 + random_() % 200));
    server_.kill();
    stop = true;
    clients.clear();
    ++kills_;
    slowest_ = std::max(slowest_, server_.start());
  }

  void load(std::atomic<bool>& stop, const OneCall& call, int client) {
    for (int i = 0; !stop; ++i) {
      std::string id = "r" + std::to_string(kills_) + "-" + std::to_string(client) + "-" + std::to_string(i);
      if (!call(id)) continue;
      MutexLock lock(mutex_);
      seen_.insert(std::move(id));
    }
  }

  /// Reads what the ledger holds beyond what was read before.
  void read_ledger() {
    WholeAnswer exported =
        server_.call(token_, "GET", "/v1/ledger/export?from=" + std::to_string(told_.entries + 1));
    ASSERT_EQ(exported.status, 200);
    std::istringstream lines(exported.body);
    for (std::string line; std::getline(lines, line); ++told_.entries) {
      json::object entry = parse_json_object(line).value();
      const json::object& record = entry.at("record").as_object();
      if (std::string_view id = text_at(record, "request_id"); !id.empty()) told_.requests.emplace(id);
      told_.cost += money_at(record, "cost_usd");
      if (text_at(record, "kind") != "budget") continue;
      const json::object& extra = record.at("extra").as_object();
      told_.granted[std::string(text_at(extra, "window"))] = money_at(extra, "granted_usd");
    }
  }

  /// However often the server died while it counted, usage is the sum of the records, each once.
  void expect_usage_is_the_ledger() {
    WholeAnswer answer = server_.call(token_, "GET", "/v1/usage?from=2000-01");
    ASSERT_EQ(answer.status, 200) << answer.body;
    json::object report = answer.json();
    const auto through = report.at("through_sequence").to_number<std::uint64_t>();
    std::int64_t requests = 0;
    PicoDollars cost;
    std::istringstream lines(server_.call(token_, "GET", "/v1/ledger/export").body);
    std::string line;
    for (std::uint64_t i = 0; i < through && std::getline(lines, line); ++i) {
      json::object entry = parse_json_object(line).value();
      const json::object& record = entry.at("record").as_object();
      cost += money_at(record, "cost_usd");
      if (text_at(record, "kind") == "request") ++requests;
    }
    EXPECT_GT(requests, kills_);
    EXPECT_EQ(report.at("total").at("requests").to_number<std::int64_t>(), requests);
    EXPECT_EQ(text_at(report.at("total").as_object(), "cost_usd"), cost.to_decimal());
  }

  void expect_every_answer_recorded() {
    expect_usage_is_the_ledger();
    WholeAnswer exported = server_.call(token_, "GET", "/v1/ledger/export");
    std::istringstream lines(exported.body);
    auto report = ledger::verify_export(lines, std::nullopt);
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->problems.empty()) << to_string(report->problems);
    read_ledger();
    MutexLock lock(mutex_);
    EXPECT_GT(seen_.size(), static_cast<std::size_t>(kills_)) << "the load must have been answered";
    for (const std::string& id : seen_) EXPECT_TRUE(told_.requests.contains(id)) << id;
    // Two seconds without a sanitizer and on a machine with nothing else to do.
    EXPECT_LT(slowest_, std::chrono::seconds(10));
    std::cout << kills_ << " kills, " << seen_.size() << " answers seen, slowest restart " << slowest_.count()
              << " ms\n";
  }

  ServerProcess server_;
  std::mt19937 random_{20261125};
  std::string token_;
  int kills_ = 0;
  milliseconds slowest_{0};
  Told told_;
  Mutex mutex_;
  std::set<std::string> seen_ BW_GUARDED_BY(mutex_);
};

TEST_F(CrashTest, NoAnswerWithoutItsRecord) {
  server_.start();
  ASSERT_NO_FATAL_FAILURE(make_tenant());
  OneCall retrieve = [this](const std::string& id) {
    return server_.call(token_, "POST", "/v1/retrieve", R"({"query":"anything"})", id).status == 200;
  };
  for (int round = rounds_of_each_load(); round > 0; --round) crash(retrieve);
  expect_every_answer_recorded();
}

/// Calls of a model that costs money, under a budget of the day.
class BudgetCrashTest : public CrashTest {
 protected:
  // 1 token in and 20 out, at 10 and 20 millionths of a dollar.
  static constexpr PicoDollars kCostOfACall{410'000'000};
  /// What is set aside for a call, at most: its input is estimated on the high side.
  static constexpr PicoDollars kReservedForACall{2 * 410'000'000};
  static constexpr std::string_view kQuestion =
      R"({"model":"big","max_tokens":20,"messages":[{"role":"user","content":"hi"}]})";

  void SetUp() override {
    upstream_.play({{.body = R"({"id":"c","object":"chat.completion","model":"big","choices":[],)"
                             R"("usage":{"prompt_tokens":1,"completion_tokens":20,"total_tokens":21}})",
                     .pause = milliseconds(5)}});
    write("prices.json", R"({"big": {"mode": "chat", "input_cost_per_token": 1e-05,)"
                         R"("output_cost_per_token": 2e-05, "max_output_tokens": 1000}})");
    write("tenants/acme-corp/tenant.yaml",
          "id: acme-corp\nname: Acme\ntime_zone: " + zone_where_it_is_noon());
    write("tenants/acme-corp/router.yaml", "providers:\n  cloud: {kind: openai, base_url: \"" +
                                               upstream_.url() +
                                               "/v1\"}\nrouting:\n  primary: {provider: cloud, model: big}\n"
                                               "budget: {daily_limit_usd: \"" +
                                               limit_.to_decimal() + "\"}\n");
    server_.environment("BAILIWICK__PRICES", (server_.folder() / "prices.json").string());
    server_.flag("--tenants", (server_.folder() / "tenants").string());
    server_.start();
    ASSERT_TRUE(server_.alive()) << server_.log();
    token_ = server_.make_token("acme-corp", "owner");
  }

  void write(const std::filesystem::path& path, std::string_view text) {
    std::filesystem::create_directories((server_.folder() / path).parent_path());
    std::ofstream(server_.folder() / path) << text;
  }
  /// So that no day ends while the test runs. The signs of these zones are the wrong way round.
  static std::string zone_where_it_is_noon() {
    auto now = SystemClock().wall();
    auto hour = std::chrono::floor<std::chrono::hours>(now - std::chrono::floor<std::chrono::days>(now));
    auto ahead = 12 - hour.count();
    return ahead == 0 ? "UTC"
                      : "Etc/GMT" + std::string(ahead > 0 ? "-" : "+") + std::to_string(std::abs(ahead));
  }

  WholeAnswer ask(const std::string& id = "") const {
    return server_.call(token_, "POST", "/v1/chat/completions", std::string(kQuestion), id);
  }
  /// What providers have charged at most: whatever was asked of them was answered, or may have been.
  PicoDollars charged() const {
    return PicoDollars(kCostOfACall.pico() * static_cast<std::int64_t>(upstream_.seen().size()));
  }
  json::object budget_of_the_day() const {
    WholeAnswer usage = server_.call(token_, "GET", "/v1/tenants/acme-corp/usage");
    EXPECT_EQ(usage.status, 200) << usage.body;
    return usage.json().at("budgets").as_array().front().as_object();
  }

  /// After a start: what may still be spent is the limit less what the ledger granted, and that covers all
  /// that was charged. What a crash costs is bounded by what was under way.
  void expect_nothing_lost_or_overspent() {
    ASSERT_NO_FATAL_FAILURE(read_ledger());
    json::object day = budget_of_the_day();
    PicoDollars spent = money_at(day, "spent_usd");
    EXPECT_EQ(spent, told_.granted[std::string(text_at(day, "window"))]);
    EXPECT_EQ(money_at(day, "reserved_usd"), PicoDollars());
    EXPECT_GE(spent, told_.cost);
    EXPECT_GE(spent, charged());
    EXPECT_LE(spent, limit_);
    PicoDollars slice(limit_.pico() / 1024 + 1);
    PicoDollars lost_at_most(kills_ * (kClients * kReservedForACall.pico() + slice.pico()));
    EXPECT_LE(spent, told_.cost + lost_at_most) << "a crash costs what was under way, and no more";
  }

  const PicoDollars limit_{rounds_of_each_load() * PicoDollars::dollars(1).pico() / 50};
  FakeUpstream upstream_;
};

TEST_F(BudgetCrashTest, NoBudgetIsPassedAndNoSpendIsLost) {
  OneCall chat = [this](const std::string& id) { return ask(id).status == 200; };
  for (int round = rounds_of_each_load(); round > 0; --round) {
    crash(chat);
    ASSERT_NO_FATAL_FAILURE(expect_nothing_lost_or_overspent());
  }
  // To the last cent.
  WholeAnswer last = ask();
  for (int i = 0; i < 20'000 && last.status == 200; ++i) last = ask();
  EXPECT_EQ(last.status, 402) << last.body;
  EXPECT_NE(last.body.find("budget.daily"), std::string::npos) << last.body;
  EXPECT_LE(charged(), limit_);
  ASSERT_NO_FATAL_FAILURE(expect_every_answer_recorded());
  EXPECT_LE(told_.cost, limit_);
  EXPECT_GE(money_at(budget_of_the_day(), "spent_usd"), charged());

  // A clean stop hands back what was granted and not spent, and a start knows of all the rest.
  PicoDollars spent = money_at(budget_of_the_day(), "spent_usd");
  EXPECT_EQ(server_.stop(), 0);
  server_.start();
  EXPECT_EQ(money_at(budget_of_the_day(), "spent_usd"), spent);
  EXPECT_EQ(ask().status, 402);
}

}  // namespace
}  // namespace bailiwick
