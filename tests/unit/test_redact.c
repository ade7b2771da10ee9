/* SPDX-License-Identifier: MIT */
#include "base/redact.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static const struct redact_case {
    const char *text;
    const char *want;
} REDACT_CASES[] = {
    {"", ""},
    {"nothing to hide", "nothing to hide"},
    /* headers, up to the end of their line */
    {"Authorization: Bearer abcdefghijkl", "Authorization: [redacted]"},
    {"AUTHORIZATION:Basic dXNlcjpwYXNz\r\nHost: x",
     "AUTHORIZATION:[redacted]\r\nHost: x"},
    {"> proxy-authorization: \t0123456789 0123456789\nnext",
     "> proxy-authorization: \t[redacted]\nnext"},
    {"X-API-Key: 0123456789", "X-API-Key: [redacted]"},
    {"x-api-key: abc", "x-api-key: ***"},
    {"Cookie: session=0123456789; b=c", "Cookie: [redacted]"},
    {"set-cookie: session=0123456789", "set-cookie: [redacted]"},
    {"authorization:", "authorization:"},
    {"authorization: \r\nx", "authorization: \r\nx"},
    {"authorization is required", "authorization is required"},
    /* tokens */
    {"sent Bearer abcdefghij/+=._~-z, then", "sent Bearer [redacted], then"},
    {"bearer   abcdefghij", "bearer   [redacted]"},
    {"the bearer is", "the bearer **"},
    {"bearer", "bearer"},
    {"bearer ", "bearer "},
    /* keys */
    {"cpk_0123456789abcdef", "[redacted]"},
    {"key=cpk_a1b2c.d3e4f.g5h6 and", "key=[redacted] and"},
    {"cak_0123456789 crt_0123456789 csc_0123456789",
     "[redacted] [redacted] [redacted]"},
    {"\"sk-proj-0123456789\"", "\"[redacted]\""},
    {"cpk_01234", "*********"},
    {"cpk_0123", "cpk_0123"},
    {"task-oriented-work", "task-oriented-work"},
    {"a_sk-0123456789", "a_[redacted]"},
    {"CPK_0123456789", "CPK_0123456789"},
    /* URLs */
    {"http://user:password@host/path", "http://[redacted]@host/path"},
    {"//u@host", "//*@host"},
    {"http://a:b@c:password@host/", "http://[redacted]@host/"},
    {"https://host/path@v1", "https://host/path@v1"},
    {"https://host?q=a@b https://host#a@b",
     "https://host?q=a@b https://host#a@b"},
    {"http://@host", "http://@host"},
    {"////", "////"},
    {"[redacted]", "[redacted]"},
};

static void secrets_are_hidden_wherever_they_are(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(REDACT_CASES); i++) {
        const struct redact_case *c = &REDACT_CASES[i];
        char *text = strdup(c->text);

        assert_non_null(text);
        chutes__redact(text);
        assert_string_equal(text, c->want);
        chutes__redact(text);
        assert_string_equal(text, c->want);
        free(text);
    }
}

static void keys_alone_can_be_hidden(void **state)
{
    char text[] = "Authorization: none, //u:p@h, cpk_0123456789";

    (void)state;
    chutes__redact_keys(text);
    assert_string_equal(text, "Authorization: none, //u:p@h, [redacted]");
}

static void random_text_never_grows(void **state)
{
    static const char *const parts[] = {"authorization:",
                                        "bearer ",
                                        "cpk_",
                                        "sk-",
                                        "//",
                                        "@",
                                        ":",
                                        " ",
                                        "\r",
                                        "\n",
                                        "x",
                                        "=",
                                        "\t",
                                        "0123456789",
                                        "\xFF",
                                        "/",
                                        "cookie:"};
    uint32_t random = 1;
    int round;

    (void)state;
    for (round = 0; round < 20000; round++) {
        char text[256] = "";
        size_t before;
        char *exact;

        do {
            const char *part;

            random = random * 1664525 + 1013904223;
            part = parts[(random >> 16) % (COUNT(parts))];
            memcpy(text + strlen(text), part, strlen(part) + 1);
        } while (random >> 28 != 0 && strlen(text) < sizeof(text) - 32);
        before = strlen(text);
        exact = strdup(text);
        assert_non_null(exact);
        chutes__redact(exact);
        assert_true(strlen(exact) <= before);
        for (size_t k = strlen(exact); k <= before; k++) {
            assert_int_equal(exact[k], 0);
        }
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_are_hidden_wherever_they_are),
        cmocka_unit_test(keys_alone_can_be_hidden),
        cmocka_unit_test(random_text_never_grows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
