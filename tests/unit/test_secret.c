/* SPDX-License-Identifier: MIT */
#include "crypto/secret.h"
#include "test.h"

#include <openssl/crypto.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Replaces OpenSSL's OPENSSL_cleanse(), to see what is wiped. */
static const void *wiped;
static size_t wiped_size;

void OPENSSL_cleanse(void *bytes, size_t size)
{
    memset(bytes, 0, size);
    wiped = bytes;
    wiped_size = size;
}

static void a_secret_is_copied_and_ends_in_nul(void **state)
{
    char text[] = "cpk_0123456789";
    struct chutes__secret secret = {0};

    (void)state;
    assert_int_equal(chutes__secret_set(&secret, text, 10), CHUTES_OK);
    memset(text, 'x', sizeof(text));
    assert_string_equal(secret.text, "cpk_012345");
    assert_int_equal(secret.len, 10);
    chutes__secret_dispose(&secret);
    assert_null(secret.text);
    assert_int_equal(secret.len, 0);
    assert_int_equal(secret.mapped, 0);
}

static void an_empty_secret_is_one_too(void **state)
{
    struct chutes__secret secret = {0};

    (void)state;
    assert_int_equal(chutes__secret_set(&secret, "", 0), CHUTES_OK);
    assert_string_equal(secret.text, "");
    chutes__secret_dispose(&secret);
    chutes__secret_dispose(&secret);
}

static void setting_again_replaces_and_both_are_wiped(void **state)
{
    struct chutes__secret secret = {0};
    const char *first;
    const char *second;

    (void)state;
    assert_int_equal(chutes__secret_set(&secret, "first", 5), CHUTES_OK);
    first = secret.text;
    assert_int_equal(chutes__secret_set(&secret, secret.text + 1, 3),
                     CHUTES_OK);
    assert_string_equal(secret.text, "irs");
    assert_ptr_equal(wiped, first);
    assert_int_equal(wiped_size, 5);
    second = secret.text;
    chutes__secret_dispose(&secret);
    assert_ptr_equal(wiped, second);
    assert_int_equal(wiped_size, 3);
}

static void a_secret_may_span_pages(void **state)
{
    static char text[3 * 4096];
    struct chutes__secret secret = {0};

    (void)state;
    memset(text, 'k', sizeof(text));
    assert_int_equal(chutes__secret_set(&secret, text, sizeof(text)),
                     CHUTES_OK);
    assert_int_equal(strlen(secret.text), sizeof(text));
    chutes__secret_dispose(&secret);
}

static void wiping_leaves_zeros(void **state)
{
    char bytes[] = "0123456789";

    (void)state;
    chutes__secret_wipe(bytes + 2, 5);
    assert_memory_equal(bytes,
                        "01\0\0\0\0\0"
                        "789",
                        10);
}

#ifdef __linux__
/* Does the memory mapping around an address have the flag, according to
 * /proc? */
static bool mapping_has_flag(const void *address, const char *flag)
{
    FILE *file = fopen("/proc/self/smaps", "r");
    char line[512];
    bool is_inside = false;
    bool found = false;

    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        char *end;
        unsigned long from = strtoul(line, &end, 16);

        if (*end == '-') {
            unsigned long to = strtoul(end + 1, NULL, 16);

            is_inside = (uintptr_t)address >= from && (uintptr_t)address < to;
        } else if (is_inside && strncmp(line, "VmFlags:", 8) == 0) {
            found = strstr(line, flag) != NULL;
        }
    }
    (void)fclose(file);
    return found;
}

static void a_secret_is_left_out_of_core_dumps(void **state)
{
    struct chutes__secret secret = {0};

    (void)state;
    assert_int_equal(chutes__secret_set(&secret, "key", 3), CHUTES_OK);
    assert_true(secret.mapped >= 4096);
    assert_true(mapping_has_flag(secret.text, " dd"));
    assert_false(mapping_has_flag(&secret, " dd"));
    chutes__secret_dispose(&secret);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_is_copied_and_ends_in_nul),
        cmocka_unit_test(an_empty_secret_is_one_too),
        cmocka_unit_test(setting_again_replaces_and_both_are_wiped),
        cmocka_unit_test(a_secret_may_span_pages),
        cmocka_unit_test(wiping_leaves_zeros),
#ifdef __linux__
        cmocka_unit_test(a_secret_is_left_out_of_core_dumps),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
