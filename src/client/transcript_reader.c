/* SPDX-License-Identifier: MIT */
/*
 * Reads a streamed transcript and passes its text on as it arrives.
 */
#include "client/transcript_reader.h"

#include <string.h>

#include "base/error.h"
#include "client/call.h"
#include "codec/api_error.h"

static chutes_error *error_of(const struct chutes__transcript_reader *reader)
{
    return chutes__request_error(&reader->call->json.request);
}

/* ---- events -------------------------------------------------------------- */

bool chutes__transcript_reader_deliver(
    const struct chutes__transcript_reader *reader, const char *text,
    size_t len)
{
    const struct chutes__buf *raw = &reader->call->json.answer;
    const chutes_transcript_event event = {text, len, raw->data, raw->len};

    return reader->on_event(&event, reader->event_data) == 0 &&
           !chutes__call_was_cancelled(&reader->call->call);
}

/* Stores the data of the latest event as the raw text of the transcript. */
static chutes_status keep_raw(const struct chutes__transcript_reader *reader,
                              struct chutes__slice data)
{
    struct chutes__buf *raw = &reader->call->json.answer;
    chutes_error *error = error_of(reader);
    chutes_status status;

    chutes__buf_clear(raw);
    status = chutes__buf_append(raw, data.data, data.len);
    if (status == CHUTES_ERR_TOO_LARGE) {
        return chutes__fail_limit(error, "an event", "max_response_bytes",
                                  raw->limit);
    }
    return status == CHUTES_OK ? CHUTES_OK : chutes__fail_status(error, status);
}

static chutes_status on_event(void *ctx, const struct chutes__sse_event *event)
{
    struct chutes__transcript_reader *reader = ctx;
    struct chutes__transcript_stream *stream = &reader->stream;
    struct chutes__request *request = &reader->call->json.request;
    struct chutes__slice piece;
    chutes_status status;

    if (stream->is_over) {
        return CHUTES_OK;
    }
    status = chutes__transcript_stream_take(
        stream, event->data, chutes__slice_is(event->type, "error"),
        error_of(reader));
    /* Store every event but [DONE], the only one that ends the transcript
     * without holding its whole text. */
    if (status == CHUTES_OK && (!stream->is_over || stream->is_replaced)) {
        status = keep_raw(reader, event->data);
    }
    piece = chutes__transcript_text_delta(&stream->text);
    if (status != CHUTES_OK || piece.len == 0) {
        return status;
    }
    chutes__request_commit(request);
    chutes__request_note_token(request);
    return chutes__transcript_reader_deliver(reader, piece.data, piece.len)
               ? CHUTES_OK
               : chutes__fail_status(error_of(reader), CHUTES_ERR_CANCELLED);
}

/* Handles what a gateway writes between the events: an error, as {"error":…} or
 * error: {…}, or text, which is missing from the transcript. Other JSON is
 * ignored. */
static chutes_status on_residue(void *ctx, struct chutes__slice text,
                                bool is_error)
{
    struct chutes__transcript_reader *reader = ctx;
    chutes_error *error = error_of(reader);

    if (reader->stream.is_over) {
        return CHUTES_OK;
    }
    if (!chutes__api_error_read(text.data, text.len, is_error, error)) {
        chutes__transcript_stream_look(&reader->stream, text,
                                       CHUTES__CHUNK_BARE);
        return CHUTES_OK;
    }
    error->status = CHUTES_ERR_STREAM;
    return CHUTES_ERR_STREAM;
}

/* ---- bytes --------------------------------------------------------------- */

void chutes__transcript_reader_init(struct chutes__transcript_reader *reader)
{
    const chutes_client_options *options = &reader->call->call.config->options;
    const struct chutes__sse_sink sink = {
        .on_event = on_event, .on_residue = on_residue, .ctx = reader};

    chutes__sse_init(&reader->sse, sink, options->max_line_bytes,
                     options->max_event_bytes);
    chutes__transcript_stream_init(
        &reader->stream,
        options->max_stream_bytes != 0 ? options->max_stream_bytes : SIZE_MAX,
        options->max_json_depth);
}

void chutes__transcript_reader_dispose(struct chutes__transcript_reader *reader)
{
    chutes__sse_dispose(&reader->sse);
    chutes__transcript_stream_dispose(&reader->stream);
}

/* Describes a failure of the parser, unless one of the functions above has
 * already described its own. */
static chutes_status describe(const struct chutes__transcript_reader *reader,
                              chutes_status status)
{
    const chutes_client_options *options = &reader->call->call.config->options;
    chutes_error *error = error_of(reader);
    const char *limit = reader->sse.reason;

    if (limit != NULL) {
        return chutes__fail_limit(error, "the stream", limit,
                                  strcmp(limit, "max_line_bytes") == 0
                                      ? options->max_line_bytes
                                      : options->max_event_bytes);
    }
    return status == CHUTES_OK || error->status == status
               ? status
               : chutes__fail_status(error, status);
}

chutes_status
chutes__transcript_reader_feed(struct chutes__transcript_reader *reader,
                               const char *bytes, size_t len)
{
    chutes_status status = chutes__sse_feed(&reader->sse, bytes, len);

    /* After the end, it doesn't matter whether the parser failed. */
    return reader->stream.is_over && error_of(reader)->status == CHUTES_OK
               ? CHUTES_OK
               : describe(reader, status);
}

chutes_status
chutes__transcript_reader_flush(struct chutes__transcript_reader *reader)
{
    size_t max_depth = reader->call->call.config->options.max_json_depth;
    struct chutes__sse_rest rest;
    chutes_status status = chutes__sse_finish(&reader->sse, &rest);
    const struct chutes__slice data = rest.whole.data;

    if (status == CHUTES_OK && data.len > 0 &&
        (chutes__slice_is(data, "[DONE]") ||
         chutes__json_is_valid_answer(data.data, data.len, max_depth))) {
        status = on_event(reader, &rest.whole);
    }
    return describe(reader, status);
}
