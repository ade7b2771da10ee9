/* SPDX-License-Identifier: MIT */
#include "test.h"
#include "transport/header_lines.h"

#include <curl/curl.h>
#include <openssl/crypto.h>

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

static const char *const LINES[] = {"Authorization: Bearer cpk_CANARY",
                                    "Content-Type: application/json"};

static void lines_are_copied_and_ours_are_added(void **state)
{
    static const char *const want[] = {"Authorization: Bearer cpk_CANARY",
                                       "Content-Type: application/json",
                                       "Accept-Encoding: identity", "Expect:"};
    struct chutes__header_lines list = {0};
    const struct curl_slist *node;
    size_t count = 0;

    (void)state;
    assert_int_equal(chutes__header_lines_init(&list, LINES, 2), CHUTES_OK);
    for (node = list.first; node != NULL; node = node->next) {
        assert_true(count < 4);
        assert_string_equal(node->data, want[count]);
        assert_ptr_not_equal(node->data, want[count]);
        count++;
    }
    assert_int_equal(count, 4);
    chutes__header_lines_dispose(&list);
    assert_null(list.first);
    chutes__header_lines_dispose(&list);
}

static void ours_are_there_without_others(void **state)
{
    struct chutes__header_lines list = {0};

    (void)state;
    assert_int_equal(chutes__header_lines_init(&list, NULL, 0), CHUTES_OK);
    assert_string_equal(list.first->data, "Accept-Encoding: identity");
    assert_string_equal(list.first->next->data, "Expect:");
    assert_null(list.first->next->next);
    chutes__header_lines_dispose(&list);
}

static void the_lines_are_wiped(void **state)
{
    struct chutes__header_lines list = {0};
    const char *first;
    const char *last;

    (void)state;
    assert_int_equal(chutes__header_lines_init(&list, LINES, 2), CHUTES_OK);
    first = list.first->data;
    last = list.first->next->next->next->data;
    wiped_size = 0;
    chutes__header_lines_dispose(&list);
    assert_true((uintptr_t)wiped <= (uintptr_t)first);
    assert_true((uintptr_t)wiped + wiped_size >=
                (uintptr_t)last + strlen("Expect:"));
}

static void a_spare_block_is_wiped_and_used_again(void **state)
{
    struct chutes__header_lines list = {0};
    struct chutes__header_lines spare = {0};
    struct chutes__header_lines other = {0};
    const void *block;

    (void)state;
    assert_int_equal(chutes__header_lines_init(&list, NULL, 0), CHUTES_OK);
    chutes__header_lines_retire(&list, &spare);
    assert_null(list.first);
    assert_int_equal(chutes__header_lines_init(&spare, LINES, 2), CHUTES_OK);
    block = spare.first;
    wiped = NULL;
    chutes__header_lines_retire(&spare, &list);
    assert_ptr_equal(wiped, block);
    assert_ptr_equal(list.first, block);
    assert_null(spare.first);
    assert_int_equal(chutes__header_lines_init(&list, NULL, 0), CHUTES_OK);
    assert_ptr_equal(list.first, block);
    assert_null(list.first->next->next);
    /* There is room for one. */
    assert_int_equal(chutes__header_lines_init(&other, NULL, 0), CHUTES_OK);
    chutes__header_lines_retire(&list, &spare);
    chutes__header_lines_retire(&other, &spare);
    assert_ptr_equal(spare.first, block);
    assert_null(other.first);
    chutes__header_lines_dispose(&spare);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_copied_and_ours_are_added),
        cmocka_unit_test(ours_are_there_without_others),
        cmocka_unit_test(the_lines_are_wiped),
        cmocka_unit_test(a_spare_block_is_wiped_and_used_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
