/* SPDX-License-Identifier: MIT */
/* Reads a transcript that is streamed, event by event. */
#include "codec/transcript_stream.h"

#include "base/error.h"
#include "codec/api_error.h"
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

void chutes__transcript_stream_init(struct chutes__transcript_stream *stream,
                                    size_t max_text, size_t max_depth)
{
    *stream = (struct chutes__transcript_stream){.max_depth = max_depth};
    chutes__transcript_text_init(&stream->text, max_text);
}

void chutes__transcript_stream_dispose(struct chutes__transcript_stream *stream)
{
    chutes__transcript_text_dispose(&stream->text);
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

static chutes_status take_whole(struct chutes__transcript_stream *stream,
                                const struct chutes__json_value *text,
                                chutes_error *error)
{
    chutes_status status = CHUTES_OK;

    if (text->type == CHUTES__JSON_STRING) {
        status = chutes__transcript_text_replace(&stream->text, text, error);
        stream->is_replaced = status == CHUTES_OK;
    }
    stream->is_over = status == CHUTES_OK;
    return status;
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
        return chutes__transcript_text_append(&stream->text, &values[TOP_DELTA],
                                              error);
    }
    if (is_typed && chutes__json_key_is(type, "transcript.text.done")) {
        return take_whole(stream, &values[TOP_TEXT], error);
    }
    if (values[TOP_CHOICES].type == CHUTES__JSON_ARRAY &&
        values[TOP_ERROR].type <= CHUTES__JSON_NULL) {
        return chutes__transcript_chunk_read(
            &values[TOP_CHOICES], &stream->text, &stream->parts, error);
    }
    /* Other events report an error or carry no text. */
    if (chutes__api_error_read(data.data, data.len, false, error)) {
        error->status = CHUTES_ERR_STREAM;
        return CHUTES_ERR_STREAM;
    }
    if (!is_typed) {
        chutes__transcript_stream_look(stream, data, CHUTES__CHUNK_IN_EVENT);
    }
    return CHUTES_OK;
}

void chutes__transcript_stream_look(struct chutes__transcript_stream *stream,
                                    struct chutes__slice json,
                                    enum chutes__chunk_place place)
{
    stream->parts.hides_text =
        stream->parts.hides_text ||
        chutes__chunk_carries_text(json.data, json.len, place);
}

chutes_status
chutes__transcript_stream_take(struct chutes__transcript_stream *stream,
                               struct chutes__slice data, bool is_error_event,
                               chutes_error *error)
{
    data = chutes__slice_trim(data, CHUTES__BLANKS_JSON);
    chutes__transcript_text_mark(&stream->text);
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
    chutes_status status = chutes__transcript_text_finish(&stream->text, error);

    /* If the server has sent the whole text, no part is missing. */
    if (status != CHUTES_OK || stream->is_replaced) {
        return status;
    }
    status = chutes__transcript_parts_check(&stream->parts, error);
    if (status != CHUTES_OK) {
        return status;
    }
    if (!stream->is_over) {
        return chutes__fail(error, CHUTES_ERR_TRUNCATED,
                            "the stream ended before its end was marked, after "
                            "%zu bytes of text",
                            stream->text.buf.len);
    }
    return stream->parts.is_finished
               ? CHUTES_OK
               : chutes__fail(error, CHUTES_ERR_TRUNCATED,
                              "the server ended the stream, but the last part "
                              "of the transcript has no finish_reason");
}

chutes_status
chutes__transcript_stream_keep(const struct chutes__transcript_stream *stream,
                               struct chutes__arena *arena,
                               chutes_transcript *transcript)
{
    chutes_usage *usage = NULL;

    transcript->language = "";
    transcript->duration = -1;
    transcript->text_len = stream->text.buf.len;
    transcript->text =
        chutes__arena_dup(arena, chutes__buf_slice(&stream->text.buf));
    if (stream->has_usage) {
        usage = chutes__arena_alloc(arena, 1, sizeof(*usage));
        if (usage == NULL) {
            return CHUTES_ERR_NO_MEMORY;
        }
        *usage = stream->usage;
    }
    transcript->usage = usage;
    return transcript->text != NULL ? CHUTES_OK : CHUTES_ERR_NO_MEMORY;
}
