/* SPDX-License-Identifier: MIT */
#include "client/exchange.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "client/header.h"
#include "client/key_guard.h"
#include "codec/api_error.h"

#include <unistd.h>

/* Ours besides the client's: authorization, accept, content type, agent. */
enum { OWN_HEADERS = 4, AUTH_CAPACITY = 544, LOG_LINE = 1024 };

bool chutes__exchange_is_answer(const struct chutes__exchange *exchange)
{
    return exchange->http_status >= 200 && exchange->http_status <= 299;
}

static chutes_status on_header(void *ctx, struct chutes__slice name,
                               struct chutes__slice value)
{
    struct chutes__exchange *exchange = ctx;

    if (!chutes__header_list_add(&exchange->headers, exchange->arena, name,
                                 value)) {
        return chutes__fail_status(exchange->error, CHUTES_ERR_NO_MEMORY);
    }
    return CHUTES_OK;
}

static chutes_status on_head(void *ctx, int http_status)
{
    struct chutes__exchange *exchange = ctx;
    const struct chutes__receiver *receiver = &exchange->receiver;
    const char *content_type =
        chutes__header_list_find(&exchange->headers, "Content-Type");

    exchange->http_status = http_status;
    exchange->content_type = content_type != NULL ? content_type : "";
    if (!chutes__exchange_is_answer(exchange) || receiver->on_head == NULL) {
        return CHUTES_OK;
    }
    return receiver->on_head(receiver->ctx, exchange->content_type);
}

/* The body of an answer that tells of an error never reaches the receiver. */
static chutes_status on_body(void *ctx, const char *bytes, size_t len)
{
    struct chutes__exchange *exchange = ctx;
    const struct chutes__receiver *receiver = &exchange->receiver;
    chutes_status status;

    if (chutes__exchange_is_answer(exchange)) {
        return receiver->on_body(receiver->ctx, bytes, len);
    }
    status = chutes__buf_append(&exchange->error_body, bytes, len);
    if (status == CHUTES_ERR_TOO_LARGE) {
        return chutes__fail(exchange->error, status,
                            "the body of the error answer is longer than "
                            "max_error_bytes (%zu)",
                            exchange->error_body.limit);
    }
    return status == CHUTES_OK ? CHUTES_OK
                               : chutes__fail_status(exchange->error, status);
}

static void on_done(void *ctx, const struct chutes__transfer_result *result)
{
    struct chutes__exchange *exchange = ctx;

    exchange->result = *result;
    exchange->transfer = NULL;
}

/* As chutes_log_fn: what the server sent may repeat the key. */
static void log_guarded(chutes_log_level level, const char *line,
                        void *user_data)
{
    const struct chutes__exchange *exchange = user_data;
    const struct chutes__log *log = &exchange->client->config.log;
    char text[LOG_LINE];

    chutes__error_copy(text, sizeof(text), line, strlen(line));
    chutes__key_guard_text(text, exchange->key);
    log->fn(level, text, log->user_data);
}

static chutes_status load_key(struct chutes__exchange *exchange)
{
    const struct chutes__config *config = &exchange->client->config;
    char *key = exchange->key;

    if (config->options.api_key_fn == NULL) {
        if (config->key.text != NULL) {
            memcpy(key, config->key.text, config->key.len + 1);
        }
        return CHUTES_OK;
    }
    if (config->options.api_key_fn(key, CHUTES__KEY_CAPACITY,
                                   config->options.api_key_user_data) != 0) {
        return chutes__fail(exchange->error, CHUTES_ERR_CONFIG,
                            "api_key_fn supplied no key");
    }
    key[CHUTES__KEY_CAPACITY - 1] = '\0';
    if (!chutes__key_is_valid(key)) {
        return chutes__fail(exchange->error, CHUTES_ERR_CONFIG,
                            "api_key_fn supplied a key that is not 1 to 512 "
                            "printable ASCII characters without blanks");
    }
    return CHUTES_OK;
}

/* Writes the header that carries the key, or "" when there is no key. */
static void write_auth(const struct chutes__exchange *exchange,
                       char line[AUTH_CAPACITY])
{
    bool is_x = exchange->client->config.options.auth == CHUTES_AUTH_X_API_KEY;
    const char *name = is_x ? "X-API-Key: " : "Authorization: Bearer ";
    size_t name_len = strlen(name);

    line[0] = '\0';
    if (exchange->key[0] != '\0') {
        memcpy(line, name, name_len);
        memcpy(line + name_len, exchange->key, strlen(exchange->key) + 1);
    }
}

static size_t list_headers(const struct chutes__exchange *exchange,
                           const char *auth, const char **lines)
{
    const struct chutes__config *config = &exchange->client->config;
    size_t count = 0;

    if (config->sends_auth && auth[0] != '\0') {
        lines[count++] = auth;
    }
    if (config->sends_accept) {
        lines[count++] = exchange->accept;
    }
    if (exchange->body != NULL) {
        lines[count++] = "Content-Type: application/json";
    }
    if (config->user_agent != NULL) {
        lines[count++] = config->user_agent;
    }
    for (size_t i = 0; i < config->header_count; i++) {
        lines[count++] = config->headers[i];
    }
    return count;
}

/* Starts the request on an engine; the header list and the line with the key
 * live only here, as the transport makes its own and wipes it. */
static chutes_status start(struct chutes__exchange *exchange,
                           struct chutes__engine *engine, const char *url)
{
    const struct chutes__config *config = &exchange->client->config;
    const struct chutes__transfer_sink sink = {on_header, on_head, on_body,
                                               on_done, exchange};
    struct chutes__request request = {
        .url = url,
        .body = exchange->body != NULL ? exchange->body->data : NULL,
        .body_len = exchange->body != NULL ? exchange->body->len : 0,
        .ca_file = config->options.ca_file,
        .proxy = config->options.proxy,
        .allow_http = exchange->base->is_http,
        .max_header_bytes = config->options.max_header_bytes,
        .clocks = exchange->clocks,
        .log = &exchange->log,
    };
    char auth[AUTH_CAPACITY];
    chutes_status status = load_key(exchange);
    const char **lines = NULL;

    if (status == CHUTES_OK) {
        write_auth(exchange, auth);
        lines = chutes__mem_alloc((OWN_HEADERS + config->header_count) *
                                  sizeof(*lines));
        status = lines != NULL ? CHUTES_OK
                               : chutes__fail_status(exchange->error,
                                                     CHUTES_ERR_NO_MEMORY);
    }
    if (status == CHUTES_OK) {
        request.headers = lines;
        request.header_count = list_headers(exchange, auth, lines);
        status = chutes__engine_start(engine, &request, &sink,
                                      &exchange->transfer, exchange->error);
    }
    chutes__secret_wipe(auth, sizeof(auth));
    chutes__mem_free(lines);
    return status;
}

/* The host that a Location names, for a message: never its path, query or
 * credentials, which may be secrets. */
static struct chutes__slice host_of(const char *location)
{
    const char *host = strstr(location, "//");
    size_t len;

    if (host == NULL) {
        static const char here[] = "a path of the same host";

        return (struct chutes__slice){here, sizeof(here) - 1};
    }
    host += 2;
    len = strcspn(host, "/?#\\");
    for (size_t i = len; i > 0; i--) {
        if (host[i - 1] == '@') {
            return (struct chutes__slice){host + i, len - i};
        }
    }
    return (struct chutes__slice){host, len};
}

/* An answer with a failure status, whole or cut: the status is the news. */
static chutes_status fail_answer(struct chutes__exchange *exchange,
                                 const char *url)
{
    chutes_error *error = exchange->error;
    const struct chutes__buf *body = &exchange->error_body;
    const char *location =
        chutes__header_list_find(&exchange->headers, "Location");
    chutes_status status;

    chutes__api_error_read_body(exchange->http_status, exchange->content_type,
                                body->data, body->len, error);
    status = chutes__api_error_status(exchange->http_status, error);
    error->status = status;
    if (status == CHUTES_ERR_REDIRECT && location != NULL) {
        struct chutes__slice host = host_of(location);

        return chutes__fail(error, status,
                            "HTTP %d: redirected to %.*s; redirects are never "
                            "followed: check the base URL",
                            exchange->http_status, (int)host.len, host.data);
    }
    if (status == CHUTES_ERR_NOT_FOUND) {
        char message[sizeof(error->message)];

        memcpy(message, error->message, sizeof(message));
        return chutes__fail(error, status, "%s (%s)", message, url);
    }
    return status;
}

static chutes_status conclude(struct chutes__exchange *exchange,
                              const char *url)
{
    const struct chutes__transfer_result *result = &exchange->result;
    chutes_error *error = exchange->error;
    chutes_status status = result->status;

    error->outcome = result->outcome;
    error->http_status = result->http_status;
    error->retry_after_ms =
        chutes__header_list_retry_after_ms(&exchange->headers);
    if (exchange->http_status != 0) {
        const char *id = chutes__header_list_request_id(&exchange->headers);

        chutes__error_copy(error->request_id, sizeof(error->request_id), id,
                           strlen(id));
    }
    if (exchange->http_status != 0 && !chutes__exchange_is_answer(exchange) &&
        (status == CHUTES_OK || status == CHUTES_ERR_TRUNCATED)) {
        return fail_answer(exchange, url);
    }
    if (status != CHUTES_OK && error->status == CHUTES_OK) {
        return chutes__fail(error, status, "%s", result->message);
    }
    return status;
}

static void log_attempt(const struct chutes__exchange *exchange,
                        const char *url, chutes_status status)
{
    const struct chutes__log *log = &exchange->log;
    int64_t elapsed_us = chutes__clock_now_us() - exchange->started_us;

    if (status == CHUTES_OK) {
        chutes__log_write(log, CHUTES_LOG_INFO, "%s %s: HTTP %d in %lld ms%s",
                          exchange->body != NULL ? "POST" : "GET", url,
                          exchange->http_status, (long long)(elapsed_us / 1000),
                          exchange->result.reused ? ", reused connection" : "");
        return;
    }
    chutes__log_write(log, CHUTES_LOG_WARN, "%s %s: %s after %lld ms",
                      exchange->body != NULL ? "POST" : "GET", url,
                      chutes_status_name(status),
                      (long long)(elapsed_us / 1000));
}

static chutes_status drive(struct chutes__exchange *exchange,
                           struct chutes__engine *engine, const char *url)
{
    chutes_status status = start(exchange, engine, url);

    if (status != CHUTES_OK) {
        return status;
    }
    exchange->attempts = 1;
    exchange->error->attempts = 1;
    while (exchange->transfer != NULL) {
        /* Its failure is also told to the transfer. */
        (void)chutes__engine_step(engine, -1);
    }
    status = conclude(exchange, url);
    log_attempt(exchange, url, status);
    return status;
}

chutes_status chutes__exchange_run(struct chutes__exchange *exchange)
{
    chutes_client *client = exchange->client;
    struct chutes__lease *lease = NULL;
    chutes_status status;
    char *url;

    if (client->process != getpid()) {
        return chutes__fail(exchange->error, CHUTES_ERR_MISUSE,
                            "the client was made before fork(): its "
                            "connections are the parent's");
    }

    chutes__buf_init(&exchange->error_body,
                     client->config.options.max_error_bytes);
    exchange->log = client->config.log;
    if (exchange->log.fn != NULL) {
        exchange->log.fn = log_guarded;
        exchange->log.user_data = exchange;
    }
    exchange->content_type = "";
    exchange->first_token_us = -1;
    exchange->started_us = chutes__clock_now_us();
    url = chutes__url_join(exchange->base, exchange->path);
    if (url != NULL) {
        lease = chutes__client_acquire(client);
    }
    if (lease == NULL) {
        status = chutes__fail_status(exchange->error, CHUTES_ERR_NO_MEMORY);
    } else {
        status = drive(exchange, lease->engine, url);
        chutes__client_release(client, lease);
    }
    chutes__mem_free(url);
    return status;
}

void chutes__exchange_dispose(struct chutes__exchange *exchange)
{
    chutes__key_guard_error(exchange->error, exchange->key);
    chutes__secret_wipe(exchange->key, sizeof(exchange->key));
    chutes__buf_dispose(&exchange->error_body);
}

static double tokens_per_second(const chutes_timing *timing, int64_t tokens)
{
    int64_t from_us = timing->first_token_us > 0 ? timing->first_token_us : 0;
    int64_t spent_us = timing->total_us - from_us;

    return tokens > 0 && spent_us > 0 ? (double)tokens * 1e6 / (double)spent_us
                                      : -1;
}

const chutes_response_info *
chutes__exchange_info(const struct chutes__exchange *exchange,
                      int64_t completion_tokens)
{
    chutes_response_info *info =
        chutes__arena_alloc(exchange->arena, 1, sizeof(*info));

    if (info == NULL || !chutes__header_list_describe(&exchange->headers,
                                                      exchange->arena, info)) {
        return NULL;
    }
    info->http_status = exchange->http_status;
    info->attempts = exchange->attempts;
    info->connection_reused = exchange->result.reused;
    info->timing.connect_us = exchange->result.connect_us;
    info->timing.first_byte_us = exchange->result.first_byte_us;
    info->timing.first_token_us = exchange->first_token_us;
    info->timing.total_us = chutes__clock_now_us() - exchange->started_us;
    info->timing.tokens_per_second =
        tokens_per_second(&info->timing, completion_tokens);
    return info;
}
