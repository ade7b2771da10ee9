/* SPDX-License-Identifier: MIT */
/* Computes what keywords ask about the values of an answer, and stores the
 * results. */
#include "cli/schema_facts.h"

#include "cli/alloc.h"
#include "cli/schema_canonical.h"

#include <stdlib.h>
#include <string.h>

enum {
    DEPTHS = 64 + 1, /* chutes_json_check() allows 64 levels */
    KEPT = 8,        /* values at each depth */
    /* To write and sort canonical texts takes as long as to look at this many
     * times their bytes. */
    CANONICAL_WORK = 8
};

struct cli_facts {
    struct cli_value value; /* text NULL: not used yet */
    char *canonical;        /* NULL: unknown */
    bool knows_twins;
    bool has_twins;
    bool knows_size;
    size_t size;
    struct cli_members *members; /* NULL: unknown */
};

struct cli_facts_table {
    struct cli_facts at[DEPTHS][KEPT];
    size_t oldest[DEPTHS]; /* which is replaced next */
};

void cli_facts_begin(struct cli_fit *fit)
{
    fit->facts = cli_alloc(1, sizeof(*fit->facts));
}

static void forget(struct cli_facts *facts)
{
    free(facts->canonical);
    if (facts->members != NULL) {
        cli_members_dispose(facts->members);
        free(facts->members);
    }
}

void cli_facts_end(struct cli_fit *fit)
{
    for (size_t depth = 0; depth < DEPTHS; depth++) {
        for (size_t i = 0; i < KEPT; i++) {
            forget(&fit->facts->at[depth][i]);
        }
    }
    free(fit->facts);
    fit->facts = NULL;
}

/* Returns the facts about the value that the check is at. A value begins where
 * no other one of the same depth does. */
static struct cli_facts *find_facts(struct cli_fit *fit, struct cli_value value)
{
    struct cli_facts *kept = fit->facts->at[fit->depth];
    size_t *oldest = &fit->facts->oldest[fit->depth];
    struct cli_facts *facts;

    for (size_t i = 0; i < KEPT; i++) {
        if (kept[i].value.text == value.text) {
            return &kept[i];
        }
    }
    facts = &kept[*oldest];
    *oldest = (*oldest + 1) % KEPT;
    forget(facts);
    *facts = (struct cli_facts){.value = value};
    return facts;
}

const char *cli_facts_canonical(struct cli_fit *fit, struct cli_value value)
{
    struct cli_facts *facts = find_facts(fit, value);

    if (facts->canonical == NULL) {
        if (!cli_fit_work(fit, (uint64_t)CANONICAL_WORK * value.len)) {
            return "";
        }
        facts->canonical = cli_canonical_text(value);
    }
    return facts->canonical;
}

bool cli_facts_has_twins(struct cli_fit *fit, struct cli_value array)
{
    struct cli_facts *facts = find_facts(fit, array);

    if (!facts->knows_twins &&
        cli_fit_work(fit, (uint64_t)CANONICAL_WORK * array.len)) {
        facts->has_twins = cli_canonical_has_twins(array);
        facts->knows_twins = true;
    }
    return facts->has_twins;
}

size_t cli_facts_size(struct cli_fit *fit, struct cli_value value)
{
    struct cli_facts *facts = find_facts(fit, value);

    if (!facts->knows_size && cli_fit_work(fit, value.len)) {
        facts->size = cli_value_type(value) == CHUTES_JSON_STRING
                          ? cli_value_length(value)
                          : cli_value_count(value);
        facts->knows_size = true;
    }
    return facts->size;
}

struct cli_members *cli_facts_members(struct cli_fit *fit,
                                      struct cli_value object)
{
    struct cli_facts *facts = find_facts(fit, object);

    if (facts->members == NULL && cli_fit_work(fit, object.len)) {
        facts->members = cli_alloc(1, sizeof(*facts->members));
        *facts->members = cli_members_of(object);
    }
    return facts->members;
}
