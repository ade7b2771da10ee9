/* SPDX-License-Identifier: MIT */
/*
 * A chat call on a loop: feeds the answer to its reader, and passes the events
 * of a stream on to the application.
 */
#include "client/chat_call.h"

#include "base/error.h"
#include "base/slice.h"
#include "chat/answer_end.h"
#include "client/chat_result.h"
#include "client/config.h"
#include "codec/request.h"

/* ---- the stream ---------------------------------------------------------- */

/* One read of the connection can hold thousands of events, each with a slow
 * callback, so the call checks after each of them whether it was cancelled. It
 * checks after the callback, so that the response holds what the events have
 * reported. */
static int relay_event(const chutes_chat_event *event, void *user_data)
{
    struct chutes__chat_call *call = user_data;

    chutes__request_commit(&call->fed.request);
    if (call->on_event(event, call->event_data) != 0 ||
        chutes__call_was_cancelled(&call->fed.call)) {
        return 1;
    }
    if (call->fed.is_feeding &&
        chutes__transfer_is_turn_over(call->fed.request.transfer)) {
        chutes__answer_reader_pause(&call->reader);
    }
    return 0;
}

static void init_reader(struct chutes__chat_call *call)
{
    const chutes_client_options *options = &call->fed.call.config->options;
    bool is_streamed = call->on_event != NULL;
    const struct chutes__answer_reader_options reader_options = {
        .accumulator = {is_streamed ? relay_event : NULL, call,
                        options->max_json_depth, options->max_choices,
                        options->max_tool_calls,
                        options->max_stream_bytes != 0
                            ? options->max_stream_bytes
                            : SIZE_MAX,
                        &call->fed.call.loop->chunk, call->asked,
                        options->trust_done != 0, call->forgets_text,
                        call->needs_all, call->reasoning_tags},
        .max_line = options->max_line_bytes,
        .max_event = options->max_event_bytes,
        .max_body = options->max_response_bytes,
        .wants_stream = is_streamed,
    };

    chutes__answer_reader_init(&call->reader, &reader_options,
                               &call->fed.call.loop->requests.scratch);
}

/* ---- what the request reports ------------------------------------------- */

static void on_restart(void *ctx)
{
    struct chutes__chat_call *call = ctx;

    chutes__answer_reader_dispose(&call->reader);
    init_reader(call);
}

static chutes_status on_head(void *ctx, const char *content_type)
{
    struct chutes__chat_call *call = ctx;

    /* Some servers stream whether asked to or not, so the type decides. If it
     * is missing or generic, the answer is assumed to be JSON. */
    if (!call->reader.wants_stream &&
        (content_type[0] == '\0' ||
         chutes__slice_starts_with_nocase(chutes__slice_of(content_type),
                                          "application/octet-stream"))) {
        content_type = "application/json";
    }
    chutes__answer_reader_content_type(&call->reader, content_type);
    call->reader.has_length =
        chutes__header_list_count(&call->fed.request.headers,
                                  "Content-Length") >= 0;
    return CHUTES_OK;
}

/* Feeds the reader until all bytes are consumed, a callback has left the call
 * paused or the turn is over. Returns the number of bytes consumed. */
static size_t feed(struct chutes__chat_call *call, const char *bytes,
                   size_t len, chutes_status *status)
{
    struct chutes__answer_reader *reader = &call->reader;
    struct chutes__transfer *transfer = call->fed.request.transfer;
    size_t taken = 0;

    chutes__fed_call_begin(&call->fed);
    do {
        *status =
            chutes__answer_reader_feed(reader, bytes + taken, len - taken);
        taken += reader->taken;
    } while (*status == CHUTES_OK && !call->fed.wants_pause &&
             (taken < len || chutes__answer_reader_has_rest(reader)) &&
             !chutes__transfer_is_turn_over(transfer));
    chutes__fed_call_end(&call->fed);
    if (chutes__answer_reader_has_rest(reader)) {
        chutes__transfer_call_again(transfer);
    }
    return taken;
}

/* The stream makes progress when this count grows. */
static size_t count_events(const struct chutes__chat_call *call)
{
    return call->reader.event_count + call->reader.acc.event_count;
}

/* The server may send more until [DONE]. But once everything that was requested
 * has arrived, it must end the answer within finish_grace_ms, whatever else it
 * sends meanwhile. */
static void watch_end(struct chutes__chat_call *call)
{
    struct chutes__transfer *transfer = call->fed.request.transfer;

    if (chutes__answer_end_is_due(&call->reader)) {
        chutes__transfer_expect_end(transfer);
    } else {
        chutes__transfer_expect_more(transfer);
    }
}

static chutes_status on_data(void *ctx, const char *bytes, size_t *len)
{
    struct chutes__chat_call *call = ctx;
    struct chutes__request *request = &call->fed.request;
    size_t events = count_events(call);
    bool has_token;
    chutes_status status;

    if (chutes__call_was_cancelled(&call->fed.call)) {
        return chutes__fail_status(chutes__request_error(request),
                                   CHUTES_ERR_CANCELLED);
    }
    *len = feed(call, bytes, *len, &status);
    has_token = call->reader.acc.saw_token;
    if (has_token) {
        call->reader.acc.saw_token = false; /* set again by the next one */
        chutes__request_note_token(request);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    chutes__fed_call_forget(&call->fed, &call->body);
    if (call->reader.is_done) {
        chutes__transfer_complete(request->transfer);
    } else if (count_events(call) != events) {
        chutes__transfer_progress(request->transfer);
    }
    if (has_token) {
        /* Some servers send a finish_reason in each chunk, so the answer may go
         * on: the finish clock must begin anew. */
        chutes__transfer_expect_more(request->transfer);
    }
    watch_end(call);
    return CHUTES_OK;
}

/* Decides the status of the answer, of which only a part may have arrived. */
static chutes_status on_end(void *ctx, chutes_status status)
{
    struct chutes__chat_call *call = ctx;
    bool is_answer = chutes__request_is_answer(&call->fed.request);

    if (is_answer && status == CHUTES_ERR_TIMEOUT &&
        !call->fed.request.is_paused) {
        status = chutes__answer_reader_flush(&call->reader);
        if (status == CHUTES_OK) {
            status = chutes__answer_end_is_due(&call->reader)
                         ? CHUTES_ERR_TRUNCATED
                         : CHUTES_ERR_TIMEOUT;
        }
    }
    if (is_answer && (status == CHUTES_OK || status == CHUTES_ERR_TRUNCATED)) {
        status = chutes__answer_reader_finish(&call->reader, status);
    }
    return status;
}

/* ---- the end ------------------------------------------------------------- */

/* Frees all but the reader: a callback may have borrowed an event from it. */
static void dispose_request(struct chutes__chat_call *call)
{
    chutes__request_dispose(&call->fed.request);
    chutes__buf_dispose(&call->body);
    chutes__arena_dispose(&call->arena);
}

void chutes__chat_call_dispose(struct chutes_call *handle)
{
    struct chutes__chat_call *call = (struct chutes__chat_call *)handle;

    dispose_request(call);
    chutes__answer_reader_dispose(&call->reader);
}

static void on_done(void *ctx, chutes_status status, const chutes_error *error)
{
    struct chutes__chat_call *call = ctx;
    chutes_chat_response *response = NULL;
    chutes_error own;

    if (chutes__chat_result_is_due(&call->reader, status)) {
        response = chutes__chat_result_build(&call->reader, &call->fed.request,
                                             &call->arena, status);
    }
    if (response == NULL && status == CHUTES_OK) {
        status = chutes__request_fail_result(&call->fed.request, &own);
        error = &own;
    }
    dispose_request(call);
    chutes__call_report(&call->fed.call, status, response, error);
    chutes__answer_reader_dispose(&call->reader);
    chutes__call_drop(&call->fed.call);
}

/* ---- pause --------------------------------------------------------------- */

void chutes__chat_call_pause(struct chutes_call *call)
{
    chutes__fed_call_pause(call);
    /* Stops the reader after the current event, if it is running. */
    chutes__answer_reader_pause(&((struct chutes__chat_call *)call)->reader);
}

bool chutes__chat_call_is_fed(const chutes_call *call)
{
    return ((const struct chutes__fed_call *)call)->is_feeding;
}

size_t chutes__chat_call_chunk(const chutes_call *call)
{
    return ((const struct chutes__chat_call *)call)->reader.event_count;
}

void chutes__chat_call_pull(chutes_call *call)
{
    chutes__request_pull(&((struct chutes__fed_call *)call)->request);
}

/* ---- fallback models ----------------------------------------------------- */

static const char *next_model(void *ctx)
{
    struct chutes__chat_call *call = ctx;
    const char *model;

    if (call->next_model_count == 0) {
        return NULL;
    }
    model = *call->next_models;
    if (chutes__chat_body_replace_model(&call->body, model) != CHUTES_OK) {
        return NULL; /* out of memory: report why the attempt failed */
    }
    call->next_models++;
    call->next_model_count--;
    return model;
}

/* Copies the names of the fallback models, which are needed after the start. */
static chutes_status copy_models(struct chutes__chat_call *call,
                                 const chutes_chat_params *params,
                                 chutes_error *error)
{
    size_t count = params->fallback_model_count;
    const char **models =
        chutes__arena_alloc(&call->arena, count + 1, sizeof(*models));
    bool is_copied = call->model != NULL && models != NULL;

    for (size_t i = 0; is_copied && i < count; i++) {
        models[i] = chutes__arena_dup(
            &call->arena, chutes__slice_of(params->fallback_models[i]));
        is_copied = models[i] != NULL;
    }
    if (!is_copied) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    call->next_models = models;
    call->next_model_count = count;
    return CHUTES_OK;
}

/* ---- the start ----------------------------------------------------------- */

static const struct chutes__receiver RECEIVER = {
    .on_restart = on_restart,
    .on_head = on_head,
    .on_data = on_data,
    .on_end = on_end,
    .on_done = on_done,
    .next_model = next_model,
    .is_cancelled = chutes__call_is_cancelled,
};

static void warn_of_ignored_key(const struct chutes__log *log,
                                const chutes_chat_params *params)
{
    const char *key = chutes__chat_ignored_key(params);

    if (key != NULL) {
        chutes__log_write(log, CHUTES_LOG_WARN,
                          "extra_json.%s: newer versions of vLLM ignore this;"
                          " use json_schema or structured_…",
                          key);
    }
}

/* If all choices are needed, an answer that the library cuts at max_choices
 * would be useless, so this refuses the request. */
static chutes_status count_choices(struct chutes__chat_call *call,
                                   const chutes_chat_params *params,
                                   const struct chutes__chat_post *post,
                                   chutes_error *error)
{
    size_t each = chutes__chat_choices(params);
    size_t most = (size_t)call->fed.call.config->options.max_choices;

    if (post->needs_all && post->prompts > most / each) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%zu prompts with %zu choices each are more than "
                            "max_choices, %zu",
                            post->prompts, each, most);
    }
    call->asked = each * post->prompts;
    return CHUTES_OK;
}

/* Copies the parameters that the call needs later, and encodes its request. */
static chutes_status prepare(struct chutes__chat_call *call,
                             const chutes_chat_params *params,
                             const struct chutes__chat_post *post,
                             chutes_error *error)
{
    const chutes_client_options *options = &call->fed.call.config->options;
    chutes_status status;

    call->needs_all = post->needs_all;
    call->on_event = params->on_event;
    call->event_data = params->user_data;
    call->is_tee_only = params->tee_only == 1;
    call->reasoning_tags = params->reasoning_tags;
    call->forgets_text = params->on_event != NULL && params->accumulate == 0;
    chutes__buf_init(&call->body, options->max_request_bytes);
    chutes__arena_init(&call->arena);
    status =
        post->encode(post->params, options->max_json_depth, &call->body, error);
    if (status == CHUTES_OK) {
        warn_of_ignored_key(&call->fed.call.config->log, params);
        status = count_choices(call, params, post, error);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    call->model = chutes__chat_model(params, &call->arena);
    return copy_models(call, params, error);
}

/* With this header, Chutes' gateway refuses to use a chute outside of a TEE. */
static const char *const TEE_ONLY = "X-TEE-Only: true";

static chutes_status start_request(struct chutes__chat_call *call,
                                   const char *path,
                                   const chutes_call_options *call_options,
                                   chutes_error *error)
{
    struct chutes_loop *loop = call->fed.call.loop;
    const struct chutes__config *config = call->fed.call.config;
    bool is_streamed = call->on_event != NULL;
    struct chutes__request_options options = {
        .base = &config->base,
        .path = path,
        .accept = is_streamed ? "Accept: text/event-stream"
                              : "Accept: application/json",
        .headers = &TEE_ONLY,
        .header_count = call->is_tee_only ? 1 : 0,
        .body = &call->body,
        .model = call->model,
        .is_metered = true,
        .span = call->fed.call.span,
        .arena = &call->arena,
        .receiver = &RECEIVER,
        .ctx = call,
    };
    chutes_status status =
        chutes__config_rules(config, call_options, &options.rules, error);

    if (status != CHUTES_OK) {
        return status;
    }
    if (!is_streamed) {
        options.rules.clocks.progress_ms = 0; /* one document has no events */
    }
    return chutes__request_start(&call->fed.request, &loop->requests, &options,
                                 error);
}

chutes_status chutes__chat_call_begin(struct chutes_call *handle,
                                      const chutes_chat_params *params,
                                      const struct chutes__chat_post *post,
                                      chutes_error *error)
{
    struct chutes__chat_call *call = (struct chutes__chat_call *)handle;
    chutes_status status = prepare(call, params, post, error);

    if (status == CHUTES_OK) {
        chutes__chat_trace_request(handle->span, params);
    }
    /* The reader will be disposed of even after a failure. */
    init_reader(call);
    return status == CHUTES_OK
               ? start_request(call, post->path, params->call_options, error)
               : status;
}

/* ---- the type ------------------------------------------------------------ */

void chutes__chat_call_deliver(chutes__done_fn on_done_fn, chutes_status status,
                               void *response, const chutes_error *error,
                               void *user_data)
{
    ((chutes_chat_done_fn)on_done_fn)(status, response, error, user_data);
}

void chutes__chat_call_free_response(void *response)
{
    chutes_chat_response_free(response);
}

bool chutes__chat_call_read_use(const struct chutes_call *call,
                                const void *response, struct chutes__use *use)
{
    const chutes_chat_response *chat = response;

    (void)call;
    *use = (struct chutes__use){chat->model, chat->info->model, chat->usage};
    return true;
}
