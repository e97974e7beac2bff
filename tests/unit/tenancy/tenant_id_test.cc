#include "tenancy/tenant_id.h"

#include <regex>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::tenancy {
namespace {

// The grammar of every slug, at its edges.
TEST(TenantId, GrammarOfSlugs) {
  for (std::string_view good : {"a", "0", "acme-corp", "valid-tenant-123", "a-b-c"})
    EXPECT_TRUE(is_slug(good)) << good;
  EXPECT_TRUE(is_slug(std::string(63, 'a')));
  EXPECT_FALSE(is_slug(std::string(64, 'a')));
  for (std::string_view bad : {"", "-", "-a", "a-", "a--b", "Invalid-TENANT", "acme_corp", "a b", "a/b", "..",
                               "_platform", "caf\xc3\xa9"}) {
    EXPECT_FALSE(is_slug(bad)) << bad;
    EXPECT_FALSE(TenantId::parse(bad)) << bad;
  }
}

// A refusal says which kind of id it was and how one looks.
TEST(TenantId, RefusalNamesTheRemedy) {
  auto refused = ProgramId::parse("A");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "program.id_malformed");
  EXPECT_NE(refused.error().message.find("acme-corp"), std::string::npos);
}

// Whatever is accepted is safe as a file name and a DNS label.
RC_GTEST_PROP(TenantIdProperty, AcceptedIsSafe, ()) {
  auto text = *rc::gen::container<std::string>(rc::gen::element('a', 'z', '0', '-', '.', '/', 'A', '_'));
  if (!is_slug(text)) return;
  RC_ASSERT(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos);
  RC_ASSERT(text.front() != '-' && text.back() != '-' && text.find("--") == std::string::npos);
}

// The parser, the schema that clients see, and the grammar in the header are one language.
RC_GTEST_PROP(TenantIdProperty, AcceptsExactlyTheGrammar, ()) {
  auto word = rc::gen::container<std::string>(rc::gen::weightedElement<char>(
      {{8, 'a'}, {4, 'z'}, {4, '7'}, {4, '-'}, {1, '_'}, {1, 'A'}, {1, '\n'}, {1, '\0'}}));
  std::string text = *rc::gen::resize(*rc::gen::inRange(0, 80), word);
  std::string pattern(TenantId::schema().at("pattern").as_string());
  static const std::regex kGrammar(pattern, std::regex::ECMAScript);
  bool wanted = text.size() <= 63 && text.find('\n') == std::string::npos && std::regex_match(text, kGrammar);
  RC_ASSERT(is_slug(text) == wanted);
  RC_ASSERT(TenantId::parse(text).has_value() == wanted);
  if (wanted) RC_ASSERT(TenantId::parse(text)->str() == text);
}

}  // namespace
}  // namespace bailiwick::tenancy
