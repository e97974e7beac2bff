#include "config/server_config.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/binding.h"

namespace bailiwick::config {
namespace {

const Setting* setting_of(std::string_view key) {
  for (const Setting& setting : settings()) {
    if (setting.key == key) return &setting;
  }
  return nullptr;
}

std::string unknown_key(std::string_view key) {
  std::vector<std::string> keys;
  for (const Setting& setting : settings()) keys.emplace_back(setting.key);
  std::string hint = nearest(key, keys);
  return hint.empty() ? fmt::format("unknown setting '{}'; `bailiwick config show` lists all", key)
                      : fmt::format("unknown setting '{}'; did you mean '{}'?", key, hint);
}

/// Applies layer after layer; the last one that speaks of a setting wins.
class Layers {
 public:
  void set(std::string_view key, std::string_view value, std::string origin) {
    const Setting* setting = setting_of(key);
    if (setting == nullptr) {
      problems_.push_back({std::move(origin), unknown_key(key)});
      return;
    }
    if (auto applied = setting->apply(loaded_.config, value); !applied) {
      problems_.push_back({origin, fmt::format("{}: {}", key, applied.error().message)});
    }
    bool hidden = setting->secrecy == Secrecy::kSecret && !value.empty();
    loaded_.origins[std::string(key)] = {hidden ? "(hidden)" : std::string(value), std::move(origin)};
  }

  void file(const Node& node, const std::string& file, const std::string& prefix) {
    for (const Node::Entry& entry : node.entries) {
      std::string key = prefix.empty() ? entry.key : prefix + "." + entry.key;
      std::string place = fmt::format("{}:{}:{}", file, entry.line, entry.column);
      switch (entry.value.kind) {
        case Node::Kind::kMapping:
          this->file(entry.value, file, key);
          break;
        case Node::Kind::kScalar:
          set(key, entry.value.text, std::move(place));
          break;
        case Node::Kind::kNull:
          break;
        case Node::Kind::kSequence:
          problems_.push_back({std::move(place), fmt::format("{}: expected one value, not a list", key)});
      }
    }
  }

  void environment(const std::map<std::string, std::string>& variables) {
    for (const Setting& setting : settings()) {
      auto found = variables.find(std::string(setting.alias));
      if (found == variables.end() || found->second.empty()) continue;
      set(setting.key, found->second, "env " + found->first);
    }
    std::map<std::string, std::string_view> names;
    for (const Setting& setting : settings()) names.emplace(environment_name(setting.key), setting.key);
    for (const auto& [name, value] : variables) {
      if (!name.starts_with("BAILIWICK__")) continue;
      auto known = names.find(name);
      if (known != names.end()) {
        set(known->second, value, "env " + name);
        continue;
      }
      std::vector<std::string> all;
      for (const auto& [candidate, key] : names) all.push_back(candidate);
      std::string hint = nearest(name, all);
      problems_.push_back(
          {"env " + name, hint.empty() ? "no setting has this name" : "did you mean " + hint + "?"});
    }
  }

  void problem(Problem problem) { problems_.push_back(std::move(problem)); }

  /// Rules across settings, once every layer has spoken.
  void check_together() {
    // Half of the pair would be a server that its operator believes to speak TLS.
    if (loaded_.config.tls_certificate.empty() == loaded_.config.tls_key.empty()) return;
    std::string_view given = loaded_.config.tls_key.empty() ? "server.tls_certificate" : "server.tls_key";
    std::string_view missing = loaded_.config.tls_key.empty() ? "server.tls_key" : "server.tls_certificate";
    problem({loaded_.origins[std::string(given)].origin, fmt::format("{}: set {} too", given, missing)});
  }

  Result<Loaded> finish() {
    if (problems_.empty()) return std::move(loaded_);
    Error error(ErrorCode::kInvalid, "config.invalid", "the configuration is not valid");
    error.problems = std::move(problems_);
    return std::unexpected(std::move(error));
  }

 private:
  Loaded loaded_;
  std::vector<Problem> problems_;
};

}  // namespace

Result<Loaded> load(const Sources& sources) {
  Layers layers;
  for (const Setting& setting : settings()) layers.set(setting.key, setting.fallback, "default");
  if (!sources.file.empty()) {
    TRY(Node root, parse_yaml(sources.file_text, sources.file));
    if (root.kind == Node::Kind::kMapping)
      layers.file(root, sources.file, "");
    else if (root.kind != Node::Kind::kNull)
      layers.problem({sources.file + ":1:1", "expected a mapping of settings"});
  }
  layers.environment(sources.environment);
  for (const auto& [key, value] : sources.flags) {
    layers.set(key, value, fmt::format("flag --{}", key.substr(key.rfind('.') + 1)));
  }
  layers.check_together();
  return layers.finish();
}

}  // namespace bailiwick::config
