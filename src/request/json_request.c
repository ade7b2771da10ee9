/* SPDX-License-Identifier: MIT */
/*
 * Collects an answer that should be one JSON document, up to its limit, and
 * finds out what it is if it isn't one.
 */
#include "request/json_request.h"

#include <string.h>

#include "base/error.h"
#include "codec/api_error.h"
#include "codec/gateway_tail.h"
#include "codec/html.h"
#include "json/reader.h"

/* ---- what the answer is -------------------------------------------------- */

/* Does the text end in the middle of its JSON? */
static bool is_cut_json(const struct chutes__buf *text, size_t max_depth)
{
    struct chutes__json_reader reader;

    chutes__json_init_lenient(&reader, text->data, text->len, max_depth);
    chutes__json_skip(&reader);
    return !chutes__json_finish(&reader) && reader.fault_at == text->len;
}

/* Does the Content-Type say HTML, and doesn't the text look like JSON? */
static bool has_html_type(const struct chutes__request *request,
                          struct chutes__slice text)
{
    return text.len > 0 && text.data[0] != '{' && text.data[0] != '[' &&
           chutes__html_is(request->content_type, text);
}

/* A base URL that lacks its path usually leads to a web page. */
static chutes_status fail_html(struct chutes__request *request,
                               struct chutes__slice html, chutes_status status)
{
    char title[CHUTES__MAX_HTML_TITLE];

    chutes__html_title(html, title);
    return chutes__fail(
        chutes__request_error(request), status,
        "the server sent an HTML page instead of %s%s%s%s: is the base "
        "URL right? (%s)",
        status == CHUTES_ERR_MEDIA ? "the file" : "JSON",
        title[0] != '\0' ? " (\"" : "", title, title[0] != '\0' ? "\")" : "",
        request->url);
}

static chutes_status decode(struct chutes__json_request *json)
{
    const struct chutes__slice answer = chutes__buf_slice(&json->answer);
    chutes_error *error = chutes__request_error(&json->request);
    chutes_status status = chutes__gateway_tail_check(answer, error);

    return status == CHUTES_OK
               ? json->receiver->decode(json->ctx, answer, error)
               : status;
}

/* Finds a better reason than that the answer could not be decoded. */
static chutes_status explain(struct chutes__json_request *json,
                             chutes_status status)
{
    struct chutes__request *request = &json->request;
    const struct chutes__buf *answer = &json->answer;
    const struct chutes__slice text =
        chutes__slice_trim_text(chutes__buf_slice(answer));
    chutes_error *error = chutes__request_error(request);

    if (status != CHUTES_ERR_PROTOCOL && status != CHUTES_ERR_MEDIA) {
        return status;
    }
    if (answer->len == 0) {
        return chutes__fail(error, status, "the answer is empty");
    }
    /* The server reports a failure with a success status. */
    if (chutes__api_error_read(answer->data, answer->len, false, error)) {
        error->status = CHUTES_ERR_STREAM;
        return CHUTES_ERR_STREAM;
    }
    if (chutes__html_is(NULL, text) || has_html_type(request, text)) {
        return fail_html(request, text, status);
    }
    if (is_cut_json(answer,
                    request->queue->options.config->options.max_json_depth)) {
        return chutes__fail(error, CHUTES_ERR_TRUNCATED,
                            "the answer ends in the middle of its JSON, after "
                            "%zu bytes",
                            json->removed + answer->len);
    }
    return status;
}

/* A whole document is an answer, no matter how its connection ended or what
 * followed it. */
static chutes_status rescue(struct chutes__json_request *json,
                            chutes_status status)
{
    chutes_error *error = chutes__request_error(&json->request);
    const chutes_error before = *error;

    if (!chutes__request_is_answer(&json->request) ||
        decode(json) != CHUTES_OK) {
        *error = before;
        return status;
    }
    return CHUTES_OK;
}

/* ---- what the request reports -------------------------------------------- */

static void on_restart(void *ctx)
{
    struct chutes__json_request *json = ctx;

    if (json->receiver->on_restart != NULL) {
        json->receiver->on_restart(json->ctx);
    }
    chutes__buf_clear(&json->answer);
    json->answer.limit += json->removed;
    json->removed = 0;
    json->is_stream = false;
}

static chutes_status on_head(void *ctx, const char *content_type)
{
    struct chutes__json_request *json = ctx;

    json->is_stream = json->receiver->stream != NULL &&
                      chutes__slice_starts_with_nocase(
                          chutes__slice_of(content_type), "text/event-stream");
    return CHUTES_OK;
}

/* The limit is for the whole answer, including bytes that were removed. */
static chutes_status report_growth(struct chutes__json_request *json,
                                   size_t len)
{
    size_t before = json->answer.len;
    chutes_status status;
    size_t removed;

    if (json->receiver->on_growth == NULL) {
        return CHUTES_OK;
    }
    status = json->receiver->on_growth(json->ctx, &json->answer, len);
    removed = before - json->answer.len;
    json->removed += removed;
    json->answer.limit -= removed;
    return status;
}

/* Names the option only if a larger value would help: the limit of the receiver
 * is fixed. */
static chutes_status fail_length(struct chutes__json_request *json)
{
    size_t limit = json->removed + json->answer.limit;

    return chutes__fail_limit(
        chutes__request_error(&json->request), "the answer",
        limit == json->receiver->max_answer ? "its fixed limit"
                                            : "max_response_bytes",
        limit);
}

static chutes_status on_data(void *ctx, const char *bytes, size_t *len)
{
    struct chutes__json_request *json = ctx;
    chutes_status status;

    if (json->is_stream) {
        return json->receiver->stream->on_data(json->ctx, bytes, len);
    }
    status = chutes__buf_append(&json->answer, bytes, *len);
    if (status == CHUTES_OK) {
        chutes__buf_remove(&json->answer, 0,
                           chutes__json_request_mark_len(&json->answer));
        return report_growth(json, *len);
    }
    return status == CHUTES_ERR_TOO_LARGE
               ? fail_length(json)
               : chutes__fail_status(chutes__request_error(&json->request),
                                     status);
}

static chutes_status on_end(void *ctx, chutes_status status)
{
    struct chutes__json_request *json = ctx;

    if (json->is_stream) {
        return json->receiver->stream->on_end(json->ctx, status);
    }
    /* The result may store this memory as its raw JSON. */
    chutes__buf_trim(&json->answer);
    if (status == CHUTES_OK) {
        return explain(json, decode(json));
    }
    if (status == CHUTES_ERR_TRUNCATED || status == CHUTES_ERR_PROTOCOL) {
        return rescue(json, status);
    }
    return status;
}

static void on_done(void *ctx, chutes_status status, const chutes_error *error)
{
    struct chutes__json_request *json = ctx;

    json->receiver->on_done(json->ctx, status, error);
}

static enum chutes__crowding judge_crowding(void *ctx)
{
    struct chutes__json_request *json = ctx;

    return json->receiver->judge_crowding != NULL
               ? json->receiver->judge_crowding(json->ctx)
               : CHUTES__CROWDING_NONE;
}

static bool is_cancelled(void *ctx)
{
    struct chutes__json_request *json = ctx;

    return json->receiver->is_cancelled(json->ctx);
}

static const struct chutes__receiver RECEIVER = {
    .on_restart = on_restart,
    .on_head = on_head,
    .on_data = on_data,
    .on_end = on_end,
    .on_done = on_done,
    .judge_crowding = judge_crowding,
    .is_cancelled = is_cancelled,
};

/* ---- the interface ------------------------------------------------------- */

size_t chutes__json_request_mark_len(const struct chutes__buf *answer)
{
    static const char mark[] = "\xEF\xBB\xBF";
    const size_t len = sizeof(mark) - 1;
    bool is_there = answer->len > len && memcmp(answer->data, mark, len) == 0 &&
                    (answer->data[len] == '{' || answer->data[len] == '[');

    return is_there ? len : 0;
}

chutes_status
chutes__json_request_start(struct chutes__json_request *json,
                           struct chutes__request_queue *queue,
                           struct chutes__request_options options,
                           const struct chutes__json_receiver *receiver,
                           void *ctx, chutes_error *error)
{
    size_t limit = queue->options.config->options.max_response_bytes;

    if (receiver->max_answer != 0 && limit > receiver->max_answer) {
        limit = receiver->max_answer;
    }
    *json = (struct chutes__json_request){.receiver = receiver, .ctx = ctx};
    chutes__buf_init(&json->answer, limit);
    chutes__arena_init(&json->arena);
    if (options.accept == NULL) {
        options.accept = "Accept: application/json";
    }
    options.receiver = &RECEIVER;
    options.ctx = json;
    if (receiver->stream == NULL) {
        options.rules.clocks.progress_ms = 0; /* one document has no events */
    }
    if (options.arena == NULL) {
        options.arena = &json->arena;
    }
    return chutes__request_start(&json->request, queue, &options, error);
}

void chutes__json_request_dispose(struct chutes__json_request *json)
{
    chutes__request_dispose(&json->request);
    chutes__buf_dispose(&json->answer);
    chutes__arena_dispose(&json->arena);
}
