/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <chutes/chutes.h>

#include "alloc_fail.h"

/* ---- one table with everything ------------------------------------------- */

enum color { RED, GREEN };

typedef struct {
    char *street;
    int number;
} address;

typedef struct {
    char *key;
    double value;
} rate;

typedef struct {
    char *name;
    int64_t age;
    double score;
    bool is_new;
    int is_old;
    enum color color;
    address home;
    char **tags;
    size_t tag_count;
    int64_t *sizes;
    size_t size_count;
    int *codes;
    size_t code_count;
    double *ratios;
    size_t ratio_count;
    bool *flags;
    size_t flag_count;
    enum color *palette;
    size_t palette_count;
    address *others;
    size_t other_count;
    rate *rates;
    size_t rate_count;
    const char *email;
    int64_t *height;
    int *weight;
    double *factor;
    bool *is_known;
    enum color *shade;
    address *work;
    const char **aliases;
    size_t alias_count;
    int unlisted;
} person;

static const char *const colors[] = {"red", "green \"x\""};

static const chutes_field address_fields[] = {
    CHUTES_STRING(address, street, "The street", .min_length = 2,
                  .max_length = 4),
    CHUTES_INT(address, number, NULL, CHUTES_AT_LEAST(1)),
};
static const chutes_schema address_schema =
    CHUTES_SCHEMA(address, "address", address_fields);

static const chutes_field rate_fields[] = {
    CHUTES_STRING(rate, key, NULL),
    CHUTES_DOUBLE(rate, value, NULL),
};
static const chutes_schema rate_schema =
    CHUTES_SCHEMA(rate, "rate", rate_fields);

static const chutes_field person_fields[] = {
    CHUTES_STRING(person, name, "Full name", .pattern = "^[A-Z]\\w*$"),
    CHUTES_INT(person, age, "Age in years", CHUTES_RANGE(0, 150)),
    CHUTES_DOUBLE(person, score, NULL, CHUTES_AT_MOST(1.5)),
    CHUTES_BOOL(person, is_new, NULL),
    CHUTES_BOOL(person, is_old, NULL, .json_name = "is old"),
    CHUTES_ENUM(person, color, colors, "The color"),
    CHUTES_OBJECT(person, home, address, &address_schema, "Where"),
    CHUTES_STRINGS(person, tags, tag_count, "Words", .max_items = 3),
    CHUTES_INTS(person, sizes, size_count, NULL),
    CHUTES_INTS(person, codes, code_count, NULL, CHUTES_RANGE(-5, 5)),
    CHUTES_DOUBLES(person, ratios, ratio_count, NULL),
    CHUTES_BOOLS(person, flags, flag_count, NULL),
    CHUTES_ENUMS(person, palette, palette_count, colors, NULL),
    CHUTES_OBJECTS(person, others, other_count, address, &address_schema, NULL,
                   .min_items = 1),
    CHUTES_MAP(person, rates, rate_count, rate, &rate_schema, NULL),
    CHUTES_STRING(person, email, NULL, .optional = 1),
    CHUTES_INT(person, height, NULL),
    CHUTES_INT(person, weight, NULL),
    CHUTES_DOUBLE(person, factor, NULL),
    CHUTES_BOOL(person, is_known, NULL),
    CHUTES_ENUM(person, shade, colors, NULL),
    CHUTES_OBJECT(person, work, address, &address_schema, NULL),
    CHUTES_STRINGS(person, aliases, alias_count, NULL, .optional = 1),
};
static const chutes_schema person_schema =
    CHUTES_SCHEMA(person, "person", person_fields);

#define ADDRESS                                                            \
    "\"properties\":{\"street\":{\"description\":\"The street\",\"type\":" \
    "\"string\",\"minLength\":2,\"maxLength\":4},\"number\":{\"type\":"    \
    "\"integer\",\"minimum\":1}},\"required\":[\"street\",\"number\"],"    \
    "\"additionalProperties\":false}"
#define COLORS "\"enum\":[\"red\",\"green \\\"x\\\"\""

static const char SCHEMA[] =
    "{\"type\":\"object\",\"properties\":{"
    "\"name\":{\"description\":\"Full name\",\"type\":\"string\","
    "\"pattern\":\"^[A-Z]\\\\w*$\"},"
    "\"age\":{\"description\":\"Age in years\",\"type\":\"integer\","
    "\"minimum\":0,\"maximum\":150},"
    "\"score\":{\"type\":\"number\",\"maximum\":1.5},"
    "\"is_new\":{\"type\":\"boolean\"},\"is old\":{\"type\":\"boolean\"},"
    "\"color\":{\"description\":\"The color\",\"type\":\"string\"," COLORS
    "]},\"home\":{\"description\":\"Where\",\"type\":\"object\"," ADDRESS
    ",\"tags\":{\"description\":\"Words\",\"type\":\"array\",\"maxItems\":3,"
    "\"items\":{\"type\":\"string\"}},"
    "\"sizes\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"}},"
    "\"codes\":{\"type\":\"array\",\"items\":{\"type\":\"integer\","
    "\"minimum\":-5,\"maximum\":5}},"
    "\"ratios\":{\"type\":\"array\",\"items\":{\"type\":\"number\"}},"
    "\"flags\":{\"type\":\"array\",\"items\":{\"type\":\"boolean\"}},"
    "\"palette\":{\"type\":\"array\",\"items\":{\"type\":\"string\"," COLORS
    "]}},\"others\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":"
    "\"object\"," ADDRESS "},\"rates\":{\"type\":\"array\",\"items\":{"
    "\"type\":\"object\",\"properties\":{\"key\":{\"type\":\"string\"},"
    "\"value\":{\"type\":\"number\"}},\"required\":[\"key\",\"value\"],"
    "\"additionalProperties\":false}},"
    "\"email\":{\"type\":[\"string\",\"null\"]},"
    "\"height\":{\"type\":[\"integer\",\"null\"]},"
    "\"weight\":{\"type\":[\"integer\",\"null\"]},"
    "\"factor\":{\"type\":[\"number\",\"null\"]},"
    "\"is_known\":{\"type\":[\"boolean\",\"null\"]},"
    "\"shade\":{\"type\":[\"string\",\"null\"]," COLORS ",null]},"
    "\"work\":{\"type\":[\"object\",\"null\"]," ADDRESS
    ",\"aliases\":{\"type\":[\"array\",\"null\"],\"items\":{\"type\":"
    "\"string\"}}},\"required\":[\"name\",\"age\",\"score\",\"is_new\","
    "\"is old\",\"color\",\"home\",\"tags\",\"sizes\",\"codes\",\"ratios\","
    "\"flags\",\"palette\",\"others\",\"rates\",\"email\",\"height\","
    "\"weight\",\"factor\",\"is_known\",\"shade\",\"work\",\"aliases\"],"
    "\"additionalProperties\":false}";

static const char FULL[] =
    "{\"name\":\"J\",\"age\":41,\"score\":-0.5,\"is_new\":true,"
    "\"is old\":false,\"color\":\"green \\\"x\\\"\",\"home\":{\"street\":"
    "\"caf\xC3\xA9\",\"number\":7},\"tags\":[\"a\",\"\"],\"sizes\":["
    "9007199254740993,-1],\"codes\":[5],\"ratios\":[0.1,3],\"flags\":[true,"
    "false],\"palette\":[\"red\"],\"others\":[{\"street\":\"ab\",\"number\":1}"
    ",{\"street\":\"cd\",\"number\":2}],\"rates\":[{\"key\":\"b\",\"value\":2}"
    ",{\"key\":\"a\",\"value\":1}],\"email\":\"x@y\",\"height\":3,\"weight\":4"
    ",\"factor\":5.5,\"is_known\":true,\"shade\":\"red\",\"work\":{"
    "\"street\":\"ef\",\"number\":3},\"aliases\":[]}";

static const char BARE[] =
    "{\"name\":\"J\",\"age\":0,\"score\":1.5,\"is_new\":false,"
    "\"is old\":true,\"color\":\"red\",\"home\":{\"street\":\"ab\","
    "\"number\":1},\"tags\":[],\"sizes\":[],\"codes\":[],\"ratios\":[],"
    "\"flags\":[],\"palette\":[],\"others\":[{\"street\":\"ab\",\"number\":1}]"
    ",\"rates\":[],\"email\":null,\"height\":null,\"weight\":null,"
    "\"factor\":null,\"is_known\":null,\"shade\":null,\"work\":null,"
    "\"aliases\":null}";

static person *decode(const char *json)
{
    chutes_error error;
    void *value;

    if (chutes_schema_decode(&person_schema, json, strlen(json), &value,
                             &error) != CHUTES_OK) {
        fail_msg("%s", error.message);
    }
    return value;
}

static void the_table_becomes_a_strict_json_schema(void **state)
{
    chutes_error error;
    char *json;

    (void)state;
    assert_int_equal(chutes_schema_json(&person_schema, &json, &error),
                     CHUTES_OK);
    assert_string_equal(json, SCHEMA);
    chutes_string_free(json);
}

static void json_becomes_a_struct(void **state)
{
    person *who = decode(FULL);

    (void)state;
    assert_string_equal(who->name, "J");
    assert_int_equal(who->age, 41);
    assert_true(who->score == -0.5);
    assert_true(who->is_new);
    assert_int_equal(who->is_old, 0);
    assert_int_equal(who->color, GREEN);
    assert_string_equal(who->home.street, "caf\xC3\xA9");
    assert_int_equal(who->home.number, 7);
    assert_int_equal(who->tag_count, 2);
    assert_string_equal(who->tags[0], "a");
    assert_string_equal(who->tags[1], "");
    assert_int_equal(who->size_count, 2);
    assert_true(who->sizes[0] == INT64_C(9007199254740993));
    assert_int_equal(who->codes[0], 5);
    assert_true(who->ratios[0] == 0.1);
    assert_true(who->flags[0] && !who->flags[1]);
    assert_int_equal(who->palette[0], RED);
    assert_int_equal(who->other_count, 2);
    assert_string_equal(who->others[1].street, "cd");
    assert_int_equal(who->rate_count, 2);
    assert_string_equal(who->rates[1].key, "a");
    assert_string_equal(who->email, "x@y");
    assert_int_equal(*who->height, 3);
    assert_int_equal(*who->weight, 4);
    assert_true(*who->factor == 5.5);
    assert_true(*who->is_known);
    assert_int_equal(*who->shade, RED);
    assert_string_equal(who->work->street, "ef");
    assert_non_null(who->aliases);
    assert_int_equal(who->alias_count, 0);
    assert_int_equal(who->unlisted, 0);
    chutes_schema_free(who);
}

static void absent_is_a_null_pointer(void **state)
{
    person *who = decode(BARE);

    (void)state;
    assert_null(who->email);
    assert_null(who->height);
    assert_null(who->weight);
    assert_null(who->factor);
    assert_null(who->is_known);
    assert_null(who->shade);
    assert_null(who->work);
    assert_null(who->aliases);
    chutes_schema_free(who);
}

static void a_struct_becomes_the_same_json(void **state)
{
    static const char *const documents[] = {FULL, BARE};

    (void)state;
    for (size_t i = 0; i < COUNT(documents); i++) {
        person *who = decode(documents[i]);
        chutes_error error;
        char *json;

        assert_int_equal(
            chutes_schema_encode(&person_schema, who, &json, &error),
            CHUTES_OK);
        assert_string_equal(json, documents[i]);
        chutes_string_free(json);
        chutes_schema_free(who);
    }
}

/* ---- JSON that differs --------------------------------------------------- */

typedef struct {
    double price;
} item;

typedef struct {
    item *items;
    size_t item_count;
    char *note;
    int count;
    rate *rates;
    size_t rate_count;
    enum color color;
    bool *is_set;
} order;

static const chutes_field item_fields[] = {
    CHUTES_DOUBLE(item, price, NULL, CHUTES_RANGE(0, 100)),
};
static const chutes_schema item_schema =
    CHUTES_SCHEMA(item, "item", item_fields);
static const chutes_field order_fields[] = {
    CHUTES_OBJECTS(order, items, item_count, item, &item_schema, NULL,
                   .min_items = 1, .max_items = 3),
    CHUTES_STRING(order, note, NULL, .optional = 1, .min_length = 2,
                  .max_length = 3, .pattern = "^[a-z\xC3\xA9]+$"),
    CHUTES_INT(order, count, NULL, CHUTES_RANGE(-1, 2147483648.0)),
    CHUTES_MAP(order, rates, rate_count, rate, &rate_schema, NULL,
               .optional = 1),
    CHUTES_ENUM(order, color, colors, NULL),
    CHUTES_BOOL(order, is_set, NULL),
};
static const chutes_schema order_schema =
    CHUTES_SCHEMA(order, "order", order_fields);

#define ORDER(items, more) \
    "{\"items\":" items ",\"count\":1,\"color\":\"red\"" more "}"
#define ONE "[{\"price\":1}]"

static void what_differs_is_named_with_its_path(void **state)
{
    static const struct {
        const char *json;
        const char *message;
    } rows[] = {
        {"", "invalid JSON: the text ends too early at byte 0"},
        {"[]", "$: expected an object, found []"},
        {"{}", "$.items: missing"},
        {ORDER("[]", ""), "$.items: expected at least 1 items, found 0"},
        {ORDER("[{},{},{},{}]", ""),
         "$.items: expected at most 3 items, found 4"},
        {ORDER("{}", ""), "$.items: expected an array, found {}"},
        {ORDER("null", ""), "$.items: expected an array, found null"},
        {ORDER("[{\"price\":1},{\"price\":2},{\"price\":\"12 EUR\"}]", ""),
         "$.items[2].price: expected a number, found \"12 EUR\""},
        {ORDER("[{\"price\":1},{}]", ""), "$.items[1].price: missing"},
        {ORDER("[{\"price\":1},7]", ""),
         "$.items[1]: expected an object, found 7"},
        {ORDER("[{\"price\":-0.5}]", ""),
         "$.items[0].price: expected 0 or more, found -0.5"},
        {ORDER("[{\"price\":100.1}]", ""),
         "$.items[0].price: expected 100 or less, found 100.1"},
        {ORDER("[{\"price\":1e999}]", ""),
         "$.items[0].price: expected a number, found 1e999"},
        {ORDER("[{\"price\":1,\"a\\nb\":2}]", ""),
         "$.items[0]: unexpected member \"a\\nb\""},
        {ORDER(ONE, ",\"count\":2"), "$: a second member \"count\""},
        {ORDER(ONE, ",\"note\":7"), "$.note: expected a string, found 7"},
        {ORDER(ONE, ",\"note\":\"\xC3\xA9\""),
         "$.note: expected at least 2 characters, found 1"},
        {ORDER(ONE, ",\"note\":\"abcd\""),
         "$.note: expected at most 3 characters, found 4"},
        {ORDER(ONE, ",\"note\":\"aB\""),
         "$.note: expected text like ^[a-z\xC3\xA9]+$, found \"aB\""},
        {"{\"count\":1.5", "$.count: expected an integer, found 1.5"},
        {"{\"count\":true", "$.count: expected an integer, found true"},
        {"{\"count\":-2", "$.count: expected -1 or more, found -2"},
        {"{\"count\":2147483648",
         "$.count: expected an integer of 32 bits, found 2147483648"},
        {"{\"color\":\"blue\"",
         "$.color: expected one of 2 texts such as \"red\", found \"blue\""},
        {"{\"color\":0", "$.color: expected one of 2 texts such as \"red\", "
                         "found 0"},
        {"{\"is_set\":1", "$.is_set: expected true or false, found 1"},
        {"{\"rates\":3", "$.rates: expected an array, found 3"},
        {"{\"rates\":[{\"key\":\"a\",\"value\":1},{\"key\":\"b\",\"value\":1},"
         "{\"key\":\"a\",\"value\":1}]",
         "$.rates[2]: a key appears twice"},
        {"{\"rates\":{\"a\":1,\"b\":2,\"\\u0061\":3}",
         "$.rates[2]: a key appears twice"},
        {"{\"rates\":{\"a\":\"1\"}",
         "$.rates[0].value: expected a number, found \"1\""},
        {"{\"note\":[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]",
         "$.note: expected a string, found [\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaa..."},
        {ORDER(ONE, "") "x",
         "invalid JSON: more text after the value at byte 47"},
        {"{\"items\":[{\"price\":1",
         "invalid JSON: the text ends too early at byte 20"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        chutes_error error;
        void *value = &value;

        assert_int_equal(chutes_schema_decode(&order_schema, rows[i].json,
                                              strlen(rows[i].json), &value,
                                              &error),
                         CHUTES_ERR_MISMATCH);
        assert_null(value);
        assert_int_equal(error.status, CHUTES_ERR_MISMATCH);
        assert_string_equal(error.message, rows[i].message);
    }
}

static void what_models_vary_is_accepted(void **state)
{
    static const char json[] =
        " {\"color\":\"r\\u0065d\",\"rates\":{\"x\":1.0,\"y\":2e0},"
        "\"count\":1e2,\"note\":null,\"items\":[{\"price\":1}]} \n";
    chutes_error error;
    void *value;
    order *got;

    (void)state;
    assert_int_equal(chutes_schema_decode(&order_schema, json, sizeof(json) - 1,
                                          &value, &error),
                     CHUTES_OK);
    got = value;
    assert_int_equal(got->count, 100);
    assert_int_equal(got->rate_count, 2);
    assert_string_equal(got->rates[1].key, "y");
    assert_true(got->rates[1].value == 2);
    assert_null(got->is_set);
    chutes_schema_free(value);
}

static void a_struct_without_json_is_an_error(void **state)
{
    static const struct {
        order value;
        const char *message;
    } rows[] = {
        {{.item_count = 1}, "$.items is NULL"},
        {{.note = (char *)(uintptr_t) "\xFF"}, "$.note is not valid UTF-8"},
        {{.color = (enum color)2}, "$.color has no text"},
    };
    item bad = {.price = 1};
    order infinite = {.items = &bad, .item_count = 1};
    chutes_error error;
    char *json;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(
            chutes_schema_encode(&order_schema, &rows[i].value, &json, &error),
            CHUTES_ERR_INVALID_ARGUMENT);
        assert_string_equal(error.message, rows[i].message);
        assert_null(json);
    }
    bad.price = HUGE_VAL;
    assert_int_equal(
        chutes_schema_encode(&order_schema, &infinite, &json, &error),
        CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message,
                        "$.items[0].price is not a finite number");
    assert_int_equal(
        chutes_schema_encode(&rate_schema, &(rate){NULL, 1}, &json, &error),
        CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "$.key is NULL");
}

static void no_argument_may_be_null(void **state)
{
    chutes_error error;
    void *value;
    char *json;

    (void)state;
    assert_int_equal(chutes_schema_check(NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "schema must not be NULL");
    assert_int_equal(chutes_schema_json(NULL, &json, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_schema_json(&item_schema, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "json must not be NULL");
    assert_int_equal(
        chutes_schema_decode(&item_schema, NULL, 0, &value, &error),
        CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_schema_decode(&item_schema, "{}", 2, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "value must not be NULL");
    assert_int_equal(chutes_schema_encode(&item_schema, NULL, &json, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    chutes_schema_free(NULL);
}

/* ---- memory -------------------------------------------------------------- */

static chutes_status round_trip(void)
{
    chutes_error error;
    void *value;
    char *json;
    chutes_status status = chutes_schema_json(&person_schema, &json, &error);

    if (status != CHUTES_OK) {
        return status;
    }
    chutes_string_free(json);
    status = chutes_schema_decode(&person_schema, FULL, strlen(FULL), &value,
                                  &error);
    if (status != CHUTES_OK) {
        return status;
    }
    status = chutes_schema_encode(&person_schema, value, &json, &error);
    chutes_schema_free(value);
    if (status == CHUTES_OK) {
        chutes_string_free(json);
    }
    return status;
}

static void a_lack_of_memory_loses_nothing(void **state)
{
    long total;

    (void)state;
    alloc_fail_count();
    assert_int_equal(round_trip(), CHUTES_OK);
    total = alloc_fail_calls();
    alloc_fail_expect_none_lost(0);
    for (long i = 1; i <= total; i++) {
        alloc_fail_at(i);
        assert_int_equal(round_trip(), CHUTES_ERR_NO_MEMORY);
        alloc_fail_expect_none_lost(i);
    }
    alloc_fail_off();
}

/* A struct that is much larger than the shortest object that fills it. */
typedef struct {
    char *note;
    char space[392];
} wide;

typedef struct {
    wide *one;
} nest;

typedef struct {
    wide *list;
    size_t count;
    nest *nests;
    size_t nest_count;
} wides;

static const chutes_field wide_fields[] = {
    CHUTES_STRING(wide, note, NULL, .optional = 1),
};
static const chutes_schema wide_schema =
    CHUTES_SCHEMA(wide, "wide", wide_fields);
static const chutes_field nest_fields[] = {
    CHUTES_OBJECT(nest, one, wide, &wide_schema, NULL),
};
static const chutes_schema nest_schema =
    CHUTES_SCHEMA(nest, "nest", nest_fields);
static const chutes_field wides_fields[] = {
    CHUTES_OBJECTS(wides, list, count, wide, &wide_schema, NULL, .optional = 1),
    CHUTES_OBJECTS(wides, nests, nest_count, nest, &nest_schema, NULL,
                   .optional = 1),
};
static const chutes_schema wides_schema =
    CHUTES_SCHEMA(wides, "wides", wides_fields);

static void elements_need_no_more_than_the_text_may(void **state)
{
    enum { MANY = 1000, TOO_MANY = 2000 };
    static const char begin[] = "{\"list\":[{}";
    char json[sizeof(begin) + sizeof(",{}") * TOO_MANY];

    (void)state;
    for (size_t count = MANY; count <= TOO_MANY; count += TOO_MANY - MANY) {
        chutes_error error;
        void *value;
        chutes_status status;
        size_t len = strlen(begin);

        memcpy(json, begin, len);
        for (size_t i = 1; i < count; i++, len += strlen(",{}")) {
            memcpy(json + len, ",{}", strlen(",{}"));
        }
        memcpy(json + len, "]}", strlen("]}"));
        status = chutes_schema_decode(&wides_schema, json, len + strlen("]}"),
                                      &value, &error);
        if (count == MANY) {
            assert_int_equal(status, CHUTES_OK);
            chutes_schema_free(value);
            continue;
        }
        assert_int_equal(status, CHUTES_ERR_MISMATCH);
        assert_string_equal(
            error.message, "$.list: needs too much memory for so short a text");
    }
}

/* The cheapest elements: three bytes for a string, two for a number. */
static void the_memory_is_bounded_by_the_text(void **state)
{
    enum { COUNT_OF = 100000 };
    static const chutes_field fields[] = {
        CHUTES_STRINGS(person, tags, tag_count, NULL, .optional = 1),
        CHUTES_INTS(person, sizes, size_count, NULL, .optional = 1),
        CHUTES_MAP(person, rates, rate_count, rate, &rate_schema, NULL,
                   .optional = 1),
    };
    static const chutes_schema schema = CHUTES_SCHEMA(person, "p", fields);
    static const struct {
        const chutes_schema *schema;
        const char *before;
        const char *element;
        const char *after;
    } rows[] = {
        {&schema, "{\"tags\":[", "\"\",", "\"\"]}"},
        {&schema, "{\"sizes\":[", "1,", "1]}"},
        {&schema, "{\"rates\":{", "\"\":1,", "\"a\":1}}"},
        {&wides_schema, "{\"list\":[", "0,", "0]}"},
        {&wides_schema, "{\"list\":[", "{},", "{}]}"},
        {&wides_schema, "{\"nests\":[", "{\"one\":{}},", "{}]}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t step = strlen(rows[i].element);
        size_t begin = strlen(rows[i].before);
        size_t len = begin + step * COUNT_OF + strlen(rows[i].after);
        char *json = malloc(len + 1);
        void *value;
        size_t peak;

        assert_non_null(json);
        memcpy(json, rows[i].before, begin);
        for (size_t n = 0; n < COUNT_OF; n++) {
            memcpy(json + begin + n * step, rows[i].element, step);
        }
        memcpy(json + begin + step * COUNT_OF, rows[i].after,
               len - begin - step * COUNT_OF);
        alloc_fail_count();
        (void)chutes_schema_decode(rows[i].schema, json, len, &value, NULL);
        chutes_schema_free(value);
        peak = alloc_fail_peak();
        alloc_fail_off();
        free(json);
        if (peak > 8 * len + 1024 * 1024) {
            fail_msg("%s: %zu bytes for %zu", rows[i].element, peak, len);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_becomes_a_strict_json_schema),
        cmocka_unit_test(json_becomes_a_struct),
        cmocka_unit_test(absent_is_a_null_pointer),
        cmocka_unit_test(a_struct_becomes_the_same_json),
        cmocka_unit_test(what_differs_is_named_with_its_path),
        cmocka_unit_test(what_models_vary_is_accepted),
        cmocka_unit_test(a_struct_without_json_is_an_error),
        cmocka_unit_test(no_argument_may_be_null),
        cmocka_unit_test(a_lack_of_memory_loses_nothing),
        cmocka_unit_test(elements_need_no_more_than_the_text_may),
        cmocka_unit_test(the_memory_is_bounded_by_the_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
