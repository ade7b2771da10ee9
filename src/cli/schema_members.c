/* SPDX-License-Identifier: MIT */
/* The members of an object, sorted: looking for all names of a schema in an
 * answer takes little more time than reading it. */
#include "cli/schema_members.h"

#include "cli/alloc.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *left, const void *right)
{
    return strcmp(((const struct cli_member *)left)->name,
                  ((const struct cli_member *)right)->name);
}

static const struct cli_member *find_twin(const struct cli_members *members)
{
    for (size_t i = 1; i < members->count; i++) {
        if (compare(&members->at[i - 1], &members->at[i]) == 0) {
            return &members->at[i];
        }
    }
    return NULL;
}

struct cli_members cli_members_of(struct cli_value object)
{
    struct cli_members members = {.at = cli_alloc(cli_value_count(object) + 1,
                                                  sizeof(struct cli_member))};
    chutes_json_iterator each;

    chutes_json_iterate(&each, object.text, object.len, "");
    while (chutes_json_next(&each)) {
        members.at[members.count++] = (struct cli_member){
            .name =
                cli_take(chutes_json_get_string(each.key, each.key_len, "")),
            .key = {each.key, each.key_len},
            .value = cli_value_at(&each),
        };
    }
    qsort(members.at, members.count, sizeof(*members.at), compare);
    members.twin = find_twin(&members);
    return members;
}

void cli_members_dispose(struct cli_members *members)
{
    for (size_t i = 0; i < members->count; i++) {
        free(members->at[i].name);
    }
    free(members->at);
}

static int compare_name(const void *name, const void *member)
{
    return strcmp(name, ((const struct cli_member *)member)->name);
}

struct cli_member *cli_members_find(const struct cli_members *members,
                                    const char *name)
{
    return bsearch(name, members->at, members->count, sizeof(*members->at),
                   compare_name);
}
