// BundleWatch: follows the git source, and runs the watchdog, in threads of their own: both may take long.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "base/metrics.h"
#include "bundles/registry.h"
#include "bundles/source_git.h"

namespace bailiwick::app {

class BundleWatch {
 public:
  struct Options {
    std::chrono::milliseconds git_interval;
    std::chrono::milliseconds watch_interval;  ///< 0 = the watchdog is called by hand alone
    bundles::OnTampering on_tampering = bundles::OnTampering::kFreeze;
  };
  /// `git` is null without a git source. `reload` has the registry take what the source declares. All outlive
  /// this.
  BundleWatch(bundles::TenantRegistry& registry, bundles::GitSource* git, const Options& options,
              std::function<Status()> reload, const Clock& clock, Metrics& metrics)
      : registry_(registry),
        git_(git),
        options_(options),
        reload_(std::move(reload)),
        clock_(clock),
        metrics_(metrics) {}

  void start();
  /// Waits a few seconds at most. False: a call into the network hangs, and its thread with it; the process
  /// must end without taking this apart.
  bool stop();

 private:
  /// Calls `work` now and whenever `interval` has passed.
  std::jthread repeat(std::chrono::milliseconds interval, void (BundleWatch::*work)());
  void guarded(void (BundleWatch::*work)());
  void follow();
  void inspect();

  bundles::TenantRegistry& registry_;
  bundles::GitSource* const git_;
  const Options options_;
  const std::function<Status()> reload_;
  const Clock& clock_;
  Metrics& metrics_;
  std::string taken_;  // the commit that was given to the registry
  std::string fault_;  // said once
  std::atomic<int> working_{0};
  std::jthread following_;
  std::jthread inspecting_;
};

}  // namespace bailiwick::app
