/* SPDX-License-Identifier: MIT */
/*
 * An embeddings call on a loop: runs one request for each of its parts, as many
 * at once as allowed, and ends with the last of them.
 */
#include "client/embed_call.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "client/call.h"
#include "client/embed_parts.h"
#include "client/embed_result.h"
#include "client/embed_rows.h"
#include "client/embed_slot.h"
#include "client/params.h"

CHUTES__ASSERT_PARAMS(chutes_embed_params, message_size);

/* How many answers each of the requests that run at once must have had before
 * another one may run. */
enum { CALM_ROUNDS = 16 };

/* ---- the end of the call ------------------------------------------------- */

/* All slots must be free. */
static void dispose(struct chutes_call *handle)
{
    struct chutes__embed_call *call = (struct chutes__embed_call *)handle;
    size_t count = call->parts != NULL ? call->result->response.part_count : 0;

    for (size_t i = 0; i < count; i++) {
        chutes__buf_dispose(&call->parts[i].request);
    }
    chutes__mem_free(call->parts);
    chutes__mem_free(call->slots);
    chutes__rows_dispose(&call->rows);
    chutes__arena_dispose(&call->arena);
}

static chutes_status judge(struct chutes__embed_call *call)
{
    if (call->failed != NULL) {
        return call->failed->view->status;
    }
    if (call->info == NULL) {
        return chutes__fail_status(&call->error, CHUTES_ERR_NO_MEMORY);
    }
    chutes__error_clear(&call->error);
    return CHUTES_OK;
}

static void conclude(struct chutes__embed_call *call)
{
    chutes_embed_response *response = &call->result->response;
    chutes_status status = judge(call);

    chutes__embed_describe_result(call, status);
    /* A response exists if any part has rows, even if another failed. */
    if (call->rows.used > 0 && call->info != NULL) {
        chutes__embed_arrange(call);
        chutes__result_memory_take(&call->result->memory, &call->arena);
    } else {
        chutes__embed_free_parts(call->result);
        response = NULL;
    }
    chutes__call_end(&call->call, status, response, &call->error);
}

/* ---- a part -------------------------------------------------------------- */

static void on_part_done(void *ctx, chutes_status status,
                         const chutes_error *error);

/* Sets the call's error, whose message names the part that failed. */
static void name_part(const struct chutes__embed_slot *slot,
                      const chutes_error *error)
{
    struct chutes__embed_call *call = slot->call;
    const chutes_embed_part *view = slot->part->view;
    char inputs[64];

    if (view->count == 1) {
        (void)snprintf(inputs, sizeof(inputs), "input %zu", view->first);
    } else {
        (void)snprintf(inputs, sizeof(inputs), "inputs %zu to %zu", view->first,
                       view->first + view->count - 1);
    }
    chutes__fail(&call->error, view->status, "request %zu of %zu (%s): %s",
                 (size_t)(slot->part - call->parts) + 1,
                 call->result->response.part_count, inputs, error->message);
}

/* Makes the first failure that of the call. Running requests continue, because
 * their answers may have been charged already; those that stand back are
 * cancelled, and no others start. The message of a cancelled call names no
 * part. */
static void fail(struct chutes__embed_slot *slot, const chutes_error *error)
{
    struct chutes__embed_call *call = slot->call;

    if (call->failed != NULL) {
        return;
    }
    call->failed = slot->part;
    call->error = *error;
    if (call->result->response.part_count > 1 &&
        slot->part->view->status != CHUTES_ERR_CANCELLED) {
        name_part(slot, error);
    }
    for (size_t i = 0; i < call->slot_count; i++) {
        if (call->slots[i].is_standing_back) {
            chutes__request_cancel(&call->slots[i].json.request);
        }
    }
}

/* Frees the slot of a part that ended with `status`. */
static void end_part(struct chutes__embed_slot *slot, chutes_status status,
                     const chutes_error *error)
{
    slot->part->view->status = status;
    chutes__embed_answer_clear(&slot->answer);
    chutes__json_request_dispose(&slot->json);
    chutes__arena_dispose(&slot->head);
    chutes__buf_dispose(&slot->part->request);
    if (status != CHUTES_OK) {
        fail(slot, error);
    }
    slot->part = NULL;
}

/* A server rejects some requests with HTTP 429 if the call sends more at once
 * than it accepts. While other requests of the call are running, the part has
 * not failed: it stands back until one of them is done, and from then on fewer
 * run at once. Once the call has failed, a rejected part ends, like those that
 * were waiting. */
static enum chutes__crowding judge_crowding(void *ctx)
{
    struct chutes__embed_slot *slot = ctx;
    struct chutes__embed_call *call = slot->call;
    size_t others = call->running - call->standing_back - 1;

    if (call->failed != NULL) {
        return CHUTES__CROWDING_END;
    }
    if (others == 0) {
        return CHUTES__CROWDING_NONE;
    }
    if (call->most > others) {
        call->most = others;
    }
    call->calm = 0;
    slot->is_standing_back = true;
    call->standing_back++;
    return CHUTES__CROWDING_WAIT;
}

/* Requests of other clients may have caused the rejection, so after many
 * answers, one more request may run at once again. */
static void rise(struct chutes__embed_call *call)
{
    call->calm++;
    if (call->most < call->slot_count &&
        call->calm >= CALM_ROUNDS * call->most) {
        call->most++;
        call->calm = 0;
    }
}

static void come_forward(struct chutes__embed_slot *slot)
{
    slot->is_standing_back = false;
    slot->call->standing_back--;
}

static bool is_cancelled(void *ctx)
{
    const struct chutes__embed_slot *slot = ctx;

    return chutes__call_was_cancelled(&slot->call->call);
}

static const struct chutes__json_receiver RECEIVER = {
    .on_restart = chutes__embed_on_restart,
    .on_growth = chutes__embed_on_growth,
    .decode = chutes__embed_decode,
    .on_done = on_part_done,
    .judge_crowding = judge_crowding,
    .is_cancelled = is_cancelled,
};

static chutes_status start_request(struct chutes__embed_slot *slot,
                                   chutes_error *error)
{
    struct chutes__embed_call *call = slot->call;
    struct chutes_loop *loop = call->call.loop;
    const struct chutes__request_options options = {
        .base = &call->call.config->embeddings_base,
        .path = "embeddings",
        .body = &slot->part->request,
        .model = call->model,
        .is_metered = true,
        .rules = call->rules,
        .span = call->call.span,
        .started_us = call->started_us,
        .arena = &slot->head,
    };
    chutes_status status = CHUTES_OK;

    if (slot->part->request.len == 0) {
        status = chutes__embed_encode(call, slot->part, error);
    }
    return status == CHUTES_OK
               ? chutes__json_request_start(&slot->json, &loop->requests,
                                            options, &RECEIVER, slot, error)
               : status;
}

static void begin_part(struct chutes__embed_call *call,
                       struct chutes__embed_slot *slot)
{
    chutes_error error;
    chutes_status status;

    chutes__error_clear(&error);
    slot->part = &call->parts[call->begun++];
    memset(&slot->json, 0, sizeof(slot->json));
    chutes__arena_init(&slot->head);
    chutes__embed_expect(slot);
    status = start_request(slot, &error);
    if (status == CHUTES_OK) {
        call->running++;
    } else {
        end_part(slot, status, &error);
    }
}

/* ---- all parts ----------------------------------------------------------- */

static struct chutes__embed_slot *
find_free(const struct chutes__embed_call *call)
{
    size_t i = 0;

    while (call->slots[i].part != NULL) {
        i++;
    }
    return &call->slots[i];
}

/* Returns a slot that stands back, or NULL if there is none. */
static struct chutes__embed_slot *
find_standing_back(const struct chutes__embed_call *call)
{
    for (size_t i = 0; i < call->slot_count; i++) {
        if (call->slots[i].is_standing_back) {
            return &call->slots[i];
        }
    }
    return NULL;
}

/* Begins as many parts as may run at once, first those that stand back. */
static void begin_parts(struct chutes__embed_call *call)
{
    while (call->failed == NULL &&
           call->running - call->standing_back < call->most) {
        struct chutes__embed_slot *slot = find_standing_back(call);

        if (slot != NULL) {
            come_forward(slot);
            chutes__request_call_up(&slot->json.request);
        } else if (call->begun < call->result->response.part_count) {
            begin_part(call, find_free(call));
        } else {
            return;
        }
    }
}

/* Counts each part when it ends, so that the budget can stop the later ones. */
static void count_use(struct chutes__embed_slot *slot)
{
    struct chutes__embed_call *call = slot->call;
    const struct chutes__embed_summary *summary = &slot->summary;

    chutes__call_add_use(
        &call->call,
        &(struct chutes__use){summary->model, call->model,
                              summary->has_usage ? &summary->usage : NULL});
}

/* Makes the info of the result describe this request; the last one to end
 * counts. */
static void describe(struct chutes__embed_slot *slot)
{
    struct chutes__embed_call *call = slot->call;
    struct chutes__arena *head = &call->result->head;

    call->info = chutes__request_info(&slot->json.request, -1);
    chutes__arena_dispose(head);
    *head = slot->head;
    chutes__arena_init(&slot->head);
}

static void on_part_done(void *ctx, chutes_status status,
                         const chutes_error *error)
{
    struct chutes__embed_slot *slot = ctx;
    struct chutes__embed_call *call = slot->call;
    const struct chutes__request *request = &slot->json.request;
    chutes_embed_part *view = slot->part->view;
    chutes_error own;

    if (slot->is_standing_back) {
        come_forward(slot);
    }
    if (status == CHUTES_OK && !chutes__embed_store_answer(slot)) {
        status = chutes__request_fail_result(request, &own);
        error = &own;
    }
    if (status == CHUTES_OK) {
        count_use(slot); /* before end_part(), which frees the usage */
    }
    view->http_status = request->http_status;
    view->attempts = request->attempts;
    describe(slot); /* before end_part(), which frees the headers */
    end_part(slot, status, error);
    call->running--;
    if (status == CHUTES_OK) {
        rise(call);
    }
    begin_parts(call);
    if (call->running == 0) {
        conclude(call);
    }
}

static void cancel(struct chutes_call *call)
{
    struct chutes__embed_call *embed = (struct chutes__embed_call *)call;

    for (size_t i = 0; i < embed->slot_count; i++) {
        if (embed->slots[i].part != NULL) {
            chutes__request_cancel(&embed->slots[i].json.request);
        }
    }
}

/* ---- the start ----------------------------------------------------------- */

/* Starts the first requests. On failure, call->error is filled and no request
 * is running. */
static chutes_status begin_requests(struct chutes__embed_call *call)
{
    chutes_status status = chutes__embed_prepare(call);

    if (status != CHUTES_OK) {
        return status;
    }
    begin_parts(call);
    /* If no request is running, the first part has failed to start. */
    return call->running > 0 ? CHUTES_OK : call->failed->view->status;
}

static void trace_request(struct chutes__span *span,
                          const chutes_embed_params *params)
{
    if (span != NULL && params->encoding_format != NULL) {
        chutes__span_set_texts(span, "gen_ai.request.encoding_formats",
                               &params->encoding_format, 1);
    }
}

static chutes_status begin(struct chutes_call *handle, const void *params,
                           chutes_error *error)
{
    struct chutes__embed_call *call = (struct chutes__embed_call *)handle;
    chutes_status status;

    memcpy(&call->params, params, sizeof(call->params));
    chutes__arena_init(&call->arena);
    chutes__error_clear(&call->error);
    status = begin_requests(call);
    if (status == CHUTES_OK) {
        trace_request(handle->span, &call->params);
    } else {
        *error = call->error;
    }
    return status;
}

static void set_defaults(void *params)
{
    chutes_embed_params_init(params, sizeof(chutes_embed_params));
}

static void deliver(chutes__done_fn on_done, chutes_status status,
                    void *response, const chutes_error *error, void *user_data)
{
    ((chutes_embed_done_fn)on_done)(status, response, error, user_data);
}

static void free_response(void *response)
{
    chutes_embed_response_free(response);
}

static bool read_use(const struct chutes_call *call, const void *response,
                     struct chutes__use *use)
{
    const chutes_embed_response *embed = response;

    (void)call;
    *use = (struct chutes__use){embed->model, embed->info->model, embed->usage};
    return true;
}

const struct chutes__call_type chutes__embed_call_type = {
    .size = sizeof(struct chutes__embed_call),
    .params_size = sizeof(chutes_embed_params),
    .name = "embeddings",
    .options_at = offsetof(chutes_embed_params, call_options),
    .set_defaults = set_defaults,
    .begin = begin,
    .dispose = dispose,
    .deliver = deliver,
    .free_response = free_response,
    .read_use = read_use,
    .cancel = cancel,
};
