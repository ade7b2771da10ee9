/* SPDX-License-Identifier: MIT */
/* Turns `-p key=value` into fields of the parameters of a call, or into members
 * of extra_json for keys that have no field. */
#include "cli/params.h"

#include "cli/alloc.h"
#include "cli/json_out.h"
#include "cli/json_text.h"
#include "cli/param_fields.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One "key=value". */
struct cli_pair {
    char *key; /* owns the whole text; a NUL replaces its "=" */
    const char *value;
    const struct cli_param_field *field; /* NULL: it goes into extra_json */
};

static bool has_later_twin(const struct cli_params *store, size_t at)
{
    for (size_t i = at + 1; i < store->count; i++) {
        if (strcmp(store->pairs[i].key, store->pairs[at].key) == 0) {
            return true;
        }
    }
    return false;
}

static bool parse_integer(const char *text, int64_t *value)
{
    char *end = NULL;
    long long number;

    errno = 0;
    number = strtoll(text, &end, 10);
    *value = number;
    return end != text && *end == '\0' && errno == 0;
}

static bool parse_small(const char *text, int *value)
{
    int64_t number;

    if (!parse_integer(text, &number) || number < INT32_MIN ||
        number > INT32_MAX) {
        return false;
    }
    *value = (int)number;
    return true;
}

static bool parse_number(const char *text, double *value)
{
    char *end = NULL;

    errno = 0;
    *value = strtod(text, &end);
    return end != text && *end == '\0' && errno == 0;
}

static bool parse_switch(const char *text, int *value)
{
    bool is_on = strcmp(text, "1") == 0 || strcmp(text, "true") == 0;
    bool is_off = strcmp(text, "0") == 0 || strcmp(text, "false") == 0;

    *value = is_on ? 1 : 0;
    return is_on || is_off;
}

/* Removes the white space around a number, a switch or JSON. */
static const char *trim(struct cli_pair *pair)
{
    struct cli_json_found json =
        cli_json_text_of(pair->value, strlen(pair->value));
    size_t start = (size_t)(json.text - pair->key);

    pair->key[start + json.len] = '\0';
    return json.text;
}

/* Stores the value in its field. Returns NULL, or what the value must be. */
static const char *set_field(struct cli_pair *pair, struct cli_params *store,
                             void *params)
{
    void *at = (char *)params + pair->field->offset;

    switch (pair->field->kind) {
    case CLI_PARAM_NUMBER:
        return parse_number(trim(pair), at) ? NULL : "a number";
    case CLI_PARAM_INTEGER:
        return parse_integer(trim(pair), at) ? NULL : "a whole number";
    case CLI_PARAM_SMALL:
        return parse_small(trim(pair), at) ? NULL : "a whole number";
    case CLI_PARAM_SWITCH:
        return parse_switch(trim(pair), at) ? NULL : "true or false";
    case CLI_PARAM_JSON:
        *(const char **)at = trim(pair);
        return NULL;
    case CLI_PARAM_TEXT:
        *(const char **)at = pair->value;
        return NULL;
    case CLI_PARAM_STOP:
        store->stop[store->stop_count] = pair->value;
        store->stop_count++;
        return NULL;
    }
    return NULL;
}

/* Is the value the number that marks a field as unset? The library would not
 * send it. */
static bool is_dropped(const struct cli_param_field *field, const void *params)
{
    const void *at = (const char *)params + field->offset;

    switch (field->kind) {
    case CLI_PARAM_NUMBER:
        return *(const double *)at == (double)CHUTES_UNSET;
    case CLI_PARAM_INTEGER:
        return *(const int64_t *)at == CHUTES_UNSET;
    case CLI_PARAM_SMALL:
        return *(const int *)at == CHUTES_UNSET;
    case CLI_PARAM_SWITCH:
    case CLI_PARAM_TEXT:
    case CLI_PARAM_JSON:
    case CLI_PARAM_STOP:
        return false;
    }
    return false;
}

static void print_member(struct cli_json *json, const struct cli_pair *pair)
{
    cli_json_key(json, pair->key);
    cli_json_raw(json, pair->value, strlen(pair->value));
}

/* Returns an object of the pairs that have no field; NULL if there are none. */
static char *extra_json_of(const struct cli_params *store)
{
    struct cli_json json = {NULL, false};
    size_t member_count = 0;
    char *text = NULL;
    size_t len;

    json.file = cli_alloc_file(&text, &len);
    cli_json_open(&json, '{');
    for (size_t i = 0; i < store->count; i++) {
        if (store->pairs[i].field == NULL && !has_later_twin(store, i)) {
            print_member(&json, &store->pairs[i]);
            member_count++;
        }
    }
    cli_json_close(&json, '}');
    fclose(json.file);
    if (member_count == 0) {
        free(text);
        return NULL;
    }
    return text;
}

/* A text such as " [end" is a stop text, and " [1]" is JSON: after white space,
 * a bracket only counts as JSON if the whole is valid. */
static const struct cli_param_field *
field_of(const struct cli_param_table *table, const struct cli_pair *pair,
         const struct cli_json_found *json)
{
    const struct cli_param_field *field =
        cli_param_field_find(table, pair->key);

    if (field == NULL || field->json_start == '\0' || json->len == 0 ||
        json->text[0] != field->json_start) {
        return field;
    }
    return json->is_json || json->text == pair->value ? NULL : field;
}

/* Windows programs begin files with a byte order mark, which lands here with
 * -p "key=$(cat FILE)". */
static const char *skip_mark(const char *value)
{
    static const char mark[] = "\xEF\xBB\xBF";

    return strncmp(value, mark, sizeof(mark) - 1) == 0
               ? value + sizeof(mark) - 1
               : value;
}

static bool split_pair(struct cli_params *store, const char *text,
                       struct cli_output *output)
{
    struct cli_pair *pair = &store->pairs[store->count];
    size_t size = strlen(text) + 1;
    char *equals;

    pair->key = memcpy(cli_alloc(1, size), text, size);
    /* The pair counts even if it is refused below, so that it is freed. */
    store->count++;
    equals = strchr(pair->key, '=');
    if (equals == NULL || equals == pair->key) {
        cli_refuse(output, "-p %s is not of the form key=value", text);
        return false;
    }
    *equals = '\0';
    pair->value = skip_mark(equals + 1);
    return true;
}

static void suggest(const struct cli_param_table *table,
                    const struct cli_pair *pair, struct cli_output *output)
{
    const char *name = cli_param_suggest(table, pair->key);

    /* A known key is spelled right, and has JSON as its value: stop=["a"]. */
    if (name != NULL && strcmp(name, pair->key) != 0) {
        cli_note(output, "-p %s is sent unchanged; did you mean %s?", pair->key,
                 name);
    }
}

/* Complains if a value that must be JSON, or begins like JSON, isn't JSON. */
static bool check_json(const struct cli_pair *pair,
                       const struct cli_json_found *json,
                       struct cli_output *output)
{
    bool is_needed = pair->field != NULL ? pair->field->kind == CLI_PARAM_JSON
                                         : cli_json_text_begins(json);

    if (!is_needed || json->is_json) {
        return true;
    }
    cli_refuse(output, "-p %s: %s JSON; see byte %zu", pair->key,
               cli_json_text_begins(json) ? "this begins like JSON but is not"
                                          : "this must be",
               json->fault_at + 1);
    return false;
}

static bool apply_pair(const struct cli_param_table *table,
                       struct cli_pair *pair, struct cli_params *store,
                       void *params, struct cli_output *output)
{
    struct cli_json_found json =
        cli_json_text_of(pair->value, strlen(pair->value));
    const char *wanted;

    if (strcmp(pair->key, "stream") == 0) {
        cli_refuse(output, "-p stream: answers are streamed unless --no-stream "
                           "is given");
        return false;
    }
    pair->field = field_of(table, pair, &json);
    if (!check_json(pair, &json, output)) {
        return false;
    }
    if (pair->field == NULL) {
        suggest(table, pair, output);
        return true;
    }
    wanted = set_field(pair, store, params);
    if (wanted != NULL) {
        cli_refuse(output, "-p %s must be %s, not \"%s\"", pair->key, wanted,
                   pair->value);
        return false;
    }
    if (is_dropped(pair->field, params)) {
        cli_refuse(output,
                   "-p %s can't be %d: the library uses that number for "
                   "\"not given\"",
                   pair->key, CHUTES_UNSET);
        return false;
    }
    return true;
}

/* A schema alone implies the response format and needs a name. */
static void complete_schema(chutes_chat_params *params)
{
    if (params->json_schema == NULL) {
        return;
    }
    if (params->response_format == NULL) {
        params->response_format = "json_schema";
    }
    if (params->json_schema_name == NULL &&
        strcmp(params->response_format, "json_schema") == 0) {
        params->json_schema_name = "answer";
    }
}

static void start(struct cli_params *store, size_t count)
{
    store->pairs = cli_alloc(count, sizeof(*store->pairs));
    store->count = 0;
    store->stop = cli_alloc(count, sizeof(*store->stop));
    store->stop_count = 0;
    store->extra_json = NULL;
}

bool cli_params_collect(const struct cli_list *texts, struct cli_params *store,
                        struct cli_output *output)
{
    start(store, texts->count);
    for (size_t i = 0; i < texts->count; i++) {
        struct cli_pair *pair = &store->pairs[i];
        struct cli_json_found json;

        if (!split_pair(store, texts->items[i], output)) {
            return false;
        }
        json = cli_json_text_of(pair->value, strlen(pair->value));
        if (!check_json(pair, &json, output)) {
            return false;
        }
    }
    store->extra_json = extra_json_of(store);
    return true;
}

/* Fills the fields that the table describes. */
static bool apply_all(const struct cli_list *texts,
                      const struct cli_param_table *table, void *params,
                      struct cli_params *store, struct cli_output *output)
{
    start(store, texts->count);
    for (size_t i = 0; i < texts->count; i++) {
        if (!split_pair(store, texts->items[i], output) ||
            !apply_pair(table, &store->pairs[i], store, params, output)) {
            return false;
        }
    }
    store->extra_json = extra_json_of(store);
    return true;
}

bool cli_params_apply(const struct cli_list *texts, chutes_chat_params *params,
                      struct cli_params *store, struct cli_output *output)
{
    if (!apply_all(texts, &cli_chat_fields, params, store, output)) {
        return false;
    }
    complete_schema(params);
    params->extra_json = store->extra_json;
    params->stop = store->stop_count > 0 ? store->stop : NULL;
    params->stop_count = store->stop_count;
    return true;
}

bool cli_params_apply_complete(const struct cli_list *texts,
                               chutes_complete_params *params,
                               struct cli_params *store,
                               struct cli_output *output)
{
    if (!apply_all(texts, &cli_complete_fields, params, store, output)) {
        return false;
    }
    params->extra_json = store->extra_json;
    params->stop = store->stop_count > 0 ? store->stop : NULL;
    params->stop_count = store->stop_count;
    return true;
}

void cli_params_dispose(struct cli_params *store)
{
    for (size_t i = 0; i < store->count; i++) {
        free(store->pairs[i].key);
    }
    free(store->pairs);
    free(store->stop);
    free(store->extra_json);
}
