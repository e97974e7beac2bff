// LocalAnswerer: the provider `local`: the built-in extractive answerer behind the chat routes. The last
// thing the user said is the question; the tenant's documents answer it, with numbered citations and the
// sources below.
#pragma once

#include "pipeline/tenant_corpora.h"
#include "routing/local_model.h"

namespace bailiwick::pipeline {

class LocalAnswerer final : public routing::LocalModel {
 public:
  LocalAnswerer(TenantCorpora& corpora, const Clock& clock) : corpora_(corpora), clock_(clock) {}
  net::Task<Result<std::string>> answer(const routing::LocalQuestion& question) override;

 private:
  TenantCorpora& corpora_;
  const Clock& clock_;
};

}  // namespace bailiwick::pipeline
