/* SPDX-License-Identifier: MIT */
/*
 * What a request sends: the key, the URL, the header lines, and an attempt made
 * of these and of the client's configuration.
 */
#include "request/request.h"

#include <string.h>

#include "base/error.h"
#include "request/header.h"
#include "request/key_guard.h"
#include "request/proxy.h"

enum {
    /* The header lines besides those of the configuration and the options:
     * authorization, accept, content type, user agent, traceparent. */
    OWN_HEADERS = 5,
    /* The longest key with its NUL, and the same with the name of its
     * header. */
    KEY_CAPACITY = 513,
    AUTH_CAPACITY = 544,
    /* Lines of base/log.h are no longer than this. */
    LOG_LINE = 1024
};

static const struct chutes__config *
config_of(const struct chutes__request *request)
{
    return request->queue->options.config;
}

const char *chutes__request_query(const struct chutes__request *request)
{
    const char *query =
        request->target != NULL ? strchr(request->target, '?') : NULL;

    return query != NULL ? query : "";
}

/* A chutes_log_fn that hides the key, which the server may have repeated. */
static void log_guarded(chutes_log_level level, const char *line,
                        void *user_data)
{
    const struct chutes__request *request = user_data;
    const struct chutes__log *log = &config_of(request)->log;
    char text[LOG_LINE];

    chutes__error_copy(text, sizeof(text), line, strlen(line));
    chutes__key_guard_text(text, chutes__request_key(request));
    chutes__key_guard_query_text(text, chutes__request_query(request));
    log->fn(level, text, log->user_data);
}

static chutes_status ask_for_key(struct chutes__request *request,
                                 const chutes_client_options *options,
                                 chutes_error *error)
{
    char key[KEY_CAPACITY] = "";
    chutes_status status;

    if (options->api_key_fn(key, sizeof(key), options->api_key_user_data) !=
        0) {
        return chutes__fail(error, CHUTES_ERR_CONFIG,
                            "api_key_fn supplied no key");
    }
    /* The application may have filled the buffer without a NUL. */
    key[sizeof(key) - 1] = '\0';
    if (!chutes__key_is_valid(key)) {
        status = chutes__fail(error, CHUTES_ERR_CONFIG,
                              "api_key_fn supplied a key that is not 1 to 512 "
                              "printable ASCII characters without blanks");
    } else {
        status = chutes__secret_set(&request->own_key, key, strlen(key));
    }
    chutes__secret_wipe(key, sizeof(key));
    return status;
}

static chutes_status make_urls(struct chutes__request *request)
{
    const struct chutes__url *base = request->options.base;
    const char *path = request->options.path;
    struct chutes__arena *arena = request->options.arena;

    request->url = chutes__url_join(arena, base, path, "");
    request->target = base->query[0] == '\0'
                          ? request->url
                          : chutes__url_join(arena, base, path, base->query);
    return request->url != NULL && request->target != NULL
               ? CHUTES_OK
               : CHUTES_ERR_NO_MEMORY;
}

chutes_status chutes__request_prepare(struct chutes__request *request,
                                      chutes_error *error)
{
    const struct chutes__config *config = config_of(request);
    chutes_status status = CHUTES_OK;

    request->log = config->log;
    if (request->log.fn != NULL) {
        request->log.fn = log_guarded;
        request->log.user_data = request;
    }
    if (config->options.api_key_fn != NULL && !request->options.is_foreign) {
        status = ask_for_key(request, &config->options, error);
    }
    if (status == CHUTES_OK) {
        status = make_urls(request);
    }
    if (status == CHUTES_OK) {
        chutes__span_note_request(request->options.span, request->url,
                                  request->model);
    }
    return status == CHUTES_ERR_NO_MEMORY ? chutes__fail_status(error, status)
                                          : status;
}

const char *chutes__request_key(const struct chutes__request *request)
{
    const struct chutes__secret *key = request->own_key.text != NULL
                                           ? &request->own_key
                                           : &config_of(request)->key;

    return key->text != NULL ? key->text : "";
}

const char *chutes__request_method(const struct chutes__request *request)
{
    const struct chutes__request_options *options = &request->options;

    if (options->method != NULL) {
        return options->method;
    }
    return options->body != NULL || options->source != NULL ? "POST" : "GET";
}

/* Writes the header line that carries the key, or "" when no key is sent. */
static void write_auth(const struct chutes__request *request,
                       char line[AUTH_CAPACITY])
{
    bool is_x = config_of(request)->options.auth == CHUTES_AUTH_X_API_KEY;
    const char *name = is_x ? "X-API-Key: " : "Authorization: Bearer ";
    const char *key = chutes__request_key(request);
    size_t name_len = strlen(name);

    line[0] = '\0';
    if (key[0] != '\0' && !request->options.is_foreign) {
        memcpy(line, name, name_len);
        memcpy(line + name_len, key, strlen(key) + 1);
    }
}

/* Does a line of this request begin with the name of the client's `line`? */
static bool is_replaced(const struct chutes__request_options *options,
                        const char *line)
{
    const struct chutes__slice name = {line, strcspn(line, ":;")};

    for (size_t i = 0; i < options->header_count; i++) {
        const char *other = options->headers[i];

        if (chutes__slice_equals_nocase(
                name, (struct chutes__slice){other, strcspn(other, ":;")})) {
            return true;
        }
    }
    return false;
}

/* Returns the line that makes what the server does a part of the trace: a child
 * of the attempt's span or, if memory ran out for that, of the call's. NULL:
 * none is sent. A line of the application's replaces ours. */
static const char *find_trace(const struct chutes__request *request)
{
    const struct chutes__request_options *options = &request->options;
    const struct chutes__span *span =
        request->attempt_span != NULL ? request->attempt_span : options->span;

    if (span == NULL || !config_of(request)->sends_trace ||
        options->is_foreign || is_replaced(options, span->header)) {
        return NULL;
    }
    return span->header;
}

static size_t list_headers(const struct chutes__request *request,
                           const char *auth, const char **lines)
{
    const struct chutes__config *config = config_of(request);
    const struct chutes__request_options *options = &request->options;
    const char *trace = find_trace(request);
    size_t count = 0;

    if (config->sends_auth && auth[0] != '\0') {
        lines[count++] = auth;
    }
    /* A foreign host doesn't receive the client's headers, so none replaces
     * this one. */
    if (config->sends_accept || options->is_foreign) {
        lines[count++] = options->accept;
    }
    if (options->body != NULL || options->source != NULL) {
        lines[count++] = options->body_type != NULL
                             ? options->body_type
                             : "Content-Type: application/json";
    }
    if (config->user_agent != NULL &&
        !is_replaced(options, config->user_agent)) {
        lines[count++] = config->user_agent;
    }
    if (trace != NULL) {
        lines[count++] = trace;
    }
    for (size_t i = 0; i < config->header_count && !options->is_foreign; i++) {
        if (!is_replaced(options, config->headers[i])) {
            lines[count++] = config->headers[i];
        }
    }
    for (size_t i = 0; i < options->header_count; i++) {
        lines[count++] = options->headers[i];
    }
    return count;
}

/* Describes all of the attempt but its header lines. */
static struct chutes__attempt
describe_attempt(const struct chutes__request *request)
{
    const struct chutes__config *config = config_of(request);
    const chutes_client_options *options = &config->options;
    const struct chutes__buf *body = request->options.body;

    return (struct chutes__attempt){
        .url = request->target,
        .method = request->options.method,
        .body = body != NULL ? body->data : NULL,
        .body_len = body != NULL ? body->len : 0,
        .source = request->options.source,
        .route = {.ca_file = options->ca_file,
                  .ca_dir = config->ca_dir,
                  .client_cert =
                      request->options.is_foreign ? NULL : options->client_cert,
                  .client_key = options->client_key,
                  .proxy = chutes__proxy_choose(options, request->options.base),
                  .unix_socket = options->unix_socket,
                  .allow_http = request->options.base->is_http,
                  .http = config->http},
        .max_header_bytes = options->max_header_bytes,
        .clocks = request->options.rules.clocks,
        .started_us = request->started_us,
        .log = &request->log,
    };
}

/* The line with the key exists only here: the transport copies it, and wipes
 * its copy. */
chutes_status chutes__request_send(struct chutes__request *request,
                                   const struct chutes__transfer_sink *sink)
{
    struct chutes__attempt attempt = describe_attempt(request);
    /* The arena is the result's, but a request has few attempts. */
    const char **lines =
        chutes__arena_alloc(request->options.arena,
                            OWN_HEADERS + config_of(request)->header_count +
                                request->options.header_count,
                            sizeof(*lines));
    chutes_error *error = chutes__request_error(request);
    char auth[AUTH_CAPACITY];
    chutes_status status;

    if (lines == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    write_auth(request, auth);
    attempt.headers = lines;
    attempt.header_count = list_headers(request, auth, lines);
    status = chutes__engine_start(request->queue->options.engine, &attempt,
                                  sink, &request->transfer, error);
    chutes__secret_wipe(auth, sizeof(auth));
    return status;
}
