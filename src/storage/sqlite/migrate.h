// Migrations: brings a file to the schema that this program knows, or refuses it. Private to this folder.
#pragma once

#include <span>

#include "storage/sqlite/connection.h"

namespace bailiwick::storage {

/// Rooms in any order, each room's versions 1, 2, … without a gap. A broken list is a broken invariant.
void check_migrations(std::span<const Migration> migrations);

/// Applies what is missing, all or nothing, under the file's write lock, and marks the file as `owner`'s: a
/// file that was moved to another owner's place is refused. What was applied is remembered with its SHA-256.
/// Errors: kInternal `storage.migration_changed` (an old step's text is not the one that was applied),
/// `storage.schema_newer` (the file has steps that this program does not know), `storage.wrong_owner`.
Status migrate(Connection& connection, std::string_view owner, std::span<const Migration> migrations);

}  // namespace bailiwick::storage
