// SecretText: a text that is wiped from memory when it goes. Its holder reads it and never prints it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace bailiwick::crypto {

/// Overwrites the text, its spare capacity included, and empties it. Not optimised away.
void wipe(std::string& text);

class SecretText {
 public:
  explicit SecretText(std::string text) : text_(std::move(text)) {}
  ~SecretText() { wipe(text_); }
  SecretText(SecretText&& other) noexcept : text_(other.text_) { wipe(other.text_); }
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  SecretText& operator=(SecretText&&) = delete;

  std::string_view reveal() const { return text_; }

 private:
  std::string text_;
};

}  // namespace bailiwick::crypto
