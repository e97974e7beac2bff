#include "storage/sqlite/connection.h"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

namespace bailiwick::storage {
namespace {

constexpr std::string_view kMessage = "The data could not be read or written; try again later.";

std::unexpected<Error> unavailable(std::string detail) {
  return fail(ErrorCode::kUnavailable, "storage.unavailable", std::string(kMessage), std::move(detail));
}

/// The journals of SQLite take the mode of the file, so it is made before SQLite would make it 0644.
Status make_file(const std::filesystem::path& file) {
  int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0 && errno != EACCES && errno != EROFS) {
    return unavailable(fmt::format("{}: cannot be opened, errno {}", file.string(), errno));
  }
  if (fd >= 0) ::close(fd);
  return {};
}

Row read_row(sqlite3_stmt* statement) {
  int columns = sqlite3_column_count(statement);
  std::vector<Value> values;
  values.reserve(static_cast<std::size_t>(columns));
  for (int i = 0; i < columns; ++i) {
    switch (sqlite3_column_type(statement, i)) {
      case SQLITE_NULL:
        values.emplace_back();
        break;
      case SQLITE_INTEGER:
        values.emplace_back(std::int64_t{sqlite3_column_int64(statement, i)});
        break;
      case SQLITE_FLOAT:
        values.emplace_back(sqlite3_column_double(statement, i));
        break;
      default: {
        auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, i));
        auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, i));
        values.emplace_back(bytes == nullptr ? std::string() : std::string(bytes, size));
      }
    }
  }
  return Row(std::move(values));
}

/// Bytes given to SQLite live as long as the call; an empty view may hold null, which SQLite would take for
/// NULL.
void bind_text(sqlite3_stmt* statement, int index, std::string_view text) {
  const char* bytes = text.data() == nullptr ? "" : text.data();
  sqlite3_bind_text64(statement, index, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& file,
                                                     std::chrono::milliseconds busy_timeout,
                                                     Synchronous synchronous) {
  CHECK_OK(make_file(file));
  sqlite3* database = nullptr;
  // NOMUTEX: a connection belongs to one thread at a time by construction.
  int code = sqlite3_open_v2(file.c_str(), &database,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, nullptr);
  std::unique_ptr<Connection> connection(new Connection(database));
  if (code != SQLITE_OK) return unavailable(fmt::format("{}: {}", file.string(), sqlite3_errstr(code)));
  sqlite3_extended_result_codes(database, 1);
  sqlite3_busy_timeout(database, static_cast<int>(busy_timeout.count()));
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
  CHECK_OK(connection->run_script("PRAGMA journal_mode = WAL"));
  CHECK_OK(connection->set_synchronous(synchronous));
  return connection;
}

Connection::~Connection() {
  statements_.clear();
  sqlite3_close_v2(database_);
}

void Connection::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Status Connection::set_synchronous(Synchronous synchronous) {
  return run_script(synchronous == Synchronous::kFull ? "PRAGMA synchronous = FULL"
                                                      : "PRAGMA synchronous = NORMAL");
}

Status Connection::run_script(std::string_view sql) {
  int code = sqlite3_exec(database_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return std::unexpected(error(code));
  return {};
}

Status Connection::each(std::string_view sql, std::string_view tenant, Params params,
                        const std::function<bool(Row&)>& row) {
  TRY(Statement statement, take(sql));
  // Runs before the statement goes back or away, also when `row` throws.
  struct Reset {
    sqlite3_stmt* statement;
    ~Reset() {
      sqlite3_reset(statement);
      sqlite3_clear_bindings(statement);
    }
  };
  int code = SQLITE_DONE;
  {
    Reset reset{statement.get()};
    bind(statement.get(), tenant, params);
    while ((code = sqlite3_step(statement.get())) == SQLITE_ROW) {
      Row current = read_row(statement.get());
      if (!row(current)) break;
    }
    if (code != SQLITE_ROW && code != SQLITE_DONE) return std::unexpected(error(code));
  }
  statements_.insert_or_assign(sql.data(), std::move(statement));
  return {};
}

Result<std::vector<Row>> Connection::query(std::string_view sql, std::string_view tenant, Params params) {
  std::vector<Row> rows;
  CHECK_OK(each(sql, tenant, params, [&](Row& row) {
    rows.push_back(std::move(row));
    return true;
  }));
  return rows;
}

Result<std::int64_t> Connection::execute(std::string_view sql, std::string_view tenant, Params params) {
  std::int64_t before = sqlite3_total_changes64(database_);
  CHECK_OK(each(sql, tenant, params, [](Row&) { return true; }));
  // The total alone would count what foreign keys cascade to; the last count alone survives statements that
  // change nothing.
  return sqlite3_total_changes64(database_) == before ? 0 : sqlite3_changes64(database_);
}

Status Connection::transaction(const std::function<Status()>& work) {
  BW_CHECK(!in_transaction_);
  CHECK_OK(run_script("BEGIN IMMEDIATE"));
  in_transaction_ = true;
  struct Rollback {
    Connection& connection;
    ~Rollback() {
      connection.in_transaction_ = false;
      // SQLite has rolled back by itself after some errors; after a commit there is nothing to roll back.
      if (sqlite3_get_autocommit(connection.database_) == 0) {
        sqlite3_exec(connection.database_, "ROLLBACK", nullptr, nullptr, nullptr);
      }
    }
  } rollback{*this};
  CHECK_OK(work());
  return run_script("COMMIT");
}

Result<Connection::Statement> Connection::take(std::string_view sql) {
  if (auto idle = statements_.extract(sql.data())) return std::move(idle.mapped());
  sqlite3_stmt* prepared = nullptr;
  const char* tail = nullptr;
  int code = sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()),
                                SQLITE_PREPARE_PERSISTENT, &prepared, &tail);
  Statement statement(prepared);
  if ((code & 0xff) == SQLITE_ERROR) {
    throw InvariantViolation(
        fmt::format("statement does not compile: {}: {}", sqlite3_errmsg(database_), sql));
  }
  if (code != SQLITE_OK) return std::unexpected(error(code));
  if (prepared == nullptr || tail != sql.data() + sql.size()) {
    throw InvariantViolation(fmt::format("not exactly one statement: {}", sql));
  }
  return statement;
}

void Connection::bind(sqlite3_stmt* statement, std::string_view tenant, Params params) {
  int bound = 0;
  auto index_of = [&](std::string_view name) {
    int index = sqlite3_bind_parameter_index(statement, std::string(name).c_str());
    if (index == 0)
      throw InvariantViolation(fmt::format("no parameter {} in: {}", name, sqlite3_sql(statement)));
    ++bound;
    return index;
  };
  if (!tenant.empty()) bind_text(statement, index_of(":tenant"), tenant);
  for (const Param& param : params) {
    if (!tenant.empty() && param.name == ":tenant")
      throw InvariantViolation(":tenant is bound by the session");
    int index = index_of(param.name);
    if (auto* whole = std::get_if<std::int64_t>(&param.value))
      sqlite3_bind_int64(statement, index, *whole);
    else if (auto* real = std::get_if<double>(&param.value))
      sqlite3_bind_double(statement, index, *real);
    else if (auto* text = std::get_if<std::string_view>(&param.value))
      bind_text(statement, index, *text);
  }
  if (bound != sqlite3_bind_parameter_count(statement)) {
    throw InvariantViolation(fmt::format("{} of {} parameters given: {}", bound,
                                         sqlite3_bind_parameter_count(statement), sqlite3_sql(statement)));
  }
}

Error Connection::error(int code) const {
  std::string detail =
      fmt::format("{} ({}), errno {}", sqlite3_errmsg(database_), code, sqlite3_system_errno(database_));
  if ((code & 0xff) == SQLITE_FULL) {
    return Error(ErrorCode::kUnavailable, "storage.full", "The disk is full; try again when there is space.",
                 detail);
  }
  if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
      code == SQLITE_CONSTRAINT_ROWID) {
    return Error(ErrorCode::kConflict, "storage.unique", "It exists already.", detail);
  }
  if ((code & 0xff) == SQLITE_CONSTRAINT) {
    return Error(ErrorCode::kConflict, "storage.constraint", "It does not fit what is stored.", detail);
  }
  if ((code & 0xff) == SQLITE_TOOBIG) {
    return Error(ErrorCode::kTooLarge, "storage.too_large", "The value is too large to store.", detail);
  }
  if ((code & 0xff) == SQLITE_ERROR || (code & 0xff) == SQLITE_MISUSE) {
    throw InvariantViolation(fmt::format("statement fails: {}", detail));
  }
  return Error(ErrorCode::kUnavailable, "storage.unavailable", std::string(kMessage), detail);
}

}  // namespace bailiwick::storage
