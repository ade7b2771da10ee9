/* SPDX-License-Identifier: MIT */
#include "mock/script.h"

#include "base/clock.h"
#include "mock/server.h"

#include "fixture.h"
#include "raw.h"
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char GET[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
static const char POST[] = "POST /v1/x?y=z HTTP/1.1\r\nHost: h\r\n"
                           "Authorization: Bearer k\r\n"
                           "Content-Length: 13\r\n\r\n{\"a\":\"b\"}\r\n\r\n";

struct stage {
    struct mock_script *script;
    struct mock_server *server;
};

static struct stage begin(const char *text)
{
    struct mock_server_options options = {.on_accept = mock_script_accept,
                                          .handler = mock_script_answer};
    struct stage stage = {0};
    const char *reason = NULL;
    char fault[256] = "";

    stage.script =
        mock_script_parse(text, fixture_directory(), fault, sizeof(fault));
    if (stage.script == NULL) {
        fail_msg("%s", fault);
    }
    options.user_data = stage.script;
    stage.server = mock_server_start(&options, &reason);
    if (stage.server == NULL) {
        fail_msg("%s", reason);
    }
    return stage;
}

static void end(struct stage *stage)
{
    mock_server_stop(stage->server);
    mock_script_free(stage->script);
}

/* ---- what is sent -------------------------------------------------------- */

static const struct {
    const char *script;
    const char *want;
    int end; /* 0: FIN */
} SENDS[] = {
    {"send hello world\nfin", "hello world", 0},
    {"  send \"a\\r\\n\\t\\\\\\\"\\x41\\'\"\n fin", "a\r\n\t\\\"A'", 0},
    {"send \"a\" \"b\"\"c\"\nfin", "abc", 0},
    {"send \"\"\nsend x\r\nfin", "x", 0},
    {"# comment\n\n\t\nsend a # no comment\nfin", "a # no comment", 0},
    {"send-hex 41 42430a\nfin", "ABC\n", 0},
    {"send-raw a\nsend-raw-hex 62\nfin", "ab", 0},
    {"body 5\nfin", "xxxxx", 0},
    {"body 7 \"abc\"\nfin", "abcabca", 0},
    {"body 0\nfin", "", 0},
    {"status 200\nheader A: b\nend-headers\nfin",
     "HTTP/1.1 200 OK\r\nA: b\r\n\r\n", 0},
    {"status 299 Fine by me\nfin", "HTTP/1.1 299 Fine by me\r\n", 0},
    {"status 404\nfin", "HTTP/1.1 404 Not Found\r\n", 0},
    {"answer 500 text/plain oh no\nfin",
     "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain\r\n"
     "Content-Length: 5\r\n\r\noh no",
     0},
    {"answer 299 a/b\nfin",
     "HTTP/1.1 299 Status\r\nContent-Type: a/b\r\nContent-Length: 0\r\n\r\n",
     0},
    {"sse-head\nfin",
     "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
     "Transfer-Encoding: chunked\r\n\r\n",
     0},
    {"sse {\"a\":1}\nsse [DONE]\nchunk-end\nfin",
     "f\r\ndata: {\"a\":1}\n\n\r\ne\r\ndata: [DONE]\n\n\r\n0\r\n\r\n", 0},
    {"chunk \"0123456789abcdef\"\nfin", "10\r\n0123456789abcdef\r\n", 0},
    {"repeat 3\nsend a\nend\nsend b\nfin", "aaab", 0},
    {"repeat 2\nrepeat 2\nsend a\nend\nsend b\nend\nfin", "aabaab", 0},
    {"repeat 0\nsend a\nend\nsend b\nfin", "b", 0},
    {"repeat 2\nrepeat 0\nsend a\nend\nsend b\nend\nfin", "bb", 0},
    {"split 1\nsend abc\nsplit 0\nsend def\nfin", "abcdef", 0},
    {"sleep 1\nsend a\nfin", "a", 0},
    {"send a\nfin-without-close-notify", "a", 0},
    {"rst", "", ECONNRESET},
    {"on-accept rst", "", ECONNRESET},
    {"on-accept fin", "", 0},
    {"read-none\nsend a\nfin", "a", 0},
    {"read-none\nread 3\nsend a\nfin", "a", 0},
    {"read-none\nread-head\nsend a\nfin", "a", 0},
    {"read-none\nhandshake\nread-head\nsend a\nrst", NULL, ECONNRESET},
};

static void each_directive_sends_its_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(SENDS); i++) {
        struct stage stage = begin(SENDS[i].script);
        char got[512];
        int how =
            raw_exchange(mock_server_port(stage.server), GET, got, sizeof(got));

        if (SENDS[i].want != NULL && strcmp(got, SENDS[i].want) != 0) {
            fail_msg("`%s` sent \"%s\"", SENDS[i].script, got);
        }
        if (how != SENDS[i].end) {
            fail_msg("`%s` ended with %s", SENDS[i].script, strerror(how));
        }
        end(&stage);
    }
}

static void a_nul_byte_is_sent_as_one(void **state)
{
    struct stage stage = begin("send \"a\\0b\"\nfin");
    int fd = raw_connect(mock_server_port(stage.server));
    char got[8] = "";

    (void)state;
    raw_send(fd, GET);
    assert_int_equal(raw_receive(fd, got, sizeof(got)), 0);
    assert_memory_equal(got, "a\0b", 4);
    close(fd);
    end(&stage);
}

static void files_are_sent_whole(void **state)
{
    struct stage stage = begin("send-file scripts/chat/stream.txt\nfin");
    static char got[65536];
    char *want = fixture_read("scripts/chat/stream.txt", NULL);

    (void)state;
    assert_int_equal(
        raw_exchange(mock_server_port(stage.server), GET, got, sizeof(got)), 0);
    assert_string_equal(got, want);
    free(want);
    end(&stage);
}

static void a_long_body_repeats_its_text_seamlessly(void **state)
{
    enum { LEN = 200000 };
    struct stage stage = begin("body 200000 \"abc\"\nfin");
    char *got = malloc(LEN + 2);

    (void)state;
    assert_non_null(got);
    assert_int_equal(
        raw_exchange(mock_server_port(stage.server), GET, got, LEN + 2), 0);
    assert_int_equal(strlen(got), LEN);
    for (size_t i = 0; i < LEN; i++) {
        assert_int_equal(got[i], "abc"[i % 3]);
    }
    free(got);
    end(&stage);
}

static void an_endless_body_ends_with_the_peer(void **state)
{
    struct stage stage = begin("repeat forever\nbody 100000\nend");
    int fd = raw_connect(mock_server_port(stage.server));
    char got[4096] = "";

    (void)state;
    raw_send(fd, GET);
    raw_receive_until(fd, got, sizeof(got), "xxxx");
    close(fd);
    assert_true(mock_server_await_idle(stage.server, 5000));
    end(&stage);
}

/* ---- sections ------------------------------------------------------------ */

static void connections_and_requests_have_their_sections(void **state)
{
    struct stage stage = begin("connection\n"
                               "request\nsend 1a\n"
                               "request\nsend 1b\nfin\n"
                               "connection\nsend 2a\n"
                               "request\nsend 2b\n"
                               "request\nsend 2c\nfin\n");
    int port = mock_server_port(stage.server);
    char got[64];

    (void)state;
    for (int i = 1; i <= 3; i++) {
        int fd = raw_connect(port);

        raw_send(fd, GET);
        raw_send(fd, GET);
        raw_send(fd, GET);
        assert_int_equal(raw_receive(fd, got, sizeof(got)), 0);
        close(fd);
        assert_string_equal(got, i == 1 ? "1a1b" : "2a2b2c");
    }
    assert_int_equal(mock_server_accepts(stage.server), 3);
    end(&stage);
}

static void the_last_request_answers_all_that_follow(void **state)
{
    struct stage stage = begin("send a\nrequest\nsend b");
    int fd = raw_connect(mock_server_port(stage.server));
    char got[64] = "";

    (void)state;
    for (int i = 0; i < 4; i++) {
        raw_send(fd, GET);
    }
    raw_receive_until(fd, got, sizeof(got), "abbb");
    close(fd);
    end(&stage);
}

/* ---- expectations -------------------------------------------------------- */

static const struct {
    const char *script;
    const char *verdict; /* NULL: none */
} EXPECTATIONS[] = {
    {"expect POST /v1/x?y=z", NULL},
    {"expect-header Authorization: Bearer k", NULL},
    {"expect-header authorization:Bearer k", NULL},
    {"expect-no-header X-API-Key", NULL},
    {"expect-body \"{\\\"a\\\":\\\"b\\\"}\\r\\n\\r\\n\"", NULL},
    {"expect-body-contains \"\\\"a\\\":\"", NULL},
    {"expect-body-contains {\"a\"", NULL},
    {"expect-body-lacks null", NULL},
    {"send a\n\nexpect GET /v1/x?y=z",
     "line 3: expected `GET /v1/x?y=z`, got `POST /v1/x?y=z HTTP/1.1`"},
    {"expect POST /v1/x",
     "line 1: expected `POST /v1/x`, got `POST /v1/x?y=z HTTP/1.1`"},
    {"expect-header Authorization: Bearer",
     "line 1: expected the header `Authorization: Bearer`, got `Bearer k`"},
    {"expect-header X-API-Key: k",
     "line 1: expected the header `X-API-Key: k`, got ``"},
    {"expect-no-header AUTHORIZATION",
     "line 1: expected no header `AUTHORIZATION`, got `Bearer k`"},
    {"expect-body {\"a\":\"b\"}",
     "line 1: the body is `{\"a\":\"b\"}\r\n\r\n`"},
    {"expect-body-contains c", "line 1: the body is `{\"a\":\"b\"}\r\n\r\n`"},
    {"expect-body-lacks b", "line 1: the body is `{\"a\":\"b\"}\r\n\r\n`"},
    {"await-close 1\nexpect GET /",
     "line 1: the peer did not close within 1 ms"},
    {"send a\nrequest\nexpect GET /",
     "line 3: `GET /` was expected but never came"},
};

static void expectations_are_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(EXPECTATIONS); i++) {
        struct stage stage = begin(EXPECTATIONS[i].script);
        int fd = raw_connect(mock_server_port(stage.server));
        const char *want = EXPECTATIONS[i].verdict;
        const char *verdict;

        raw_send(fd, POST);
        if (want == NULL) {
            /* The connection stays open for a second request. */
            raw_send(fd, POST);
            while (mock_server_requests(stage.server) < 2) {
                usleep(200);
            }
        } else if (strstr(want, "never") == NULL) {
            char got[64];

            assert_int_equal(raw_receive(fd, got, sizeof(got)), 0);
            assert_non_null(mock_script_failure(stage.script));
        }
        close(fd);
        mock_server_await_idle(stage.server, 5000);
        verdict = mock_script_verdict(stage.script);
        if ((verdict == NULL) != (want == NULL) ||
            (want != NULL && strcmp(verdict, want) != 0)) {
            fail_msg("`%s`: %s", EXPECTATIONS[i].script,
                     verdict == NULL ? "no failure" : verdict);
        }
        end(&stage);
    }
}

/* ---- waiting ------------------------------------------------------------- */

static void a_wait_holds_until_it_is_released(void **state)
{
    struct stage stage = begin("send a\nwait one\nsend b\nwait two\nsend c");
    int fd = raw_connect(mock_server_port(stage.server));
    char got[64] = "";

    (void)state;
    raw_send(fd, GET);
    raw_receive_until(fd, got, sizeof(got), "a");
    assert_true(mock_script_release(stage.script, "one"));
    raw_receive_until(fd, got, sizeof(got), "ab");
    assert_false(mock_script_release(stage.script, "three"));
    assert_true(mock_script_release(stage.script, "two"));
    raw_receive_until(fd, got, sizeof(got), "abc");
    /* It ends later waits too. */
    raw_send(fd, GET);
    raw_receive_until(fd, got, sizeof(got), "abcabc");
    close(fd);
    end(&stage);
}

static const char *const WAITS[] = {
    "send a\nwait for_ever", "send a\nstall",       "send a\nsleep 60000",
    "send a\nawait-close 0", "send a\nread 100000", "send a\ndrain",
};

static void every_wait_ends_with_the_peer(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(WAITS); i++) {
        struct stage stage = begin(WAITS[i]);
        int fd = raw_connect(mock_server_port(stage.server));
        char got[64] = "";

        raw_send(fd, GET);
        raw_receive_until(fd, got, sizeof(got), "a");
        assert_int_equal(mock_server_open(stage.server), 1);
        close(fd);
        assert_true(mock_server_await_idle(stage.server, 5000));
        assert_null(mock_script_verdict(stage.script));
        end(&stage);
    }
}

static void every_wait_ends_with_the_server(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(WAITS); i++) {
        struct stage stage = begin(WAITS[i]);
        int fd = raw_connect(mock_server_port(stage.server));
        char got[64] = "";
        int64_t before;

        raw_send(fd, GET);
        raw_receive_until(fd, got, sizeof(got), "a");
        before = chutes__clock_now_us();
        end(&stage);
        assert_true(chutes__clock_now_us() - before < 1000000);
        close(fd);
    }
}

/* ---- wrong scripts ------------------------------------------------------- */

static const struct {
    const char *script;
    const char *reason;
} WRONG[] = {
    {"\nsnd x", "line 2: unknown directive `snd`"},
    {"send", "line 1: a text must follow"},
    {"send \"a", "line 1: the closing quote is missing"},
    {"send \"a\\", "line 1: unknown escape"},
    {"send \"a\\q\"", "line 1: unknown escape"},
    {"send \"a\\x4\"", "line 1: unknown escape"},
    {"send \"a\" b", "line 1: something follows the closing quote"},
    {"send-hex 4", "line 1: expected pairs of hexadecimal digits"},
    {"send-hex 4g", "line 1: expected pairs of hexadecimal digits"},
    {"send-file no/such/file", "line 1: the file cannot be read"},
    {"chunk \"\"",
     "line 1: an empty chunk would end the body; use `chunk-end` for that"},
    {"chunk-end x", "line 1: nothing may follow"},
    {"rst now", "line 1: nothing may follow"},
    {"sleep", "line 1: expected a number"},
    {"sleep soon", "line 1: expected a number"},
    {"sleep -1", "line 1: expected a number"},
    {"sleep 1ms", "line 1: expected a number"},
    {"sleep 1 2", "line 1: only one number may follow"},
    {"body 3 \"\"", "line 1: the text is empty"},
    {"status OK", "line 1: expected a number"},
    {"answer 200", "line 1: a content type must follow the status"},
    {"repeat 2\nsend a", "line 1: `repeat` without `end`"},
    {"end", "line 1: `end` without `repeat`"},
    {"repeat 1\nrequest",
     "line 2: `request` takes no argument and can't be in a loop"},
    {"connection 1",
     "line 1: `connection` takes no argument and can't be in a loop"},
    {"repeat 1\nrepeat 1\nrepeat 1\nrepeat 1\nrepeat 1",
     "line 5: too many nested loops"},
    {"send a\nread-none",
     "line 2: `read-none` takes no argument and comes first in a connection"},
    {"send a\nrequest\nread-none",
     "line 3: `read-none` takes no argument and comes first in a connection"},
    {"read-none\nsend a\nrequest", "line 3: no request can follow `read-none`"},
    {"read-none\nexpect GET /",
     "line 2: nothing can be expected after `read-none`"},
    {"read-head", "line 1: only possible after `read-none`"},
    {"handshake", "line 1: only possible after `read-none`"},
    {"on-accept dance", "line 1: `on-accept` takes rst, fin or stall"},
};

static void a_wrong_script_is_refused_by_line_and_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(WRONG); i++) {
        char reason[256] = "";
        struct mock_script *script = mock_script_parse(
            WRONG[i].script, fixture_directory(), reason, sizeof(reason));

        if (script != NULL || strcmp(reason, WRONG[i].reason) != 0) {
            fail_msg("`%s`: \"%s\"", WRONG[i].script, reason);
        }
    }
}

/* Checks the scripts in one folder below tests/fixtures/scripts. */
static int check_folder(const char *folder)
{
    char path[1024];
    const struct dirent *entry;
    DIR *directory;
    int count = 0;

    (void)snprintf(path, sizeof(path), "%s/scripts/%s", fixture_directory(),
                   folder);
    directory = opendir(path);
    assert_non_null(directory);
    while ((entry = readdir(directory)) != NULL) {
        char reason[256] = "";
        char *text;
        struct mock_script *script;

        if (strstr(entry->d_name, ".txt") == NULL) {
            continue;
        }
        (void)snprintf(path, sizeof(path), "scripts/%s/%s", folder,
                       entry->d_name);
        text = fixture_read(path, NULL);
        script = mock_script_parse(text, fixture_directory(), reason,
                                   sizeof(reason));
        if (script == NULL) {
            fail_msg("%s: %s", path, reason);
        }
        mock_script_free(script);
        free(text);
        count++;
    }
    closedir(directory);
    return count;
}

static void every_script_of_the_fixtures_is_right(void **state)
{
    (void)state;
    assert_true(check_folder("chat") > 0);
    assert_true(check_folder("fault") > 0);
    assert_true(check_folder("tls") > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_directive_sends_its_bytes),
        cmocka_unit_test(a_nul_byte_is_sent_as_one),
        cmocka_unit_test(files_are_sent_whole),
        cmocka_unit_test(a_long_body_repeats_its_text_seamlessly),
        cmocka_unit_test(an_endless_body_ends_with_the_peer),
        cmocka_unit_test(connections_and_requests_have_their_sections),
        cmocka_unit_test(the_last_request_answers_all_that_follow),
        cmocka_unit_test(expectations_are_judged),
        cmocka_unit_test(a_wait_holds_until_it_is_released),
        cmocka_unit_test(every_wait_ends_with_the_peer),
        cmocka_unit_test(every_wait_ends_with_the_server),
        cmocka_unit_test(a_wrong_script_is_refused_by_line_and_reason),
        cmocka_unit_test(every_script_of_the_fixtures_is_right),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
