/* SPDX-License-Identifier: MIT */
#include "meter.h"
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "call.h"
#include "mock/server.h"
#include "json/reader.h"

enum { POLL_MS = 2, GUARD_MS = 10000, MODEL_MAX = 64, STATUS_OK = 200 };

struct arrival {
    size_t first;
    int64_t at_us;
};

struct meter {
    struct mock_server *server;
    char url[64];
    meter_fn decide;
    void *user_data;
    pthread_mutex_t mutex; /* guards what follows */
    struct arrival *arrivals;
    int count;
    int active;
    int working;
    int most;
    atomic_int answered;
    atomic_bool is_released;
};

/* ---- requests ------------------------------------------------------------ */

struct question {
    char model[MODEL_MAX];
    bool is_chat;
    size_t *texts;
    size_t count;
};

static void read_texts(struct chutes__json_reader *reader,
                       struct question *question)
{
    struct chutes__json_value value;

    chutes__json_enter_array(reader);
    while (chutes__json_next_element(reader)) {
        chutes__json_read(reader, &value);
        question->texts[question->count++] =
            (size_t)strtoull(value.text.data, NULL, 10);
    }
}

static struct question read_question(const struct mock_request *request)
{
    struct question question = {.is_chat = strstr(request->path, "chat/")};
    struct chutes__json_reader reader;
    struct chutes__json_value key;
    struct chutes__json_value value;

    question.texts = calloc(request->body_len + 1, sizeof(size_t));
    chutes__json_init(&reader, request->body, request->body_len, 64);
    chutes__json_enter_object(&reader);
    while (question.texts != NULL && chutes__json_next_member(&reader, &key)) {
        if (chutes__json_key_is(&key, "input")) {
            read_texts(&reader, &question);
            continue;
        }
        chutes__json_read(&reader, &value);
        if (chutes__json_key_is(&key, "model")) {
            (void)snprintf(question.model, sizeof(question.model), "%.*s",
                           (int)value.text.len, value.text.data);
        }
    }
    return question;
}

/* ---- answers ------------------------------------------------------------- */

static void write_vectors(FILE *file, const struct question *question,
                          enum meter_act act)
{
    size_t count = question->count - (act == METER_SHORT ? 1 : 0);

    (void)fputs("{\"data\":[", file);
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(file, "%s{\"index\":%zu,\"embedding\":[%zu,-%zu%s]}",
                      i > 0 ? "," : "", i, question->texts[i],
                      question->texts[i], act == METER_WIDE ? ",0" : "");
    }
    (void)fprintf(file, "],\"model\":\"served/%s\"", question->model);
    if (act != METER_MUTE) {
        (void)fprintf(file,
                      ",\"usage\":{\"prompt_tokens\":%zu,\"total_tokens\":%zu}",
                      question->count, 2 * question->count);
    }
    (void)fputs("}", file);
}

/* A refused request doesn't count as being worked on. */
static bool is_accepted(const struct meter_reply *reply)
{
    return reply->status == 0 || reply->status == STATUS_OK;
}

static void write_body(FILE *file, const struct question *question,
                       const struct meter_reply *reply)
{
    if (reply->body != NULL) {
        (void)fputs(reply->body, file);
    } else if (!is_accepted(reply)) {
        (void)fputs("{\"error\":{\"message\":\"as the test said\"}}", file);
    } else if (question->is_chat) {
        (void)fputs("{\"choices\":[{\"index\":0,\"message\":{\"content\":"
                    "\"fine\"},\"finish_reason\":\"stop\"}]}",
                    file);
    } else {
        write_vectors(file, question, reply->act);
    }
}

static bool send_answer(struct mock_connection *connection,
                        const struct question *question,
                        const struct meter_reply *reply)
{
    char head[512];
    char *body = NULL;
    size_t len;
    FILE *file = open_memstream(&body, &len);
    bool is_sent;

    write_body(file, question, reply);
    (void)fclose(file);
    (void)snprintf(head, sizeof(head),
                   "HTTP/1.1 %d As Said\r\nContent-Type: application/json\r\n"
                   "Content-Length: %zu\r\n%s\r\n",
                   reply->status != 0 ? reply->status : STATUS_OK, len,
                   reply->headers != NULL ? reply->headers : "");
    is_sent =
        mock_send_text(connection, head) &&
        mock_send(connection, body, reply->act == METER_CUT ? len / 2 : len);
    free(body);
    return is_sent && reply->act != METER_CUT;
}

/* ---- handling a request -------------------------------------------------- */

static int count_attempts(const struct meter *meter, size_t first)
{
    int attempts = 0;

    for (int i = 0; i < meter->count; i++) {
        attempts += meter->arrivals[i].first == first;
    }
    return attempts;
}

static struct meter_reply arrive(struct meter *meter,
                                 const struct question *question)
{
    struct meter_request request = {.model = question->model,
                                    .first = question->texts[0],
                                    .count = question->count};
    struct meter_reply reply = {0};
    struct arrival *grown;

    pthread_mutex_lock(&meter->mutex);
    grown =
        realloc(meter->arrivals, ((size_t)meter->count + 1) * sizeof(*grown));
    if (grown == NULL) {
        abort();
    }
    meter->arrivals = grown;
    grown[meter->count++] =
        (struct arrival){request.first, chutes__clock_now_us()};
    meter->active++;
    if (meter->active > meter->most) {
        meter->most = meter->active;
    }
    request.number = meter->count;
    request.working = meter->working + 1;
    request.attempt = count_attempts(meter, request.first);
    if (meter->decide != NULL) {
        meter->decide(&request, &reply, meter->user_data);
    }
    meter->working += is_accepted(&reply);
    pthread_mutex_unlock(&meter->mutex);
    return reply;
}

/* Called before the answer is sent: once the client has it, the client may send
 * the next request, which must not count as concurrent. */
static void leave(struct meter *meter, const struct meter_reply *reply)
{
    pthread_mutex_lock(&meter->mutex);
    meter->active--;
    meter->working -= is_accepted(reply);
    pthread_mutex_unlock(&meter->mutex);
}

static bool may_answer(struct meter *meter, const struct meter_reply *reply)
{
    return (!reply->is_held || atomic_load(&meter->is_released)) &&
           atomic_load(&meter->answered) >= reply->answered &&
           meter_most(meter) >= reply->together;
}

/* Returns false if the client closed the connection. */
static bool await_turn(struct meter *meter, struct mock_connection *connection,
                       const struct meter_reply *reply)
{
    while (!may_answer(meter, reply)) {
        if (!mock_pause(connection, POLL_MS)) {
            return false;
        }
    }
    return reply->delay_ms == 0 || mock_pause(connection, reply->delay_ms);
}

static bool handle(struct mock_connection *connection,
                   const struct mock_request *request, void *user_data)
{
    struct meter *meter = user_data;
    struct question question = read_question(request);
    struct meter_reply reply = arrive(meter, &question);
    bool is_there = await_turn(meter, connection, &reply);
    bool is_kept = false;

    if (is_there && reply.act == METER_STALL) {
        is_there = false;
        (void)mock_await_close(connection, 0);
    }
    leave(meter, &reply);
    if (is_there && reply.act != METER_DROP) {
        is_kept = send_answer(connection, &question, &reply);
        atomic_fetch_add(&meter->answered, 1);
    }
    free(question.texts);
    return is_kept;
}

/* ---- the interface ------------------------------------------------------- */

struct meter *meter_start(meter_fn decide, void *user_data)
{
    struct meter *meter = calloc(1, sizeof(*meter));
    const struct mock_server_options options = {.handler = handle,
                                                .user_data = meter};
    const char *reason = "";

    assert_non_null(meter);
    meter->decide = decide;
    meter->user_data = user_data;
    atomic_init(&meter->answered, 0);
    atomic_init(&meter->is_released, false);
    pthread_mutex_init(&meter->mutex, NULL);
    meter->server = mock_server_start(&options, &reason);
    if (meter->server == NULL) {
        fail_msg("no server: %s", reason);
    }
    (void)snprintf(meter->url, sizeof(meter->url), "http://127.0.0.1:%d/v1/",
                   mock_server_port(meter->server));
    return meter;
}

void meter_stop(struct meter *meter)
{
    mock_server_stop(meter->server);
    pthread_mutex_destroy(&meter->mutex);
    free(meter->arrivals);
    free(meter);
}

const char *meter_url(const struct meter *meter)
{
    return meter->url;
}

chutes_client_options meter_options(const struct meter *meter)
{
    chutes_client_options options = chutes_client_options_default();

    options.base_url = meter->url;
    options.api_key = CALL_KEY;
    options.proxy = "";
    options.connect_timeout_ms = call_patience_ms(GUARD_MS);
    options.first_byte_timeout_ms = call_patience_ms(GUARD_MS);
    options.idle_timeout_ms = call_patience_ms(GUARD_MS);
    return options;
}

int meter_requests(struct meter *meter)
{
    int count;

    pthread_mutex_lock(&meter->mutex);
    count = meter->count;
    pthread_mutex_unlock(&meter->mutex);
    return count;
}

int meter_most(struct meter *meter)
{
    int most;

    pthread_mutex_lock(&meter->mutex);
    most = meter->most;
    pthread_mutex_unlock(&meter->mutex);
    return most;
}

void meter_forget(struct meter *meter)
{
    pthread_mutex_lock(&meter->mutex);
    meter->count = 0;
    meter->most = meter->active;
    atomic_store(&meter->answered, 0);
    pthread_mutex_unlock(&meter->mutex);
}

static struct arrival arrival_of(struct meter *meter, int n)
{
    struct arrival arrival;

    pthread_mutex_lock(&meter->mutex);
    assert_true(n >= 1 && n <= meter->count);
    arrival = meter->arrivals[n - 1];
    pthread_mutex_unlock(&meter->mutex);
    return arrival;
}

size_t meter_first(struct meter *meter, int n)
{
    return arrival_of(meter, n).first;
}

int64_t meter_time_us(struct meter *meter, int n)
{
    return arrival_of(meter, n).at_us;
}

bool meter_await(struct meter *meter, int requests, int timeout_ms)
{
    int64_t until_us = chutes__clock_now_us() + (int64_t)timeout_ms * 1000;

    while (meter_requests(meter) < requests) {
        if (chutes__clock_now_us() > until_us) {
            return false;
        }
        (void)usleep(POLL_MS * 1000);
    }
    return true;
}

void meter_release(struct meter *meter)
{
    atomic_store(&meter->is_released, true);
}
