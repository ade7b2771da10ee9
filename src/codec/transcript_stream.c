/* SPDX-License-Identifier: MIT */
/* Reads a transcript that is streamed, event by event. */
#include "codec/transcript_stream.h"

#include <string.h>

#include "base/error.h"
#include "base/finish_reason.h"
#include "codec/api_error.h"
#include "codec/elements.h"
#include "codec/fault.h"
#include "codec/fields.h"
#include "codec/usage.h"

enum top_field {
    TOP_TYPE, /* OpenAI, to `text` */
    TOP_DELTA,
    TOP_TEXT,
    TOP_CHOICES, /* vLLM */
    TOP_USAGE,
    TOP_ERROR,
    TOP_COUNT
};

static const struct chutes__slice TOP_NAMES[TOP_COUNT] = {
    [TOP_TYPE] = CHUTES__FIELD("type"),
    [TOP_DELTA] = CHUTES__FIELD("delta"),
    [TOP_TEXT] = CHUTES__FIELD("text"),
    [TOP_CHOICES] = CHUTES__FIELD("choices"),
    [TOP_USAGE] = CHUTES__FIELD("usage"),
    [TOP_ERROR] = CHUTES__FIELD("error"),
};

enum choice_field { CHOICE_DELTA, CHOICE_FINISH, CHOICE_COUNT };

static const struct chutes__slice CHOICE_NAMES[CHOICE_COUNT] = {
    [CHOICE_DELTA] = CHUTES__FIELD("delta"),
    [CHOICE_FINISH] = CHUTES__FIELD("finish_reason"),
};

static const struct chutes__slice DELTA_NAMES[] = {CHUTES__FIELD("content")};

void chutes__transcript_stream_init(struct chutes__transcript_stream *stream,
                                    size_t max_text, size_t max_depth)
{
    *stream = (struct chutes__transcript_stream){.max_depth = max_depth};
    chutes__buf_init(&stream->text, max_text);
}

void chutes__transcript_stream_dispose(struct chutes__transcript_stream *stream)
{
    chutes__buf_dispose(&stream->text);
}

static chutes_status report(const struct chutes__transcript_stream *stream,
                            chutes_status status, chutes_error *error)
{
    return status == CHUTES_ERR_TOO_LARGE
               ? chutes__fail_limit(error, "the transcript", "max_stream_bytes",
                                    stream->text.limit)
               : chutes__fail_status(error, status);
}

static chutes_status append(struct chutes__transcript_stream *stream,
                            const struct chutes__json_value *piece,
                            chutes_error *error)
{
    chutes_status status;

    if (piece->type != CHUTES__JSON_STRING) {
        return CHUTES_OK;
    }
    status = chutes__json_append_piece(piece, &stream->half, &stream->text);
    return status == CHUTES_OK ? CHUTES_OK : report(stream, status, error);
}

/* ---- OpenAI -------------------------------------------------------------- */

/* Replaces the pieces by the whole text. If the text begins with the pieces, as
 * it should, its rest is one more piece. */
static chutes_status replace(struct chutes__transcript_stream *stream,
                             const struct chutes__json_value *text,
                             chutes_error *error)
{
    struct chutes__buf whole;
    chutes_status status;

    if (text->type != CHUTES__JSON_STRING) {
        stream->is_over = true;
        return CHUTES_OK;
    }
    chutes__buf_init(&whole, stream->text.limit);
    status = chutes__json_append_string(text, &whole);
    if (status != CHUTES_OK) {
        chutes__buf_dispose(&whole);
        return report(stream, status, error);
    }
    if (whole.len < stream->text.len ||
        (stream->text.len > 0 &&
         memcmp(whole.data, stream->text.data, stream->text.len) != 0)) {
        stream->delta_at = whole.len;
    }
    chutes__buf_dispose(&stream->text);
    stream->text = whole;
    stream->half = (struct chutes__json_half){0};
    stream->is_replaced = true;
    stream->is_over = true;
    return CHUTES_OK;
}

/* ---- vLLM ---------------------------------------------------------------- */

/* Notes the finish_reason of a part. Remembers the first one that means that
 * something is missing. */
static void note_reason(struct chutes__transcript_stream *stream,
                        const struct chutes__json_value *reason)
{
    if (reason->type != CHUTES__JSON_STRING) {
        return;
    }
    stream->is_finished = true;
    if (chutes__finish_reason_is_length(reason->text)) {
        stream->was_cut = true;
    } else if (!chutes__slice_is(reason->text, "stop") && !stream->has_failed) {
        stream->has_failed = true;
        chutes__error_copy(stream->reason, sizeof(stream->reason),
                           reason->text.data, reason->text.len);
    }
}

/* Reads the first choice; there is only one. */
static chutes_status take_choices(struct chutes__transcript_stream *stream,
                                  const struct chutes__json_value *choices,
                                  chutes_error *error)
{
    struct chutes__json_value values[CHOICE_COUNT];
    struct chutes__json_value content;
    struct chutes__json_reader reader;
    size_t before = stream->text.len;
    chutes_status status;

    chutes__elements_open(&reader, choices->text);
    if (!chutes__json_next_element(&reader) ||
        !chutes__fields_read(CHOICE_NAMES, CHOICE_COUNT, &reader, values)) {
        return CHUTES_OK;
    }
    (void)chutes__fields_of(&values[CHOICE_DELTA], DELTA_NAMES, 1, &content);
    status = append(stream, &content, error);
    if (stream->text.len > before) {
        stream->is_finished = false;
    }
    note_reason(stream, &values[CHOICE_FINISH]);
    return status;
}

/* ---- an event ------------------------------------------------------------ */

static void note_usage(struct chutes__transcript_stream *stream,
                       const struct chutes__json_value *value)
{
    chutes_usage usage;
    bool is_odd;

    if (chutes__usage_read(value, &usage, &is_odd)) {
        stream->usage = usage;
        stream->has_usage = true;
    }
}

static chutes_status take_json(struct chutes__transcript_stream *stream,
                               struct chutes__slice data, chutes_error *error)
{
    struct chutes__json_value values[TOP_COUNT];
    struct chutes__json_reader reader;
    const struct chutes__json_value *type = &values[TOP_TYPE];
    bool is_typed;

    chutes__json_init_lenient(&reader, data.data, data.len, stream->max_depth);
    (void)chutes__fields_read(TOP_NAMES, TOP_COUNT, &reader, values);
    if (!chutes__json_finish(&reader)) {
        return chutes__fault_report(&reader, error);
    }
    is_typed = type->type == CHUTES__JSON_STRING;
    note_usage(stream, &values[TOP_USAGE]);
    if (is_typed && chutes__json_key_is(type, "transcript.text.delta")) {
        return append(stream, &values[TOP_DELTA], error);
    }
    if (is_typed && chutes__json_key_is(type, "transcript.text.done")) {
        return replace(stream, &values[TOP_TEXT], error);
    }
    if (values[TOP_CHOICES].type == CHUTES__JSON_ARRAY &&
        values[TOP_ERROR].type <= CHUTES__JSON_NULL) {
        return take_choices(stream, &values[TOP_CHOICES], error);
    }
    /* Other events report an error or carry no text. */
    if (chutes__api_error_read(data.data, data.len, false, error)) {
        error->status = CHUTES_ERR_STREAM;
        return CHUTES_ERR_STREAM;
    }
    return CHUTES_OK;
}

chutes_status
chutes__transcript_stream_take(struct chutes__transcript_stream *stream,
                               struct chutes__slice data, bool is_error_event,
                               chutes_error *error)
{
    data = chutes__slice_trim(data, CHUTES__BLANKS_JSON);
    stream->delta_at = stream->text.len;
    if (data.len == 0 || stream->is_over) {
        return CHUTES_OK;
    }
    if (chutes__slice_is(data, "[DONE]")) {
        stream->is_over = true;
        return CHUTES_OK;
    }
    if (is_error_event) {
        (void)chutes__api_error_read(data.data, data.len, true, error);
        error->status = CHUTES_ERR_STREAM;
        return CHUTES_ERR_STREAM;
    }
    return take_json(stream, data, error);
}

/* ---- the end ------------------------------------------------------------- */

chutes_status
chutes__transcript_stream_finish(struct chutes__transcript_stream *stream,
                                 chutes_error *error)
{
    chutes_status status =
        chutes__json_append_half(&stream->half, &stream->text);

    if (status != CHUTES_OK) {
        return report(stream, status, error);
    }
    /* The server has sent the whole text, so no part is missing. */
    if (stream->is_replaced) {
        return CHUTES_OK;
    }
    if (stream->has_failed) {
        return chutes__fail(
            error, CHUTES_ERR_STREAM,
            "the server aborted the answer: finish_reason is \"%s\"",
            stream->reason);
    }
    if (stream->was_cut) {
        return chutes__fail(error, CHUTES_ERR_TRUNCATED,
                            "a part of the transcript was cut at the server's "
                            "limit: finish_reason is \"length\"");
    }
    if (!stream->is_over) {
        return chutes__fail(error, CHUTES_ERR_TRUNCATED,
                            "the stream ended before its end was marked, after "
                            "%zu bytes of text",
                            stream->text.len);
    }
    return stream->is_finished
               ? CHUTES_OK
               : chutes__fail(error, CHUTES_ERR_TRUNCATED,
                              "the server ended the stream, but the last part "
                              "of the transcript has no finish_reason");
}
