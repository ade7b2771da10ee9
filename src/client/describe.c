/* SPDX-License-Identifier: MIT */
/*
 * The description of a chute: two requests, one after the other, of which one
 * may fail.
 */
#include <chutes/describe.h>

#include "base/buf.h"
#include "base/error.h"
#include "client/blocking.h"
#include "client/call.h"
#include "client/config.h"
#include "client/invoke_target.h"
#include "client/params.h"
#include "client/result_memory.h"
#include "codec/html.h"
#include "codec/openapi.h"
#include "request/json_request.h"

CHUTES__ASSERT_PARAMS(chutes_chute_describe_params, call_options);

#define PAGES "https://chutes.ai/app/chute/"

/* Real documents have some ten kilobytes. */
enum { MAX_PAGE = 1 << 20 };

struct describe_result {
    chutes_chute_description description; /* first: one casts to the other */
    struct chutes__result_memory memory;
};

struct describe_call {
    struct chutes_call call; /* first, so that one casts to the other */
    struct chutes__json_request json;
    struct chutes__url base;
    struct chutes__call_rules rules;
    struct chutes__arena arena; /* the result's */
    struct describe_result *result;
    const char *paths[2]; /* to the text and the document, in the arena */
    size_t at;            /* which of them is read */
    chutes_error failure; /* why the text is missing; clear: it isn't */
};

/* ---- the pages ----------------------------------------------------------- */

static chutes_status keep(struct describe_call *call,
                          struct chutes__slice answer, const char **copy,
                          size_t *len, chutes_error *error)
{
    *copy = chutes__arena_dup(&call->arena, answer);
    *len = answer.len;
    return *copy != NULL ? CHUTES_OK
                         : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}

/* Unlike JSON, a text doesn't show that it is whole. */
static chutes_status decode_text(struct describe_call *call,
                                 struct chutes__slice answer,
                                 chutes_error *error)
{
    const struct chutes__request *request = &call->json.request;
    chutes_chute_description *description = &call->result->description;

    if (!request->is_whole || answer.len == 0) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "the text may have been cut off");
    }
    if (chutes__html_is(request->content_type, answer)) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "an HTML page came instead of the text");
    }
    return keep(call, answer, &description->text, &description->text_len,
                error);
}

static chutes_status decode(void *ctx, struct chutes__slice answer,
                            chutes_error *error)
{
    struct describe_call *call = ctx;
    chutes_chute_description *description = &call->result->description;
    chutes_chute_description read = {0};
    chutes_status status;

    if (call->at == 0) {
        return decode_text(call, answer, error);
    }
    status = chutes__decode_openapi(answer,
                                    call->call.config->options.max_json_depth,
                                    &call->arena, &read, error);
    if (status != CHUTES_OK) {
        return status;
    }
    read.text = description->text;
    read.text_len = description->text_len;
    *description = read;
    return keep(call, answer, &description->openapi, &description->openapi_len,
                error);
}

/* ---- the requests -------------------------------------------------------- */

static void on_done(void *ctx, chutes_status status, const chutes_error *error);

static const struct chutes__json_receiver RECEIVER = {
    .decode = decode,
    .on_done = on_done,
    .is_cancelled = chutes__call_is_cancelled,
    .max_answer = MAX_PAGE,
};

static chutes_status start_request(struct describe_call *call,
                                   chutes_error *error)
{
    const struct chutes__request_options options = {
        .base = &call->base,
        .path = call->paths[call->at],
        .accept = call->at == 0 ? "Accept: text/plain, text/*" : NULL,
        .is_foreign = true,
        .model = "",
        .rules = call->rules,
    };

    return chutes__json_request_start(&call->json, &call->call.loop->requests,
                                      options, &RECEIVER, call, error);
}

static void dispose(struct chutes_call *handle)
{
    struct describe_call *call = (struct describe_call *)handle;

    chutes__json_request_dispose(&call->json);
    chutes__url_dispose(&call->base);
    chutes__arena_dispose(&call->arena);
}

static void finish(struct describe_call *call, chutes_status status,
                   const chutes_error *error)
{
    struct describe_result *result = NULL;
    chutes_error own;

    if (status == CHUTES_OK) {
        result = call->result;
        chutes__error_clear(&own);
        error = &own;
        chutes__result_memory_take(&result->memory, &call->arena);
    }
    chutes__call_end(&call->call, status,
                     result != NULL ? &result->description : NULL, error);
}

/* Would the other request fail too, or is nobody interested any more? */
static bool is_final(chutes_status status)
{
    return status == CHUTES_ERR_CANCELLED || status == CHUTES_ERR_NO_MEMORY;
}

/* The text was read, or could not be. */
static void read_document(struct describe_call *call)
{
    chutes_error error;
    chutes_status status;

    call->at = 1;
    chutes__json_request_dispose(&call->json);
    chutes__error_clear(&error);
    status = start_request(call, &error);
    if (status != CHUTES_OK) {
        finish(call, status, &error);
    }
}

static void on_done(void *ctx, chutes_status status, const chutes_error *error)
{
    struct describe_call *call = ctx;

    if (is_final(status)) {
        finish(call, status, error);
    } else if (call->at == 0) {
        call->failure = *error;
        read_document(call);
    } else if (status == CHUTES_OK || call->failure.status == CHUTES_OK) {
        finish(call, CHUTES_OK, NULL);
    } else {
        const chutes_error failure = call->failure;

        finish(call, failure.status, &failure);
    }
}

static void cancel(struct chutes_call *call)
{
    chutes__request_cancel(&((struct describe_call *)call)->json.request);
}

/* ---- the start ----------------------------------------------------------- */

/* Returns "SLUG/NAME" in the arena; NULL: out of memory. */
static const char *make_path(struct chutes__arena *arena, const char *slug,
                             const char *name)
{
    struct chutes__buf text;
    const char *path = NULL;

    chutes__buf_init(&text, SIZE_MAX);
    if (chutes__buf_appendf(&text, "%s/%s", slug, name) == CHUTES_OK) {
        path = chutes__arena_dup(arena,
                                 (struct chutes__slice){text.data, text.len});
    }
    chutes__buf_dispose(&text);
    return path;
}

static chutes_status prepare(struct describe_call *call,
                             const chutes_chute_describe_params *params,
                             chutes_error *error)
{
    const struct chutes__config *config = call->call.config;
    const char *base = params->base_url != NULL ? params->base_url : PAGES;
    chutes_status status = chutes__invoke_check_slug(params->slug, error);

    if (status == CHUTES_OK) {
        status = chutes__config_parse_url(config, base, "base_url", &call->base,
                                          error);
    }
    if (status == CHUTES_OK) {
        status = chutes__config_rules(config, params->call_options,
                                      &call->rules, error);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    call->result = chutes__arena_alloc(&call->arena, 1, sizeof(*call->result));
    call->paths[0] = make_path(&call->arena, params->slug, "llms.txt");
    call->paths[1] = make_path(&call->arena, params->slug, "openapi.json");
    if (call->result == NULL || call->paths[0] == NULL ||
        call->paths[1] == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    call->result->description = (chutes_chute_description){
        .title = "", .summary = "", .usd_per_hour = -1};
    return CHUTES_OK;
}

static chutes_status begin(struct chutes_call *handle, const void *params,
                           chutes_error *error)
{
    struct describe_call *call = (struct describe_call *)handle;
    chutes_status status;

    chutes__arena_init(&call->arena);
    status = prepare(call, params, error);
    return status == CHUTES_OK ? start_request(call, error) : status;
}

static void set_defaults(void *params)
{
    chutes_chute_describe_params_init(params,
                                      sizeof(chutes_chute_describe_params));
}

static void deliver(chutes__done_fn on_done_fn, chutes_status status,
                    void *response, const chutes_error *error, void *user_data)
{
    ((chutes_chute_describe_done_fn)on_done_fn)(status, response, error,
                                                user_data);
}

static void free_description(void *description)
{
    chutes_chute_description_free(description);
}

static const struct chutes__call_type TYPE = {
    .size = sizeof(struct describe_call),
    .params_size = sizeof(chutes_chute_describe_params),
    .set_defaults = set_defaults,
    .begin = begin,
    .dispose = dispose,
    .deliver = deliver,
    .free_response = free_description,
    .cancel = cancel,
};

/* ---- the exported functions ---------------------------------------------- */

chutes_status chutes_chute_describe(chutes_client *client,
                                    const chutes_chute_describe_params *params,
                                    chutes_chute_description **description,
                                    chutes_error *error)
{
    return chutes__blocking_call(&TYPE, client, params, description, error);
}

chutes_status chutes_chute_describe_start(
    chutes_loop *loop, const chutes_chute_describe_params *params,
    chutes_chute_describe_done_fn on_done_fn, void *user_data,
    chutes_call **call, chutes_error *error)
{
    return chutes__call_start(&TYPE, loop, params, (chutes__done_fn)on_done_fn,
                              user_data, call, error);
}

void chutes_chute_description_free(chutes_chute_description *description)
{
    if (description != NULL) {
        chutes__result_memory_free(
            &((struct describe_result *)description)->memory);
    }
}
