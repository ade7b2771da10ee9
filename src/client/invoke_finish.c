/* SPDX-License-Identifier: MIT */
/*
 * Decides whether the answer to a request to any chute is what was requested,
 * and builds the response from it.
 */
#include "client/invoke_answer.h"

#include "base/error.h"
#include "client/result_memory.h"
#include "codec/api_error.h"
#include "codec/fault.h"
#include "codec/html.h"
#include "codec/media_type.h"
#include "request/json_request.h"

enum { ACCEPTED = 202, NO_CONTENT = 204 };

struct invoke_result {
    chutes_invoke_response response; /* first, so that one casts to the other */
    struct chutes__result_memory memory;
};

static chutes_status explain_unwanted(struct chutes__invoke_answer *answer)
{
    const struct chutes__slice text =
        chutes__slice_trim_text(chutes__buf_slice(&answer->bytes));
    const char *type = answer->request->content_type;
    const char *wanted = answer->accept != NULL ? answer->accept : "a file";
    chutes_error *error = chutes__request_error(answer->request);
    char title[CHUTES__MAX_HTML_TITLE];

    if (chutes__api_error_read(text.data, text.len, false, error)) {
        error->status = CHUTES_ERR_STREAM;
        return CHUTES_ERR_STREAM;
    }
    if (answer->accept == NULL && answer->request->http_status == ACCEPTED) {
        return chutes__fail(
            error, CHUTES_ERR_PROTOCOL,
            "the server sent HTTP 202 instead of a file: the work continues "
            "as an operation");
    }
    if (text.len == 0) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL, "the answer is empty");
    }
    if (!chutes__html_is(type, text)) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "the answer has the type %.100s, not %.100s", type,
                            wanted);
    }
    chutes__html_title(text, title);
    return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                        "the server sent an HTML page instead of %.100s%s%s%s",
                        wanted, title[0] != '\0' ? ": \"" : "", title,
                        title[0] != '\0' ? "\"" : "");
}

/* Returns true if the answer is in memory and may be JSON. */
static bool may_be_json(const struct chutes__invoke_answer *answer)
{
    return answer->on_data == NULL && !chutes__invoke_answer_has_file(answer) &&
           chutes__invoke_answer_may_be_json(answer);
}

/* Finds out whether the answer is JSON, and removes a byte order mark before
 * it. */
static void find_json(struct chutes__invoke_answer *answer)
{
    struct chutes__buf *bytes = &answer->bytes;
    size_t at = chutes__json_request_mark_len(bytes);

    answer->is_json = chutes__json_is_valid_answer(
        bytes->data + at, bytes->len - at, answer->max_depth);
    if (answer->is_json) {
        chutes__buf_remove(bytes, 0, at);
    }
}

/* Checks an answer to a caller who requested JSON. */
static chutes_status finish_json(struct chutes__invoke_answer *answer)
{
    const struct chutes__buf *bytes = &answer->bytes;
    chutes_error *error = chutes__request_error(answer->request);
    struct chutes__json_reader reader;

    if (bytes->len == 0) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL, "the answer is empty");
    }
    if (answer->is_json) {
        if (!chutes__api_error_read(bytes->data, bytes->len, false, error)) {
            return CHUTES_OK;
        }
        error->status = CHUTES_ERR_STREAM;
        return CHUTES_ERR_STREAM;
    }
    chutes__json_init_lenient(&reader, bytes->data, bytes->len,
                              answer->max_depth);
    chutes__json_skip(&reader);
    (void)chutes__json_finish(&reader);
    if (reader.fault_at == bytes->len) {
        return chutes__fail(error, CHUTES_ERR_TRUNCATED,
                            "the answer ends in the middle of its JSON, after "
                            "%zu bytes",
                            bytes->len);
    }
    return chutes__fault_report(&reader, error);
}

/* Fails if the answer must not replace a file: it is empty or reports an
 * error. */
static chutes_status judge_file(struct chutes__invoke_answer *answer)
{
    const struct chutes__buf *bytes = &answer->bytes;
    chutes_error *error = chutes__request_error(answer->request);

    if (answer->received == 0) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL, "the answer is empty");
    }
    if (answer->may_be_report && bytes->len == answer->received &&
        chutes__api_error_read(bytes->data, bytes->len, false, error)) {
        error->status = CHUTES_ERR_STREAM;
        return CHUTES_ERR_STREAM;
    }
    chutes__buf_clear(&answer->bytes);
    return CHUTES_OK;
}

/* Returns true if nothing but the end of the connection marks the end of the
 * answer, so that it may have been cut off. */
static bool is_unsized(const struct chutes__invoke_answer *answer)
{
    return !answer->request->is_whole &&
           (!answer->allows_unsized ||
            chutes__header_list_find(&answer->request->headers,
                                     "Content-Length") != NULL);
}

/* Fails if the answer ends with an error of the gateway. */
static chutes_status judge_tail(struct chutes__invoke_answer *answer)
{
    const struct chutes__slice tail = {answer->tail, answer->tail_len};

    return chutes__gateway_tail_check(tail,
                                      chutes__request_error(answer->request));
}

/* Returns the status of the whole answer. */
static chutes_status judge(struct chutes__invoke_answer *answer,
                           chutes_status status)
{
    if (answer->is_unwanted &&
        (status == CHUTES_OK || status == CHUTES_ERR_TRUNCATED)) {
        return explain_unwanted(answer);
    }
    if (status == CHUTES_OK) {
        status = judge_tail(answer);
    }
    if (status == CHUTES_OK && chutes__invoke_answer_has_file(answer)) {
        status = judge_file(answer);
    }
    if (status != CHUTES_OK || answer->request->http_status == NO_CONTENT) {
        return status;
    }
    if (answer->resume.at > 0 &&
        answer->received != (uint64_t)answer->resume.total) {
        return chutes__fail(chutes__request_error(answer->request),
                            answer->received < (uint64_t)answer->resume.total
                                ? CHUTES_ERR_TRUNCATED
                                : CHUTES_ERR_PROTOCOL,
                            "the server sent %zu bytes of a file that has %lld",
                            answer->received, (long long)answer->resume.total);
    }
    if (may_be_json(answer)) {
        find_json(answer);
        if (answer->accept != NULL &&
            chutes__media_type_is_json(answer->accept)) {
            return finish_json(answer);
        }
    }
    if (answer->is_json || !is_unsized(answer)) {
        return CHUTES_OK;
    }
    return chutes__fail(chutes__request_error(answer->request),
                        CHUTES_ERR_TRUNCATED,
                        "only the end of the connection marks the end of the "
                        "answer, after %zu bytes: it may have been cut off",
                        answer->received);
}

chutes_status chutes__invoke_answer_finish(struct chutes__invoke_answer *answer,
                                           chutes_status status)
{
    status = judge(answer, status);
    return status == CHUTES_OK ? chutes__invoke_answer_store(answer) : status;
}

/* ---- the response -------------------------------------------------------- */

chutes_invoke_response *
chutes__invoke_answer_build(struct chutes__invoke_answer *answer,
                            struct chutes__arena *arena)
{
    struct invoke_result *result =
        chutes__arena_alloc(arena, 1, sizeof(*result));
    chutes_invoke_response *response;

    if (result == NULL) {
        return NULL;
    }
    response = &result->response;
    response->info = chutes__request_info(answer->request, -1);
    response->content_type = answer->request->content_type;
    response->received = answer->received;
    response->url = answer->request->url;
    response->body_len = answer->bytes.len;
    if (response->info != NULL) {
        chutes__buf_trim(&answer->bytes);
        result->memory.raw_json = chutes__buf_take(&answer->bytes);
    }
    response->body = result->memory.raw_json;
    if (response->body == NULL) {
        return NULL;
    }
    response->json = answer->is_json ? response->body : NULL;
    chutes__result_memory_take(&result->memory, arena);
    return response;
}

void chutes_invoke_response_free(chutes_invoke_response *response)
{
    if (response != NULL) {
        chutes__result_memory_free(&((struct invoke_result *)response)->memory);
    }
}
