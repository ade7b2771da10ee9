/* SPDX-License-Identifier: MIT */
#include "base/base64.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

/* From section 10 of RFC 4648. */
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

static struct chutes__slice text_of(const char *data, size_t len)
{
    return (struct chutes__slice){data, len};
}

/* Decodes into memory of exactly the measured size. */
static bool decode(const char *text, size_t len, unsigned char **out,
                   size_t *out_len)
{
    char *exact = malloc(len + (len == 0));
    size_t fault_at = 0;
    size_t room;
    bool measured;
    bool done;

    assert_non_null(exact);
    memcpy(exact, text, len);
    measured = chutes__base64_decode(NULL, 0, text_of(exact, len), &room,
                                     &fault_at) == NULL;
    *out = malloc(room + (room == 0));
    assert_non_null(*out);
    done = chutes__base64_decode(*out, room, text_of(exact, len), out_len,
                                 &fault_at) == NULL;
    if (done) {
        assert_in_range(*out_len, 0, room);
    }
    assert_int_equal(done, measured);
    assert_in_range(fault_at, 0, len);
    free(exact);
    return done;
}

static void the_vectors_of_the_rfc_hold_both_ways(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(VECTORS); i++) {
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

static void use_url_safe_digits(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
    }
}

static void check_decoded(const char *text, size_t text_len,
                          const unsigned char *bytes, size_t len)
{
    unsigned char *out;
    size_t out_len;

    assert_true(decode(text, text_len, &out, &out_len));
    assert_int_equal(out_len, len);
    assert_memory_equal(out, bytes, len);
    free(out);
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
        size_t i;

        assert_non_null(text);
        for (i = 0; i < len; i++) {
            random = random * 1664525 + 1013904223;
            bytes[i] = (unsigned char)(random >> 24);
        }
        chutes__base64_encode(text, bytes, len);
        check_decoded(text, text_len, bytes, len);
        use_url_safe_digits(text, text_len);
        check_decoded(text, text_len, bytes, len);
        free(text);
    }
}

/* Tries a text of this length with `byte` at each place. */
static void check_byte(size_t len, int byte)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
                                   "qrstuvwxyz0123456789+/-_ \t\r\n";
    bool is_known = byte != 0 && strchr(alphabet, byte) != NULL;

    for (size_t place = 0; place < len; place++) {
        /* Padding is valid only here. */
        bool want = is_known || (place == len - 1 && byte == '=');
        unsigned char *out;
        char text[140];
        size_t out_len;

        memset(text, 'A', len);
        text[place] = (char)byte;
        assert_int_equal(decode(text, len, &out, &out_len), want);
        if (!want) {
            assert_int_equal(out_len, 0);
        }
        free(out);
    }
}

static void every_byte_outside_the_alphabet_is_refused_everywhere(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        check_byte(12, byte);
        check_byte(140, byte);
    }
}

static void anything_but_the_one_right_text_is_refused(void **state)
{
    static const char *const refused[] = {
        "Z",        "Zg=",      "Zg===",    "====",   "=g==",     "Zm9v=",
        "Zg==Zg==", "Zm8=Zm8=", "Zh==",     "Zm9=",   "Zg=a",     "Zh",
        "Zm9",      "Zm9vZ",    "Zm9vZg=",  "Z===",   "ZmA=Zm8=", "Zm9vZ===",
        "Zm9v====", "Zm9vYmF$", "Zm9vYg=$", "Zm8\v=", "Zg\f==",   "=",
        "Zg=\n",    "Zg==\nZg", "Zm.v",     "Zm,v",   "Z\x80==",  " Z ",
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(refused); i++) {
        unsigned char *out;
        size_t out_len;

        if (decode(refused[i], strlen(refused[i]), &out, &out_len)) {
            fail_msg("\"%s\" was accepted", refused[i]);
        }
        assert_int_equal(out_len, 0);
        free(out);
    }
}

static void spellings_of_the_same_bytes_are_read(void **state)
{
    static const struct vector spellings[] = {
        {"f", "Zg"},          {"fo", "Zm8"},          {"foob", "Zm9vYg"},
        {"f", " Zg=="},       {"f", "Zg\n=\r\n=\n"},  {"foo", "Zm9v\n"},
        {"foo", "Zm 9v"},     {"foo", "\tZ\nm\r9 v"}, {"\xFB\xFF", "-_8"},
        {"\xFB\xFF", "+/8="}, {"\xFB\xFF", "-/8="},   {"", " \n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(spellings); i++) {
        unsigned char *out;
        size_t out_len;

        if (!decode(spellings[i].text, strlen(spellings[i].text), &out,
                    &out_len)) {
            fail_msg("\"%s\" was refused", spellings[i].text);
        }
        assert_int_equal(out_len, strlen(spellings[i].bytes));
        assert_memory_equal(out, spellings[i].bytes, out_len);
        free(out);
    }
}

/* Puts a blank at every place, in the blocks that are decoded at once and in
 * the groups after them. */
static void a_blank_may_stand_anywhere(void **state)
{
    enum { BYTES = 151, TEXT = 204 };
    unsigned char bytes[BYTES];
    char text[TEXT + 2];

    (void)state;
    for (size_t i = 0; i < BYTES; i++) {
        bytes[i] = (unsigned char)(i * 37 + 11);
    }
    assert_int_equal(chutes__base64_encoded_len(BYTES), TEXT);
    for (size_t place = 0; place <= TEXT; place++) {
        unsigned char *out;
        size_t out_len;

        chutes__base64_encode(text, bytes, BYTES);
        memmove(text + place + 1, text + place, TEXT - place);
        text[place] = '\n';
        assert_true(decode(text, TEXT + 1, &out, &out_len));
        assert_int_equal(out_len, BYTES);
        assert_memory_equal(out, bytes, BYTES);
        free(out);
    }
}

/* What exceeds the room is measured but not written. */
static void no_more_is_written_than_there_is_room_for(void **state)
{
    unsigned char bytes[100] = {0};
    unsigned char out[100];
    char text[136];
    size_t fault_at;
    size_t len;

    (void)state;
    memset(bytes, 0xA5, sizeof(bytes));
    chutes__base64_encode(text, bytes, sizeof(bytes));
    for (size_t room = 0; room <= sizeof(bytes); room++) {
        memset(out, 0, sizeof(out));
        assert_null(chutes__base64_decode(
            out, room, text_of(text, sizeof(text)), &len, &fault_at));
        assert_int_equal(len, sizeof(bytes));
        assert_memory_equal(out, bytes, room);
        for (size_t i = room; i < sizeof(out); i++) {
            assert_int_equal(out[i], 0);
        }
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
        cmocka_unit_test(spellings_of_the_same_bytes_are_read),
        cmocka_unit_test(a_blank_may_stand_anywhere),
        cmocka_unit_test(no_more_is_written_than_there_is_room_for),
        cmocka_unit_test(a_length_that_overflows_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
