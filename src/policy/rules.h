// Rules: what a tenant, or the platform for all tenants, says of Bailiwick's own operations, compiled.
//
// A rule is a Cedar policy whose scope names Bailiwick's actions (operations.h). It can only narrow: a forbid
// that applies denies, whatever else permits, and so does one that cannot be evaluated. A permit grants
// nothing that roles do not; but where permits speak of an action, one of them must apply. The platform's
// rules are forbids.
//
// `@id` names a rule in records and answers, `@reason` and `@remedy` are what the caller is told.
//
// A tenant that brings a schema of its own may write policies for an application of its own beside them:
// those name no action of Bailiwick's. They are checked against that schema and bind no operation.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "base/result.h"
#include "policy/kernel.h"

namespace bailiwick::cedar {
class Schema;
}

namespace bailiwick::policy {

enum class RulesOf { kTenant, kPlatform };

class Rules {
 public:
  /// `files` is path → Cedar text; `place` stands before paths in problems; `application` is the tenant's own
  /// schema or null. Errors: kInvalid `rules.invalid` with every problem at `place/path:line:column`.
  static Result<std::shared_ptr<const Rules>> compile(const std::map<std::string, std::string>& files,
                                                      std::string_view place, RulesOf whose,
                                                      const cedar::Schema* application = nullptr);

  /// Why the rules deny what roles permit; nothing when they do not.
  struct Denial {
    std::string reason;   ///< `rule.<id>`, or `rule.no_permit`
    std::string message;  ///< for the caller: why, and what to do
  };
  std::optional<Denial> deny(const Question& question) const;

  std::size_t size() const;
  bool empty() const { return size() == 0; }

  ~Rules();
  Rules(const Rules&) = delete;
  Rules& operator=(const Rules&) = delete;

 private:
  struct Compiled;
  explicit Rules(std::unique_ptr<const Compiled> compiled);

  const std::unique_ptr<const Compiled> compiled_;
};

using RulesPtr = std::shared_ptr<const Rules>;

}  // namespace bailiwick::policy
