/* SPDX-License-Identifier: MIT */
#include <chutes/chat.h>

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/error.h"
#include "client/chat_stream.h"
#include "client/exchange.h"
#include "client/owner.h"
#include "client/params.h"
#include "codec/request.h"

CHUTES__ASSERT_NO_TAIL(chutes_chat_params, call_options);
CHUTES__ASSERT_NO_TAIL(chutes_message, extra_json);
CHUTES__ASSERT_NO_TAIL(chutes_content_part, json);
CHUTES__ASSERT_NO_TAIL(chutes_tool, reserved);
CHUTES__ASSERT_NO_TAIL(chutes_tool_call, arguments_len);
CHUTES__ASSERT_NO_TAIL(chutes_logit_bias, bias);
CHUTES__ASSERT_NO_TAIL(chutes_header, value);

struct chat_result {
    chutes_chat_response response; /* first, so that one casts to the other */
    struct chutes__owner owner;
};

struct chat_call {
    struct chutes__exchange exchange;
    struct chutes__chat_stream stream;
    struct chutes__buf body;
    struct chutes__arena arena; /* of the result */
};

static chutes_status on_head(void *ctx, const char *content_type)
{
    static const char octets[] = "application/octet-stream";
    struct chat_call *call = ctx;

    /* Some servers stream whether asked to or not; where the type says nothing,
     * the answer is what was asked for. */
    if (!call->stream.wants_stream &&
        (content_type[0] == '\0' ||
         strncasecmp(content_type, octets, sizeof(octets) - 1) == 0)) {
        content_type = "application/json";
    }
    chutes__chat_stream_content_type(&call->stream, content_type);
    return CHUTES_OK;
}

static chutes_status on_body(void *ctx, const char *bytes, size_t len)
{
    struct chat_call *call = ctx;
    struct chutes__exchange *exchange = &call->exchange;
    size_t events = call->stream.event_count;
    chutes_status status = chutes__chat_stream_feed(&call->stream, bytes, len);

    if (exchange->first_token_us < 0 && call->stream.acc.saw_token) {
        exchange->first_token_us =
            chutes__clock_now_us() - exchange->started_us;
    }
    if (status != CHUTES_OK) {
        return status;
    }
    if (call->stream.is_done) {
        chutes__transfer_complete(exchange->transfer);
    } else if (call->stream.event_count != events) {
        chutes__transfer_progress(exchange->transfer);
    }
    return CHUTES_OK;
}

static chutes_status prepare(struct chat_call *call, chutes_client *client,
                             const chutes_chat_params *params,
                             chutes_error *error)
{
    const chutes_client_options *options = &client->config.options;
    const struct chutes__chat_stream_options stream_options = {
        .accumulator = {params->on_event, params->user_data,
                        options->max_json_depth, options->max_choices,
                        options->max_tool_calls, options->max_response_bytes},
        .max_line = options->max_line_bytes,
        .max_event = options->max_event_bytes,
        .max_body = options->max_response_bytes,
        .wants_stream = params->on_event != NULL,
    };
    chutes_status status;

    memset(call, 0, sizeof(*call));
    chutes__buf_init(&call->body, options->max_request_bytes);
    chutes__chat_stream_init(&call->stream, &stream_options, error);
    call->exchange = (struct chutes__exchange){
        .client = client,
        .base = &client->config.base,
        .path = "chat/completions",
        .accept = call->stream.wants_stream ? "Accept: text/event-stream"
                                            : "Accept: application/json",
        .body = &call->body,
        .receiver = {on_head, on_body, call},
        .error = error,
        .arena = &call->arena,
    };
    chutes__arena_init(&call->arena);
    status = chutes__config_clocks(&client->config, params->call_options,
                                   &call->exchange.clocks, error);
    if (status != CHUTES_OK) {
        return status;
    }
    if (!call->stream.wants_stream) {
        call->exchange.clocks.progress_ms = 0; /* one document has no events */
    }
    return chutes__encode_chat(params, options->max_json_depth, &call->body,
                               error);
}

/* What a whole answer, or what arrived of one, amounts to. */
static chutes_status finish(struct chat_call *call, chutes_status status)
{
    bool is_answer = chutes__exchange_is_answer(&call->exchange);

    if (status == CHUTES_ERR_TIMEOUT &&
        chutes__accumulator_finished(&call->stream.acc)) {
        /* All was said; the server forgot to end the answer. */
        status = CHUTES_ERR_TRUNCATED;
    }
    if (is_answer && (status == CHUTES_OK || status == CHUTES_ERR_TRUNCATED)) {
        status = chutes__chat_stream_finish(&call->stream, status);
    }
    if (status == CHUTES_OK) {
        chutes__error_clear(call->exchange.error);
    }
    return status;
}

/* Is there anything to hand over? A whole answer, or what is left of a stream
 * that had told something. */
static bool has_response(const struct chat_call *call, chutes_status status)
{
    return status == CHUTES_OK ||
           (call->stream.wants_stream &&
            chutes__accumulator_has_content(&call->stream.acc));
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
    if (chutes__accumulator_build(&call->stream.acc, &call->arena, answer) !=
        CHUTES_OK) {
        return false;
    }
    tokens = answer->usage != NULL ? answer->usage->completion_tokens : -1;
    answer->complete = status == CHUTES_OK;
    answer->end = call->stream.end;
    answer->info = chutes__exchange_info(&call->exchange, tokens);
    if (answer->info == NULL) {
        return false;
    }
    chutes__owner_take(&result->owner, &call->arena);
    *response = answer;
    return true;
}

static void dispose(struct chat_call *call)
{
    chutes__exchange_dispose(&call->exchange);
    chutes__chat_stream_dispose(&call->stream);
    chutes__buf_dispose(&call->body);
    chutes__arena_dispose(&call->arena);
}

chutes_status chutes_chat(chutes_client *client,
                          const chutes_chat_params *params,
                          chutes_chat_response **response, chutes_error *error)
{
    chutes_chat_params own = chutes_chat_params_default();
    struct chat_call call;
    chutes_error local;
    chutes_status status;

    error = error != NULL ? error : &local;
    chutes__error_clear(error);
    if (response != NULL) {
        *response = NULL;
    }
    if (client == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "client must not be NULL");
    }
    status = chutes__params_copy(&own, sizeof(own), params, sizeof(own),
                                 "params", error);
    if (status != CHUTES_OK) {
        return status;
    }
    status = prepare(&call, client, &own, error);
    if (status == CHUTES_OK) {
        status = finish(&call, chutes__exchange_run(&call.exchange));
        if (response != NULL && has_response(&call, status) &&
            !build(&call, status, response) && status == CHUTES_OK) {
            status = chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
        }
    }
    dispose(&call);
    return status;
}

const char *chutes_chat_response_text(const chutes_chat_response *response)
{
    if (response == NULL || response->choice_count == 0 ||
        response->choices[0]->content == NULL) {
        return "";
    }
    return response->choices[0]->content;
}

void chutes_chat_response_free(chutes_chat_response *response)
{
    if (response != NULL) {
        chutes__owner_free(&((struct chat_result *)response)->owner);
    }
}

const char *chutes_end_name(chutes_end end)
{
    switch (end) {
    case CHUTES_END_NONE:
        return "none";
    case CHUTES_END_DONE:
        return "done";
    case CHUTES_END_FINISHED_WITHOUT_DONE:
        return "finished_without_done";
    case CHUTES_END_TRUNCATED:
        return "truncated";
    case CHUTES_END_ERROR:
        return "error";
    }
    return "unknown";
}
