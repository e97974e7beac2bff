// Connection: one open SQLite file, its prepared statements and the mapping of its errors. Private to this
// folder.
//
// For one thread at a time. Statements are written in our own source, so a faulty one, or a parameter that
// was forgotten, is a broken invariant and throws; trouble with the disk or a broken constraint is an Error.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/sql.h"

struct sqlite3;
struct sqlite3_stmt;

namespace bailiwick::storage {

/// When a commit is on disk. Either way the file stays whole and the death of the process loses nothing.
enum class Synchronous {
  kNormal,  ///< at the next checkpoint: a power cut may take the last commits
  kFull,    ///< before the commit returns
};

class Connection {
 public:
  /// Opens or makes `file` (mode 0600) with every defence on.
  static Result<std::unique_ptr<Connection>> open(const std::filesystem::path& file,
                                                  std::chrono::milliseconds busy_timeout,
                                                  Synchronous synchronous);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs `sql`, a literal: the prepared statement is remembered under its address. `tenant`, when not empty,
  /// is bound to `:tenant`. Rows go to `row`, which may move them away, until it returns false.
  Status each(std::string_view sql, std::string_view tenant, Params params,
              const std::function<bool(Row&)>& row);
  Result<std::vector<Row>> query(std::string_view sql, std::string_view tenant, Params params);
  /// Number of rows changed.
  Result<std::int64_t> execute(std::string_view sql, std::string_view tenant, Params params);
  /// BEGIN IMMEDIATE, `work`, then COMMIT, or ROLLBACK when it fails or throws. Does not nest.
  Status transaction(const std::function<Status()>& work);
  bool in_transaction() const { return in_transaction_; }
  /// Several statements without parameters: migrations and settings.
  Status run_script(std::string_view sql);
  Status set_synchronous(Synchronous synchronous);

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

  explicit Connection(sqlite3* database) : database_(database) {}
  Result<Statement> take(std::string_view sql);
  void bind(sqlite3_stmt* statement, std::string_view tenant, Params params);
  Error error(int code) const;

  sqlite3* database_;
  /// Idle statements. One in use is taken out, so a statement that runs inside its own callback is a second
  /// copy.
  std::unordered_map<const char*, Statement> statements_;
  bool in_transaction_ = false;
};

}  // namespace bailiwick::storage
