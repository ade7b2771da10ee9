/* SPDX-License-Identifier: MIT */
/* Reads an account, as api/user/router.py of Chutes' API writes it. */
#include "codec/account.h"

#include "base/error.h"
#include "base/params.h"
#include "codec/endpoint_answer.h"
#include "codec/fields.h"
#include "codec/timestamp.h"

void chutes_account_params_init(chutes_account_params *params, size_t size)
{
    static const chutes_account_params DEFAULTS = {.base_url = NULL};

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

/* ---- the user ------------------------------------------------------------ */

enum user_field {
    USER_ID,
    USER_NAME,
    USER_PAYMENT_ADDRESS,
    USER_CREATED_AT,
    USER_BALANCE,
    USER_COUNT
};

static const struct chutes__slice USER_NAMES[USER_COUNT] = {
    [USER_ID] = CHUTES__FIELD("user_id"),
    [USER_NAME] = CHUTES__FIELD("username"),
    [USER_PAYMENT_ADDRESS] = CHUTES__FIELD("payment_address"),
    [USER_CREATED_AT] = CHUTES__FIELD("created_at"),
    [USER_BALANCE] = CHUTES__FIELD("balance"),
};

static chutes_status read_user(const struct chutes__json_value *whole,
                               struct chutes__arena *arena,
                               chutes_account *account, chutes_error *error)
{
    struct chutes__json_value values[USER_COUNT];
    chutes_status status;

    (void)chutes__fields_of(whole, USER_NAMES, USER_COUNT, values);
    if (values[USER_ID].type != CHUTES__JSON_STRING) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "user_id: missing, or not a string");
    }
    account->created_at = chutes__timestamp_of(&values[USER_CREATED_AT]);
    account->has_balance = chutes__endpoint_to_number(&values[USER_BALANCE],
                                                      &account->balance_usd);
    status = chutes__endpoint_keep_text(&values[USER_ID], arena,
                                        &account->user_id, error);
    if (status == CHUTES_OK) {
        status = chutes__endpoint_keep_text(&values[USER_NAME], arena,
                                            &account->username, error);
    }
    return status == CHUTES_OK
               ? chutes__endpoint_keep_text(&values[USER_PAYMENT_ADDRESS],
                                            arena, &account->payment_address,
                                            error)
               : status;
}

/* ---- rules --------------------------------------------------------------- */

static chutes_status read_quotas(const struct chutes__json_value *whole,
                                 struct chutes__arena *arena,
                                 chutes_account *account, chutes_error *error)
{
    return chutes__account_read_rules(whole, "quota", arena,
                                      &account->quota_rules,
                                      &account->quota_rule_count, error);
}

static chutes_status read_discounts(const struct chutes__json_value *whole,
                                    struct chutes__arena *arena,
                                    chutes_account *account,
                                    chutes_error *error)
{
    return chutes__account_read_rules(whole, "discount", arena,
                                      &account->discount_rules,
                                      &account->discount_rule_count, error);
}

/* ---- the parts ----------------------------------------------------------- */

static const struct {
    const char *path;
    size_t offset; /* locates its chutes_account_part */
    chutes_status (*read)(const struct chutes__json_value *whole,
                          struct chutes__arena *arena, chutes_account *account,
                          chutes_error *error);
} PARTS[CHUTES__ACCOUNT_PARTS] = {
    {"users/me", offsetof(chutes_account, user), read_user},
    {"users/me/subscription_usage", offsetof(chutes_account, subscription),
     chutes__account_read_subscription},
    {"users/me/quotas", offsetof(chutes_account, quotas), read_quotas},
    {"users/me/discounts", offsetof(chutes_account, discounts), read_discounts},
};

const char *chutes__account_path(size_t part)
{
    return PARTS[part].path;
}

chutes_account_part *chutes__account_part(chutes_account *account, size_t part)
{
    return (void *)((char *)account + PARTS[part].offset);
}

void chutes__account_clear(chutes_account *account)
{
    static const chutes_account_cap untold = {-1, -1, -1, -1};

    *account = (chutes_account){.user_id = "",
                                .username = "",
                                .payment_address = "",
                                .created_at = -1,
                                .monthly_price_usd = -1,
                                .four_hours = untold,
                                .month = untold};
    for (size_t i = 0; i < CHUTES__ACCOUNT_PARTS; i++) {
        chutes__account_part(account, i)->message = "";
    }
}

chutes_status chutes__decode_account(size_t part, struct chutes__slice text,
                                     size_t max_depth,
                                     struct chutes__arena *arena,
                                     chutes_account *account,
                                     chutes_error *error)
{
    const struct chutes__endpoint_answer answer = {
        .text = text.data, .len = text.len, .max_depth = max_depth};
    chutes_account read = *account;
    struct chutes__json_value whole;
    chutes_status status = chutes__endpoint_read(&answer, &whole, error);

    if (status == CHUTES_OK) {
        status = PARTS[part].read(&whole, arena, &read, error);
    }
    if (status == CHUTES_OK) {
        *account = read;
    }
    return status;
}
