// Prices are the platform's: read and replaced whole by its operator, and by no tenant.
#include "api/prices.h"

#include "base/files.h"
#include "support/served_edge.h"
#include "support/temp_folder.h"

namespace bailiwick::api {
namespace {

using tenancy::Role;
using testing_support::Answer, testing_support::ServedEdge;

constexpr std::string_view kOne =
    R"({"small-model": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}})";

class PricesTest : public testing::Test {
 protected:
  enum class File { kOurs, kTheOperators };
  void start(File file = File::kOurs) {
    rig_.tenant("acme-corp");
    rig_.credential("root", "", Role::kPlatformAdmin);
    rig_.credential("owner", "acme-corp", Role::kOwner);
    rig_.serve(
        price_routes({.book = book_, .file = path(), .fixed_by_settings = file == File::kTheOperators}));
  }
  std::filesystem::path path() const { return folder_.path() / "prices.json"; }
  Answer put(std::string_view who, std::string_view body, std::string_view query = "") {
    return rig_.call(who, "PUT", "/v1/prices" + std::string(query), body);
  }

  testing_support::TempFolder folder_;
  Published<metering::PriceBook> book_{std::make_shared<const metering::PriceBook>()};
  ServedEdge rig_;
};

TEST_F(PricesTest, AnUpdateIsInUseAndOnDisk) {
  start();
  EXPECT_EQ(put("root", kOne).status, 200);
  ASSERT_NE(book_.load()->find("openai", "small-model"), nullptr);
  EXPECT_EQ(read_file(path(), 1 << 20).value(), kOne);
  Answer listed = rig_.call("root", "GET", "/v1/prices");
  EXPECT_NE(listed.body.find(R"("input_usd_per_token":"0.000001")"), std::string::npos) << listed.body;
}

TEST_F(PricesTest, ABadFileOrADryRunChangesNothing) {
  start();
  EXPECT_EQ(put("root", R"({"m": {"input_cost_per_token": "free"}})").status, 400);
  EXPECT_EQ(put("root", kOne, "?dry_run=true").status, 200);
  EXPECT_EQ(book_.load()->size(), 0u);
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(PricesTest, NoTenantReadsOrChangesThem) {
  start();
  EXPECT_EQ(put("owner", kOne).status, 403);
  EXPECT_EQ(rig_.call("owner", "GET", "/v1/prices").status, 403);
}

TEST_F(PricesTest, TheOperatorsOwnFileIsNotOverridden) {
  start(File::kTheOperators);
  EXPECT_EQ(put("root", kOne).code(), "prices.fixed");
  EXPECT_EQ(book_.load()->size(), 0u);
}

}  // namespace
}  // namespace bailiwick::api
