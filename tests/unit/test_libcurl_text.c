/* SPDX-License-Identifier: MIT */
#include "transport/libcurl_text.h"

#include "test.h"

static enum chutes__libcurl_fact read_text(const char *text, long *stream)
{
    *stream = -1;
    return chutes__libcurl_read_text(chutes__slice_of(text), stream);
}

static void the_texts_of_each_version_are_known(void **state)
{
    static const struct {
        const char *text;
        enum chutes__libcurl_fact fact;
        long stream;
    } rows[] = {
        {"ALPN: server did not agree on a protocol. Uses default.\n",
         CHUTES__LIBCURL_SPEAKS_HTTP1, -1},
        {"ALPN: server accepted http/1.1\n", CHUTES__LIBCURL_SPEAKS_HTTP1, -1},
        {"ALPN: server accepted h2\n", CHUTES__LIBCURL_SPEAKS_HTTP2, -1},
        {"Using Stream ID: 1 (easy handle 0x55d0c8)\n",
         CHUTES__LIBCURL_OPENED_STREAM, 1},
        {"[HTTP/2] [2147483647] OPENED stream for https://127.0.0.1:1/v1/\n",
         CHUTES__LIBCURL_OPENED_STREAM, 2147483647},
        {"REFUSED_STREAM, retrying a fresh connect\n",
         CHUTES__LIBCURL_REFUSED_STREAM, -1},
        {"HTTP/2 stream 5 refused by server, try again on a new connection\n",
         CHUTES__LIBCURL_REFUSED_STREAM, 5},
        {"Connection died, retrying a fresh connect (retry count: 1)\n",
         CHUTES__LIBCURL_LEFT_STREAM, -1},
        {"Downgrades to HTTP/1.1\n", CHUTES__LIBCURL_LEFT_STREAM, -1},
        {"recveived GOAWAY, error=0, last_stream=0\n",
         CHUTES__LIBCURL_GOES_AWAY, 0},
        {"received GOAWAY, error=11, last_stream=17\n",
         CHUTES__LIBCURL_GOES_AWAY, 17},
        {"received GOAWAY, error=0, last_stream=3", CHUTES__LIBCURL_GOES_AWAY,
         3},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        long stream;

        assert_int_equal(read_text(rows[i].text, &stream), rows[i].fact);
        assert_int_equal(stream, rows[i].stream);
    }
}

static void other_texts_say_nothing(void **state)
{
    static const char *const texts[] = {
        "",
        "\n",
        "[HTTP/2] [1] [authorization: Bearer key]\n",
        "[HTTP/2] [] OPENED stream for https://127.0.0.1:1/v1/\n",
        "HTTP/2 stream 1 was not closed cleanly: REFUSED_STREAM (err 7)\n",
        "received GOAWAY, error=0, last_stream=\n",
        "received GOAWAY, error=0, last_stream=-1\n",
        "received GOAWAY, error=0, last_stream=4294967296\n",
        "received GOAWAY, error=0\n",
        "x received GOAWAY, error=0, last_stream=1\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        long stream;

        assert_int_equal(read_text(texts[i], &stream), CHUTES__LIBCURL_OTHER);
    }
}

/* libcurl's lines don't end in NUL. */
static void nothing_behind_the_line_is_read(void **state)
{
    static const char text[] = "received GOAWAY, error=0, last_stream=123";
    static const char label[] = "received GOAWAY, error=0, last_stream=";
    static const long streams[] = {1, 12, 123};

    (void)state;
    for (size_t len = 0; len < strlen(text); len++) {
        const struct chutes__slice line = {text, len};
        long stream = 0;

        if (len <= strlen(label)) {
            assert_int_equal(chutes__libcurl_read_text(line, &stream),
                             CHUTES__LIBCURL_OTHER);
        } else {
            assert_int_equal(chutes__libcurl_read_text(line, &stream),
                             CHUTES__LIBCURL_GOES_AWAY);
            assert_int_equal(stream, streams[len - strlen(label) - 1]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_texts_of_each_version_are_known),
        cmocka_unit_test(other_texts_say_nothing),
        cmocka_unit_test(nothing_behind_the_line_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
