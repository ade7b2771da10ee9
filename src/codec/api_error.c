/* SPDX-License-Identifier: MIT */
/* Finds the message of an error in JSON, and its code, type, parameter and
 * reset time. Servers nest errors in objects, in lists, and in strings that
 * hold JSON, so the value is walked inwards to the innermost message. */
#include "codec/api_error.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "codec/complaints.h"
#include "codec/delay.h"
#include "codec/elements.h"
#include "codec/error_field.h"
#include "codec/fields.h"
#include "codec/timestamp.h"
#include "codec/value.h"

#include <stdint.h>
#include <string.h>

enum {
    MAX_STEPS = 8,  /* values on the way to the innermost message */
    MAX_NESTED = 3, /* levels of strings that hold JSON */
    MAX_TRIES = 8   /* braces in a text where JSON may start */
};

/* The message may be inside any member up to FIELD_LAST_MESSAGE; the first one
 * counts. */
enum error_field {
    FIELD_ERROR,
    FIELD_ERRORS,
    FIELD_BASE_RESP,
    FIELD_X_GROQ,
    FIELD_MESSAGE,
    FIELD_DESCRIPTION,
    FIELD_STATUS_MSG,
    FIELD_DETAIL,
    FIELD_MSG,
    FIELD_ERROR_MSG,
    FIELD_ERRMSG,
    FIELD_CAPITAL_MESSAGE,
    FIELD_LAST_MESSAGE = FIELD_CAPITAL_MESSAGE,
    FIELD_TYPE,
    FIELD_ERROR_TYPE,
    FIELD_PARAM,
    FIELD_CODE,
    FIELD_HTTP_CODE,
    FIELD_STATUS_CODE,
    FIELD_QUOTA_RESET,
    FIELD_COUNT
};

static const struct chutes__slice ERROR_NAMES[FIELD_COUNT] = {
    [FIELD_ERROR] = CHUTES__FIELD("error"),
    [FIELD_ERRORS] = CHUTES__FIELD("errors"),
    [FIELD_BASE_RESP] = CHUTES__FIELD("base_resp"),
    [FIELD_X_GROQ] = CHUTES__FIELD("x_groq"),
    [FIELD_MESSAGE] = CHUTES__FIELD("message"),
    [FIELD_DESCRIPTION] = CHUTES__FIELD("error_description"),
    [FIELD_STATUS_MSG] = CHUTES__FIELD("status_msg"),
    [FIELD_DETAIL] = CHUTES__FIELD("detail"),
    [FIELD_MSG] = CHUTES__FIELD("msg"),
    [FIELD_ERROR_MSG] = CHUTES__FIELD("error_msg"),
    [FIELD_ERRMSG] = CHUTES__FIELD("errmsg"),
    [FIELD_CAPITAL_MESSAGE] = CHUTES__FIELD("Message"),
    [FIELD_TYPE] = CHUTES__FIELD("type"),
    [FIELD_ERROR_TYPE] = CHUTES__FIELD("error_type"),
    [FIELD_PARAM] = CHUTES__FIELD("param"),
    [FIELD_CODE] = CHUTES__FIELD("code"),
    [FIELD_HTTP_CODE] = CHUTES__FIELD("http_status_code"),
    [FIELD_STATUS_CODE] = CHUTES__FIELD("status_code"),
    [FIELD_QUOTA_RESET] = CHUTES__FIELD("quota_reset_timestamp"),
};

enum rule_field {
    RULE_ERROR,
    RULE_OBJECT,
    RULE_TYPE,
    RULE_DETAIL,
    RULE_ERRORS,
    RULE_BASE_RESP,
    RULE_X_GROQ,
    RULE_CHOICES,
    RULES
};

static const struct chutes__slice RULE_NAMES[RULES] = {
    [RULE_ERROR] = CHUTES__FIELD("error"),
    [RULE_OBJECT] = CHUTES__FIELD("object"),
    [RULE_TYPE] = CHUTES__FIELD("type"),
    [RULE_DETAIL] = CHUTES__FIELD("detail"),
    [RULE_ERRORS] = CHUTES__FIELD("errors"),
    [RULE_BASE_RESP] = CHUTES__FIELD("base_resp"),
    [RULE_X_GROQ] = CHUTES__FIELD("x_groq"),
    [RULE_CHOICES] = CHUTES__FIELD("choices"),
};

/* The state of the walk from the whole body to the innermost message. */
struct walk {
    chutes_error *error;
    struct chutes__json_value value;        /* to look at next */
    struct chutes__buf decoded[MAX_NESTED]; /* what `value` points into */
    size_t decoded_count;
};

static void reset_fields(chutes_error *error)
{
    /* Clear all bytes: an earlier error may have left a secret there. */
    memset(error->code, 0, sizeof(error->code));
    memset(error->type, 0, sizeof(error->type));
    memset(error->param, 0, sizeof(error->param));
    memset(error->message, 0, sizeof(error->message));
    error->quota_reset = -1;
    error->retry_after_ms = -1;
}

static void set_message(chutes_error *error, const char *text, size_t len)
{
    chutes__error_field_set(error->message, sizeof(error->message), text, len);
}

static void set_quota_reset(chutes_error *error,
                            const struct chutes__json_value *value)
{
    int64_t seconds;

    if (chutes__json_to_int64_lenient(value, &seconds) ||
        (value->type == CHUTES__JSON_STRING &&
         chutes__timestamp_read(value->text, &seconds))) {
        error->quota_reset = seconds < 0 ? -1 : seconds;
    }
}

/* Returns the first element of a list, or a value of type NONE. */
static struct chutes__json_value
read_first(const struct chutes__json_value *list)
{
    struct chutes__json_value first = {0};
    struct chutes__json_reader reader;

    chutes__elements_open(&reader, list->text);
    if (chutes__json_next_element(&reader)) {
        chutes__json_read(&reader, &first);
    }
    return first;
}

static bool is_error_object(const struct chutes__json_value *value)
{
    struct chutes__json_value values[RULES];

    return chutes__fields_of(value, RULE_NAMES, RULES, values) &&
           chutes__value_tells_error(&(struct chutes__error_signs){
               &values[RULE_ERROR], &values[RULE_OBJECT], &values[RULE_TYPE],
               &values[RULE_DETAIL], &values[RULE_ERRORS],
               &values[RULE_BASE_RESP], &values[RULE_X_GROQ],
               values[RULE_CHOICES].type == CHUTES__JSON_ARRAY});
}

bool chutes__api_error_is(const struct chutes__json_value *value)
{
    struct chutes__json_value first;

    if (value->type != CHUTES__JSON_ARRAY) {
        return is_error_object(value);
    }
    first = read_first(value);
    return is_error_object(&first);
}

/* Walks a list of complaints, or one of error objects, as Google sends it. */
static void walk_array(struct walk *walk)
{
    struct chutes__json_value first = read_first(&walk->value);

    if (is_error_object(&first)) {
        walk->value = first;
    } else {
        chutes__complaints_join(walk->value.text, walk->error);
        walk->value.type = CHUTES__JSON_NONE;
    }
}

/* Returns true if `error` is only a name and another member holds the message.
 * Web frameworks send {"error": "Not Found", "message": "no such path"}, and
 * OAuth servers {"error": "invalid_token", "error_description": "…"}. */
static bool is_named(const struct chutes__json_value *values)
{
    return chutes__value_is_text(&values[FIELD_ERROR]) &&
           (chutes__value_is_text(&values[FIELD_MESSAGE]) ||
            chutes__value_is_text(&values[FIELD_DESCRIPTION]));
}

/* Returns the member to walk into, the most specific one, or NULL. */
static const struct chutes__json_value *
choose_inner(const struct chutes__json_value *values)
{
    size_t i = is_named(values) ? FIELD_MESSAGE : FIELD_ERROR;

    for (; i <= FIELD_LAST_MESSAGE; i++) {
        if (values[i].type >= CHUTES__JSON_STRING &&
            chutes__value_is_truthy(&values[i])) {
            return &values[i];
        }
    }
    return NULL;
}

static void walk_object(struct walk *walk)
{
    struct chutes__json_value values[FIELD_COUNT];
    const struct chutes__json_value *inner;
    chutes_error *error = walk->error;

    chutes__fields_of(&walk->value, ERROR_NAMES, FIELD_COUNT, values);
    inner = choose_inner(values);
    walk->value.type = CHUTES__JSON_NONE;
    if (inner == NULL && walk->decoded_count > 0) {
        return; /* JSON in a text that is not an error, such as a schema */
    }
    /* A later value replaces an earlier one unless it is blank, so of several
     * names for the same thing, the most specific one is set last. */
    if (is_named(values)) {
        chutes__error_field_set_value(error->type, sizeof(error->type),
                                      &values[FIELD_ERROR]);
    }
    chutes__error_field_set_value(error->type, sizeof(error->type),
                                  &values[FIELD_ERROR_TYPE]);
    chutes__error_field_set_value(error->type, sizeof(error->type),
                                  &values[FIELD_TYPE]);
    chutes__error_field_set_value(error->param, sizeof(error->param),
                                  &values[FIELD_PARAM]);
    for (int i = FIELD_STATUS_CODE; i >= FIELD_CODE; i--) {
        chutes__error_field_set_value(error->code, sizeof(error->code),
                                      &values[i]);
    }
    chutes__error_field_set_value(error->message, sizeof(error->message),
                                  &values[FIELD_STATUS_MSG]);
    chutes__error_field_set_value(error->message, sizeof(error->message),
                                  &values[FIELD_MESSAGE]);
    set_quota_reset(error, &values[FIELD_QUOTA_RESET]);
    if (inner != NULL) {
        walk->value = *inner;
    }
}

/* Reads the whole text as one value, which has type NONE if it is not JSON.
 * Errors may contain NaN and Infinity as other answers do: Python servers write
 * them. */
static struct chutes__json_value read_whole(const char *text, size_t len)
{
    struct chutes__json_value value = {0};
    struct chutes__json_reader reader;

    chutes__json_init_lenient(&reader, text, len, CHUTES__JSON_MAX_DEPTH);
    chutes__json_read(&reader, &value);
    if (!chutes__json_finish(&reader)) {
        value.type = CHUTES__JSON_NONE;
    }
    return value;
}

/* Finds JSON at the end of a text: gateways wrap the engine's error in a
 * sentence of their own, such as "Invalid request: {"detail": …}". */
static struct chutes__json_value find_nested(const struct chutes__buf *text)
{
    const char *end = text->data + text->len;
    const char *brace = memchr(text->data, '{', text->len);
    struct chutes__json_value value = {0};
    int tries;

    for (tries = 0; brace != NULL && tries < MAX_TRIES; tries++) {
        value = read_whole(brace, (size_t)(end - brace));
        if (value.type == CHUTES__JSON_OBJECT) {
            break;
        }
        brace++;
        brace = memchr(brace, '{', (size_t)(end - brace));
    }
    return value;
}

static void walk_string(struct walk *walk)
{
    struct chutes__json_value value = walk->value;
    struct chutes__buf *decoded;

    walk->value.type = CHUTES__JSON_NONE;
    /* If strings are nested too deeply, the text itself is the message. */
    if (walk->decoded_count == MAX_NESTED) {
        chutes__error_field_set_value(walk->error->message,
                                      sizeof(walk->error->message), &value);
        return;
    }
    decoded = &walk->decoded[walk->decoded_count++];
    chutes__buf_init(decoded, SIZE_MAX);
    if (chutes__json_append_string(&value, decoded) != CHUTES_OK) {
        return;
    }
    /* The text is the message unless JSON within it holds a better one. */
    set_message(walk->error, decoded->data, decoded->len);
    walk->value = find_nested(decoded);
}

static void walk_value(struct chutes__json_value value, chutes_error *error)
{
    struct walk walk = {.error = error, .value = value};
    int steps;

    for (steps = 0; steps < MAX_STEPS; steps++) {
        if (walk.value.type == CHUTES__JSON_OBJECT) {
            walk_object(&walk);
        } else if (walk.value.type == CHUTES__JSON_ARRAY) {
            walk_array(&walk);
        } else if (walk.value.type == CHUTES__JSON_STRING) {
            walk_string(&walk);
        } else {
            break;
        }
    }
    while (walk.decoded_count > 0) {
        chutes__buf_dispose(&walk.decoded[--walk.decoded_count]);
    }
}

void chutes__api_error_find_delay(chutes_error *error)
{
    error->retry_after_ms =
        chutes__delay_in_text(chutes__slice_of(error->message));
}

bool chutes__api_error_walk(const char *text, size_t len, chutes_error *error)
{
    const struct chutes__slice json = {text, len};

    reset_fields(error);
    walk_value(read_whole(text, len), error);
    /* A member gives the delay more exactly than the words of a message. */
    error->retry_after_ms = chutes__delay_in_json(json);
    if (error->retry_after_ms < 0) {
        chutes__api_error_find_delay(error);
    }
    return error->message[0] != '\0';
}

bool chutes__api_error_read(const char *text, size_t len, bool is_error_event,
                            chutes_error *error)
{
    const struct chutes__json_value value = read_whole(text, len);

    if (!is_error_event && !chutes__api_error_is(&value)) {
        return false;
    }
    if (chutes__api_error_walk(text, len, error)) {
        return true;
    }
    /* The shape is unknown, so the whole text is the message. */
    set_message(error, text, len);
    if (error->message[0] == '\0') {
        chutes__fail(error, error->status, "an error event without data");
    }
    return true;
}
