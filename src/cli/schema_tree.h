/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_SCHEMA_TREE_H
#define CHUTES_CLI_SCHEMA_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cli/schema_value.h"

/* A value of a JSON Schema and what is inside it. */
struct cli_node {
    char *name; /* the decoded name of a member; NULL for other values */
    struct cli_value value;
    char *text; /* a decoded string, or the canonical text of a value that
                   others are compared with; else NULL */
    struct cli_node *parent;
    struct cli_node *first; /* inside it */
    struct cli_node *next;  /* beside it */
    size_t count;           /* inside it */
    /* The same as a table: elements in their order, members in that of their
     * names. NULL: there are none. */
    struct cli_node **table;
    int keyword; /* enum cli_keyword, of a member of a schema */
    bool is_schema;
    struct cli_node *target; /* what a $ref points to; else NULL */
    int height; /* schemas below this one that apply to the same value;
                   0: not known yet */
};

/* Makes a tree of an object, which chutes_json_check() found to be JSON. The
 * text must live as long as the tree. */
struct cli_node *cli_tree_new(const char *json, size_t len);
void cli_tree_free(struct cli_node *node); /* NULL is ignored */

/* Returns the first member of this name, or NULL. */
struct cli_node *cli_tree_member(const struct cli_node *object,
                                 const char *name);

/* Writes a JSON Pointer, such as #/properties/age. */
void cli_tree_point(FILE *file, const struct cli_node *node);

/* Returns what a JSON Pointer such as #/$defs/Person points to, or NULL. */
struct cli_node *cli_tree_follow(struct cli_node *root, const char *pointer);

#endif
