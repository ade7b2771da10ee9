/* SPDX-License-Identifier: MIT */
/* Joins a list of complaints about the parameters of a request, as FastAPI and
 * others send it, into one message. */
#include "codec/complaints.h"

#include "base/buf.h"
#include "codec/elements.h"
#include "codec/error_field.h"
#include "codec/fields.h"
#include "codec/value.h"

#include <stdint.h>
#include <string.h>

/* A message has 512 bytes. */
enum { MAX_JOINED_BYTES = 400 };

enum item_field {
    ITEM_LOC,
    ITEM_MSG,
    ITEM_MESSAGE,
    ITEM_TYPE,
    ITEM_CODE,
    ITEM_COUNT
};

static const struct chutes__slice ITEM_NAMES[ITEM_COUNT] = {
    [ITEM_LOC] = CHUTES__FIELD("loc"),
    [ITEM_MSG] = CHUTES__FIELD("msg"),
    [ITEM_MESSAGE] = CHUTES__FIELD("message"),
    [ITEM_TYPE] = CHUTES__FIELD("type"),
    [ITEM_CODE] = CHUTES__FIELD("code"),
};

/* Appends "body.messages.0.role" for ["body", "messages", 0, "role"]. */
static chutes_status append_loc(struct chutes__buf *buf,
                                const struct chutes__json_value *loc)
{
    struct chutes__json_reader reader;
    struct chutes__json_value step;
    chutes_status status = CHUTES_OK;
    const char *separator = "";

    if (loc->type != CHUTES__JSON_ARRAY) {
        return CHUTES_OK;
    }
    chutes__elements_open(&reader, loc->text);
    while (status == CHUTES_OK && chutes__json_next_element(&reader)) {
        chutes__json_read(&reader, &step);
        status = chutes__buf_append_str(buf, separator);
        if (status == CHUTES_OK && step.type == CHUTES__JSON_STRING) {
            status = chutes__json_append_string(&step, buf);
        } else if (status == CHUTES_OK && step.type == CHUTES__JSON_NUMBER) {
            status = chutes__buf_append(buf, step.text.data, step.text.len);
        }
        separator = ".";
    }
    return status;
}

/* Appends one complaint of FastAPI: {"loc": […], "msg": "…", "type": "…"}. The
 * `input` in it is left out, because it repeats the prompt. */
static chutes_status append_item(struct chutes__buf *buf,
                                 const struct chutes__json_value *values,
                                 chutes_error *error)
{
    const struct chutes__json_value *text =
        chutes__value_is_text(&values[ITEM_MSG]) ? &values[ITEM_MSG]
                                                 : &values[ITEM_MESSAGE];
    bool is_first = buf->len == 0;
    chutes_status status = CHUTES_OK;
    size_t loc_at;

    if (!chutes__value_is_text(text)) {
        return CHUTES_OK;
    }
    if (!is_first) {
        status = chutes__buf_append_str(buf, "; ");
    }
    loc_at = buf->len;
    if (status == CHUTES_OK) {
        status = append_loc(buf, &values[ITEM_LOC]);
    }
    /* The error has room for one parameter, type and code, so use the first. */
    if (is_first) {
        chutes__error_field_set(error->param, sizeof(error->param), buf->data,
                                buf->len);
        chutes__error_field_set_value(error->type, sizeof(error->type),
                                      &values[ITEM_TYPE]);
        chutes__error_field_set_value(error->code, sizeof(error->code),
                                      &values[ITEM_CODE]);
    }
    if (status == CHUTES_OK && buf->len > loc_at) {
        status = chutes__buf_append_str(buf, ": ");
    }
    if (status == CHUTES_OK) {
        status = chutes__json_append_string(text, buf);
    }
    return status;
}

void chutes__complaints_join(struct chutes__slice list, chutes_error *error)
{
    struct chutes__json_value values[ITEM_COUNT];
    struct chutes__json_reader reader;
    struct chutes__buf buf;
    chutes_status status = CHUTES_OK;

    chutes__buf_init(&buf, SIZE_MAX);
    chutes__elements_open(&reader, list);
    while (status == CHUTES_OK && buf.len < MAX_JOINED_BYTES &&
           chutes__json_next_element(&reader)) {
        if (chutes__json_peek(&reader) == CHUTES__JSON_STRING) {
            memset(values, 0, sizeof(values));
            chutes__json_read(&reader, &values[ITEM_MSG]);
        } else {
            chutes__fields_read(ITEM_NAMES, ITEM_COUNT, &reader, values);
        }
        status = append_item(&buf, values, error);
    }
    /* If memory runs out, use what was joined so far. */
    chutes__error_field_set(error->message, sizeof(error->message), buf.data,
                            buf.len);
    chutes__buf_dispose(&buf);
}
