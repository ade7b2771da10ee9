/* SPDX-License-Identifier: MIT */
#include "transport/libcurl.h"

#include "alloc_fail.h"
#include "test.h"

#include <string.h>

enum { V7_88_1 = 0x075801, V8_5_0 = 0x080500, V8_22_0 = 0x081600 };
enum { CODE_OF_THE_FUTURE = 1234 };

static chutes_status status_of(unsigned version, CURLcode code,
                               const char *text, enum chutes__stage stage)
{
    return chutes__libcurl_find_rule(version, code, text)->status[stage];
}

static void a_long_line_is_want_of_memory_to_old_versions_only(void **state)
{
    static const struct {
        unsigned version;
        enum chutes__stage stage;
        chutes_status status;
    } rows[] = {
        {V7_88_1, CHUTES__STAGE_UNSENT, CHUTES_ERR_NO_MEMORY},
        {V7_88_1, CHUTES__STAGE_SENT, CHUTES_ERR_TOO_LARGE},
        {V8_5_0, CHUTES__STAGE_ANSWERING, CHUTES_ERR_TOO_LARGE},
        {V8_5_0, CHUTES__STAGE_BODY, CHUTES_ERR_NO_MEMORY},
        {CHUTES__LIBCURL_HAS_TOO_LARGE, CHUTES__STAGE_SENT,
         CHUTES_ERR_NO_MEMORY},
        {V8_22_0, CHUTES__STAGE_ANSWERING, CHUTES_ERR_NO_MEMORY},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(
            status_of(rows[i].version, CURLE_OUT_OF_MEMORY, "", rows[i].stage),
            rows[i].status);
    }
    alloc_fail_from(1);
    assert_int_equal(
        status_of(V7_88_1, CURLE_OUT_OF_MEMORY, "", CHUTES__STAGE_ANSWERING),
        CHUTES_ERR_NO_MEMORY);
    alloc_fail_off();
}

static void a_row_with_a_text_goes_before_the_row_of_its_code(void **state)
{
    (void)state;
    assert_int_equal(status_of(V8_22_0, CURLE_RECV_ERROR,
                               "chunk hex-length char not a hex digit: 0x7a",
                               CHUTES__STAGE_BODY),
                     CHUTES_ERR_PROTOCOL);
    assert_int_equal(status_of(V7_88_1, CURLE_RECV_ERROR,
                               "Out of memory in chunked-encoding",
                               CHUTES__STAGE_BODY),
                     CHUTES_OK);
    assert_int_equal(status_of(V7_88_1, CURLE_RECV_ERROR,
                               "Malformed encoding found in chunked-encoding",
                               CHUTES__STAGE_BODY),
                     CHUTES_ERR_PROTOCOL);
    assert_int_equal(
        status_of(V7_88_1, CURLE_RECV_ERROR, "reset", CHUTES__STAGE_BODY),
        CHUTES_ERR_TRUNCATED);
}

/* A failure can be a bug of ours or of libcurl's only before a request. */
static void no_answer_is_an_internal_error(void **state)
{
    (void)state;
    for (int code = 1; code < CODE_OF_THE_FUTURE; code++) {
        for (int stage = CHUTES__STAGE_SENT; stage < CHUTES__STAGE_COUNT;
             stage++) {
            assert_int_not_equal(status_of(V8_22_0, (CURLcode)code, "",
                                           (enum chutes__stage)stage),
                                 CHUTES_ERR_INTERNAL);
        }
    }
    assert_int_equal(status_of(V8_22_0, (CURLcode)CODE_OF_THE_FUTURE, "",
                               CHUTES__STAGE_UNSENT),
                     CHUTES_ERR_CONNECT);
    assert_int_equal(
        status_of(V8_22_0, CURLE_UNKNOWN_OPTION, "", CHUTES__STAGE_UNSENT),
        CHUTES_ERR_INTERNAL);
}

/* libcurl's messages quote the proxy, with its password. */
static void a_proxy_is_never_quoted(void **state)
{
    static const struct {
        CURLcode code;
        const char *text;
    } rows[] = {
        {CURLE_COULDNT_RESOLVE_PROXY, "Could not resolve proxy: u:SECRET@x"},
        {CURLE_COULDNT_CONNECT,
         "Unsupported proxy scheme for 'ftp://u:SECRET@x'"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct chutes__libcurl_rule *rule =
            chutes__libcurl_find_rule(V8_22_0, rows[i].code, rows[i].text);

        assert_non_null(rule->message[0]);
        assert_non_null(strstr(rule->message[0], "the proxy for "));
        assert_non_null(rule->message[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_line_is_want_of_memory_to_old_versions_only),
        cmocka_unit_test(a_row_with_a_text_goes_before_the_row_of_its_code),
        cmocka_unit_test(no_answer_is_an_internal_error),
        cmocka_unit_test(a_proxy_is_never_quoted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
