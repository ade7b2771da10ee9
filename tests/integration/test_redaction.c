/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"

/* A key that doesn't look like one. */
#define PLAIN_KEY "hunter2-CANARY-hunter2"

/* All log lines of a client, counted by level. */
struct log {
    char text[65536];
    size_t len;
    int count[CHUTES_LOG_DEBUG + 1];
};

static void keep_line(chutes_log_level level, const char *line, void *user_data)
{
    struct log *log = user_data;
    size_t len = strlen(line);

    log->count[level]++;
    if (len + 1 < sizeof(log->text) - log->len) {
        memcpy(log->text + log->len, line, len);
        log->text[log->len + len] = '\n';
        log->len += len + 1;
        log->text[log->len] = '\0';
    }
}

static const char FINE[] =
    "answer 200 application/json {\"choices\":[{\"index\":0,\"message\":{"
    "\"content\":\"fine\"},\"finish_reason\":\"stop\"}]}\n";

/* Scripts of servers that give the key away; "%s" stands for the key. */
static const char *const GIVEAWAYS[] = {
    "status 401\nheader WWW-Authenticate: Bearer %s\n"
    "header Content-Length: 0\nend-headers\n",
    "status 200\nheader Set-Cookie: key=%s\nheader X-Echo: <%s>\n"
    "header Content-Type: application/json\nend-headers\n"
    "send {\"choices\":[{\"index\":0,\"message\":{\"content\":\"fine\"},"
    "\"finish_reason\":\"stop\"}]}\nfin\n",
    "status 307\nheader Location: http://%s.example/%s?key=%s\n"
    "header Content-Length: 0\nend-headers\n",
    "status 500\nheader X-Chutes-InvocationID: %s\n"
    "header Content-Length: 0\nend-headers\n",
    "answer 401 application/json {\"error\":{\"message\":\"bad key %s\","
    "\"type\":\"t-%s\",\"param\":\"p=%s\",\"code\":\"%s\"}}\n",
    "answer 401 application/json {\"detail\":\"bad key: %s, %s\"}\n",
    "answer 401 application/json {\"detail\":[{\"loc\":[\"header\",\"%s\"],"
    "\"msg\":\"bad: %s\",\"type\":\"%s\"}]}\n",
    "answer 403 text/html <html><title>No %s</title></html>\n",
    "answer 502 text/plain bad upstream for %s\n",
    "answer 200 text/html <html>%s</html>\n",
    "answer 200 application/json {\"id\":\"%s\" %s}\n",
    "answer 200 application/json {\"error\":\"key %s is bad\"}\n",
    "sse-head\nsse {\"error\":{\"message\":\"%s\"}}\nchunk-end\n",
    "sse-head\nsse {\"choices\" %s}\nchunk-end\n",
    "sse-head\nchunk {\"error\":\"%s\"}\nchunk-end\n",
    "send \"%s\\r\\n\\r\\n\"\nfin\n",
    "send \"HTTP/1.1 200 %s\\r\\nX: %s\\r\\n\"\nfin\n",
    "status 200\nheader Content-Type: %s\nend-headers\nsend %s\nfin\n",
};

/* Copies the text with the key for each "%s". */
static void fill_holes(const char *from, const char *key, char *to, size_t size)
{
    size_t len = 0;

    while (*from != '\0') {
        if (from[0] == '%' && from[1] == 's') {
            len += (size_t)snprintf(to + len, size - len, "%s", key);
            from += 2;
        } else {
            to[len++] = *from++;
        }
        assert_true(len < size);
    }
    to[len] = '\0';
}

static void run_giveaway(const char *giveaway, const char *key,
                         enum call_kind kind, struct log *log)
{
    struct call call = {.kind = kind};
    chutes_client_options options;
    chutes_client *client;
    struct peer *peer;
    char script[2048];

    fill_holes(giveaway, key, script, sizeof(script));
    peer = peer_start(script, PEER_PLAIN);
    options = call_options(peer);
    options.api_key = key;
    options.on_log = keep_line;
    options.log_user_data = log;
    client = call_client(&options);
    call_run(&call, client); /* checks the error itself */
    assert_non_null(strstr(peer_request_head(peer, 1), key));
    call_dispose(&call);
    chutes_client_free(client);
    peer_stop(peer);
}

static void a_key_that_the_server_repeats_is_never_told(void **state)
{
    static const char *const keys[] = {CALL_KEY, PLAIN_KEY};
    struct log *log = calloc(1, sizeof(*log));

    (void)state;
    assert_non_null(log);
    for (size_t i = 0; i < COUNT(GIVEAWAYS); i++) {
        for (size_t k = 0; k < COUNT(keys); k++) {
            for (int kind = 0; kind < CALL_KINDS; kind++) {
                memset(log, 0, sizeof(*log));
                run_giveaway(GIVEAWAYS[i], keys[k], (enum call_kind)kind, log);
                assert_true(log->count[CHUTES_LOG_DEBUG] > 0);
                if (strstr(log->text, "CANARY") != NULL ||
                    strstr(log->text, "hunter2") != NULL) {
                    fail_msg("%s\n%s", GIVEAWAYS[i], log->text);
                }
            }
        }
    }
    free(log);
}

/* Secrets that the caller passes in addition to the key. */
static void secrets_in_headers_and_proxies_are_never_told(void **state)
{
    static const chutes_header headers[] = {
        {"Authorization", "Custom CANARY"},
        {"X-API-Key", "CANARY"},
        {"Cookie", "session=CANARY"},
        {"X-Anything", "CANARY"},
    };
    struct peer *peer = peer_start(FINE, PEER_PLAIN);
    struct log *log = calloc(1, sizeof(*log));
    chutes_client_options options = call_options(peer);
    struct call direct = {.kind = CALL_CHAT};
    struct call proxied = {.kind = CALL_CHAT};
    chutes_client *client;
    char proxy[96];

    (void)state;
    assert_non_null(log);
    options.on_log = keep_line;
    options.log_user_data = log;
    options.headers = headers;
    options.header_count = COUNT(headers);
    client = call_client(&options);
    call_run(&direct, client);
    assert_int_equal(direct.status, CHUTES_OK);
    chutes_client_free(client);
    (void)snprintf(proxy, sizeof(proxy), "http://user:CANARY@127.0.0.1:%d/",
                   peer_port(peer));
    options.proxy = proxy;
    client = call_client(&options);
    call_run(&proxied, client);
    chutes_client_free(client);
    assert_true(log->count[CHUTES_LOG_DEBUG] > 0);
    if (strstr(log->text, "CANARY") != NULL) {
        fail_msg("%s", log->text);
    }
    call_dispose(&direct);
    call_dispose(&proxied);
    peer_stop(peer);
    free(log);
}

/* Tool arguments, the model's text and vectors are as private as the prompt. */
static void prompts_and_answers_are_never_logged(void **state)
{
    static const char *const scripts[] = {
        "sse-head\n"
        "sse {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
        "\"ANSWER-CANARY\"}}]}\n"
        "sse {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{},"
        "\"finish_reason\":\"stop\"}]}\n"
        "sse [DONE]\n"
        "chunk-end\n",
        "answer 200 application/json {\"choices\":[{\"index\":0,\"message\":{"
        "\"content\":\"ANSWER-CANARY\"},\"finish_reason\":\"stop\"}],\"data\":["
        "{\"id\":\"MODEL-CANARY\"}]}\n",
        "sse-head\n"
        "sse {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
        "\"ANSWER-CANARY\"}}]}\n"
        "fin\n",
        "answer 422 application/json {\"detail\":[{\"loc\":[\"body\"],\"msg\":"
        "\"bad\",\"input\":{\"messages\":\"" CALL_PROMPT "\"}}]}\n",
        "fin\n",
        "rst\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++) {
        for (int kind = 0; kind < CALL_KINDS; kind++) {
            struct call_pair pair = call_open(scripts[i]);
            struct call call = {.kind = (enum call_kind)kind};
            int lines = call_log_lines();

            call_run(&call, pair.client); /* checks log and error itself */
            assert_true(call_log_lines() > lines);
            call_dispose(&call);
            call_close(pair);
        }
    }
}

static void a_level_tells_what_it_promises(void **state)
{
    static const struct {
        chutes_log_level level;
        const char *script;
        int info;
        int warn;
    } rows[] = {
        {CHUTES_LOG_OFF, FINE, 0, 0},
        {CHUTES_LOG_ERROR, FINE, 0, 0},
        {CHUTES_LOG_WARN, FINE, 0, 0},
        {CHUTES_LOG_WARN, "fin\n", 0, 1},
        {CHUTES_LOG_INFO, FINE, 1, 0},
        {CHUTES_LOG_INFO, "answer 500 text/plain x\n", 0, 1},
        {CHUTES_LOG_DEBUG, FINE, 1, 0},
    };
    struct log *log = calloc(1, sizeof(*log));

    (void)state;
    assert_non_null(log);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct peer *peer = peer_start(rows[i].script, PEER_PLAIN);
        chutes_client_options options = call_options(peer);
        struct call call = {.kind = CALL_CHAT};
        chutes_client *client;

        memset(log, 0, sizeof(*log));
        options.on_log = keep_line;
        options.log_user_data = log;
        options.log_level = rows[i].level;
        client = call_client(&options);
        call_run(&call, client);
        assert_int_equal(log->count[CHUTES_LOG_INFO], rows[i].info);
        assert_int_equal(log->count[CHUTES_LOG_WARN], rows[i].warn);
        assert_int_equal(log->count[CHUTES_LOG_DEBUG] > 0,
                         rows[i].level == CHUTES_LOG_DEBUG);
        call_dispose(&call);
        chutes_client_free(client);
        peer_stop(peer);
    }
    free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_that_the_server_repeats_is_never_told),
        cmocka_unit_test(secrets_in_headers_and_proxies_are_never_told),
        cmocka_unit_test(prompts_and_answers_are_never_logged),
        cmocka_unit_test(a_level_tells_what_it_promises),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
