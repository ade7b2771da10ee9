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

/* Returns -1 for what is not a date. */
static int64_t date_of(const struct chutes__json_value *value)
{
    int64_t seconds;

    return (value->type == CHUTES__JSON_STRING &&
            chutes__timestamp_read(value->text, &seconds)) ||
                   chutes__json_to_int64(value, &seconds)
               ? seconds
               : -1;
}

/* Returns -1 if the value is not a number. */
static double amount_of(const struct chutes__json_value *value)
{
    double amount;

    return chutes__endpoint_to_number(value, &amount) ? amount : -1;
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
    account->created_at = date_of(&values[USER_CREATED_AT]);
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

/* ---- the subscription ---------------------------------------------------- */

enum subscription_field {
    SUBSCRIPTION_EXISTS,
    SUBSCRIPTION_PRICE,
    SUBSCRIPTION_FOUR_HOURS,
    SUBSCRIPTION_MONTH,
    SUBSCRIPTION_COUNT
};

static const struct chutes__slice SUBSCRIPTION_NAMES[SUBSCRIPTION_COUNT] = {
    [SUBSCRIPTION_EXISTS] = CHUTES__FIELD("subscription"),
    [SUBSCRIPTION_PRICE] = CHUTES__FIELD("monthly_price"),
    [SUBSCRIPTION_FOUR_HOURS] = CHUTES__FIELD("four_hour"),
    [SUBSCRIPTION_MONTH] = CHUTES__FIELD("monthly"),
};

enum cap_field { CAP_USAGE, CAP_CAP, CAP_REMAINING, CAP_RESET_AT, CAP_COUNT };

static const struct chutes__slice CAP_NAMES[CAP_COUNT] = {
    [CAP_USAGE] = CHUTES__FIELD("usage"),
    [CAP_CAP] = CHUTES__FIELD("cap"),
    [CAP_REMAINING] = CHUTES__FIELD("remaining"),
    [CAP_RESET_AT] = CHUTES__FIELD("reset_at"),
};

static chutes_account_cap cap_of(const struct chutes__json_value *value)
{
    struct chutes__json_value values[CAP_COUNT];

    (void)chutes__fields_of(value, CAP_NAMES, CAP_COUNT, values);
    return (chutes_account_cap){
        .usage_usd = amount_of(&values[CAP_USAGE]),
        .cap_usd = amount_of(&values[CAP_CAP]),
        .remaining_usd = amount_of(&values[CAP_REMAINING]),
        .reset_at = date_of(&values[CAP_RESET_AT]),
    };
}

static chutes_status read_subscription(const struct chutes__json_value *whole,
                                       struct chutes__arena *arena,
                                       chutes_account *account,
                                       chutes_error *error)
{
    struct chutes__json_value values[SUBSCRIPTION_COUNT];
    enum chutes__json_type exists;

    (void)arena;
    (void)chutes__fields_of(whole, SUBSCRIPTION_NAMES, SUBSCRIPTION_COUNT,
                            values);
    exists = values[SUBSCRIPTION_EXISTS].type;
    if (exists != CHUTES__JSON_TRUE && exists != CHUTES__JSON_FALSE) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "subscription: missing, or not true or false");
    }
    account->has_subscription = exists == CHUTES__JSON_TRUE;
    account->monthly_price_usd = amount_of(&values[SUBSCRIPTION_PRICE]);
    account->four_hours = cap_of(&values[SUBSCRIPTION_FOUR_HOURS]);
    account->month = cap_of(&values[SUBSCRIPTION_MONTH]);
    return CHUTES_OK;
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
     read_subscription},
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
