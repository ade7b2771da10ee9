/* SPDX-License-Identifier: MIT */
#include "config_case.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static const char *const VARIABLES[] = {
    "CHUTES_API_KEY", "CHUTES_BASE_URL", "CHUTES_EMBEDDINGS_BASE_URL",
    "CURL_CA_BUNDLE", "SSL_CERT_FILE",   "SSL_CERT_DIR"};

int config_clear_environment(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(VARIABLES); i++) {
        unsetenv(VARIABLES[i]);
    }
    return 0;
}

void config_set(const char *name, const char *value)
{
    if (value != NULL) {
        assert_int_equal(setenv(name, value, 1), 0);
    }
}

chutes_client_options config_loopback_options(void)
{
    chutes_client_options options = chutes_client_options_default();

    options.base_url = CONFIG_LOOPBACK;
    return options;
}

void config_make(struct chutes__config *config,
                 const chutes_client_options *options)
{
    chutes_error error;

    chutes__error_clear(&error);
    if (chutes__config_init(config, options, &error) != CHUTES_OK) {
        fail_msg("%s", error.message);
    }
}

void config_expect_refusal(const chutes_client_options *options,
                           chutes_status status, const char *part)
{
    struct chutes__config config;
    chutes_error error;
    chutes_status got;

    chutes__error_clear(&error);
    got = chutes__config_init(&config, options, &error);
    if (got != status || error.status != status ||
        strstr(error.message, part) == NULL) {
        fail_msg("%s: \"%s\", expected %s with \"%s\"", chutes_status_name(got),
                 error.message, chutes_status_name(status), part);
    }
}
