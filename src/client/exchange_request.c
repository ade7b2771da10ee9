/* SPDX-License-Identifier: MIT */
#include "client/exchange.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "request/header.h"
#include "request/key_guard.h"

/* Ours besides the client's: authorization, accept, content type, agent. */
enum {
    OWN_HEADERS = 4,
    KEY_CAPACITY = 513,
    AUTH_CAPACITY = 544,
    LOG_LINE = 1024
};

/* As chutes_log_fn: what the server sent may repeat the key. */
static void log_guarded(chutes_log_level level, const char *line,
                        void *user_data)
{
    const struct chutes__exchange *exchange = user_data;
    const struct chutes__log *log = &exchange->loop->client->config.log;
    char text[LOG_LINE];

    chutes__error_copy(text, sizeof(text), line, strlen(line));
    chutes__key_guard_text(text, chutes__exchange_key(exchange));
    log->fn(level, text, log->user_data);
}

static chutes_status ask_for_key(struct chutes__exchange *exchange,
                                 const chutes_client_options *options)
{
    char key[KEY_CAPACITY] = "";
    chutes_status status;

    if (options->api_key_fn(key, sizeof(key), options->api_key_user_data) !=
        0) {
        return chutes__fail(exchange->error, CHUTES_ERR_CONFIG,
                            "api_key_fn supplied no key");
    }
    key[sizeof(key) - 1] = '\0';
    if (!chutes__key_is_valid(key)) {
        status = chutes__fail(exchange->error, CHUTES_ERR_CONFIG,
                              "api_key_fn supplied a key that is not 1 to 512 "
                              "printable ASCII characters without blanks");
    } else {
        status = chutes__secret_set(&exchange->own_key, key, strlen(key));
    }
    chutes__secret_wipe(key, sizeof(key));
    return status;
}

static chutes_status make_urls(struct chutes__exchange *exchange)
{
    const struct chutes__url *base = exchange->base;

    exchange->url = chutes__url_join(base, exchange->path, "");
    exchange->target = chutes__url_join(base, exchange->path, base->query);
    return exchange->url != NULL && exchange->target != NULL
               ? CHUTES_OK
               : CHUTES_ERR_NO_MEMORY;
}

/* A loopback host is reached without the proxy that the environment names: http
 * is allowed there because nobody else sees it. Only a SOCKS proxy that is
 * itself on this host counts, such as the end of the user's own tunnel. */
static const char *choose_proxy(const struct chutes__exchange *exchange)
{
    const chutes_client_options *options =
        &exchange->loop->client->config.options;

    if (options->unix_socket != NULL ||
        (options->proxy == NULL && exchange->base->is_loopback &&
         !chutes__config_has_local_socks(exchange->base->is_http))) {
        return "";
    }
    return options->proxy;
}

chutes_status chutes__exchange_prepare(struct chutes__exchange *exchange)
{
    const struct chutes__config *config = &exchange->loop->client->config;
    chutes_status status = CHUTES_OK;

    exchange->log = config->log;
    if (exchange->log.fn != NULL) {
        exchange->log.fn = log_guarded;
        exchange->log.user_data = exchange;
    }
    if (config->options.api_key_fn != NULL) {
        status = ask_for_key(exchange, &config->options);
    }
    if (status == CHUTES_OK) {
        status = make_urls(exchange);
    }
    return status == CHUTES_ERR_NO_MEMORY
               ? chutes__fail_status(exchange->error, status)
               : status;
}

const char *chutes__exchange_key(const struct chutes__exchange *exchange)
{
    const struct chutes__config *config = &exchange->loop->client->config;
    const struct chutes__secret *key =
        exchange->own_key.text != NULL ? &exchange->own_key : &config->key;

    return key->text != NULL ? key->text : "";
}

/* Writes the header that carries the key, or "" when there is no key. */
static void write_auth(const struct chutes__exchange *exchange,
                       char line[AUTH_CAPACITY])
{
    bool is_x =
        exchange->loop->client->config.options.auth == CHUTES_AUTH_X_API_KEY;
    const char *name = is_x ? "X-API-Key: " : "Authorization: Bearer ";
    const char *key = chutes__exchange_key(exchange);
    size_t name_len = strlen(name);

    line[0] = '\0';
    if (key[0] != '\0') {
        memcpy(line, name, name_len);
        memcpy(line + name_len, key, strlen(key) + 1);
    }
}

static size_t list_headers(const struct chutes__exchange *exchange,
                           const char *auth, const char **lines)
{
    const struct chutes__config *config = &exchange->loop->client->config;
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

/* The header list and the line with the key live only here, as the transport
 * makes its own and wipes it. */
chutes_status chutes__exchange_send(struct chutes__exchange *exchange,
                                    const struct chutes__transfer_sink *sink)
{
    const struct chutes__config *config = &exchange->loop->client->config;
    const chutes_client_options *options = &config->options;
    struct chutes__attempt attempt = {
        .url = exchange->target,
        .body = exchange->body != NULL ? exchange->body->data : NULL,
        .body_len = exchange->body != NULL ? exchange->body->len : 0,
        .ca_file = options->ca_file,
        .ca_dir = config->ca_dir,
        .client_cert = options->client_cert,
        .client_key = options->client_key,
        .proxy = choose_proxy(exchange),
        .unix_socket = options->unix_socket,
        .allow_http = exchange->base->is_http,
        .max_header_bytes = options->max_header_bytes,
        .http = config->http,
        .clocks = exchange->rules.clocks,
        .started_us = exchange->started_us,
        .log = &exchange->log,
    };
    const char **lines = chutes__mem_alloc(
        (OWN_HEADERS + config->header_count) * sizeof(*lines));
    char auth[AUTH_CAPACITY];
    chutes_status status;

    if (lines == NULL) {
        return chutes__fail_status(exchange->error, CHUTES_ERR_NO_MEMORY);
    }
    write_auth(exchange, auth);
    attempt.headers = lines;
    attempt.header_count = list_headers(exchange, auth, lines);
    status = chutes__engine_start(exchange->loop->engine, &attempt, sink,
                                  &exchange->transfer, exchange->error);
    chutes__secret_wipe(auth, sizeof(auth));
    chutes__mem_free(lines);
    return status;
}
