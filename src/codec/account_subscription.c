/* SPDX-License-Identifier: MIT */
/* Reads the subscription of an account, and how much of it is used. */
#include "base/error.h"
#include "codec/account.h"
#include "codec/endpoint_answer.h"
#include "codec/fields.h"
#include "codec/timestamp.h"

/* Returns -1 if the value is not a number. */
static double amount_of(const struct chutes__json_value *value)
{
    double amount;

    return chutes__endpoint_to_number(value, &amount) ? amount : -1;
}

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
        .reset_at = chutes__timestamp_of(&values[CAP_RESET_AT]),
    };
}

chutes_status
chutes__account_read_subscription(const struct chutes__json_value *whole,
                                  struct chutes__arena *arena,
                                  chutes_account *account, chutes_error *error)
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
