/* SPDX-License-Identifier: MIT */
#include "fault_server.h"
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mock/server.h"

static const char WHOLE[] =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    "Content-Length: 138\r\n\r\n"
    "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"x\"},"
    "\"finish_reason\":\"stop\"}],\"data\":[{\"id\":\"m\",\"embedding\":[1]},"
    "{\"index\":1,\"embedding\":[2]}]}";
static const char STREAM_HEAD[] = "HTTP/1.1 200 OK\r\n"
                                  "Content-Type: text/event-stream\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n";
static const char JSON_HEAD[] = "HTTP/1.1 200 OK\r\n"
                                "Content-Type: application/json\r\n"
                                "Content-Length: 1000\r\n\r\n";
static const char EVENT[] = "data: {\"choices\":[{\"index\":0,\"delta\":{"
                            "\"content\":\"x\"}}]}\n\n";
static const char FINISH[] = "data: {\"choices\":[{\"index\":0,\"delta\":{},"
                             "\"finish_reason\":\"stop\"}]}\n\n";
static const char DONE[] = "data: [DONE]\n\n";
static const char ERROR[] = "data: {\"error\":{\"message\":\"boom\"}}\n\n";
static const char BUSY[] =
    "data: {\"error\":{\"message\":\"busy\",\"code\":503}}\n\n";

static const char LATE[] = "HTTP/1.1 408 Request Timeout\r\n"
                           "Content-Length: 0\r\nConnection: close\r\n\r\n";
static const char LAST_CHUNK[] = "0\r\n\r\n";

struct fault_server {
    struct mock_server *server;
    char url[64];
    pthread_mutex_t lock; /* guards `script` */
    struct fault_script script;
    atomic_int requests;
    atomic_int posts;
    atomic_int silent_over;
};

/* ---- scripts ------------------------------------------------------------- */

static int pick(uint64_t *state, int count)
{
    return (int)(fault_random(state) % (uint64_t)count);
}

static void make_refusal(struct fault_step *step, uint64_t *state)
{
    static const int statuses[] = {429, 429, 429, 503, 503, 503, 500, 500,
                                   408, 409, 502, 504, 529, 402, 404, 401};
    /* A random digit is put between the two parts. */
    static const struct {
        const char *before;
        const char *behind;
    } headers[] = {{"Retry-After: ", ""},
                   {"Retry-After: 0.", ""},
                   {"Retry-After: -", ""},
                   {"Retry-After: 1", "000000000000000000"},
                   {"retry-after-ms: ", "00"},
                   {"Retry-After: Wed, 21 Oct 2015 07:28:0", " GMT"},
                   {"Retry-After: Fri, 31 Dec 2999 23:59:5", " GMT"},
                   {"Retry-After: soon", ""},
                   {"x-should-retry: false\r\nX-Ignored: ", ""}};
    size_t header = (size_t)pick(state, 2 * COUNT(headers));

    step->status = statuses[pick(state, COUNT(statuses))];
    if (header < COUNT(headers)) {
        (void)snprintf(step->retry_after, sizeof(step->retry_after),
                       "%s%d%s\r\n", headers[header].before, pick(state, 10),
                       headers[header].behind);
    }
}

void fault_script_make(struct fault_script *script, uint64_t *state)
{
    static const enum fault_step_kind often[] = {FAULT_REFUSAL, FAULT_STREAM};

    memset(script, 0, sizeof(*script));
    script->count = 1 + pick(state, FAULT_STEPS_MAX);
    for (int i = 0; i < script->count; i++) {
        struct fault_step *step = &script->steps[i];

        int choice = pick(state, 3);

        /* Refusals, which are retried, and streams, which aren't after an
         * event, are the most interesting: choose them more often than the
         * rest. */
        step->kind = choice < 2
                         ? often[choice]
                         : (enum fault_step_kind)pick(state, FAULT_STEP_KINDS);
        step->end = (enum fault_stream_end)pick(state, FAULT_STREAM_ENDS);
        step->events = pick(state, 5);
        step->lie = pick(state, 2) == 0
                        ? FAULT_KEEPS
                        : (enum fault_lie)pick(state, FAULT_LIES);
        make_refusal(step, state);
    }
}

const struct fault_step *fault_script_step(const struct fault_script *script,
                                           int number)
{
    return &script->steps[number < script->count ? number - 1
                                                 : script->count - 1];
}

bool fault_step_is_answer(const struct fault_step *step)
{
    return step->kind == FAULT_WHOLE || step->kind == FAULT_INTERIM ||
           (step->kind == FAULT_STREAM &&
            (step->end == FAULT_END_DONE || step->end == FAULT_END_FINISHED));
}

/* ---- the server ---------------------------------------------------------- */

static bool send_chunk(struct mock_connection *connection, const char *text)
{
    return mock_send_chunk(connection, text, strlen(text));
}

/* Sends the end of an answer together with the lie. Held bytes leave in one
 * piece with the end of the connection. */
static bool end_answer(struct mock_connection *connection,
                       const struct fault_step *step, const char *text)
{
    char bytes[1024];

    switch (step->lie) {
    case FAULT_UNASKED:
        (void)snprintf(bytes, sizeof(bytes), "%s%s", text, WHOLE);
        return mock_send_text(connection, bytes);
    case FAULT_LATE:
        (void)snprintf(bytes, sizeof(bytes), "%s%s", text, LATE);
        (void)mock_hold(connection, true);
        (void)mock_send_text(connection, bytes);
        return false;
    case FAULT_CLOSES:
        (void)mock_hold(connection, true);
        (void)mock_send_text(connection, text);
        return false;
    case FAULT_HALF_CLOSES:
        (void)mock_hold(connection, true);
        (void)mock_send_text(connection, text);
        (void)mock_half_close(connection);
        (void)mock_await_close(connection, 0);
        return false;
    default:
        return mock_send_text(connection, text);
    }
}

/* Waits until the client closes the connection. */
static bool be_silent(struct fault_server *server,
                      struct mock_connection *connection, int number)
{
    atomic_store(&server->silent_over, number);
    (void)mock_await_close(connection, 0);
    return false;
}

static bool end_stream(struct fault_server *server,
                       struct mock_connection *connection,
                       const struct fault_step *step, int number)
{
    switch (step->end) {
    case FAULT_END_DONE:
        return send_chunk(connection, FINISH) && send_chunk(connection, DONE) &&
               end_answer(connection, step, LAST_CHUNK);
    case FAULT_END_FINISHED:
        return send_chunk(connection, FINISH) &&
               end_answer(connection, step, LAST_CHUNK);
    case FAULT_END_CHUNKED:
        return end_answer(connection, step, LAST_CHUNK);
    case FAULT_END_ERROR:
        return send_chunk(connection, ERROR) &&
               end_answer(connection, step, LAST_CHUNK);
    case FAULT_END_BUSY:
        return send_chunk(connection, BUSY) &&
               end_answer(connection, step, LAST_CHUNK);
    case FAULT_END_RST:
        mock_reset(connection);
        return false;
    case FAULT_END_SILENCE:
        return be_silent(server, connection, number);
    default:
        return false;
    }
}

static bool stream(struct fault_server *server,
                   struct mock_connection *connection,
                   const struct fault_step *step, int number)
{
    bool goes_on = mock_send_text(connection, STREAM_HEAD);

    for (int i = 0; i < step->events && goes_on; i++) {
        goes_on = send_chunk(connection, EVENT);
    }
    return goes_on && end_stream(server, connection, step, number);
}

static bool refuse(struct mock_connection *connection,
                   const struct fault_step *step)
{
    char answer[256];

    (void)snprintf(answer, sizeof(answer),
                   "HTTP/1.1 %d No\r\n%sContent-Length: 2\r\n\r\nno",
                   step->status, step->retry_after);
    return end_answer(connection, step, answer);
}

static bool perform(struct fault_server *server,
                    struct mock_connection *connection,
                    const struct fault_step *step, int number)
{
    switch (step->kind) {
    case FAULT_WHOLE:
        return end_answer(connection, step, WHOLE);
    case FAULT_INTERIM:
        return mock_send_text(connection, "HTTP/1.1 103 Early Hints\r\n\r\n") &&
               end_answer(connection, step, WHOLE);
    case FAULT_STREAM:
        return stream(server, connection, step, number);
    case FAULT_REFUSAL:
        return refuse(connection, step);
    case FAULT_CUT:
        (void)mock_send_text(connection, JSON_HEAD);
        return false;
    case FAULT_GARBAGE:
        (void)mock_send_text(connection, "\1\2\3 garbage\r\n\r\n");
        return false;
    case FAULT_RST:
        mock_reset(connection);
        return false;
    case FAULT_SILENCE:
        return be_silent(server, connection, number);
    case FAULT_HEAD_SILENCE:
        return mock_send_text(connection, JSON_HEAD) &&
               be_silent(server, connection, number);
    default:
        return false;
    }
}

static bool on_request(struct mock_connection *connection,
                       const struct mock_request *request, void *user_data)
{
    struct fault_server *server = user_data;
    int number = atomic_fetch_add(&server->requests, 1) + 1;
    struct fault_step step;

    if (strcmp(request->method, "POST") == 0) {
        atomic_fetch_add(&server->posts, 1);
    }
    pthread_mutex_lock(&server->lock);
    step = *fault_script_step(&server->script, number);
    pthread_mutex_unlock(&server->lock);
    return perform(server, connection, &step, number);
}

struct fault_server *fault_server_start(void)
{
    struct fault_server *server = calloc(1, sizeof(*server));
    struct mock_server_options options = {.handler = on_request,
                                          .user_data = server};
    const char *reason = NULL;

    assert_non_null(server);
    pthread_mutex_init(&server->lock, NULL);
    server->server = mock_server_start(&options, &reason);
    if (server->server == NULL) {
        fail_msg("the server did not start: %s", reason);
    }
    (void)snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%d/v1/",
                   mock_server_port(server->server));
    return server;
}

void fault_server_stop(struct fault_server *server)
{
    mock_server_stop(server->server);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

const char *fault_server_url(const struct fault_server *server)
{
    return server->url;
}

void fault_server_set_script(struct fault_server *server,
                             const struct fault_script *script)
{
    pthread_mutex_lock(&server->lock);
    server->script = *script;
    pthread_mutex_unlock(&server->lock);
    atomic_store(&server->requests, 0);
    atomic_store(&server->posts, 0);
    atomic_store(&server->silent_over, 0);
}

int fault_server_requests(const struct fault_server *server)
{
    return atomic_load(&server->requests);
}

int fault_server_posts(const struct fault_server *server)
{
    return atomic_load(&server->posts);
}

int fault_server_silent_over(const struct fault_server *server)
{
    return atomic_load(&server->silent_over);
}
