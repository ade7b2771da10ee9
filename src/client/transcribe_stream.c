/* SPDX-License-Identifier: MIT */
/*
 * A call for a transcript, which may be passed on to the application as it
 * arrives.
 */
#include "client/transcribe_stream.h"

#include <string.h>

#include <chutes/transcribe.h>

#include "base/error.h"
#include "client/call.h"
#include "client/json_call.h"
#include "codec/api_error.h"
#include "codec/transcribe.h"
#include "codec/transcript_stream.h"
#include "sse/sse.h"

struct stream_call {
    struct chutes__json_call json; /* first, so that one casts to the other */
    struct chutes__sse sse;
    struct chutes__transcript_stream stream;
    chutes_transcript_event_fn on_event;
    void *event_data;
};

static struct chutes__request *request_of(struct stream_call *call)
{
    return &call->json.json.request;
}

/* ---- events -------------------------------------------------------------- */

/* Passes a piece of text on. Returns false if the application cancels the
 * call. */
static bool deliver_text(struct stream_call *call, const char *text, size_t len)
{
    const struct chutes__buf *raw = &call->json.json.answer;
    const chutes_transcript_event event = {text, len, raw->data, raw->len};

    return call->on_event(&event, call->event_data) == 0 &&
           !chutes__call_was_cancelled(&call->json.call);
}

/* Stores the data of the latest event as the raw text of the transcript. */
static chutes_status keep_raw(struct stream_call *call,
                              struct chutes__slice data)
{
    struct chutes__buf *raw = &call->json.json.answer;
    chutes_error *error = chutes__request_error(request_of(call));
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
    struct stream_call *call = ctx;
    struct chutes__transcript_stream *stream = &call->stream;
    struct chutes__request *request = request_of(call);
    chutes_status status;

    if (stream->is_over) {
        return CHUTES_OK;
    }
    status = chutes__transcript_stream_take(
        stream, event->data, chutes__slice_is(event->type, "error"),
        chutes__request_error(request));
    /* Store every event but [DONE], the only one that ends the transcript
     * without holding its whole text. */
    if (status == CHUTES_OK && (!stream->is_over || stream->is_replaced)) {
        status = keep_raw(call, event->data);
    }
    if (status != CHUTES_OK || stream->delta_at >= stream->text.len) {
        return status;
    }
    chutes__request_commit(request);
    chutes__request_note_token(request);
    return deliver_text(call, stream->text.data + stream->delta_at,
                        stream->text.len - stream->delta_at)
               ? CHUTES_OK
               : chutes__fail_status(chutes__request_error(request),
                                     CHUTES_ERR_CANCELLED);
}

/* Handles an error that a gateway writes between the events, as {"error":…} or
 * error: {…}. Ignores other JSON. */
static chutes_status on_residue(void *ctx, struct chutes__slice text,
                                bool is_error)
{
    struct stream_call *call = ctx;
    chutes_error *error = chutes__request_error(request_of(call));

    if (call->stream.is_over ||
        !chutes__api_error_read(text.data, text.len, is_error, error)) {
        return CHUTES_OK;
    }
    error->status = CHUTES_ERR_STREAM;
    return CHUTES_ERR_STREAM;
}

/* Describes a failure of the parser, unless one of the functions above has
 * already described its own. */
static chutes_status describe(struct stream_call *call, chutes_status status)
{
    const chutes_client_options *options = &call->json.call.config->options;
    chutes_error *error = chutes__request_error(request_of(call));
    const char *limit = call->sse.reason;

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

/* ---- what the request reports -------------------------------------------- */

static void init_parsers(struct stream_call *call)
{
    const chutes_client_options *options = &call->json.call.config->options;
    const struct chutes__sse_sink sink = {
        .on_event = on_event, .on_residue = on_residue, .ctx = call};

    chutes__sse_init(&call->sse, sink, options->max_line_bytes,
                     options->max_event_bytes);
    chutes__transcript_stream_init(
        &call->stream,
        options->max_stream_bytes != 0 ? options->max_stream_bytes : SIZE_MAX,
        options->max_json_depth);
}

static void dispose_parsers(struct stream_call *call)
{
    chutes__sse_dispose(&call->sse);
    chutes__transcript_stream_dispose(&call->stream);
}

static void on_restart(void *ctx)
{
    chutes__json_call_on_restart(ctx);
    dispose_parsers(ctx);
    init_parsers(ctx);
}

static chutes_status on_data(void *ctx, const char *bytes, size_t *len)
{
    struct stream_call *call = ctx;
    struct chutes__request *request = request_of(call);
    chutes_status status;
    size_t before;

    if (chutes__call_was_cancelled(&call->json.call)) {
        return chutes__fail_status(chutes__request_error(request),
                                   CHUTES_ERR_CANCELLED);
    }
    status = chutes__json_call_on_growth(call, NULL, *len);
    if (status != CHUTES_OK) {
        return status;
    }
    before = call->stream.text.len;
    status = chutes__sse_feed(&call->sse, bytes, *len);
    if (call->stream.is_over &&
        chutes__request_error(request)->status == CHUTES_OK) {
        chutes__transfer_complete(request->transfer);
        return CHUTES_OK; /* even if later bytes are faulty */
    }
    if (call->stream.text.len > before) {
        chutes__transfer_progress(request->transfer);
    }
    return describe(call, status);
}

/* Handles a last event without its blank line: many servers close the
 * connection right after it. */
static chutes_status flush(struct stream_call *call)
{
    size_t max_depth = call->json.call.config->options.max_json_depth;
    struct chutes__sse_rest rest;
    chutes_status status = chutes__sse_finish(&call->sse, &rest);
    const struct chutes__slice data = rest.whole.data;

    if (status == CHUTES_OK && data.len > 0 &&
        (chutes__slice_is(data, "[DONE]") ||
         chutes__json_is_valid_answer(data.data, data.len, max_depth))) {
        status = on_event(call, &rest.whole);
    }
    return describe(call, status);
}

/* Decides the status of the stream. A clean end of the body doesn't prove that
 * the transcript is complete; after [DONE] or the whole text, a cut body does
 * no harm. */
static chutes_status on_end(void *ctx, chutes_status status)
{
    struct stream_call *call = ctx;
    chutes_status flushed;

    if (status != CHUTES_OK && status != CHUTES_ERR_TRUNCATED) {
        return status;
    }
    flushed = flush(call);
    if (flushed != CHUTES_OK) {
        return flushed;
    }
    return status == CHUTES_OK || call->stream.is_over
               ? chutes__transcript_stream_finish(
                     &call->stream, chutes__request_error(request_of(call)))
               : status;
}

/* ---- the end ------------------------------------------------------------- */

/* Makes the result from the transcript, or from the part of it that arrived.
 * Returns NULL if there is none, or if memory runs out. */
static struct chutes__json_result *build(struct stream_call *call,
                                         chutes_status status)
{
    const struct chutes__transcript_stream *stream = &call->stream;
    struct chutes__arena *arena = &call->json.arena;
    struct chutes__json_result *result;
    chutes_transcript *transcript;
    chutes_usage *usage = NULL;

    if (status != CHUTES_OK && stream->text.len == 0) {
        return NULL;
    }
    result = chutes__json_result_new(arena, sizeof(*transcript), NULL);
    if (result == NULL) {
        return NULL;
    }
    result->is_partial = status != CHUTES_OK;
    transcript = (chutes_transcript *)result->response;
    transcript->language = "";
    transcript->duration = -1;
    transcript->complete = status == CHUTES_OK;
    transcript->text_len = stream->text.len;
    transcript->text =
        chutes__arena_dup(arena, chutes__buf_slice(&stream->text));
    if (stream->has_usage) {
        usage = chutes__arena_alloc(arena, 1, sizeof(*usage));
        if (usage == NULL) {
            return NULL;
        }
        *usage = stream->usage;
    }
    transcript->usage = usage;
    return transcript->text != NULL ? result : NULL;
}

/* Passes on the text of a document that the server has sent although a stream
 * was requested. */
static chutes_status deliver_whole(struct stream_call *call)
{
    chutes_transcript *transcript =
        (chutes_transcript *)call->json.result->response;

    if (transcript->text_len == 0 ||
        deliver_text(call, transcript->text, transcript->text_len)) {
        return CHUTES_OK;
    }
    call->json.result->is_partial = true;
    transcript->complete = 0;
    return chutes__fail_status(chutes__request_error(request_of(call)),
                               CHUTES_ERR_CANCELLED);
}

static void on_done(void *ctx, chutes_status status, const chutes_error *error)
{
    struct stream_call *call = ctx;

    if (call->json.json.is_stream) {
        call->json.result = build(call, status);
    } else if (status == CHUTES_OK) {
        status = deliver_whole(call);
        error = chutes__request_error(request_of(call));
    }
    chutes__json_result_deliver(call->json.result, &call->json.json,
                                &call->json.call, status, error);
}

static const struct chutes__receiver STREAM = {.on_data = on_data,
                                               .on_end = on_end};

static const struct chutes__json_receiver RECEIVER = {
    .on_restart = on_restart,
    .on_growth = chutes__json_call_on_growth,
    .decode = chutes__json_call_decode,
    .on_done = on_done,
    .is_cancelled = chutes__call_is_cancelled,
    .stream = &STREAM,
};

/* ---- the type ------------------------------------------------------------ */

static chutes_status begin(struct chutes_call *handle, const void *params,
                           chutes_error *error)
{
    struct stream_call *call = (struct stream_call *)handle;
    const chutes_transcribe_params *own = params;

    init_parsers(call);
    if (own->on_event != NULL) {
        call->json.receiver = &RECEIVER;
    }
    call->on_event = own->on_event;
    call->event_data = own->user_data;
    return chutes__json_call_begin(handle, params, error);
}

static void dispose(struct chutes_call *handle)
{
    dispose_parsers((struct stream_call *)handle);
    chutes__json_call_dispose(handle);
}

static void set_defaults(void *params)
{
    chutes_transcribe_params_init(params, sizeof(chutes_transcribe_params));
}

static void deliver(chutes__done_fn on_done_fn, chutes_status status,
                    void *transcript, const chutes_error *error,
                    void *user_data)
{
    ((chutes_transcribe_done_fn)on_done_fn)(status, transcript, error,
                                            user_data);
}

const struct chutes__json_call_kind chutes__transcribe_kind = {
    .type =
        {
            .size = sizeof(struct stream_call),
            .params_size = sizeof(chutes_transcribe_params),
            .name = "transcribe",
            .options_at = offsetof(chutes_transcribe_params, call_options),
            .set_defaults = set_defaults,
            .begin = begin,
            .dispose = dispose,
            .deliver = deliver,
            .free_response = chutes__json_result_free,
            .read_use = chutes__json_call_read_use,
            .cancel = chutes__json_call_cancel,
        },
    .endpoint = &chutes__transcribe_endpoint,
};
