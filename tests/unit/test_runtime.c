/* SPDX-License-Identifier: MIT */
#include "transport/runtime.h"

#include "test.h"
#include "transport/transport.h"

#include <curl/curl.h>

#include <string.h>

/* Replaces libcurl's version info. */
static curl_version_info_data info = {
    .age = CURLVERSION_SEVENTH,
    .version = "8.14.0",
    .version_num = 0x080e00,
    .features = CURL_VERSION_SSL | CURL_VERSION_THREADSAFE | CURL_VERSION_HTTP2,
    .ssl_version = "OpenSSL/3.5.0",
    .cainfo = "/nonexistent/ca.pem"};

curl_version_info_data *curl_version_info(CURLversion age)
{
    (void)age;
    return &info;
}

static void what_runs_is_found_out_once(void **state)
{
    const struct chutes__runtime *runtime = chutes__runtime_get();

    (void)state;
    assert_string_equal(runtime->versions, "libcurl/8.14.0 OpenSSL/3.5.0");
    assert_int_equal(runtime->http_version, CURL_HTTP_VERSION_2TLS);
    assert_false(runtime->has_ca_file);
    assert_false(runtime->is_privileged);
    info.version = "9.0.0";
    assert_ptr_equal(chutes__runtime_get(), runtime);
    assert_string_equal(chutes__transport_versions(),
                        "libcurl/8.14.0 OpenSSL/3.5.0");
}

static void a_libcurl_that_is_not_fit_is_refused(void **state)
{
    static const struct {
        unsigned version_num;
        int features;
        const char *message; /* NULL: it is usable */
    } cases[] = {
        {0x075700, CURL_VERSION_SSL | CURL_VERSION_THREADSAFE, NULL},
        {0x075608, CURL_VERSION_SSL | CURL_VERSION_THREADSAFE,
         "libcurl 7.0.0 is too old: 7.87 or newer is needed"},
        {0x080e00, CURL_VERSION_THREADSAFE,
         "libcurl 7.0.0 was built without TLS"},
        {0x080e00, CURL_VERSION_SSL,
         "libcurl 7.0.0 was built without thread safety"},
    };

    (void)state;
    info.version = "7.0.0";
    for (size_t i = 0; i < COUNT(cases); i++) {
        chutes_error error;

        info.version_num = cases[i].version_num;
        info.features = cases[i].features;
        if (cases[i].message == NULL) {
            assert_int_equal(chutes__transport_init(&error), CHUTES_OK);
            continue;
        }
        assert_int_equal(chutes__transport_init(&error),
                         CHUTES_ERR_UNSUPPORTED);
        assert_string_equal(error.message, cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_runs_is_found_out_once),
        cmocka_unit_test(a_libcurl_that_is_not_fit_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
