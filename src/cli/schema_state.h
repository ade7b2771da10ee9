/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_SCHEMA_STATE_H
#define CHUTES_CLI_SCHEMA_STATE_H

#include <stdint.h>

#include "cli/schema_tree.h"

enum { CLI_SCHEMA_FAULT_SIZE = 256 };

/* A check of an answer against a schema. */
struct cli_fit {
    /* Checks a value inside the answer against a schema inside the schema. */
    bool (*check)(struct cli_fit *fit, const struct cli_node *schema,
                  struct cli_value value);
    char *fault;
    int fault_depth;               /* the depth of the stored fault; -1: none */
    int depth;                     /* the depth of the current value */
    struct cli_facts_table *facts; /* see schema_facts.h */
    char path[128];
    uint64_t work_left;
    bool is_too_much;
};

/* Returns false. Stores the fault if it is deeper in the answer than the stored
 * one: if no alternative fits, the deepest fault helps the user most. */
bool cli_fit_differ(struct cli_fit *fit, const char *what,
                    struct cli_value expected, struct cli_value found);

/* Returns false if no more work may be done. */
bool cli_fit_work(struct cli_fit *fit, uint64_t amount);

/* Does a string match? Takes work for each character of the pattern,
 * and some for the match itself. */
bool cli_fit_matches(struct cli_fit *fit, const char *pattern,
                     struct cli_value string);

#endif
