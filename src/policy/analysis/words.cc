#include "policy/analysis/words.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <queue>

namespace bailiwick::cedar::analysis {
namespace {

constexpr std::size_t kMaxStates = 4000;
constexpr std::size_t kMaxPositions = 63;
constexpr std::size_t kFar = 0xFFFFFFFF;

/// The characters of UTF-8, each as its bytes.
std::vector<std::string> characters(std::string_view text) {
  std::vector<std::string> found;
  for (char c : text) {
    bool follows = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    if (follows && !found.empty())
      found.back() += c;
    else
      found.emplace_back(1, c);
  }
  return found;
}

/// A pattern as an automaton: bit i of a state says that the first i items are matched.
struct Automaton {
  static constexpr int kStar = -1;
  std::vector<int> items;  // kStar, or index of a letter
  bool wanted = true;

  std::uint64_t closed(std::uint64_t state) const {
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (items[i] == kStar && (state >> i & 1U) != 0) state |= std::uint64_t{2} << i;
    }
    return state;
  }
  std::uint64_t step(std::uint64_t state, int letter) const {
    std::uint64_t next = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if ((state >> i & 1U) == 0) continue;
      if (items[i] == kStar) next |= std::uint64_t{1} << i;
      if (items[i] == letter) next |= std::uint64_t{2} << i;
    }
    return closed(next);
  }
  bool accepts(std::uint64_t state) const { return ((state >> items.size() & 1U) != 0) == wanted; }
};

class Product {
 public:
  Product(const std::vector<const Pattern*>& like, const std::vector<const Pattern*>& unlike) {
    for (const Pattern* pattern : like) add(*pattern, true);
    for (const Pattern* pattern : unlike) add(*pattern, false);
    // Stands for all letters that no pattern has.
    for (char fresh : std::string_view("xyzuvwqk0123456789")) {
      if (std::ranges::find(letters_, std::string(1, fresh)) != letters_.end()) continue;
      fresh_ = letters_.size();
      letters_.emplace_back(1, fresh);
      break;
    }
  }

  bool follows_all() const { return follows_all_; }

  Words words(std::size_t limit) {
    bool complete = explore();
    measure();
    Words words;
    words.all = complete;
    // Shortest first: by what is written and what is at least still to be written.
    struct Open {
      std::size_t length, state, written;
      bool is_word;
      std::string text;
      bool operator<(const Open& other) const { return length > other.length; }
    };
    std::priority_queue<Open> open;
    if (distance_[0] != kFar) open.push({distance_[0], 0, 0, false, {}});
    while (!open.empty() && words.found.size() < limit) {
      Open next = open.top();
      open.pop();
      if (next.is_word) {
        words.found.push_back(next.text);
        continue;
      }
      if (accepting_[next.state]) open.push({next.written, next.state, next.written, true, next.text});
      for (std::size_t letter = 0; letter < letters_.size(); ++letter) {
        std::size_t to = next_[next.state][letter];
        if (to == kFar || distance_[to] == kFar) continue;
        if (letter == fresh_) words.all = false;
        open.push(
            {next.written + 1 + distance_[to], to, next.written + 1, false, next.text + letters_[letter]});
      }
    }
    if (!open.empty()) words.all = false;
    return words;
  }

 private:
  using State = std::vector<std::uint64_t>;

  void add(const Pattern& pattern, bool wanted) {
    Automaton made;
    made.wanted = wanted;
    for (std::size_t i = 0; i < pattern.pieces.size(); ++i) {
      if (i > 0) made.items.push_back(Automaton::kStar);
      for (const std::string& letter : characters(pattern.pieces[i])) {
        auto found = std::ranges::find(letters_, letter);
        made.items.push_back(static_cast<int>(found - letters_.begin()));
        if (found == letters_.end()) letters_.push_back(letter);
      }
    }
    if (made.items.size() > kMaxPositions)
      follows_all_ = false;
    else
      automata_.push_back(std::move(made));
  }

  std::size_t number(const State& state) {
    auto [known, added] = numbers_.try_emplace(state, numbers_.size());
    if (added) {
      states_.push_back(&known->first);
      next_.emplace_back(letters_.size(), kFar);
      bool accepts = true;
      for (std::size_t i = 0; i < automata_.size(); ++i) accepts &= automata_[i].accepts(state[i]);
      accepting_.push_back(accepts);
    }
    return known->second;
  }

  /// False when there are too many states.
  bool explore() {
    State start;
    for (const Automaton& automaton : automata_) start.push_back(automaton.closed(1));
    number(start);
    for (std::size_t at = 0; at < states_.size(); ++at) {
      if (states_.size() > kMaxStates) return false;
      for (std::size_t letter = 0; letter < letters_.size(); ++letter) {
        State next;
        for (std::size_t i = 0; i < automata_.size(); ++i)
          next.push_back(automata_[i].step((*states_[at])[i], static_cast<int>(letter)));
        std::size_t to = number(next);
        next_[at][letter] = to;
      }
    }
    return true;
  }

  /// How many letters each state is from accepting.
  void measure() {
    distance_.assign(states_.size(), kFar);
    std::vector<std::vector<std::size_t>> before(states_.size());
    for (std::size_t from = 0; from < next_.size(); ++from) {
      for (std::size_t to : next_[from]) {
        if (to != kFar) before[to].push_back(from);
      }
    }
    std::queue<std::size_t> open;
    for (std::size_t i = 0; i < states_.size(); ++i) {
      if (!accepting_[i]) continue;
      distance_[i] = 0;
      open.push(i);
    }
    for (; !open.empty(); open.pop()) {
      for (std::size_t from : before[open.front()]) {
        if (distance_[from] != kFar) continue;
        distance_[from] = distance_[open.front()] + 1;
        open.push(from);
      }
    }
  }

  std::vector<std::string> letters_;
  std::size_t fresh_ = 0;
  std::vector<Automaton> automata_;
  bool follows_all_ = true;
  std::map<State, std::size_t> numbers_;
  std::vector<const State*> states_;
  std::vector<std::vector<std::size_t>> next_;
  std::vector<bool> accepting_;
  std::vector<std::size_t> distance_;
};

}  // namespace

Words words_like(const std::vector<const Pattern*>& like, const std::vector<const Pattern*>& unlike,
                 std::size_t limit) {
  Product product(like, unlike);
  Words words = product.words(limit);
  if (!product.follows_all()) {
    // The long ones were left out: what does not fit them is no word, and there may be others.
    auto fits = [&](const std::string& text) {
      return std::ranges::all_of(like, [&](const Pattern* pattern) { return pattern->matches(text); }) &&
             std::ranges::none_of(unlike, [&](const Pattern* pattern) { return pattern->matches(text); });
    };
    // None at all stays none.
    words.all = words.all && words.found.empty();
    std::erase_if(words.found, [&](const std::string& text) { return !fits(text); });
  }
  return words;
}

}  // namespace bailiwick::cedar::analysis
