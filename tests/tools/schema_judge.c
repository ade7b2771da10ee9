/* SPDX-License-Identifier: MIT */
/*
 * Reads JSON Schemas, each followed by a document, one per line, and says for
 * each pair how `chutes chat --schema` judges it, for test_schema_fit.py:
 * "fits", "differs WHY" or "refused WHY".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The command is a program, not a library: its sources are included. */
#include "cli/alloc.c"
#include "cli/schema_canonical.c"
#include "cli/schema_facts.c"
#include "cli/schema_fit.c"
#include "cli/schema_inside.c"
#include "cli/schema_members.c"
#include "cli/schema_number.c"
#include "cli/schema_pattern.c"
#include "cli/schema_state.c"
#include "cli/schema_tree.c"
#include "cli/schema_value.c"
#include "cli/schema_words.c"

int main(void)
{
    char *schema = NULL;
    char *text = NULL;
    size_t room[2] = {0, 0};
    ssize_t len;

    while ((len = getline(&schema, &room[0], stdin)) > 0) {
        char fault[CLI_SCHEMA_FAULT_SIZE];
        char *refusal;
        struct cli_node *tree = cli_schema_tree(schema, (size_t)len, &refusal);

        len = getline(&text, &room[1], stdin);
        if (tree == NULL) {
            printf("refused %s\n", refusal);
        } else if (len > 0 && cli_schema_fits(tree, text, (size_t)len, fault)) {
            printf("fits\n");
        } else {
            printf("differs %s\n", fault);
        }
        cli_tree_free(tree);
        free(refusal);
    }
    free(schema);
    free(text);
    return EXIT_SUCCESS;
}
