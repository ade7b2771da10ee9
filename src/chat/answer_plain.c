/* SPDX-License-Identifier: MIT */
/* Reads bodies that are not an event stream, or may not be one: a whole answer
 * in JSON, an error, a page of HTML, or JSON outside of the events of a
 * stream. */
#include "chat/answer_plain.h"

#include "base/count.h"
#include "base/error.h"
#include "base/utf8.h"
#include "chat/accumulate.h"
#include "codec/gateway_tail.h"
#include "codec/value.h"
#include "json/reader.h"

#include <string.h>

enum { MAX_EXCERPT_CHARACTERS = 200 }; /* shown in a message */

static int excerpt_len(struct chutes__slice body)
{
    size_t len = 0;

    for (size_t i = 0; i < MAX_EXCERPT_CHARACTERS && len < body.len; i++) {
        int step = chutes__utf8_sequence(body.data + len, body.len - len);

        len += (size_t)(step < 0 ? -step : step);
    }
    return (int)len;
}

chutes_status
chutes__answer_plain_fail_bare(struct chutes__answer_reader *reader,
                               struct chutes__slice text)
{
    return chutes__fail(reader->error, CHUTES_ERR_PROTOCOL,
                        "the answer is not entirely an event stream: there is "
                        "JSON outside of the events: %.*s",
                        excerpt_len(text), text.data);
}

static chutes_status fail_chunk(struct chutes__answer_reader *reader,
                                struct chutes__slice chunk)
{
    if (reader->is_framed) {
        return chutes__answer_plain_fail_bare(reader, chunk);
    }
    return chutes__fail(reader->error, CHUTES_ERR_PROTOCOL,
                        "the answer is only a chunk of a stream, without a "
                        "finish_reason: %.*s",
                        excerpt_len(chunk), chunk.data);
}

static chutes_status fail_plain(struct chutes__answer_reader *reader,
                                struct chutes__slice body)
{
    int len = excerpt_len(body);

    if (reader->is_framed && reader->content_type[0] != '\0') {
        return chutes__fail(reader->error, CHUTES_ERR_PROTOCOL,
                            "the answer says it is %s but has no events: %.*s",
                            reader->content_type, len, body.data);
    }
    return chutes__fail(reader->error, CHUTES_ERR_PROTOCOL,
                        "the answer contains %s but %s: %.*s",
                        reader->wants_stream ? "no event stream"
                                             : "no chat completion",
                        reader->content_type[0] == '\0' ? "data of unknown type"
                                                        : reader->content_type,
                        len, body.data);
}

chutes_status
chutes__answer_plain_fail_truncated(struct chutes__answer_reader *reader,
                                    chutes_status transport)
{
    reader->end = CHUTES_END_TRUNCATED;
    if (transport != CHUTES_OK && reader->error->message[0] != '\0') {
        reader->error->status = CHUTES_ERR_TRUNCATED;
        return CHUTES_ERR_TRUNCATED; /* the transport has described it better */
    }
    return chutes__fail(reader->error, CHUTES_ERR_TRUNCATED,
                        "the answer ended before it was complete");
}

/* ---- what the body is ---------------------------------------------------- */

/* Returns true if the text begins like an event stream, perhaps one that was
 * cut within its first field name. */
static bool looks_framed(struct chutes__slice text)
{
    static const char *const names[] = {"data", "event", "id", "retry"};
    const char *end = text.data;
    size_t len;

    while (end < text.data + text.len && strchr(":\r\n", *end) == NULL) {
        end++;
    }
    len = (size_t)(end - text.data);
    if (len == 0) {
        /* Line ends were trimmed, so this is the colon of a comment. */
        return text.len > 0;
    }
    for (size_t i = 0; i < CHUTES__COUNT(names); i++) {
        bool is_start = strncmp(text.data, names[i], len) == 0;

        if (is_start && (len == strlen(names[i]) || len == text.len)) {
            return true;
        }
    }
    return false;
}

/* Reduces the stored body to a part of it. */
static void cut_to(struct chutes__buf *plain, struct chutes__slice part)
{
    chutes__buf_remove(plain, 0, (size_t)(part.data - plain->data));
    chutes__buf_cut(plain, part.len);
}

/* Returns true if this is the chunk of a stream, and not its last one. */
static bool is_unfinished_chunk(const struct chutes__chunk *chunk)
{
    for (size_t i = 0; i < chunk->choice_count; i++) {
        const struct chutes__chunk_choice *choice = &chunk->choices[i];

        if (choice->has_delta && !choice->is_message &&
            !chutes__value_is_word(&choice->finish_reason)) {
            return true;
        }
    }
    return false;
}

/* Reads one JSON text, part of the stored body, that is a whole answer or an
 * error. */
static chutes_status read_whole(struct chutes__answer_reader *reader,
                                struct chutes__slice json,
                                chutes_status transport)
{
    struct chutes__accumulator *acc = &reader->acc;
    /* Failures are described in a copy: if the answer is truncated, the
     * transport's description must survive. */
    chutes_error error = *reader->error;
    struct chutes__slice body;
    chutes_status status;

    cut_to(&reader->plain, json);
    status = chutes__accumulator_apply_whole(acc, &reader->plain, &error);
    body = chutes__buf_slice(&acc->raw);
    if (status == CHUTES_ERR_PROTOCOL && acc->chunk->fault != NULL) {
        /* Such an answer is truncated, not malformed. */
        if (transport != CHUTES_OK || acc->chunk->fault_at == body.len) {
            return chutes__answer_plain_fail_truncated(reader, transport);
        }
        if (reader->wants_stream) {
            return fail_plain(reader, body);
        }
    }
    if (status != CHUTES_OK) {
        *reader->error = error;
        return status;
    }
    if (!acc->chunk->has_choices) {
        return fail_plain(reader, body);
    }
    if (acc->choice_count == 0) {
        return chutes__fail(reader->error, CHUTES_ERR_PROTOCOL,
                            "the answer holds no choice");
    }
    if (is_unfinished_chunk(acc->chunk)) {
        return transport != CHUTES_OK
                   ? chutes__answer_plain_fail_truncated(reader, transport)
                   : fail_chunk(reader, body);
    }
    if (reader->wants_stream) {
        chutes__accumulator_warn(acc, CHUTES__WARN_NOT_STREAMED);
    }
    return CHUTES_OK;
}

/* Returns the JSON text with which the body begins, or an empty slice if there
 * is none. */
static struct chutes__slice first_document(struct chutes__slice body,
                                           size_t max_depth)
{
    struct chutes__json_reader reader;

    chutes__json_init_lenient(&reader, body.data, body.len, max_depth);
    chutes__json_skip(&reader);
    return (struct chutes__slice){
        body.data, reader.fault == NULL ? (size_t)(reader.at - body.data) : 0};
}

/* Returns the first of the JSON texts at the start of the body that carries
 * text; empty: none does. */
static struct chutes__slice find_text(struct chutes__slice body,
                                      size_t max_depth)
{
    struct chutes__slice document = first_document(body, max_depth);

    while (document.len > 0 &&
           !chutes__chunk_carries_text(document.data, document.len,
                                       CHUTES__CHUNK_BARE)) {
        body.data += document.len;
        body.len -= document.len;
        body = chutes__slice_trim_text(body);
        document = first_document(body, max_depth);
    }
    return document;
}

chutes_status
chutes__answer_plain_read_bare(struct chutes__answer_reader *reader,
                               bool is_end, bool *is_answer)
{
    struct chutes__slice body = chutes__answer_plain_text(reader);
    size_t max_depth = reader->acc.options.max_json_depth;
    struct chutes__slice document;
    struct chutes__slice rest;

    if (!chutes__answer_plain_is_bare(reader)) {
        return CHUTES_OK;
    }
    document = first_document(body, max_depth);
    rest = chutes__slice_trim_text((struct chutes__slice){
        body.data + document.len, body.len - document.len});
    /* rest.data[0] exists even if the rest is empty: the buffer ends with a
     * NUL. */
    if (!is_end || document.len == 0 || rest.data[0] == '{') {
        document = find_text(body, max_depth);
        return document.len > 0
                   ? chutes__answer_plain_fail_bare(reader, document)
                   : CHUTES_OK;
    }
    *is_answer = true;
    return read_whole(reader, document, CHUTES_OK);
}

/* Returns the slice without the text, if it ends with it, and the blanks in
 * front of that. */
static struct chutes__slice cut_tail(struct chutes__slice slice,
                                     const char *tail)
{
    if (chutes__slice_ends_with(slice, tail)) {
        slice.len -= strlen(tail);
    }
    return chutes__slice_trim_text(slice);
}

chutes_status chutes__answer_plain_read(struct chutes__answer_reader *reader,
                                        chutes_status transport)
{
    struct chutes__slice body = chutes__answer_plain_text(reader);

    if (body.len == 0) {
        if (transport != CHUTES_OK) {
            return chutes__answer_plain_fail_truncated(reader, transport);
        }
        return chutes__fail(reader->error, CHUTES_ERR_PROTOCOL,
                            "the answer is empty");
    }
    if (chutes__gateway_tail_check(body, reader->error) != CHUTES_OK) {
        return CHUTES_ERR_STREAM;
    }
    /* The first line may also be a heartbeat in front of a cut event. */
    if (reader->is_framed &&
        (looks_framed(body) ||
         reader->acc.seen[CHUTES__WARN_PARTIAL_EVENT_DROPPED])) {
        return chutes__answer_plain_fail_truncated(reader, transport);
    }
    if (chutes__answer_plain_is_bare(reader) && !reader->is_plain_cut) {
        /* No JSON text ends like that. */
        body = cut_tail(cut_tail(body, "[DONE]"), "data:");
        return read_whole(reader, body, transport);
    }
    return fail_plain(reader, body);
}
