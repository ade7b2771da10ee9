/* SPDX-License-Identifier: MIT */
#include "client/chat_call.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/slice.h"
#include "chat/answer_reader.h"
#include "client/exchange.h"
#include "client/loop.h"
#include "client/params.h"
#include "client/result_memory.h"
#include "codec/request.h"

CHUTES__ASSERT_NO_TAIL(chutes_chat_params, reserved);
CHUTES__ASSERT_NO_TAIL(chutes_message, extra_json);
CHUTES__ASSERT_NO_TAIL(chutes_content_part, json);
CHUTES__ASSERT_NO_TAIL(chutes_tool, reserved);
CHUTES__ASSERT_NO_TAIL(chutes_tool_call, arguments_len);
CHUTES__ASSERT_NO_TAIL(chutes_logit_bias, bias);
CHUTES__ASSERT_NO_TAIL(chutes_header, value);

/* Bytes of JSON that are decoded at the end of a call that is late already. */
enum { LATE_LOGPROBS_MAX = 4 << 20 };

struct chat_result {
    chutes_chat_response response; /* first, so that one casts to the other */
    struct chutes__result_memory memory;
};

struct chat_call {
    struct chutes_call call; /* first, so that one casts to the other */
    struct chutes__exchange exchange;
    struct chutes__answer_reader reader;
    bool forgets_text; /* accumulate is 0 */
    size_t asked;      /* choices */
    struct chutes__buf body;
    struct chutes__arena arena;    /* of the result */
    chutes_chat_event_fn on_event; /* NULL: not streamed */
    void *event_data;
    const char *const *next_models; /* to fall back to, in the arena */
    size_t next_model_count;
    chutes_chat_done_fn on_done;
    void *user_data;
};

/* ---- the stream ---------------------------------------------------------- */

/* One read of the connection can hold thousands of events, each with a callback
 * that takes its time. Looks behind the callback, so that the answer is what
 * the events told. */
static int relay_event(const chutes_chat_event *event, void *user_data)
{
    struct chat_call *call = user_data;

    call->exchange.is_committed = true;
    if (call->on_event(event, call->event_data) != 0 ||
        chutes__call_was_cancelled(&call->call)) {
        return 1;
    }
    if (call->reader.is_feeding &&
        chutes__transfer_is_turn_over(call->exchange.transfer)) {
        chutes__answer_reader_pause(&call->reader);
    }
    return 0;
}

static void init_reader(struct chat_call *call)
{
    const chutes_client_options *options =
        &call->call.loop->client->config.options;
    bool is_streamed = call->on_event != NULL;
    const struct chutes__answer_reader_options reader_options = {
        .accumulator = {is_streamed ? relay_event : NULL, call,
                        options->max_json_depth, options->max_choices,
                        options->max_tool_calls,
                        options->max_stream_bytes != 0
                            ? options->max_stream_bytes
                            : SIZE_MAX,
                        &call->call.loop->chunk, call->asked,
                        options->trust_done != 0, call->forgets_text},
        .max_line = options->max_line_bytes,
        .max_event = options->max_event_bytes,
        .max_body = options->max_response_bytes,
        .wants_stream = is_streamed,
    };

    chutes__answer_reader_init(&call->reader, &reader_options,
                               &call->call.loop->error);
}

/* ---- what the exchange tells --------------------------------------------- */

static void on_restart(void *ctx)
{
    struct chat_call *call = ctx;

    chutes__answer_reader_dispose(&call->reader);
    init_reader(call);
}

static chutes_status on_head(void *ctx, const char *content_type)
{
    static const char octets[] = "application/octet-stream";
    struct chat_call *call = ctx;

    /* Some servers stream whether asked to or not; where the type says nothing,
     * the answer is what was asked for. */
    if (!call->reader.wants_stream &&
        (content_type[0] == '\0' ||
         chutes__slice_starts_with_nocase(chutes__slice_of(content_type),
                                          octets))) {
        content_type = "application/json";
    }
    chutes__answer_reader_content_type(&call->reader, content_type);
    return CHUTES_OK;
}

/* Feeds the stream until a callback has paused the call without resuming it, or
 * the turn of the transfer is over. Returns how many of the bytes were taken.
 */
static size_t feed(struct chat_call *call, const char *bytes, size_t len,
                   chutes_status *status)
{
    struct chutes__answer_reader *reader = &call->reader;
    struct chutes__transfer *transfer = call->exchange.transfer;
    size_t taken = 0;

    do {
        *status =
            chutes__answer_reader_feed(reader, bytes + taken, len - taken);
        taken += reader->taken;
    } while (*status == CHUTES_OK && !call->exchange.is_paused &&
             (taken < len || chutes__answer_reader_has_rest(reader)) &&
             !chutes__transfer_is_turn_over(transfer));
    if (call->exchange.is_paused) {
        chutes__exchange_pause(&call->exchange);
    }
    if (chutes__answer_reader_has_rest(reader)) {
        chutes__transfer_call_again(transfer);
    }
    return taken;
}

/* Prompts are long, and answers that go on for minutes are many. */
static void forget_request(struct chat_call *call)
{
    if (call->exchange.is_committed && call->body.len > 0 &&
        chutes__transfer_is_sent(call->exchange.transfer)) {
        chutes__buf_dispose(&call->body);
    }
}

/* What was taken or told so far: a rise is progress. */
static size_t count_events(const struct chat_call *call)
{
    return call->reader.event_count + call->reader.acc.event_count;
}

/* The stream says anew when there is another. */
static void note_token(struct chat_call *call)
{
    struct chutes__exchange *exchange = &call->exchange;

    exchange->last_token_us = chutes__clock_now_us() - exchange->started_us;
    if (exchange->first_token_us < 0) {
        exchange->first_token_us = exchange->last_token_us;
    }
    call->reader.acc.saw_token = false;
}

/* The same of what has a part in the answer. */
static size_t count_news(const struct chat_call *call)
{
    return call->reader.news_count + call->reader.acc.event_count;
}

/* Until [DONE] the server may go on; but once all that was asked for is there,
 * not for ever. */
static void watch_end(struct chat_call *call)
{
    struct chutes__transfer *transfer = call->exchange.transfer;

    if (chutes__accumulator_finished(&call->reader.acc)) {
        chutes__transfer_expect_end(transfer);
    } else {
        chutes__transfer_expect_more(transfer);
    }
}

static chutes_status on_body(void *ctx, const char *bytes, size_t *len)
{
    struct chat_call *call = ctx;
    struct chutes__exchange *exchange = &call->exchange;
    size_t events = count_events(call);
    size_t news = count_news(call);
    chutes_status status;

    if (chutes__call_was_cancelled(&call->call)) {
        return chutes__fail_status(call->exchange.error, CHUTES_ERR_CANCELLED);
    }
    *len = feed(call, bytes, *len, &status);
    if (call->reader.acc.saw_token) {
        note_token(call);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    forget_request(call);
    if (call->reader.is_done) {
        chutes__transfer_complete(exchange->transfer);
    } else if (count_events(call) != events) {
        chutes__transfer_progress(exchange->transfer);
    }
    if (count_news(call) != news) {
        watch_end(call);
    }
    return CHUTES_OK;
}

/* What a whole answer, or what arrived of one, amounts to. */
static chutes_status on_end(void *ctx, chutes_status status)
{
    struct chat_call *call = ctx;
    bool is_answer = chutes__exchange_is_answer(&call->exchange);

    if (status == CHUTES_ERR_TIMEOUT && !call->exchange.is_paused &&
        chutes__accumulator_finished(&call->reader.acc)) {
        /* All was said; the server forgot to end the answer. */
        status = CHUTES_ERR_TRUNCATED;
    }
    if (is_answer && (status == CHUTES_OK || status == CHUTES_ERR_TRUNCATED)) {
        status = chutes__answer_reader_finish(&call->reader, status);
    }
    return status;
}

/* ---- the result ---------------------------------------------------------- */

/* Is there anything to hand over? A whole answer, be it one of failure, or what
 * is left of a stream that had told something. */
static bool has_response(const struct chat_call *call, chutes_status status)
{
    const struct chutes__accumulator *acc = &call->reader.acc;

    return status == CHUTES_OK ||
           ((call->reader.wants_stream ||
             (acc->is_whole && status == CHUTES_ERR_STREAM)) &&
            chutes__accumulator_has_content(acc));
}

/* A call that was told to end must end soon, and logprobs take long to decode.
 */
static void limit_logprobs(struct chat_call *call, chutes_status status)
{
    if (status == CHUTES_ERR_CANCELLED || status == CHUTES_ERR_TIMEOUT) {
        call->reader.acc.max_logprobs = LATE_LOGPROBS_MAX;
    }
}

/* False: out of memory. */
static bool build(struct chat_call *call, chutes_status status,
                  chutes_chat_response **response)
{
    struct chat_result *result =
        chutes__arena_alloc(&call->arena, 1, sizeof(*result));
    chutes_chat_response *answer;
    int64_t tokens;

    if (result == NULL) {
        return false;
    }
    answer = &result->response;
    limit_logprobs(call, status);
    if (chutes__accumulator_build(&call->reader.acc, &call->arena, answer) !=
        CHUTES_OK) {
        return false;
    }
    tokens = answer->usage != NULL ? answer->usage->completion_tokens : -1;
    answer->complete = status == CHUTES_OK;
    answer->end = call->reader.end;
    answer->info = chutes__exchange_info(&call->exchange, tokens);
    if (answer->info == NULL) {
        return false;
    }
    chutes__result_memory_take(&result->memory, &call->arena);
    *response = answer;
    return true;
}

/* All but the stream. */
static void dispose(struct chat_call *call)
{
    chutes__exchange_dispose(&call->exchange);
    chutes__buf_dispose(&call->body);
    chutes__arena_dispose(&call->arena);
}

static void on_done(void *ctx, chutes_status status)
{
    struct chat_call *call = ctx;
    chutes_chat_response *response = NULL;
    chutes_error error;

    if (has_response(call, status) && !build(call, status, &response) &&
        status == CHUTES_OK) {
        status =
            chutes__fail_status(call->exchange.error, CHUTES_ERR_NO_MEMORY);
    }
    chutes__exchange_take_error(&call->exchange, &error);
    if (status == CHUTES_OK) {
        chutes__error_clear(&error);
    }
    dispose(call);
    chutes__call_leave(&call->call);
    call->on_done(status, response, &error, call->user_data);
    chutes__answer_reader_dispose(&call->reader);
    chutes__call_drop(&call->call);
}

/* ---- what the loop and the application ask for --------------------------- */

static void cancel(struct chutes_call *call)
{
    chutes__exchange_cancel(&((struct chat_call *)call)->exchange);
}

/* From the callback of an event only what the callbacks of this chunk leave
 * behind counts: a transfer can't be resumed there. */
static void pause_call(struct chutes_call *call)
{
    struct chat_call *chat = (struct chat_call *)call;

    if (chat->reader.is_feeding) {
        chat->exchange.is_paused = true;
        chutes__answer_reader_pause(&chat->reader);
    } else {
        chutes__exchange_pause(&chat->exchange);
    }
}

static void resume_call(struct chutes_call *call)
{
    struct chat_call *chat = (struct chat_call *)call;

    if (chat->reader.is_feeding) {
        chat->exchange.is_paused = false;
    } else {
        chutes__exchange_resume(&chat->exchange);
    }
}

static const struct chutes__call_type TYPE = {cancel, pause_call, resume_call};

bool chutes__chat_call_is_fed(const chutes_call *call)
{
    return ((const struct chat_call *)call)->reader.is_feeding;
}

size_t chutes__chat_call_chunk(const chutes_call *call)
{
    return ((const struct chat_call *)call)->reader.event_count;
}

void chutes__chat_call_pull(chutes_call *call)
{
    struct chutes__exchange *exchange = &((struct chat_call *)call)->exchange;

    exchange->is_paused = false;
    if (exchange->transfer != NULL) {
        chutes__transfer_pull(exchange->transfer);
    }
}

/* ---- the start ----------------------------------------------------------- */

static const char *next_model(void *ctx)
{
    struct chat_call *call = ctx;
    const char *model;

    if (call->next_model_count == 0) {
        return NULL;
    }
    model = *call->next_models;
    if (chutes__chat_body_replace_model(&call->body, model) != CHUTES_OK) {
        return NULL; /* no memory for it: what went wrong before is told */
    }
    call->next_models++;
    call->next_model_count--;
    return model;
}

static const char *copy_text(struct chat_call *call, const char *text)
{
    return chutes__arena_dup(&call->arena,
                             (struct chutes__slice){text, strlen(text)});
}

/* What of the parameters is needed after the request was encoded. */
static chutes_status keep_models(struct chat_call *call,
                                 const chutes_chat_params *params)
{
    size_t count = params->fallback_model_count;
    const char **models =
        chutes__arena_alloc(&call->arena, count + 1, sizeof(*models));

    call->exchange.model = chutes__chat_body_model(&call->body, &call->arena);
    if (models == NULL || call->exchange.model == NULL) {
        return chutes__fail_status(call->exchange.error, CHUTES_ERR_NO_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        models[i] = copy_text(call, params->fallback_models[i]);
        if (models[i] == NULL) {
            return chutes__fail_status(call->exchange.error,
                                       CHUTES_ERR_NO_MEMORY);
        }
    }
    call->next_models = models;
    call->next_model_count = count;
    return CHUTES_OK;
}

static chutes_status prepare(struct chat_call *call,
                             const chutes_chat_params *params,
                             chutes_error *error)
{
    const struct chutes__config *config = &call->call.loop->client->config;
    bool is_streamed = params->on_event != NULL;
    chutes_status status;

    chutes__buf_init(&call->body, config->options.max_request_bytes);
    chutes__arena_init(&call->arena);
    call->on_event = params->on_event;
    call->event_data = params->user_data;
    call->forgets_text = is_streamed && params->accumulate == 0;
    init_reader(call);
    call->exchange.loop = call->call.loop;
    call->exchange.base = &config->base;
    call->exchange.path = "chat/completions";
    call->exchange.accept =
        is_streamed ? "Accept: text/event-stream" : "Accept: application/json";
    call->exchange.body = &call->body;
    call->exchange.receiver = (struct chutes__receiver){
        on_restart, on_head, on_body, on_end, on_done, call};
    call->exchange.next_model = next_model;
    call->exchange.error = error;
    call->exchange.arena = &call->arena;
    status = chutes__config_rules(config, params->call_options,
                                  &call->exchange.rules, error);
    if (status != CHUTES_OK) {
        return status;
    }
    if (!is_streamed) {
        /* One document has no events. */
        call->exchange.rules.clocks.progress_ms = 0;
    }
    status = chutes__encode_chat(params, config->options.max_json_depth,
                                 &call->body, error);
    if (status != CHUTES_OK) {
        return status;
    }
    call->asked = chutes__chat_body_choices(&call->body);
    call->reader.acc.options.asked = call->asked;
    return keep_models(call, params);
}

chutes_status chutes__chat_call_start(struct chutes_loop *loop,
                                      const chutes_chat_params *params,
                                      chutes_chat_done_fn on_done_fn,
                                      void *user_data, chutes_call **handle,
                                      chutes_error *error)
{
    chutes_chat_params own = chutes_chat_params_default();
    struct chat_call *call;
    chutes_status status = chutes__loop_check(loop, error);

    if (status == CHUTES_OK) {
        status = chutes__params_copy(&own, sizeof(own), params, sizeof(own),
                                     "params", error);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    call = (struct chat_call *)chutes__call_new(sizeof(*call), &TYPE, loop);
    if (call == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    call->on_done = on_done_fn;
    call->user_data = user_data;
    status = prepare(call, &own, error);
    if (status == CHUTES_OK) {
        status = chutes__exchange_start(&call->exchange);
    }
    if (status == CHUTES_OK) {
        call->exchange.error = &loop->error; /* the caller's is about to go */
    } else {
        dispose(call);
        chutes__answer_reader_dispose(&call->reader);
    }
    return chutes__call_settle(&call->call, status, handle);
}

chutes_status chutes_chat_start(chutes_loop *loop,
                                const chutes_chat_params *params,
                                chutes_chat_done_fn on_done_fn, void *user_data,
                                chutes_call **call, chutes_error *error)
{
    chutes_error local;
    chutes_status status;

    error = error != NULL ? error : &local;
    status = chutes__params_check_start(loop, on_done_fn != NULL, call, error);
    if (status != CHUTES_OK) {
        return status;
    }
    return chutes__chat_call_start(loop, params, on_done_fn, user_data, call,
                                   error);
}

void chutes_chat_response_free(chutes_chat_response *response)
{
    if (response != NULL) {
        chutes__result_memory_free(&((struct chat_result *)response)->memory);
    }
}
