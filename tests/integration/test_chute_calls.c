/* SPDX-License-Identifier: MIT */
/* Calls that list chutes, and read one and its source. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "alloc_fail.h"
#include "call.h"
#include "loop_call.h"

#define ID "2ff25e81-4586-5ec8-b892-3a6f342693d7"
#define JSON "answer 200 application/json "
#define CHUTE "{\"chute_id\":\"" ID "\",\"name\":\"me/own\",\"hot\":true}"
#define CODE "answer 200 text/plain import chutes\n"

static chutes_chutes_params list_of(const struct peer *peer)
{
    chutes_chutes_params params = chutes_chutes_params_default();

    params.base_url = peer_url(peer);
    return params;
}

static chutes_chute_get_params get_of(const struct peer *peer)
{
    chutes_chute_get_params params = chutes_chute_get_params_default();

    params.base_url = peer_url(peer);
    params.chute = "me/own";
    return params;
}

static chutes_chute_code_params code_of(const struct peer *peer)
{
    chutes_chute_code_params params = chutes_chute_code_params_default();

    params.base_url = peer_url(peer);
    params.chute_id = ID;
    return params;
}

static void the_result_has_all(void **state)
{
    struct call_pair pair = call_open(
        "expect GET /v1/chutes/?include_public=true&name=a%20b&limit=7\n"
        "expect-header Authorization: Bearer " CALL_KEY "\n" JSON
        "{\"items\":[" CHUTE "],\"total\":9,\"cord_refs\":{}}\n"
        "request\nexpect GET /v1/chutes/me/own\n" JSON CHUTE "\n"
        "request\nexpect GET /v1/chutes/code/" ID "\n"
        "expect-header Accept: text/plain\n" CODE);
    chutes_chutes_params list = list_of(pair.peer);
    const chutes_chute_get_params get = get_of(pair.peer);
    const chutes_chute_code_params code = code_of(pair.peer);
    chutes_chute_page *page = NULL;
    chutes_chute *chute = NULL;
    chutes_chute_source *source = NULL;

    (void)state;
    list.include_public = 1;
    list.name = "a b";
    list.limit = 7;
    assert_int_equal(chutes_chutes_list(pair.client, &list, &page, NULL),
                     CHUTES_OK);
    assert_int_equal(page->info->http_status, 200);
    assert_int_equal(page->raw_len, strlen(page->raw_json));
    assert_int_equal(page->total, 9);
    assert_int_equal(page->chute_count, 1);
    assert_null(page->chutes[0]->info);
    assert_string_equal(page->chutes[0]->raw_json, CHUTE);
    assert_int_equal(chutes_chute_get(pair.client, &get, &chute, NULL),
                     CHUTES_OK);
    assert_int_equal(chute->info->http_status, 200);
    assert_string_equal(chute->raw_json, CHUTE);
    assert_string_equal(chute->chute_id, ID);
    assert_string_equal(chute->name, "me/own");
    assert_int_equal(chute->is_hot, 1);
    assert_int_equal(chutes_chute_code(pair.client, &code, &source, NULL),
                     CHUTES_OK);
    assert_int_equal(source->info->http_status, 200);
    assert_string_equal(source->code, "import chutes");
    assert_int_equal(source->code_len, strlen("import chutes"));
    chutes_chute_page_free(page);
    chutes_chute_free(chute);
    chutes_chute_source_free(source);
    call_close(pair);
}

/* test_endpoint_faults has the faults of calls whose answer is JSON. */
static const struct {
    const char *script;
    chutes_status status;
    const char *message;
} SOURCES[] = {
    {CODE, CHUTES_OK, ""},
    {"answer 200 text/x-python {\"a\":\n", CHUTES_OK, ""},
    {"answer 404 application/json {\"detail\":\"Chute not found\"}\n",
     CHUTES_ERR_NOT_FOUND, "Chute not found"},
    {"answer 401 application/json {\"detail\":\"Invalid token.\"}\n",
     CHUTES_ERR_AUTH, "Invalid token."},
    /* An error with a success status, other documents, nothing. */
    {JSON "{\"detail\":\"no code\"}\n", CHUTES_ERR_STREAM, "no code"},
    {JSON "\"import chutes\"\n", CHUTES_ERR_PROTOCOL, "not a text"},
    {"answer 200 text/html <html><title>t</title>\n", CHUTES_ERR_PROTOCOL,
     "HTML"},
    {"answer 200 text/plain \n", CHUTES_ERR_PROTOCOL, "empty"},
    /* Cut off, without a mark of its end, and too long. */
    {"status 200\nheader Content-Type: text/plain\nheader Content-Length: 99\n"
     "end-headers\nsend import\nfin\n",
     CHUTES_ERR_TRUNCATED, ""},
    {"status 200\nheader Content-Type: text/plain\nheader Transfer-Encoding: "
     "chunked\nend-headers\nchunk import\nfin\n",
     CHUTES_ERR_TRUNCATED, ""},
    {"status 200\nheader Content-Type: text/plain\nheader Connection: close\n"
     "end-headers\nsend import\nfin\n",
     CHUTES_ERR_TRUNCATED, "nothing marks the end"},
    {"status 200\nheader Content-Length: 2000\nend-headers\nbody 2000\n",
     CHUTES_ERR_TOO_LARGE, "max_response_bytes"},
    {"fin\n", CHUTES_ERR_CONNECTION_LOST, ""},
};

static void each_end_of_a_source_has_its_status(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(SOURCES); i++) {
        struct peer *peer = peer_start(SOURCES[i].script, PEER_PLAIN);
        chutes_client_options options = call_options(peer);
        const chutes_chute_code_params params = code_of(peer);
        chutes_chute_source *source = NULL;
        chutes_client *client;
        chutes_error error;
        chutes_status status;

        options.max_response_bytes = 1000;
        client = call_client(&options);
        status = chutes_chute_code(client, &params, &source, &error);
        if (status != SOURCES[i].status || error.status != status ||
            strstr(error.message, SOURCES[i].message) == NULL) {
            fail_msg("row %zu: %s: %s", i, chutes_status_name(status),
                     error.message);
        }
        assert_int_equal(source != NULL, status == CHUTES_OK);
        chutes_chute_source_free(source);
        chutes_client_free(client);
        peer_stop(peer);
    }
}

static void bad_input_is_named_and_nothing_is_sent(void **state)
{
    struct call_pair pair = call_open(CODE);
    chutes_chutes_params list = list_of(pair.peer);
    chutes_chute_get_params get = get_of(pair.peer);
    chutes_chute_code_params code = code_of(pair.peer);
    chutes_error error;

    (void)state;
    list.limit = 5001;
    assert_int_equal(chutes_chutes_list(pair.client, &list, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "limit must be from 1 to 5000");
    get.chute = "a/../b";
    assert_int_equal(chutes_chute_get(pair.client, &get, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "chute must be"));
    code.chute_id = "me/own";
    assert_int_equal(chutes_chute_code(pair.client, &code, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "chute_id must be a UUID");
    code = code_of(pair.peer);
    code.base_url = "http://a.example/";
    assert_int_equal(chutes_chute_code(pair.client, &code, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "base_url is http"));
    assert_int_equal(chutes_chutes_list(NULL, NULL, NULL, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_chute_get(pair.client, NULL, NULL, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_chute_code(pair.client, NULL, NULL, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    chutes_chute_page_free(NULL);
    chutes_chute_free(NULL);
    chutes_chute_source_free(NULL);
    assert_int_equal(peer_accepts(pair.peer), 0);
    call_close(pair);
}

/* ---- on a loop ----------------------------------------------------------- */

static void finish_list(chutes_status status, chutes_chute_page *page,
                        const chutes_error *error, void *user_data)
{
    assert_int_equal(error->status, status);
    *(chutes_status *)user_data = status;
    chutes_chute_page_free(page);
}

static void finish_get(chutes_status status, chutes_chute *chute,
                       const chutes_error *error, void *user_data)
{
    assert_int_equal(error->status, status);
    *(chutes_status *)user_data = status;
    chutes_chute_free(chute);
}

static void finish_code(chutes_status status, chutes_chute_source *source,
                        const chutes_error *error, void *user_data)
{
    assert_int_equal(error->status, status);
    *(chutes_status *)user_data = status;
    chutes_chute_source_free(source);
}

/* Starts one call of each kind. */
static void start_all(chutes_loop *loop, const struct peer *peer,
                      chutes_status ends[3])
{
    const chutes_chutes_params list = list_of(peer);
    const chutes_chute_get_params get = get_of(peer);
    const chutes_chute_code_params code = code_of(peer);

    assert_int_equal(chutes_chutes_list_start(loop, &list, finish_list,
                                              &ends[0], NULL, NULL),
                     CHUTES_OK);
    assert_int_equal(
        chutes_chute_get_start(loop, &get, finish_get, &ends[1], NULL, NULL),
        CHUTES_OK);
    assert_int_equal(
        chutes_chute_code_start(loop, &code, finish_code, &ends[2], NULL, NULL),
        CHUTES_OK);
}

static void they_run_on_a_loop(void **state)
{
    struct call_pair pair = call_open("stall\n");
    chutes_loop *loop = loop_of_client(pair.client);
    chutes_status ends[3] = {CHUTES_OK, CHUTES_OK, CHUTES_OK};

    (void)state;
    start_all(loop, pair.peer, ends);
    chutes_client_cancel_all(pair.client);
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    for (size_t i = 0; i < COUNT(ends); i++) {
        assert_int_equal(ends[i], CHUTES_ERR_CANCELLED);
    }
    chutes_loop_free(loop);
    call_close(pair);
}

static void without_memory_they_end(void **state)
{
    static const char *const scripts[] = {JSON "{\"items\":[" CHUTE "]}\n",
                                          JSON CHUTE "\n", CODE};

    (void)state;
    for (size_t kind = 0; kind < COUNT(scripts); kind++) {
        struct call_pair pair = call_open(scripts[kind]);
        const chutes_chutes_params list = list_of(pair.peer);
        const chutes_chute_get_params get = get_of(pair.peer);
        const chutes_chute_code_params code = code_of(pair.peer);
        long total = 0;

        for (long i = 0; i <= total; i++) {
            chutes_status status;

            if (i == 0) {
                alloc_fail_count();
            } else {
                alloc_fail_at(i);
            }
            status =
                kind == 0   ? chutes_chutes_list(pair.client, &list, NULL, NULL)
                : kind == 1 ? chutes_chute_get(pair.client, &get, NULL, NULL)
                            : chutes_chute_code(pair.client, &code, NULL, NULL);
            assert_true(status == CHUTES_OK ||
                        (i > 0 && status == CHUTES_ERR_NO_MEMORY));
            total = i == 0 ? alloc_fail_calls() : total;
        }
        alloc_fail_off();
        call_close(pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_result_has_all),
        cmocka_unit_test(each_end_of_a_source_has_its_status),
        cmocka_unit_test(bad_input_is_named_and_nothing_is_sent),
        cmocka_unit_test(they_run_on_a_loop),
        cmocka_unit_test(without_memory_they_end),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
