/* SPDX-License-Identifier: MIT */
/*
 * Prints the JSON Schemas of random tables, each followed by a document that
 * fits, one per line, for test_json_schema.py: schema_cases COUNT
 */
#include <chutes/chutes.h>

#include "schema_random.h"

#include <stdio.h>
#include <stdlib.h>

static void print_case(uint64_t seed)
{
    struct schema_random random = {.state = seed};
    const chutes_schema *schema;
    struct chutes__buf json;
    char *text;

    chutes__arena_init(&random.arena);
    chutes__buf_init(&json, SIZE_MAX - 1);
    schema = schema_random_table(&random);
    if (chutes_schema_json(schema, &text, NULL) != CHUTES_OK) {
        abort();
    }
    schema_random_json(&random, schema, &json);
    printf("%s\n%s\n", text, json.data);
    chutes_string_free(text);
    chutes__buf_dispose(&json);
    chutes__arena_dispose(&random.arena);
}

int main(int argc, char **argv)
{
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;

    for (unsigned long i = 0; i < count; i++) {
        print_case(20261130 + i);
    }
    return EXIT_SUCCESS;
}
