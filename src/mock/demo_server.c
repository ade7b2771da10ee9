/* SPDX-License-Identifier: MIT */
/* The demo server: finds the endpoint of a request, refuses what a real server
 * would refuse, and answers with a fault where the options ask for one. */
#include "mock/demo.h"

#include "base/count.h"
#include "base/slice.h"
#include "mock/demo_internal.h"
#include "mock/demo_json.h"
#include "mock/demo_text.h"
#include "mock/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct route {
    const char *method;
    /* The end of the path. Before a star: a part of the path, which
     * continues. */
    const char *path;
    void (*answer)(struct mock_demo_exchange *exchange);
};

/* The first route that fits is used. */
static const struct route ROUTES[] = {
    {"POST", "/chat/completions", mock_demo_answer_chat},
    {"POST", "/completions", mock_demo_answer_complete}, /* not of a chat */
    {"POST", "/embeddings", mock_demo_answer_embeddings},
    {"POST", "/rerank", mock_demo_answer_rerank},
    {"POST", "/score", mock_demo_answer_score},
    {"POST", "/classify", mock_demo_answer_classify},
    {"POST", "/tokenize", mock_demo_answer_tokenize},
    {"POST", "/detokenize", mock_demo_answer_detokenize},
    {"POST", "/generate", mock_demo_answer_generate},
    {"POST", "/images/generations", mock_demo_answer_openai_image},
    {"POST", "/images/edits", mock_demo_answer_image_edit},
    {"POST", "/external/text2video", mock_demo_answer_start},
    {"GET", "/external/operations/*", mock_demo_answer_operation},
    {"HEAD", "/external/operations/*", mock_demo_answer_operation},
    {"POST", "/external/operations/*", mock_demo_answer_cancel},
    {"POST", "/text2video", mock_demo_answer_video},
    {"POST", "/speak", mock_demo_answer_speak},
    {"POST", "/audio/speech", mock_demo_answer_openai_speech},
    {"POST", "/transcribe", mock_demo_answer_transcribe},
    {"POST", "/audio/transcriptions", mock_demo_answer_transcription},
    {"POST", "/audio/translations", mock_demo_answer_transcription},
    {"GET", "/models", mock_demo_answer_models},
    {"POST", "/chutes/", mock_demo_answer_deploy},
    {"POST", "/chutes/vllm", mock_demo_answer_template},
    {"POST", "/chutes/diffusion", mock_demo_answer_template},
    {"GET", "/chutes/", mock_demo_answer_chutes},
    {"GET", "/chutes/warmup/*", mock_demo_answer_warmup},
    {"GET", "/chutes/code/" MOCK_DEMO_CHUTE, mock_demo_answer_code},
    {"GET", "/chutes/" MOCK_DEMO_CHUTE, mock_demo_answer_chute},
    {"GET", "/chutes/" MOCK_DEMO_CHUTE_NAME, mock_demo_answer_chute},
    {"GET", "/demo-chute/llms.txt", mock_demo_answer_llms_text},
    {"GET", "/demo-chute/openapi.json", mock_demo_answer_openapi},
    {"GET", "/model_aliases/", mock_demo_answer_aliases},
    {"POST", "/model_aliases/", mock_demo_answer_set_alias},
    {"DELETE", "/model_aliases/*", mock_demo_answer_delete_alias},
    {"GET", "/users/me", mock_demo_answer_user},
    {"GET", "/users/me/subscription_usage", mock_demo_answer_subscription},
    {"GET", "/users/me/quotas", mock_demo_answer_quotas},
    {"GET", "/users/me/discounts", mock_demo_answer_discounts},
    {"GET", "/users/me/usage", mock_demo_answer_usage},
    {"GET", "/pricing", mock_demo_answer_pricing},
    {"GET", "/invocations/stats/llm", mock_demo_answer_stats},
    {"GET", "/models/*", mock_demo_answer_model}, /* a name may have slashes */
};

static bool fits(const struct route *route, const char *path)
{
    size_t len = strlen(path);
    size_t want = strlen(route->path);
    const char *hit;

    if (route->path[want - 1] != '*') {
        return len >= want && strcmp(path + len - want, route->path) == 0;
    }
    hit = memmem(path, len, route->path, want - 1);
    return hit != NULL && hit[want - 1] != '\0';
}

/* Does the route accept a form, or no body at all? The body of any other POST
 * must be JSON. */
static bool takes_any_body(const struct route *route)
{
    return strcmp(route->method, "POST") != 0 ||
           route->answer == mock_demo_answer_transcription ||
           route->answer == mock_demo_answer_image_edit ||
           route->answer == mock_demo_answer_cancel;
}

/* Returns the route of a request. NULL: there is none, and *knows_path says
 * whether another method has one. */
static const struct route *find_route(const struct mock_request *request,
                                      bool *knows_path)
{
    *knows_path = false;
    for (size_t i = 0; i < CHUTES__COUNT(ROUTES); i++) {
        if (fits(&ROUTES[i], request->path)) {
            if (strcmp(ROUTES[i].method, request->method) == 0) {
                return &ROUTES[i];
            }
            *knows_path = true;
        }
    }
    return NULL;
}

/* Keeps web pages out (DNS rebinding): a page can make its own name resolve to
 * this host, but its browser then sends that name as Host. */
static bool is_loopback_host(const struct mock_request *request)
{
    static const char *const names[] = {"127.0.0.1", "[::1]",
                                        "[::ffff:127.0.0.1]"};
    size_t len = 0;
    const char *text = mock_http_header(request->head, "host", &len);
    struct chutes__slice host = {text, len};
    size_t port = len;

    if (text == NULL) {
        return false;
    }
    while (port > 0 && text[port - 1] != ':' && text[port - 1] != ']') {
        port--;
    }
    if (port > 0 && text[port - 1] == ':') {
        host.len = port - 1;
    }
    for (size_t i = 0; i < CHUTES__COUNT(names); i++) {
        if (chutes__slice_is_nocase(host, names[i])) {
            return true;
        }
    }
    if (host.len > 0 && host.data[host.len - 1] == '.') {
        host.len--;
    }
    return chutes__slice_is_in_domain(host, "localhost");
}

/* This also keeps web pages from posting here: a browser doesn't send this type
 * to another host without asking it first. */
static bool is_json(const struct mock_request *request)
{
    static const char wanted[] = "application/json";
    size_t len = 0;
    const char *type = mock_http_header(request->head, "content-type", &len);
    size_t name_len = sizeof(wanted) - 1;

    return type != NULL &&
           chutes__slice_starts_with_nocase((struct chutes__slice){type, len},
                                            wanted) &&
           (len == name_len || strchr("; \t", type[name_len]) != NULL);
}

/* The key may be in either of two headers. Without a configured key, any
 * request has access. */
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
    /* This need not take constant time: the key is no real one. */
    return got != NULL && len == strlen(want) && strncmp(got, want, len) == 0;
}

static bool is_nth(const struct mock_demo_exchange *exchange, int every)
{
    return every > 0 && exchange->request->number % every == 0;
}

/* The seed and the number decide, so that a run can be repeated. */
static bool is_unlucky(const struct mock_demo_exchange *exchange)
{
    const struct mock_demo_options *options = &exchange->demo->options;
    int number = exchange->request->number;

    return options->percent_429 > 0 &&
           mock_demo_hash(options->seed, (const char *)&number,
                          sizeof(number)) %
                   100 <
               (uint64_t)options->percent_429;
}

static bool is_crowded(const struct mock_demo_exchange *exchange)
{
    const struct mock_demo *demo = exchange->demo;

    return demo->options.max_parallel > 0 &&
           atomic_load(&demo->active) > demo->options.max_parallel;
}

/* Answers with a fault instead of the right answer. Returns false if none is
 * due. */
static bool answer_fault(struct mock_demo_exchange *exchange)
{
    const struct mock_demo_options *faults = &exchange->demo->options;

    if (is_nth(exchange, faults->every_drop)) {
        exchange->is_broken = true;
    } else if (is_nth(exchange, faults->every_html)) {
        mock_demo_send_html(exchange, 502);
    } else if (is_nth(exchange, faults->every_504)) {
        mock_demo_send_html(exchange, 504);
    } else if (is_nth(exchange, faults->every_budget)) {
        mock_demo_send_budget(exchange);
    } else if (is_nth(exchange, faults->every_429) || is_unlucky(exchange) ||
               is_crowded(exchange)) {
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

static void answer_post(struct mock_demo_exchange *exchange,
                        const struct route *route)
{
    struct chutes__json_reader reader;
    char detail[160];

    if (!is_json(exchange->request)) {
        mock_demo_send_detail(
            exchange, 415,
            "Unsupported Media Type: Only 'application/json' is allowed");
        return;
    }
    /* Reads the whole body once, so that the endpoints need not check it. */
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
    bool knows_path;
    const struct route *route = find_route(request, &knows_path);

    if (!is_loopback_host(request)) {
        mock_demo_send_detail(exchange, 403,
                              "Host must be a name of the loopback interface");
    } else if (answer_fault(exchange)) {
        return;
    } else if (route == NULL) {
        mock_demo_send_detail(exchange, knows_path ? 405 : 404,
                              knows_path ? "Method Not Allowed" : "Not Found");
    } else if (!has_access(exchange)) {
        mock_demo_send_detail(exchange, 401, "Invalid token or user not found");
    } else if (takes_any_body(route)) {
        route->answer(exchange);
    } else {
        answer_post(exchange, route);
    }
}

static bool wants_close(const struct mock_request *request)
{
    size_t len = 0;
    const char *value = mock_http_header(request->head, "connection", &len);

    return value != NULL &&
           chutes__slice_is_nocase((struct chutes__slice){value, len}, "close");
}

/* Also waits for the next request, if idle connections are to be closed. */
static bool keeps_connection(const struct mock_demo_exchange *exchange)
{
    const struct mock_demo_options *options = &exchange->demo->options;

    if (exchange->is_broken || options->closes_after ||
        wants_close(exchange->request)) {
        return false;
    }
    return options->idle_close_ms == 0 ||
           mock_await_bytes(exchange->connection, options->idle_close_ms);
}

static bool handle(struct mock_connection *connection,
                   const struct mock_request *request, void *user_data)
{
    struct mock_demo *demo = user_data;
    const struct mock_demo_options *options = &demo->options;
    struct mock_demo_exchange exchange = {
        .demo = demo, .connection = connection, .request = request};

    mock_set_split(connection, options->split_bytes);
    if (options->first_byte_ms > 0 &&
        !mock_pause(connection, options->first_byte_ms)) {
        return false;
    }
    (void)atomic_fetch_add(&demo->active, 1);
    answer(&exchange);
    (void)atomic_fetch_sub(&demo->active, 1);
    if (options->on_request != NULL) {
        const struct mock_demo_request seen = {.method = request->method,
                                               .path = request->path,
                                               .status = exchange.status,
                                               .number = request->number,
                                               .is_stream = exchange.is_stream};

        options->on_request(&seen, options->user_data);
    }
    return keeps_connection(&exchange);
}

static void free_demo(struct mock_demo *demo)
{
    mock_demo_state_dispose(&demo->state);
    free(demo->api_key);
    free(demo);
}

struct mock_demo *mock_demo_start(const struct mock_demo_options *options,
                                  const char **reason)
{
    struct mock_server_options server_options = {.port = options->port,
                                                 .handler = handle,
                                                 .max_body =
                                                     MOCK_DEMO_MAX_BODY};
    struct mock_demo *demo = calloc(1, sizeof(*demo));

    *reason = "out of memory";
    if (demo == NULL) {
        return NULL;
    }
    demo->options = *options;
    mock_demo_state_init(&demo->state);
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
