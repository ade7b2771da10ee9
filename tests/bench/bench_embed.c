/* SPDX-License-Identifier: MIT */
/*
 * Embeddings calls against programs made of libcurl and cJSON, or libcurl and
 * OpenSSL's base64, which do the same with the same answers in the same run.
 *
 *     bench_embed [--check | --check-counts]
 *
 * CPU times are those of the process, in the middle of several runs; the server
 * is another process. With --check the exit code is 1 when a bar is missed.
 * --check-counts looks at memory alone: ratios of CPU time depend on the
 * machine and on what else runs on it.
 */
#include <curl/curl.h>
#include <openssl/evp.h>

#include <cjson/cJSON.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <chutes/chutes.h>

#include "alloc_fail.h"
#include "base/base64.h"
#include "base/buf.h"
#include "bench/embed_server.h"

enum { ROUNDS = 7, TEXTS = 2048, MANY_TEXTS = 100000, URL_SIZE = 64 };

static char url[URL_SIZE];

static _Noreturn void die(const char *what)
{
    (void)fprintf(stderr, "bench_embed: %s\n", what);
    exit(2);
}

/* ---- ours ---------------------------------------------------------------- */

static chutes_client *new_client(void)
{
    chutes_client_options options = chutes_client_options_default();
    chutes_client *client = NULL;
    chutes_error error;

    options.base_url = url;
    options.max_response_bytes = (size_t)1 << 30;
    if (chutes_client_new(&options, &client, &error) != CHUTES_OK) {
        die(error.message);
    }
    return client;
}

/* `count` short texts, stored in `texts`. */
static chutes_embed_params make_params(enum embed_form form, const char **texts,
                                       size_t count)
{
    chutes_embed_params params = chutes_embed_params_default();

    for (size_t i = 0; i < count; i++) {
        texts[i] = "x";
    }
    params.model = embed_models[form];
    params.input = texts;
    params.input_count = count;
    return params;
}

/* For chutes_embed_response_free(). */
static chutes_embed_response *embed(chutes_client *client, enum embed_form form,
                                    int keep_raw)
{
    static const char *texts[TEXTS];
    chutes_embed_params params = make_params(form, texts, TEXTS);
    chutes_embed_response *response = NULL;
    chutes_error error;

    params.keep_raw = keep_raw;
    if (chutes_embed(client, &params, &response, &error) != CHUTES_OK) {
        die(error.message);
    }
    return response;
}

/* ---- others -------------------------------------------------------------- */

static size_t discard(char *bytes, size_t size, size_t count, void *userdata)
{
    (void)bytes;
    (void)userdata;
    return size * count;
}

static size_t keep(char *bytes, size_t size, size_t count, void *userdata)
{
    struct chutes__buf *text = userdata;

    return chutes__buf_append(text, bytes, size * count) == CHUTES_OK
               ? size * count
               : 0;
}

/* The same request; what comes goes to `text`, if that isn't NULL. */
static void fetch(CURL *easy, enum embed_form form, struct chutes__buf *text)
{
    struct chutes__buf body;
    char target[URL_SIZE + 16];
    bool is_written;

    chutes__buf_init(&body, SIZE_MAX);
    is_written =
        chutes__buf_appendf(&body, "{\"model\":\"%s\",\"input\":[\"x\"",
                            embed_models[form]) == CHUTES_OK;
    for (size_t i = 1; i < TEXTS; i++) {
        is_written &= chutes__buf_append_str(&body, ",\"x\"") == CHUTES_OK;
    }
    is_written &= chutes__buf_append_str(&body, "]}") == CHUTES_OK;
    (void)snprintf(target, sizeof(target), "%s/embeddings", url);
    (void)curl_easy_setopt(easy, CURLOPT_URL, target);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)body.len);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION,
                           text != NULL ? keep : discard);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, text);
    if (!is_written || curl_easy_perform(easy) != CURLE_OK) {
        die("libcurl failed");
    }
    chutes__buf_dispose(&body);
}

static void embed_with_cjson(CURL *easy, enum embed_form form)
{
    float *values = malloc(sizeof(*values) * TEXTS * DIMENSION);
    struct chutes__buf text;
    const cJSON *item;
    size_t count = 0;
    cJSON *root;

    chutes__buf_init(&text, SIZE_MAX);
    fetch(easy, form, &text);
    root = cJSON_ParseWithLength(text.data, text.len);
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "data"))
    {
        const cJSON *number;

        cJSON_ArrayForEach(number, cJSON_GetObjectItem(item, "embedding"))
        {
            values[count++] = (float)number->valuedouble;
        }
    }
    if (count != TEXTS * DIMENSION) {
        die("cJSON read something else");
    }
    cJSON_Delete(root);
    chutes__buf_dispose(&text);
    free(values);
}

/* As many rows of base64 as an answer has. */
static void decode_with_openssl(void)
{
    static unsigned char row[DIMENSION * sizeof(float) + 3];
    static char text[DIMENSION * 6];
    static size_t len;

    if (len == 0) {
        len = chutes__base64_encoded_len(DIMENSION * sizeof(float));
        memset(text, 'z', len - 2);
        memcpy(text + len - 2, "A=", 2);
    }
    for (size_t i = 0; i < TEXTS; i++) {
        if (EVP_DecodeBlock(row, (const unsigned char *)text, (int)len) < 0) {
            die("OpenSSL refused base64");
        }
    }
}

/* ---- the table ----------------------------------------------------------- */

static bool has_missed;

static double cpu_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int compare(const void *one, const void *other)
{
    double a = *(const double *)one;
    double b = *(const double *)other;

    return (a > b) - (a < b);
}

static double median(double times[ROUNDS])
{
    qsort(times, ROUNDS, sizeof(*times), compare);
    return times[ROUNDS / 2];
}

/* `bar` 0: there is none. */
static void tell(const char *name, double value, const char *unit, double bar,
                 bool is_met)
{
    (void)printf("%-52s %8.2f %s", name, value, unit);
    if (bar > 0) {
        (void)printf("  (bar %.2f) %s", bar, is_met ? "" : "MISSED");
        has_missed = has_missed || !is_met;
    }
    (void)putchar('\n');
}

static void compare_floats(enum embed_form form, int keep_raw, double bar)
{
    chutes_client *client = new_client();
    CURL *easy = curl_easy_init();
    double ours[ROUNDS];
    double cjson[ROUNDS];
    double ratio;
    char name[80];

    for (int i = 0; i < ROUNDS; i++) {
        double start = cpu_ms();

        chutes_embed_response_free(embed(client, form, keep_raw));
        ours[i] = cpu_ms() - start;
        start = cpu_ms();
        embed_with_cjson(easy, form);
        cjson[i] = cpu_ms() - start;
    }
    ratio = median(cjson) / median(ours);
    (void)snprintf(name, sizeof(name), "%s%s: %.1f ms, libcurl and cJSON %.1f",
                   embed_models[form], keep_raw == 1 ? ", raw JSON kept" : "",
                   median(ours), median(cjson));
    tell(name, ratio, "times as fast", bar, ratio >= bar);
    curl_easy_cleanup(easy);
    chutes_client_free(client);
}

static void compare_base64(void)
{
    chutes_client *client = new_client();
    CURL *easy = curl_easy_init();
    double ours[ROUNDS];
    double bare[ROUNDS];
    double openssl[ROUNDS];
    double share;
    char name[80];

    for (int i = 0; i < ROUNDS; i++) {
        double start = cpu_ms();

        chutes_embed_response_free(embed(client, BASE64, 1));
        ours[i] = cpu_ms() - start;
        start = cpu_ms();
        fetch(easy, BASE64, NULL);
        bare[i] = cpu_ms() - start;
        start = cpu_ms();
        decode_with_openssl();
        openssl[i] = cpu_ms() - start;
    }
    share = 100 * median(openssl) / (median(ours) - median(bare));
    (void)snprintf(name, sizeof(name),
                   "base64: %.1f ms beyond libcurl, OpenSSL alone %.1f",
                   median(ours) - median(bare), median(openssl));
    tell(name, share, "% of its speed", 60, share >= 60);
    curl_easy_cleanup(easy);
    chutes_client_free(client);
}

static void measure_heap(enum embed_form form)
{
    const double matrix = (double)(sizeof(float) * TEXTS * DIMENSION);
    chutes_client *client = new_client();
    chutes_embed_response *response;
    double share;
    char name[80];

    alloc_fail_count();
    response = embed(client, form, 1);
    share = (double)alloc_fail_peak() / (matrix + (double)response->raw_len);
    alloc_fail_off();
    (void)snprintf(name, sizeof(name), "%s: peak heap / (matrix + body)",
                   embed_models[form]);
    tell(name, share, "", 1.1, share <= 1.1);
    chutes_embed_response_free(response);
    chutes_client_free(client);
}

/* ---- many texts ---------------------------------------------------------- */

static double read_status(const char *key)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    double value = 0;

    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, key, strlen(key)) == 0) {
            value = strtod(line + strlen(key), NULL) * 1024;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return value;
}

/* With default batches, in a process that has done nothing else. */
static void measure_many(void)
{
    const double matrix = (double)(sizeof(float) * MANY_TEXTS * MANY_DIMENSION);
    const char **texts = calloc(MANY_TEXTS, sizeof(*texts));
    chutes_embed_params params = make_params(DIGITS_17, texts, MANY_TEXTS);
    chutes_client *client = new_client();
    chutes_embed_response *response = NULL;
    double before;
    double share;
    chutes_error error;

    params.dimensions = MANY_DIMENSION;
    before = read_status("VmRSS:");
    if (chutes_embed(client, &params, &response, &error) != CHUTES_OK) {
        die(error.message);
    }
    share = (read_status("VmHWM:") - before) / matrix;
    tell("100,000 texts x 256: peak RSS / matrix", share, "", 1.3,
         share <= 1.3);
    chutes_embed_response_free(response);
    chutes_client_free(client);
    free(texts);
}

int main(int argc, char **argv)
{
    const char *option = argc > 1 ? argv[1] : "";
    int port = embed_server_start();

    if (port == 0) {
        die("the server didn't start");
    }
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1", port);
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    measure_many();
    for (enum embed_form form = DIGITS_17; form < FORMS; form++) {
        measure_heap(form);
    }
    if (strcmp(option, "--check-counts") == 0) {
        return has_missed ? 1 : 0;
    }
    (void)printf("%d texts x %d, CPU time of whole calls:\n", TEXTS, DIMENSION);
    compare_floats(DIGITS_17, 0, 6);
    compare_floats(DIGITS_17, 1, 0);
    compare_floats(DIGITS_9, 0, 6);
    compare_floats(DIGITS_9, 1, 0);
    compare_base64();
    return strcmp(option, "--check") == 0 && has_missed ? 1 : 0;
}
