/* SPDX-License-Identifier: MIT */
#include "rows_judge.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rows_watch_attempt(const chutes_attempt *attempt, void *user_data)
{
    struct rows_attempts *attempts = user_data;

    assert_true(attempts->count == 0 || attempts->last.wait_ms >= 0);
    attempts->count++;
    assert_int_equal(attempt->number, attempts->count);
    assert_true(attempt->elapsed_us >= attempts->last.elapsed_us);
    assert_true(attempt->wait_ms >= -1);
    attempts->last = *attempt;
    attempts->last.model = NULL; /* valid only during the callback */
    if (attempt->wait_ms > 0) {
        attempts->waits_ms += attempt->wait_ms;
    }
}

void rows_complain(const struct rows_scene *scene, const char *what,
                   const char *got, const char *want)
{
    const chutes_error *error = &scene->call->error;

    fail_msg("%s\n  %s, %s, %s: %s is `%s`, expected `%s`\n  %s, outcome %d, "
             "HTTP %d: %s",
             scene->row->name, call_kind_name(scene->call->kind),
             call_mode_name(scene->call->mode), scene->is_tls ? "TLS" : "plain",
             what, got, want, chutes_status_name(scene->call->status),
             (int)error->outcome, error->http_status, error->message);
}

static void expect_text(const struct rows_scene *scene, const char *what,
                        const char *got, const char *want)
{
    if (strcmp(got, want) != 0) {
        rows_complain(scene, what, got, want);
    }
}

/* Fails the test unless `got` is one of the alternatives "A|B". */
static void expect_one_of(const struct rows_scene *scene, const char *what,
                          const char *got, const char *list)
{
    size_t len = strlen(got);

    for (const char *at = list; *at != '\0';) {
        size_t part = strcspn(at, "|");

        if ((part == len && strncmp(at, got, len) == 0) ||
            strcmp(list, "ANY") == 0) {
            return;
        }
        at += part + (at[part] == '|' ? 1 : 0);
    }
    rows_complain(scene, what, got, list);
}

static void expect_number(const struct rows_scene *scene, const char *what,
                          long long got, const char *want)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%lld", got);
    expect_one_of(scene, what, text, want);
}

/* Returns the value of a key; `otherwise` if the row doesn't have the key. */
static const char *want(const struct rows_scene *scene, const char *key,
                        const char *otherwise)
{
    const struct rows_expectation *expectation = scene->expectation;

    for (size_t i = 0; i < expectation->pair_count; i++) {
        if (strcmp(expectation->pairs[i].key, key) == 0) {
            return expectation->pairs[i].value;
        }
    }
    return otherwise;
}

static void check_messages(const struct rows_scene *scene)
{
    const struct rows_expectation *expectation = scene->expectation;
    const char *message = scene->call->error.message;

    for (size_t i = 0; i < expectation->pair_count; i++) {
        const struct rows_pair *pair = &expectation->pairs[i];

        if (strcmp(pair->key, "message") == 0 &&
            strstr(message, pair->value) == NULL) {
            rows_complain(scene, "message", message, pair->value);
        }
        if (strcmp(pair->key, "lacks") == 0 &&
            strstr(message, pair->value) != NULL) {
            rows_complain(scene, "message", message, pair->value);
        }
    }
}

/* The fields of an error that the row doesn't mention must be unset. */
static void check_error(const struct rows_scene *scene)
{
    static const char *const outcomes[] = {"NOT_SENT", "MAYBE_SENT",
                                           "ANSWERED"};
    const chutes_error *error = &scene->call->error;
    bool is_answered = error->outcome == CHUTES_OUTCOME_ANSWERED;

    expect_one_of(scene, "outcome", outcomes[error->outcome],
                  scene->expectation->outcome);
    expect_number(scene, "http", error->http_status,
                  want(scene, "http", is_answered ? "200" : "0"));
    expect_text(scene, "code", error->code, want(scene, "code", ""));
    expect_text(scene, "type", error->type, want(scene, "type", ""));
    expect_text(scene, "param", error->param, want(scene, "param", ""));
    expect_text(scene, "id", error->request_id, want(scene, "id", ""));
    expect_number(scene, "retry", error->retry_after_ms,
                  want(scene, "retry", "-1"));
    expect_number(scene, "reset", error->quota_reset,
                  want(scene, "reset", "-1"));
    expect_number(scene, "attempts", error->attempts,
                  want(scene, "attempts", "1"));
    check_messages(scene);
    if (error->message[0] == '\0') {
        rows_complain(scene, "message", "", "something");
    }
}

static void join_warnings(const chutes_chat_response *response, char *text,
                          size_t size)
{
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < response->warning_count; i++) {
        len += (size_t)snprintf(text + len, size - len, "%s%s",
                                i == 0 ? "" : ",", response->warnings[i]);
    }
}

static void check_answer(const struct rows_scene *scene)
{
    const chutes_chat_response *response = scene->call->chat;
    const chutes_chat_choice *choice =
        response->choice_count > 0 ? response->choices[0] : NULL;
    const char *text = choice != NULL ? choice->content : NULL;
    const char *finish = choice != NULL ? choice->finish_reason : NULL;
    char warnings[512];

    join_warnings(response, warnings, sizeof(warnings));
    expect_text(scene, "end", chutes_end_name(response->end),
                want(scene, "end", "done"));
    expect_number(scene, "complete", response->complete,
                  scene->call->status == CHUTES_OK ? "1" : "0");
    expect_text(scene, "text", text != NULL ? text : "",
                want(scene, "text", ""));
    expect_text(scene, "finish", finish != NULL ? finish : "",
                want(scene, "finish", ""));
    expect_text(scene, "warnings", warnings, want(scene, "warnings", ""));
}

/* A result must be there if the row requires one, and only then. */
static void check_result(const struct rows_scene *scene)
{
    const struct call *call = scene->call;
    bool is_ok = call->status == CHUTES_OK;
    bool has_partial = want(scene, "end", NULL) != NULL;
    bool has_chat = is_ok ? call->kind <= CALL_STREAM : has_partial;

    expect_number(scene, "there is a chat response", call->chat != NULL,
                  has_chat ? "1" : "0");
    expect_number(scene, "there are vectors", call->embed != NULL,
                  is_ok && call->kind == CALL_EMBED ? "1" : "0");
    expect_number(scene, "there are models", call->models != NULL,
                  is_ok && call->kind == CALL_MODELS ? "1" : "0");
    expect_number(scene, "there are bytes", call->invoke != NULL,
                  is_ok && call->kind == CALL_INVOKE ? "1" : "0");
    expect_number(scene, "there are results", call->rerank != NULL,
                  is_ok && call->kind == CALL_RERANK ? "1" : "0");
    if (call->chat != NULL) {
        check_answer(scene);
    }
    if (call_info(call) != NULL) {
        expect_number(scene, "attempts", call_info(call)->attempts,
                      want(scene, "attempts", "1"));
    }
}

/* on_attempt must report as many attempts as the result, and the last one must
 * have ended like the call. */
static void check_attempts(const struct rows_scene *scene)
{
    const struct rows_attempts *attempts = scene->attempts;

    expect_number(scene, "attempts told", attempts->count,
                  want(scene, "attempts", "1"));
    if (attempts->count == 0) {
        return;
    }
    expect_number(scene, "the last wait", attempts->last.wait_ms, "-1");
    expect_text(scene, "the status of the last attempt",
                chutes_status_name(attempts->last.status),
                chutes_status_name(scene->call->status));
    if (want(scene, "waits", NULL) != NULL) {
        expect_number(scene, "waits", attempts->waits_ms,
                      want(scene, "waits", NULL));
    }
}

void rows_judge_call(const struct rows_scene *scene)
{
    const struct call *call = scene->call;

    expect_one_of(scene, "status",
                  chutes_status_name(call->status) + strlen("CHUTES_"),
                  scene->expectation->status);
    if (call->status != CHUTES_OK) {
        check_error(scene);
    }
    check_result(scene);
    check_attempts(scene);
}

/* By default, each attempt must be one request that the server read. */
void rows_judge_peer(const struct rows_scene *scene)
{
    const struct peer *peer = scene->peer;
    const char *requests =
        want(scene, "requests", want(scene, "attempts", "1"));
    int before = scene->row->is_second ? 1 : 0;
    bool has_posts = scene->call->kind != CALL_MODELS && !scene->row->is_proxy;

    /* A clock of the client can end the call before a busy machine lets the
     * peer read the request that was sent. */
    (void)peer_await_requests(peer, (int)strtol(requests, NULL, 10) + before,
                              call_bound_ms(1000));
    expect_number(scene, "requests", peer_requests(peer) - before, requests);
    if (has_posts) {
        expect_number(scene, "posts", peer_posts(peer) - before, requests);
    } else {
        expect_number(scene, "posts", peer_posts(peer), "0");
    }
    expect_number(scene, "accepts", peer_accepts(peer),
                  want(scene, "accepts", "1"));
    if (want(scene, "bytes", NULL) != NULL) {
        expect_number(scene, "bytes", peer_http_bytes(peer),
                      want(scene, "bytes", NULL));
    }
}

void rows_judge_time(const struct rows_scene *scene)
{
    long elapsed_ms = (long)(scene->call->elapsed_us / 1000);
    long least = strtol(want(scene, "min_ms", "0"), NULL, 10);
    long most = strtol(want(scene, "max_ms", "5000"), NULL, 10);

    if (elapsed_ms < least) {
        expect_number(scene, "milliseconds", elapsed_ms,
                      want(scene, "min_ms", "0"));
    }
    if (elapsed_ms > call_bound_ms((int)most)) {
        expect_number(scene, "milliseconds", elapsed_ms,
                      want(scene, "max_ms", "5000"));
    }
}
