/* SPDX-License-Identifier: MIT */
/*
 * Reads the description of a chute: two requests, one after the other, of which
 * one may fail.
 */
#include <chutes/describe.h>

#include "base/buf.h"
#include "base/error.h"
#include "client/blocking.h"
#include "client/call.h"
#include "client/config.h"
#include "client/invoke_target.h"
#include "client/params.h"
#include "client/parts_call.h"
#include "codec/api_error.h"
#include "codec/html.h"
#include "codec/openapi.h"

CHUTES__ASSERT_PARAMS(chutes_chute_describe_params, call_options);

#define PAGES "https://chutes.ai/app/chute/"

struct describe_call {
    struct chutes__parts_call parts; /* first: one casts to the other */
    const char *paths[2]; /* to the text and the document, in the arena */
};

static chutes_chute_description *
description_of(const struct chutes__parts_call *call)
{
    return (chutes_chute_description *)call->result->response;
}

/* ---- the pages ----------------------------------------------------------- */

/* Unlike JSON, a text doesn't show whether it is whole, so HTTP must guarantee
 * it. */
static chutes_status decode_text(struct chutes__parts_call *call,
                                 struct chutes__slice answer,
                                 chutes_error *error)
{
    const struct chutes__request *request = &call->json.request;
    chutes_chute_description *description = description_of(call);

    if (!request->is_whole || answer.len == 0) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "the text may have been cut off");
    }
    if (chutes__html_is(request->content_type, answer)) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "the server sent an HTML page instead of the text");
    }
    if (chutes__api_error_read(answer.data, answer.len, false, error)) {
        error->status = CHUTES_ERR_STREAM;
        return CHUTES_ERR_STREAM;
    }
    return chutes__parts_call_keep(call, answer, &description->text,
                                   &description->text_len, error);
}

static chutes_status decode(struct chutes__parts_call *call,
                            struct chutes__slice answer, chutes_error *error)
{
    chutes_chute_description *description = description_of(call);
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
    return chutes__parts_call_keep(call, answer, &description->openapi,
                                   &description->openapi_len, error);
}

static void ask(const struct chutes__parts_call *call,
                struct chutes__request_options *options)
{
    options->path = ((const struct describe_call *)call)->paths[call->at];
    options->accept = call->at == 0 ? "Accept: text/plain, text/*" : NULL;
    options->is_foreign = true;
}

/* ---- the start ----------------------------------------------------------- */

/* Returns "SLUG/NAME" in the arena, or NULL if memory runs out. */
static const char *make_path(struct chutes__arena *arena, const char *slug,
                             const char *name)
{
    struct chutes__buf text;
    const char *path = NULL;

    chutes__buf_init(&text, SIZE_MAX);
    if (chutes__buf_appendf(&text, "%s/%s", slug, name) == CHUTES_OK) {
        path = chutes__arena_dup(arena, chutes__buf_slice(&text));
    }
    chutes__buf_dispose(&text);
    return path;
}

static chutes_status prepare(struct chutes__parts_call *call,
                             const void *params, chutes_error *error)
{
    struct describe_call *describe = (struct describe_call *)call;
    const struct chutes__config *config = call->call.config;
    const chutes_chute_describe_params *own = params;
    const char *base = own->base_url != NULL ? own->base_url : PAGES;
    chutes_status status = chutes__invoke_check_slug(own->slug, error);

    if (status == CHUTES_OK) {
        status = chutes__config_parse_url(config, base, "base_url", &call->base,
                                          error);
    }
    if (status == CHUTES_OK) {
        status = chutes__config_rules(config, own->call_options, &call->rules,
                                      error);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    describe->paths[0] = make_path(&call->arena, own->slug, "llms.txt");
    describe->paths[1] = make_path(&call->arena, own->slug, "openapi.json");
    if (describe->paths[0] == NULL || describe->paths[1] == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    *description_of(call) = (chutes_chute_description){
        .title = "", .summary = "", .usd_per_hour = -1};
    return CHUTES_OK;
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

static const struct chutes__parts_call_kind KIND = {
    .type = CHUTES__PARTS_CALL_TYPE(sizeof(struct describe_call),
                                    chutes_chute_describe_params, set_defaults,
                                    deliver),
    .count = 2,
    .response_size = sizeof(chutes_chute_description),
    .prepare = prepare,
    .ask = ask,
    .decode = decode,
};

/* ---- the exported functions ---------------------------------------------- */

chutes_status chutes_chute_describe(chutes_client *client,
                                    const chutes_chute_describe_params *params,
                                    chutes_chute_description **description,
                                    chutes_error *error)
{
    return chutes__blocking_call(&KIND.type, client, params, description,
                                 error);
}

chutes_status chutes_chute_describe_start(
    chutes_loop *loop, const chutes_chute_describe_params *params,
    chutes_chute_describe_done_fn on_done_fn, void *user_data,
    chutes_call **call, chutes_error *error)
{
    return chutes__call_start(&KIND.type, loop, params,
                              (chutes__done_fn)on_done_fn, user_data, call,
                              error);
}

void chutes_chute_description_free(chutes_chute_description *description)
{
    chutes__json_result_free(description);
}
