// Vectors of Project Wycheproof, which live beside the repository.
#pragma once

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>
#include <zlib.h>

#include "base/json.h"

namespace bailiwick::testing_support {

inline std::string read_gzip(const std::string& path) {
  std::string text, piece(1 << 16, '\0');
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return text;
  for (int size = 0; (size = gzread(file, piece.data(), static_cast<unsigned>(piece.size()))) > 0;) {
    text.append(piece, 0, static_cast<std::size_t>(size));
  }
  gzclose(file);
  return text;
}

/// The suite of that name, or null and the test is to be skipped; on CI their absence is a failure.
inline json::value wycheproof(const std::string& name) {
  const char* shared = std::getenv("BAILIWICK_SHARED");
  std::string folder = shared != nullptr ? shared : BAILIWICK_SOURCE_DIR "/../shared";
  std::string text = read_gzip(folder + "/data/wycheproof/" + name + "_test.json.gz");
  if (!text.empty()) return json::parse(text);
  if (std::getenv("CI") != nullptr) ADD_FAILURE() << folder << ": no test data; set BAILIWICK_SHARED";
  return nullptr;
}

}  // namespace bailiwick::testing_support
