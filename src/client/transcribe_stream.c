/* SPDX-License-Identifier: MIT */
/*
 * A call for a transcript, which may be passed on to the application as it
 * arrives.
 */
#include "client/transcribe_stream.h"

#include "base/error.h"
#include "client/call.h"

static struct chutes__request *request_of(struct chutes__transcribe_call *call)
{
    return &call->json.json.request;
}

/* ---- what the request reports -------------------------------------------- */

static void on_restart(void *ctx)
{
    struct chutes__transcribe_call *call = ctx;

    chutes__json_call_on_restart(call);
    chutes__transcript_reader_dispose(&call->reader);
    chutes__transcript_reader_init(&call->reader);
}

static chutes_status on_data(void *ctx, const char *bytes, size_t *len)
{
    struct chutes__transcribe_call *call = ctx;
    struct chutes__request *request = request_of(call);
    const struct chutes__buf *text = &call->reader.stream.text.buf;
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
    before = text->len;
    status = chutes__transcript_reader_feed(&call->reader, bytes, *len);
    if (call->reader.stream.is_over && status == CHUTES_OK) {
        chutes__transfer_complete(request->transfer);
    } else if (text->len > before) {
        chutes__transfer_progress(request->transfer);
    }
    return status;
}

/* Decides the status of the stream. A clean end of the body doesn't prove that
 * the transcript is complete; after [DONE] or the whole text, a cut body does
 * no harm. */
static chutes_status on_end(void *ctx, chutes_status status)
{
    struct chutes__transcribe_call *call = ctx;
    chutes_status flushed;

    if (status != CHUTES_OK && status != CHUTES_ERR_TRUNCATED) {
        return status;
    }
    flushed = chutes__transcript_reader_flush(&call->reader);
    if (flushed != CHUTES_OK) {
        return flushed;
    }
    return status == CHUTES_OK || call->reader.stream.is_over
               ? chutes__transcript_stream_finish(
                     &call->reader.stream,
                     chutes__request_error(request_of(call)))
               : status;
}

/* ---- the end ------------------------------------------------------------- */

/* Makes the result from the transcript, or from the part of it that arrived.
 * Returns NULL if there is none, or if memory runs out. */
static struct chutes__json_result *build(struct chutes__transcribe_call *call,
                                         chutes_status status)
{
    const struct chutes__transcript_stream *stream = &call->reader.stream;
    struct chutes__arena *arena = &call->json.arena;
    struct chutes__json_result *result;
    chutes_transcript *transcript;

    if (status != CHUTES_OK && stream->text.buf.len == 0) {
        return NULL;
    }
    result = chutes__json_result_new(arena, sizeof(*transcript), NULL);
    if (result == NULL) {
        return NULL;
    }
    result->is_partial = status != CHUTES_OK;
    transcript = (chutes_transcript *)result->response;
    transcript->complete = status == CHUTES_OK;
    return chutes__transcript_stream_keep(stream, arena, transcript) ==
                   CHUTES_OK
               ? result
               : NULL;
}

/* Passes on the text of a document that the server has sent although a stream
 * was requested. */
static chutes_status deliver_whole(struct chutes__transcribe_call *call)
{
    chutes_transcript *transcript =
        (chutes_transcript *)call->json.result->response;

    if (transcript->text_len == 0 ||
        chutes__transcript_reader_deliver(&call->reader, transcript->text,
                                          transcript->text_len)) {
        return CHUTES_OK;
    }
    call->json.result->is_partial = true;
    transcript->complete = 0;
    return chutes__fail_status(chutes__request_error(request_of(call)),
                               CHUTES_ERR_CANCELLED);
}

static void on_done(void *ctx, chutes_status status, const chutes_error *error)
{
    struct chutes__transcribe_call *call = ctx;

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

/* ---- the start ----------------------------------------------------------- */

chutes_status chutes__transcribe_begin(struct chutes_call *handle,
                                       const void *params, chutes_error *error)
{
    struct chutes__transcribe_call *call =
        (struct chutes__transcribe_call *)handle;
    const chutes_transcribe_params *own = params;

    call->reader.call = &call->json;
    call->reader.on_event = own->on_event;
    call->reader.event_data = own->user_data;
    chutes__transcript_reader_init(&call->reader);
    if (own->on_event != NULL) {
        call->json.receiver = &RECEIVER;
    }
    return chutes__json_call_begin(handle, params, error);
}

void chutes__transcribe_dispose(struct chutes_call *handle)
{
    chutes__transcript_reader_dispose(
        &((struct chutes__transcribe_call *)handle)->reader);
    chutes__json_call_dispose(handle);
}
