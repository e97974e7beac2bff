// GitSource: bundles as a branch of a git repository: what its newest commit holds, `tenants/<tenant>/…`.
//
// Objects are fetched into a bare repository of our own and read from there; nothing is checked out, and no
// setting, hook or command of any repository or user takes effect. Over libgit2.
#pragma once

#include <atomic>
#include <filesystem>

#include "base/clock.h"
#include "base/mutex.h"
#include "bundles/source.h"
#include "crypto/secret_text.h"

namespace bailiwick::bundles {

struct GitOptions {
  std::string url;  ///< `https://git.example.com/policies.git`, or a path on this machine
  std::string branch = "main";
  std::string folder = "tenants";  ///< of the repository, where the tenants' folders are; empty = its root
  std::filesystem::path clone;     ///< where the objects are kept
  std::chrono::milliseconds deadline{60'000};  ///< of a transfer that makes no end
};

/// What is wrong with the URL, for people; empty = nothing.
std::string fault_of_git_url(std::string_view url);

class GitSource final : public Source {
 public:
  /// `token` is sent as the password to an https:// host; empty = none.
  GitSource(GitOptions options, crypto::SecretText token, const Clock& clock);

  /// Fetches the branch and says its newest commit, in hex. Errors: kUnavailable `bundles.git` with what
  /// libgit2 says, which never holds the token. Blocks as long as the network does.
  Result<std::string> fetch();
  /// Of the commit that was fetched last, after fetching.
  Result<SourceTree> read() override;
  /// The commit that read() gave last; empty before the first.
  std::string commit() const;
  /// Lets a transfer under way end early, with an error.
  void stop() { stopped_ = true; }

 private:
  const GitOptions options_;
  const crypto::SecretText token_;
  const Clock& clock_;
  std::atomic<bool> stopped_{false};
  mutable Mutex mutex_;  ///< held through a fetch: one at a time writes the clone
  mutable Mutex commit_mutex_;
  std::string commit_ BW_GUARDED_BY(commit_mutex_);
};

}  // namespace bailiwick::bundles
