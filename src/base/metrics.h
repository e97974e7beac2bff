// Metric handles over prometheus-cpp. Take a handle once, keep it, bump it from any thread.
//
// Labels must be bounded: route patterns, status classes, tenants of the table; never ids or text from
// callers.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace bailiwick {

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

class Counter {
 public:
  explicit Counter(prometheus::Counter& inner) : inner_(&inner) {}
  void add(double amount = 1) const;
  double value() const;

 private:
  prometheus::Counter* inner_;
};

class Gauge {
 public:
  explicit Gauge(prometheus::Gauge& inner) : inner_(&inner) {}
  void set(double value) const;
  void add(double amount) const;
  double value() const;

 private:
  prometheus::Gauge* inner_;
};

/// Seconds, with buckets from 50 µs to 60 s.
class Histogram {
 public:
  explicit Histogram(prometheus::Histogram& inner) : inner_(&inner) {}
  void observe(double seconds) const;

 private:
  prometheus::Histogram* inner_;
};

/// The process's metrics. Asking for the same name and labels twice gives the same metric.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Counter counter(std::string_view name, std::string_view help, Labels labels = {});
  Gauge gauge(std::string_view name, std::string_view help, Labels labels = {});
  Histogram histogram(std::string_view name, std::string_view help, Labels labels = {});
  /// Prometheus text format 0.0.4.
  std::string expose() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bailiwick
