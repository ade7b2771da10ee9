/* SPDX-License-Identifier: MIT */
#include "attempt.h"

#include "base/clock.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

#define SECRET "cpk_CANARY0123456789"

static chutes_status take_header(void *ctx, struct chutes__slice name,
                                 struct chutes__slice value)
{
    struct attempt *attempt = ctx;
    size_t len = strlen(attempt->headers);

    assert_int_equal(attempt->heads, 0);
    assert_int_equal(attempt->dones, 0);
    (void)snprintf(attempt->headers + len, sizeof(attempt->headers) - len,
                   "%.*s=%.*s;", (int)name.len, name.data, (int)value.len,
                   value.data);
    return attempt->header_status;
}

static chutes_status take_head(void *ctx, int http_status)
{
    struct attempt *attempt = ctx;

    assert_int_equal(attempt->heads, 0);
    assert_int_equal(attempt->dones, 0);
    attempt->heads++;
    attempt->http_status = http_status;
    if (attempt->on_head != NULL) {
        attempt->on_head(attempt);
    }
    return attempt->head_status;
}

static void heed_cancel(struct attempt *attempt)
{
    if (atomic_load(&attempt->is_unwanted) && attempt->dones == 0) {
        chutes__transfer_cancel(attempt->transfer);
    }
}

static chutes_status collect_body(struct attempt *attempt, const char *bytes,
                                  size_t len)
{
    size_t room = sizeof(attempt->body) - 1 - attempt->body_len;
    size_t taken = len < room ? len : room;

    memcpy(attempt->body + attempt->body_len, bytes, taken);
    attempt->body_len += taken;
    attempt->body[attempt->body_len] = '\0';
    return attempt->on_body == NULL
               ? CHUTES_OK
               : attempt->on_body(attempt, attempt->bodies);
}

static chutes_status take_body(void *ctx, const char *bytes, size_t *len)
{
    struct attempt *attempt = ctx;
    chutes_status status;

    assert_int_equal(attempt->heads, 1);
    assert_int_equal(attempt->dones, 0);
    assert_true(*len > 0);
    attempt->bodies++;
    status = attempt->on_bytes != NULL ? attempt->on_bytes(attempt, bytes, len)
                                       : collect_body(attempt, bytes, *len);
    heed_cancel(attempt);
    return status;
}

static void take_result(void *ctx, const struct chutes__transfer_result *result)
{
    struct attempt *attempt = ctx;

    assert_int_equal(attempt->dones, 0);
    attempt->dones++;
    attempt->result = *result;
    attempt->elapsed_us = chutes__clock_now_us() - attempt->started_us;
    assert_null(strstr(result->message, "CANARY"));
    assert_true(result->status != CHUTES_OK || result->message[0] == 0);
    if (attempt->on_done != NULL) {
        attempt->on_done(attempt);
    }
}

void attempt_init(struct attempt *attempt, const char *url)
{
    static const struct chutes__log silence = {0};
    static const char *const headers[] = {"Authorization: Bearer " SECRET,
                                          "Content-Type: application/json"};

    *attempt =
        (struct attempt){.request = {.url = url,
                                     .headers = headers,
                                     .header_count = 2,
                                     .body = "{\"a\":1}",
                                     .body_len = 7,
                                     .route = {.proxy = "", .allow_http = true},
                                     .max_header_bytes = 256 << 10,
                                     .clocks = {10000, 10000, 10000, 0, 0, 0},
                                     .log = &silence}};
}

struct chutes__engine *attempt_engine(void)
{
    const struct chutes__engine_options options = {
        .max_host_connections = 64, .max_total_connections = 256};
    struct chutes__engine *engine;
    chutes_error error;

    if (chutes__transport_init(&error) != CHUTES_OK) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(chutes__engine_new(&options, &engine), CHUTES_OK);
    return engine;
}

struct attempt_pair attempt_open_tls(const char *script, enum peer_tls tls)
{
    return (struct attempt_pair){attempt_engine(), peer_start(script, tls)};
}

struct attempt_pair attempt_open(const char *script)
{
    return attempt_open_tls(script, PEER_PLAIN);
}

void attempt_close(struct attempt_pair pair)
{
    chutes__engine_free(pair.engine);
    assert_true(peer_await_closed(pair.peer, 5000));
    peer_stop(pair.peer);
}

chutes_status attempt_try(struct attempt *attempt,
                          struct chutes__engine *engine, chutes_error *error)
{
    const struct chutes__transfer_sink sink = {take_header, take_head,
                                               take_body, take_result, attempt};

    attempt->started_us = chutes__clock_now_us();
    attempt->request.started_us = attempt->started_us;
    return chutes__engine_start(engine, &attempt->request, &sink,
                                &attempt->transfer, error);
}

void attempt_start(struct attempt *attempt, struct chutes__engine *engine)
{
    chutes_error error;

    if (attempt_try(attempt, engine, &error) != CHUTES_OK) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(attempt->dones, 0);
}

void attempt_finish(struct attempt *attempt, struct chutes__engine *engine)
{
    int64_t deadline_us = chutes__clock_after_ms(attempt->started_us, 60000);

    while (attempt->dones == 0) {
        heed_cancel(attempt);
        assert_int_equal(chutes__engine_step(engine, 60000), CHUTES_OK);
        (void)chutes__waker_take(chutes__engine_waker(engine));
        assert_true(chutes__clock_now_us() < deadline_us);
    }
}

void attempt_run(struct attempt *attempt, struct chutes__engine *engine)
{
    attempt_start(attempt, engine);
    attempt_finish(attempt, engine);
}

void attempt_cancel(struct attempt *attempt, struct chutes__engine *engine)
{
    atomic_store(&attempt->is_unwanted, true);
    chutes__waker_ring(chutes__engine_waker(engine));
}

void attempt_expect(const struct attempt *attempt, chutes_status status,
                    chutes_outcome outcome)
{
    const struct chutes__transfer_result *result = &attempt->result;

    if (attempt->dones != 1 || result->status != status ||
        result->outcome != outcome) {
        fail_msg("%s, outcome %d: %s", chutes_status_string(result->status),
                 (int)result->outcome, result->message);
    }
}

void attempt_expect_message(const struct attempt *attempt, const char *part)
{
    if (strstr(attempt->result.message, part) == NULL) {
        fail_msg("no \"%s\" in \"%s\"", part, attempt->result.message);
    }
}

void attempt_run_to(struct attempt *attempt, struct chutes__engine *engine,
                    chutes_status status, chutes_outcome outcome)
{
    attempt_run(attempt, engine);
    attempt_expect(attempt, status, outcome);
}
