/* SPDX-License-Identifier: MIT */
#include "cli/params.h"
#include "cli/alloc.h"
#include "cli/json_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum kind {
    KIND_NUMBER,  /* double */
    KIND_INTEGER, /* int64_t */
    KIND_SMALL,   /* int */
    KIND_SWITCH,  /* int: 0, 1, false, true */
    KIND_TEXT,
    KIND_STOP
};

struct field {
    const char *key;
    enum kind kind;
    char json_start; /* a value that begins so is not for the field but JSON */
    size_t offset;
};

#define AT(name) offsetof(chutes_chat_params, name)

static const struct field fields[] = {
    {"temperature", KIND_NUMBER, 0, AT(temperature)},
    {"top_p", KIND_NUMBER, 0, AT(top_p)},
    {"min_p", KIND_NUMBER, 0, AT(min_p)},
    {"frequency_penalty", KIND_NUMBER, 0, AT(frequency_penalty)},
    {"presence_penalty", KIND_NUMBER, 0, AT(presence_penalty)},
    {"repetition_penalty", KIND_NUMBER, 0, AT(repetition_penalty)},
    {"max_tokens", KIND_INTEGER, 0, AT(max_tokens)},
    {"max_completion_tokens", KIND_INTEGER, 0, AT(max_completion_tokens)},
    {"seed", KIND_INTEGER, 0, AT(seed)},
    {"top_k", KIND_INTEGER, 0, AT(top_k)},
    {"n", KIND_SMALL, 0, AT(n)},
    {"logprobs", KIND_SWITCH, 0, AT(logprobs)},
    {"top_logprobs", KIND_SMALL, 0, AT(top_logprobs)},
    {"parallel_tool_calls", KIND_SWITCH, 0, AT(parallel_tool_calls)},
    {"include_usage", KIND_SWITCH, 0, AT(include_usage)},
    {"stop", KIND_STOP, '[', 0},
    {"response_format", KIND_TEXT, '{', AT(response_format)},
    {"json_schema", KIND_TEXT, 0, AT(json_schema)},
    {"json_schema_name", KIND_TEXT, 0, AT(json_schema_name)},
    {"json_schema_strict", KIND_SWITCH, 0, AT(json_schema_strict)},
    {"user", KIND_TEXT, 0, AT(user)},
    {"reasoning_effort", KIND_TEXT, 0, AT(reasoning_effort)},
    {"chat_template_kwargs", KIND_TEXT, 0, AT(chat_template_kwargs)},
};

#define FIELD_COUNT (sizeof(fields) / sizeof(fields[0]))

/* One "key=value". */
struct cli_pair {
    char *key; /* the whole text, its "=" made a NUL */
    const char *value;
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

/* NULL: the library has no field for it. */
static const struct field *field_of(const struct cli_pair *pair)
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        const struct field *field = &fields[i];

        if (strcmp(pair->key, field->key) == 0) {
            bool is_json = field->json_start != '\0' &&
                           pair->value[0] == field->json_start;

            return is_json ? NULL : field;
        }
    }
    return NULL;
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

    if (!parse_integer(text, &number) || number <= INT32_MIN ||
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

/* What the value should have been; NULL: it is in its field. */
static const char *set_field(const struct field *field, const char *value,
                             struct cli_params *store,
                             chutes_chat_params *params)
{
    void *at = (char *)params + field->offset;

    switch (field->kind) {
    case KIND_NUMBER:
        return parse_number(value, at) ? NULL : "a number";
    case KIND_INTEGER:
        return parse_integer(value, at) ? NULL : "a whole number";
    case KIND_SMALL:
        return parse_small(value, at) ? NULL : "a whole number";
    case KIND_SWITCH:
        return parse_switch(value, at) ? NULL : "true or false";
    case KIND_TEXT:
        *(const char **)at = value;
        return NULL;
    case KIND_STOP:
        store->stop[store->stop_count] = value;
        store->stop_count++;
        return NULL;
    }
    return NULL;
}

static const char *skip_digits(const char *text)
{
    return text + strspn(text, "0123456789");
}

/* strtod() also takes blanks, "+1", "01", hexadecimal, infinity and NaN. */
static bool is_json_number(const char *text)
{
    const char *start = *text == '-' ? text + 1 : text;
    const char *at = skip_digits(start);
    const char *digits;

    if (at == start || (*start == '0' && at > start + 1)) {
        return false;
    }
    if (*at == '.') {
        digits = at + 1;
        at = skip_digits(digits);
        if (at == digits) {
            return false;
        }
    }
    if (*at == 'e' || *at == 'E') {
        digits = at + 1;
        digits += *digits == '-' || *digits == '+' ? 1 : 0;
        at = skip_digits(digits);
        if (at == digits) {
            return false;
        }
    }
    return *at == '\0';
}

static bool is_enclosed(const char *text, char first, char last)
{
    size_t len = strlen(text);

    return len > 1 && text[0] == first && text[len - 1] == last;
}

/* Loosely: the library checks what we pass on. */
static bool looks_like_json(const char *text)
{
    return strcmp(text, "true") == 0 || strcmp(text, "false") == 0 ||
           strcmp(text, "null") == 0 || is_enclosed(text, '{', '}') ||
           is_enclosed(text, '[', ']') || is_enclosed(text, '"', '"') ||
           is_json_number(text);
}

static void print_member(struct cli_json *json, const struct cli_pair *pair)
{
    cli_json_key(json, pair->key);
    if (looks_like_json(pair->value)) {
        cli_json_raw(json, pair->value, strlen(pair->value));
    } else {
        cli_json_string(json, pair->value, strlen(pair->value));
    }
}

/* An object of the pairs that have no field; NULL when there are none. */
static char *extra_json_of(const struct cli_params *store)
{
    struct cli_json json = {NULL, false};
    size_t member_count = 0;
    char *text = NULL;
    size_t len;

    json.file = cli_alloc_file(&text, &len);
    cli_json_open(&json, '{');
    for (size_t i = 0; i < store->count; i++) {
        if (field_of(&store->pairs[i]) == NULL && !has_later_twin(store, i)) {
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

static bool take_pair(struct cli_params *store, const char *text,
                      struct cli_output *output)
{
    struct cli_pair *pair = &store->pairs[store->count];
    size_t size = strlen(text) + 1;
    char *equals;

    pair->key = memcpy(cli_alloc(1, size), text, size);
    store->count++;
    equals = strchr(pair->key, '=');
    if (equals == NULL || equals == pair->key) {
        cli_complain(output, "-p %s: not of the form key=value", text);
        return false;
    }
    *equals = '\0';
    pair->value = equals + 1;
    return true;
}

static bool apply_pair(const struct cli_pair *pair, struct cli_params *store,
                       chutes_chat_params *params, struct cli_output *output)
{
    const struct field *field = field_of(pair);
    const char *wanted =
        field != NULL ? set_field(field, pair->value, store, params) : NULL;

    if (wanted != NULL) {
        cli_complain(output, "-p %s: %s is needed, not \"%s\"", pair->key,
                     wanted, pair->value);
    }
    return wanted == NULL;
}

/* A schema says by itself what it is for. */
static void complete_schema(chutes_chat_params *params)
{
    if (params->json_schema == NULL) {
        return;
    }
    if (params->response_format == NULL) {
        params->response_format = "json_schema";
    }
    if (params->json_schema_name == NULL) {
        params->json_schema_name = "answer";
    }
}

bool cli_params_apply(const char *const *texts, size_t count,
                      chutes_chat_params *params, struct cli_params *store,
                      struct cli_output *output)
{
    store->pairs = cli_alloc(count, sizeof(*store->pairs));
    store->count = 0;
    store->stop = cli_alloc(count, sizeof(*store->stop));
    store->stop_count = 0;
    store->extra_json = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!take_pair(store, texts[i], output) ||
            !apply_pair(&store->pairs[i], store, params, output)) {
            return false;
        }
    }
    complete_schema(params);
    store->extra_json = extra_json_of(store);
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

void cli_params_print_keys(FILE *file)
{
    size_t column = 0;

    for (size_t i = 0; i < FIELD_COUNT; i++) {
        size_t width = strlen(fields[i].key) + 2;

        if (column > 0 && column + width > 74) {
            fputs(",\n", file);
            column = 0;
        }
        fprintf(file, "%s%s", column == 0 ? "  " : ", ", fields[i].key);
        column += width;
    }
    fputs("\n", file);
}
