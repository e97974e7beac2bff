// The tasks of the installation that may touch a tenant without a caller. This list is all of them.
#pragma once

#include "identity/gatekeeper.h"

namespace bailiwick::app {

class SystemTasks {
 public:
  static identity::SystemTask activation() { return {tenancy::Badge<SystemTasks>(), "activation"}; }
  static identity::SystemTask termination() { return {tenancy::Badge<SystemTasks>(), "termination"}; }
  static identity::SystemTask reload() { return {tenancy::Badge<SystemTasks>(), "reload"}; }
  static identity::SystemTask canary() { return {tenancy::Badge<SystemTasks>(), "canary"}; }
  static identity::SystemTask watchdog() { return {tenancy::Badge<SystemTasks>(), "watchdog"}; }
  static identity::SystemTask replay() { return {tenancy::Badge<SystemTasks>(), "replay"}; }
  static identity::SystemTask usage() { return {tenancy::Badge<SystemTasks>(), "usage"}; }
  static identity::SystemTask admin_reset() { return {tenancy::Badge<SystemTasks>(), "admin_reset"}; }
};

}  // namespace bailiwick::app
