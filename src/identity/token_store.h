// Tokens as rows of the platform store.
#pragma once

#include "identity/token_table.h"
#include "storage/platform_store.h"

namespace bailiwick::identity::token_store {

std::vector<storage::Migration> migrations();

Status insert(storage::PlatformStore& store, const Token& token);
/// Sets the end of a token's life; never moves it later.
Status set_revoked_at(storage::PlatformStore& store, std::string_view id, WallTime when);
/// The same, now and for good, wherever the clock goes.
Status end(storage::PlatformStore& store, std::string_view id, WallTime when);
/// Tokens whose overlap is over and that are not ended yet, and those that expired after `since`.
Result<std::vector<TokenPtr>> over(storage::PlatformStore& store, WallTime since, WallTime now);
/// Tokens that may still be valid at `now`.
Result<std::vector<TokenPtr>> live(storage::PlatformStore& store, WallTime now);
/// One tenant's tokens in order of id, ended ones included.
Result<std::vector<TokenPtr>> page(storage::PlatformStore& store, std::string_view tenant,
                                   std::string_view after, std::int64_t limit);
/// One tenant's token, or null.
Result<TokenPtr> find(storage::PlatformStore& store, std::string_view tenant, std::string_view id);
/// How many of one tenant's tokens may still be valid at `now`; of the platform admin's when it is empty.
Result<std::int64_t> count_live(storage::PlatformStore& store, std::string_view tenant, WallTime now);
/// Ends every platform admin but `id`.
Status end_other_platform_admins(storage::PlatformStore& store, std::string_view id, WallTime now);

}  // namespace bailiwick::identity::token_store
