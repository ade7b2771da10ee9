/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "client/config.h"
#include "client/invoke_target.h"

static void make_config(struct chutes__config *config, const char *base_url)
{
    chutes_client_options options = chutes_client_options_default();
    chutes_error error;

    options.base_url = base_url;
    options.embeddings_base_url = "https://embed.example:8443/v1";
    options.api_key = "k";
    options.allow_insecure_http = 1;
    if (chutes__config_init(config, &options, &error) != CHUTES_OK) {
        fail_msg("%s", error.message);
    }
}

static const struct {
    const char *base_url;
    chutes_invoke_params params;
    const char *base; /* with the query */
    const char *path;
    bool is_foreign;
} TARGETS[] = {
    {"https://a.example/v1",
     {.path = "x/y"},
     "https://a.example/v1/",
     "x/y",
     false},
    {"https://a.example/v1?k=1",
     {.path = "/x?l=2&m"},
     "https://a.example/v1/?k=1&l=2&m",
     "x",
     false},
    {"https://a.example/v1?k=1",
     {.path = ""},
     "https://a.example/v1/?k=1",
     "",
     false},
    {"https://a.example/v1?k=1",
     {.slug = "my-chute2"},
     "https://my-chute2.chutes.ai/",
     "",
     false},
    {"https://a.example/v1?k=1",
     {.slug = "s", .path = "/a/b?c"},
     "https://s.chutes.ai/?c",
     "a/b",
     false},
    {"https://a.example/v1",
     {.url = "https://b.example/c?d=e"},
     "https://b.example/?d=e",
     "c",
     true},
    {"https://a.example/v1",
     {.url = "https://b.example"},
     "https://b.example/",
     "",
     true},
    {"https://a.example/v1",
     {.url = "https://b.example?d"},
     "https://b.example/?d",
     "",
     true},
    {"https://a.example/v1?k=1",
     {.chute_id = "2ff25e81-4586-5ec8-b892-3A6f342693d7", .path = "/a/b?c"},
     "https://api.chutes.ai/?c",
     "chutes/2ff25e81-4586-5ec8-b892-3A6f342693d7/a/b",
     false},
    /* Hosts of Chutes, and what looks like them. */
    {"https://a.example/v1",
     {.url = "https://x.chutes.ai/c"},
     "https://x.chutes.ai/",
     "c",
     false},
    {"https://a.example/v1",
     {.url = "https://xchutes.ai/c"},
     "https://xchutes.ai/",
     "c",
     true},
    {"https://a.example/v1",
     {.url = "https://chutes.ai.evil.example/c"},
     "https://chutes.ai.evil.example/",
     "c",
     true},
    {"https://a.example/v1",
     {.url = "https://evil.example/chutes.ai"},
     "https://evil.example/",
     "chutes.ai",
     true},
    /* The same scheme, host and port as a base URL, and almost. */
    {"https://a.example/v1",
     {.url = "https://A.Example:443/c"},
     "https://A.Example:443/",
     "c",
     false},
    {"https://a.example:443/v1",
     {.url = "https://a.example/c"},
     "https://a.example/",
     "c",
     false},
    {"https://a.example/v1",
     {.url = "https://embed.example:8443/c"},
     "https://embed.example:8443/",
     "c",
     false},
    {"https://a.example/v1",
     {.url = "https://embed.example/c"},
     "https://embed.example/",
     "c",
     true},
    {"https://a.example/v1",
     {.url = "https://a.example:444/c"},
     "https://a.example:444/",
     "c",
     true},
    /* Chutes' hosts, but in clear text. */
    {"http://127.0.0.1/v1",
     {.url = "http://img.chutes.ai/c"},
     "http://img.chutes.ai/",
     "c",
     true},
    {"https://127.0.0.1/v1",
     {.url = "http://127.0.0.1/c"},
     "http://127.0.0.1/",
     "c",
     true},
};

static void a_target_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(TARGETS); i++) {
        chutes_invoke_params params = TARGETS[i].params;
        struct chutes__invoke_target target;
        struct chutes__config config;
        struct chutes__arena arena;
        chutes_error error;
        char base[256];

        make_config(&config, TARGETS[i].base_url);
        chutes__arena_init(&arena);
        params.send_key = CHUTES_UNSET;
        if (chutes__invoke_target_init(&target, &config, &params, &arena,
                                       &error) != CHUTES_OK) {
            fail_msg("%zu: %s", i, error.message);
        }
        (void)snprintf(base, sizeof(base), "%s%s", target.base.text,
                       target.base.query);
        assert_string_equal(base, TARGETS[i].base);
        assert_string_equal(target.path, TARGETS[i].path);
        if (target.is_foreign != TARGETS[i].is_foreign) {
            fail_msg("%zu: %s", i, base);
        }
        chutes__invoke_target_dispose(&target);
        chutes__arena_dispose(&arena);
        chutes__config_dispose(&config);
    }
}

/* http may not leave this host through a proxy, whatever base_url is. */
static void http_does_not_go_through_a_foreign_proxy(void **state)
{
    chutes_client_options options = chutes_client_options_default();
    chutes_invoke_params params = chutes_invoke_params_default();
    struct chutes__invoke_target target;
    struct chutes__config config;
    struct chutes__arena arena;
    chutes_error error;

    (void)state;
    options.api_key = "k";
    options.proxy = "http://proxy.example:3128";
    assert_int_equal(chutes__config_init(&config, &options, &error), CHUTES_OK);
    chutes__arena_init(&arena);
    params.url = "http://127.0.0.1/c";
    assert_int_equal(
        chutes__invoke_target_init(&target, &config, &params, &arena, &error),
        CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(error.status, CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "allow_insecure_http"));
    chutes__invoke_target_dispose(&target);
    chutes__arena_dispose(&arena);
    chutes__config_dispose(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_is_found),
        cmocka_unit_test(http_does_not_go_through_a_foreign_proxy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
