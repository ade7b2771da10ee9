/* SPDX-License-Identifier: MIT */
/* The third part of the demo: finds the sentences nearest to a query. */
#include "cli/demo_search.h"

#include "cli/count.h"
#include "mock/demo.h"

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

/* Vectors have length 1 here, and mostly on Chutes too, so that their dot
 * product is the cosine. */
static bool show_hits(struct cli_tour *tour,
                      const chutes_embed_response *response)
{
    chutes_top_k_params params = chutes_top_k_params_default();
    chutes_top_k_hit hits[TEXT_COUNT - 1];
    size_t count = TEXT_COUNT - 1;

    params.query = chutes_embedding_at(response, 0);
    params.rows = chutes_embedding_at(response, 1);
    params.count = count;
    params.dimension = response->dimension;
    params.similarity = CHUTES_SIMILARITY_DOT;
    if (chutes_embed_top_k(&params, hits, &count, &tour->error) != CHUTES_OK) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        cli_tour_say(tour, "  %5.2f  %s\n", hits[i].score,
                     TEXTS[hits[i].index + 1]);
    }
    return true;
}

bool cli_demo_search(struct cli_tour *tour)
{
    chutes_embed_params params = chutes_embed_params_default();
    chutes_embed_response *response = NULL;
    bool is_shown;

    cli_tour_heading(tour, "3. Embeddings: a search through eight sentences");
    cli_tour_say(tour, "> %s\n", TEXTS[0]);
    params.model = MOCK_DEMO_EMBEDDING_MODEL;
    params.input = TEXTS;
    params.input_count = TEXT_COUNT;
    if (chutes_embed(tour->client, &params, &response, &tour->error) !=
        CHUTES_OK) {
        return false;
    }
    is_shown = show_hits(tour, response);
    chutes_embed_response_free(response);
    return is_shown;
}
