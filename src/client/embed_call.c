/* SPDX-License-Identifier: MIT */
#include "client/embed_call.h"

#include "base/error.h"
#include "base/mem.h"
#include "client/loop_core.h"
#include "client/params.h"

CHUTES__ASSERT_NO_TAIL(chutes_embed_params, call_options);

/* ---- the end of the call ------------------------------------------------- */

static void free_answers(struct chutes__embed_result *result)
{
    for (size_t i = 0; i < result->response.part_count; i++) {
        chutes__mem_free(result->answers[i]);
    }
}

/* Anything to hand over? Also when another part failed. */
static bool has_response(const struct chutes__embed_call *call)
{
    return call->values != NULL && call->result->response.info != NULL;
}

/* Of all parts, as each request is one. */
static int count_attempts(const struct chutes__embed_call *call)
{
    int attempts = 0;

    for (size_t i = 0; i < call->begun; i++) {
        attempts += call->parts[i].view->attempts;
    }
    return attempts;
}

/* Parts that were begun have disposed of their fetch themselves. */
static void dispose(struct chutes__embed_call *call)
{
    for (size_t i = call->begun; i < call->prepared; i++) {
        chutes__fetch_dispose(&call->parts[i].fetch);
    }
    chutes__mem_free(call->parts);
    chutes__arena_dispose(&call->arena);
}

static void conclude(struct chutes__embed_call *call)
{
    chutes_embed_response *response = &call->result->response;
    chutes_status status =
        call->failed != NULL ? call->failed->view->status : CHUTES_OK;

    if (status == CHUTES_OK && response->info == NULL) {
        status = chutes__fail_status(&call->error, CHUTES_ERR_NO_MEMORY);
    }
    call->error.attempts = count_attempts(call);
    if (status == CHUTES_OK) {
        chutes__error_clear(&call->error);
    }
    response->complete = status == CHUTES_OK;
    if (response->part_count == 1 && response->complete) {
        response->raw_json = response->parts[0]->raw_json;
        response->raw_len = response->parts[0]->raw_len;
    }
    if (has_response(call)) {
        chutes__owner_take(&call->result->owner, &call->arena);
    } else {
        free_answers(call->result);
        response = NULL;
    }
    dispose(call);
    chutes__call_leave(&call->call);
    call->on_done(status, response, &call->error, call->user_data);
    chutes__call_drop(&call->call);
}

static void cancel(struct chutes_call *call)
{
    struct chutes__embed_call *embed = (struct chutes__embed_call *)call;

    for (size_t i = 0; i < embed->begun; i++) {
        chutes__exchange_cancel(&embed->parts[i].fetch.exchange);
    }
}

/* The first failure is the call's, and ends the other parts. That the call was
 * cancelled is no part's doing. */
static void fail(struct chutes__embed_part *part)
{
    struct chutes__embed_call *call = part->call;
    chutes_error *error = &call->error;

    if (call->failed != NULL) {
        return;
    }
    call->failed = part;
    *error = part->error;
    if (call->result->response.part_count > 1 &&
        part->view->status != CHUTES_ERR_CANCELLED) {
        chutes__fail(error, part->view->status,
                     "request %zu of %zu (inputs %zu to %zu): %s",
                     (size_t)(part - call->parts) + 1,
                     call->result->response.part_count, part->first,
                     part->first + part->count - 1, part->error.message);
    }
    cancel(&call->call);
}

/* ---- the parts ----------------------------------------------------------- */

static void begin_parts(struct chutes__embed_call *call)
{
    while (call->failed == NULL && call->running < call->most &&
           call->begun < call->result->response.part_count) {
        struct chutes__embed_part *part = &call->parts[call->begun++];
        chutes_status status = chutes__exchange_start(&part->fetch.exchange);

        part->view->status = status;
        if (status == CHUTES_OK) {
            call->running++;
        } else {
            chutes__fetch_dispose(&part->fetch);
            fail(part);
        }
    }
}

/* By the request that ended last. */
static void describe(struct chutes__embed_call *call,
                     const struct chutes__exchange *exchange)
{
    chutes_response_info *info = chutes__exchange_info(exchange, -1);

    if (info != NULL) {
        info->attempts = count_attempts(call);
    }
    call->result->response.info = info;
}

static void on_part_done(struct chutes__fetch *fetch, chutes_status status)
{
    struct chutes__embed_part *part = chutes__embed_part_of(fetch);
    struct chutes__embed_call *call = part->call;
    const struct chutes__exchange *exchange = &fetch->exchange;

    if (status == CHUTES_OK) {
        status = chutes__embed_keep_answer(part);
    }
    part->view->status = status;
    part->view->http_status = exchange->http_status;
    part->view->attempts = exchange->attempts;
    call->running--;
    if (status == CHUTES_OK) {
        begin_parts(call);
    }
    if (call->running == 0) {
        describe(call, exchange);
    }
    chutes__fetch_dispose(fetch);
    if (status != CHUTES_OK) {
        fail(part);
    }
    if (call->running == 0) {
        conclude(call);
    }
}

static const struct chutes__call_type TYPE = {cancel, NULL, NULL};

/* ---- the start ----------------------------------------------------------- */

/* False, with the error filled: nothing is under way. */
static chutes_status begin(struct chutes__embed_call *call,
                           const chutes_embed_params *params)
{
    chutes_status status = chutes__embed_prepare(call, params);

    if (status != CHUTES_OK) {
        return status;
    }
    for (size_t i = 0; i < call->prepared; i++) {
        call->parts[i].fetch.on_done = on_part_done;
    }
    begin_parts(call);
    return call->running > 0 ? CHUTES_OK : call->failed->view->status;
}

chutes_status chutes__embed_call_start(struct chutes_loop *loop,
                                       const chutes_embed_params *params,
                                       chutes_embed_done_fn on_done,
                                       void *user_data, chutes_call **handle,
                                       chutes_error *error)
{
    chutes_embed_params own = chutes_embed_params_default();
    struct chutes__embed_call *call;
    chutes_status status = chutes__loop_check(loop, error);

    if (status == CHUTES_OK) {
        status = chutes__params_copy(&own, sizeof(own), params, sizeof(own),
                                     "params", error);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    call = (struct chutes__embed_call *)chutes__call_new(sizeof(*call), &TYPE,
                                                         loop);
    if (call == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    chutes__arena_init(&call->arena);
    chutes__error_clear(&call->error);
    call->on_done = on_done;
    call->user_data = user_data;
    status = begin(call, &own);
    if (status != CHUTES_OK) {
        dispose(call);
        *error = call->error;
    }
    return chutes__call_settle(&call->call, status, handle);
}

void chutes_embed_response_free(chutes_embed_response *response)
{
    if (response != NULL) {
        struct chutes__embed_result *result =
            (struct chutes__embed_result *)response;

        free_answers(result);
        chutes__owner_free(&result->owner);
    }
}
