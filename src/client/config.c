/* SPDX-License-Identifier: MIT */
/*
 * The configuration of a client: checks the options, fills gaps from the
 * environment, and copies everything.
 */
#include "client/config.h"

#include <string.h>

#include "base/count.h"
#include "base/env.h"
#include "base/error.h"
#include "client/params.h"
#include "request/header.h"

CHUTES__ASSERT_NO_TAIL(chutes_client_options, tracer);
CHUTES__ASSERT_NO_TAIL(chutes_tracer, reserved);

/* Replaces one of the caller's strings with a copy. */
static chutes_status copy_string(struct chutes__config *config,
                                 const char **string, chutes_error *error)
{
    if (*string == NULL) {
        return CHUTES_OK;
    }
    *string = chutes__arena_dup(
        &config->arena, (struct chutes__slice){*string, strlen(*string)});
    return *string != NULL ? CHUTES_OK
                           : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}

static chutes_status resolve_urls(struct chutes__config *config,
                                  chutes_error *error)
{
    const chutes_client_options *options = &config->options;
    bool insecure =
        options->allow_insecure_http != 0 || options->unix_socket != NULL;
    const char *base = options->base_url;
    const char *field = "base_url";
    chutes_status status;

    if (base == NULL) {
        base = chutes__env_get("CHUTES_BASE_URL");
        field = "CHUTES_BASE_URL";
    }
    status = chutes__url_parse(base != NULL ? base : CHUTES_DEFAULT_BASE_URL,
                               insecure, field, &config->base, error);
    if (status != CHUTES_OK) {
        return status;
    }
    if (options->embeddings_base_url != NULL) {
        return chutes__url_parse(options->embeddings_base_url, insecure,
                                 "embeddings_base_url",
                                 &config->embeddings_base, error);
    }
    /* Chutes serves embeddings on a host of their own, but most other servers
     * have one base URL for everything. */
    field = "CHUTES_EMBEDDINGS_BASE_URL";
    if (chutes__env_get(field) != NULL) {
        base = chutes__env_get(field);
    }
    return chutes__url_parse(base != NULL ? base
                                          : CHUTES_DEFAULT_EMBEDDINGS_BASE_URL,
                             insecure, field, &config->embeddings_base, error);
}

/* Returns true if what is sent never leaves this host. */
static bool is_local(const struct chutes__config *config)
{
    return config->options.unix_socket != NULL ||
           (config->base.is_loopback && config->embeddings_base.is_loopback);
}

static chutes_status resolve_key(struct chutes__config *config,
                                 chutes_error *error)
{
    const char *key = config->options.api_key;
    const char *field = "api_key";
    chutes_status bad = CHUTES_ERR_INVALID_ARGUMENT;

    /* The only copy is in config->key, which is wiped before it is freed. */
    config->options.api_key = NULL;
    if (config->options.auth == CHUTES_AUTH_NONE) {
        config->options.api_key_fn = NULL;
        return CHUTES_OK;
    }
    if (config->options.api_key_fn != NULL) {
        return CHUTES_OK;
    }
    if (key == NULL || key[0] == '\0') {
        key = chutes__env_get("CHUTES_API_KEY");
        field = "CHUTES_API_KEY";
        bad = CHUTES_ERR_CONFIG;
    }
    if (key == NULL) {
        if (is_local(config)) {
            return CHUTES_OK;
        }
        return chutes__fail(error, CHUTES_ERR_CONFIG,
                            "no API key: set api_key or the environment "
                            "variable CHUTES_API_KEY, or auth to "
                            "CHUTES_AUTH_NONE for a server without keys");
    }
    if (!chutes__key_is_valid(key)) {
        return chutes__fail(error, bad,
                            "%s must be 1 to 512 printable ASCII characters "
                            "without blanks",
                            field);
    }
    return chutes__secret_set(&config->key, key, strlen(key)) == CHUTES_OK
               ? CHUTES_OK
               : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}

static chutes_status resolve_strings(struct chutes__config *config,
                                     chutes_error *error)
{
    chutes_client_options *options = &config->options;
    const char **const kept[] = {&options->ca_file,    &config->ca_dir,
                                 &options->proxy,      &options->client_cert,
                                 &options->client_key, &options->unix_socket};
    chutes_status status = chutes__config_resolve_headers(config, error);

    if (status == CHUTES_OK) {
        status = chutes__config_resolve_way(config, error);
    }
    for (size_t i = 0; i < CHUTES__COUNT(kept); i++) {
        if (status == CHUTES_OK) {
            status = copy_string(config, kept[i], error);
        }
    }
    /* Everything that is needed of these has been copied, and the client must
     * store no pointer of the caller's. */
    options->base_url = NULL;
    options->embeddings_base_url = NULL;
    options->user_agent = NULL;
    options->headers = NULL;
    return status;
}

static chutes_status copy_tracer(struct chutes__config *config,
                                 chutes_error *error)
{
    const chutes_tracer *given = config->options.tracer;

    if (given == NULL) {
        return CHUTES_OK;
    }
    config->tracer = chutes_tracer_default();
    config->options.tracer = &config->tracer;
    return chutes__params_copy(&config->tracer, sizeof(config->tracer), given,
                               sizeof(*given), "tracer", error);
}

chutes_status chutes__config_init(struct chutes__config *config,
                                  const chutes_client_options *options,
                                  chutes_error *error)
{
    chutes_client_options *own = &config->options;
    chutes_status status = CHUTES_OK;

    memset(config, 0, sizeof(*config));
    chutes__arena_init(&config->arena);
    config->sends_auth = true;
    config->sends_accept = true;
    config->sends_trace = true;
    /* Until resolve_strings(), the options hold the caller's pointers. */
    *own = chutes_client_options_default();
    if (options != NULL) {
        status = chutes__params_copy(own, sizeof(*own), options, sizeof(*own),
                                     "options", error);
    }
    config->log =
        (struct chutes__log){own->on_log, own->log_user_data, own->log_level};
    if (status == CHUTES_OK) {
        status = copy_tracer(config, error);
    }
    if (status == CHUTES_OK) {
        status = chutes__config_resolve_numbers(config, error);
    }
    if (status == CHUTES_OK) {
        status = resolve_urls(config, error);
    }
    if (status == CHUTES_OK) {
        status = resolve_key(config, error);
    }
    if (status == CHUTES_OK) {
        status = resolve_strings(config, error);
    }
    if (status != CHUTES_OK) {
        chutes__config_dispose(config);
    }
    return status;
}

void chutes__config_dispose(struct chutes__config *config)
{
    chutes__secret_dispose(&config->key);
    chutes__url_dispose(&config->base);
    chutes__url_dispose(&config->embeddings_base);
    chutes__arena_dispose(&config->arena);
}
