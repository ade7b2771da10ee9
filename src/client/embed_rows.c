/* SPDX-License-Identifier: MIT */
#include "client/embed_call.h"

#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "codec/answer.h"
#include "codec/matrix.h"

chutes_status chutes__embed_decode(struct chutes__fetch *fetch)
{
    struct chutes__embed_slot *slot = chutes__embed_slot_of(fetch);
    const struct chutes__embed_call *call = slot->call;
    const struct chutes__embed_shape wanted = {slot->part->view->count,
                                               call->wanted_dimension};

    return chutes__decode_embed(
        fetch->answer.data, fetch->answer.len,
        call->call.loop->client->config.options.max_json_depth, wanted,
        &fetch->arena, &slot->decoded, &slot->error);
}

/* ---- usage --------------------------------------------------------------- */

/* What isn't told is -1 and adds nothing. */
static void add_tokens(int64_t *sum, int64_t tokens)
{
    if (*sum < 0) {
        *sum = tokens;
    } else if (tokens > 0 && __builtin_add_overflow(*sum, tokens, sum)) {
        *sum = INT64_MAX;
    }
}

static void add_usage(struct chutes__embed_result *result,
                      const chutes_usage *usage)
{
    const chutes_embed_response *response = &result->response;

    if (usage == NULL) {
        return;
    }
    if (response->usage == NULL) {
        result->usage = *usage;
        result->response.usage = &result->usage;
        return;
    }
    add_tokens(&result->usage.prompt_tokens, usage->prompt_tokens);
    add_tokens(&result->usage.completion_tokens, usage->completion_tokens);
    add_tokens(&result->usage.total_tokens, usage->total_tokens);
    add_tokens(&result->usage.cached_tokens, usage->cached_tokens);
    add_tokens(&result->usage.reasoning_tokens, usage->reasoning_tokens);
}

/* ---- rows ---------------------------------------------------------------- */

/* The first part to come tells how long a row is. */
static chutes_status check_dimension(struct chutes__embed_slot *slot)
{
    chutes_embed_response *response = &slot->call->result->response;
    size_t dimension = slot->decoded.dimension;

    if (response->dimension == 0) {
        response->dimension = dimension;
    }
    return dimension == response->dimension
               ? CHUTES_OK
               : chutes__fail(&slot->error, CHUTES_ERR_PROTOCOL,
                              "the embeddings have dimension %zu, those of "
                              "another request %zu",
                              dimension, response->dimension);
}

/* Room for the rows of another part. A server that lies about the dimension
 * must not make us allocate a matrix for all inputs, so the room grows with
 * what came: to twice the bytes of the answers, which is what their rows take
 * at most, or to all rows. As most texts are longer than that, a few steps
 * suffice. */
static bool reserve_rows(struct chutes__embed_call *call, size_t count)
{
    struct chutes__embed_result *result = call->result;
    size_t row_size = result->response.dimension * sizeof(float);
    size_t needed = call->row_count + count;
    size_t capacity;
    float *values;

    if (needed <= call->row_capacity) {
        return true;
    }
    capacity = call->received / row_size * 2;
    capacity = capacity < needed ? needed : capacity;
    capacity =
        capacity < result->response.count ? capacity : result->response.count;
    values = chutes__mem_realloc(result->values, capacity * row_size);
    if (values == NULL) {
        return false;
    }
    result->values = values;
    call->row_capacity = capacity;
    return true;
}

static bool keep_model(struct chutes__embed_slot *slot)
{
    chutes_embed_response *response = &slot->call->result->response;
    const char *told = slot->decoded.model;
    const char *model;

    if (response->model[0] != '\0') {
        return true;
    }
    model = chutes__arena_dup(&slot->call->arena,
                              (struct chutes__slice){told, strlen(told)});
    response->model = model != NULL ? model : "";
    return model != NULL;
}

/* The text of the answer is kept, or makes place for the rows. */
static bool keep_text(struct chutes__embed_slot *slot)
{
    struct chutes__embed_call *call = slot->call;
    struct chutes__buf *answer = &slot->fetch.answer;
    chutes_embed_part *view = slot->part->view;
    size_t len = answer->len;
    char *text;

    if (__builtin_add_overflow(call->received, len, &call->received)) {
        call->received = SIZE_MAX;
    }
    if (!call->keeps_raw) {
        chutes__buf_dispose(answer);
        return true;
    }
    text = chutes__buf_take(answer);
    if (text == NULL) {
        return false;
    }
    call->result->answers[slot->part - call->parts] = text;
    view->raw_json = text;
    view->raw_len = len;
    return true;
}

chutes_status chutes__embed_keep_answer(struct chutes__embed_slot *slot)
{
    struct chutes__embed_call *call = slot->call;
    struct chutes__embed_result *result = call->result;
    struct chutes__embed_part *part = slot->part;
    size_t count = part->view->count;
    chutes_status status = check_dimension(slot);

    if (status != CHUTES_OK) {
        return status;
    }
    if (!keep_model(slot) || !keep_text(slot) || !reserve_rows(call, count)) {
        part->view->raw_json = "";
        part->view->raw_len = 0;
        return chutes__fail_status(&slot->error, CHUTES_ERR_NO_MEMORY);
    }
    part->row = call->row_count;
    memcpy(result->values + part->row * result->response.dimension,
           slot->decoded.values,
           count * result->response.dimension * sizeof(float));
    call->row_count += count;
    add_usage(result, slot->decoded.usage);
    return CHUTES_OK;
}

/* ---- their order --------------------------------------------------------- */

static bool is_in_order(const struct chutes__embed_call *call)
{
    for (size_t i = 0; i < call->result->response.part_count; i++) {
        if (call->parts[i].row != call->parts[i].view->first) {
            return false;
        }
    }
    return true;
}

/* Rows stand in the order in which the parts came. False: out of memory. */
static bool put_in_order(struct chutes__embed_call *call)
{
    const chutes_embed_response *response = &call->result->response;
    int64_t *place;

    if (is_in_order(call)) {
        return true;
    }
    place = chutes__mem_alloc(response->count * sizeof(*place));
    if (place == NULL) {
        return false;
    }
    for (size_t i = 0; i < response->part_count; i++) {
        struct chutes__embed_part *part = &call->parts[i];

        for (size_t row = 0; row < part->view->count; row++) {
            place[part->row + row] = (int64_t)(part->view->first + row);
        }
        part->row = part->view->first;
    }
    chutes__matrix_arrange(call->result->values, place, response->count,
                           response->dimension);
    chutes__mem_free(place);
    return true;
}

chutes_status chutes__embed_arrange(struct chutes__embed_call *call)
{
    struct chutes__embed_result *result = call->result;
    chutes_embed_response *response = &result->response;
    bool is_whole = call->row_count == response->count;
    bool is_arranged = is_whole && put_in_order(call);

    for (size_t i = 0; i < response->part_count; i++) {
        struct chutes__embed_part *part = &call->parts[i];

        if (part->view->status == CHUTES_OK) {
            part->view->values =
                result->values + part->row * response->dimension;
        }
    }
    response->values = is_arranged ? result->values : NULL;
    return is_whole && !is_arranged
               ? chutes__fail_status(&call->error, CHUTES_ERR_NO_MEMORY)
               : CHUTES_OK;
}
