/* SPDX-License-Identifier: MIT */
#include "codec/gateway_tail.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define WORDS "Unhandled exception during response stream"

/* In a block of its own, so that tools notice a read beyond it. */
static chutes_status check(const char *start, const char *text,
                           chutes_error *error)
{
    size_t len = strlen(text);
    size_t before = strlen(start);
    char *bytes = malloc(before + len + 1);
    chutes_status status;

    assert_non_null(bytes);
    memcpy(bytes, start, before);
    memcpy(bytes + before, text, len);
    chutes__error_clear(error);
    status = chutes__gateway_tail_check(
        (struct chutes__slice){bytes, before + len}, error);
    free(bytes);
    return status;
}

static void the_error_at_the_end_is_found(void **state)
{
    static const struct {
        const char *text;
        chutes_status status;
    } cases[] = {
        {"{\"error\": \"" WORDS ": no GPU\"}", CHUTES_ERR_STREAM},
        {"{\"error\":\"" WORDS "\"}", CHUTES_ERR_STREAM},
        {"{\"error\": \"" WORDS ": a \\\"quoted\\\" }{\"}", CHUTES_ERR_STREAM},
        /* Something else that holds the words. */
        {"{\"error\": \"" WORDS "\"", CHUTES_OK},
        {"{\"error\": \"" WORDS "\"}}", CHUTES_OK},
        {"[{\"error\": \"" WORDS "\"}]", CHUTES_OK},
        {"{\"error\": \"" WORDS "\"} and more", CHUTES_OK},
        {"{\"error\" \"" WORDS "\"}", CHUTES_OK},
        {"{\"detail\": \"" WORDS "\"}", CHUTES_OK},
        {"{\"error\": \"" WORDS "}", CHUTES_OK},
        {"{\"error\": \"another\"}", CHUTES_OK},
        {WORDS "}", CHUTES_OK},
        {"}", CHUTES_OK},
        {"", CHUTES_OK},
    };
    static const char *const starts[] = {"", "\x89PNG", "{\"a\":1}", "{{\"\\"};
    chutes_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (size_t j = 0; j < COUNT(starts); j++) {
            assert_int_equal(check(starts[j], cases[i].text, &error),
                             cases[i].status);
            assert_int_equal(error.status, cases[i].status);
            assert_int_equal(strstr(error.message, WORDS) != NULL,
                             cases[i].status != CHUTES_OK);
        }
    }
}

static void only_the_last_bytes_are_searched(void **state)
{
    static const char words[] = "{\"error\": \"" WORDS;
    char text[CHUTES__MAX_GATEWAY_TAIL + 2];
    chutes_error error;

    (void)state;
    for (size_t over = 0; over < 2; over++) {
        size_t len = CHUTES__MAX_GATEWAY_TAIL + over;

        memset(text, 'x', len);
        memcpy(text, words, strlen(words));
        memcpy(text + len - 2, "\"}", 3);
        assert_int_equal(check("abc", text, &error),
                         over == 0 ? CHUTES_ERR_STREAM : CHUTES_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_error_at_the_end_is_found),
        cmocka_unit_test(only_the_last_bytes_are_searched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
