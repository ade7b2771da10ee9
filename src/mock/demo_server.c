/* SPDX-License-Identifier: MIT */
#include "mock/demo.h"

#include "mock/demo_internal.h"
#include "mock/demo_json.h"
#include "mock/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct route {
    const char *method;
    const char *ending; /* of the path */
    void (*answer)(struct mock_demo_exchange *exchange);
};

static const struct route ROUTES[] = {
    {"POST", "/chat/completions", mock_demo_answer_chat},
    {"POST", "/embeddings", mock_demo_answer_embeddings},
    {"GET", "/models", mock_demo_answer_models},
};

static bool ends_with(const char *text, const char *ending)
{
    size_t len = strlen(text);
    size_t ending_len = strlen(ending);

    return len >= ending_len && strcmp(text + len - ending_len, ending) == 0;
}

/* A key in either of the two headers; without one configured, any or none. */
static bool has_access(const struct mock_demo_exchange *exchange)
{
    const char *want = exchange->demo->api_key;
    const char *head = exchange->request->head;
    size_t len = 0;
    const char *got = mock_http_header(head, "authorization", &len);

    if (want == NULL) {
        return true;
    }
    if (got != NULL && len > 7 && strncmp(got, "Bearer ", 7) == 0) {
        got += 7;
        len -= 7;
    } else {
        got = mock_http_header(head, "x-api-key", &len);
    }
    return got != NULL && len == strlen(want) && strncmp(got, want, len) == 0;
}

static bool is_nth(const struct mock_demo_exchange *exchange, int every)
{
    return every > 0 && exchange->request->number % every == 0;
}

/* Answers that are given instead of the right one. False: none of them. */
static bool answer_fault(struct mock_demo_exchange *exchange)
{
    const struct mock_demo_options *faults = &exchange->demo->options;

    if (is_nth(exchange, faults->every_drop)) {
        exchange->is_broken = true;
    } else if (is_nth(exchange, faults->every_html)) {
        mock_demo_send_html(exchange);
    } else if (is_nth(exchange, faults->every_429)) {
        mock_demo_send_detail(exchange, 429,
                              "Rate limit exceeded, try again later");
    } else if (is_nth(exchange, faults->every_500)) {
        mock_demo_send_detail(exchange, 500,
                              "exhausted all available targets to no avail");
    } else if (is_nth(exchange, faults->every_503)) {
        mock_demo_send_detail(
            exchange, 503,
            "No instances available (yet) for "
            "chute_id='00000000-0000-4000-8000-000000000001'");
    } else {
        return false;
    }
    return true;
}

static void answer_json(struct mock_demo_exchange *exchange,
                        const struct route *route)
{
    struct chutes__json_reader reader;
    char detail[160];

    chutes__json_init(&reader, exchange->request->body,
                      exchange->request->body_len, MOCK_DEMO_JSON_DEPTH);
    (void)chutes__json_enter_object(&reader);
    while (chutes__json_next_member(&reader, &(struct chutes__json_value){0})) {
        chutes__json_skip(&reader);
    }
    if (chutes__json_finish(&reader)) {
        route->answer(exchange);
        return;
    }
    (void)snprintf(detail, sizeof(detail),
                   "Invalid request JSON: %s at byte %zu",
                   reader.fault == NULL ? "something follows" : reader.fault,
                   reader.fault_at);
    mock_demo_send_detail(exchange, 400, detail);
}

static void answer(struct mock_demo_exchange *exchange)
{
    const struct mock_request *request = exchange->request;
    bool is_known = false;

    if (answer_fault(exchange)) {
        return;
    }
    for (size_t i = 0; i < sizeof(ROUTES) / sizeof(ROUTES[0]); i++) {
        if (!ends_with(request->path, ROUTES[i].ending)) {
            continue;
        }
        is_known = true;
        if (strcmp(request->method, ROUTES[i].method) != 0) {
            continue;
        }
        if (!has_access(exchange)) {
            mock_demo_send_detail(exchange, 401,
                                  "Invalid token or user not found");
        } else if (strcmp(ROUTES[i].method, "GET") == 0) {
            ROUTES[i].answer(exchange);
        } else {
            answer_json(exchange, &ROUTES[i]);
        }
        return;
    }
    mock_demo_send_detail(exchange, is_known ? 405 : 404,
                          is_known ? "Method Not Allowed" : "Not Found");
}

static bool wants_close(const struct mock_request *request)
{
    size_t len = 0;
    const char *value = mock_http_header(request->head, "connection", &len);

    return value != NULL && len == 5 && strncasecmp(value, "close", 5) == 0;
}

static bool handle(struct mock_connection *connection,
                   const struct mock_request *request, void *user_data)
{
    const struct mock_demo *demo = user_data;
    const struct mock_demo_options *options = &demo->options;
    struct mock_demo_exchange exchange = {
        .demo = demo, .connection = connection, .request = request};

    mock_set_split(connection, options->split_bytes);
    if (options->first_byte_ms > 0 &&
        !mock_pause(connection, options->first_byte_ms)) {
        return false;
    }
    answer(&exchange);
    if (options->on_request != NULL) {
        const struct mock_demo_request seen = {.method = request->method,
                                               .path = request->path,
                                               .status = exchange.status,
                                               .number = request->number,
                                               .is_stream = exchange.is_stream};

        options->on_request(&seen, options->user_data);
    }
    return !exchange.is_broken && !wants_close(request);
}

static void free_demo(struct mock_demo *demo)
{
    free(demo->api_key);
    free(demo);
}

struct mock_demo *mock_demo_start(const struct mock_demo_options *options,
                                  const char **reason)
{
    struct mock_server_options server_options = {.port = options->port,
                                                 .handler = handle};
    struct mock_demo *demo = calloc(1, sizeof(*demo));

    *reason = "out of memory";
    if (demo == NULL) {
        return NULL;
    }
    demo->options = *options;
    if (options->api_key != NULL) {
        demo->api_key = strdup(options->api_key);
        if (demo->api_key == NULL) {
            free_demo(demo);
            return NULL;
        }
    }
    server_options.user_data = demo;
    demo->server = mock_server_start(&server_options, reason);
    if (demo->server == NULL) {
        free_demo(demo);
        return NULL;
    }
    (void)snprintf(demo->url, sizeof(demo->url), "http://127.0.0.1:%d/v1/",
                   mock_demo_port(demo));
    return demo;
}

void mock_demo_stop(struct mock_demo *demo)
{
    if (demo == NULL) {
        return;
    }
    mock_server_stop(demo->server);
    free_demo(demo);
}

int mock_demo_port(const struct mock_demo *demo)
{
    return mock_server_port(demo->server);
}

const char *mock_demo_url(const struct mock_demo *demo)
{
    return demo->url;
}

int mock_demo_requests(const struct mock_demo *demo)
{
    return mock_server_requests(demo->server);
}
