// LocalModel: the port behind the provider `local`. It answers without any upstream; `pipeline` implements
// it.
#pragma once

#include <string>
#include <vector>

#include "net/loop.h"
#include "snapshot/tenant_snapshot.h"
#include "tenancy/permit.h"

namespace bailiwick::routing {

struct Message {
  std::string role;  ///< system, user, assistant
  std::string text;
};

struct LocalQuestion {
  const tenancy::TenantScope& scope;
  const snapshot::TenantSnapshot& snapshot;
  net::Loop& loop;
  std::vector<Message> messages;  ///< oldest first

  /// The last thing that the user said; empty when it said nothing.
  std::string_view last_user_text() const {
    for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
      if (message->role == "user") return message->text;
    }
    return {};
  }
};

class LocalModel {
 public:
  virtual ~LocalModel() = default;
  virtual net::Task<Result<std::string>> answer(const LocalQuestion& question) = 0;
};

}  // namespace bailiwick::routing
