/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_SCHEMA_WORDS_H
#define CHUTES_CLI_SCHEMA_WORDS_H

#include "cli/schema_tree.h"

/* The keywords of JSON Schema (2020-12) that are checked. */
enum cli_keyword {
    CLI_KEYWORD_NONE, /* not a keyword, or one that says nothing about what
                         fits */
    CLI_KEYWORD_ADDITIONAL,
    CLI_KEYWORD_ALL_OF,
    CLI_KEYWORD_ANY_OF,
    CLI_KEYWORD_CONST,
    CLI_KEYWORD_ENUM,
    CLI_KEYWORD_ITEMS,
    CLI_KEYWORD_MAXIMUM,
    CLI_KEYWORD_MAXIMUM_EXCLUSIVE,
    CLI_KEYWORD_MAX_ITEMS,
    CLI_KEYWORD_MAX_LENGTH,
    CLI_KEYWORD_MAX_PROPERTIES,
    CLI_KEYWORD_MINIMUM,
    CLI_KEYWORD_MINIMUM_EXCLUSIVE,
    CLI_KEYWORD_MIN_ITEMS,
    CLI_KEYWORD_MIN_LENGTH,
    CLI_KEYWORD_MIN_PROPERTIES,
    CLI_KEYWORD_MULTIPLE,
    CLI_KEYWORD_NOT,
    CLI_KEYWORD_ONE_OF,
    CLI_KEYWORD_PATTERN,
    CLI_KEYWORD_PATTERN_PROPERTIES,
    CLI_KEYWORD_PREFIX_ITEMS,
    CLI_KEYWORD_PROPERTIES,
    CLI_KEYWORD_REF,
    CLI_KEYWORD_REQUIRED,
    CLI_KEYWORD_TYPE,
    CLI_KEYWORD_UNIQUE,
    CLI_KEYWORD_COUNT
};

/* Finds the keywords in a tree, and what each $ref refers to. Returns NULL if
 * all of it is understood, or else a text that names the keyword that isn't and
 * its place, for the caller to free. */
char *cli_words_find(struct cli_node *root);

/* Returns the keyword of a schema, or NULL. */
const struct cli_node *cli_words_at(const struct cli_node *schema,
                                    enum cli_keyword keyword);

#endif
