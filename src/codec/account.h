/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_ACCOUNT_H
#define CHUTES_CODEC_ACCOUNT_H

#include <chutes/platform.h>

#include "base/arena.h"
#include "base/slice.h"
#include "json/reader.h"

/* The parts of an account, in the order in which they are read. */
enum { CHUTES__ACCOUNT_PARTS = 4 };

/* Returns the path of a part on the API's host. */
const char *chutes__account_path(size_t part);

/* Returns the state of a part in the account. */
chutes_account_part *chutes__account_part(chutes_account *account, size_t part);

/* Sets everything to its default, as if all parts were missing. */
void chutes__account_clear(chutes_account *account);

/* Reads a part into the account, with texts in the arena. Fails with
 * CHUTES_ERR_PROTOCOL, _TOO_LARGE or _NO_MEMORY; then it describes the failure
 * in *error and leaves the account unchanged. */
chutes_status chutes__decode_account(size_t part, struct chutes__slice text,
                                     size_t max_depth,
                                     struct chutes__arena *arena,
                                     chutes_account *account,
                                     chutes_error *error);

/* Reads the subscription, which needs no memory of the arena. Fails as
 * above. */
chutes_status
chutes__account_read_subscription(const struct chutes__json_value *whole,
                                  struct chutes__arena *arena,
                                  chutes_account *account, chutes_error *error);

/* Reads the quotas or the discounts; `name` is the member that holds the number
 * of each. Fails as above. */
chutes_status
chutes__account_read_rules(const struct chutes__json_value *whole,
                           const char *name, struct chutes__arena *arena,
                           const chutes_account_rule *const **kept,
                           size_t *count, chutes_error *error);

#endif
