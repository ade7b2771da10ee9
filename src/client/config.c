/* SPDX-License-Identifier: MIT */
#include "client/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "client/header.h"
#include "client/params.h"
#include "json/reader.h"

CHUTES__ASSERT_NO_TAIL(chutes_client_options, reserved);
CHUTES__ASSERT_NO_TAIL(chutes_call_options, total_timeout_ms);

enum { MOST_CHOICES = 128, MOST_CONNECTIONS = 65536 };

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

static chutes_status check_range(const char *field, int64_t value,
                                 int64_t least, int64_t most,
                                 chutes_error *error)
{
    if (value >= least && value <= most) {
        return CHUTES_OK;
    }
    return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                        "%s must be %lld to %lld", field, (long long)least,
                        (long long)most);
}

static chutes_status check_size(const char *field, size_t value, size_t most,
                                chutes_error *error)
{
    if (value >= 1 && value <= most) {
        return CHUTES_OK;
    }
    return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                        "%s must be 1 to %zu", field, most);
}

static chutes_status check_clocks(const struct chutes__clocks *clocks,
                                  chutes_error *error)
{
    const struct {
        const char *field;
        int64_t value;
        int64_t least;
    } table[] = {
        {"connect_timeout_ms", clocks->connect_ms, 1},
        {"first_byte_timeout_ms", clocks->first_byte_ms, 0},
        {"idle_timeout_ms", clocks->idle_ms, 0},
        {"progress_timeout_ms", clocks->progress_ms, 0},
        {"total_timeout_ms", clocks->total_ms, 0},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        chutes_status status = check_range(table[i].field, table[i].value,
                                           table[i].least, INT32_MAX, error);

        if (status != CHUTES_OK) {
            return status;
        }
    }
    return CHUTES_OK;
}

static chutes_status check_limits(const chutes_client_options *options,
                                  chutes_error *error)
{
    const size_t most_bytes = SIZE_MAX / 4; /* sums can't overflow */
    const struct {
        const char *field;
        size_t value;
        size_t most;
    } table[] = {
        {"max_header_bytes", options->max_header_bytes, most_bytes},
        {"max_response_bytes", options->max_response_bytes, most_bytes},
        {"max_line_bytes", options->max_line_bytes, most_bytes},
        {"max_event_bytes", options->max_event_bytes, most_bytes},
        {"max_error_bytes", options->max_error_bytes, most_bytes},
        {"max_request_bytes", options->max_request_bytes, most_bytes},
        {"max_json_depth", options->max_json_depth, CHUTES__JSON_DEPTH_MAX},
        {"max_tool_calls", options->max_tool_calls, MOST_CHOICES},
        {"max_choices", options->max_choices, MOST_CHOICES},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        chutes_status status =
            check_size(table[i].field, table[i].value, table[i].most, error);

        if (status != CHUTES_OK) {
            return status;
        }
    }
    return CHUTES_OK;
}

static chutes_status check_numbers(const chutes_client_options *options,
                                   chutes_error *error)
{
    chutes_status status = check_limits(options, error);

    if (status == CHUTES_OK) {
        status =
            check_range("max_host_connections", options->max_host_connections,
                        1, MOST_CONNECTIONS, error);
    }
    if (status == CHUTES_OK) {
        status =
            check_range("max_total_connections", options->max_total_connections,
                        1, MOST_CONNECTIONS, error);
    }
    if (status == CHUTES_OK) {
        status = check_range("auth", options->auth, CHUTES_AUTH_BEARER,
                             CHUTES_AUTH_X_API_KEY, error);
    }
    if (status == CHUTES_OK) {
        status = check_range("log_level", options->log_level, CHUTES_LOG_OFF,
                             CHUTES_LOG_DEBUG, error);
    }
    return status;
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
    config->clocks = (struct chutes__clocks){
        own->connect_timeout_ms, own->first_byte_timeout_ms,
        own->idle_timeout_ms, own->progress_timeout_ms, own->total_timeout_ms};
    config->log =
        (struct chutes__log){own->on_log, own->log_user_data, own->log_level};
    if (status == CHUTES_OK) {
        status = check_clocks(&config->clocks, error);
    }
    if (status == CHUTES_OK) {
        status = check_numbers(own, error);
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

static void override(int64_t *clock, int64_t given)
{
    if (given != CHUTES_UNSET) {
        *clock = given;
    }
}

chutes_status chutes__config_clocks(const struct chutes__config *config,
                                    const chutes_call_options *given,
                                    struct chutes__clocks *clocks,
                                    chutes_error *error)
{
    chutes_call_options own = chutes_call_options_default();
    chutes_status status;

    *clocks = config->clocks;
    if (given == NULL) {
        return CHUTES_OK;
    }
    status = chutes__params_copy(&own, sizeof(own), given, sizeof(own),
                                 "call_options", error);
    if (status != CHUTES_OK) {
        return status;
    }
    override(&clocks->connect_ms, own.connect_timeout_ms);
    override(&clocks->first_byte_ms, own.first_byte_timeout_ms);
    override(&clocks->idle_ms, own.idle_timeout_ms);
    override(&clocks->progress_ms, own.progress_timeout_ms);
    override(&clocks->total_ms, own.total_timeout_ms);
    return check_clocks(clocks, error);
}
