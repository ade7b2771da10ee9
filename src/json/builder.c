/* SPDX-License-Identifier: MIT */
/* Builds the JSON of requests as a cJSON tree. Numbers and the caller's JSON
 * are added as raw text, because cJSON would convert numbers to doubles.
 * cJSON's hooks for memory are not used: they are global, so they belong to the
 * application. */
#include "json/builder.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "json/format.h"
#include "json/reader.h"

#include <cjson/cJSON.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static cJSON *to_cjson(struct chutes__json_node *node)
{
    return (cJSON *)node;
}

static struct chutes__json_node *to_node(cJSON *item)
{
    return (struct chutes__json_node *)item;
}

void chutes__json_builder_init(struct chutes__json_builder *builder,
                               size_t max_depth)
{
    builder->root = to_node(cJSON_CreateObject());
    builder->status = builder->root == NULL ? CHUTES_ERR_NO_MEMORY : CHUTES_OK;
    builder->failed_field = NULL;
    builder->reason = NULL;
    builder->max_depth = max_depth;
}

void chutes__json_builder_dispose(struct chutes__json_builder *builder)
{
    cJSON_Delete(to_cjson(builder->root));
    builder->root = NULL;
}

void chutes__json_builder_fail(struct chutes__json_builder *builder,
                               chutes_status status, const char *field,
                               const char *reason)
{
    if (builder->status == CHUTES_OK) {
        builder->status = status;
        builder->failed_field = field;
        builder->reason = reason;
    }
}

static void fail_argument(struct chutes__json_builder *builder,
                          const char *field, const char *reason)
{
    chutes__json_builder_fail(builder, CHUTES_ERR_INVALID_ARGUMENT, field,
                              reason);
}

static void fail_memory(struct chutes__json_builder *builder)
{
    chutes__json_builder_fail(builder, CHUTES_ERR_NO_MEMORY, NULL, NULL);
}

static bool can_add(const struct chutes__json_builder *builder,
                    const struct chutes__json_node *parent)
{
    return builder->status == CHUTES_OK && parent != NULL;
}

/* Adds a new item to its parent, or frees it if that fails. A NULL item means
 * that memory ran out: cJSON fails for no other reason here. */
static struct chutes__json_node *attach(struct chutes__json_builder *builder,
                                        struct chutes__json_node *parent,
                                        const char *key, cJSON *item)
{
    cJSON_bool added = 0;

    if (item != NULL && key != NULL) {
        added = cJSON_AddItemToObject(to_cjson(parent), key, item);
    } else if (item != NULL) {
        added = cJSON_AddItemToArray(to_cjson(parent), item);
    }
    if (!added) {
        cJSON_Delete(item);
        fail_memory(builder);
        return NULL;
    }
    return to_node(item);
}

void chutes__json_add_string(struct chutes__json_builder *builder,
                             struct chutes__json_node *parent, const char *key,
                             const char *text, const char *field)
{
    size_t len;

    if (!can_add(builder, parent)) {
        return;
    }
    len = strlen(text);
    if (chutes__utf8_valid_prefix(text, len) != len) {
        fail_argument(builder, field, "is not valid UTF-8");
        return;
    }
    attach(builder, parent, key, cJSON_CreateString(text));
}

void chutes__json_add_int(struct chutes__json_builder *builder,
                          struct chutes__json_node *parent, const char *key,
                          int64_t number)
{
    char text[24];

    if (!can_add(builder, parent)) {
        return;
    }
    /* cJSON's numbers are doubles, which can't represent every integer above
     * 2^53. */
    snprintf(text, sizeof(text), "%" PRId64, number);
    attach(builder, parent, key, cJSON_CreateRaw(text));
}

void chutes__json_add_double(struct chutes__json_builder *builder,
                             struct chutes__json_node *parent, const char *key,
                             double number)
{
    char text[CHUTES__JSON_DOUBLE_SIZE];

    if (!can_add(builder, parent)) {
        return;
    }
    if (!isfinite(number)) {
        fail_argument(builder, key, "is not a finite number");
        return;
    }
    chutes__json_format_double(text, number);
    attach(builder, parent, key, cJSON_CreateRaw(text));
}

void chutes__json_add_bool(struct chutes__json_builder *builder,
                           struct chutes__json_node *parent, const char *key,
                           bool value)
{
    if (can_add(builder, parent)) {
        attach(builder, parent, key, cJSON_CreateBool(value));
    }
}

struct chutes__json_node *
chutes__json_add_object(struct chutes__json_builder *builder,
                        struct chutes__json_node *parent, const char *key)
{
    if (!can_add(builder, parent)) {
        return NULL;
    }
    return attach(builder, parent, key, cJSON_CreateObject());
}

struct chutes__json_node *
chutes__json_add_array(struct chutes__json_builder *builder,
                       struct chutes__json_node *parent, const char *key)
{
    if (!can_add(builder, parent)) {
        return NULL;
    }
    return attach(builder, parent, key, cJSON_CreateArray());
}

static const char *describe_mismatch(int wanted_type)
{
    switch (wanted_type) {
    case CHUTES__JSON_OBJECT:
        return "is not a JSON object";
    case CHUTES__JSON_ARRAY:
        return "is not a JSON array";
    case CHUTES__JSON_STRING:
        return "is not a JSON string";
    default:
        return "is JSON of another type than wanted";
    }
}

/* Checks JSON that the caller passed in. Returns false after recording a
 * failure. */
static bool check_json(struct chutes__json_builder *builder, const char *json,
                       int wanted_type, const char *field)
{
    size_t len = strlen(json);
    struct chutes__json_reader reader;
    struct chutes__json_value value;

    chutes__json_init(&reader, json, len, builder->max_depth);
    chutes__json_read(&reader, &value);
    if (!chutes__json_finish(&reader)) {
        fail_argument(builder, field,
                      reader.is_deep ? "is nested too deeply"
                                     : "is not valid JSON");
        return false;
    }
    if (wanted_type != CHUTES__JSON_NONE && wanted_type != (int)value.type) {
        fail_argument(builder, field, describe_mismatch(wanted_type));
        return false;
    }
    if (chutes__utf8_valid_prefix(json, len) != len) {
        fail_argument(builder, field, "is not valid UTF-8");
        return false;
    }
    return true;
}

void chutes__json_add_raw(struct chutes__json_builder *builder,
                          struct chutes__json_node *parent, const char *key,
                          const char *json, int wanted_type, const char *field)
{
    if (can_add(builder, parent) &&
        check_json(builder, json, wanted_type, field)) {
        attach(builder, parent, key, cJSON_CreateRaw(json));
    }
}

/* Adds a member without changing its text, and replaces any that has the same
 * key. */
static void put_member(struct chutes__json_builder *builder,
                       struct chutes__json_node *parent, const char *key,
                       struct chutes__slice json)
{
    /* cJSON needs a NUL-terminated text. */
    char *text = chutes__mem_dup(json.data, json.len);

    if (text == NULL) {
        fail_memory(builder);
        return;
    }
    cJSON_DeleteItemFromObjectCaseSensitive(to_cjson(parent), key);
    attach(builder, parent, key, cJSON_CreateRaw(text));
    chutes__mem_free(text);
}

static void merge_member(struct chutes__json_builder *builder,
                         struct chutes__json_node *parent,
                         const struct chutes__json_value *key,
                         const struct chutes__json_value *value)
{
    struct chutes__slice text = value->text;
    struct chutes__buf name;

    if (value->type == CHUTES__JSON_STRING) {
        text.data -= 1; /* include the quotes */
        text.len += 2;
    }
    chutes__buf_init(&name, SIZE_MAX);
    if (chutes__json_append_string(key, &name) == CHUTES_OK) {
        put_member(builder, parent, name.data, text);
    } else {
        fail_memory(builder);
    }
    chutes__buf_dispose(&name);
}

void chutes__json_merge(struct chutes__json_builder *builder,
                        struct chutes__json_node *parent, const char *json,
                        const char *refused_key, const char *field)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;
    struct chutes__json_value value;

    if (!can_add(builder, parent) ||
        !check_json(builder, json, CHUTES__JSON_OBJECT, field)) {
        return;
    }
    /* The text was checked as a whole, so this reader finds no fault. */
    chutes__json_init(&reader, json, strlen(json), builder->max_depth);
    chutes__json_enter_object(&reader);
    while (builder->status == CHUTES_OK &&
           chutes__json_next_member(&reader, &key)) {
        chutes__json_read(&reader, &value);
        if (refused_key != NULL && chutes__json_key_is(&key, refused_key)) {
            fail_argument(builder, field, "has a key that is not allowed");
        } else {
            merge_member(builder, parent, &key, &value);
        }
    }
}

/* `item` is NULL if memory ran out; cJSON then prints nothing. */
static chutes_status append_printed(struct chutes__buf *buf, const cJSON *item)
{
    char *text = cJSON_PrintUnformatted(item);
    chutes_status status;

    if (text == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    status = chutes__buf_append_str(buf, text);
    cJSON_free(text);
    return status;
}

chutes_status chutes__json_builder_print(struct chutes__json_builder *builder,
                                         struct chutes__buf *buf)
{
    return builder->status == CHUTES_OK
               ? append_printed(buf, to_cjson(builder->root))
               : builder->status;
}

chutes_status chutes__json_append_quoted(struct chutes__buf *buf,
                                         const char *text)
{
    size_t len = strlen(text);
    chutes_status status;
    cJSON *item;

    if (chutes__utf8_valid_prefix(text, len) != len) {
        return CHUTES_ERR_INVALID_ARGUMENT;
    }
    item = cJSON_CreateString(text);
    status = append_printed(buf, item);
    cJSON_Delete(item);
    return status;
}

const char *chutes__json_backend_version(void)
{
    return cJSON_Version();
}
