// No two tenants share a name or a namespace; what one gives up another may take.
#include "bundles/tenant_names.h"

#include <gtest/gtest.h>

namespace bailiwick::bundles {
namespace {

snapshot::TenantDeclaration tenant(std::string_view id, std::string name,
                                   std::initializer_list<std::string_view> namespaces = {}) {
  snapshot::TenantDeclaration made;
  made.id = tenancy::TenantId::parse(id).value();
  made.name = std::move(name);
  for (std::string_view space : namespaces)
    made.namespaces.push_back(tenancy::NamespaceId::parse(space).value());
  return made;
}

std::string refusal(const Status& status) {
  return status ? "" : status.error().reason;
}

TEST(TenantNames, AreHeldByOne) {
  TenantNames names;
  ASSERT_TRUE(names.claim(tenant("a", "Acme", {"shared"})));
  EXPECT_TRUE(names.claim(tenant("a", "ACME ", {"shared"}))) << "its own";
  EXPECT_EQ(refusal(names.claim(tenant("b", " acme"))), "tenant.name_taken");
  EXPECT_EQ(refusal(names.claim(tenant("b", "Beta", {"shared"}))), "namespace.taken");
  EXPECT_TRUE(names.claim(tenant("b", "Beta", {"own"})));
}

TEST(TenantNames, WhatIsGivenUpIsFree) {
  TenantNames names;
  ASSERT_TRUE(names.claim(tenant("a", "Acme", {"one", "two"})));
  ASSERT_TRUE(names.claim(tenant("a", "Apex", {"two"})));
  EXPECT_TRUE(names.claim(tenant("b", "Acme", {"one"})));
  EXPECT_EQ(refusal(names.check(tenant("c", "Apex"))), "tenant.name_taken");
  EXPECT_EQ(refusal(names.check(tenant("c", "New", {"two"}))), "namespace.taken");
  EXPECT_EQ(refusal(names.claim(tenant("a", "Acme"))), "tenant.name_taken");
  EXPECT_EQ(refusal(names.check(tenant("c", "Apex"))), "tenant.name_taken")
      << "a refused claim changes nothing";
}

}  // namespace
}  // namespace bailiwick::bundles
