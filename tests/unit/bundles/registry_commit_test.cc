// A process that dies at any step of taking a signed bundle, through the folder or the API: after a restart
// the old revision holds whole or the new one does, what holds is on the record, and the same bundle is taken
// again.
#include "support/signing.h"
#include "unit/bundles/registry_rig.h"

namespace bailiwick::bundles {
namespace {

using Action = tenancy::Action;
using testing_support::key_of, testing_support::sign, testing_support::signer_yaml,
    testing_support::statement;

constexpr std::uint64_t kRoot = 9, kAda = 1;

/// Answers as long as the process lives: so many more steps. What happens in a transaction that did not end
/// has not happened; one may also end without anybody hearing of it.
class DyingStore final : public storage::PlatformStore {
 public:
  DyingStore(storage::PlatformStore& inner, int steps) : inner_(inner), steps_(steps) {}

  Result<std::vector<storage::Row>> query(storage::PlatformSql sql, storage::Params params) override {
    CHECK_OK(step());
    return inner_.query(sql, params);
  }
  Result<std::int64_t> execute(storage::PlatformSql sql, storage::Params params) override {
    CHECK_OK(step());
    return inner_.execute(sql, params);
  }
  Status transaction(const std::function<Status()>& work) override {
    CHECK_OK(step());
    CHECK_OK(inner_.transaction([&]() -> Status {
      CHECK_OK(work());
      return step();
    }));
    return step();
  }
  Status ping() override { return step(); }
  bool dead() const { return steps_ < 0; }

 private:
  Status step() {
    if (--steps_ >= 0) return {};
    steps_ = -1;
    return fail(ErrorCode::kUnavailable, "test.dead", "the process is dead");
  }
  storage::PlatformStore& inner_;
  int steps_;
};

class RegistryCommitTest : public RegistryTest {
 protected:
  void SetUp() override {
    signing_ = {.signatures = Signatures::kRequired, .platform_keys = {key_of(kRoot).public_key()}};
    RegistryTest::SetUp();
    std::string signers = "signers:\n" + signer_yaml("ada", kAda);
    put("_platform", "signers.yaml", signers);
    put("_platform", std::string(kEnvelopeFile),
        sign(statement("_platform", 1, {{"signers.yaml", signers}}), {kRoot}));
    put_signed("one", 1);
    ASSERT_EQ(reload(), "_platform=created acme-corp=created");
  }
  static snapshot::FileTexts files(const std::string& owner) {
    return {{"tenant.yaml", "id: acme-corp\nname: Acme\nowner: " + owner + "\n"},
            {"slo.yaml", "slo: {latency_p95_ms: " + std::string(owner == "one" ? "90" : "80") + "}\n"}};
  }
  static std::string envelope(const std::string& owner, std::int64_t serial) {
    return sign(statement("acme-corp", serial, files(owner)), {kAda});
  }
  void put_signed(const std::string& owner, std::int64_t serial) {
    for (const auto& [path, text] : files(owner)) put("acme-corp", path, text);
    put("acme-corp", std::string(kEnvelopeFile), envelope(owner, serial));
  }

  /// One process that lives for so many steps of its store and does `work`; whether it lived to the end.
  bool live_for(int steps, const std::function<void(TenantRegistry&)>& work) {
    DyingStore store(*store_, steps);
    snapshot::TenantTable table;
    TenantRegistry registry({store, ledger_, slices_, table, clock_, random_, sandbox_},
                            std::make_unique<FolderSource>(tenants_), signing_);
    if (registry.load()) work(registry);
    return !store.dead();
  }
  /// What a new process finds: one revision or the other, whole, and on the record.
  std::string survivor() {
    restart();
    snapshot::SnapshotPtr found = find();
    if (!found) return "nothing";
    std::string owner = found->tenant.owner;
    EXPECT_EQ(found->revision, revision_of(manifest_of(files(owner))));
    EXPECT_EQ(found->files->settings.slo.slo.latency_p95_ms, owner == "one" ? 90 : 80);
    bool recorded = std::ranges::any_of(ledger_.records, [&](const auto& entry) {
      const json::value* serial = entry.second.extra.if_contains("serial");
      return entry.second.decision == "allow" && serial != nullptr && *serial == found->serial;
    });
    EXPECT_TRUE(recorded) << "serial " << found->serial;
    return owner;
  }
  /// Kills at the first step, at the second, and so on until the work is done.
  void kill_at_every_step(const std::function<void(TenantRegistry&)>& work) {
    int steps = 0, old = 0, taken = 0;
    for (bool lived = false; !lived; ++steps) {
      lived = live_for(steps, work);
      std::string holds = survivor();
      old += holds == "one";
      taken += holds == "two";
      ASSERT_EQ(old + taken, steps + 1) << "after " << steps << " steps: " << holds;
      if (taken > 0) ASSERT_EQ(holds, "two") << "what was taken stays";
    }
    EXPECT_GT(old, 5) << "it was killed before";
    EXPECT_GT(taken, 1) << "and after, without knowing";
  }
};

TEST_F(RegistryCommitTest, KilledWhileTheFolderIsTaken) {
  put_signed("two", 2);
  kill_at_every_step([](TenantRegistry& registry) {
    (void)registry.reload(testing_support::permit<Action::kBundlesReload>());
  });
  EXPECT_EQ(reload(), "_platform=unchanged acme-corp=unchanged");
}

TEST_F(RegistryCommitTest, KilledWhileAPushIsTaken) {
  std::string two = envelope("two", 2);
  kill_at_every_step([&](TenantRegistry& registry) {
    (void)registry.push(testing_support::permit<Action::kBundlesPush>(), files("two"), two);
  });
  ASSERT_TRUE(registry_->push(permit<Action::kBundlesPush>(), files("two"), two));
}

TEST_F(RegistryCommitTest, KilledWhileThePlatformIsTaken) {
  std::string signers = "signers:\n" + signer_yaml("ada", kAda) + signer_yaml("bob", 2);
  put("_platform", "signers.yaml", signers);
  put("_platform", std::string(kEnvelopeFile),
      sign(statement("_platform", 2, {{"signers.yaml", signers}}), {kRoot}));
  put("acme-corp", std::string(kEnvelopeFile), sign(statement("acme-corp", 2, files("one")), {2}));
  for (int steps = 0;; ++steps) {
    bool lived = live_for(steps, [](TenantRegistry& registry) {
      (void)registry.reload(testing_support::permit<Action::kBundlesReload>());
    });
    ASSERT_EQ(survivor(), "one") << "after " << steps << " steps";
    if (lived) break;
  }
  EXPECT_EQ(reload(), "_platform=unchanged acme-corp=unchanged");
  EXPECT_EQ(find()->serial, 2) << "bob's signature counts, so the new signers hold";
}

}  // namespace
}  // namespace bailiwick::bundles
