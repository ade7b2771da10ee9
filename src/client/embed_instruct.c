/* SPDX-License-Identifier: MIT */
/*
 * The exported function that puts an instruction before a query.
 */
#include <chutes/embeddings.h>

#include "base/buf.h"

char *chutes_embed_instruct(const char *task, const char *query)
{
    struct chutes__buf text;
    char *taken = NULL;

    if (task == NULL || query == NULL) {
        return NULL;
    }
    chutes__buf_init(&text, SIZE_MAX);
    /* There is no blank before the query: that is how Qwen3 was trained. */
    if (chutes__buf_appendf(&text, "Instruct: %s\nQuery:%s", task, query) ==
        CHUTES_OK) {
        taken = chutes__buf_take(&text);
    }
    chutes__buf_dispose(&text);
    return taken;
}
