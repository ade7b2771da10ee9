/* SPDX-License-Identifier: MIT */
/*
 * The parts of an embeddings call: checks its parameters, splits the inputs
 * into requests, and encodes them.
 */
#include "client/embed_parts.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "client/config.h"
#include "codec/embed_input.h"
#include "codec/request.h"

/* Each request that may run at once has a slot for the whole call. */
enum { MAX_PARALLEL = 64 };

/* ---- the requests -------------------------------------------------------- */

chutes_status chutes__embed_encode(const struct chutes__embed_call *call,
                                   struct chutes__embed_part *part,
                                   chutes_error *error)
{
    const chutes_client_options *options = &call->call.config->options;

    return chutes__encode_embed(&call->params, part->view->first,
                                part->view->count, options->max_json_depth,
                                &part->request, error);
}

/* Encodes a request. If it will be sent later and the inputs stay valid until
 * then, only checks it now. */
static chutes_status encode_or_check(struct chutes__embed_call *call, size_t i)
{
    struct chutes__embed_part *part = &call->parts[i];

    if (!call->call.caller.is_blocked || i < call->slot_count) {
        return chutes__embed_encode(call, part, &call->error);
    }
    return chutes__check_embed(&call->params, part->view->first,
                               part->view->count,
                               call->call.config->options.max_json_depth,
                               part->request.limit, &call->error);
}

/* Encodes or checks all requests, so that a bad input is found before anything
 * is sent. */
static chutes_status encode_parts(struct chutes__embed_call *call)
{
    chutes_status status = CHUTES_OK;
    size_t first = 0;

    for (size_t i = 0;
         status == CHUTES_OK && i < call->result->response.part_count; i++) {
        chutes_embed_part *view = call->parts[i].view;

        *view = (chutes_embed_part){
            .first = first,
            .count = chutes__embed_batch(&call->params, first),
            /* The status of a part that is never sent. */
            .status = CHUTES_ERR_CANCELLED,
            .raw_json = ""};
        status = encode_or_check(call, i);
        first += view->count;
    }
    return status;
}

static chutes_status check_params(const chutes_embed_params *params,
                                  chutes_error *error)
{
    bool has_input;

    if (params->max_batch_inputs == 0 || params->max_batch_bytes == 0) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%s must be 1 or more",
                            params->max_batch_inputs == 0 ? "max_batch_inputs"
                                                          : "max_batch_bytes");
    }
    if (params->max_parallel < 1 || params->max_parallel > MAX_PARALLEL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "max_parallel must be 1 to %d", MAX_PARALLEL);
    }
    if (params->keep_raw != CHUTES_UNSET && params->keep_raw != 0 &&
        params->keep_raw != 1) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "keep_raw must be 0, 1 or CHUTES_UNSET");
    }
    has_input = params->input != NULL || params->token_input != NULL ||
                params->items != NULL || params->messages != NULL;
    if (params->model == NULL || !has_input) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%s must not be NULL",
                            params->model == NULL ? "model" : "input");
    }
    return CHUTES_OK;
}

/* Returns false if memory runs out. */
static bool make_parts(struct chutes__embed_call *call, size_t count,
                       size_t max_request_bytes)
{
    chutes_embed_response *response = &call->result->response;
    chutes_embed_part *views =
        chutes__arena_alloc(&call->arena, count, sizeof(*views));
    const chutes_embed_part **list =
        chutes__arena_alloc(&call->arena, count, sizeof(*list));

    call->parts = chutes__mem_zalloc(count * sizeof(*call->parts));
    if (views == NULL || list == NULL || call->parts == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = &views[i];
        call->parts[i].view = &views[i];
        chutes__buf_init(&call->parts[i].request, max_request_bytes);
    }
    response->parts = list;
    response->part_count = count;
    return true;
}

static bool make_slots(struct chutes__embed_call *call, size_t count)
{
    call->slots = chutes__mem_zalloc(count * sizeof(*call->slots));
    if (call->slots == NULL) {
        return false;
    }
    call->slot_count = count;
    for (size_t i = 0; i < count; i++) {
        call->slots[i].call = call;
    }
    return true;
}

/* Allocates what doesn't depend on an answer. */
static chutes_status make_result(struct chutes__embed_call *call)
{
    const chutes_embed_params *params = &call->params;
    const chutes_client_options *options = &call->call.config->options;
    size_t count = chutes__embed_batches(params);
    struct chutes__embed_result *result =
        chutes__arena_alloc(&call->arena, 1, sizeof(*result));

    call->most = (size_t)params->max_parallel;
    /* The texts of many parts would take several times the memory of the
     * rows. */
    call->keeps_raw =
        params->keep_raw == CHUTES_UNSET ? count == 1 : params->keep_raw == 1;
    if (result == NULL) {
        return chutes__fail_status(&call->error, CHUTES_ERR_NO_MEMORY);
    }
    call->result = result;
    if (call->keeps_raw) {
        result->answers =
            chutes__arena_alloc(&call->arena, count, sizeof(char *));
    }
    call->model = chutes__arena_dup(
        &call->arena,
        (struct chutes__slice){params->model, strlen(params->model)});
    if ((call->keeps_raw && result->answers == NULL) || call->model == NULL ||
        !make_parts(call, count, options->max_request_bytes) ||
        !make_slots(call, call->most < count ? call->most : count)) {
        return chutes__fail_status(&call->error, CHUTES_ERR_NO_MEMORY);
    }
    result->response.count = chutes__embed_inputs(params);
    chutes__rows_init(&call->rows, result->response.count);
    result->response.model = "";
    result->response.raw_json = "";
    chutes__arena_init(&result->head);
    return CHUTES_OK;
}

chutes_status chutes__embed_prepare(struct chutes__embed_call *call)
{
    const chutes_embed_params *params = &call->params;
    chutes_status status = check_params(params, &call->error);

    if (status == CHUTES_OK) {
        status = chutes__config_rules(call->call.config, params->call_options,
                                      &call->rules, &call->error);
    }
    if (status == CHUTES_OK) {
        status = make_result(call);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    call->wanted_dimension = chutes__embed_dimension(params);
    call->started_us = chutes__clock_now_us();
    return encode_parts(call);
}
