// A credential learns what it is and may do, and the table of roles is open to read.
#include "api/whoami.h"

#include "policy/role_policies.h"
#include "support/served_edge.h"

namespace bailiwick::api {
namespace {

using tenancy::Role;
using testing_support::ServedEdge;

class WhoAmITest : public testing::Test {
 protected:
  void SetUp() override {
    rig_.tenant("acme-corp");
    rig_.serve(whoami_routes());
  }
  json::object who(std::string_view credential) { return rig_.call(credential, "GET", "/v1/whoami").json(); }
  static bool lists(const json::object& view, std::string_view action) {
    return std::ranges::count(view.at("actions").as_array(), json::value(action)) == 1;
  }

  ServedEdge rig_;
};

TEST_F(WhoAmITest, ATenantsToken) {
  rig_.credential("key", "acme-corp", Role::kOperator);
  json::object view = who("key");
  EXPECT_EQ(view.at("subject"), json::value("token:tok_key"));
  EXPECT_EQ(view.at("tenant"), json::value("acme-corp"));
  EXPECT_EQ(view.at("roles"), (json::array{"operator"}));
  EXPECT_TRUE(lists(view, "ask"));
  EXPECT_FALSE(lists(view, "tokens.create"));
}

TEST_F(WhoAmITest, ThePlatformAdmin) {
  rig_.credential("root", "", Role::kPlatformAdmin);
  json::object view = who("root");
  EXPECT_TRUE(view.at("tenant").is_null());
  EXPECT_TRUE(lists(view, "tenants.create"));
  EXPECT_FALSE(lists(view, "ask"));
}

// What it lists is what the door opens: scopes and reach are counted in.
TEST_F(WhoAmITest, ScopesAndReachNarrow) {
  rig_.credential("scoped", "acme-corp", {{.role = Role::kOwner}}, {"ask", "whoami"});
  EXPECT_EQ(who("scoped").at("actions"), (json::array{"ask", "whoami"}));
  rig_.credential("blue", "acme-corp", {ServedEdge::in_program(Role::kOwner, "blue")});
  json::object blue = who("blue");
  EXPECT_EQ(blue.at("roles"), (json::array{"owner:program/blue"}));
  EXPECT_TRUE(lists(blue, "ask"));
  EXPECT_FALSE(lists(blue, "tokens.create"));
  EXPECT_FALSE(lists(blue, "corpus.delete"));
}

TEST_F(WhoAmITest, TheTableOfRolesIsOpen) {
  json::object table = rig_.call("", "GET", "/v1/roles").json();
  const json::array& roles = table.at("roles").as_array();
  ASSERT_EQ(roles.size(), 7u);
  for (const json::value& row : roles) {
    Role role = enum_from<Role>(row.at("role").as_string()).value();
    for (const auto& info : tenancy::kActions) {
      bool listed = std::ranges::count(row.at("actions").as_array(), json::value(info.name)) == 1;
      EXPECT_EQ(listed, policy::role_permits(role, info.action)) << row.at("role") << " " << info.name;
    }
  }
}

}  // namespace
}  // namespace bailiwick::api
