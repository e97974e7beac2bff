#include "base/metrics.h"

#include <map>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace bailiwick {
namespace {

const prometheus::Histogram::BucketBoundaries kLatencySeconds = {
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
    0.1,     0.25,   0.5,     1,      2.5,   5,      10,    30,   60};

std::map<std::string, std::string> to_map(Labels labels) {
  std::map<std::string, std::string> map;
  for (auto [key, value] : labels) map.emplace(key, value);
  return map;
}

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry{prometheus::Registry::InsertBehavior::Merge};
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Counter::add(double amount) const {
  inner_->Increment(amount);
}
double Counter::value() const {
  return inner_->Value();
}
void Gauge::set(double value) const {
  inner_->Set(value);
}
void Gauge::add(double amount) const {
  inner_->Increment(amount);
}
double Gauge::value() const {
  return inner_->Value();
}
void Histogram::observe(double seconds) const {
  inner_->Observe(seconds);
}

Counter Metrics::counter(std::string_view name, std::string_view help, Labels labels) {
  auto& family =
      prometheus::BuildCounter().Name(std::string(name)).Help(std::string(help)).Register(impl_->registry);
  return Counter(family.Add(to_map(labels)));
}

Gauge Metrics::gauge(std::string_view name, std::string_view help, Labels labels) {
  auto& family =
      prometheus::BuildGauge().Name(std::string(name)).Help(std::string(help)).Register(impl_->registry);
  return Gauge(family.Add(to_map(labels)));
}

Histogram Metrics::histogram(std::string_view name, std::string_view help, Labels labels) {
  auto& family =
      prometheus::BuildHistogram().Name(std::string(name)).Help(std::string(help)).Register(impl_->registry);
  return Histogram(family.Add(to_map(labels), kLatencySeconds));
}

std::string Metrics::expose() const {
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace bailiwick
