/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "base/base64.h"
#include "call.h"
#include "mock/server.h"

enum { MEBIBYTE = 1 << 20 };

/* How a server answers: with rows of `dimension`, except that the first request
 * gets one row of `first_dimension`. */
struct plan {
    const char *name;
    size_t inputs;
    size_t batch;
    size_t first_dimension;
    size_t dimension;
    const char *number;
    bool is_base64;
    bool is_chunked;
    chutes_status status;
    int parallel; /* 0: the default, as for the batch */
    int keep_raw;
    size_t text_len; /* length of each input; 0: 1 */
};

struct scene {
    const struct plan *plan;
    struct mock_server *server;
    char *row; /* a vector of `dimension` */
    char *first_row;
    atomic_llong sent;
};

static char *make_row(const struct plan *plan, size_t dimension)
{
    size_t number_len = strlen(plan->number) + 1;
    char *row;
    char *at;

    if (plan->is_base64) {
        float *zeros = calloc(dimension, sizeof(*zeros));
        size_t len = chutes__base64_encoded_len(dimension * sizeof(*zeros));

        row = malloc(len + 3);
        assert_non_null(row);
        chutes__base64_encode(row + 1, zeros, dimension * sizeof(*zeros));
        row[0] = '"';
        memcpy(row + 1 + len, "\"", 2);
        free(zeros);
        return row;
    }
    row = malloc(dimension * number_len + 2);
    assert_non_null(row);
    at = stpcpy(row, "[");
    for (size_t i = 0; i < dimension; i++) {
        at = stpcpy(stpcpy(at, plan->number), ",");
    }
    at[-1] = ']';
    return row;
}

/* Every text begins with "x", so the texts of a body can be counted. */
static size_t count_texts(const char *body)
{
    size_t count = 0;

    for (const char *at = strstr(body, "\"x"); at != NULL;
         at = strstr(at + 1, "\"x")) {
        count++;
    }
    return count;
}

static bool send_body(struct mock_connection *connection, bool is_chunked,
                      const char *body, size_t len)
{
    char head[128];

    if (!is_chunked) {
        (void)snprintf(head, sizeof(head),
                       "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", len);
        return mock_send_text(connection, head) &&
               mock_send(connection, body, len);
    }
    return mock_send_text(
               connection,
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") &&
           mock_send_chunk(connection, body, len) &&
           mock_send_chunk(connection, "", 0);
}

static bool answer(struct mock_connection *connection,
                   const struct mock_request *request, void *user_data)
{
    struct scene *scene = user_data;
    const char *row = request->number == 1 ? scene->first_row : scene->row;
    size_t count = count_texts(request->body);
    char *body = NULL;
    size_t len;
    FILE *file = open_memstream(&body, &len);
    bool is_kept;

    (void)fputs("{\"data\":[", file);
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(file, "%s{\"index\":%zu,\"embedding\":%s}",
                      i > 0 ? "," : "", i, row);
    }
    (void)fputs("]}", file);
    (void)fclose(file);
    atomic_fetch_add(&scene->sent, (long long)len);
    is_kept = send_body(connection, scene->plan->is_chunked, body, len);
    free(body);
    return is_kept;
}

static char *make_text(size_t len)
{
    char *text = calloc(1, len + 2);

    assert_non_null(text);
    memset(text, 'y', len);
    text[0] = 'x';
    return text;
}

static chutes_client *connect_to(const struct scene *scene)
{
    static char url[64];
    chutes_client_options options = chutes_client_options_default();

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1",
                   mock_server_port(scene->server));
    options.base_url = url;
    options.proxy = "";
    options.retry_policy = CHUTES_RETRY_NONE;
    options.max_response_bytes = (size_t)512 << 20;
    return call_client(&options);
}

/* Returns the peak of the heap. The caller frees the response. */
static size_t embed(const struct scene *scene, chutes_embed_response **response)
{
    chutes_embed_params params = chutes_embed_params_default();
    const char **texts = calloc(scene->plan->inputs, sizeof(char *));
    char *text = make_text(scene->plan->text_len);
    chutes_client *client = connect_to(scene);
    chutes_error error;
    chutes_status status;
    size_t peak;

    assert_non_null(texts);
    for (size_t i = 0; i < scene->plan->inputs; i++) {
        texts[i] = text;
    }
    params.model = "m";
    params.input = texts;
    params.input_count = scene->plan->inputs;
    if (scene->plan->batch > 0) {
        params.max_batch_inputs = scene->plan->batch;
    }
    if (scene->plan->parallel > 0) {
        params.max_parallel = scene->plan->parallel;
    }
    params.keep_raw = scene->plan->keep_raw;
    alloc_fail_count();
    status = chutes_embed(client, &params, response, &error);
    peak = alloc_fail_peak();
    if (status != scene->plan->status) {
        fail_msg("%s: %s: %s", scene->plan->name, chutes_status_name(status),
                 error.message);
    }
    free(text);
    free(texts);
    chutes_client_free(client);
    return peak;
}

static size_t run(const struct plan *plan, long long *sent)
{
    struct scene scene = {.plan = plan};
    const struct mock_server_options options = {.handler = answer,
                                                .user_data = &scene};
    chutes_embed_response *response = NULL;
    size_t peak;

    scene.row = make_row(plan, plan->dimension);
    scene.first_row = make_row(plan, plan->first_dimension);
    scene.server = mock_server_start(&options, NULL);
    assert_non_null(scene.server);
    peak = embed(&scene, &response);
    chutes_embed_response_free(response);
    assert_int_equal(alloc_fail_live(), 0);
    alloc_fail_off();
    mock_server_stop(scene.server);
    *sent = atomic_load(&scene.sent);
    free(scene.row);
    free(scene.first_row);
    return peak;
}

static void memory_is_bounded_by_what_came(void **state)
{
    static const struct plan plans[] = {
        {"a first part that lies about its dimension", 1000, 1, 2000000, 4, "0",
         false, false, CHUTES_ERR_PROTOCOL, 0, CHUTES_UNSET, 0},
        {"the same in base64", 1000, 1, 1000000, 4, "0", true, false,
         CHUTES_ERR_PROTOCOL, 0, CHUTES_UNSET, 0},
        {"the same in chunks", 1000, 1, 2000000, 4, "0", false, true,
         CHUTES_ERR_PROTOCOL, 0, CHUTES_UNSET, 0},
        {"a lie in a batch", 4000, 100, 20000, 4, "0", false, false,
         CHUTES_ERR_PROTOCOL, 0, CHUTES_UNSET, 0},
        {"every part is huge", 8, 1, 1000000, 1000000, "0", false, false,
         CHUTES_OK, 0, CHUTES_UNSET, 0},
        {"one part, shortest numbers", 100, 100, 10000, 10000, "0", false,
         false, CHUTES_OK, 0, CHUTES_UNSET, 0},
        {"one part in base64", 100, 100, 10000, 10000, "", true, true,
         CHUTES_OK, 0, CHUTES_UNSET, 0},
        {"many parts, shortest numbers", 1000, 50, 1024, 1024, "1", false, true,
         CHUTES_OK, 0, CHUTES_UNSET, 0},
        {"many parts of one number", 3000, 10, 1, 1, "1", false, false,
         CHUTES_OK, 0, CHUTES_UNSET, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(plans); i++) {
        long long sent;
        size_t peak = run(&plans[i], &sent);

        if (peak > 8 * (size_t)sent + MEBIBYTE) {
            fail_msg("%s: %zu bytes of heap for %lld received", plans[i].name,
                     peak, sent);
        }
    }
}

/* Without the raw JSON, little memory is needed beside the matrix, however the
 * inputs are split. */
static void a_large_matrix_takes_little_beside_itself(void **state)
{
    static const char digits[] = "-0.12345678901234567";
    static const struct plan plans[] = {
        {"the defaults, numbers of 20 digits", 100000, 0, 256, 256, digits,
         false, false, CHUTES_OK, 0, CHUTES_UNSET, 0},
        {"the same in chunks", 40000, 0, 256, 256, digits, false, true,
         CHUTES_OK, 0, CHUTES_UNSET, 0},
        {"short numbers", 40000, 0, 256, 256, "0.125", false, true, CHUTES_OK,
         0, CHUTES_UNSET, 0},
        {"the shortest numbers", 40000, 0, 256, 256, "1", false, false,
         CHUTES_OK, 0, CHUTES_UNSET, 0},
        {"base64", 100000, 0, 256, 256, "", true, true, CHUTES_OK, 0,
         CHUTES_UNSET, 0},
        {"small parts", 40000, 100, 256, 256, digits, false, false, CHUTES_OK,
         0, CHUTES_UNSET, 0},
        {"large parts", 40000, 20000, 256, 256, digits, false, false, CHUTES_OK,
         4, CHUTES_UNSET, 0},
        {"all parts at once", 40000, 0, 256, 256, digits, false, false,
         CHUTES_OK, 64, CHUTES_UNSET, 0},
        {"one part", 40000, SIZE_MAX, 256, 256, "0.125", false, false,
         CHUTES_OK, 0, 0, 0},
        {"long vectors", 6250, 0, 4096, 4096, digits, false, true, CHUTES_OK, 4,
         CHUTES_UNSET, 0},
        {"long texts", 40000, 0, 256, 256, "1", false, false, CHUTES_OK, 0,
         CHUTES_UNSET, 1000},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(plans); i++) {
        const struct plan *plan = &plans[i];
        double matrix = (double)plan->inputs * (double)plan->dimension * 4;
        long long sent;
        double peak = (double)run(plan, &sent);

        print_message("%-36s %.3f times the matrix\n", plan->name,
                      peak / matrix);
        if (peak > 1.2 * matrix) {
            fail_msg("%s: %.2f times the matrix", plan->name, peak / matrix);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_bounded_by_what_came),
        cmocka_unit_test(a_large_matrix_takes_little_beside_itself),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
