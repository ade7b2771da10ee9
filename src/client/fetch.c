/* SPDX-License-Identifier: MIT */
#include "client/fetch.h"

#include <string.h>

#include "base/error.h"
#include "base/slice.h"
#include "codec/api_error.h"
#include "codec/html.h"
#include "json/reader.h"

/* Does the text end where JSON should go on? */
static bool is_cut_json(const struct chutes__buf *text, size_t max_depth)
{
    struct chutes__json_reader reader;

    chutes__json_init(&reader, text->data, text->len, max_depth);
    chutes__json_skip(&reader);
    return !chutes__json_finish(&reader) && reader.fault_at == text->len;
}

/* Other texts may be called HTML, which JSON isn't taken for. */
static bool has_html_type(const struct chutes__exchange *exchange,
                          struct chutes__slice text)
{
    return text.len > 0 && text.data[0] != '{' && text.data[0] != '[' &&
           chutes__html_is(exchange->content_type, text);
}

/* Base URLs without their path lead to pages for people. */
static chutes_status fail_html(const struct chutes__exchange *exchange,
                               struct chutes__slice html)
{
    struct chutes__slice found = chutes__html_title(html);
    char title[256] = "";

    chutes__error_copy(title, sizeof(title), found.data, found.len);
    return chutes__fail(exchange->error, CHUTES_ERR_PROTOCOL,
                        "an HTML page came instead of JSON%s%s%s: is the base "
                        "URL right? (%s)",
                        title[0] != '\0' ? " (\"" : "", title,
                        title[0] != '\0' ? "\")" : "", exchange->url);
}

static chutes_status explain(const struct chutes__fetch *fetch,
                             chutes_status status)
{
    const struct chutes__exchange *exchange = &fetch->exchange;
    const struct chutes__buf *answer = &fetch->answer;
    const struct chutes__slice text = chutes__slice_trim_text(
        (struct chutes__slice){answer->data, answer->len});
    chutes_error *error = exchange->error;

    if (status != CHUTES_ERR_PROTOCOL) {
        return status;
    }
    if (answer->len == 0) {
        return chutes__fail(error, status, "the answer is empty");
    }
    if (chutes__api_error_read(answer->data, answer->len, false, error)) {
        error->status = CHUTES_ERR_STREAM;
        return CHUTES_ERR_STREAM;
    }
    if (chutes__html_is(NULL, text) || has_html_type(exchange, text)) {
        return fail_html(exchange, text);
    }
    if (is_cut_json(answer,
                    exchange->loop->client->config.options.max_json_depth)) {
        return chutes__fail(error, CHUTES_ERR_TRUNCATED,
                            "the answer ends in the middle of its JSON, after "
                            "%zu bytes",
                            fetch->taken + answer->len);
    }
    return status;
}

/* A document that ended takes no harm from how the connection did, or from what
 * came behind it. */
static chutes_status rescue(struct chutes__fetch *fetch, chutes_status status)
{
    chutes_error *error = fetch->exchange.error;
    const chutes_error told = *error;

    if (!chutes__exchange_is_answer(&fetch->exchange) ||
        fetch->decode(fetch) != CHUTES_OK) {
        *error = told;
        return status;
    }
    return CHUTES_OK;
}

/* ---- what the exchange tells --------------------------------------------- */

static void on_restart(void *ctx)
{
    struct chutes__fetch *fetch = ctx;

    if (fetch->restart != NULL) {
        fetch->restart(fetch);
    }
    chutes__buf_clear(&fetch->answer);
    fetch->answer.limit += fetch->taken;
    fetch->taken = 0;
}

/* The limit is that of the whole answer. */
static void tell_growth(struct chutes__fetch *fetch, size_t len)
{
    size_t whole = fetch->answer.len;
    size_t taken;

    if (fetch->grown == NULL) {
        return;
    }
    fetch->grown(fetch, len);
    taken = whole - fetch->answer.len;
    fetch->taken += taken;
    fetch->answer.limit -= taken;
}

static chutes_status on_body(void *ctx, const char *bytes, size_t *len)
{
    struct chutes__fetch *fetch = ctx;
    chutes_error *error = fetch->exchange.error;
    chutes_status status = chutes__buf_append(&fetch->answer, bytes, *len);

    if (status == CHUTES_OK) {
        tell_growth(fetch, *len);
        return CHUTES_OK;
    }
    if (status == CHUTES_ERR_TOO_LARGE) {
        return chutes__fail(error, status,
                            "the answer is longer than max_response_bytes "
                            "(%zu)",
                            fetch->taken + fetch->answer.limit);
    }
    return chutes__fail_status(error, status);
}

static chutes_status on_end(void *ctx, chutes_status status)
{
    struct chutes__fetch *fetch = ctx;

    chutes__buf_trim(&fetch->answer);
    if (status == CHUTES_OK) {
        return explain(fetch, fetch->decode(fetch));
    }
    if (status == CHUTES_ERR_TRUNCATED || status == CHUTES_ERR_PROTOCOL) {
        return rescue(fetch, status);
    }
    return status;
}

static void on_done(void *ctx, chutes_status status)
{
    struct chutes__fetch *fetch = ctx;

    fetch->on_done(fetch, status);
}

/* ---- the interface ------------------------------------------------------- */

chutes_status chutes__fetch_init(struct chutes__fetch *fetch,
                                 struct chutes_loop *loop,
                                 const chutes_call_options *call_options,
                                 chutes_error *error)
{
    const struct chutes__config *config = &loop->client->config;
    struct chutes__exchange *exchange = &fetch->exchange;
    chutes_status status;

    memset(fetch, 0, sizeof(*fetch));
    chutes__buf_init(&fetch->request, config->options.max_request_bytes);
    chutes__buf_init(&fetch->answer, config->options.max_response_bytes);
    chutes__arena_init(&fetch->arena);
    exchange->loop = loop;
    exchange->accept = "Accept: application/json";
    exchange->receiver = (struct chutes__receiver){on_restart, NULL,    on_body,
                                                   on_end,     on_done, fetch};
    exchange->model = "";
    exchange->error = error;
    exchange->arena = &fetch->arena;
    status =
        chutes__config_rules(config, call_options, &exchange->rules, error);
    exchange->rules.clocks.progress_ms = 0; /* one document has no events */
    return status;
}

void chutes__fetch_dispose(struct chutes__fetch *fetch)
{
    chutes__exchange_dispose(&fetch->exchange);
    chutes__buf_dispose(&fetch->request);
    chutes__buf_dispose(&fetch->answer);
    chutes__arena_dispose(&fetch->arena);
}

chutes_status chutes__fetch_hand_over(struct chutes__fetch *fetch,
                                      struct chutes__result_memory *memory,
                                      const chutes_response_info **info,
                                      const char **raw_json, size_t *raw_len)
{
    const struct chutes__exchange *exchange = &fetch->exchange;

    *info = chutes__exchange_info(exchange, -1);
    *raw_len = fetch->answer.len;
    if (*info != NULL) {
        memory->raw_json = chutes__buf_take(&fetch->answer);
    }
    if (memory->raw_json == NULL) {
        return chutes__fail_status(exchange->error, CHUTES_ERR_NO_MEMORY);
    }
    *raw_json = memory->raw_json;
    chutes__result_memory_take(memory, &fetch->arena);
    return CHUTES_OK;
}
