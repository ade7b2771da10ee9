/* SPDX-License-Identifier: MIT */
#include "client/config.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <chutes/version.h>

#include "base/error.h"
#include "config_case.h"

/* Option and environment for either URL, and the resulting URLs. */
static const struct {
    const char *base;
    const char *embeddings;
    const char *env_base;
    const char *env_embeddings;
    const char *want_base;
    const char *want_embeddings;
} URLS[] = {
    {NULL, NULL, NULL, NULL, "https://llm.chutes.ai/v1/",
     "https://embed.chutes.ai/v1/"},
    {"https://a/v1", NULL, NULL, NULL, "https://a/v1/", "https://a/v1/"},
    {NULL, NULL, "https://b/", NULL, "https://b/", "https://b/"},
    {"https://a/", NULL, "https://b/", NULL, "https://a/", "https://a/"},
    {NULL, "https://e/", NULL, NULL, "https://llm.chutes.ai/v1/", "https://e/"},
    {"https://a/", "https://e/", "https://b/", "https://f/", "https://a/",
     "https://e/"},
    {"https://a/", NULL, NULL, "https://f/", "https://a/", "https://f/"},
    {NULL, NULL, NULL, "https://f/", "https://llm.chutes.ai/v1/", "https://f/"},
    {NULL, NULL, "", "", "https://llm.chutes.ai/v1/",
     "https://embed.chutes.ai/v1/"},
};

static void urls_come_from_options_then_the_environment(void **state)
{
    for (size_t i = 0; i < COUNT(URLS); i++) {
        chutes_client_options options = chutes_client_options_default();
        struct chutes__config config;

        config_clear_environment(state);
        config_set("CHUTES_BASE_URL", URLS[i].env_base);
        config_set("CHUTES_EMBEDDINGS_BASE_URL", URLS[i].env_embeddings);
        options.api_key = "key";
        options.base_url = URLS[i].base;
        options.embeddings_base_url = URLS[i].embeddings;
        config_make(&config, &options);
        assert_string_equal(config.base.text, URLS[i].want_base);
        assert_string_equal(config.embeddings_base.text,
                            URLS[i].want_embeddings);
        chutes__config_dispose(&config);
    }
}

static void a_bad_url_is_named_by_where_it_came_from(void **state)
{
    chutes_client_options options = chutes_client_options_default();

    (void)state;
    options.api_key = "key";
    config_set("CHUTES_BASE_URL", "ftp://b/");
    config_expect_refusal(&options, CHUTES_ERR_CONFIG, "CHUTES_BASE_URL");
    options.base_url = "ftp://a/";
    config_expect_refusal(&options, CHUTES_ERR_CONFIG, "base_url");
    options.base_url = "https://a/";
    config_set("CHUTES_EMBEDDINGS_BASE_URL", "http://f/");
    config_expect_refusal(&options, CHUTES_ERR_CONFIG,
                          "CHUTES_EMBEDDINGS_BASE_URL");
    options.embeddings_base_url = "https://";
    config_expect_refusal(&options, CHUTES_ERR_CONFIG, "embeddings_base_url");
}

static void no_options_are_the_defaults(void **state)
{
    struct chutes__config config;

    (void)state;
    config_set("CHUTES_API_KEY", "from-the-environment");
    config_make(&config, NULL);
    assert_string_equal(config.key.text, "from-the-environment");
    assert_string_equal(config.base.text, CHUTES_DEFAULT_BASE_URL);
    assert_int_equal(config.rules.clocks.connect_ms, 10000);
    assert_int_equal(config.rules.clocks.first_byte_ms, 600000);
    assert_int_equal(config.rules.clocks.idle_ms, 300000);
    assert_int_equal(config.rules.clocks.progress_ms, 0);
    assert_int_equal(config.rules.clocks.total_ms, 0);
    assert_int_equal(config.options.max_header_bytes, 256 * 1024);
    assert_int_equal(config.options.max_json_depth, 64);
    assert_true(config.sends_auth);
    assert_true(config.sends_accept);
    assert_string_equal(config.user_agent,
                        "User-Agent: libchutes/" CHUTES_VERSION);
    assert_int_equal(config.header_count, 0);
    chutes__config_dispose(&config);
}

static void the_key_of_the_options_wins(void **state)
{
    chutes_client_options options = chutes_client_options_default();
    struct chutes__config config;

    (void)state;
    config_set("CHUTES_API_KEY", "from-the-environment");
    options.api_key = "mine";
    config_make(&config, &options);
    assert_string_equal(config.key.text, "mine");
    assert_int_equal(config.key.len, 4);
    chutes__config_dispose(&config);
}

static void without_a_key_only_loopback_hosts_will_do(void **state)
{
    static const struct {
        const char *base;
        const char *embeddings;
        bool fine;
    } rows[] = {
        {CONFIG_LOOPBACK, NULL, true},
        {"http://localhost/v1", NULL, true},
        {"http://[::1]:1/", NULL, true},
        {"https://a/", NULL, false},
        {NULL, NULL, false},
        {CONFIG_LOOPBACK, "https://a/", false},
        {NULL, CONFIG_LOOPBACK, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        chutes_client_options options = chutes_client_options_default();
        struct chutes__config config;

        options.base_url = rows[i].base;
        options.embeddings_base_url = rows[i].embeddings;
        if (!rows[i].fine) {
            config_expect_refusal(&options, CHUTES_ERR_CONFIG,
                                  "CHUTES_API_KEY");
            continue;
        }
        config_make(&config, &options);
        assert_null(config.key.text);
        chutes__config_dispose(&config);
    }
}

static void a_bad_key_is_refused_and_never_repeated(void **state)
{
    static const char *const keys[] = {"two words", "line\nbreak", "tab\there",
                                       "\x7f",      "k\xC3\xA9y",  "\x80"};

    (void)state;
    for (size_t i = 0; i < COUNT(keys); i++) {
        chutes_client_options options = config_loopback_options();
        struct chutes__config config;
        chutes_error error;

        options.api_key = keys[i];
        config_expect_refusal(&options, CHUTES_ERR_INVALID_ARGUMENT, "api_key");
        chutes__error_clear(&error);
        (void)chutes__config_init(&config, &options, &error);
        assert_null(strstr(error.message, keys[i]));
        options.api_key = NULL;
        config_set("CHUTES_API_KEY", keys[i]);
        config_expect_refusal(&options, CHUTES_ERR_CONFIG, "CHUTES_API_KEY");
        unsetenv("CHUTES_API_KEY");
    }
}

static void every_number_has_its_range(void **state)
{
    chutes_client_options made = config_loopback_options();
    const struct {
        const char *field;
        int64_t *value;
        int64_t low; /* the nearest value below the range */
        int64_t high;
    } clocks[] = {
        {"connect_timeout_ms", &made.connect_timeout_ms, 0, 2147483648},
        {"first_byte_timeout_ms", &made.first_byte_timeout_ms, -1, 2147483648},
        {"idle_timeout_ms", &made.idle_timeout_ms, -1, INT64_MAX},
        {"progress_timeout_ms", &made.progress_timeout_ms, INT64_MIN,
         2147483648},
        {"total_timeout_ms", &made.total_timeout_ms, CHUTES_UNSET, 2147483648},
        {"max_retry_wait_ms", &made.max_retry_wait_ms, -1, 2147483648},
        {"finish_grace_ms", &made.finish_grace_ms, -1, 2147483648},
    };
    const struct {
        const char *field;
        size_t *value;
        size_t high;
    } sizes[] = {
        {"max_header_bytes", &made.max_header_bytes, SIZE_MAX},
        {"max_response_bytes", &made.max_response_bytes, SIZE_MAX},
        {"max_line_bytes", &made.max_line_bytes, SIZE_MAX},
        {"max_event_bytes", &made.max_event_bytes, SIZE_MAX / 4 + 1},
        {"max_error_bytes", &made.max_error_bytes, SIZE_MAX},
        {"max_request_bytes", &made.max_request_bytes, SIZE_MAX},
        {"max_json_depth", &made.max_json_depth, 513},
        {"max_tool_calls", &made.max_tool_calls, 129},
        {"max_choices", &made.max_choices, 129},
    };
    const struct {
        const char *field;
        int *value;
        int high;
    } counts[] = {
        {"max_host_connections", &made.max_host_connections, 65537},
        {"max_total_connections", &made.max_total_connections, 65537},
        {"max_attempts", &made.max_attempts, 11},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(clocks); i++) {
        *clocks[i].value = clocks[i].low;
        config_expect_refusal(&made, CHUTES_ERR_INVALID_ARGUMENT,
                              clocks[i].field);
        *clocks[i].value = clocks[i].high;
        config_expect_refusal(&made, CHUTES_ERR_INVALID_ARGUMENT,
                              clocks[i].field);
        *clocks[i].value = 1;
    }
    for (size_t i = 0; i < COUNT(sizes); i++) {
        *sizes[i].value = 0;
        config_expect_refusal(&made, CHUTES_ERR_INVALID_ARGUMENT,
                              sizes[i].field);
        *sizes[i].value = sizes[i].high;
        config_expect_refusal(&made, CHUTES_ERR_INVALID_ARGUMENT,
                              sizes[i].field);
        *sizes[i].value = 1;
    }
    for (size_t i = 0; i < COUNT(counts); i++) {
        *counts[i].value = 0;
        config_expect_refusal(&made, CHUTES_ERR_INVALID_ARGUMENT,
                              counts[i].field);
        *counts[i].value = counts[i].high;
        config_expect_refusal(&made, CHUTES_ERR_INVALID_ARGUMENT,
                              counts[i].field);
        *counts[i].value = 1;
    }
    made.auth = (chutes_auth)-1;
    config_expect_refusal(&made, CHUTES_ERR_INVALID_ARGUMENT, "auth");
    made.auth = (chutes_auth)3;
    config_expect_refusal(&made, CHUTES_ERR_INVALID_ARGUMENT, "auth");
    made.auth = CHUTES_AUTH_X_API_KEY;
    made.log_level = (chutes_log_level)5;
    config_expect_refusal(&made, CHUTES_ERR_INVALID_ARGUMENT, "log_level");
}

static void a_stream_may_have_no_bound(void **state)
{
    chutes_client_options made = config_loopback_options();

    (void)state;
    made.max_stream_bytes = SIZE_MAX / 4 + 1;
    config_expect_refusal(&made, CHUTES_ERR_INVALID_ARGUMENT,
                          "max_stream_bytes must be 0 to ");
    made.max_stream_bytes = SIZE_MAX;
    config_expect_refusal(&made, CHUTES_ERR_INVALID_ARGUMENT,
                          "max_stream_bytes");
}

static void how_requests_are_sent_has_its_range_too(void **state)
{
    static const double rates[] = {-1e-9, 1000000.5, NAN, INFINITY, -INFINITY};
    chutes_client_options options = config_loopback_options();

    (void)state;
    for (size_t i = 0; i < COUNT(rates); i++) {
        options.max_requests_per_second = rates[i];
        config_expect_refusal(&options, CHUTES_ERR_INVALID_ARGUMENT,
                              "max_requests_per_second must be 0 to 1000000");
    }
    options.max_requests_per_second = 0;
    options.max_concurrent_requests = -1;
    config_expect_refusal(&options, CHUTES_ERR_INVALID_ARGUMENT,
                          "max_concurrent_requests must be 0 to 1000000");
    options.max_concurrent_requests = 1000001;
    config_expect_refusal(&options, CHUTES_ERR_INVALID_ARGUMENT,
                          "max_concurrent_requests");
    options.max_concurrent_requests = 0;
    options.retry_policy = (chutes_retry_policy)3;
    config_expect_refusal(&options, CHUTES_ERR_INVALID_ARGUMENT,
                          "retry_policy must be 0 to 2");
    options.retry_policy = (chutes_retry_policy)-1;
    config_expect_refusal(&options, CHUTES_ERR_INVALID_ARGUMENT,
                          "retry_policy");
    options.retry_policy = CHUTES_RETRY_NONE;
    options.http_version = (chutes_http_version)3;
    config_expect_refusal(&options, CHUTES_ERR_INVALID_ARGUMENT,
                          "http_version must be 0 to 2");
}

static void the_way_requests_are_sent_is_kept(void **state)
{
    static const struct {
        chutes_http_version version;
        enum chutes__http want;
    } versions[] = {{CHUTES_HTTP_AUTO, CHUTES__HTTP_AUTO},
                    {CHUTES_HTTP_1_1, CHUTES__HTTP_1_1},
                    {CHUTES_HTTP_2, CHUTES__HTTP_2}};
    chutes_client_options options = config_loopback_options();
    struct chutes__config config;

    (void)state;
    config_make(&config, &options);
    assert_int_equal(config.rules.retry.policy, CHUTES_RETRY_SAFE);
    assert_int_equal(config.rules.retry.max_attempts, 3);
    assert_int_equal(config.rules.retry.max_wait_ms, 60000);
    assert_int_equal(config.options.max_concurrent_requests, 0);
    assert_true(config.options.max_requests_per_second == 0);
    chutes__config_dispose(&config);
    options.retry_policy = CHUTES_RETRY_OPENAI;
    options.max_attempts = 10;
    options.max_retry_wait_ms = 0;
    options.max_requests_per_second = 1e6;
    options.max_concurrent_requests = 1000000;
    for (size_t i = 0; i < COUNT(versions); i++) {
        options.http_version = versions[i].version;
        config_make(&config, &options);
        assert_int_equal(config.http, versions[i].want);
        assert_int_equal(config.rules.retry.policy, CHUTES_RETRY_OPENAI);
        assert_int_equal(config.rules.retry.max_attempts, 10);
        assert_int_equal(config.rules.retry.max_wait_ms, 0);
        chutes__config_dispose(&config);
    }
}

static void the_edges_of_the_ranges_are_taken(void **state)
{
    chutes_client_options options = config_loopback_options();
    struct chutes__config config;

    (void)state;
    options.connect_timeout_ms = INT32_MAX;
    options.first_byte_timeout_ms = 0;
    options.idle_timeout_ms = 0;
    options.finish_grace_ms = 0;
    options.max_stream_bytes = 0;
    options.max_json_depth = 512;
    options.max_tool_calls = 1;
    options.max_choices = 128;
    options.max_host_connections = 1;
    options.max_total_connections = 65536;
    config_make(&config, &options);
    assert_int_equal(config.rules.clocks.connect_ms, INT32_MAX);
    assert_int_equal(config.rules.clocks.first_byte_ms, 0);
    assert_int_equal(config.options.max_json_depth, 512);
    assert_int_equal(config.options.finish_grace_ms, 0);
    assert_int_equal(config.options.max_stream_bytes, 0);
    chutes__config_dispose(&config);
    options.finish_grace_ms = INT32_MAX;
    options.max_stream_bytes = SIZE_MAX / 4;
    config_make(&config, &options);
    assert_int_equal(config.options.finish_grace_ms, INT32_MAX);
    chutes__config_dispose(&config);
}

static void a_struct_that_was_not_initialised_is_refused(void **state)
{
    chutes_client_options options;

    (void)state;
    memset(&options, 0, sizeof(options));
    config_expect_refusal(&options, CHUTES_ERR_INVALID_ARGUMENT,
                          "options.struct_size");
    options = config_loopback_options();
    options.struct_size--;
    config_expect_refusal(&options, CHUTES_ERR_INVALID_ARGUMENT,
                          "options.struct_size");
}

static void headers_become_lines(void **state)
{
    static const chutes_header headers[] = {{"X-One", "1"},
                                            {"X-Empty", ""},
                                            {"X-Tab", "a\tb"},
                                            {"Removed", NULL},
                                            {"X-Blank", " \t"}};
    chutes_client_options options = config_loopback_options();
    struct chutes__config config;

    (void)state;
    options.headers = headers;
    options.header_count = COUNT(headers);
    config_make(&config, &options);
    assert_int_equal(config.header_count, 5);
    assert_string_equal(config.headers[0], "X-One: 1");
    assert_string_equal(config.headers[1], "X-Empty;");
    assert_string_equal(config.headers[2], "X-Tab: a\tb");
    assert_string_equal(config.headers[3], "Removed:");
    assert_string_equal(config.headers[4], "X-Blank;");
    assert_true(config.sends_auth);
    assert_true(config.sends_accept);
    assert_non_null(config.user_agent);
    chutes__config_dispose(&config);
}

/* Headers of the application, and which of ours each replaces. */
static const struct {
    chutes_header header;
    bool auth;
    bool accept;
    bool agent;
} REPLACED[] = {
    {{"authorization", "Token x"}, false, true, true},
    {{"X-API-KEY", "x"}, false, true, true},
    {{"Authorization", NULL}, false, true, true},
    {{"accept", "*/*"}, true, false, true},
    {{"Accept", NULL}, true, false, true},
    {{"USER-AGENT", "mine"}, true, true, false},
    {{"User-Agent", NULL}, true, true, false},
    {{"User-Agents", "x"}, true, true, true},
};

static void a_header_takes_the_place_of_ours(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(REPLACED); i++) {
        chutes_client_options options = config_loopback_options();
        struct chutes__config config;

        options.headers = &REPLACED[i].header;
        options.header_count = 1;
        config_make(&config, &options);
        assert_int_equal(config.sends_auth, REPLACED[i].auth);
        assert_int_equal(config.sends_accept, REPLACED[i].accept);
        assert_int_equal(config.user_agent != NULL, REPLACED[i].agent);
        assert_int_equal(config.header_count, 1);
        chutes__config_dispose(&config);
    }
}

static const struct {
    chutes_header header;
    const char *part;
} BAD_HEADERS[] = {
    {{NULL, "x"}, "headers[0].name"},
    {{"", "x"}, "headers[0].name"},
    {{"a b", "x"}, "headers[0].name"},
    {{"a:", "x"}, "headers[0].name"},
    {{"a\r\nb", "x"}, "headers[0].name"},
    {{"x", "a\r\nb"}, "headers[0].value"},
    {{"x", "\x7f"}, "headers[0].value"},
    {{"x", "\xC3\xA9"}, "headers[0].value"},
    {{"Host", "x"}, "headers[0].name"},
    {{"content-length", "1"}, "headers[0].name"},
    {{"Content-Type", "x"}, "headers[0].name"},
    {{"Content-Encoding", "x"}, "headers[0].name"},
    {{"Transfer-Encoding", "chunked"}, "headers[0].name"},
    {{"Accept-Encoding", "gzip"}, "headers[0].name"},
    {{"Connection", NULL}, "headers[0].name"},
    {{"Expect", NULL}, "headers[0].name"},
    {{"TE", "trailers"}, "headers[0].name"},
    {{"Trailer", "x"}, "headers[0].name"},
    {{"Upgrade", "h2c"}, "headers[0].name"},
};

static void bad_headers_are_refused_by_their_place(void **state)
{
    const chutes_header second[] = {{"fine", "x"}, {"not fine", "x"}};
    chutes_client_options options = config_loopback_options();

    (void)state;
    for (size_t i = 0; i < COUNT(BAD_HEADERS); i++) {
        options.headers = &BAD_HEADERS[i].header;
        options.header_count = 1;
        config_expect_refusal(&options, CHUTES_ERR_INVALID_ARGUMENT,
                              BAD_HEADERS[i].part);
    }
    options.headers = second;
    options.header_count = 2;
    config_expect_refusal(&options, CHUTES_ERR_INVALID_ARGUMENT,
                          "headers[1].name");
    options.headers = NULL;
    config_expect_refusal(&options, CHUTES_ERR_INVALID_ARGUMENT, "headers");
    options.headers = second;
    options.header_size = 0;
    config_expect_refusal(&options, CHUTES_ERR_INVALID_ARGUMENT, "header_size");
    options.header_count = SIZE_MAX;
    options.header_size = sizeof(chutes_header);
    config_expect_refusal(&options, CHUTES_ERR_INVALID_ARGUMENT,
                          "header_count");
}

static void headers_are_walked_by_the_callers_stride(void **state)
{
    /* A chutes_header of a later version. */
    const struct {
        chutes_header header;
        int64_t more;
    } headers[] = {{{"X-One", "1"}, 0}, {{"X-Two", "2"}, 0}};
    chutes_client_options options = config_loopback_options();
    struct chutes__config config;

    (void)state;
    options.headers = &headers[0].header;
    options.header_count = 2;
    options.header_size = sizeof(headers[0]);
    config_make(&config, &options);
    assert_int_equal(config.header_count, 2);
    assert_string_equal(config.headers[1], "X-Two: 2");
    chutes__config_dispose(&config);
}

static void the_user_agent_is_appended_and_checked(void **state)
{
    chutes_client_options options = config_loopback_options();
    struct chutes__config config;

    (void)state;
    options.user_agent = "app/1 (test)";
    config_make(&config, &options);
    assert_string_equal(config.user_agent,
                        "User-Agent: libchutes/" CHUTES_VERSION
                        " app/1 (test)");
    chutes__config_dispose(&config);
    options.user_agent = "app\r\nX-Smuggled: 1";
    config_expect_refusal(&options, CHUTES_ERR_INVALID_ARGUMENT, "user_agent");
}

static void nothing_of_the_caller_is_kept(void **state)
{
    char url[] = "http://127.0.0.1:8080/v1/";
    char key[] = "key";
    char agent[] = "agent";
    char proxy[] = "http://127.0.0.1:1/";
    char name[] = "X-Name";
    char value[] = "value";
    chutes_header header = {name, value};
    chutes_client_options options = config_loopback_options();
    struct chutes__config config;

    (void)state;
    options.base_url = url;
    options.api_key = key;
    options.user_agent = agent;
    options.proxy = proxy;
    options.headers = &header;
    options.header_count = 1;
    config_make(&config, &options);
    memset(url, 'x', sizeof(url) - 1);
    memset(key, 'x', sizeof(key) - 1);
    memset(agent, 'x', sizeof(agent) - 1);
    memset(proxy, 'x', sizeof(proxy) - 1);
    memset(name, 'x', sizeof(name) - 1);
    memset(value, 'x', sizeof(value) - 1);
    assert_string_equal(config.base.text, CONFIG_LOOPBACK);
    assert_string_equal(config.key.text, "key");
    assert_non_null(strstr(config.user_agent, " agent"));
    assert_string_equal(config.options.proxy, "http://127.0.0.1:1/");
    assert_string_equal(config.headers[0], "X-Name: value");
    assert_null(config.options.api_key);
    assert_null(config.options.base_url);
    assert_null(config.options.headers);
    chutes__config_dispose(&config);
}

static void a_call_overrides_the_rules_it_sets(void **state)
{
    chutes_client_options options = config_loopback_options();
    chutes_call_options call = chutes_call_options_default();
    struct chutes__config config;
    struct chutes__call_rules rules;

    (void)state;
    options.total_timeout_ms = 5000;
    options.max_retry_wait_ms = 77;
    config_make(&config, &options);
    assert_int_equal(chutes__config_rules(&config, NULL, &rules, NULL),
                     CHUTES_OK);
    assert_memory_equal(&rules, &config.rules, sizeof(rules));
    assert_int_equal(chutes__config_rules(&config, &call, &rules, NULL),
                     CHUTES_OK);
    assert_memory_equal(&rules, &config.rules, sizeof(rules));
    call.connect_timeout_ms = 1;
    call.first_byte_timeout_ms = 2;
    call.idle_timeout_ms = 3;
    call.progress_timeout_ms = 4;
    call.total_timeout_ms = 0;
    call.retry_policy = CHUTES_RETRY_OPENAI;
    call.max_attempts = 10;
    assert_int_equal(chutes__config_rules(&config, &call, &rules, NULL),
                     CHUTES_OK);
    assert_int_equal(rules.clocks.connect_ms, 1);
    assert_int_equal(rules.clocks.first_byte_ms, 2);
    assert_int_equal(rules.clocks.idle_ms, 3);
    assert_int_equal(rules.clocks.progress_ms, 4);
    assert_int_equal(rules.clocks.total_ms, 0);
    assert_int_equal(rules.retry.policy, CHUTES_RETRY_OPENAI);
    assert_int_equal(rules.retry.max_attempts, 10);
    assert_int_equal(rules.retry.max_wait_ms, 77);
    assert_int_equal(config.rules.clocks.total_ms, 5000);
    assert_int_equal(config.rules.retry.policy, CHUTES_RETRY_SAFE);
    chutes__config_dispose(&config);
}

static void bad_rules_of_a_call_are_refused_by_name(void **state)
{
    chutes_client_options options = config_loopback_options();
    chutes_call_options call = chutes_call_options_default();
    struct chutes__config config;
    struct chutes__call_rules rules;
    chutes_error error;

    (void)state;
    config_make(&config, &options);
    chutes__error_clear(&error);
    call.connect_timeout_ms = 0;
    assert_int_equal(chutes__config_rules(&config, &call, &rules, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "connect_timeout_ms"));
    call = chutes_call_options_default();
    call.idle_timeout_ms = -2;
    assert_int_equal(chutes__config_rules(&config, &call, &rules, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "idle_timeout_ms"));
    call = chutes_call_options_default();
    call.retry_policy = 3;
    assert_int_equal(chutes__config_rules(&config, &call, &rules, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "retry_policy must be 0 to 2"));
    call.retry_policy = -1;
    assert_int_equal(chutes__config_rules(&config, &call, &rules, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "retry_policy"));
    call = chutes_call_options_default();
    call.max_attempts = 0;
    assert_int_equal(chutes__config_rules(&config, &call, &rules, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "max_attempts must be 1 to 10"));
    call = chutes_call_options_default();
    call.struct_size = 8;
    assert_int_equal(chutes__config_rules(&config, &call, &rules, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "call_options.struct_size"));
    chutes__config_dispose(&config);
}

#define UNIT(test) cmocka_unit_test_setup(test, config_clear_environment)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(urls_come_from_options_then_the_environment),
        UNIT(a_bad_url_is_named_by_where_it_came_from),
        UNIT(no_options_are_the_defaults),
        UNIT(the_key_of_the_options_wins),
        UNIT(without_a_key_only_loopback_hosts_will_do),
        UNIT(a_bad_key_is_refused_and_never_repeated),
        UNIT(every_number_has_its_range),
        UNIT(a_stream_may_have_no_bound),
        UNIT(how_requests_are_sent_has_its_range_too),
        UNIT(the_way_requests_are_sent_is_kept),
        UNIT(the_edges_of_the_ranges_are_taken),
        UNIT(a_struct_that_was_not_initialised_is_refused),
        UNIT(headers_become_lines),
        UNIT(a_header_takes_the_place_of_ours),
        UNIT(bad_headers_are_refused_by_their_place),
        UNIT(headers_are_walked_by_the_callers_stride),
        UNIT(the_user_agent_is_appended_and_checked),
        UNIT(nothing_of_the_caller_is_kept),
        UNIT(a_call_overrides_the_rules_it_sets),
        UNIT(bad_rules_of_a_call_are_refused_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
