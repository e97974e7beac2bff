// Result<T>: a value, or an Error that says what went wrong, to whom, and where.
//
// Errors are values; exceptions never leave a room. A broken invariant throws InvariantViolation, which the
// request edge catches once, counts, and answers with 500.
#pragma once

#include <expected>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bailiwick {

/// What kind of failure this is. `edge` maps each to one HTTP status in one exhaustive switch.
enum class ErrorCode {
  kInvalid,               ///< 400: malformed or failing a rule
  kUnauthenticated,       ///< 401: no credential, or one we do not accept
  kPaymentRequired,       ///< 402: out of budget
  kForbidden,             ///< 403: known, and not allowed
  kNotFound,              ///< 404: absent, or another tenant's
  kMethodNotAllowed,      ///< 405
  kTimeout,               ///< 408: the caller was too slow
  kConflict,              ///< 409: names taken, states that do not permit it
  kGone,                  ///< 410
  kPreconditionFailed,    ///< 412: If-Match does not match
  kTooLarge,              ///< 413
  kUnsupportedMedia,      ///< 415
  kPreconditionRequired,  ///< 428: If-Match missing
  kRateLimited,           ///< 429
  kInternal,              ///< 500: our fault
  kBadGateway,            ///< 502: the upstream's fault
  kUnavailable,           ///< 503: draining, overloaded, a dependency down
  kGatewayTimeout,        ///< 504: the upstream was too slow
};

/// One fault of an input: where, what, and how to mend it.
struct Problem {
  std::string where;    ///< `file:line:column`, or a JSON pointer (`/quotas/max_storage_gb`)
  std::string message;  ///< a sentence that names the remedy
};

/// A failure. `message` may be shown to the caller; `detail` goes to logs only and may name internals.
/// Neither may hold a secret.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string reason;  ///< stable machine word, dotted: `tenant.mismatch`, `budget.exhausted`
  std::string message;
  std::string detail;
  std::vector<Problem> problems;
  long retry_after_seconds = -1;  ///< for 429 and 503; -1 = not given

  Error() = default;
  Error(ErrorCode error_code, std::string_view error_reason, std::string error_message,
        std::string error_detail = {})
      : code(error_code),
        reason(error_reason),
        message(std::move(error_message)),
        detail(std::move(error_detail)) {}
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

/// `return fail(ErrorCode::kInvalid, "token.malformed", "…")` from any function that returns a Result.
inline std::unexpected<Error> fail(ErrorCode code, std::string_view reason, std::string message,
                                   std::string detail = {}) {
  return std::unexpected(Error(code, reason, std::move(message), std::move(detail)));
}

/// Thrown when the program is wrong, never when its input is.
class InvariantViolation : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Throws InvariantViolation naming the file and line.
[[noreturn]] void break_invariant(const char* expression, const char* file, int line);

/// Throws InvariantViolation when `condition` is false.
inline void check_invariant(bool condition, const char* expression, const char* file, int line) {
  if (!condition) [[unlikely]]
    break_invariant(expression, file, line);
}

/// All problems, one a line: `where: message`. For terminals and logs.
std::string to_string(const std::vector<Problem>& problems);

}  // namespace bailiwick

#define BW_CHECK(condition) \
  ::bailiwick::check_invariant(static_cast<bool>(condition), #condition, __FILE__, __LINE__)

#define BW_CONCAT_INNER(a, b) a##b
#define BW_CONCAT(a, b) BW_CONCAT_INNER(a, b)
#define BW_TRY_IMPL(temporary, keyword, declaration, ...)                \
  auto temporary = (__VA_ARGS__);                                        \
  if (!temporary) keyword std::unexpected(std::move(temporary).error()); \
  declaration = std::move(*temporary)

/// TRY(auto value, expression): the value, or return its error from this function.
#define TRY(declaration, ...) BW_TRY_IMPL(BW_CONCAT(bw_try_, __LINE__), return, declaration, __VA_ARGS__)
/// CO_TRY: the same inside a coroutine.
#define CO_TRY(declaration, ...) \
  BW_TRY_IMPL(BW_CONCAT(bw_try_, __LINE__), co_return, declaration, __VA_ARGS__)

/// CHECK_OK(expression): return the error of a Status (or of a Result whose value is not needed).
#define CHECK_OK(...)                                                                                     \
  do {                                                                                                    \
    if (auto bw_status = (__VA_ARGS__); !bw_status) return std::unexpected(std::move(bw_status).error()); \
  } while (false)
#define CO_CHECK_OK(...)                                                                                     \
  do {                                                                                                       \
    if (auto bw_status = (__VA_ARGS__); !bw_status) co_return std::unexpected(std::move(bw_status).error()); \
  } while (false)
