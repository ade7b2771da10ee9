/* SPDX-License-Identifier: MIT */
#include "client/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "client/header.h"
#include "client/params.h"

CHUTES__ASSERT_NO_TAIL(chutes_client_options, reserved);

/* Environment of a set-uid program belongs to somebody else. */
static const char *read_env(const char *name)
{
#ifdef __GLIBC__
    const char *value = secure_getenv(name);
#else
    const char *value = getenv(name);
#endif

    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* Replaces a string of the caller by a copy. */
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
    bool insecure = options->allow_insecure_http != 0;
    const char *base = options->base_url;
    const char *field = "base_url";
    chutes_status status;

    if (base == NULL) {
        base = read_env("CHUTES_BASE_URL");
        field = "CHUTES_BASE_URL";
    }
    status = chutes__url_parse(base != NULL ? base : CHUTES_BASE_URL, insecure,
                               field, &config->base, error);
    if (status != CHUTES_OK) {
        return status;
    }
    if (options->embeddings_base_url != NULL) {
        return chutes__url_parse(options->embeddings_base_url, insecure,
                                 "embeddings_base_url",
                                 &config->embeddings_base, error);
    }
    field = "CHUTES_EMBEDDINGS_BASE_URL";
    if (read_env(field) != NULL) {
        base = read_env(field);
    }
    return chutes__url_parse(base != NULL ? base : CHUTES_EMBEDDINGS_BASE_URL,
                             insecure, field, &config->embeddings_base, error);
}

static chutes_status resolve_key(struct chutes__config *config,
                                 chutes_error *error)
{
    const char *key = config->options.api_key;
    const char *field = "api_key";
    chutes_status bad = CHUTES_ERR_INVALID_ARGUMENT;

    config->options.api_key = NULL;
    if (config->options.api_key_fn != NULL) {
        return CHUTES_OK;
    }
    if (key == NULL || key[0] == '\0') {
        key = read_env("CHUTES_API_KEY");
        field = "CHUTES_API_KEY";
        bad = CHUTES_ERR_CONFIG;
    }
    if (key == NULL) {
        if (config->base.is_loopback && config->embeddings_base.is_loopback) {
            return CHUTES_OK;
        }
        return chutes__fail(error, CHUTES_ERR_CONFIG,
                            "no API key: set api_key or the environment "
                            "variable CHUTES_API_KEY");
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
    chutes_status status = chutes__config_resolve_headers(config, error);

    if (status == CHUTES_OK && options->ca_file != NULL) {
        status = chutes__ca_file_check(options->ca_file, error);
    }
    if (status == CHUTES_OK) {
        status = copy_string(config, &options->ca_file, error);
    }
    if (status == CHUTES_OK) {
        status = copy_string(config, &options->proxy, error);
    }
    if (status == CHUTES_OK) {
        status = copy_string(config, &options->client_cert, error);
    }
    if (status == CHUTES_OK) {
        status = copy_string(config, &options->client_key, error);
    }
    if (status == CHUTES_OK) {
        status = copy_string(config, &options->unix_socket, error);
    }
    /* Copied where they are needed: nothing of the caller's is kept. */
    options->base_url = NULL;
    options->embeddings_base_url = NULL;
    options->user_agent = NULL;
    options->headers = NULL;
    return status;
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
    *own = chutes_client_options_default();
    if (options != NULL) {
        status = chutes__params_copy(own, sizeof(*own), options, sizeof(*own),
                                     "options", error);
    }
    config->log =
        (struct chutes__log){own->on_log, own->log_user_data, own->log_level};
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
