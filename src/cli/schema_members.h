/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_SCHEMA_MEMBERS_H
#define CHUTES_CLI_SCHEMA_MEMBERS_H

#include <stdint.h>

#include "cli/schema_value.h"

/* A member of an object. */
struct cli_member {
    char *name; /* decoded */
    struct cli_value key;
    struct cli_value value;
    uint64_t known_in; /* the latest check of the members in which a keyword
                          said what this one may be */
};

/* The members of an object, in the order of their names. */
struct cli_members {
    struct cli_member *at;
    size_t count;
    const struct cli_member *twin; /* one whose name another one has too; NULL:
                                      there is none */
    uint64_t check; /* the number of the current check of them; from 1 */
};

struct cli_members cli_members_of(struct cli_value object);
void cli_members_dispose(struct cli_members *members);

/* Returns NULL if there is none of this name. */
struct cli_member *cli_members_find(const struct cli_members *members,
                                    const char *name);

#endif
