/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_SCHEMA_MEMBERS_H
#define CHUTES_CLI_SCHEMA_MEMBERS_H

#include "cli/schema_value.h"

/* A member of an object. */
struct cli_member {
    char *name; /* decoded */
    struct cli_value key;
    struct cli_value value;
    bool is_known; /* some keyword says what it may be */
};

/* The members of an object, in the order of their names. */
struct cli_members {
    struct cli_member *at;
    size_t count;
};

struct cli_members cli_members_of(struct cli_value object);
void cli_members_dispose(struct cli_members *members);

/* Returns NULL if there is none of this name. */
struct cli_member *cli_members_find(const struct cli_members *members,
                                    const char *name);

/* Returns a member whose name another one has too, or NULL. */
const struct cli_member *cli_members_twin(const struct cli_members *members);

#endif
