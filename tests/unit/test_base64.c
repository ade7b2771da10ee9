/* SPDX-License-Identifier: MIT */
#include "base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

/* RFC 4648, 10. */
static const struct vector {
    const char *bytes;
    const char *text;
} VECTORS[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

/* Into memory of exactly the promised size. */
static bool decode(const char *text, size_t len, unsigned char **out,
                   size_t *out_len)
{
    char *exact = malloc(len + 1);
    bool done;

    assert_non_null(exact);
    memcpy(exact, text, len);
    *out = malloc(len / 4 * 3 + (len == 0));
    assert_true(*out != NULL || len < 4);
    exact = realloc(exact, len == 0 ? 1 : len);
    assert_non_null(exact);
    done = chutes__base64_decode(*out, out_len, exact, len);
    free(exact);
    return done;
}

static void the_vectors_of_the_rfc_hold_both_ways(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(VECTORS) / sizeof(VECTORS[0]); i++) {
        const struct vector *v = &VECTORS[i];
        size_t len = strlen(v->bytes);
        char text[16] = "";
        unsigned char *out;
        size_t out_len;

        assert_int_equal(chutes__base64_encoded_len(len), strlen(v->text));
        chutes__base64_encode(text, v->bytes, len);
        assert_string_equal(text, v->text);
        assert_true(decode(v->text, strlen(v->text), &out, &out_len));
        assert_int_equal(out_len, len);
        assert_memory_equal(out, v->bytes, len);
        free(out);
    }
}

static void random_bytes_survive_a_round_trip(void **state)
{
    uint32_t random = 7;
    size_t len;

    (void)state;
    for (len = 0; len < 300; len++) {
        unsigned char bytes[300];
        size_t text_len = chutes__base64_encoded_len(len);
        char *text = malloc(text_len + 1);
        unsigned char *out;
        size_t out_len;
        size_t i;

        assert_non_null(text);
        for (i = 0; i < len; i++) {
            random = random * 1664525 + 1013904223;
            bytes[i] = (unsigned char)(random >> 24);
        }
        chutes__base64_encode(text, bytes, len);
        assert_true(decode(text, text_len, &out, &out_len));
        assert_int_equal(out_len, len);
        assert_memory_equal(out, bytes, len);
        free(out);
        free(text);
    }
}

static void every_byte_outside_the_alphabet_is_refused_everywhere(void **state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
                                   "qrstuvwxyz0123456789+/";
    size_t place;
    int byte;

    (void)state;
    for (place = 0; place < 12; place++) {
        for (byte = 0; byte < 256; byte++) {
            char text[] = "AAAAAAAAAAAA";
            unsigned char *out;
            size_t out_len;
            bool want = byte != 0 && strchr(alphabet, byte) != NULL;

            text[place] = (char)byte;
            /* The one place where padding may stand. */
            want = want || (place == 11 && byte == '=');
            assert_int_equal(decode(text, 12, &out, &out_len), want);
            if (!want) {
                assert_int_equal(out_len, 0);
            }
            free(out);
        }
    }
}

static void anything_but_the_one_right_text_is_refused(void **state)
{
    static const char *const refused[] = {
        "Z",        "Zg",       "Zg=",      "Zg===",    "====",  "=g==",
        "Zm9v=",    "Zg==Zg==", "Zm8=Zm8=", "Zh==",     "Zm9=",  "Zg=a",
        " Zg==",    "Zg== ",    "Zg\n==",   "Zm9v\n",   "Zm 9v", "Zm-v",
        "Zm_v",     "Zm9vZ",    "Zm9vZg",   "Zm9vZg=",  "Z===",  "ZmA=Zm8=",
        "Zm9vZ===", "Zm9v====", "Zm9vYmF$", "Zm9vYg=$",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        unsigned char *out;
        size_t out_len;

        if (decode(refused[i], strlen(refused[i]), &out, &out_len)) {
            fail_msg("\"%s\" was accepted", refused[i]);
        }
        assert_int_equal(out_len, 0);
        free(out);
    }
}

static void a_length_that_overflows_is_told(void **state)
{
    (void)state;
    assert_int_equal(chutes__base64_encoded_len(0), 0);
    assert_int_equal(chutes__base64_encoded_len(4), 8);
    assert_int_equal(chutes__base64_encoded_len(SIZE_MAX), 0);
    assert_int_equal(chutes__base64_encoded_len(SIZE_MAX / 4 * 3 + 3), 0);
    assert_int_equal(chutes__base64_encoded_len(SIZE_MAX / 4 * 3),
                     SIZE_MAX / 4 * 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_rfc_hold_both_ways),
        cmocka_unit_test(random_bytes_survive_a_round_trip),
        cmocka_unit_test(every_byte_outside_the_alphabet_is_refused_everywhere),
        cmocka_unit_test(anything_but_the_one_right_text_is_refused),
        cmocka_unit_test(a_length_that_overflows_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
