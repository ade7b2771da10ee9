/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>

#include "client/config.h"
#include "client/json_target.h"

static const struct {
    const char *base_url;
    bool is_at_root;
    const char *slug;
    const char *path;
    const char *want; /* base, query and path */
} ROWS[] = {
    {"https://a.example/v1", false, NULL, NULL, "https://a.example/v1/ +rank"},
    {"https://a.example/v1?k=1", false, NULL, NULL,
     "https://a.example/v1/ ?k=1 +rank"},
    {"https://a.example/v1", false, "my-chute", NULL,
     "https://my-chute.chutes.ai/ +v1/rank"},
    {"https://a.example/v1", false, "my-chute", "/rank",
     "https://my-chute.chutes.ai/ +rank"},
    {"https://a.example/v1", false, NULL, "v2/rank",
     "https://a.example/v1/ +v2/rank"},
    {"https://a.example/v1", true, NULL, NULL, "https://a.example/ +rank"},
    {"https://a.example:81/x/v1/?k=1", true, NULL, NULL,
     "https://a.example:81/ ?k=1 +x/rank"},
    {"https://a.example/xv1", true, NULL, NULL, "https://a.example/ +xv1/rank"},
    {"https://a.example", true, NULL, NULL, "https://a.example/ +rank"},
    {"https://a.example/v1", true, "my-chute", NULL,
     "https://my-chute.chutes.ai/ +rank"},
    {"https://a.example/v1", true, NULL, "rank", "https://a.example/v1/ +rank"},
    {"https://a.example/v1", true, "a.b", NULL,
     "slug must be 1 to 63 "
     "lower-case letters, digits and hyphens, without a hyphen at its ends"},
    {"https://a.example/v1", false, NULL, "../rank",
     "path must not contain a segment \".\" or \"..\""},
};

static void make_config(struct chutes__config *config, const char *base_url)
{
    chutes_client_options options = chutes_client_options_default();
    chutes_error error;

    options.base_url = base_url;
    options.api_key = "k";
    assert_int_equal(chutes__config_init(config, &options, &error), CHUTES_OK);
}

static void a_request_goes_where_servers_have_the_endpoint(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        const struct chutes__endpoint endpoint = {
            .path = "rank", .is_at_root = ROWS[i].is_at_root};
        const struct chutes__endpoint_params params = {.slug = ROWS[i].slug,
                                                       .path = ROWS[i].path};
        struct chutes__invoke_target target;
        struct chutes__config config;
        struct chutes__arena arena;
        chutes_error error;
        char got[sizeof(error.message)];

        make_config(&config, ROWS[i].base_url);
        chutes__arena_init(&arena);
        if (chutes__json_target_init(&target, &config, &endpoint, &params,
                                     &arena, &error) == CHUTES_OK) {
            assert_false(target.is_foreign);
            (void)snprintf(got, sizeof(got), "%s %s%s+%s", target.base.text,
                           target.base.query,
                           target.base.query[0] != '\0' ? " " : "",
                           target.path);
        } else {
            (void)snprintf(got, sizeof(got), "%s", error.message);
        }
        assert_string_equal(got, ROWS[i].want);
        chutes__invoke_target_dispose(&target);
        chutes__arena_dispose(&arena);
        chutes__config_dispose(&config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_goes_where_servers_have_the_endpoint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
