/* SPDX-License-Identifier: MIT */
/*
 * Find the text that is closest to a query: embeddings [QUERY]
 *
 * Environment: CHUTES_API_KEY, CHUTES_EMBEDDINGS_BASE_URL or CHUTES_BASE_URL,
 * CHUTES_MODEL.
 */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>

/* The first text is the query. */
static const char *texts[] = {
    "a boat on the water",
    "The ship left the harbour and the water was calm.",
    "Bread is made of flour, water and salt.",
    "The match ended in a draw.",
};

#define TEXT_COUNT (sizeof(texts) / sizeof(texts[0]))

/* Most models return vectors of length 1. The dot product of two such vectors
 * is the similarity of their texts. */
static double similarity(const float *a, const float *b, size_t dimension)
{
    double sum = 0.0;

    for (size_t i = 0; i < dimension; i++) {
        sum += (double)a[i] * (double)b[i];
    }
    return sum;
}

static void print_scores(const chutes_embed_response *response)
{
    const float *query = chutes_embedding_at(response, 0);

    printf("%zu vectors of %zu numbers\n", response->count,
           response->dimension);
    for (size_t i = 1; i < TEXT_COUNT; i++) {
        printf("%6.3f  %s\n",
               similarity(query, chutes_embedding_at(response, i),
                          response->dimension),
               texts[i]);
    }
}

static int embed(chutes_client *client)
{
    const char *model = getenv("CHUTES_MODEL");
    chutes_embed_params params = chutes_embed_params_default();
    chutes_embed_response *response = NULL;
    chutes_error error;

    params.model = model != NULL ? model : "Qwen/Qwen3-Embedding-8B";
    params.input = texts;
    params.input_count = TEXT_COUNT;

    if (chutes_embed(client, &params, &response, &error) != CHUTES_OK) {
        fprintf(stderr, "%s: %s\n", chutes_status_name(error.status),
                error.message);
        return EXIT_FAILURE;
    }
    print_scores(response);
    chutes_embed_response_free(response);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    chutes_client *client = NULL;
    chutes_error error;
    int code;

    if (argc > 1) {
        texts[0] = argv[1];
    }
    if (chutes_client_new(NULL, &client, &error) != CHUTES_OK) {
        fprintf(stderr, "%s\n", error.message);
        return EXIT_FAILURE;
    }
    code = embed(client);
    chutes_client_free(client);
    return code;
}
