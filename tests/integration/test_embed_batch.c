/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "base/clock.h"
#include "call.h"
#include "meter.h"

enum { MAX_INPUTS = 10000, MAX_TEXT = 32, LATE_MS = 5000 };

enum how { BLOCKING, ON_A_LOOP, WAYS };

/* One call and its result. */
struct batch {
    chutes_embed_params params;
    chutes_status status;
    chutes_embed_response *response;
    chutes_error error;
    int64_t elapsed_us;
    int done; /* completions */
};

static char (*numbers)[MAX_TEXT];
static const char *texts[MAX_INPUTS];

static int write_numbers(void **state)
{
    (void)state;
    numbers = calloc(MAX_INPUTS, sizeof(*numbers));
    assert_non_null(numbers);
    for (size_t i = 0; i < MAX_INPUTS; i++) {
        (void)snprintf(numbers[i], sizeof(numbers[i]), "%zu", i);
        texts[i] = numbers[i];
    }
    return 0;
}

static int free_numbers(void **state)
{
    (void)state;
    free(numbers);
    return 0;
}

static struct batch batch_of(size_t count, size_t max_inputs, int parallel)
{
    struct batch batch = {.params = chutes_embed_params_default()};

    batch.params.model = "m";
    batch.params.input = texts;
    batch.params.input_count = count;
    batch.params.max_batch_inputs = max_inputs;
    batch.params.max_parallel = parallel;
    return batch;
}

static void on_done(chutes_status status, chutes_embed_response *response,
                    const chutes_error *error, void *user_data)
{
    struct batch *batch = user_data;

    batch->status = status;
    batch->response = response;
    batch->error = *error;
    batch->done++;
}

static void run_on_loop(struct batch *batch, chutes_client *client)
{
    chutes_loop *loop = NULL;

    batch->status = chutes_loop_new(client, &loop, &batch->error);
    if (batch->status != CHUTES_OK) {
        return;
    }
    batch->status = chutes_embed_start(loop, &batch->params, on_done, batch,
                                       NULL, &batch->error);
    if (batch->status == CHUTES_OK) {
        assert_int_equal(batch->done, 0);
        (void)chutes_loop_run(loop);
        assert_int_equal(batch->done, 1);
    }
    assert_int_equal(chutes_loop_active(loop), 0);
    chutes_loop_free(loop);
}

static void run(struct batch *batch, enum how how, chutes_client *client)
{
    int64_t started_us = chutes__clock_now_us();

    memset(&batch->error, 0xAA, sizeof(batch->error));
    batch->response = NULL;
    batch->done = 0;
    if (how == ON_A_LOOP) {
        run_on_loop(batch, client);
    } else {
        batch->status = chutes_embed(client, &batch->params, &batch->response,
                                     &batch->error);
    }
    batch->elapsed_us = chutes__clock_now_us() - started_us;
    assert_int_equal(batch->error.status, batch->status);
}

static void run_well(struct batch *batch, enum how how, chutes_client *client)
{
    run(batch, how, client);
    if (batch->status != CHUTES_OK) {
        fail_msg("%s: %s", chutes_status_name(batch->status),
                 batch->error.message);
    }
}

static void dispose(struct batch *batch)
{
    chutes_embed_response_free(batch->response);
    batch->response = NULL;
}

static void check_rows(const chutes_embed_response *response, size_t first,
                       size_t count)
{
    assert_true(first + count <= response->count);
    for (size_t i = first; i < first + count; i++) {
        const float *row = chutes_embedding_at(response, i);

        if (row[0] != (float)i || row[1] != -(float)i) {
            fail_msg("row %zu is %g, %g", i, (double)row[0], (double)row[1]);
        }
    }
}

static void check_gap(const chutes_embed_response *response, size_t first,
                      size_t count)
{
    for (size_t i = first; i < first + count; i++) {
        assert_null(chutes_embedding_at(response, i));
    }
}

/* Asserts what holds for every response. */
static void check_parts(const chutes_embed_response *response)
{
    size_t next = 0;

    assert_int_equal(response->values != NULL, response->complete);
    assert_null(chutes_embedding_at(response, response->count));
    assert_int_equal(response->dimension, 2);
    for (size_t i = 0; i < response->part_count; i++) {
        const chutes_embed_part *part = response->parts[i];

        assert_int_equal(part->first, next);
        assert_true(part->count > 0);
        assert_int_equal(strlen(part->raw_json), part->raw_len);
        assert_int_equal(part->raw_len > 0, part->status == CHUTES_OK &&
                                                response->part_count == 1);
        if (part->status == CHUTES_OK) {
            assert_ptr_equal(part->values,
                             chutes_embedding_at(response, part->first));
            assert_int_equal(part->http_status, 200);
            assert_true(part->attempts >= 1);
            check_rows(response, part->first, part->count);
        } else {
            assert_int_equal(response->complete, 0);
            assert_null(part->values);
            check_gap(response, part->first, part->count);
        }
        next += part->count;
    }
    assert_int_equal(next, response->count);
}

static int count_attempts(const chutes_embed_response *response)
{
    int attempts = 0;

    for (size_t i = 0; i < response->part_count; i++) {
        attempts += response->parts[i]->attempts;
    }
    return attempts;
}

static void check_whole(const struct batch *batch, struct meter *meter)
{
    const chutes_embed_response *response = batch->response;
    int64_t count = (int64_t)batch->params.input_count;

    assert_int_equal(response->complete, 1);
    assert_int_equal(response->count, count);
    check_parts(response);
    check_rows(response, 0, response->count);
    assert_int_equal(response->usage->prompt_tokens, count);
    assert_int_equal(response->usage->total_tokens, 2 * count);
    assert_int_equal(response->usage->completion_tokens, -1);
    assert_string_equal(response->model, "served/m");
    assert_string_equal(response->info->model, "m");
    assert_int_equal(response->info->http_status, 200);
    assert_int_equal(response->info->attempts, count_attempts(response));
    assert_int_equal(response->info->attempts, meter_requests(meter));
    if (response->part_count == 1) {
        assert_ptr_equal(response->raw_json, response->parts[0]->raw_json);
        assert_int_equal(response->raw_len, response->parts[0]->raw_len);
    } else {
        assert_string_equal(response->raw_json, "");
        assert_int_equal(response->raw_len, 0);
    }
}

/* ---- how inputs are split ------------------------------------------------ */

static void any_number_of_inputs_is_split_by_count(void **state)
{
    static const struct {
        size_t inputs;
        size_t most;
        int requests;
    } rows[] = {{1, 32, 1},      {2, 32, 1},       {31, 32, 1},
                {32, 32, 1},     {33, 32, 2},      {64, 32, 2},
                {65, 32, 3},     {5, 1, 5},        {2048, 2048, 1},
                {2049, 2048, 2}, {10000, 2048, 5}, {10000, 32, 313},
                {7, SIZE_MAX, 1}};
    struct meter *meter = meter_start(NULL, NULL);
    chutes_client_options options = meter_options(meter);
    chutes_client *client = call_client(&options);

    (void)state;
    for (size_t i = 0; i < COUNT(rows) * WAYS; i++) {
        struct batch batch =
            batch_of(rows[i / WAYS].inputs, rows[i / WAYS].most, 4);

        meter_forget(meter);
        run_well(&batch, (enum how)(i % WAYS), client);
        assert_int_equal(meter_requests(meter), rows[i / WAYS].requests);
        assert_int_equal(batch.response->part_count, rows[i / WAYS].requests);
        check_whole(&batch, meter);
        dispose(&batch);
    }
    chutes_client_free(client);
    meter_stop(meter);
}

static void inputs_are_split_by_bytes_too(void **state)
{
    static const struct {
        const char *inputs[5];
        size_t most_bytes;
        size_t counts[6];
    } rows[] = {
        {{"0123", "1___", "2___"}, 8, {2, 1}},
        {{"0___", "1________", "2___"}, 8, {1, 1, 1}},
        {{"0_______", "1"}, 8, {1, 1}},
        {{"0__", "1__", "2__", "3__"}, 9, {3, 1}},
        {{"0", "1", "2"}, 1, {1, 1, 1}},
        {{"0___________________"}, 1, {1}},
        {{"0", "1", "2", "3", "4"}, SIZE_MAX, {3, 2}},
    };
    struct meter *meter = meter_start(NULL, NULL);
    chutes_client_options options = meter_options(meter);
    chutes_client *client = call_client(&options);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct batch batch = batch_of(0, 3, 4);
        size_t part = 0;

        batch.params.input = rows[i].inputs;
        batch.params.max_batch_bytes = rows[i].most_bytes;
        while (batch.params.input_count < 5 &&
               rows[i].inputs[batch.params.input_count] != NULL) {
            batch.params.input_count++;
        }
        run(&batch, BLOCKING, client);
        assert_int_equal(batch.status, CHUTES_OK);
        for (; rows[i].counts[part] != 0; part++) {
            assert_int_equal(batch.response->parts[part]->count,
                             rows[i].counts[part]);
        }
        assert_int_equal(batch.response->part_count, part);
        dispose(&batch);
    }
    chutes_client_free(client);
    meter_stop(meter);
}

static void a_bad_input_is_named_before_anything_is_sent(void **state)
{
    static const struct {
        size_t at;
        const char *text;
        const char *message;
    } rows[] = {
        {2050, "", "input[2050] must not be empty"},
        {2050, NULL, "input[2050] must not be NULL"},
        {2050, "\xFF", "input[2050]"},
        {0, "", "input[0] must not be empty"},
        {9999, "a\xC0\x80", "input[9999]"},
    };
    struct meter *meter = meter_start(NULL, NULL);
    chutes_client_options options = meter_options(meter);
    chutes_client *client = call_client(&options);

    (void)state;
    for (size_t i = 0; i < COUNT(rows) * WAYS; i++) {
        struct batch batch = batch_of(MAX_INPUTS, 2048, 4);

        texts[rows[i / WAYS].at] = rows[i / WAYS].text;
        run(&batch, (enum how)(i % WAYS), client);
        texts[rows[i / WAYS].at] = numbers[rows[i / WAYS].at];
        assert_int_equal(batch.status, CHUTES_ERR_INVALID_ARGUMENT);
        assert_non_null(strstr(batch.error.message, rows[i / WAYS].message));
        assert_null(batch.response);
        assert_int_equal(meter_requests(meter), 0);
    }
    chutes_client_free(client);
    meter_stop(meter);
}

/* ---- order --------------------------------------------------------------- */

/* Later parts are answered earlier. */
static void answer_backwards(const struct meter_request *request,
                             struct meter_reply *reply, void *user_data)
{
    const int *parts = user_data;

    reply->answered = *parts - 1 - (int)(request->first / request->count);
}

static void rows_keep_the_order_of_the_inputs(void **state)
{
    int parts = 6;
    struct meter *meter = meter_start(answer_backwards, &parts);
    chutes_client_options options = meter_options(meter);
    chutes_client *client = call_client(&options);

    (void)state;
    for (int how = 0; how < WAYS; how++) {
        struct batch batch = batch_of(60, 10, parts);

        meter_forget(meter);
        run_well(&batch, (enum how)how, client);
        check_whole(&batch, meter);
        dispose(&batch);
    }
    chutes_client_free(client);
    meter_stop(meter);
}

/* ---- concurrency --------------------------------------------------------- */

/* The requests wait for each other, and then a moment longer, in case there is
 * one too many. */
static void gather(const struct meter_request *request,
                   struct meter_reply *reply, void *user_data)
{
    (void)request;
    reply->together = *(const int *)user_data;
    reply->delay_ms = 5;
}

static void no_more_are_under_way_than_allowed(void **state)
{
    static const struct {
        int parallel;
        int concurrent; /* limit of the client; 0: none */
        int most;
    } rows[] = {{1, 0, 1}, {3, 0, 3},   {4, 2, 2},
                {2, 4, 2}, {64, 0, 20}, {64, 1, 1}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows) * WAYS; i++) {
        int most = rows[i / WAYS].most;
        struct meter *meter = meter_start(gather, &most);
        chutes_client_options options = meter_options(meter);
        struct batch batch = batch_of(20, 1, rows[i / WAYS].parallel);
        chutes_client *client;

        options.max_concurrent_requests = rows[i / WAYS].concurrent;
        client = call_client(&options);
        run_well(&batch, (enum how)(i % WAYS), client);
        check_whole(&batch, meter);
        assert_int_equal(meter_most(meter), most);
        dispose(&batch);
        chutes_client_free(client);
        meter_stop(meter);
    }
}

/* ---- parts that fail ----------------------------------------------------- */

struct failure {
    const char *name;
    struct meter_reply reply; /* answer to the second request of five */
    chutes_status status;
    int http_status;
    const char *message;
};

static const struct failure FAILURES[] = {
    {"HTTP 400",
     {.status = 400},
     CHUTES_ERR_BAD_REQUEST,
     400,
     "as the test said"},
    {"HTTP 500", {.status = 500}, CHUTES_ERR_SERVER, 500, "as the test said"},
    {"HTTP 401", {.status = 401}, CHUTES_ERR_AUTH, 401, "as the test said"},
    {"cut", {.act = METER_CUT}, CHUTES_ERR_TRUNCATED, 200, ""},
    {"dropped", {.act = METER_DROP}, CHUTES_ERR_CONNECTION_LOST, 0, ""},
    {"a vector too few", {.act = METER_SHORT}, CHUTES_ERR_PROTOCOL, 200, ""},
    {"another dimension",
     {.act = METER_WIDE},
     CHUTES_ERR_PROTOCOL,
     200,
     "dimension 3"},
    {"silence",
     {.act = METER_STALL},
     CHUTES_ERR_TIMEOUT,
     0,
     "first_byte_timeout_ms"},
    {"an error in a 200",
     {.body = "{\"error\":{\"message\":\"engine died\"}}"},
     CHUTES_ERR_STREAM,
     200,
     "engine died"},
    {"no JSON", {.body = "<html>"}, CHUTES_ERR_PROTOCOL, 200, ""},
};

struct plan {
    const struct failure *failure;
    int answered; /* requests that are answered before the second fails */
};

static void fail_second(const struct meter_request *request,
                        struct meter_reply *reply, void *user_data)
{
    const struct plan *plan = user_data;

    if (request->first == 32) {
        *reply = plan->failure->reply;
        reply->answered = plan->answered;
    }
}

static void check_failed(const struct batch *batch,
                         const struct failure *failure, size_t done,
                         struct meter *meter)
{
    const chutes_embed_response *response = batch->response;
    size_t whole = 0;

    if (batch->status != failure->status) {
        fail_msg("%s: %s: %s", failure->name, chutes_status_name(batch->status),
                 batch->error.message);
    }
    if (strstr(batch->error.message, "request 2 of 5 (inputs 32 to 63)") ==
            NULL ||
        strstr(batch->error.message, failure->message) == NULL) {
        fail_msg("%s: %s", failure->name, batch->error.message);
    }
    assert_int_equal(batch->error.http_status, failure->http_status);
    assert_int_equal(batch->error.attempts, meter_requests(meter));
    assert_non_null(response);
    assert_int_equal(response->complete, 0);
    assert_int_equal(response->count, 150);
    assert_int_equal(response->part_count, 5);
    assert_string_equal(response->raw_json, "");
    check_parts(response);
    assert_int_equal(response->parts[1]->status, failure->status);
    assert_int_equal(response->parts[1]->http_status, failure->http_status);
    assert_int_equal(response->info->attempts, meter_requests(meter));
    for (size_t i = 0; i < 5; i++) {
        whole += response->parts[i]->status == CHUTES_OK;
    }
    assert_int_equal(whole, done);
    assert_int_equal(response->usage->prompt_tokens,
                     done == 4 ? 118 : 32 * done);
}

static void run_failure(const struct failure *failure, int parallel,
                        enum how how)
{
    struct plan plan = {failure, parallel == 1 ? 1 : 4};
    struct meter *meter = meter_start(fail_second, &plan);
    chutes_client_options options = meter_options(meter);
    struct batch batch = batch_of(150, 32, parallel);
    chutes_client *client;

    options.retry_policy = CHUTES_RETRY_NONE;
    if (failure->reply.act == METER_STALL) {
        options.first_byte_timeout_ms = call_patience_ms(400);
    }
    client = call_client(&options);
    run(&batch, how, client);
    check_failed(&batch, failure, (size_t)plan.answered, meter);
    if (parallel == 1) {
        /* Parts that had not begun are not sent. */
        assert_int_equal(meter_requests(meter), 2);
        assert_int_equal(batch.response->parts[2]->attempts, 0);
        assert_int_equal(batch.response->parts[2]->status,
                         CHUTES_ERR_CANCELLED);
    }
    dispose(&batch);
    chutes_client_free(client);
    meter_stop(meter);
}

static void a_part_that_fails_is_named_and_the_others_are_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(FAILURES) * WAYS; i++) {
        run_failure(&FAILURES[i / WAYS], 1, (enum how)(i % WAYS));
        run_failure(&FAILURES[i / WAYS], 5, (enum how)(i % WAYS));
    }
}

/* The second request fails while three others are running. */
static void fail_early(const struct meter_request *request,
                       struct meter_reply *reply, void *user_data)
{
    (void)user_data;
    if (request->first == 1) {
        reply->status = 400;
    } else {
        reply->answered = 1;
        reply->delay_ms = 50;
    }
}

static void what_is_under_way_when_a_part_fails_is_finished(void **state)
{
    struct meter *meter = meter_start(fail_early, NULL);
    chutes_client_options options = meter_options(meter);
    chutes_client *client = call_client(&options);

    (void)state;
    for (int how = 0; how < WAYS; how++) {
        struct batch batch = batch_of(9, 1, 4);

        meter_forget(meter);
        run(&batch, (enum how)how, client);
        assert_int_equal(batch.status, CHUTES_ERR_BAD_REQUEST);
        assert_non_null(
            strstr(batch.error.message, "request 2 of 9 (input 1)"));
        /* More requests may have begun before the failure arrived. */
        assert_in_range(meter_requests(meter), 4, 8);
        assert_int_equal(batch.error.attempts, meter_requests(meter));
        assert_non_null(batch.response);
        check_parts(batch.response);
        for (size_t i = 0; i < 9; i++) {
            const chutes_embed_part *part = batch.response->parts[i];

            assert_int_equal(part->status, i == 1 ? CHUTES_ERR_BAD_REQUEST
                                           : part->attempts > 0
                                               ? CHUTES_OK
                                               : CHUTES_ERR_CANCELLED);
        }
        dispose(&batch);
    }
    chutes_client_free(client);
    meter_stop(meter);
}

static void fail_once(const struct meter_request *request,
                      struct meter_reply *reply, void *user_data)
{
    (void)user_data;
    if (request->first == 4 && request->attempt <= 2) {
        reply->status = 503;
        reply->headers = "retry-after-ms: 5\r\n";
    }
}

static void a_part_is_retried_by_itself(void **state)
{
    struct meter *meter = meter_start(fail_once, NULL);
    chutes_client_options options = meter_options(meter);
    chutes_client *client = call_client(&options);

    (void)state;
    for (int how = 0; how < WAYS; how++) {
        struct batch batch = batch_of(10, 2, 3);

        meter_forget(meter);
        run_well(&batch, (enum how)how, client);
        check_whole(&batch, meter);
        assert_int_equal(meter_requests(meter), 7);
        for (size_t i = 0; i < 5; i++) {
            assert_int_equal(batch.response->parts[i]->attempts,
                             i == 2 ? 3 : 1);
        }
        dispose(&batch);
    }
    chutes_client_free(client);
    meter_stop(meter);
}

/* ---- parts that can't begin ---------------------------------------------- */

struct keys {
    int asked;
    int refused_at; /* the request for which there is no key */
};

static int supply_key(char *key, size_t capacity, void *user_data)
{
    struct keys *keys = user_data;

    keys->asked++;
    (void)snprintf(key, capacity, "%s", CALL_KEY);
    return keys->asked == keys->refused_at;
}

static void run_without_key(int refused_at, int parallel, enum how how)
{
    struct keys keys = {0, refused_at};
    struct meter *meter = meter_start(NULL, NULL);
    chutes_client_options options = meter_options(meter);
    struct batch batch = batch_of(5, 1, parallel);
    chutes_client *client;
    char place[32];

    options.api_key = NULL;
    options.api_key_fn = supply_key;
    options.api_key_user_data = &keys;
    client = call_client(&options);
    run(&batch, how, client);
    (void)snprintf(place, sizeof(place), "request %d of 5", refused_at);
    assert_int_equal(batch.status, CHUTES_ERR_CONFIG);
    assert_non_null(strstr(batch.error.message, place));
    assert_non_null(strstr(batch.error.message, "api_key_fn"));
    assert_int_equal(keys.asked, refused_at);
    if (parallel == 1 && refused_at > 1) {
        assert_non_null(batch.response);
        check_parts(batch.response);
        assert_int_equal(meter_requests(meter), refused_at - 1);
    }
    if (refused_at == 1) {
        assert_null(batch.response);
        assert_int_equal(meter_requests(meter), 0);
    }
    dispose(&batch);
    chutes_client_free(client);
    meter_stop(meter);
}

static void a_part_that_cannot_begin_ends_the_call(void **state)
{
    (void)state;
    for (int refused_at = 1; refused_at <= 5; refused_at++) {
        for (int how = 0; how < WAYS; how++) {
            run_without_key(refused_at, 1, (enum how)how);
            run_without_key(refused_at, 3, (enum how)how);
        }
    }
}

/* ---- time and cancelling ------------------------------------------------- */

static void answer_slowly(const struct meter_request *request,
                          struct meter_reply *reply, void *user_data)
{
    reply->delay_ms = *(const int *)user_data;
    (void)request;
}

static void the_total_timeout_is_that_of_the_whole_call(void **state)
{
    int delay_ms = call_patience_ms(60);
    struct meter *meter = meter_start(answer_slowly, &delay_ms);
    chutes_client_options options = meter_options(meter);
    chutes_client *client = call_client(&options);
    chutes_call_options limits = chutes_call_options_default();

    (void)state;
    limits.total_timeout_ms = call_patience_ms(600);
    for (int how = 0; how < WAYS; how++) {
        struct batch batch = batch_of(20, 1, 1);

        meter_forget(meter);
        batch.params.call_options = &limits;
        run(&batch, (enum how)how, client);
        assert_int_equal(batch.status, CHUTES_ERR_TIMEOUT);
        assert_non_null(strstr(batch.error.message, "total_timeout_ms"));
        assert_true(batch.elapsed_us >= limits.total_timeout_ms * 1000);
        assert_true(batch.elapsed_us <
                    (limits.total_timeout_ms + call_bound_ms(1000)) * 1000);
        assert_non_null(batch.response);
        check_parts(batch.response);
        assert_int_equal(batch.response->parts[0]->status, CHUTES_OK);
        assert_int_equal(batch.error.attempts, meter_requests(meter));
        dispose(&batch);
    }
    chutes_client_free(client);
    meter_stop(meter);
}

/* Holds all parts but the first. */
static void hold_later(const struct meter_request *request,
                       struct meter_reply *reply, void *user_data)
{
    (void)user_data;
    reply->is_held = request->first > 0;
}

static void check_cancelled(const struct batch *batch, struct meter *meter)
{
    assert_int_equal(batch->status, CHUTES_ERR_CANCELLED);
    assert_null(strstr(batch->error.message, "request"));
    assert_non_null(batch->response);
    check_parts(batch->response);
    assert_int_equal(batch->response->parts[0]->status, CHUTES_OK);
    for (size_t i = 1; i < batch->response->part_count; i++) {
        assert_int_equal(batch->response->parts[i]->status,
                         CHUTES_ERR_CANCELLED);
    }
    assert_int_equal(batch->error.attempts, meter_requests(meter));
}

static void a_call_on_a_loop_is_cancelled_with_all_its_parts(void **state)
{
    struct meter *meter = meter_start(hold_later, NULL);
    chutes_client_options options = meter_options(meter);
    chutes_client *client = call_client(&options);
    struct batch batch = batch_of(9, 1, 3);
    chutes_loop *loop = NULL;
    chutes_call *call = NULL;

    (void)state;
    assert_int_equal(chutes_loop_new(client, &loop, NULL), CHUTES_OK);
    assert_int_equal(chutes_embed_start(loop, &batch.params, on_done, &batch,
                                        &call, &batch.error),
                     CHUTES_OK);
    while (meter_requests(meter) < 4) {
        assert_int_equal(chutes_loop_poll(loop, 10), CHUTES_OK);
    }
    assert_int_equal(batch.done, 0);
    chutes_call_cancel(call);
    assert_int_equal(batch.done, 0);
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    assert_int_equal(batch.done, 1);
    assert_true(chutes_call_is_done(call));
    check_cancelled(&batch, meter);
    chutes_call_free(call);
    chutes_loop_free(loop);
    dispose(&batch);
    chutes_client_free(client);
    meter_stop(meter);
}

static void a_loop_that_is_freed_ends_its_parts(void **state)
{
    struct meter *meter = meter_start(hold_later, NULL);
    chutes_client_options options = meter_options(meter);
    chutes_client *client = call_client(&options);
    struct batch batch = batch_of(9, 1, 3);
    chutes_loop *loop = NULL;

    (void)state;
    assert_int_equal(chutes_loop_new(client, &loop, NULL), CHUTES_OK);
    assert_int_equal(chutes_embed_start(loop, &batch.params, on_done, &batch,
                                        NULL, &batch.error),
                     CHUTES_OK);
    while (meter_requests(meter) < 4) {
        assert_int_equal(chutes_loop_poll(loop, 10), CHUTES_OK);
    }
    chutes_loop_free(loop);
    assert_int_equal(batch.done, 1);
    check_cancelled(&batch, meter);
    dispose(&batch);
    chutes_client_free(client);
    meter_stop(meter);
}

struct canceller {
    struct meter *meter;
    chutes_client *client;
};

static void *cancel_all(void *ctx)
{
    const struct canceller *canceller = ctx;

    (void)meter_await(canceller->meter, 4, call_patience_ms(LATE_MS));
    chutes_client_cancel_all(canceller->client);
    return NULL;
}

static void a_blocking_call_is_cancelled_by_another_thread(void **state)
{
    struct meter *meter = meter_start(hold_later, NULL);
    chutes_client_options options = meter_options(meter);
    struct canceller canceller = {meter, call_client(&options)};
    struct batch batch = batch_of(9, 1, 3);
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, cancel_all, &canceller), 0);
    run(&batch, BLOCKING, canceller.client);
    assert_int_equal(pthread_join(thread, NULL), 0);
    check_cancelled(&batch, meter);
    dispose(&batch);
    chutes_client_free(canceller.client);
    meter_stop(meter);
}

/* ---- servers that take few requests at once ------------------------------ */

struct crowd {
    int most;            /* at once; further requests get HTTP 429 */
    const char *headers; /* of the 429 */
};

/* The first four requests wait for each other, so that they are concurrent. */
static void refuse_a_crowd(const struct meter_request *request,
                           struct meter_reply *reply, void *user_data)
{
    const struct crowd *crowd = user_data;

    if (request->number <= 4) {
        reply->together = 4;
    }
    if (request->working > crowd->most) {
        reply->status = 429;
        reply->headers = crowd->headers;
    } else {
        reply->delay_ms = 20;
    }
}

static void a_server_that_takes_few_at_once_gets_few(void **state)
{
    static const char later[] = "retry-after-ms: 1\r\n";

    (void)state;
    for (int i = 0; i < 3 * WAYS * 2; i++) {
        struct crowd crowd = {1 + i % 3, i / 3 % 2 == 0 ? NULL : later};
        struct meter *meter = meter_start(refuse_a_crowd, &crowd);
        chutes_client_options options = meter_options(meter);
        struct batch batch = batch_of(10, 1, 4);
        chutes_client *client;

        /* A spare one: a refusal may arrive after the answer to the request
         * that caused it. */
        options.max_attempts = 2;
        client = call_client(&options);
        run_well(&batch, (enum how)(i / 6), client);
        check_parts(batch.response);
        check_rows(batch.response, 0, 10);
        assert_int_equal(batch.response->info->attempts, meter_requests(meter));
        assert_in_range(meter_requests(meter), 11, 13);
        dispose(&batch);
        chutes_client_free(client);
        meter_stop(meter);
    }
}

struct chance {
    int most_before; /* at once, of the requests before the 16th answer */
    int most_after;
};

/* Refuses one request, for a reason that has nothing to do with this call. */
static void refuse_by_chance(const struct meter_request *request,
                             struct meter_reply *reply, void *user_data)
{
    struct chance *chance = user_data;
    int *most =
        request->number < 18 ? &chance->most_before : &chance->most_after;

    reply->delay_ms = 5;
    if (request->number <= 2) {
        reply->together = 2;
    } else if (request->working > *most) {
        *most = request->working;
    }
    if (request->number == 2) {
        reply->status = 429;
        reply->headers = "retry-after-ms: 1\r\n";
    }
}

static void after_a_single_refusal_it_gets_more_again(void **state)
{
    struct chance chance = {0, 0};
    struct meter *meter = meter_start(refuse_by_chance, &chance);
    chutes_client_options options = meter_options(meter);
    chutes_client *client = call_client(&options);
    struct batch batch = batch_of(40, 1, 2);

    (void)state;
    run_well(&batch, BLOCKING, client);
    check_rows(batch.response, 0, 40);
    assert_int_equal(meter_requests(meter), 41);
    assert_int_equal(chance.most_before, 1);
    assert_int_equal(chance.most_after, 2);
    dispose(&batch);
    chutes_client_free(client);
    meter_stop(meter);
}

/* The one part that keeps running while the others stand back fails for
 * good. */
static void refuse_for_good(const struct meter_request *request,
                            struct meter_reply *reply, void *user_data)
{
    (void)user_data;
    reply->status = request->first == 0 ? 400 : 429;
    reply->answered = request->first == 0 ? 3 : 0;
    reply->together = 4;
    reply->headers = "retry-after-ms: 1\r\n";
}

static void those_that_stand_back_end_with_the_call(void **state)
{
    struct meter *meter = meter_start(refuse_for_good, NULL);
    chutes_client_options options = meter_options(meter);
    chutes_client *client = call_client(&options);

    (void)state;
    for (int how = 0; how < WAYS; how++) {
        struct batch batch = batch_of(10, 1, 4);

        meter_forget(meter);
        run(&batch, (enum how)how, client);
        assert_int_equal(batch.status, CHUTES_ERR_BAD_REQUEST);
        assert_null(batch.response);
        assert_int_equal(meter_requests(meter), 4);
        assert_int_equal(batch.error.attempts, 4);
    }
    chutes_client_free(client);
    meter_stop(meter);
}

/* Without retries nothing is sent twice, and with them, a wait that would be
 * too long is not begun. */
static void standing_back_keeps_to_the_policy(void **state)
{
    static const struct {
        chutes_retry_policy policy;
        const char *headers;
    } rows[] = {{CHUTES_RETRY_NONE, NULL},
                {CHUTES_RETRY_SAFE, "retry-after: 3600\r\n"}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct crowd crowd = {1, rows[i].headers};
        struct meter *meter = meter_start(refuse_a_crowd, &crowd);
        chutes_client_options options = meter_options(meter);
        struct batch batch = batch_of(4, 1, 4);
        chutes_client *client;

        options.retry_policy = rows[i].policy;
        client = call_client(&options);
        run(&batch, BLOCKING, client);
        assert_int_equal(batch.status, CHUTES_ERR_RATE_LIMITED);
        assert_int_equal(meter_requests(meter), 4);
        assert_non_null(batch.response);
        check_parts(batch.response);
        dispose(&batch);
        chutes_client_free(client);
        meter_stop(meter);
    }
}

/* ---- usage --------------------------------------------------------------- */

static void tell_usage(const struct meter_request *request,
                       struct meter_reply *reply, void *user_data)
{
    static char body[256];
    const char *const *usages = user_data;

    (void)snprintf(body, sizeof(body),
                   "{\"data\":[{\"embedding\":[%zu,-%zu]}]%s}", request->first,
                   request->first, usages[request->first % 3]);
    reply->body = body;
}

static void the_raw_json_is_kept_as_asked(void **state)
{
    static const struct {
        int keep_raw;
        size_t inputs;
        bool is_kept;
    } rows[] = {{CHUTES_UNSET, 2, true},
                {CHUTES_UNSET, 3, false},
                {1, 2, true},
                {1, 3, true},
                {0, 2, false},
                {0, 3, false}};
    struct meter *meter = meter_start(NULL, NULL);
    chutes_client_options options = meter_options(meter);
    chutes_client *client = call_client(&options);

    (void)state;
    for (size_t i = 0; i < COUNT(rows) * WAYS; i++) {
        struct batch batch = batch_of(rows[i / WAYS].inputs, 2, 4);
        bool is_kept = rows[i / WAYS].is_kept;

        batch.params.keep_raw = rows[i / WAYS].keep_raw;
        run_well(&batch, (enum how)(i % WAYS), client);
        check_rows(batch.response, 0, batch.response->count);
        for (size_t part = 0; part < batch.response->part_count; part++) {
            const chutes_embed_part *view = batch.response->parts[part];

            assert_int_equal(view->raw_len > 0, is_kept);
            assert_int_equal(strlen(view->raw_json), view->raw_len);
        }
        assert_int_equal(batch.response->raw_len > 0,
                         is_kept && batch.response->part_count == 1);
        dispose(&batch);
    }
    chutes_client_free(client);
    meter_stop(meter);
}

static void usage_is_summed_as_far_as_it_is_told(void **state)
{
#define TOLD(text) ",\"usage\":{" text "}"
    static const struct {
        const char *usages[3];
        int64_t prompt;
        int64_t total;
    } rows[] = {
        {{TOLD("\"prompt_tokens\":1,\"total_tokens\":2"),
          TOLD("\"prompt_tokens\":3,\"total_tokens\":4"),
          TOLD("\"prompt_tokens\":5,\"total_tokens\":6")},
         9,
         12},
        {{TOLD("\"prompt_tokens\":1"),
          TOLD("\"prompt_tokens\":3,\"total_tokens\":4"),
          TOLD("\"total_tokens\":6")},
         4,
         10},
        {{"", TOLD("\"prompt_tokens\":3,\"total_tokens\":4"), ""}, 3, 4},
        {{TOLD("\"prompt_tokens\":9007199254740992"),
          TOLD("\"prompt_tokens\":9007199254740992"),
          TOLD("\"prompt_tokens\":9007199254740992")},
         INT64_MAX,
         -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct meter *meter =
            meter_start(tell_usage, (void *)(uintptr_t)rows[i].usages);
        chutes_client_options options = meter_options(meter);
        chutes_client *client = call_client(&options);
        /* The largest accepted count, so often that int64_t can't hold the
         * sum. */
        struct batch batch =
            batch_of(rows[i].prompt == INT64_MAX ? 1026 : 3, 1, 1);

        run_well(&batch, BLOCKING, client);
        assert_int_equal(batch.response->usage->prompt_tokens, rows[i].prompt);
        assert_int_equal(batch.response->usage->total_tokens, rows[i].total);
        dispose(&batch);
        chutes_client_free(client);
        meter_stop(meter);
    }
}

/* ---- memory -------------------------------------------------------------- */

/* Returns the number of allocations. */
static long run_short_of_memory(struct meter *meter, enum how how,
                                void (*arm)(long nth), long nth)
{
    chutes_client_options options = meter_options(meter);
    struct batch batch = batch_of(5, 2, 2);
    chutes_client *client = NULL;
    long calls;

    arm(nth);
    if (chutes_client_new(&options, &client, &batch.error) == CHUTES_OK) {
        run(&batch, how, client);
    } else {
        batch.status = batch.error.status;
    }
    chutes_client_free(client);
    calls = alloc_fail_calls();
    if (batch.status != CHUTES_OK && batch.status != CHUTES_ERR_NO_MEMORY) {
        fail_msg("allocation %ld: %s: %s", nth,
                 chutes_status_name(batch.status), batch.error.message);
    }
    if (alloc_fail_failures() == 0) {
        assert_int_equal(batch.status, CHUTES_OK);
    }
    if (batch.response != NULL) {
        assert_int_equal(batch.response->complete, batch.status == CHUTES_OK);
        check_parts(batch.response);
    }
    dispose(&batch);
    alloc_fail_expect_none_lost(nth);
    return calls;
}

static void running_out_of_memory_is_told_and_leaks_nothing(void **state)
{
    static void (*const modes[])(long nth) = {alloc_fail_at, alloc_fail_from};
    struct meter *meter = meter_start(NULL, NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(modes) * WAYS; i++) {
        enum how how = (enum how)(i % WAYS);
        long total = run_short_of_memory(meter, how, alloc_fail_none, 0);

        assert_true(total > 30);
        for (long nth = 1; nth <= total; nth++) {
            (void)run_short_of_memory(meter, how, modes[i / WAYS], nth);
        }
    }
    alloc_fail_off();
    meter_stop(meter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_inputs_is_split_by_count),
        cmocka_unit_test(inputs_are_split_by_bytes_too),
        cmocka_unit_test(a_bad_input_is_named_before_anything_is_sent),
        cmocka_unit_test(rows_keep_the_order_of_the_inputs),
        cmocka_unit_test(no_more_are_under_way_than_allowed),
        cmocka_unit_test(a_part_that_fails_is_named_and_the_others_are_there),
        cmocka_unit_test(what_is_under_way_when_a_part_fails_is_finished),
        cmocka_unit_test(a_part_is_retried_by_itself),
        cmocka_unit_test(a_part_that_cannot_begin_ends_the_call),
        cmocka_unit_test(the_total_timeout_is_that_of_the_whole_call),
        cmocka_unit_test(a_call_on_a_loop_is_cancelled_with_all_its_parts),
        cmocka_unit_test(a_loop_that_is_freed_ends_its_parts),
        cmocka_unit_test(a_blocking_call_is_cancelled_by_another_thread),
        cmocka_unit_test(a_server_that_takes_few_at_once_gets_few),
        cmocka_unit_test(after_a_single_refusal_it_gets_more_again),
        cmocka_unit_test(those_that_stand_back_end_with_the_call),
        cmocka_unit_test(standing_back_keeps_to_the_policy),
        cmocka_unit_test(the_raw_json_is_kept_as_asked),
        cmocka_unit_test(usage_is_summed_as_far_as_it_is_told),
        cmocka_unit_test(running_out_of_memory_is_told_and_leaks_nothing),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, write_numbers, free_numbers);
}
