/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include "alloc_fail.h"
#include "base/error.h"
#include "codec/transcript_stream.h"

enum { MAX_TEXT = 1000, MAX_DEPTH = 64 };

#define DELTA(text) \
    "{\"type\":\"transcript.text.delta\",\"delta\":\"" text "\"}"
#define DONE(text) "{\"type\":\"transcript.text.done\",\"text\":\"" text "\"}"
#define CHUNK(text, reason)                                                \
    "{\"id\":\"trsc-1\",\"object\":\"transcription.chunk\",\"choices\":[{" \
    "\"delta\":{\"content\":\"" text "\"},\"finish_reason\":" reason "}]}"
#define USAGE                                         \
    "{\"choices\":[],\"usage\":{\"prompt_tokens\":3," \
    "\"completion_tokens\":4,\"total_tokens\":7}}"

/* Reads events that are separated by LF; ends with the status of the whole. */
static chutes_status read_all(struct chutes__transcript_stream *stream,
                              const char *events, chutes_error *error)
{
    chutes_status status = CHUTES_OK;

    chutes__error_clear(error);
    while (status == CHUTES_OK && *events != '\0') {
        size_t len = strcspn(events, "\n");

        status = chutes__transcript_stream_take(
            stream, (struct chutes__slice){events, len}, false, error);
        events += len + (events[len] == '\n' ? 1 : 0);
    }
    return status == CHUTES_OK ? chutes__transcript_stream_finish(stream, error)
                               : status;
}

/* Events, and what comes of them. */
struct whole_row {
    const char *events;
    chutes_status status;
    const char *text;
    const char *message; /* a part of it */
};

static void check_rows(const struct whole_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct chutes__transcript_stream stream;
        chutes_status status;
        chutes_error error;

        chutes__transcript_stream_init(&stream, MAX_TEXT, MAX_DEPTH);
        status = read_all(&stream, rows[i].events, &error);
        if (status != rows[i].status || error.status != status ||
            strstr(error.message, rows[i].message) == NULL ||
            stream.text.buf.len != strlen(rows[i].text) ||
            memcmp(stream.text.buf.len > 0 ? stream.text.buf.data : "",
                   rows[i].text, stream.text.buf.len) != 0) {
            fail_msg("row %zu: %s, \"%.*s\"", i, error.message,
                     (int)stream.text.buf.len, stream.text.buf.data);
        }
        chutes__transcript_stream_dispose(&stream);
    }
}

static void streams_are_whole_or_say_why_not(void **state)
{
    static const struct whole_row rows[] = {
        /* OpenAI */
        {DELTA("a ") "\n" DELTA("b") "\n" DONE("a b"), CHUTES_OK, "a b", ""},
        {DONE("a b"), CHUTES_OK, "a b", ""},
        {DONE(""), CHUTES_OK, "", ""},
        {DELTA("a") "\n" DONE("a!") "\n" DELTA("c"), CHUTES_OK, "a!", ""},
        {DELTA("ab") "\n" DONE("xy"), CHUTES_OK, "xy", ""},
        {DELTA("ab") "\n{\"type\":\"transcript.text.segment\",\"text\":\"x\"}"
                     "\n" DONE("ab"),
         CHUTES_OK, "ab", ""},
        {DELTA("a") "\n" DELTA("b"), CHUTES_ERR_TRUNCATED, "ab",
         "after 2 bytes of text"},
        {DELTA("a") "\n[DONE]", CHUTES_ERR_TRUNCATED, "a", "finish_reason"},
        /* vLLM, with two parts of the sound. */
        {CHUNK("a", "null") "\n" CHUNK("", "\"stop\"") "\n[DONE]", CHUTES_OK,
         "a", ""},
        {CHUNK("a", "\"stop\"") "\n" CHUNK("b", "\"stop\"") "\n" USAGE
                                                            "\n[DONE]",
         CHUTES_OK, "ab", ""},
        {CHUNK("", "\"stop\"") "\n[DONE]", CHUTES_OK, "", ""},
        {CHUNK("a", "\"stop\""), CHUTES_ERR_TRUNCATED, "a", "ended before"},
        {CHUNK("a", "\"stop\"") "\n" CHUNK("b", "null") "\n[DONE]",
         CHUTES_ERR_TRUNCATED, "ab", "finish_reason"},
        {"[DONE]", CHUTES_ERR_TRUNCATED, "", "finish_reason"},
        {"", CHUTES_ERR_TRUNCATED, "", "after 0 bytes"},
        {CHUNK("a", "\"length\"") "\n" CHUNK("b", "\"stop\"") "\n[DONE]",
         CHUTES_ERR_TRUNCATED, "ab", "\"length\""},
        {CHUNK("a", "\"abort\"") "\n" CHUNK("b", "\"stop\"") "\n[DONE]",
         CHUTES_ERR_STREAM, "ab", "\"abort\""},
        {CHUNK("a", "null") "\n{\"error\":{\"message\":\"no GPU\"}}\n[DONE]",
         CHUTES_ERR_STREAM, "a", "no GPU"},
        {"{\"object\":\"error\",\"message\":\"no GPU\",\"code\":500}",
         CHUTES_ERR_STREAM, "", "no GPU"},
        /* null adds no text. */
        {"{\"choices\":[{\"delta\":{\"content\":null},\"finish_reason\":"
         "\"stop\"}]}\n[DONE]",
         CHUTES_OK, "", ""},
        {"{\"choices\":[{\"finish_reason\":\"stop\"}]}\n \n[DONE]", CHUTES_OK,
         "", ""},
        {"{\"type\":\"transcript.text.delta\",\"delta\":7}\n" DONE("a"),
         CHUTES_OK, "a", ""},
        {"{\"choices\":[7]}\n" DONE("a"), CHUTES_OK, "a", ""},
        {"[1]\n" DONE("a"), CHUTES_OK, "a", ""},
        {"{\"choices\":", CHUTES_ERR_PROTOCOL, "", "not valid JSON"},
        {DELTA("a") "\ngarbage", CHUTES_ERR_PROTOCOL, "a", "not valid JSON"},
        /* A character in two pieces, and half a one. */
        {DELTA("\\ud83d") "\n" DELTA("\\ude00") "\n" CHUNK(
             "", "\"stop\"") "\n[DONE]",
         CHUTES_OK, "\xf0\x9f\x98\x80", ""},
        {CHUNK("a\\ud83d", "\"stop\"") "\n[DONE]", CHUTES_OK, "a\xef\xbf\xbd",
         ""},
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

static void no_text_is_lost_silently(void **state)
{
    static const struct whole_row rows[] = {
        /* Some servers send an empty finish_reason until the last one. */
        {CHUNK("a", "\"\"") "\n" CHUNK("b", "\"null\"") "\n" CHUNK(
             "", "\"stop\"") "\n[DONE]",
         CHUTES_OK, "ab", ""},
        {CHUNK("a", "\"\"") "\n[DONE]", CHUTES_ERR_TRUNCATED, "a",
         "finish_reason"},
        /* A number is its source text, as in a chat. */
        {"{\"choices\":[{\"delta\":{\"content\":7},\"finish_reason\":"
         "\"stop\"}]}\n[DONE]",
         CHUTES_OK, "7", ""},
        /* Text in another form would be lost. */
        {"{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":"
         "\"stop\"}]}\n[DONE]",
         CHUTES_ERR_PROTOCOL, "", "unknown form"},
        {"{\"choices\":[{\"text\":\"a\",\"finish_reason\":\"stop\"}]}\n[DONE]",
         CHUTES_ERR_PROTOCOL, "", "unknown form"},
        {"[" CHUNK("a", "null") "]\n" CHUNK("b", "\"stop\"") "\n[DONE]",
         CHUTES_ERR_PROTOCOL, "b", "unknown form"},
        {"{\"text\":\"a\"}\n" CHUNK("b", "\"stop\"") "\n[DONE]",
         CHUTES_ERR_PROTOCOL, "b", "unknown form"},
        {"{\"text\":\"a\"}\n" DONE("ab"), CHUTES_OK, "ab", ""},
        {"{\"type\":\"ping\"}\n" CHUNK("b", "\"stop\"") "\n[DONE]", CHUTES_OK,
         "b", ""},
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

/* The new text of each event. */
static void each_event_has_its_piece(void **state)
{
    static const struct {
        const char *event;
        const char *piece;
    } rows[] = {
        {DELTA("ab"), "ab"},       {DELTA(""), ""},     {USAGE, ""},
        {CHUNK("c", "null"), "c"}, {DONE("abcd"), "d"}, {DELTA("e"), ""},
    };
    struct chutes__transcript_stream stream;
    chutes_error error;

    (void)state;
    chutes__error_clear(&error);
    chutes__transcript_stream_init(&stream, MAX_TEXT, MAX_DEPTH);
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t len = strlen(rows[i].piece);

        assert_int_equal(
            chutes__transcript_stream_take(
                &stream, chutes__slice_of(rows[i].event), false, &error),
            CHUTES_OK);
        assert_int_equal(stream.text.buf.len - stream.text.delta_at, len);
        assert_memory_equal(stream.text.buf.data + stream.text.delta_at,
                            rows[i].piece, len);
    }
    assert_true(stream.has_usage);
    assert_int_equal(stream.usage.total_tokens, 7);
    chutes__transcript_stream_dispose(&stream);
}

/* A text that differs from its pieces is no further piece. */
static void another_text_is_no_piece(void **state)
{
    static const char *const others[] = {DONE("a"), DONE("xyz"), DONE("")};

    (void)state;
    for (size_t i = 0; i < COUNT(others); i++) {
        struct chutes__transcript_stream stream;
        chutes_error error;

        chutes__transcript_stream_init(&stream, MAX_TEXT, MAX_DEPTH);
        assert_int_equal(
            chutes__transcript_stream_take(
                &stream, chutes__slice_of(DELTA("ab")), false, &error),
            CHUTES_OK);
        assert_int_equal(
            chutes__transcript_stream_take(&stream, chutes__slice_of(others[i]),
                                           false, &error),
            CHUTES_OK);
        assert_int_equal(stream.text.delta_at, stream.text.buf.len);
        chutes__transcript_stream_dispose(&stream);
    }
}

static void an_error_event_is_an_error_whatever_it_holds(void **state)
{
    struct chutes__transcript_stream stream;
    chutes_error error;

    (void)state;
    chutes__error_clear(&error);
    chutes__transcript_stream_init(&stream, MAX_TEXT, MAX_DEPTH);
    assert_int_equal(
        chutes__transcript_stream_take(
            &stream, chutes__slice_of("out of order"), true, &error),
        CHUTES_ERR_STREAM);
    assert_non_null(strstr(error.message, "out of order"));
    chutes__transcript_stream_dispose(&stream);
}

static void limits_are_named(void **state)
{
    struct chutes__transcript_stream stream;
    chutes_error error;

    (void)state;
    chutes__transcript_stream_init(&stream, 3, MAX_DEPTH);
    assert_int_equal(read_all(&stream, DELTA("ab") "\n" DELTA("cd"), &error),
                     CHUTES_ERR_TOO_LARGE);
    assert_non_null(strstr(error.message, "max_stream_bytes (3)"));
    assert_int_equal(read_all(&stream, DONE("abcd"), &error),
                     CHUTES_ERR_TOO_LARGE);
    chutes__transcript_stream_dispose(&stream);
    chutes__transcript_stream_init(&stream, MAX_TEXT, 2);
    assert_int_equal(read_all(&stream, "{\"a\":[[1]]}", &error),
                     CHUTES_ERR_TOO_LARGE);
    assert_non_null(strstr(error.message, "max_json_depth"));
    chutes__transcript_stream_dispose(&stream);
}

static void a_lack_of_memory_is_reported(void **state)
{
    static const char events[] = DELTA("ab") "\n" DONE("abcd");
    struct chutes__transcript_stream stream;
    chutes_error error;
    long total;

    (void)state;
    alloc_fail_count();
    chutes__transcript_stream_init(&stream, MAX_TEXT, MAX_DEPTH);
    assert_int_equal(read_all(&stream, events, &error), CHUTES_OK);
    chutes__transcript_stream_dispose(&stream);
    total = alloc_fail_calls();
    assert_true(total >= 2);
    for (long i = 1; i <= total; i++) {
        alloc_fail_at(i);
        chutes__transcript_stream_init(&stream, MAX_TEXT, MAX_DEPTH);
        assert_int_equal(read_all(&stream, events, &error),
                         CHUTES_ERR_NO_MEMORY);
        chutes__transcript_stream_dispose(&stream);
        alloc_fail_expect_none_lost(i);
    }
    alloc_fail_off();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_whole_or_say_why_not),
        cmocka_unit_test(no_text_is_lost_silently),
        cmocka_unit_test(each_event_has_its_piece),
        cmocka_unit_test(another_text_is_no_piece),
        cmocka_unit_test(an_error_event_is_an_error_whatever_it_holds),
        cmocka_unit_test(limits_are_named),
        cmocka_unit_test(a_lack_of_memory_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
