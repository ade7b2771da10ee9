/* SPDX-License-Identifier: MIT */
/* Reads the prices of a model, in the forms of Chutes and OpenRouter. */
#include "codec/model_prices.h"

#include <math.h>

#include "base/count.h"
#include "codec/fields.h"
#include "codec/value.h"

enum price_field {
    PRICE_INPUT,
    PRICE_PROMPT,
    PRICE_OUTPUT,
    PRICE_COMPLETION,
    PRICE_CACHE_READ,
    PRICE_DISCOUNT, /* not a price, although it is among them */
    PRICE_COUNT
};

static const struct chutes__slice PRICE_NAMES[PRICE_COUNT] = {
    [PRICE_INPUT] = CHUTES__FIELD("input"),
    [PRICE_PROMPT] = CHUTES__FIELD("prompt"),
    [PRICE_OUTPUT] = CHUTES__FIELD("output"),
    [PRICE_COMPLETION] = CHUTES__FIELD("completion"),
    [PRICE_CACHE_READ] = CHUTES__FIELD("input_cache_read"),
    [PRICE_DISCOUNT] = CHUTES__FIELD("discount"),
};

static const struct chutes__slice USD_NAMES[] = {CHUTES__FIELD("usd")};

static double amount_of(const struct chutes__json_value *number)
{
    double amount;

    if (!chutes__json_to_double(number, &amount) || !isfinite(amount) ||
        amount < 0) {
        return -1;
    }
    return amount > 0 ? amount : 0; /* not -0 */
}

/* Returns the amount that a string such as "0.1" or "$0.1" holds, or -1 if it
 * holds none. */
static double amount_in(const struct chutes__json_value *string)
{
    struct chutes__slice text = string->text;
    struct chutes__json_value number;
    struct chutes__json_reader reader;

    if (text.len > 0 && text.data[0] == '$') {
        text.data++;
        text.len--;
    }
    chutes__json_init(&reader, text.data, text.len, 1);
    chutes__json_read(&reader, &number);
    return chutes__json_finish(&reader) ? amount_of(&number) : -1;
}

/* Returns USD per million tokens, or -1 if unknown. Chutes sends that as a
 * number, or as an object with several currencies. OpenRouter sends USD per
 * token, as a string. */
static double read_price(const struct chutes__json_value *value)
{
    struct chutes__json_value usd;
    double amount;

    if (value->type == CHUTES__JSON_STRING) {
        amount = amount_in(value) * 1e6;
        return amount >= 0 && isfinite(amount) ? amount : -1;
    }
    if (chutes__fields_of(value, USD_NAMES, 1, &usd)) {
        return usd.type == CHUTES__JSON_STRING ? amount_in(&usd)
                                               : amount_of(&usd);
    }
    return amount_of(value);
}

/* Returns the first of two prices that is known, or -1. */
static double either_price(const struct chutes__json_value *first,
                           const struct chutes__json_value *second)
{
    double price = read_price(first);

    return price >= 0 ? price : read_price(second);
}

static bool is_known_price(const struct chutes__json_value *key)
{
    for (size_t i = 0; i < PRICE_COUNT; i++) {
        if (chutes__json_key_is(key, PRICE_NAMES[i].data)) {
            return true;
        }
    }
    return false;
}

/* Reads a price, or a list or object of prices, such as tiers. Returns true if
 * there is one above 0. The limit of the reader bounds the recursion. */
static bool holds_price(struct chutes__json_reader *reader)
{
    struct chutes__json_value value;
    bool has_price = false;

    switch (chutes__json_peek(reader)) {
    case CHUTES__JSON_OBJECT:
        chutes__json_enter_object(reader);
        while (chutes__json_next_member(reader, &value)) {
            has_price |= holds_price(reader);
        }
        return has_price;
    case CHUTES__JSON_ARRAY:
        chutes__json_enter_array(reader);
        while (chutes__json_next_element(reader)) {
            has_price |= holds_price(reader);
        }
        return has_price;
    default:
        chutes__json_read(reader, &value);
        return read_price(&value) > 0;
    }
}

/* Returns true if the list also has a price for something else, such as a
 * request. */
static bool has_other_price(const struct chutes__json_value *list)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;
    bool has_other = false;

    if (list->type != CHUTES__JSON_OBJECT) {
        return false;
    }
    chutes__json_init_lenient(&reader, list->text.data, list->text.len,
                              CHUTES__JSON_MAX_DEPTH);
    chutes__json_enter_object(&reader);
    while (chutes__json_next_member(&reader, &key)) {
        if (is_known_price(&key)) {
            chutes__json_skip(&reader);
        } else {
            has_other |= holds_price(&reader);
        }
    }
    return has_other;
}

void chutes__model_price_note(double price, double *known, chutes_model *model)
{
    if (*known < 0) {
        *known = price;
    } else if (*known <= 0 && price > 0) {
        model->has_other_prices = 1;
    }
}

void chutes__model_prices_add(const struct chutes__json_value *list,
                              chutes_model *model)
{
    struct chutes__json_value price[PRICE_COUNT];

    chutes__fields_of(list, PRICE_NAMES, PRICE_COUNT, price);
    chutes__model_price_note(
        either_price(&price[PRICE_INPUT], &price[PRICE_PROMPT]),
        &model->input_price, model);
    chutes__model_price_note(
        either_price(&price[PRICE_OUTPUT], &price[PRICE_COMPLETION]),
        &model->output_price, model);
    chutes__model_price_note(read_price(&price[PRICE_CACHE_READ]),
                             &model->cache_read_price, model);
    model->has_other_prices |= has_other_price(list) ? 1 : 0;
}
