/* SPDX-License-Identifier: MIT */
/*
 * Embed more texts than fit into one request: embed_batch [COUNT]
 *
 * Environment: CHUTES_API_KEY, CHUTES_EMBEDDINGS_BASE_URL or CHUTES_BASE_URL,
 * CHUTES_MODEL.
 */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>

enum { MOST_TEXTS = 10000, TEXT_SIZE = 32 };

static char buffers[MOST_TEXTS][TEXT_SIZE];
static const char *texts[MOST_TEXTS];

static void make_texts(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        snprintf(buffers[i], sizeof(buffers[i]), "text number %zu", i);
        texts[i] = buffers[i];
    }
}

/* The parts that succeeded are available even if others failed. */
static void print_parts(const chutes_embed_response *response)
{
    for (size_t i = 0; i < response->part_count; i++) {
        const chutes_embed_part *part = response->parts[i];

        printf("texts %zu to %zu: %s after %d attempts\n", part->first,
               part->first + part->count - 1, chutes_status_name(part->status),
               part->attempts);
    }
    printf("%zu vectors of %zu numbers in %d requests\n", response->count,
           response->dimension, response->info->attempts);
}

static int embed(chutes_client *client, size_t count)
{
    const char *model = getenv("CHUTES_MODEL");
    chutes_embed_params params = chutes_embed_params_default();
    chutes_embed_response *response = NULL;
    chutes_error error;
    chutes_status status;

    params.model = model != NULL ? model : "Qwen/Qwen3-Embedding-8B";
    params.input = texts;
    params.input_count = count;
    params.max_batch_inputs = 32; /* per request */
    params.max_parallel = 4;      /* requests at a time */

    status = chutes_embed(client, &params, &response, &error);
    if (response != NULL) {
        print_parts(response);
    }
    if (status != CHUTES_OK) {
        fprintf(stderr, "%s: %s\n", chutes_status_name(status), error.message);
    }
    chutes_embed_response_free(response);
    return status == CHUTES_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    chutes_client_options options = chutes_client_options_default();
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 100;
    chutes_client *client = NULL;
    chutes_error error;
    int code;

    if (count < 1 || count > MOST_TEXTS) {
        fprintf(stderr, "1 to %d texts\n", MOST_TEXTS);
        return EXIT_FAILURE;
    }
    make_texts(count);
    options.max_requests_per_second = 50; /* for all calls of the client */
    if (chutes_client_new(&options, &client, &error) != CHUTES_OK) {
        fprintf(stderr, "%s\n", error.message);
        return EXIT_FAILURE;
    }
    code = embed(client, count);
    chutes_client_free(client);
    return code;
}
