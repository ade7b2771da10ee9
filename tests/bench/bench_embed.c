/* SPDX-License-Identifier: MIT */
/*
 * Measures the memory of embeddings calls. The exit code is 1 if a limit is
 * exceeded. bench.py measures their speed. The server is another process.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <chutes/chutes.h>

#include "alloc_fail.h"
#include "bench/embed_server.h"

enum { TEXTS = 2048, MANY_TEXTS = 100000, URL_SIZE = 64 };

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

/* Returns parameters with `count` short texts, which are stored in `texts`. */
static chutes_embed_params make_params(enum bodies_form form,
                                       const char **texts, size_t count)
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

/* The caller frees the response with chutes_embed_response_free(). */
static chutes_embed_response *embed(chutes_client *client,
                                    enum bodies_form form)
{
    static const char *texts[TEXTS];
    chutes_embed_params params = make_params(form, texts, TEXTS);
    chutes_embed_response *response = NULL;
    chutes_error error;

    params.keep_raw = 1;
    if (chutes_embed(client, &params, &response, &error) != CHUTES_OK) {
        die(error.message);
    }
    return response;
}

/* ---- the table ----------------------------------------------------------- */

static bool has_missed;

static void tell(const char *name, double value, double bar)
{
    bool is_met = value <= bar;

    (void)printf("%-52s %10.2f %8.2f%s\n", name, value, bar,
                 is_met ? "" : "  MISSED");
    has_missed = has_missed || !is_met;
}

static void measure_heap(enum bodies_form form)
{
    const double matrix = (double)(sizeof(float) * TEXTS * DIMENSION);
    chutes_client *client = new_client();
    chutes_embed_response *response;
    double share;
    char name[80];

    alloc_fail_count();
    response = embed(client, form);
    share = (double)alloc_fail_peak() / (matrix + (double)response->raw_len);
    alloc_fail_off();
    (void)snprintf(name, sizeof(name), "%s: peak heap / (matrix + body)",
                   embed_models[form]);
    tell(name, share, 1.1);
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

/* Measures a call with batches of the default size, in a process that has done
 * nothing else. */
static void measure_many(void)
{
    const double matrix = (double)(sizeof(float) * MANY_TEXTS * MANY_DIMENSION);
    const char **texts = calloc(MANY_TEXTS, sizeof(*texts));
    chutes_embed_params params =
        make_params(BODIES_DIGITS_17, texts, MANY_TEXTS);
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
    tell("100,000 texts x 256: peak RSS / matrix", share, 1.3);
    chutes_embed_response_free(response);
    chutes_client_free(client);
    free(texts);
}

int main(void)
{
    int port = embed_server_start();

    if (port == 0) {
        die("the server didn't start");
    }
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1", port);
    measure_many();
    for (enum bodies_form form = BODIES_DIGITS_17; form <= BODIES_BASE64;
         form++) {
        measure_heap(form);
    }
    return has_missed ? 1 : 0;
}
