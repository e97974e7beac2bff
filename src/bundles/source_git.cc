#include "bundles/source_git.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <git2.h>

#include "base/files.h"
#include "bundles/folder_collector.h"
#include "bundles/platform_bundle.h"

namespace bailiwick::bundles {
namespace {

namespace fs = std::filesystem;
using Entry = FolderCollector::Entry;

constexpr std::size_t kMaxTransfer = std::size_t{1} << 30;
constexpr std::size_t kMaxObject = std::size_t{64} << 20;
constexpr std::size_t kMaxObjects = 2'000'000;
constexpr std::size_t kMaxFolders = 20'000;
constexpr std::size_t kMaxTreeBytes = std::size_t{1} << 30;
/// A fetch leaves a pack; beyond so many the clone is made anew.
constexpr std::ptrdiff_t kMaxPacks = 100;

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Repository = std::unique_ptr<git_repository, Freed<git_repository_free>>;
using Remote = std::unique_ptr<git_remote, Freed<git_remote_free>>;
using Commit = std::unique_ptr<git_commit, Freed<git_commit_free>>;
using Tree = std::unique_ptr<git_tree, Freed<git_tree_free>>;
using TreeEntry = std::unique_ptr<git_tree_entry, Freed<git_tree_entry_free>>;
using Blob = std::unique_ptr<git_blob, Freed<git_blob_free>>;
using Objects = std::unique_ptr<git_odb, Freed<git_odb_free>>;

/// Once in the process: no settings of the user or the machine, and bounds for what a host may send.
void prepare_library() {
  static const int kReady = [] {
    int ready = git_libgit2_init();
    for (int level : {GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_GLOBAL, GIT_CONFIG_LEVEL_XDG,
                      GIT_CONFIG_LEVEL_PROGRAMDATA})
      git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
    git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECTS, kMaxObjects);
    git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECT_SIZE, kMaxObject);
    // A repository on this machine may belong to somebody else; nothing of it is executed.
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    return ready;
  }();
  BW_CHECK(kReady > 0);
}

std::unexpected<Error> git_failure(std::string_view what) {
  const git_error* last = git_error_last();
  return fail(ErrorCode::kUnavailable, "bundles.git",
              fmt::format("{}: {}", what, last == nullptr ? "failed" : last->message));
}

/// What the callbacks of a fetch look at.
struct Transfer {
  const crypto::SecretText& token;
  const std::atomic<bool>& stopped;
  const Clock& clock;
  MonoTime deadline;
  bool asked = false;  ///< for the token: a host that refuses it is not asked twice
};

int give_token(git_credential** out, const char*, const char*, unsigned allowed, void* payload) {
  auto& transfer = *static_cast<Transfer*>(payload);
  bool fits = (allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) != 0;
  if (!fits || transfer.token.reveal().empty() || std::exchange(transfer.asked, true)) return GIT_EAUTH;
  return git_credential_userpass_plaintext_new(out, "git", std::string(transfer.token.reveal()).c_str());
}

int watch_transfer(const git_indexer_progress* progress, void* payload) {
  auto& transfer = *static_cast<Transfer*>(payload);
  bool over = transfer.stopped || transfer.clock.mono() > transfer.deadline ||
              progress->received_bytes > kMaxTransfer;
  return over ? -1 : 0;
}

Status fetch_branch(git_repository* repository, const GitOptions& options, Transfer& transfer) {
  git_remote* made = nullptr;
  // The address as it is written: no configuration rewrites it. (Looking for a rewriting also leaks in 1.5.)
  git_remote_create_options creating = GIT_REMOTE_CREATE_OPTIONS_INIT;
  creating.repository = repository;
  creating.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC;
  if (git_remote_create_with_opts(&made, options.url.c_str(), &creating) != 0)
    return git_failure(options.url);
  Remote remote(made);
  git_fetch_options fetching = GIT_FETCH_OPTIONS_INIT;
  fetching.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
  fetching.update_fetchhead = 0;
  fetching.prune = GIT_FETCH_PRUNE;
  fetching.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
  fetching.callbacks.payload = &transfer;
  fetching.callbacks.credentials = give_token;
  fetching.callbacks.transfer_progress = watch_transfer;
  std::string refspec = fmt::format("+refs/heads/{0}:refs/heads/{0}", options.branch);
  char* text = refspec.data();
  git_strarray refspecs{&text, 1};
  if (git_remote_fetch(remote.get(), &refspecs, &fetching, nullptr) == 0) return {};
  if (transfer.stopped) return fail(ErrorCode::kUnavailable, "bundles.git", "the server is stopping");
  return git_failure(options.url);
}

/// Fetches the branch, and says its newest commit.
Result<git_oid> fetch_tip(git_repository* clone, const GitOptions& options, Transfer& transfer) {
  CHECK_OK(fetch_branch(clone, options, transfer));
  git_oid tip{};
  if (git_reference_name_to_id(&tip, clone, ("refs/heads/" + options.branch).c_str()) != 0) {
    return fail(ErrorCode::kUnavailable, "bundles.git",
                fmt::format("{}: has no branch '{}'", options.url, options.branch));
  }
  return tip;
}

/// Ours alone, so one that cannot be opened, or has grown old, is thrown away.
Result<Repository> open_clone(const fs::path& folder) {
  std::error_code ignored;
  fs::directory_iterator packs(folder / "objects/pack", ignored);
  bool old = !ignored && std::distance(fs::begin(packs), fs::end(packs)) > 2 * kMaxPacks;
  git_repository* opened = nullptr;
  if (!old && git_repository_open_bare(&opened, folder.c_str()) == 0) return Repository(opened);
  fs::remove_all(folder, ignored);
  CHECK_OK(make_private_folder(folder));
  if (git_repository_init(&opened, folder.c_str(), 1) != 0) return git_failure(folder.string());
  return Repository(opened);
}

class TreeReader {
 public:
  TreeReader(git_repository* repository, std::string place)
      : repository_(repository), place_(std::move(place)) {}

  Result<SourceTree> read(const git_tree* root) {
    git_odb* objects = nullptr;
    if (git_repository_odb(&objects, repository_) != 0) return git_failure("objects");
    objects_.reset(objects);
    SourceTree out;
    std::size_t folders = git_tree_entrycount(root), bytes = 0;
    if (folders > kMaxFolders)
      return fail(ErrorCode::kUnavailable, "bundles.git", fmt::format("more than {} folders", kMaxFolders));
    for (std::size_t i = 0; i < git_tree_entrycount(root); ++i) {
      const git_tree_entry* entry = git_tree_entry_byindex(root, i);
      std::string name = git_tree_entry_name(entry);
      if (is_passed_over(name)) continue;
      std::optional<TenantFolder> found = misplaced(name, place_ + name, kind_of(entry));
      if (!found) {
        FolderCollector collector(name, fmt::format("{}{}/", place_, name));
        walk(entry, "", collector);
        found = std::move(collector).result();
      }
      // A few objects may be named by any number of paths.
      for (const auto& [path, text] : found->files) bytes += text.size();
      if (bytes > kMaxTreeBytes)
        return fail(ErrorCode::kUnavailable, "bundles.git",
                    "the bundles of this commit are too large together");
      if (name == kPlatformFolder)
        out.platform = std::move(found);
      else
        out.tenants.push_back(std::move(*found));
    }
    std::ranges::sort(out.tenants, {}, &TenantFolder::name);
    return out;
  }

 private:
  static Entry kind_of(const git_tree_entry* entry) {
    switch (git_tree_entry_filemode(entry)) {
      case GIT_FILEMODE_TREE:
        return Entry::kFolder;
      case GIT_FILEMODE_BLOB:
      case GIT_FILEMODE_BLOB_EXECUTABLE:
        return Entry::kFile;
      case GIT_FILEMODE_LINK:
        return Entry::kLink;
      default:
        return Entry::kOther;
    }
  }

  void walk(const git_tree_entry* folder, const std::string& prefix, FolderCollector& collector) {
    git_tree* opened = nullptr;
    if (git_tree_lookup(&opened, repository_, git_tree_entry_id(folder)) != 0)
      return collector.problem(prefix, git_failure("cannot be read").error().message);
    Tree tree(opened);
    for (std::size_t i = 0; i < git_tree_entrycount(tree.get()); ++i) {
      const git_tree_entry* entry = git_tree_entry_byindex(tree.get(), i);
      std::string path = prefix + git_tree_entry_name(entry);
      auto read = [&](std::size_t limit) { return text_of(git_tree_entry_id(entry), limit); };
      FolderCollector::Next next = collector.visit(path, kind_of(entry), read);
      if (next == FolderCollector::Next::kStop) return;
      if (next == FolderCollector::Next::kWalkIt) walk(entry, path + "/", collector);
    }
  }

  Result<std::string> text_of(const git_oid* id, std::size_t limit) const {
    std::size_t size = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    if (git_odb_read_header(&size, &type, objects_.get(), id) != 0) return git_failure("cannot be read");
    if (size > limit)
      return fail(ErrorCode::kTooLarge, "file.too_large", fmt::format("larger than {} bytes", limit));
    git_blob* opened = nullptr;
    if (git_blob_lookup(&opened, repository_, id) != 0) return git_failure("cannot be read");
    Blob blob(opened);
    return std::string(static_cast<const char*>(git_blob_rawcontent(opened)), size);
  }

  git_repository* const repository_;
  const std::string place_;
  Objects objects_;
};

/// The folder of the commit that holds the tenants' folders.
Result<Tree> tenants_of(git_repository* repository, const git_oid& commit_id, const std::string& folder) {
  git_commit* commit = nullptr;
  if (git_commit_lookup(&commit, repository, &commit_id) != 0) return git_failure("the commit");
  Commit kept(commit);
  git_tree* tree = nullptr;
  if (git_commit_tree(&tree, commit) != 0) return git_failure("the commit's files");
  Tree root(tree);
  if (folder.empty()) return root;
  git_tree_entry* entry = nullptr;
  if (git_tree_entry_bypath(&entry, tree, folder.c_str()) != 0) return git_failure(folder);
  TreeEntry found(entry);
  if (git_tree_lookup(&tree, repository, git_tree_entry_id(entry)) != 0) return git_failure(folder);
  return Tree(tree);
}

std::string hex_of(const git_oid& id) {
  return git_oid_tostr_s(&id);
}

}  // namespace

std::string fault_of_git_url(std::string_view url) {
  bool local = url.starts_with('/') || url.starts_with("file:///");
  if (!local && !url.starts_with("https://"))
    return "write https://HOST/PATH, or the absolute path of a repository on this machine";
  if (url.find('@') != url.npos)
    return "an address holds no user and no password; put a token into the file that bundles.git_token_file "
           "names";
  return "";
}

GitSource::GitSource(GitOptions options, crypto::SecretText token, const Clock& clock)
    : options_(std::move(options)), token_(std::move(token)), clock_(clock) {
  prepare_library();
}

Result<std::string> GitSource::fetch() {
  MutexLock lock(mutex_);
  TRY(Repository clone, open_clone(options_.clone));
  Transfer transfer{token_, stopped_, clock_, clock_.mono() + options_.deadline};
  TRY(git_oid tip, fetch_tip(clone.get(), options_, transfer));
  return hex_of(tip);
}

Result<SourceTree> GitSource::read() {
  MutexLock lock(mutex_);
  TRY(Repository clone, open_clone(options_.clone));
  Transfer transfer{token_, stopped_, clock_, clock_.mono() + options_.deadline};
  TRY(git_oid tip, fetch_tip(clone.get(), options_, transfer));
  std::string commit = hex_of(tip);
  auto tree = tenants_of(clone.get(), tip, options_.folder);
  if (!tree) {
    // Whether the commit is without the folder or our copy is damaged: a new copy will tell.
    std::error_code ignored;
    fs::remove_all(options_.clone, ignored);
    return std::unexpected(std::move(tree.error()));
  }
  std::string place =
      fmt::format("git:{}:{}{}", commit.substr(0, 12), options_.folder, options_.folder.empty() ? "" : "/");
  TRY(SourceTree out, TreeReader(clone.get(), std::move(place)).read(tree->get()));
  MutexLock keeping(commit_mutex_);
  commit_ = std::move(commit);
  return out;
}

std::string GitSource::commit() const {
  MutexLock lock(commit_mutex_);
  return commit_;
}

}  // namespace bailiwick::bundles
