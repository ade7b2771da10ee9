/* SPDX-License-Identifier: MIT */
/* Answer a question from the texts that fit it best: rag QUESTION
 * Environment: CHUTES_API_KEY, CHUTES_BASE_URL. */
#include <chutes/chutes.h>
#include <stdio.h>

static const char *texts[] = {NULL, /* the question */ "The ship left at nine.",
                              "Bread is made of flour.", "The ship is far."};
enum { TEXTS = sizeof(texts) / sizeof(texts[0]), BEST = 2 };

static chutes_status find(chutes_client *client, chutes_message *messages,
                          chutes_error *error)
{
    chutes_embed_params params = chutes_embed_params_default();
    chutes_top_k_params search = chutes_top_k_params_default();
    chutes_embed_response *vectors = NULL;
    chutes_top_k_hit hits[BEST];
    size_t count = BEST;

    params.model = "Qwen/Qwen3-Embedding-8B";
    params.input = texts;
    params.input_count = TEXTS;
    if (chutes_embed(client, &params, &vectors, error) == CHUTES_OK) {
        search.query = chutes_embedding_at(vectors, 0);
        search.rows = chutes_embedding_at(vectors, 1);
        search.count = TEXTS - 1;
        search.dimension = vectors->dimension;
        chutes_embed_top_k(&search, hits, &count, error);
        for (size_t i = 0; i < count; i++) {
            messages[i] = chutes_system(texts[hits[i].index + 1]);
        }
    }
    chutes_embed_response_free(vectors);
    return error->status;
}

int main(int argc, char **argv)
{
    chutes_message messages[BEST + 1];
    chutes_chat_params params = chutes_chat_params_default();
    chutes_chat_response *response = NULL;
    chutes_client *client = NULL;
    chutes_error error;

    texts[0] = argc > 1 ? argv[1] : "When does the ship leave?";
    params.model = "deepseek-ai/DeepSeek-V3.2";
    params.messages = messages;
    params.message_count = BEST + 1;
    messages[BEST] = chutes_user(texts[0]);
    if (chutes_client_new(NULL, &client, &error) == CHUTES_OK &&
        find(client, messages, &error) == CHUTES_OK &&
        chutes_chat(client, &params, &response, &error) == CHUTES_OK) {
        puts(chutes_chat_response_text(response));
    }
    fprintf(stderr, "%s", error.message); /* "" if all went well */
    chutes_chat_response_free(response);
    chutes_client_free(client);
    return error.status != CHUTES_OK;
}
