/* SPDX-License-Identifier: MIT */
/*
 * Reads JSON in pieces: a state says what the last piece left unfinished.
 */
#include <chutes/partial_json.h>

#include "base/error.h"
#include "base/mem.h"
#include "toolkit/partial_number.h"
#include "toolkit/partial_string.h"
#include "toolkit/partial_tree.h"
#include "json/scan.h"

/* The next byte must be or continue this. */
enum state {
    EXPECT_VALUE,
    EXPECT_FIRST_VALUE, /* or the end of the array */
    EXPECT_FIRST_KEY,   /* or the end of the object */
    EXPECT_KEY,
    EXPECT_COLON,
    EXPECT_NEXT, /* a comma or the end of the container */
    EXPECT_END,  /* only blanks */
    IN_KEY,
    IN_STRING,
    IN_NUMBER,
    IN_WORD /* true, false or null */
};

struct chutes_partial_json {
    struct chutes__partial_tree tree;
    enum state state;
    /* The value that is being read in these states. */
    struct chutes__partial_string string;
    enum chutes__partial_number number;
    const char *word;
    const char *bytes; /* the bytes that are being fed */
    size_t fed;        /* how many bytes were fed before */
    const char *fault; /* why the byte at fault_at is invalid */
    size_t fault_at;
};

chutes_partial_json *chutes_partial_json_new(chutes_partial_json_fn on_event,
                                             void *user_data)
{
    chutes_partial_json *partial = chutes__mem_zalloc(sizeof(*partial));

    if (partial != NULL) {
        partial->tree.on_event = on_event;
        partial->tree.user_data = user_data;
        chutes__buf_init(&partial->tree.path, SIZE_MAX);
        chutes__buf_init(&partial->tree.text, SIZE_MAX);
    }
    return partial;
}

void chutes_partial_json_free(chutes_partial_json *partial)
{
    if (partial != NULL) {
        chutes__partial_tree_dispose(&partial->tree);
        chutes__mem_free(partial);
    }
}

void chutes_partial_json_reset(chutes_partial_json *partial)
{
    if (partial != NULL) {
        const struct chutes__partial_tree *old = &partial->tree;

        *partial = (chutes_partial_json){.tree = {.on_event = old->on_event,
                                                  .user_data = old->user_data,
                                                  .path = old->path,
                                                  .text = old->text}};
        chutes__buf_clear(&partial->tree.path);
        chutes__buf_clear(&partial->tree.text);
    }
}

static size_t offset_of(const chutes_partial_json *partial, const char *at)
{
    return partial->fed + (size_t)(at - partial->bytes);
}

/* Returns `at`: no further byte is read. */
static const char *fail(chutes_partial_json *partial, const char *at,
                        const char *fault)
{
    chutes__partial_tree_check(&partial->tree, CHUTES_ERR_PROTOCOL);
    partial->fault = fault;
    partial->fault_at = offset_of(partial, at);
    return at;
}

/* ---- the beginnings and ends of values ----------------------------------- */

/* Ends the value; `offset` is behind it. */
static void end_value(chutes_partial_json *partial, size_t offset)
{
    chutes__partial_tree_end(&partial->tree, offset);
    partial->state = partial->tree.depth == 0 ? EXPECT_END : EXPECT_NEXT;
}

static const char *begin_container(chutes_partial_json *partial, const char *at,
                                   chutes_json_type type)
{
    if (partial->tree.depth == CHUTES__PARTIAL_MAX_DEPTH) {
        return fail(partial, at, "nested too deeply");
    }
    chutes__partial_tree_begin(&partial->tree, type, offset_of(partial, at));
    chutes__partial_tree_enter(&partial->tree);
    partial->state =
        type == CHUTES_JSON_OBJECT ? EXPECT_FIRST_KEY : EXPECT_FIRST_VALUE;
    return at + 1;
}

static const char *end_container(chutes_partial_json *partial, const char *at)
{
    chutes__partial_tree_leave(&partial->tree);
    end_value(partial, offset_of(partial, at) + 1);
    return at + 1;
}

static const char *begin_string(chutes_partial_json *partial, const char *at)
{
    chutes__partial_tree_begin(&partial->tree, CHUTES_JSON_STRING,
                               offset_of(partial, at));
    partial->state = IN_STRING;
    return at + 1;
}

static const char *begin_number(chutes_partial_json *partial, const char *at)
{
    partial->number = chutes__partial_number_begin(*at);
    if (partial->number == CHUTES__NUMBER_INVALID) {
        return fail(partial, at, CHUTES__JSON_NO_VALUE);
    }
    chutes__partial_tree_begin(&partial->tree, CHUTES_JSON_NUMBER,
                               offset_of(partial, at));
    chutes__partial_tree_check(&partial->tree,
                               chutes__buf_append(&partial->tree.text, at, 1));
    partial->state = IN_NUMBER;
    return at + 1;
}

/* Begins a word without consuming its first letter. */
static const char *begin_word(chutes_partial_json *partial, const char *at,
                              chutes_json_type type, const char *word)
{
    chutes__partial_tree_begin(&partial->tree, type, offset_of(partial, at));
    partial->word = word;
    partial->state = IN_WORD;
    return at;
}

static const char *begin_value(chutes_partial_json *partial, const char *at)
{
    switch (*at) {
    case '{':
        return begin_container(partial, at, CHUTES_JSON_OBJECT);
    case '[':
        return begin_container(partial, at, CHUTES_JSON_ARRAY);
    case '"':
        return begin_string(partial, at);
    case 't':
        return begin_word(partial, at, CHUTES_JSON_BOOL, "true");
    case 'f':
        return begin_word(partial, at, CHUTES_JSON_BOOL, "false");
    case 'n':
        return begin_word(partial, at, CHUTES_JSON_NULL, "null");
    default:
        return begin_number(partial, at);
    }
}

/* ---- between the values -------------------------------------------------- */

/* Reads what follows a value in a container. */
static const char *read_next(chutes_partial_json *partial, const char *at)
{
    bool is_object =
        chutes__partial_tree_is_in(&partial->tree, CHUTES_JSON_OBJECT);

    if (*at == (is_object ? '}' : ']')) {
        return end_container(partial, at);
    }
    if (*at != ',') {
        return fail(partial, at, "neither a comma nor the closing bracket");
    }
    partial->tree.places[partial->tree.depth - 1].count++;
    partial->state = is_object ? EXPECT_KEY : EXPECT_VALUE;
    return at + 1;
}

static const char *read_between(chutes_partial_json *partial, const char *at)
{
    switch (partial->state) {
    case EXPECT_FIRST_KEY:
    case EXPECT_KEY:
        if (*at == '}' && partial->state == EXPECT_FIRST_KEY) {
            return end_container(partial, at);
        }
        if (*at != '"') {
            return fail(partial, at, "no key starts here");
        }
        chutes__partial_tree_begin_key(&partial->tree);
        partial->state = IN_KEY;
        return at + 1;
    case EXPECT_COLON:
        if (*at != ':') {
            return fail(partial, at, "no colon after a key");
        }
        partial->state = EXPECT_VALUE;
        return at + 1;
    case EXPECT_NEXT:
        return read_next(partial, at);
    case EXPECT_END:
        return fail(partial, at, "more text after the value");
    default:
        if (*at == ']' && partial->state == EXPECT_FIRST_VALUE) {
            return end_container(partial, at);
        }
        return begin_value(partial, at);
    }
}

/* ---- inside of keys and values ------------------------------------------- */

/* Reads the text of a string. Returns its closing quote, or NULL if it
 * continues in the next piece or is invalid. */
static const char *read_text(chutes_partial_json *partial, const char *at,
                             const char *end, struct chutes__buf *to)
{
    at = chutes__partial_string_read(&partial->string, at, end, to);
    chutes__partial_tree_check(&partial->tree, partial->string.status);
    if (partial->string.fault != NULL) {
        fail(partial, at, partial->string.fault);
        return NULL;
    }
    return at == end ? NULL : at;
}

static const char *read_key(chutes_partial_json *partial, const char *at,
                            const char *end)
{
    at = read_text(partial, at, end, &partial->tree.path);
    if (at == NULL) {
        return end;
    }
    partial->state = EXPECT_COLON;
    return at + 1;
}

static const char *read_string(chutes_partial_json *partial, const char *at,
                               const char *end)
{
    at = read_text(partial, at, end, &partial->tree.text);
    chutes__partial_tree_report_text(&partial->tree);
    if (at == NULL) {
        return end;
    }
    end_value(partial, offset_of(partial, at) + 1);
    return at + 1;
}

static const char *read_number(chutes_partial_json *partial, const char *at,
                               const char *end)
{
    enum chutes__partial_number next = partial->number;
    const char *from = at;

    for (; at < end; at++) {
        next = chutes__partial_number_next(partial->number, *at);
        if (next >= CHUTES__NUMBER_ENDS) {
            break;
        }
        partial->number = next;
    }
    chutes__partial_tree_check(
        &partial->tree,
        chutes__buf_append(&partial->tree.text, from, (size_t)(at - from)));
    if (next == CHUTES__NUMBER_INVALID) {
        return fail(partial, at, "a malformed number");
    }
    if (next == CHUTES__NUMBER_ENDS) {
        end_value(partial, offset_of(partial, at));
    }
    return at;
}

static const char *read_word(chutes_partial_json *partial, const char *at)
{
    struct chutes__buf *text = &partial->tree.text;

    if (*at != partial->word[text->len]) {
        return fail(partial, at, CHUTES__JSON_NO_VALUE);
    }
    chutes__partial_tree_check(&partial->tree, chutes__buf_append(text, at, 1));
    if (partial->word[text->len] == '\0') {
        end_value(partial, offset_of(partial, at) + 1);
    }
    return at + 1;
}

/* ---- the exported functions ---------------------------------------------- */

/* Reads at least one byte or changes the state. */
static const char *read_some(chutes_partial_json *partial, const char *at,
                             const char *end)
{
    switch (partial->state) {
    case IN_KEY:
        return read_key(partial, at, end);
    case IN_STRING:
        return read_string(partial, at, end);
    case IN_NUMBER:
        return read_number(partial, at, end);
    case IN_WORD:
        return read_word(partial, at);
    default:
        at = chutes__json_skip_blanks(at, end);
        return at < end ? read_between(partial, at) : end;
    }
}

static chutes_status tell(const chutes_partial_json *partial,
                          chutes_error *error)
{
    chutes_status status = partial->tree.status;

    if (status == CHUTES_ERR_PROTOCOL) {
        return chutes__fail(error, status, "invalid JSON at byte %zu: %s",
                            partial->fault_at, partial->fault);
    }
    return status == CHUTES_OK ? status : chutes__fail_status(error, status);
}

chutes_status chutes_partial_json_feed(chutes_partial_json *partial,
                                       const char *bytes, size_t len,
                                       chutes_error *error)
{
    chutes__error_clear(error);
    if (partial == NULL || (bytes == NULL && len > 0)) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "partial and bytes must not be NULL");
    }
    if (len > 0) {
        const char *end = bytes + len;

        partial->bytes = bytes;
        while (partial->tree.status == CHUTES_OK && bytes < end) {
            bytes = read_some(partial, bytes, end);
        }
        partial->fed += len;
    }
    return tell(partial, error);
}

chutes_status chutes_partial_json_finish(chutes_partial_json *partial,
                                         chutes_error *error)
{
    chutes__error_clear(error);
    if (partial == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "partial must not be NULL");
    }
    if (partial->tree.depth == 0 && partial->state == IN_NUMBER &&
        chutes__partial_number_is_whole(partial->number)) {
        end_value(partial, partial->fed);
    }
    if (partial->tree.status == CHUTES_OK && partial->state != EXPECT_END) {
        return chutes__fail(error, CHUTES_ERR_TRUNCATED,
                            "the JSON ends too early, at byte %zu",
                            partial->fed);
    }
    return tell(partial, error);
}
