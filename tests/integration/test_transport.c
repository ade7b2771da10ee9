/* SPDX-License-Identifier: MIT */
#include "transport/transport.h"

#include "attempt.h"
#include "peer.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

struct wire_case {
    const char *name;
    const char *script;
    chutes_status status;
    chutes_outcome outcome;
    int http_status;
    const char *body;    /* the part that was delivered */
    const char *message; /* a part of the message */
};

static const struct wire_case ENDS[] = {
    {"length", "answer 200 text/plain hello", CHUTES_OK, ANSWERED, 200, "hello",
     ""},
    {"empty body", "answer 200 text/plain \"\"", CHUTES_OK, ANSWERED, 200, "",
     ""},
    {"chunks", "sse-head\nchunk hel\nchunk lo\nchunk-end", CHUTES_OK, ANSWERED,
     200, "hello", ""},
    {"byte by byte", "split 1\nsse-head\nchunk hello\nchunk-end", CHUTES_OK,
     ANSWERED, 200, "hello", ""},
    {"until the end of the connection",
     "status 200\nend-headers\nsend hello\nfin", CHUTES_OK, ANSWERED, 200,
     "hello", ""},
    {"more than the length",
     "status 200\nheader Content-Length: 5\nend-headers\nsend helloX",
     CHUTES_OK, ANSWERED, 200, "hello", ""},
    {"bare line feeds",
     "send \"HTTP/1.1 200 OK\\nContent-Length: 5\\n\\nhello\"", CHUTES_OK,
     ANSWERED, 200, "hello", ""},
    {"204", "status 204\nend-headers", CHUTES_OK, ANSWERED, 204, "", ""},
    {"503", "answer 503 application/json {}", CHUTES_OK, ANSWERED, 503, "{}",
     ""},
    {"999", "status 999\nheader Content-Length: 0\nend-headers", CHUTES_OK,
     ANSWERED, 999, "", ""},
    {"no redirect is followed",
     "status 307\nheader Location: /other\nheader Content-Length: 0\n"
     "end-headers",
     CHUTES_OK, ANSWERED, 307, "", ""},
    {"no answer to 401",
     "status 401\nheader WWW-Authenticate: Basic realm=x\n"
     "header Content-Length: 0\nend-headers",
     CHUTES_OK, ANSWERED, 401, "", ""},
    {"interim answers",
     "status 100\nend-headers\nstatus 103\nheader Link: x\nend-headers\n"
     "answer 200 text/plain hello",
     CHUTES_OK, ANSWERED, 200, "hello", ""},
    {"identity encoding",
     "status 200\nheader Content-Encoding: identity\n"
     "header Content-Length: 5\nend-headers\nsend hello",
     CHUTES_OK, ANSWERED, 200, "hello", ""},
    {"early answer to an upload, then the end",
     "read-none\nread-head\nanswer 413 text/plain big\nfin", CHUTES_OK,
     ANSWERED, 413, "big", ""},

    {"closed at once", "fin", CHUTES_ERR_CONNECTION_LOST, MAYBE_SENT, 0, "",
     "lost before an answer"},
    {"reset at once", "rst", CHUTES_ERR_CONNECTION_LOST, MAYBE_SENT, 0, "",
     "lost before an answer"},
    {"half a status line", "send \"HTTP/1.1 2\"\nfin",
     CHUTES_ERR_CONNECTION_LOST, MAYBE_SENT, 0, "", "lost before an answer"},
    {"an interim answer only", "status 100\nend-headers\nfin",
     CHUTES_ERR_CONNECTION_LOST, MAYBE_SENT, 0, "", "lost before an answer"},

    {"closed in an interim answer", "status 103\nheader A: b\nfin",
     CHUTES_ERR_CONNECTION_LOST, MAYBE_SENT, 0, "", "lost before an answer"},

    {"closed in the headers", "status 200\nheader A: b\nfin",
     CHUTES_ERR_TRUNCATED, ANSWERED, 200, "", "lost during the answer"},
    {"closed behind the status line", "status 200\nfin", CHUTES_ERR_TRUNCATED,
     ANSWERED, 200, "", "lost during the answer"},
    {"reset in the headers", "status 200\nheader A: b\nsleep 50\nrst",
     CHUTES_ERR_TRUNCATED, ANSWERED, 200, "", "lost during the answer"},
    {"closed before the length",
     "status 200\nheader Content-Length: 9\nend-headers\nsend hello\nfin",
     CHUTES_ERR_TRUNCATED, ANSWERED, 200, "hello", "lost during the answer"},
    {"reset before the length",
     "status 200\nheader Content-Length: 9\nend-headers\nsend hello\n"
     "sleep 50\nrst",
     CHUTES_ERR_TRUNCATED, ANSWERED, 200, "hello", "lost during the answer"},
    {"no last chunk", "sse-head\nchunk hello\nfin", CHUTES_ERR_TRUNCATED,
     ANSWERED, 200, "hello", "lost during the answer"},
    {"cut in a chunk", "sse-head\nsend \"ff\\r\\nhello\"\nfin",
     CHUTES_ERR_TRUNCATED, ANSWERED, 200, "hello", "lost during the answer"},
    {"reset in a chunk", "sse-head\nsend \"ff\\r\\nhello\"\nsleep 50\nrst",
     CHUTES_ERR_TRUNCATED, ANSWERED, 200, "hello", "lost during the answer"},

    {"HTTP/0.9", "send hello\nfin", CHUTES_ERR_PROTOCOL, MAYBE_SENT, 0, "", ""},
    {"garbage", "send-hex 00 ff 13 37 0a 0a\nfin", CHUTES_ERR_PROTOCOL,
     MAYBE_SENT, 0, "", ""},
    {"a status of two digits", "send \"HTTP/1.1 20 OK\\r\\n\\r\\n\"\nfin",
     CHUTES_ERR_PROTOCOL, MAYBE_SENT, 0, "", ""},
    {"a status of four digits", "send \"HTTP/1.1 2000 OK\\r\\n\\r\\n\"\nfin",
     CHUTES_ERR_PROTOCOL, MAYBE_SENT, 0, "", ""},
    {"HTTP/3.0 in clear", "send \"HTTP/3.0 200 OK\\r\\n\\r\\n\"\nfin",
     CHUTES_ERR_PROTOCOL, MAYBE_SENT, 0, "", ""},
    {"HTTP/1.9", "send \"HTTP/1.9 200 OK\\r\\n\\r\\n\"\nfin",
     CHUTES_ERR_PROTOCOL, MAYBE_SENT, 0, "", ""},
    {"a status of zero",
     "send \"HTTP/1.1 000 x\\r\\nContent-Length: 0\\r\\n\\r\\n\"",
     CHUTES_ERR_PROTOCOL, MAYBE_SENT, 0, "", ""},
    {"a header without a colon", "status 200\nsend \"nonsense\\r\\n\\r\\n\"",
     CHUTES_ERR_PROTOCOL, ANSWERED, 200, "", ""},
    {"NUL in a header", "status 200\nsend \"A: b\\0c\\r\\n\\r\\n\"",
     CHUTES_ERR_PROTOCOL, ANSWERED, 200, "", ""},
    {"a negative length",
     "status 200\nheader Content-Length: -5\nend-headers\nfin",
     CHUTES_ERR_PROTOCOL, ANSWERED, 200, "", ""},
    {"a length that is none",
     "status 200\nheader Content-Length: abc\nend-headers\nfin",
     CHUTES_ERR_PROTOCOL, ANSWERED, 200, "", ""},
    /* The message is libcurl's or ours. */
    {"a packed transfer",
     "status 200\nheader Transfer-Encoding: gzip, chunked\nend-headers\n"
     "chunk x",
     CHUTES_ERR_PROTOCOL, ANSWERED, 200, "", ""},
    {"an unknown transfer coding",
     "status 200\nheader Transfer-Encoding: foo\nend-headers\nfin",
     CHUTES_ERR_PROTOCOL, ANSWERED, 200, "", ""},
    {"a bad chunk size", "sse-head\nsend \"xyz\\r\\nhello\"",
     CHUTES_ERR_PROTOCOL, ANSWERED, 200, "", "chunk"},
    {"a chunk size beyond all", "sse-head\nsend \"ffffffffffffffffff\\r\\n\"",
     CHUTES_ERR_PROTOCOL, ANSWERED, 200, "", "chunk"},
    {"a negative chunk size", "sse-head\nsend \"-5\\r\\nhello\"",
     CHUTES_ERR_PROTOCOL, ANSWERED, 200, "", "chunk"},
    {"a chunk longer than its size", "sse-head\nsend \"2\\r\\nhello\"",
     CHUTES_ERR_PROTOCOL, ANSWERED, 200, "he", "chunk"},
    {"gzip",
     "status 200\nheader Content-Encoding: gzip\nheader Content-Length: 5\n"
     "end-headers\nsend hello",
     CHUTES_ERR_PROTOCOL, ANSWERED, 200, "", "compressed"},
    {"an unknown content coding is none",
     "status 200\nheader content-encoding: X-foo\n"
     "header Content-Length: 5\nend-headers\nsend hello",
     CHUTES_OK, ANSWERED, 200, "hello", ""},
    {"a list of content codings",
     "status 200\nheader content-encoding: identity , ZSTD\n"
     "header Content-Length: 5\nend-headers\nsend hello",
     CHUTES_ERR_PROTOCOL, ANSWERED, 200, "", "compressed (ZSTD)"},
    {"a packed failure",
     "status 401\nheader Content-Encoding: gzip\n"
     "header Content-Length: 5\nend-headers\nsend hello",
     CHUTES_OK, ANSWERED, 401, "hello", ""},
    {"a CR in the name of a header",
     "send \"HTTP/1.1 200 OK\\r\\nA\\rB: c\\r\\n\\r\\n\"\nfin",
     CHUTES_ERR_PROTOCOL, ANSWERED, 200, "", ""},
    {"a first header of blanks",
     "send \"HTTP/1.1 200 OK\\r\\n \\r\\n\\r\\n\"\nfin", CHUTES_ERR_PROTOCOL,
     ANSWERED, 200, "", ""},
    {"a trailer without a colon",
     "sse-head\nchunk hello\n"
     "send \"0\\r\\nnonsense\\r\\n\\r\\n\"\nfin",
     CHUTES_OK, ANSWERED, 200, "hello", ""},
    {"101",
     "status 101\nheader Upgrade: x\nheader Connection: upgrade\n"
     "end-headers\nstall",
     CHUTES_ERR_PROTOCOL, ANSWERED, 101, "", "another protocol"},
};

static void check(const struct attempt *attempt, const struct wire_case *want)
{
    const struct chutes__transfer_result *result = &attempt->result;

    if (result->status != want->status || result->outcome != want->outcome ||
        result->http_status != want->http_status ||
        strcmp(attempt->body, want->body) != 0 ||
        strstr(result->message, want->message) == NULL) {
        fail_msg("%s: %d, outcome %d, http %d, body \"%s\": %s", want->name,
                 (int)result->status, (int)result->outcome, result->http_status,
                 attempt->body, result->message);
    }
}

static void every_end_is_told_as_what_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ENDS); i++) {
        const struct wire_case *want = &ENDS[i];
        struct attempt_pair pair = attempt_open(want->script);
        struct attempt attempt;

        attempt_init(&attempt, peer_url(pair.peer));
        attempt_run(&attempt, pair.engine);
        check(&attempt, want);
        assert_int_equal(attempt.result.body_bytes, strlen(want->body));
        assert_int_equal(attempt.result.reused, 0);
        assert_true(attempt.result.connect_us > 0);
        assert_true(peer_accepts(pair.peer) == 1);
        assert_true(peer_requests(pair.peer) <= 1);
        attempt_close(pair);
    }
}

static void a_request_arrives_as_it_was_meant(void **state)
{
    struct attempt_pair pair = attempt_open("answer 200 text/plain ok");
    const char *head;
    struct attempt attempt;

    (void)state;
    attempt_init(&attempt, peer_url(pair.peer));
    attempt.request.body = "{\"nul\":\"\0\"}";
    attempt.request.body_len = 11;
    attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
    head = peer_request_head(pair.peer, 1);
    assert_memory_equal(head, "POST /v1/ HTTP/1.1\r\n", 20);
    assert_non_null(strstr(head, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(head, "\r\nAuthorization: Bearer cpk_CANARY"));
    assert_non_null(strstr(head, "\r\nAccept-Encoding: identity\r\n"));
    assert_non_null(strstr(head, "\r\nContent-Length: 11\r\n"));
    assert_null(strstr(head, "Expect"));
    assert_memory_equal(peer_request_body(pair.peer, 1), "{\"nul\":\"\0\"}",
                        11);

    attempt_init(&attempt, peer_url(pair.peer));
    attempt.request.body = NULL;
    attempt.request.header_count = 0;
    attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
    head = peer_request_head(pair.peer, 2);
    assert_memory_equal(head, "GET /v1/ HTTP/1.1\r\n", 19);
    assert_null(strstr(head, "Content-Length"));
    assert_null(strstr(head, "Authorization"));
    attempt_close(pair);
}

static void large_bodies_arrive_whole_and_at_once(void **state)
{
    static char body[5 << 20];
    struct attempt_pair pair = attempt_open("answer 200 text/plain ok");
    struct attempt attempt;

    (void)state;
    memset(body, 'x', sizeof(body));
    attempt_init(&attempt, peer_url(pair.peer));
    attempt.request.body = body;
    attempt.request.body_len = sizeof(body);
    attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
    assert_null(strstr(peer_request_head(pair.peer, 1), "Expect"));
    assert_memory_equal(peer_request_body(pair.peer, 1), body, sizeof(body));
    /* libcurl would have waited a second for "100 Continue". */
    assert_true(attempt.elapsed_us < 900000);
    attempt_close(pair);
}

static void headers_are_told_in_order_and_unfolded(void **state)
{
    struct attempt_pair pair =
        attempt_open("status 103\nheader Early: yes\nend-headers\nstatus 200\n"
                     "header A: b\nheader X-Fold: one\nsend \"\\t two\\r\\n\"\n"
                     "header a: c\nheader Empty:\n"
                     "header Transfer-Encoding: chunked\nend-headers\n"
                     "chunk hello\nsend \"0\\r\\nTrailer: no\\r\\n\\r\\n\"");
    struct attempt attempt;

    (void)state;
    attempt_init(&attempt, peer_url(pair.peer));
    attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
    assert_string_equal(
        attempt.headers,
        "A=b;X-Fold=one two;a=c;Empty=;Transfer-Encoding=chunked;");
    assert_int_equal(attempt.http_status, 200);
    assert_string_equal(attempt.body, "hello");
    attempt_close(pair);
}

static const struct wire_case TOO_LONG[] = {
    {"many", "status 200\nrepeat forever\nheader Some-Name: some value\nend",
     CHUTES_ERR_TOO_LARGE, ANSWERED, 200, "", "max_header_bytes"},
    {"many and tiny", "status 200\nrepeat forever\nsend \"a:b\\r\\n\"\nend",
     CHUTES_ERR_TOO_LARGE, ANSWERED, 200, "", "more than 4000 header lines"},
    {"interim",
     "repeat forever\nsend \"HTTP/1.1 103 x\\r\\nA: b\\r\\n\\r\\n\"\n"
     "end",
     CHUTES_ERR_TOO_LARGE, MAYBE_SENT, 0, "", "more than 4000 header lines"},
    {"trailers",
     "sse-head\nchunk hello\nsend \"0\\r\\n\"\nrepeat forever\n"
     "header Some-Name: some value\nend",
     CHUTES_ERR_TOO_LARGE, ANSWERED, 200, "hello", "max_header_bytes"},
    {"one line", "status 200\nsend \"A: \"\nrepeat forever\nbody 1000\nend",
     CHUTES_ERR_TOO_LARGE, ANSWERED, 200, "", "longer than libcurl allows"},
    {"the first line", "send \"HTTP/1.1 200 \"\nrepeat forever\nbody 1000\nend",
     CHUTES_ERR_TOO_LARGE, MAYBE_SENT, 0, "", "longer than libcurl allows"},
    {"a line within its own limit",
     "status 200\nsend \"A: \"\nbody 70000\nsend \"\\r\\n\"\nend-headers\nfin",
     CHUTES_ERR_TOO_LARGE, ANSWERED, 200, "", "max_header_bytes"},
};

static void headers_have_a_limit_wherever_they_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(TOO_LONG); i++) {
        const struct wire_case *want = &TOO_LONG[i];
        struct attempt_pair pair = attempt_open(want->script);
        struct attempt attempt;

        attempt_init(&attempt, peer_url(pair.peer));
        attempt.request.max_header_bytes = 64 << 10;
        attempt_run(&attempt, pair.engine);
        check(&attempt, want);
        assert_true(peer_await_closed(pair.peer, 2000));
        attempt_close(pair);
    }
}

/* The limit exceeds libcurl's own of 300 KiB, which counts all headers
 * together. */
static void a_limit_above_that_of_libcurl_is_told_alike(void **state)
{
    struct attempt_pair pair =
        attempt_open("status 200\nrepeat forever\nheader Name: value\nend");
    struct attempt attempt;

    (void)state;
    attempt_init(&attempt, peer_url(pair.peer));
    attempt.request.max_header_bytes = 10 << 20;
    attempt_run_to(&attempt, pair.engine, CHUTES_ERR_TOO_LARGE, ANSWERED);
    attempt_close(pair);
}

static void failures_to_connect_name_whom(void **state)
{
    static const struct {
        const char *url;
        const char *want;
    } cases[] = {
        {"http://127.0.0.1:9/v1/?secret=CANARY",
         "connection to 127.0.0.1 port 9 refused"},
        {"http://nowhere.invalid/v1/", "cannot resolve nowhere.invalid"},
        {"https://nowhere.invalid:8443/", "cannot resolve nowhere.invalid"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct chutes__engine *engine = attempt_engine();
        struct attempt attempt;

        attempt_init(&attempt, cases[i].url);
        attempt_run_to(&attempt, engine, CHUTES_ERR_CONNECT, NOT_SENT);
        assert_string_equal(attempt.result.message, cases[i].want);
        assert_int_equal(attempt.result.connect_us, -1);
        assert_int_equal(attempt.result.first_byte_us, -1);
        chutes__engine_free(engine);
    }
}

static void http_must_be_allowed(void **state)
{
    struct attempt_pair pair = attempt_open("answer 200 text/plain ok");
    struct attempt attempt;

    (void)state;
    attempt_init(&attempt, peer_url(pair.peer));
    attempt.request.route.allow_http = false;
    attempt_run_to(&attempt, pair.engine, CHUTES_ERR_CONFIG, NOT_SENT);
    assert_int_equal(peer_accepts(pair.peer), 0);
    attempt_init(&attempt, "file:///etc/passwd");
    attempt_run_to(&attempt, pair.engine, CHUTES_ERR_CONFIG, NOT_SENT);
    attempt_close(pair);
}

struct lines {
    char text[2048];
};

static void append_line(chutes_log_level level, const char *line,
                        void *user_data)
{
    struct lines *lines = user_data;
    size_t len = strlen(lines->text);

    assert_int_equal(level, CHUTES_LOG_DEBUG);
    (void)snprintf(lines->text + len, sizeof(lines->text) - len, "%s\n", line);
}

static void connections_and_headers_are_logged_without_secrets(void **state)
{
    struct lines lines = {""};
    const struct chutes__log log = {append_line, &lines, CHUTES_LOG_DEBUG};
    struct attempt_pair pair =
        attempt_open("status 200\nheader Set-Cookie: CANARY\nheader A: b\n"
                     "header Content-Length: 0\nend-headers");
    struct attempt attempt;
    char want[64];

    (void)state;
    (void)snprintf(want, sizeof(want), "new connection to 127.0.0.1 port %d\n",
                   peer_port(pair.peer));
    for (int i = 0; i < 2; i++) {
        attempt_init(&attempt, peer_url(pair.peer));
        attempt.request.log = &log;
        attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
        assert_null(strstr(lines.text, "CANARY"));
    }
    assert_memory_equal(lines.text, want, strlen(want));
    assert_non_null(strstr(lines.text, "\nSet-Cookie: "));
    assert_non_null(strstr(lines.text, "\nA: b\n"));
    assert_non_null(strstr(lines.text, "\nreused connection to 127.0.0.1"));
    attempt_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_end_is_told_as_what_it_is),
        cmocka_unit_test(a_request_arrives_as_it_was_meant),
        cmocka_unit_test(large_bodies_arrive_whole_and_at_once),
        cmocka_unit_test(headers_are_told_in_order_and_unfolded),
        cmocka_unit_test(headers_have_a_limit_wherever_they_are),
        cmocka_unit_test(a_limit_above_that_of_libcurl_is_told_alike),
        cmocka_unit_test(failures_to_connect_name_whom),
        cmocka_unit_test(http_must_be_allowed),
        cmocka_unit_test(connections_and_headers_are_logged_without_secrets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
