/* SPDX-License-Identifier: MIT */
/* Stores a body that is not, or may not be, an event stream, and notices when
 * it has become a whole answer. */
#include "chat/answer_plain.h"

#include "base/error.h"
#include "codec/elements.h"
#include "codec/fields.h"
#include "codec/value.h"
#include "json/reader.h"

#include <string.h>

enum {
    MAX_SMALL = 16 * 1024,
    MAX_PLAIN = 64 * 1024 /* bytes stored of what may be a stream */
};

bool chutes__answer_plain_is_bare(const struct chutes__answer_reader *reader)
{
    const struct chutes__buf *plain = &reader->plain;
    size_t at = reader->plain_at;

    return at < plain->len &&
           (plain->data[at] == '{' || plain->data[at] == '[');
}

/* Finds the first byte behind blank lines and comments: gateways write both
 * while they wait for a model, even in front of one document. Continues where
 * the last search ended: all searches together take no more time than one. */
static void find_start(struct chutes__answer_reader *reader)
{
    static const char bom[] = "\xEF\xBB\xBF";
    const struct chutes__buf *plain = &reader->plain;

    if (reader->plain_at == 0 &&
        chutes__slice_starts_with(chutes__buf_slice(plain), bom)) {
        reader->plain_at = sizeof(bom) - 1;
    }
    for (; reader->plain_at < plain->len; reader->plain_at++) {
        char byte = plain->data[reader->plain_at];

        if (reader->is_comment) {
            reader->is_comment = byte != '\n' && byte != '\r';
        } else if (byte == ':') {
            reader->is_comment = true;
        } else if (!chutes__is_blank(byte, CHUTES__BLANKS_CONTROL)) {
            return;
        }
    }
}

/* A small body often comes at once. The texts in it need as much room again. */
static size_t room_for(const struct chutes__answer_reader *reader, size_t len)
{
    return reader->plain.cap == 0 && len <= MAX_SMALL &&
                   2 * len <= reader->plain.limit
               ? 2 * len
               : len;
}

struct chutes__slice
chutes__answer_plain_text(const struct chutes__answer_reader *reader)
{
    struct chutes__slice body = chutes__buf_slice(&reader->plain);

    if (chutes__answer_plain_is_bare(reader)) {
        body.data += reader->plain_at;
        body.len -= reader->plain_at;
    }
    return chutes__slice_trim_text(body);
}

/* Returns true if the JSON text holds as many choices as were requested, each
 * with a finish_reason. */
static bool is_finished(struct chutes__slice json,
                        const struct chutes__accumulator_options *options)
{
    static const struct chutes__slice top[] = {CHUTES__FIELD("choices")};
    static const struct chutes__slice inner[] = {
        CHUTES__FIELD("finish_reason")};
    struct chutes__json_reader reader;
    struct chutes__json_value value;
    size_t count = 0;

    chutes__json_init_lenient(&reader, json.data, json.len,
                              options->max_json_depth);
    if (!chutes__fields_read(top, 1, &reader, &value) ||
        !chutes__json_finish(&reader) || value.type != CHUTES__JSON_ARRAY) {
        return false;
    }
    chutes__elements_open(&reader, value.text);
    while (chutes__json_next_element(&reader)) {
        if (!chutes__fields_read(inner, 1, &reader, &value) ||
            !chutes__value_is_word(&value)) {
            return false;
        }
        count++;
    }
    return count > 0 && count >= options->asked;
}

/* Could JSON end with the last `len` bytes of the body? */
static bool may_end(const struct chutes__answer_reader *reader, size_t len)
{
    const struct chutes__buf *plain = &reader->plain;
    const struct chutes__slice text = chutes__slice_trim_text(
        (struct chutes__slice){plain->data + plain->len - len, len});

    return text.len > 0 && strchr("}]", text.data[text.len - 1]) != NULL;
}

/* Checks whether the last `len` bytes have made the body a whole answer.
 * Follows its brackets, and reads the JSON only once it has ended: all checks
 * together take no more time than reading the body twice. */
static void check_whole(struct chutes__answer_reader *reader, size_t len)
{
    struct chutes__slice added;
    bool was_over = reader->span.is_over;

    if (!chutes__answer_plain_is_bare(reader) ||
        (!was_over && !may_end(reader, len))) {
        return;
    }
    if (reader->span_at < reader->plain_at) {
        reader->span_at = reader->plain_at;
    }
    added.data = reader->plain.data + reader->span_at;
    added.len = reader->plain.len - reader->span_at;
    reader->span_at = reader->plain.len;
    if (!was_over) {
        size_t inside = chutes__json_span_grow(&reader->span, added);

        added.data += inside;
        added.len -= inside;
    }
    /* Blanks after the JSON change nothing. */
    if (!reader->span.is_over ||
        chutes__slice_trim(added, CHUTES__BLANKS_CONTROL).len > 0) {
        reader->is_whole = false;
    } else if (!was_over) {
        reader->is_whole = is_finished(chutes__answer_plain_text(reader),
                                       &reader->acc.options);
    }
}

static chutes_status store(struct chutes__answer_reader *reader,
                           const char *bytes, size_t len)
{
    chutes_status status =
        chutes__buf_reserve(&reader->plain, room_for(reader, len));

    if (status == CHUTES_OK) {
        status = chutes__buf_append(&reader->plain, bytes, len);
        find_start(reader);
        if (!reader->has_length) {
            check_whole(reader, len);
        }
    }
    return status;
}

/* Returns how many of these bytes are stored although the body may be an event
 * stream. */
static size_t share_of(const struct chutes__answer_reader *reader, size_t len)
{
    size_t most =
        reader->plain.limit < MAX_PLAIN ? reader->plain.limit : MAX_PLAIN;
    size_t left = most - reader->plain.len;

    return len < left ? len : left;
}

chutes_status chutes__answer_plain_append(struct chutes__answer_reader *reader,
                                          const char *bytes, size_t len)
{
    bool may_cut = reader->is_framed && !chutes__answer_plain_is_bare(reader);
    size_t share = may_cut ? share_of(reader, len) : len;
    chutes_status status = store(reader, bytes, share);

    if (status == CHUTES_OK && share < len) {
        /* The first of these bytes may have begun a long JSON text. */
        if (chutes__answer_plain_is_bare(reader) && !reader->span.is_over) {
            status = store(reader, bytes + share, len - share);
        } else {
            reader->is_plain_cut = true;
        }
    }
    if (status == CHUTES_ERR_TOO_LARGE) {
        chutes__fail_limit(reader->error, "the answer", "max_response_bytes",
                           reader->plain.limit);
    } else if (status != CHUTES_OK) {
        chutes__fail_status(reader->error, status);
    }
    return status;
}
