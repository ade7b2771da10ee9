/* SPDX-License-Identifier: MIT */
/*
 * Sort texts by how well they answer a question: rerank QUERY TEXT...
 *
 * Environment: CHUTES_BASE_URL and CHUTES_API_KEY; or CHUTES_CHUTE, the slug of
 * a chute that serves a reranking model.
 */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>

static int rank(chutes_client *client, const char *query,
                const char *const *texts, size_t count)
{
    chutes_rerank_params params = chutes_rerank_params_default();
    chutes_rerank_response *response = NULL;
    chutes_error error;

    params.slug = getenv("CHUTES_CHUTE");
    params.query = query;
    params.documents = texts;
    params.document_count = count;
    if (chutes_rerank(client, &params, &response, &error) != CHUTES_OK) {
        fprintf(stderr, "%s: %s\n", chutes_status_name(error.status),
                error.message);
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < response->result_count; i++) {
        const chutes_rerank_result *result = response->results[i];

        printf("%7.4f  %s\n", result->score, texts[result->index]);
    }
    chutes_rerank_response_free(response);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    chutes_client *client = NULL;
    chutes_error error;
    int code;

    if (argc < 3) {
        fprintf(stderr, "usage: %s QUERY TEXT...\n", argv[0]);
        return 2;
    }
    if (chutes_client_new(NULL, &client, &error) != CHUTES_OK) {
        fprintf(stderr, "%s\n", error.message);
        return EXIT_FAILURE;
    }
    code =
        rank(client, argv[1], (const char *const *)argv + 2, (size_t)argc - 2);
    chutes_client_free(client);
    return code;
}
