/* SPDX-License-Identifier: MIT */
/*
 * The exported iterator over the events of a streamed chat call: drives a loop
 * of its own until there is an event to return.
 */
#include <chutes/stream.h>

#include "base/error.h"
#include "base/mem.h"
#include "chat/event_queue.h"
#include "client/chat_call.h"
#include "client/fed_call.h"
#include "client/loop.h"
#include "client/loop_pool.h"
#include "client/params.h"

#include <unistd.h>

#include <stdatomic.h>

/* How many bytes of events are read before the application asks for them: as
 * many as one read of the connection usually brings. */
enum { MAX_AHEAD = 32 * 1024 };

/* The events of a chunk may take MAX_QUEUED_SHARE times its length in the
 * queue. A chunk counts as at least MAX_QUEUED_FREE bytes long. */
enum { MAX_QUEUED_SHARE = 4, MAX_QUEUED_FREE = 64 * 1024 };

/* The call is paused after each read with an event. While the application asks
 * for no events, nothing drives the loop, and what the server sends waits in
 * the socket. */
struct chutes_chat_stream {
    struct chutes_loop *loop; /* borrowed from the client while it is open */
    chutes_call *call;
    struct chutes__event_queue events; /* not returned yet */
    const chutes_error *cleared;       /* the last error that was cleared */
    bool is_done;
    bool has_returned_end;    /* `status` was returned */
    size_t queued_chunk;      /* number of the chunk that was queued last */
    chutes_status failure;    /* why an event could not be queued */
    atomic_bool is_cancelled; /* by any thread */
    chutes_status status;     /* once it is done */
    chutes_chat_response *response;
    chutes_error error;
};

/* ---- the events ---------------------------------------------------------- */

/* A whole document delivers all of its events at once, and an event takes more
 * memory than the few bytes that may cause it, so a hostile document could
 * exhaust the memory. The events of an honest one take a few times its length.
 */
static void queue_up(chutes_chat_stream *stream, const chutes_chat_event *event)
{
    struct chutes__event_queue *events = &stream->events;
    struct chutes__tool_slot *slot = chutes__chat_call_slot(stream->call);
    size_t chunk = chutes__chat_call_chunk(stream->call);
    bool is_same = chunk == stream->queued_chunk;

    if (stream->failure != CHUTES_OK) {
        return;
    }
    stream->queued_chunk = chunk;
    if (is_same ? !chutes__event_queue_push_same(events, event, slot)
                : !chutes__event_queue_push(events, event, slot)) {
        stream->failure = CHUTES_ERR_NO_MEMORY;
    } else if (events->bytes / MAX_QUEUED_SHARE > MAX_QUEUED_FREE &&
               events->bytes / MAX_QUEUED_SHARE > event->raw_len) {
        stream->failure = CHUTES_ERR_TOO_LARGE;
    }
}

static int on_event(const chutes_chat_event *event, void *user_data)
{
    chutes_chat_stream *stream = user_data;

    queue_up(stream, event);
    if (!chutes__chat_call_is_fed(stream->call)) {
        return stream->failure != CHUTES_OK;
    }
    if (stream->events.bytes < MAX_AHEAD) {
        chutes__fed_call_pause(stream->call); /* after this read */
    } else {
        stream->call->type->pause(stream->call); /* after this event */
    }
    return stream->failure != CHUTES_OK;
}

/* Drives the loop until there is an event. Returns NULL if the call has ended,
 * or if a callback has forked and this is the child. */
static const chutes_chat_event *wait_for_event(chutes_chat_stream *stream)
{
    const chutes_chat_event *event = NULL;

    while (event == NULL && !stream->is_done) {
        chutes__chat_call_pull(stream->call);
        if (chutes__event_queue_is_empty(&stream->events) &&
            chutes__loop_step(stream->loop, -1) == CHUTES_ERR_MISUSE) {
            return NULL;
        }
        /* If a step fails for another reason, the call ends and reports it. */
        event = chutes__event_queue_pop(&stream->events);
    }
    return event;
}

/* ---- lifecycle ----------------------------------------------------------- */

static void on_done(chutes__done_fn on_done_fn, chutes_status status,
                    void *response, const chutes_error *error, void *user_data)
{
    chutes_chat_stream *stream = user_data;

    (void)on_done_fn;
    stream->is_done = true;
    stream->status = status;
    stream->response = response;
    stream->error = *error;
    if (stream->failure == CHUTES_ERR_TOO_LARGE) {
        stream->status = chutes__fail(&stream->error, stream->failure,
                                      "the answer was not streamed and has "
                                      "more events than can be queued");
    } else if (stream->failure != CHUTES_OK) {
        stream->status = chutes__fail_status(&stream->error, stream->failure);
    }
}

static chutes_status start(chutes_chat_stream *stream, chutes_client *client,
                           const chutes_chat_params *params,
                           chutes_error *error)
{
    const struct chutes__caller caller = {.deliver = on_done,
                                          .user_data = stream};
    chutes_chat_params own = chutes_chat_params_default();
    chutes_status status = chutes__params_copy(&own, sizeof(own), params,
                                               sizeof(own), "params", error);

    if (status != CHUTES_OK) {
        return status;
    }
    if (own.on_event != NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "on_event must be NULL: chutes_chat_stream_next() "
                            "returns the events");
    }
    own.on_event = on_event;
    own.user_data = stream;
    stream->loop = chutes__loop_pool_acquire(client, &status, error);
    if (stream->loop == NULL) {
        return status;
    }
    return chutes__call_begin(&chutes__chat_call_type, stream->loop, &own,
                              &caller, &stream->call, error);
}

chutes_status chutes_chat_stream_open(chutes_client *client,
                                      const chutes_chat_params *params,
                                      chutes_chat_stream **stream,
                                      chutes_error *error)
{
    chutes_chat_stream *made;
    chutes_error local;
    chutes_status status;

    error = error != NULL ? error : &local;
    chutes__error_clear(error);
    if (stream == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "stream must not be NULL");
    }
    *stream = NULL;
    made = chutes__mem_zalloc(sizeof(*made));
    if (made == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    status = start(made, client, params, error);
    if (status == CHUTES_OK) {
        *stream = made;
        return CHUTES_OK;
    }
    if (made->loop != NULL) {
        chutes__loop_pool_release(made->loop);
    }
    chutes__mem_free(made);
    return status;
}

/* Cancels the call, and drops the events that were not returned yet. If there
 * were any, the caller hasn't seen the whole response, so CHUTES_OK becomes
 * CHUTES_ERR_CANCELLED. */
static void end_early(chutes_chat_stream *stream)
{
    chutes_call_cancel(stream->call);
    (void)chutes__loop_drive(stream->loop, &stream->is_done);
    if (chutes__event_queue_is_empty(&stream->events)) {
        return;
    }
    chutes__event_queue_dispose(&stream->events);
    if (stream->status == CHUTES_OK) {
        stream->status =
            chutes__fail_status(&stream->error, CHUTES_ERR_CANCELLED);
        stream->error.outcome = CHUTES_OUTCOME_ANSWERED;
        stream->error.http_status = stream->response->info->http_status;
        stream->error.attempts = stream->response->info->attempts;
        stream->response->complete = 0;
    }
}

/* Clearing an error takes longer than the rest of returning an event, and most
 * callers pass the same one each time, as it was left. */
static void clear_error(chutes_chat_stream *stream, chutes_error *error)
{
    if (error != stream->cleared ||
        (error != NULL &&
         (error->status != CHUTES_OK || error->message[0] != '\0'))) {
        chutes__error_clear(error);
        stream->cleared = error;
    }
}

static chutes_status return_end(chutes_chat_stream *stream, chutes_error *error)
{
    stream->has_returned_end = true;
    if (error != NULL) {
        *error = stream->error;
    }
    return stream->status;
}

static chutes_status refuse(chutes_error *error)
{
    return chutes__fail(error, CHUTES_ERR_MISUSE,
                        "the stream was opened before fork(): its connection "
                        "is the parent's");
}

chutes_status chutes_chat_stream_next(chutes_chat_stream *stream,
                                      const chutes_chat_event **event,
                                      chutes_error *error)
{
    bool is_cancelled = stream != NULL && atomic_load(&stream->is_cancelled);

    if (event != NULL) {
        *event = NULL;
    }
    if (stream == NULL || event == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%s must not be NULL",
                            stream == NULL ? "stream" : "event");
    }
    if (!is_cancelled) {
        *event = chutes__event_queue_pop(&stream->events);
    }
    if (*event == NULL) {
        /* Don't check this for each event: it takes a system call. */
        if (stream->loop->process != getpid()) {
            return refuse(error);
        }
        if (is_cancelled) {
            end_early(stream);
        }
        *event = wait_for_event(stream);
        if (*event == NULL && !stream->is_done) {
            return refuse(error);
        }
    }
    if (*event == NULL) {
        return return_end(stream, error);
    }
    clear_error(stream, error);
    return CHUTES_OK;
}

chutes_chat_response *
chutes_chat_stream_take_response(chutes_chat_stream *stream)
{
    chutes_chat_response *response;

    /* Until the end is returned, the response may hold more than the events
     * that the caller has seen. */
    if (stream == NULL || !stream->has_returned_end) {
        return NULL;
    }
    response = stream->response;
    stream->response = NULL;
    return response;
}

void chutes_chat_stream_cancel(chutes_chat_stream *stream)
{
    if (stream != NULL) {
        atomic_store(&stream->is_cancelled, true);
        chutes_call_cancel(stream->call);
    }
}

/* Cancels the call if it isn't done, and returns the loop to the client. */
static void end_call(chutes_chat_stream *stream)
{
    if (!stream->is_done) {
        chutes_call_cancel(stream->call);
        (void)chutes__loop_drive(stream->loop, &stream->is_done);
    }
    chutes_call_free(stream->call);
    chutes__loop_pool_release(stream->loop);
}

void chutes_chat_stream_close(chutes_chat_stream *stream)
{
    if (stream == NULL) {
        return;
    }
    if (stream->loop->process == getpid()) {
        end_call(stream);
    } else {
        /* In the child of a fork, don't touch the client: a thread of the
         * parent may have held its mutex. */
        chutes_call_free(stream->call);
        chutes__loop_destroy(stream->loop);
    }
    chutes__event_queue_dispose(&stream->events);
    chutes_chat_response_free(stream->response);
    chutes__mem_free(stream);
}
