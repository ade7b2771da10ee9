/* SPDX-License-Identifier: MIT */
/* The third part of the demo: finds the sentences nearest to a query. */
#include "cli/demo_search.h"

#include "cli/count.h"
#include "mock/demo.h"

#include <stdlib.h>

/* The query, followed by the sentences to search. */
static const char *const TEXTS[] = {
    "ships sailing on the stormy sea",
    "A lighthouse guides ships through the stormy night.",
    "Fresh bread needs flour, water, salt and time.",
    "The old harbour smells of the sea and of tar.",
    "Bees dance to tell each other where flowers are.",
    "Sailing against the wind takes patience.",
    "The library is open on Sundays until six.",
    "Snow fell on the mountains all night.",
    "A good compiler tells you where you went wrong.",
};

#define TEXT_COUNT CLI_COUNT(TEXTS)

struct hit {
    const char *text;
    double score;
};

/* The dot product is the cosine: vectors have length 1 here, and mostly on
 * Chutes too. */
static double dot(const float *a, const float *b, size_t len)
{
    double sum = 0;

    for (size_t i = 0; i < len; i++) {
        sum += (double)a[i] * (double)b[i];
    }
    return sum;
}

static int by_score(const void *left, const void *right)
{
    double a = ((const struct hit *)left)->score;
    double b = ((const struct hit *)right)->score;

    return (a < b) - (a > b);
}

static void show_hits(struct cli_tour *tour,
                      const chutes_embed_response *response)
{
    struct hit hits[TEXT_COUNT - 1];
    const float *query = chutes_embedding_at(response, 0);

    for (size_t i = 1; i < TEXT_COUNT; i++) {
        hits[i - 1].text = TEXTS[i];
        hits[i - 1].score =
            dot(query, chutes_embedding_at(response, i), response->dimension);
    }
    qsort(hits, TEXT_COUNT - 1, sizeof(hits[0]), by_score);
    for (size_t i = 0; i < TEXT_COUNT - 1; i++) {
        cli_tour_say(tour, "  %5.2f  %s\n", hits[i].score, hits[i].text);
    }
}

bool cli_demo_search(struct cli_tour *tour)
{
    chutes_embed_params params = chutes_embed_params_default();
    chutes_embed_response *response = NULL;

    cli_tour_heading(tour, "3. Embeddings: a search through eight sentences");
    cli_tour_say(tour, "> %s\n", TEXTS[0]);
    params.model = MOCK_DEMO_EMBEDDING_MODEL;
    params.input = TEXTS;
    params.input_count = TEXT_COUNT;
    if (chutes_embed(tour->client, &params, &response, &tour->error) !=
        CHUTES_OK) {
        return false;
    }
    show_hits(tour, response);
    chutes_embed_response_free(response);
    return true;
}
