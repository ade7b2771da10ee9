/* SPDX-License-Identifier: MIT */
#include "json/copy.h"

#include "test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LEN = 70 };

typedef size_t (*copy_fn)(char *to, const char *from, size_t len);

static const copy_fn COPIES[] = {chutes__json_copy_plain,
                                 chutes__json_copy_plain_portable};

static bool is_plain(unsigned char byte)
{
    return byte != '\\' && byte < 0x80;
}

static size_t count_plain(const char *text, size_t len)
{
    size_t i = 0;

    while (i < len && is_plain((unsigned char)text[i])) {
        i++;
    }
    return i;
}

/* Copies from memory of exactly the length of the text, and to such memory, so
 * that sanitizers see an access beyond it. */
static void check(const char *text, size_t len)
{
    size_t want = count_plain(text, len);

    for (size_t i = 0; i < COUNT(COPIES); i++) {
        char *from = malloc(len);
        char *to = malloc(len);

        assert_true((from != NULL && to != NULL) || len == 0);
        if (len > 0) {
            memcpy(from, text, len);
        }
        assert_int_equal(COPIES[i](to, from, len), want);
        assert_true(want == 0 || memcmp(to, text, want) == 0);
        free(from);
        free(to);
    }
}

static void every_byte_is_judged_at_every_place(void **state)
{
    char text[MAX_LEN];

    (void)state;
    memset(text, 'x', sizeof(text));
    for (size_t place = 0; place < sizeof(text); place++) {
        for (int byte = 0; byte < 256; byte++) {
            text[place] = (char)byte;
            check(text, sizeof(text));
        }
        text[place] = 'x';
    }
}

static void neighbours_do_not_disturb_each_other(void **state)
{
    static const unsigned char bytes[] = {'\\', '\\' - 1, '\\' + 1, 0x00,
                                          0x7F, 0x80,     0xFF,     0xDC};
    uint32_t random = 5;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        char text[MAX_LEN];
        size_t len = (size_t)round % sizeof(text);

        for (size_t i = 0; i < len; i++) {
            random = random * 1664525 + 1013904223;
            /* Mostly plain, so that the copies reach different places. */
            text[i] = (char)(random >> 27 < 24 ? 'x' : bytes[random >> 24 & 7]);
        }
        check(text, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_judged_at_every_place),
        cmocka_unit_test(neighbours_do_not_disturb_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
