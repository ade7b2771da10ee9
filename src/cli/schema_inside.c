/* SPDX-License-Identifier: MIT */
/* The elements of arrays and the members of objects. */
#include "cli/schema_inside.h"

#include "cli/schema_facts.h"
#include "cli/schema_words.h"

#include <stdio.h>
#include <string.h>

/* Checks a value inside another one, and meanwhile extends the path. */
static bool check_inside(struct cli_fit *fit, const struct cli_node *schema,
                         struct cli_value value, const char *step)
{
    size_t len = strlen(fit->path);
    bool fits;

    snprintf(fit->path + len, sizeof(fit->path) - len, "%s", step);
    fit->depth++;
    fits = fit->check(fit, schema, value);
    fit->depth--;
    fit->path[len] = '\0';
    return fits;
}

/* ---- arrays ------------------------------------------------------------- */

/* prefixItems has a schema for each of the first elements, and items one for
 * all others. */
bool cli_fit_elements(struct cli_fit *fit, const struct cli_node *schema,
                      struct cli_value value)
{
    const struct cli_node *first =
        cli_words_at(schema, CLI_KEYWORD_PREFIX_ITEMS);
    const struct cli_node *others = cli_words_at(schema, CLI_KEYWORD_ITEMS);
    const struct cli_node *at = first != NULL ? first->first : NULL;
    chutes_json_iterator each;
    char step[32];
    bool fits = true;

    if (at == NULL && others == NULL) {
        return true;
    }
    if (!cli_fit_work(fit, value.len)) {
        return false;
    }
    chutes_json_iterate(&each, value.text, value.len, "");
    while (fits && (at != NULL || others != NULL) && chutes_json_next(&each)) {
        snprintf(step, sizeof(step), "[%zu]", each.index);
        fits = check_inside(fit, at != NULL ? at : others, cli_value_at(&each),
                            step);
        at = at != NULL ? at->next : NULL;
    }
    return fits;
}

/* ---- objects ------------------------------------------------------------- */

static bool differ_by_name(struct cli_fit *fit, const char *what,
                           struct cli_value name)
{
    return cli_fit_differ(fit, what, name, (struct cli_value){"", 0});
}

static bool check_member(struct cli_fit *fit, const struct cli_node *schema,
                         const struct cli_members *members,
                         struct cli_member *member)
{
    char step[sizeof(fit->path)];

    snprintf(step, sizeof(step), ".%.*s", (int)(member->key.len - 2),
             member->key.text + 1);
    member->known_in = members->check;
    return check_inside(fit, schema, member->value, step);
}

static bool check_required(struct cli_fit *fit, const struct cli_node *schema,
                           const struct cli_members *members)
{
    const struct cli_node *names = cli_words_at(schema, CLI_KEYWORD_REQUIRED);

    for (const struct cli_node *at = names != NULL ? names->first : NULL;
         at != NULL; at = at->next) {
        if (cli_members_find(members, at->text) == NULL) {
            return differ_by_name(fit, "a member", at->value);
        }
    }
    return true;
}

static bool check_known(struct cli_fit *fit, const struct cli_node *schema,
                        const struct cli_members *members)
{
    const struct cli_node *known = cli_words_at(schema, CLI_KEYWORD_PROPERTIES);

    for (const struct cli_node *at = known != NULL ? known->first : NULL;
         at != NULL; at = at->next) {
        struct cli_member *member = cli_members_find(members, at->name);

        if (member != NULL && !check_member(fit, at, members, member)) {
            return false;
        }
    }
    return true;
}

static bool check_by_pattern(struct cli_fit *fit, const struct cli_node *schema,
                             const struct cli_members *members)
{
    const struct cli_node *patterns =
        cli_words_at(schema, CLI_KEYWORD_PATTERN_PROPERTIES);

    for (const struct cli_node *at = patterns != NULL ? patterns->first : NULL;
         at != NULL; at = at->next) {
        for (size_t i = 0; i < members->count; i++) {
            if (cli_fit_matches(fit, at->name, members->at[i].key) &&
                !check_member(fit, at, members, &members->at[i])) {
                return false;
            }
        }
    }
    return true;
}

static bool check_others(struct cli_fit *fit, const struct cli_node *schema,
                         const struct cli_members *members)
{
    const struct cli_node *others =
        cli_words_at(schema, CLI_KEYWORD_ADDITIONAL);

    if (others == NULL) {
        return true;
    }
    if (!cli_fit_work(fit, members->count)) {
        return false;
    }
    for (size_t i = 0; i < members->count; i++) {
        struct cli_member *member = &members->at[i];

        if (member->known_in == members->check) {
            continue;
        }
        if (others->value.text[0] == 'f') {
            return differ_by_name(fit, "no member", member->key);
        }
        if (!check_member(fit, others, members, member)) {
            return false;
        }
    }
    return true;
}

/* A name that appears twice is refused: readers of JSON don't agree on which
 * one counts. */
bool cli_fit_members(struct cli_fit *fit, const struct cli_node *schema,
                     struct cli_value value)
{
    struct cli_members *members = cli_facts_members(fit, value);

    if (members == NULL) {
        return false;
    }
    if (members->twin != NULL) {
        return differ_by_name(fit, "only one member", members->twin->key);
    }
    members->check++;
    return check_required(fit, schema, members) &&
           check_known(fit, schema, members) &&
           check_by_pattern(fit, schema, members) &&
           check_others(fit, schema, members);
}
