/* SPDX-License-Identifier: MIT */
/*
 * Any text is either decoded into a struct or refused as a mismatch, and the
 * JSON that is written of a struct decodes into the same struct. The first byte
 * chooses a table, the rest is the JSON. Only the server's JSON is hostile:
 * tables are the program's own.
 */
#include <chutes/chutes.h>

#include "schema_random.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const chutes_schema *schema, const char *json, size_t len)
{
    void *value;
    char *text;
    char *again;
    chutes_status status =
        chutes_schema_decode(schema, json, len, &value, NULL);

    if (status == CHUTES_ERR_MISMATCH) {
        return;
    }
    if (status != CHUTES_OK ||
        chutes_schema_encode(schema, value, &text, NULL) != CHUTES_OK) {
        abort();
    }
    chutes_schema_free(value);
    if (chutes_schema_decode(schema, text, strlen(text), &value, NULL) !=
            CHUTES_OK ||
        chutes_schema_encode(schema, value, &again, NULL) != CHUTES_OK ||
        strcmp(text, again) != 0) {
        abort();
    }
    chutes_schema_free(value);
    chutes_string_free(again);
    chutes_string_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct schema_random random = {.state = size > 0 ? data[0] : 0};

    if (size == 0) {
        return 0;
    }
    chutes__arena_init(&random.arena);
    check(schema_random_table(&random), (const char *)data + 1, size - 1);
    chutes__arena_dispose(&random.arena);
    return 0;
}
