#include "ledger/usage_store.h"

namespace bailiwick::ledger::usage_store {
namespace {

using std::chrono::seconds;
using storage::TenantSession;
using storage::TenantSql;

// Sums of SQLite are 64 bits wide, and a sum of picodollars may be more; so money is kept in two parts, whole
// millionths of a dollar and the rest.
#define USAGE_TOTALS \
  "requests, denied, errors, input_tokens, output_tokens, documents, bytes, cost_micro, cost_pico"
#define USAGE_COLUMNS                                                                                  \
  "requests INTEGER NOT NULL, denied INTEGER NOT NULL, errors INTEGER NOT NULL, input_tokens INTEGER " \
  "NOT NULL, output_tokens INTEGER NOT NULL, documents INTEGER NOT NULL, bytes INTEGER NOT NULL, "     \
  "cost_micro INTEGER NOT NULL, cost_pico INTEGER NOT NULL"
#define USAGE_SUMS                                                                                   \
  "sum(requests), sum(denied), sum(errors), sum(input_tokens), sum(output_tokens), sum(documents), " \
  "sum(bytes), "                                                                                     \
  "sum(cost_micro), sum(cost_pico)"
constexpr std::int64_t kPicoPerMicro = 1'000'000;

constexpr std::string_view kSchema =
    "CREATE TABLE usage_position ("
    "  tenant TEXT NOT NULL PRIMARY KEY,"
    "  sequence INTEGER NOT NULL,"
    "  hash TEXT NOT NULL,"
    "  time_zone TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE usage_keys ("
    "  key INTEGER PRIMARY KEY,"
    "  tenant TEXT NOT NULL,"
    "  program TEXT NOT NULL,"
    "  namespace TEXT NOT NULL,"
    "  principal TEXT NOT NULL,"
    "  operation TEXT NOT NULL,"
    "  provider TEXT NOT NULL,"
    "  model TEXT NOT NULL,"
    "  UNIQUE (tenant, program, namespace, principal, operation, provider, model)"
    ") STRICT;"
    "CREATE TABLE usage_quarters ("
    "  tenant TEXT NOT NULL,"
    "  bucket INTEGER NOT NULL,"  // when it begins, seconds since 1970, UTC
    "  key INTEGER NOT NULL REFERENCES usage_keys (key)," USAGE_COLUMNS
    ","
    "  PRIMARY KEY (tenant, bucket, key)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE usage_days ("
    "  tenant TEXT NOT NULL,"
    "  bucket TEXT NOT NULL,"  // 2026-11-25 in the time zone of usage_position
    "  key INTEGER NOT NULL REFERENCES usage_keys (key)," USAGE_COLUMNS
    ","
    "  PRIMARY KEY (tenant, bucket, key)"
    ") STRICT, WITHOUT ROWID;";

#define ADD_TO(table)                                                                                    \
  "INSERT INTO " table " (tenant, bucket, key, " USAGE_TOTALS                                            \
  ") VALUES (:tenant, :bucket, :key, :requests, :denied, :errors, :input, :output, :documents, :bytes, " \
  ":micro, :pico) ON CONFLICT (tenant, bucket, key) DO UPDATE SET requests = requests + "                \
  "excluded.requests, denied = denied + excluded.denied, errors = errors + excluded.errors, "            \
  "input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + "                \
  "excluded.output_tokens, documents = documents + excluded.documents, bytes = bytes + excluded.bytes, " \
  "cost_micro = cost_micro + excluded.cost_micro, cost_pico = cost_pico + excluded.cost_pico"
constexpr TenantSql kAddToQuarter = ADD_TO("usage_quarters");
constexpr TenantSql kAddToDay = ADD_TO("usage_days");

#define SUMS_OF(table, bucket)                                                                              \
  "SELECT " bucket                                                                                          \
  " AS at, CASE :program WHEN 1 THEN program ELSE '' END AS p, CASE :namespace WHEN 1 THEN namespace ELSE " \
  "'' END AS n, CASE :principal WHEN 1 THEN principal ELSE '' END AS t, CASE :operation WHEN 1 THEN "       \
  "operation ELSE '' END AS o, CASE :provider WHEN 1 THEN provider ELSE '' END AS v, CASE :model WHEN 1 "   \
  "THEN model ELSE '' END AS m, " USAGE_SUMS " FROM " table                                                 \
  " JOIN usage_keys USING (tenant, key) WHERE "                                                             \
  "tenant = :tenant AND bucket >= :from AND bucket <= :to GROUP BY at, p, n, t, o, v, m LIMIT :limit"
constexpr TenantSql kSums = SUMS_OF("usage_days", "''");
constexpr TenantSql kSumsOfMonths = SUMS_OF("usage_days", "substr(bucket, 1, 7)");
constexpr TenantSql kSumsOfDays = SUMS_OF("usage_days", "bucket");
constexpr TenantSql kSumsOfQuarters = SUMS_OF("usage_quarters", "bucket");

TenantSql sums_by(Grouping::Time time) {
  switch (time) {
    case Grouping::Time::kNone:
      return kSums;
    case Grouping::Time::kMonth:
      return kSumsOfMonths;
    case Grouping::Time::kDay:
      return kSumsOfDays;
    case Grouping::Time::kHour:
      return kSumsOfQuarters;
  }
  return kSums;
}

std::int64_t epoch_seconds(WallTime time) {
  return std::chrono::floor<seconds>(time).time_since_epoch().count();
}

Status add_to(TenantSession& session, TenantSql sql, storage::Param bucket, std::int64_t key,
              const metering::UsageTotals& totals) {
  const metering::Wide pico = totals.cost.units();
  CHECK_OK(session.execute(sql, {bucket,
                                 {":key", key},
                                 {":requests", totals.requests},
                                 {":denied", totals.denied},
                                 {":errors", totals.errors},
                                 {":input", totals.input_tokens},
                                 {":output", totals.output_tokens},
                                 {":documents", totals.documents},
                                 {":bytes", totals.bytes},
                                 {":micro", static_cast<std::int64_t>(pico / kPicoPerMicro)},
                                 {":pico", static_cast<std::int64_t>(pico % kPicoPerMicro)}}));
  return {};
}

/// The number that stands for a key; made on first use.
Result<std::int64_t> number_of(TenantSession& session, const UsageKey& key) {
  const storage::Params parts{{":program", key.program},     {":namespace", key.name_space},
                              {":principal", key.principal}, {":operation", key.operation},
                              {":provider", key.provider},   {":model", key.model}};
  CHECK_OK(session.execute(
      "INSERT INTO usage_keys (tenant, program, namespace, principal, operation, provider, model) VALUES "
      "(:tenant, :program, :namespace, :principal, :operation, :provider, :model) ON CONFLICT DO NOTHING",
      parts));
  TRY(auto rows,
      session.query(
          "SELECT key FROM usage_keys WHERE tenant = :tenant AND program = :program AND namespace = "
          ":namespace AND principal = :principal AND operation = :operation AND provider = "
          ":provider AND model = :model",
          parts));
  BW_CHECK(rows.size() == 1);
  return rows.front().integer(0);
}

/// The columns of USAGE_SUMS from `at` on.
metering::UsageTotals totals_from(const storage::Row& row, std::size_t at) {
  const metering::Wide micro = row.integer(at + 7);
  return {.requests = row.integer(at),
          .denied = row.integer(at + 1),
          .errors = row.integer(at + 2),
          .input_tokens = row.integer(at + 3),
          .output_tokens = row.integer(at + 4),
          .documents = row.integer(at + 5),
          .bytes = row.integer(at + 6),
          .cost = {micro * kPicoPerMicro + row.integer(at + 8), metering::Decimal::kMoneyPlaces}};
}

constexpr std::size_t kKeyColumns = 6;
UsageKey key_from(const storage::Row& row, std::size_t at) {
  return {.program = row.text(at),
          .name_space = row.text(at + 1),
          .principal = row.text(at + 2),
          .operation = row.text(at + 3),
          .provider = row.text(at + 4),
          .model = row.text(at + 5)};
}

}  // namespace

std::vector<storage::Migration> migrations() {
  return {{"usage", 1, kSchema}};
}

Result<Position> position(TenantSession& session) {
  TRY(auto rows,
      session.query("SELECT sequence, hash, time_zone FROM usage_position WHERE tenant = :tenant"));
  if (rows.empty()) return Position();
  const storage::Row& row = rows.front();
  return Position{static_cast<std::uint64_t>(row.integer(0)), row.text(1), row.text(2)};
}

Result<bool> move(TenantSession& session, const Position& from, const Position& to) {
  CHECK_OK(
      session.execute("INSERT INTO usage_position (tenant, sequence, hash, time_zone) VALUES (:tenant, 0, "
                      "'', '') ON CONFLICT DO NOTHING"));
  TRY(std::int64_t moved,
      session.execute("UPDATE usage_position SET sequence = :sequence, hash = :hash, time_zone = :zone WHERE "
                      "tenant = :tenant AND sequence = :old_sequence AND hash = :old_hash AND time_zone = "
                      ":old_zone",
                      {{":sequence", static_cast<std::int64_t>(to.sequence)},
                       {":hash", to.hash},
                       {":zone", to.time_zone},
                       {":old_sequence", static_cast<std::int64_t>(from.sequence)},
                       {":old_hash", from.hash},
                       {":old_zone", from.time_zone}}));
  return moved > 0;
}

Status add(TenantSession& session, WallTime quarter, std::string_view day, const UsageKey& key,
           const metering::UsageTotals& totals) {
  TRY(std::int64_t number, number_of(session, key));
  CHECK_OK(add_to(session, kAddToQuarter, {":bucket", epoch_seconds(quarter)}, number, totals));
  return add_to(session, kAddToDay, {":bucket", day}, number, totals);
}

Status clear(TenantSession& session) {
  CHECK_OK(session.execute("DELETE FROM usage_quarters WHERE tenant = :tenant"));
  CHECK_OK(session.execute("DELETE FROM usage_days WHERE tenant = :tenant"));
  CHECK_OK(session.execute("DELETE FROM usage_keys WHERE tenant = :tenant"));
  return {};
}

Status slice_days(TenantSession& session, const metering::Calendar& calendar) {
  CHECK_OK(session.execute("DELETE FROM usage_days WHERE tenant = :tenant"));
  TRY(auto ends, session.query("SELECT min(bucket), max(bucket) FROM usage_quarters WHERE tenant = :tenant"));
  if (ends.front().is_null(0)) return {};
  const WallTime last{seconds(ends.front().integer(1))};
  metering::Window day = calendar.at(metering::Span::kDay, WallTime(seconds(ends.front().integer(0))));
  for (; day.begin <= last; day = calendar.window(metering::Span::kDay, day.ordinal + 1)) {
    CHECK_OK(session.execute("INSERT INTO usage_days (tenant, bucket, key, " USAGE_TOTALS
                             ") SELECT tenant, :day, key, " USAGE_SUMS
                             " FROM usage_quarters WHERE tenant = :tenant AND bucket >= :begin AND bucket < "
                             ":end GROUP BY tenant, key",
                             {{":day", metering::day_text(day.ordinal)},
                              {":begin", epoch_seconds(day.begin)},
                              {":end", epoch_seconds(day.end)}}));
  }
  return {};
}

Result<std::vector<Row>> sums(TenantSession& session, const metering::Calendar& calendar, metering::Days days,
                              const Grouping& grouping, std::int64_t limit) {
  const bool hourly = grouping.time == Grouping::Time::kHour;
  const std::string first = metering::day_text(days.first), last = metering::day_text(days.last);
  const WallTime begins = calendar.window(metering::Span::kDay, days.first).begin;
  const WallTime ends = calendar.window(metering::Span::kDay, days.last).end;
  auto flag = [](bool asked) { return std::int64_t{asked ? 1 : 0}; };
  std::vector<Row> rows;
  auto take = [&](const storage::Row& row) {
    rows.push_back({.time = hourly ? std::string() : row.text(0),
                    .begin = hourly ? WallTime(seconds(row.integer(0))) : WallTime(),
                    .key = key_from(row, 1),
                    .totals = totals_from(row, 1 + kKeyColumns)});
    return TenantSession::Next::kContinue;
  };
  CHECK_OK(
      session.each(sums_by(grouping.time),
                   {{":program", flag(grouping.program)},
                    {":namespace", flag(grouping.name_space)},
                    {":principal", flag(grouping.principal)},
                    {":operation", flag(grouping.operation)},
                    {":provider", flag(grouping.provider)},
                    {":model", flag(grouping.model)},
                    hourly ? storage::Param(":from", epoch_seconds(begins)) : storage::Param(":from", first),
                    hourly ? storage::Param(":to", epoch_seconds(ends) - 1) : storage::Param(":to", last),
                    {":limit", limit}},
                   take));
  return rows;
}

}  // namespace bailiwick::ledger::usage_store
